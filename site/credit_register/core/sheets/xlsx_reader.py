"""Rows from an xlsx workbook, which is checked before it is unpacked and never held in memory whole."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Protocol, cast
from zipfile import ZipFile

from openpyxl import DEFUSEDXML, LXML, Workbook, load_workbook
from openpyxl.utils import column_index_from_string

from credit_register.core.macros import declares_macros, has_macro_part
from credit_register.core.sheets.cells import from_cell
from credit_register.core.sheets.errors import (
    BrokenSheet,
    EmptySheet,
    EncryptedWorkbook,
    MacroWorkbook,
    MissingColumns,
    NoHeader,
    SheetError,
    SheetTooLarge,
    SuspiciousWorkbook,
    WrongFileType,
)
from credit_register.core.sheets.header import SEARCHED_ROWS, WIDEST, Header, find_header
from credit_register.core.sheets.model import CellNote, Column, HeaderSpec, Kind, Sheet, SheetLimits, SheetRow

if not DEFUSEDXML:
    raise ImportError("openpyxl must read with defusedxml; unset OPENPYXL_DEFUSEDXML")
if LXML:
    raise ImportError("openpyxl was imported before credit_register.core and reads with lxml")

Row = tuple[object, ...]

_MOST_PARTS: Final = 2000
_MOST_SHEETS: Final = 50
_LAST_ROW: Final = 1_048_576  # of the format
_BATCH: Final = 256
_ENCRYPTED: Final = 0x1
_SCAN: Final = 256 * 1024
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[ />]")
_ROW: Final = re.compile(rb"<(?:\w+:)?row[ />]")
_ROWS_END: Final = re.compile(rb"</(?:\w+:)?sheetData>")
_LONGEST_ROW: Final = 2 * 1024**2  # bytes of XML; thirty columns of the longest texts are one
_MERGE: Final = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?ref="([A-Z]{1,3})(\d{1,7}):\1(\d{1,7})"')
_MOST_MERGES: Final = 100_000


class _Worksheet(Protocol):
    """What openpyxl gives in read-only mode; its published types describe another class."""

    title: str
    sheet_state: str
    _worksheet_path: str

    def reset_dimensions(self) -> None: ...

    def iter_rows(
        self, min_row: int = ..., max_row: int | None = ..., *, max_col: int, values_only: bool
    ) -> Iterator[Row]: ...


@dataclass(frozen=True)
class _Found:
    worksheet: _Worksheet
    header: Header
    formulas: bool
    merges: dict[tuple[int, int], int]  # (first row, place) → last row of a cell merged downwards


def read_xlsx(path: Path, spec: HeaderSpec, limits: SheetLimits) -> Sheet:
    """Open the first visible worksheet that has the header.

    A formula is delivered as its text ("=…") and never as its cached result, for a link or a lookup must not
    pass as a name; number and date columns take the result, where there is one. A cell merged downwards gives
    its value to each of its rows.
    """
    check_archive(path, limits)
    with ExitStack() as stack:
        workbook = stack.enter_context(opened(path, results=False))
        found = find_worksheet(workbook, path, spec)
        close = stack.pop_all().close
    return Sheet(
        columns=tuple(column.name for column in found.header.places.values()),
        titles=found.header.titles,
        ignored_columns=found.header.ignored,
        header_row=found.header.last_row,
        title=found.worksheet.title,
        _rows=lambda: _rows(path, found, limits),
        _close=close,
    )


def check_archive(path: Path, limits: SheetLimits) -> None:
    """Refuse what is no workbook, or would unpack to too much, by the directory of the archive alone.

    The directory cannot understate the sizes: zipfile hands out no more than it declares.
    """
    with one_reason(), ZipFile(path) as archive:
        parts = archive.infolist()
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise WrongFileType("压缩包或其他 Office 文件")
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise EncryptedWorkbook
    if has_macro_part(names):
        raise MacroWorkbook
    if len(parts) > _MOST_PARTS or len(names) != len(parts):
        raise SuspiciousWorkbook
    packed = sum(part.compress_size for part in parts)
    unpacked = sum(part.file_size for part in parts)
    if unpacked > limits.unpacked_bytes:
        raise SheetTooLarge(f"解压后超过 {limits.unpacked_bytes // 1024**2} MB")
    if unpacked > limits.other_part_bytes and unpacked > packed * limits.ratio:
        raise SuspiciousWorkbook
    for part in parts:
        if part.filename.startswith("xl/worksheets/"):
            continue
        shared = part.filename == "xl/sharedStrings.xml"
        if shared and part.file_size > limits.shared_text_bytes:
            raise SheetTooLarge(f"文字内容超过 {limits.shared_text_bytes // 1024**2} MB")
        if (
            not shared
            and part.file_size > limits.other_part_bytes
            and not part.filename.startswith("xl/media/")
        ):
            raise SuspiciousWorkbook
    with one_reason(), ZipFile(path) as archive:
        types = archive.read("[Content_Types].xml").decode("utf-8", "replace")
        if declares_macros(types):
            raise MacroWorkbook
        for part in parts:
            if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                _check_rows(archive, part.filename)


def _check_rows(archive: ZipFile, part: str) -> None:
    """Refuse a row that is absurdly long: openpyxl holds a row whole, and a few kilobytes unpack to millions of cells."""
    length = 0
    tail = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_SCAN):
            text = tail + chunk
            if _ROWS_END.search(text):
                return
            starts = [match.start() for match in _ROW.finditer(text)]
            length = len(text) - starts[-1] if starts else length + len(chunk)
            if length > _LONGEST_ROW:
                raise SuspiciousWorkbook
            tail = text[-32:]


@contextmanager
def one_reason() -> Iterator[None]:
    """Whatever a malformed workbook makes the libraries raise means one thing: the file is broken."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that a reader ignores
            yield
    except (SheetError, MemoryError):
        raise
    except Exception as error:  # OSError too: a false offset in the archive is one
        raise BrokenSheet from error


@contextmanager
def opened(path: Path, *, results: bool) -> Iterator[Workbook]:
    with path.open("rb") as stream:  # given the path, openpyxl would judge the file by its name
        with one_reason():
            workbook = load_workbook(stream, read_only=True, data_only=results, keep_links=False)
        with closing(workbook):
            yield workbook


def find_worksheet(workbook: Workbook, path: Path, spec: HeaderSpec) -> _Found:
    gravity = {MissingColumns: 2, NoHeader: 1, EmptySheet: 0}
    worst: SheetError = EmptySheet()
    for worksheet in _worksheets(workbook):
        worksheet.reset_dimensions()  # exporters write wrong ones, and an attacker huge ones
        with one_reason():
            rows = worksheet.iter_rows(max_row=SEARCHED_ROWS + 1, max_col=WIDEST, values_only=True)
            first = [["" if cell is None else str(cell).strip() for cell in row] for row in rows]
        header, error = find_header(first, spec)
        if header and not error:
            with one_reason():
                formulas, merges = _scan(path, worksheet._worksheet_path)
            return _Found(worksheet, header, formulas, merges)
        if error and gravity.get(type(error), 0) >= gravity.get(type(worst), 0):
            worst = error
    raise worst


def _worksheets(workbook: Workbook) -> list[_Worksheet]:
    worksheets = cast(list[_Worksheet], workbook.worksheets[:_MOST_SHEETS])
    return [worksheet for worksheet in worksheets if worksheet.sheet_state == "visible"]


def _scan(path: Path, part: str) -> tuple[bool, dict[tuple[int, int], int]]:
    """Whether the sheet has formulas, and its downward merges, which the format lists after the rows."""
    formulas = False
    merges: dict[tuple[int, int], int] = {}
    tail = b""
    with ZipFile(path) as archive, archive.open(part) as stream:
        while chunk := stream.read(_SCAN):
            text = tail + chunk
            formulas = formulas or _FORMULA.search(text) is not None
            for column, first, last in _MERGE.findall(text):
                if len(merges) < _MOST_MERGES and int(last) > int(first):
                    merges[int(first), column_index_from_string(column.decode()) - 1] = int(last)
            tail = text[-256:]
    return formulas, merges


def _rows(path: Path, found: _Found, limits: SheetLimits) -> Iterator[SheetRow]:
    header = found.header
    places = tuple(header.places.items())
    computed = tuple(place for place, column in places if column.kind in (Kind.NUMBER, Kind.DATE))
    spans = {start: last for start, last in found.merges.items() if start[1] in header.places}
    merged: dict[int, tuple[object, int]] = {}
    delivered = 0
    for number, cells in enumerate(_cells(path, found, computed), header.last_row + 1):
        if number > _LAST_ROW:
            raise BrokenSheet("行号超出范围")
        if all(cell is None for cell in cells):
            continue
        values, notes = _values(_fill(cells, number, spans, merged) if spans else cells, places)
        if all(value is None for value in values.values()):
            continue
        delivered += 1
        if delivered > limits.rows:
            raise SheetTooLarge(f"超过 {limits.rows} 行")
        yield SheetRow(number, values, notes)


def _values(
    cells: Row, places: Sequence[tuple[int, Column]]
) -> tuple[dict[str, object], tuple[CellNote, ...]]:
    notes: list[CellNote] = []
    width = len(cells)
    values = {
        column.name: from_cell(cells[place], column, notes) if place < width else None
        for place, column in places
    }
    return values, tuple(notes)


def _fill(
    cells: Row, number: int, spans: dict[tuple[int, int], int], merged: dict[int, tuple[object, int]]
) -> Row:
    """Give the rows of a downward merge the value of their first cell."""
    filled = list(cells)
    for place, cell in enumerate(cells):
        if last := spans.get((number, place)):
            merged[place] = cell, last
        elif cell is None and place in merged and number <= merged[place][1]:
            filled[place] = merged[place][0]
    return tuple(filled)


def _cells(path: Path, found: _Found, computed: Sequence[int]) -> Iterator[Row]:
    rows = _raw_rows(found.worksheet, found.header)
    if not (found.formulas and computed):
        yield from rows
        return
    with opened(path, results=True) as workbook:
        twin = next(sheet for sheet in _worksheets(workbook) if sheet.title == found.worksheet.title)
        twin.reset_dimensions()
        for row, results in zip(rows, _raw_rows(twin, found.header), strict=True):
            cells = list(row)
            for place in computed:
                cell = cells[place]
                written = isinstance(cell, str | int | float) and not str(cell).startswith("=")
                if cell is not None and not written and results[place] is not None:
                    cells[place] = results[place]
            yield tuple(cells)


def _raw_rows(worksheet: _Worksheet, header: Header) -> Iterator[Row]:
    rows = worksheet.iter_rows(min_row=header.last_row + 1, max_col=max(header.places) + 1, values_only=True)
    while True:
        with one_reason():
            batch = list(islice(rows, _BATCH))
        if not batch:
            return
        yield from batch
