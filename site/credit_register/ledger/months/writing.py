"""A ledger as a workbook that WPS and Excel open as the form: codes as text, dates as yyyy-mm-dd, nothing that runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from credit_register.core.sheets import escape_formula
from credit_register.core.sheets.cells import printable
from credit_register.ledger.months import form
from credit_register.ledger.months.sheet import GENERAL, CellValue, LedgerSheet, whole

_EDGE: Final = Side(style="thin", color="000000")
_BORDER: Final = Border(left=_EDGE, right=_EDGE, top=_EDGE, bottom=_EDGE)
_LONGEST_CELL: Final = 32_767  # of the format

Progress = Callable[[int, int], None]


def write_sheet(
    target: Path | str | BinaryIO, sheet: LedgerSheet, *, verbatim: bool, progress: Progress = lambda *_: None
) -> int:
    """Write a ledger and say how many lines it has.

    `verbatim` gives back what came as a file, letter by letter: as text cells, which no program runs. What was made
    here stands behind an apostrophe where it begins with a formula sign, as in every export.
    """
    workbook = Workbook(write_only=True)
    try:
        _fill(workbook, sheet, verbatim, progress)
    except BaseException:
        with suppress(Exception):
            workbook.save(BytesIO())  # the only way to make openpyxl close and delete its temporary file
        raise
    workbook.save(target)
    return len(sheet.rows)


def _fill(workbook: Workbook, ledger: LedgerSheet, verbatim: bool, progress: Progress) -> None:
    header = ledger.header
    sheet: Worksheet = workbook.create_sheet(_sheet_title(header["sheet"]))
    above, below = header["above"], header["below"]
    sheet.freeze_panes = f"A{len(above) + 1}"
    sheet.print_title_rows = f"1:{len(above)}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = int(Worksheet.PAPERSIZE_A4)
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for name, place in header["places"].items():
        width = form.WIDTHS[form.COLUMNS.index(name)]
        sheet.column_dimensions[get_column_letter(place + 1)].width = width
    maker = _Maker(sheet, verbatim)
    first_header = len(above) - len(form.header_rows())
    for number, row in enumerate(above):
        look = "title" if number == 0 else "header" if number >= first_header else "plain"
        sheet.append(list(maker.row(row, [look] * len(row))))
    looks = _looks(header["places"], max((len(row) for row in ledger.rows), default=0))
    for number, row in enumerate(ledger.rows, 1):
        sheet.append(list(maker.row(row, looks)))
        if number % 500 == 0 or number == len(ledger.rows):
            progress(number, len(ledger.rows))
    for row in below:
        sheet.append(list(maker.row(row, ["plain"] * len(row))))
    for merge in header["merges"]:
        sheet.merged_cells.add(merge)


def _looks(places: Mapping[str, int], width: int) -> list[str]:
    looks = ["data"] * max(width, *(place + 1 for place in places.values()))
    if form.CODE in places:
        looks[places[form.CODE]] = "code"
    return looks


class _Maker:
    """Makes cells; a styled cell serves every row, for a row is written at once.

    The style of a cell that was written stands in the book's list of styles itself, so it never changes afterwards.
    """

    def __init__(self, sheet: Worksheet, verbatim: bool) -> None:
        self._sheet = sheet
        self._verbatim = verbatim
        self._cells: dict[tuple[int, str, str], Cell] = {}

    def row(self, row: Sequence[CellValue], looks: Sequence[str]) -> Iterator[Cell]:
        for place, look in enumerate(looks):
            yield self._cell(place, look, row[place] if place < len(row) else None)

    def _cell(self, place: int, look: str, value: CellValue) -> Cell:
        if isinstance(value, Mapping):
            cell = self._styled(place, look, str(value["format"]))
            cell.value = whole(value)
            return cell
        is_code = look == "code" and (value is None or isinstance(value, str))
        cell = self._styled(place, look, "@" if is_code else GENERAL)
        if isinstance(value, str):
            text = printable(value)[: _LONGEST_CELL - 1]
            cell.value = text if self._verbatim else escape_formula(text)
            cell.data_type = "s"  # text that begins with = would be taken for a formula
        else:
            cell.value = value
        return cell

    def _styled(self, place: int, look: str, number_format: str) -> Cell:
        present = self._cells.get((place, look, number_format))
        if present is not None:
            return present
        cell = WriteOnlyCell(self._sheet)
        bold = look in ("title", "header")
        cell.font = Font(name="宋体", bold=bold, size=16 if look == "title" else 11)
        centred = look in ("title", "header", "code")
        cell.alignment = Alignment(
            horizontal="center" if centred else None,
            vertical="center",
            wrap_text=look not in ("title", "plain"),
        )
        if look in ("header", "data", "code"):
            cell.border = _BORDER
        cell.number_format = number_format
        self._cells[place, look, number_format] = cell
        return cell


def _sheet_title(title: Any) -> str:
    # The format forbids these and allows 31 characters; an apostrophe may not stand at the ends.
    return re.sub(r"[\\/*?:\[\]\x00-\x1f]", "", str(title or ""))[:31].strip("' ") or "Sheet1"
