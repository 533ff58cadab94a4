"""One ledger as plain data: what is frozen, hashed, shown, compared and written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from credit_register.core.sheets.grid import GridRow
from credit_register.ledger.models import LedgerMonth
from credit_register.ledger.months import form
from credit_register.transparency.services import canonical_json

GENERAL: Final = "General"  # the number format of a cell that has none

# A cell as JSON holds it: nothing, text, a number, yes or no. What needs its number format to be read has it beside:
# {"date": ISO, "format": …}, {"time": ISO, …}, {"seconds": of a duration, …}, and {"number": …} where it is no plain one.
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
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return value if number_format in ("", GENERAL) else {"number": value, "format": number_format}
    if isinstance(value, datetime | date):
        moment = value if isinstance(value, datetime) else datetime.combine(value, time())
        return {"date": moment.replace(tzinfo=None).isoformat(), "format": number_format or "yyyy-mm-dd"}
    if isinstance(value, time):
        return {"time": value.isoformat(), "format": number_format or "hh:mm:ss"}
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds(), "format": number_format or "[h]:mm:ss"}
    return str(value)


def whole(value: CellValue) -> Any:
    """The value of a cell without its number format, as a worksheet takes it."""
    if not isinstance(value, Mapping):
        return value
    if "date" in value:
        return datetime.fromisoformat(value["date"])
    if "time" in value:
        return time.fromisoformat(value["time"])
    if "seconds" in value:
        return timedelta(seconds=value["seconds"])
    return value.get("number")


def shown(value: CellValue) -> str:
    """A cell as a page shows it."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return _shown_with_format(value)
    if isinstance(value, bool):
        return form.YES if value else form.NO
    return str(value)


def _shown_with_format(value: Mapping[str, Any]) -> str:
    plain_value = whole(value)
    if isinstance(plain_value, datetime):
        return str(value["date"]).removesuffix("T00:00:00").replace("T", " ")
    if isinstance(plain_value, timedelta):
        seconds = round(plain_value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(plain_value, int | float) and str(value["format"]).endswith("%"):
        return f"{round(plain_value * 100, 10):g}%"
    return str(plain_value)
