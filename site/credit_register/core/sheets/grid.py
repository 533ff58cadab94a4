"""A worksheet as it stands, cell by cell with its merges, for a form that must be given back word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, cast
from zipfile import ZipFile

from credit_register.core.sheets.errors import SheetTooLarge, WrongFileType
from credit_register.core.sheets.header import Header
from credit_register.core.sheets.model import HeaderSpec, SheetLimits
from credit_register.core.sheets.reading import read_sheet
from credit_register.core.sheets.xlsx_reader import find_worksheet, one_reason, opened

WIDEST_FORM: Final = 60  # columns beyond this one are not looked at
_MOST_MERGES: Final = 5_000
_LOOKED_AT: Final = 1_000  # rows of a further worksheet
_SCAN: Final = 256 * 1024
_MERGE: Final = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell that is not blank: its value, its number format, and whether it is a formula (then `value` is its text)."""

    value: object
    number_format: str
    is_formula: bool


GridRow = list[GridCell | None]


@dataclass(frozen=True)
class Grid:
    """The worksheet that has the header; `rows` begins with the first row of the sheet, `merges` are as A1:K1.

    `others` are the titles of further worksheets with anything in them, hidden ones too.
    """

    title: str
    header: Header
    rows: list[GridRow]
    merges: list[str]
    others: list[str]


def read_grid(path: Path, spec: HeaderSpec, *, limits: SheetLimits) -> Grid:
    """Read the first visible worksheet that has the header; raises a SheetError that says what to do."""
    with read_sheet(path, spec, limits=limits):
        pass  # every check of a file that comes from elsewhere, and that a header is there
    with path.open("rb") as stream:
        if stream.read(2) != b"PK":
            raise WrongFileType("csv，没有合并单元格")
    with opened(path, results=False) as workbook:
        found = find_worksheet(workbook, path, spec)
        rows = list(_rows(found.worksheet, limits))
        merges = _merges(path, found.worksheet._worksheet_path)
        others = [
            sheet.title
            for sheet in workbook.worksheets
            if sheet.title != found.worksheet.title and _has_content(sheet)
        ]
    while rows and not any(rows[-1]):
        rows.pop()
    return Grid(found.worksheet.title, found.header, rows, merges, others)


def _has_content(worksheet: Any) -> bool:
    worksheet.reset_dimensions()
    with one_reason():
        rows = worksheet.iter_rows(max_row=_LOOKED_AT, max_col=WIDEST_FORM, values_only=True)
        return any(cell not in (None, "") for row in rows for cell in row)


def _rows(worksheet: Any, limits: SheetLimits) -> Iterator[GridRow]:
    rows = cast(Iterator[tuple[Any, ...]], worksheet.iter_rows(max_col=WIDEST_FORM, values_only=False))
    count = 0
    while True:
        with one_reason():
            batch = list(islice(rows, 256))
        if not batch:
            return
        for row in batch:
            count += 1
            if count > limits.rows:
                raise SheetTooLarge(f"超过 {limits.rows} 行")
            yield _trimmed([_cell(cell) for cell in row])


def _cell(cell: Any) -> GridCell | None:
    if cell.value is None or cell.value == "":
        return None
    is_formula = cell.data_type == "f"
    value = cell.value
    if is_formula and not isinstance(value, str):
        value = str(
            getattr(value, "text", None) or "="
        )  # an array formula is an object that carries its text
    return GridCell(value, str(cell.number_format), is_formula)


def _trimmed(row: GridRow) -> GridRow:
    while row and row[-1] is None:
        row.pop()
    return row


def _merges(path: Path, part: str) -> list[str]:
    """The merges, sorted, for their order in the file means nothing; it lists them after the rows."""
    found: set[str] = set()
    tail = b""
    with one_reason(), ZipFile(path) as archive, archive.open(part) as stream:
        while chunk := stream.read(_SCAN):
            text = tail + chunk
            for match in _MERGE.finditer(text):
                found.add(match[1].decode())
            if len(found) > _MOST_MERGES:
                raise SheetTooLarge(f"合并单元格超过 {_MOST_MERGES} 处")
            tail = text[-256:]
    return sorted(found)
