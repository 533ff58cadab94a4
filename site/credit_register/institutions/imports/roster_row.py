"""One row of a roster: every cell checked, and the row as the register would keep it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ParamSpec, TypeVar

from credit_register.core.sheets import SheetRow
from credit_register.institutions import facts
from credit_register.institutions.categories import CATEGORIES, Entry, category_code, category_name
from credit_register.institutions.facts import BadFact
from credit_register.institutions.imports import columns, values

Value = TypeVar("Value")
Parameters = ParamSpec("Parameters")

_SEGMENTS = re.compile(r"[;；\n]")
_LONG_TERM = ("长期", "永久", "长期有效", "无固定期限")


@dataclass(slots=True)
class RowReport:
    """Faults and doubts of one row, each with its canonical column."""

    faults: list[tuple[str, str]] = field(default_factory=list)
    doubts: list[tuple[str, str]] = field(default_factory=list)

    def take(
        self,
        column: str,
        otherwise: Value,
        read: Callable[Parameters, Value],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Value:
        """What `read` makes of a cell; a fault is noted and `otherwise` given."""
        try:
            return read(*args, **kwargs)
        except BadFact as bad:
            self.faults.append((column, values.sentence(str(bad))))
            return otherwise


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A good row; `fields` holds what the file says by attribute of the institution, blank cells left out."""

    uscc: str
    fields: dict[str, str | date]
    categories: tuple[str, ...]
    licences: dict[str, dict[str, str | date]]
    former_names: tuple[str, ...]

    def dump(self) -> dict[str, Any]:
        """The row as JSON."""
        return {
            "uscc": self.uscc,
            "fields": _dump(self.fields),
            "categories": self.categories,
            "licences": {code: _dump(licence) for code, licence in self.licences.items()},
            "former_names": self.former_names,
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> RosterRow:
        """The row of `dump`."""
        return cls(
            data["uscc"],
            _load(data["fields"]),
            tuple(data["categories"]),
            {code: _load(licence) for code, licence in data["licences"].items()},
            tuple(data["former_names"]),
        )


# Attribute → column, in the order in which pages list them.
FIELD_COLUMNS = {
    "name": columns.NAME,
    "short_name": columns.SHORT_NAME,
    "legal_representative": columns.LEGAL_REPRESENTATIVE,
    "founded_on": columns.FOUNDED,
    "region_code": columns.REGION,
    "address": columns.ADDRESS,
    "phone": columns.PHONE,
    "website": columns.WEBSITE,
    "chief_supervisor": columns.CHIEF_SUPERVISOR,
    "introduction": columns.INTRODUCTION,
    "conduct_title": columns.CONDUCT_TITLE,
    "conduct_version": columns.CONDUCT_VERSION,
    "conduct_date": columns.CONDUCT_DATE,
    "voluntary": columns.VOLUNTARY,
}
LICENCE_COLUMNS = {
    "licence_number": columns.LICENCE_NUMBER,
    "licence_issuer": columns.LICENCE_ISSUER,
    "licence_expires_on": columns.LICENCE_EXPIRY,
}
DATES = frozenset({"founded_on", "conduct_date", "licence_expires_on"})


def _dump(fields: dict[str, str | date]) -> dict[str, str]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in fields.items()}


def _load(fields: dict[str, str]) -> dict[str, str | date]:
    return {key: date.fromisoformat(value) if key in DATES else value for key, value in fields.items()}


NO_TEXTS: tuple[str, ...] = ()
NO_CODE: tuple[str, tuple[str, ...]] = ("", ())
_NO_DAY: date | None = None
_NO_LICENCE: dict[str, str | date] = {}


def read_roster_row(row: SheetRow, report: RowReport, *, today: date) -> RosterRow | None:
    """The row as the register would keep it; None where the report has a fault."""
    take, text, cell = report.take, row.text, row.values.get
    code, warnings = take(columns.CODE, NO_CODE, values.code, text(columns.CODE))
    report.doubts.extend((columns.CODE, warning) for warning in warnings)
    report.doubts.extend((note.column, note.message) for note in row.notes)
    fields: dict[str, str | date | None] = {}
    for attribute, rule in facts.INSTITUTION_FACTS.items():
        column = FIELD_COLUMNS[attribute]
        fields[attribute] = take(column, "", rule, text(column))
    fields |= {
        "region_code": take(columns.REGION, "", values.region, text(columns.REGION)),
        "founded_on": take(
            columns.FOUNDED, _NO_DAY, values.day, cell(columns.FOUNDED), columns.FOUNDED, latest=today
        ),
        "conduct_date": take(
            columns.CONDUCT_DATE, _NO_DAY, values.day, cell(columns.CONDUCT_DATE), columns.CONDUCT_DATE
        ),
    }
    categories = take(columns.CATEGORIES, NO_TEXTS, values.categories, text(columns.CATEGORIES))
    former_names = take(columns.FORMER_NAMES, NO_TEXTS, _former_names, text(columns.FORMER_NAMES))
    licences = _licences(row, categories, report)
    if report.faults:
        return None
    said = {attribute: value for attribute, value in fields.items() if value}
    return RosterRow(code, said, categories, licences, former_names)


def _former_names(cell: str) -> tuple[str, ...]:
    if facts.is_blank(cell):
        return ()
    parts = (part for part in re.split(r"[;；、，\n]", cell) if part.strip())
    return tuple(dict.fromkeys(facts.FORMER_NAME(part) for part in parts))


def _licences(
    row: SheetRow, categories: tuple[str, ...], report: RowReport
) -> dict[str, dict[str, str | date]]:
    """What the licence columns say, by category.

    A plain cell belongs to the one category that needs a licence or filing; where several do, the cell
    names them: 企业征信：文号；信用评级：文号.
    """
    found: dict[str, dict[str, str | date]] = {}
    if not any(column in row.values for column in LICENCE_COLUMNS.values()):
        return found
    needing = [code for code in categories if CATEGORIES[code].entry is not Entry.FREE]
    for attribute, column in LICENCE_COLUMNS.items():
        parts = report.take(column, _NO_LICENCE, _by_category, row.values.get(column), needing, attribute)
        for code, value in parts.items():
            found.setdefault(code, {})[attribute] = value
    for code in needing:
        if columns.LICENCE_NUMBER in row.values and "licence_number" not in found.get(code, {}):
            report.doubts.append(
                (
                    columns.LICENCE_NUMBER,
                    f"“{category_name(code)}”{CATEGORIES[code].entry.label}，表中没有许可或备案号。",
                )
            )
    if found and not needing:
        report.doubts.append(
            (columns.LICENCE_NUMBER, "本行的服务类别都不需要许可或备案，许可或备案信息没有采用。")
        )
    return {code: licence for code, licence in found.items() if code in needing}


def _by_category(cell: object, needing: list[str], attribute: str) -> dict[str, str | date]:
    column = LICENCE_COLUMNS[attribute]
    if isinstance(cell, str):
        named: dict[str, str | date] = {}
        segments = [segment.strip() for segment in _SEGMENTS.split(cell) if segment.strip()]
        for segment in segments:
            head, colon, rest = segment.replace("：", ":", 1).partition(":")
            code = category_code(head) if colon else None
            if code is None:
                break
            if code not in needing:
                raise BadFact(f"{column}中的“{head}”不在本行须许可或备案的服务类别内，请核对")
            if value := _licence_value(rest.strip(), attribute):
                named[code] = value
        else:
            return named
    value = _licence_value(cell, attribute)
    if not value:
        return {}
    if len(needing) > 1:
        example = "；".join(f"{category_name(code)}：……" for code in needing)
        raise BadFact(f"本行有多个须许可或备案的服务类别，{column}请写成“{example}”")
    return {(needing[0] if needing else ""): value}


def _licence_value(cell: object, attribute: str) -> str | date | None:
    column = LICENCE_COLUMNS[attribute]
    if attribute == "licence_expires_on":
        if isinstance(cell, str) and cell.strip() in _LONG_TERM:
            return None
        return values.day(cell, column)
    rule = facts.LICENCE_NUMBER if attribute == "licence_number" else facts.LICENCE_ISSUER
    return rule("" if cell is None else str(cell))
