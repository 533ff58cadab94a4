"""Sheets that others open: codes as text, dates as 2021-03-05, and no cell that runs."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from credit_register.core.clock import SHANGHAI
from credit_register.core.sheets.cells import escape_formula, printable
from credit_register.core.sheets.model import Column, Kind

_LONGEST_CELL: Final = 32_767  # of the format
_WIDTHS: Final = {Kind.TEXT: 26, Kind.CODE: 22, Kind.NUMBER: 14, Kind.DATE: 13}
_DATE: Final = "yyyy-mm-dd"
_MOMENT: Final = "yyyy-mm-dd hh:mm"
# A lone dash or +86-10-1234: in a text cell of a workbook it is what it says; in a csv it would be summed.
_PHONE_OR_DASH: Final = re.compile(r"[+-]?[-\d ()]*")
_EDGE: Final = Side(style="thin", color="BFC5CC")
_BORDER: Final = Border(left=_EDGE, right=_EDGE, top=_EDGE, bottom=_EDGE)


def write_xlsx(
    target: Path | str | BinaryIO,
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    title: str | None = None,
    subtitle: str | None = None,
) -> int:
    """Write a workbook of one sheet row by row, and say how many rows it has.

    Text and codes are text cells, never formulas: a text that begins with a formula sign stands behind an
    apostrophe (`escape_formula`). Title and subtitle take a merged row each above the header.
    """
    workbook = Workbook(write_only=True)
    try:
        count = _fill(workbook, columns, rows, title, subtitle)
    except BaseException:
        with suppress(Exception):
            workbook.save(BytesIO())  # the only way to make openpyxl close and delete its temporary file
        raise
    workbook.save(target)
    return count


def _fill(
    workbook: Workbook,
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    title: str | None,
    subtitle: str | None,
) -> int:
    sheet: Worksheet = workbook.create_sheet(_sheet_title(title))
    lines = [line for line in (title, subtitle) if line]
    grouped = any(column.group for column in columns)
    header_rows = len(lines) + (2 if grouped else 1)
    sheet.freeze_panes = f"A{header_rows + 1}"
    sheet.print_title_rows = f"1:{header_rows}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = int(Worksheet.PAPERSIZE_A4)
    for place, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = _WIDTHS[column.kind]
    last = get_column_letter(len(columns))
    for number, line in enumerate(lines, 1):
        sheet.append([_title_cell(sheet, line, large=number == 1)])
        if len(columns) > 1:
            sheet.merged_cells.add(f"A{number}:{last}{number}")
    _write_header(sheet, columns, first_row=len(lines) + 1, grouped=grouped)
    makers = [_Maker(sheet, column) for column in columns]
    count = 0
    for row in rows:
        sheet.append([maker.cell(value) for maker, value in zip(makers, row, strict=True)])
        count += 1
    return count


def write_csv(stream: TextIO, columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> int:
    """Write UTF-8 text with a byte order mark, which is how WPS and Excel know it; the stream is opened with
    encoding utf-8 and newline="". Says how many rows were written."""
    count = -1
    for line in csv_lines(columns, rows):
        stream.write(line)
        count += 1
    return count


def csv_lines(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The same file line by line, the header with its mark first, for an answer that is streamed."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerow([escape_formula(column.name) for column in columns])
    yield buffer.getvalue()
    for row in rows:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([_as_text(value) for _, value in zip(columns, row, strict=True)])
        yield buffer.getvalue()


def _as_text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case str():
            return escape_formula(printable(value))
        case datetime():
            return _local(value).strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case int() | float():
            return str(value)
        case _:
            return escape_formula(printable(str(value)))


def _local(moment: datetime) -> datetime:
    return moment.astimezone(SHANGHAI).replace(tzinfo=None) if moment.tzinfo else moment


class _Maker:
    """Makes the cells of one column; its styled cells serve every row, for a row is written at once."""

    def __init__(self, sheet: Worksheet, column: Column) -> None:
        self._code = column.kind is Kind.CODE
        self._text_cell = WriteOnlyCell(sheet)
        self._text_cell.number_format = "@"
        self._date_cell = WriteOnlyCell(sheet)
        self._date_cell.number_format = _DATE
        self._moment_cell = WriteOnlyCell(sheet)
        self._moment_cell.number_format = _MOMENT

    def cell(self, value: object) -> object:
        if value is None or value == "":
            return None
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, datetime):
            return _with(self._moment_cell, _local(value))
        if isinstance(value, date):
            return _with(self._date_cell, value)
        if isinstance(value, int | float | Decimal) and not self._code and math.isfinite(value):
            return value
        text = printable(str(value))[: _LONGEST_CELL - 1]
        if not _PHONE_OR_DASH.fullmatch(text):
            text = escape_formula(text)
        return _with(self._text_cell, text) if self._code else text


def _with(cell: Cell, value: str | date) -> Cell:
    cell.value = value
    return cell


def _title_cell(sheet: Worksheet, text: str, *, large: bool) -> Cell:
    cell = WriteOnlyCell(sheet, escape_formula(printable(text)))
    cell.font = Font(bold=large, size=16 if large else 11)
    cell.alignment = Alignment(horizontal="center" if large else "left", vertical="center")
    return cell


def _write_header(sheet: Worksheet, columns: Sequence[Column], *, first_row: int, grouped: bool) -> None:
    if not grouped:
        sheet.append([_header_cell(sheet, column.name) for column in columns])
        return
    sheet.append([_header_cell(sheet, column.group or column.name) for column in columns])
    sheet.append([_header_cell(sheet, column.name if column.group else "") for column in columns])
    place = 0
    while place < len(columns):
        group = columns[place].group
        end = place
        while group and end + 1 < len(columns) and columns[end + 1].group == group:
            end += 1
        first, final = get_column_letter(place + 1), get_column_letter(end + 1)
        if not group:
            sheet.merged_cells.add(f"{first}{first_row}:{first}{first_row + 1}")
        elif end > place:
            sheet.merged_cells.add(f"{first}{first_row}:{final}{first_row}")
        place = end + 1


def _header_cell(sheet: Worksheet, text: str) -> Cell:
    cell = WriteOnlyCell(sheet, escape_formula(text))
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="EEF2F7")
    cell.border = _BORDER
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    return cell


def _sheet_title(title: str | None) -> str:
    # The format forbids these and allows 31 characters; an apostrophe may not stand at the ends.
    return re.sub(r"[\\/*?:\[\]\x00-\x1f]", "", title or "")[:31].strip("' ") or "Sheet1"
