"""What differs between two numbers of one month: lines that came, that went, and cells that read otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from credit_register.ledger.months import form
from credit_register.ledger.months.sheet import LedgerSheet, shown


@dataclass(frozen=True)
class Difference:
    """One difference; `column` is empty where the whole line came or went."""

    name: str
    code: str
    column: str
    before: str
    after: str


def differences(before: LedgerSheet, after: LedgerSheet) -> list[Difference]:
    """Lines are known again by name and code, those of equal ones by their order; the number of a line is no difference."""
    return list(_differences(before, after))


def _differences(before: LedgerSheet, after: LedgerSheet) -> Iterator[Difference]:
    for label, old, new in (("表题", before.title, after.title), ("时间", before.date_line, after.date_line)):
        if old != new:
            yield Difference("（全表）", "", label, old, new)
    earlier, later = _lines(before), _lines(after)
    for key in dict.fromkeys([*earlier, *later]):
        name, code, _ = key
        if key not in later:
            yield Difference(name, code, "", "列入", "不再列入")
        elif key not in earlier:
            yield Difference(name, code, "", "没有列入", "列入")
        else:
            for column in form.COLUMNS[3:]:
                old, new = (
                    shown(sheet.value(row, column))
                    for sheet, row in ((before, earlier[key]), (after, later[key]))
                )
                if old != new:
                    yield Difference(name, code, column, old, new)


def _lines(sheet: LedgerSheet) -> dict[tuple[str, str, int], Sequence[object]]:
    seen: defaultdict[tuple[str, str], int] = defaultdict(int)
    found: dict[tuple[str, str, int], Sequence[object]] = {}
    for row in sheet.rows:
        key = shown(sheet.value(row, form.NAME)), shown(sheet.value(row, form.CODE))
        found[*key, seen[key]] = row
        seen[key] += 1
    return found
