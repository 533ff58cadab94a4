"""Where the header of a sheet stands, and which of its cells is which column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from credit_register.core.sheets.errors import EmptySheet, MissingColumns, NoHeader, SheetError
from credit_register.core.sheets.model import Column, HeaderSpec

SEARCHED_ROWS: Final = 20
WIDEST: Final = 512  # columns beyond this one are not looked at

_REMARK: Final = re.compile(r"[(\[【].*?[)\]】]$")
_LONGEST_TITLE: Final = 200


@dataclass(frozen=True)
class Header:
    """A header that was found: `places` maps the position in the row (from 0) to the column, `titles` the
    column's canonical name to the title as the file writes it."""

    row: int
    height: int
    places: Mapping[int, Column]
    titles: Mapping[str, str]
    ignored: tuple[str, ...]
    seen: tuple[str, ...]

    @property
    def last_row(self) -> int:
        return self.row + self.height - 1


def fold(title: str) -> str:
    """A title without what clerks vary: width, case, blanks, a star for obligatory, a closing colon."""
    folded = unicodedata.normalize("NFKC", title[:_LONGEST_TITLE]).casefold()
    return "".join(folded.split()).strip("*:")


def find_header(rows: Sequence[Sequence[str]], spec: HeaderSpec) -> tuple[Header | None, SheetError | None]:
    """The best header among the first rows of a sheet, or the reason why there is none.

    The row that names the most known columns wins, the earlier one on a tie. A header of two rows (a group
    title above its columns) counts as one where the lower row says more.
    """
    if not any(any(row) for row in rows):
        return None, EmptySheet()
    titles = _known_titles(spec)
    best: Header | None = None
    for index, row in enumerate(rows[:SEARCHED_ROWS]):
        candidates = [_match(index + 1, 1, [(cell,) for cell in row], row, titles, spec)]
        below = rows[index + 1] if index + 1 < len(rows) else ()
        if any(below) and _may_be_second(row, below, titles):
            labels, shown = _two_rows(row, below)
            candidates.append(_match(index + 1, 2, labels, shown, titles, spec))
        for candidate in candidates:
            if best is None or len(candidate.places) > len(best.places):
                best = candidate
    required = [column.name for column in spec.columns if column.required]
    if best is None or len(best.places) < min(2, len(spec.columns)):
        wanted = required or [column.name for column in spec.columns[:8]]
        return None, NoHeader(wanted, SEARCHED_ROWS)
    found = {column.name for column in best.places.values()}
    if missing := [name for name in required if name not in found]:
        return best, MissingColumns(missing, best.seen)
    return best, None


def _known_titles(spec: HeaderSpec) -> dict[str, tuple[Column, bool]]:
    """Folded title → its column and whether it is the canonical name, which beats an alias."""
    titles: dict[str, tuple[Column, bool]] = {}
    for column in spec.columns:
        for alias in column.aliases:
            titles.setdefault(fold(alias), (column, False))
    for column in spec.columns:
        titles[fold(column.name)] = (column, True)
    return titles


def _lookup(label: str, titles: Mapping[str, tuple[Column, bool]]) -> tuple[Column, bool] | None:
    folded = fold(label)
    if not folded:
        return None
    return titles.get(folded) or titles.get(_REMARK.sub("", folded))  # 收费标准（元） is 收费标准


def _may_be_second(
    row: Sequence[str], below: Sequence[str], titles: Mapping[str, tuple[Column, bool]]
) -> bool:
    """Under a title that is already known, a second header row is blank; a row of data is not."""
    return not any(
        low and fold(low) != fold(high) and _lookup(high, titles)
        for high, low in zip(row, below, strict=False)
    )


def _two_rows(row: Sequence[str], below: Sequence[str]) -> tuple[list[tuple[str, ...]], list[str]]:
    labels: list[tuple[str, ...]] = []
    shown: list[str] = []
    group = ""
    for place in range(max(len(row), len(below))):
        high = row[place] if place < len(row) else ""
        low = below[place] if place < len(below) else ""
        group = high or (group if low else "")  # a merged group title stands in its first cell only
        labels.append((group + low, low, high) if low else (high,))
        shown.append(low or high)
    return labels, shown


def _match(
    number: int,
    height: int,
    labels: Sequence[tuple[str, ...]],
    shown: Sequence[str],
    titles: Mapping[str, tuple[Column, bool]],
    spec: HeaderSpec,
) -> Header:
    places: dict[int, Column] = {}
    taken: set[str] = set()
    for canonical in (True, False):
        for place, alternatives in enumerate(labels[:WIDEST]):
            if place in places:
                continue
            for label in alternatives:
                hit = _lookup(label, titles)
                if hit and hit[1] is canonical and hit[0].name not in taken:
                    places[place] = hit[0]
                    taken.add(hit[0].name)
                    break
    seen = tuple(label for label in shown if label)
    ignored = tuple(label for place, label in enumerate(shown) if label and place not in places)
    ordered = dict(sorted(places.items()))
    titles_as_written = {column.name: shown[place] for place, column in ordered.items()}
    return Header(number, height, ordered, titles_as_written, ignored, seen)
