"""One ledger as plain data: what is frozen, hashed, shown, compared and written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from credit_register.core.sheets.grid import GridRow
from credit_register.ledger.models import LedgerMonth
from credit_register.ledger.months import form
from credit_register.transparency.services import canonical_json

# A cell as JSON holds it: nothing, text, a number, yes or no; a date as {"date": ISO, "format": number format}.
CellValue = Any


@dataclass(frozen=True)
class LedgerSheet:
    """A ledger. `header` holds all that is not data: `sheet` (its name), `above` and `below` (whole rows), `merges`,
    and `places` (the name of a column of the form → its position, from 0)."""

    title: str
    date_line: str
    width: int
    header: Mapping[str, Any]
    rows: Sequence[Sequence[CellValue]]

    @property
    def canonical(self) -> str:
        """The text that is hashed."""
        return canonical_json(
            {
                "title": self.title,
                "date_line": self.date_line,
                "header": self.header,
                "rows": self.rows,
            }
        )

    @property
    def sha256(self) -> str:
        """Of the canonical text in UTF-8, hexadecimal."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()

    def value(self, row: Sequence[CellValue], column: str) -> CellValue:
        """A cell by the name of its column; None where the sheet has no such column."""
        place = self.header["places"].get(column)
        return row[place] if place is not None and place < len(row) else None


def sheet_of(month: LedgerMonth) -> LedgerSheet:
    """What was frozen of a month."""
    return LedgerSheet(month.title, month.date_line, month.width, month.header, month.rows)


def made_sheet(region: str, rows: Sequence[Sequence[CellValue]], *, on: date) -> LedgerSheet:
    """The ledger of a region in the form of attachment 1."""
    title, date_line = form.title_of(region), form.date_line_of(on)
    return LedgerSheet(
        title=title,
        date_line=date_line,
        width=form.WIDTH,
        header={
            "sheet": "专项治理台账",
            "above": [[title], [date_line], *form.header_rows()],
            "below": [[note] for note in form.NOTES],
            "merges": ["A1:K1", *form.header_merges(3)],
            "places": {name: place for place, name in enumerate(form.COLUMNS)},
        },
        rows=rows,
    )


def plain_row(row: GridRow) -> list[CellValue]:
    """The cells of a worksheet as JSON can hold them."""
    return [None if cell is None else plain(cell.value, cell.number_format) for cell in row]


def plain(value: object, number_format: str = "") -> CellValue:
    """One value as JSON can hold it; a formula is its text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime | date):
        moment = value if isinstance(value, datetime) else datetime.combine(value, time())
        return {"date": moment.replace(tzinfo=None).isoformat(), "format": number_format or "yyyy-mm-dd"}
    return str(value)


def shown(value: CellValue) -> str:
    """A cell as a page shows it."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return str(value.get("date", "")).removesuffix("T00:00:00").replace("T", " ")
    if isinstance(value, bool):
        return form.YES if value else form.NO
    return str(value)
