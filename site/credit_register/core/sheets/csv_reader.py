"""Rows from text with separators: UTF-8 or GB18030; comma, semicolon or tab."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from credit_register.core.sheets.cells import from_text
from credit_register.core.sheets.errors import (
    BrokenSheet,
    EmptySheet,
    SheetError,
    SheetTooLarge,
    UndecodableText,
    WrongFileType,
)
from credit_register.core.sheets.header import SEARCHED_ROWS, Header, find_header
from credit_register.core.sheets.model import CellNote, HeaderSpec, Sheet, SheetLimits, SheetRow

_CHUNK: Final = 1024**2
ENCODINGS: Final = ("utf-8-sig", "gb18030")
_DELIMITERS: Final = (",", "\t", ";")
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r\f"))
_LINES_PER_ROW: Final = 1000  # more line breaks than that in one row is a quotation mark without its partner


def read_csv(path: Path, spec: HeaderSpec, limits: SheetLimits) -> Sheet:
    """Find encoding, separator and header; the rows are read when the sheet is iterated."""
    encoding, lines = _encoding(path)
    delimiter, header = _header(path, encoding, spec)
    if lines > limits.rows:
        _refuse_too_many(path, encoding, delimiter, header, limits)
    return Sheet(
        columns=tuple(column.name for column in header.places.values()),
        titles=header.titles,
        ignored_columns=header.ignored,
        header_row=header.last_row,
        title=path.stem,
        _rows=lambda: _rows(path, encoding, delimiter, header, limits),
    )


def _encoding(path: Path) -> tuple[str, int]:
    """The first encoding that decodes the whole file, and how many line breaks it has.

    A sample may end before the first Chinese character.
    """
    with path.open("rb") as stream:
        if stream.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise UndecodableText
    for encoding in ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        lines = 0
        with path.open("rb") as stream:
            try:
                while chunk := stream.read(_CHUNK):
                    if len(chunk.translate(None, _CONTROLS)) != len(chunk):
                        raise WrongFileType
                    if len(chunk) == _CHUNK and b"\n" not in chunk and b"\r" not in chunk:
                        raise BrokenSheet("有一行过长")
                    lines += max(chunk.count(b"\n"), chunk.count(b"\r"))
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                continue
        return encoding, lines
    raise UndecodableText


def _records(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """The rows of cells, numbered from 1 by the caller; a blank line is an empty row, as in a spreadsheet."""
    pending = 0

    def counted() -> Iterator[str]:
        nonlocal pending
        for line in lines:
            pending += 1
            if pending > _LINES_PER_ROW:
                raise BrokenSheet(f"第 {number} 行的引号没有成对")
            yield line

    number = 1
    try:
        for record in csv.reader(counted(), delimiter=delimiter):
            pending = 0
            yield record
            number += 1
    except csv.Error:
        raise BrokenSheet(f"第 {number} 行的引号没有成对，或内容过长") from None
    except UnicodeDecodeError:
        raise BrokenSheet("读取时文件被改动") from None


def _header(path: Path, encoding: str, spec: HeaderSpec) -> tuple[str, Header]:
    """The separator under which the header names the most known columns."""
    best: tuple[str, Header] | None = None
    best_error: SheetError = EmptySheet()
    for delimiter in _DELIMITERS:
        with path.open(encoding=encoding, newline="") as stream:
            records = islice(_records(stream, delimiter), SEARCHED_ROWS + 1)
            first = [[cell.strip() for cell in record] for record in records]
        header, error = find_header(first, spec)
        if error is None and header and (best is None or len(header.places) > len(best[1].places)):
            best = delimiter, header
        if error is not None and (delimiter == _DELIMITERS[0] or header):
            best_error = error
    if best is None:
        raise best_error
    return best


def _refuse_too_many(path: Path, encoding: str, delimiter: str, header: Header, limits: SheetLimits) -> None:
    """Count the rows before one of them is looked at: a long file should not be read for minutes in vain."""
    places = tuple(header.places)
    found = 0
    with path.open(encoding=encoding, newline="") as stream:
        for record in islice(_records(stream, delimiter), header.last_row, None):
            width = len(record)
            found += any(place < width and record[place].strip() for place in places)
            if found > limits.rows:
                raise SheetTooLarge(f"超过 {limits.rows} 行")


def _rows(
    path: Path, encoding: str, delimiter: str, header: Header, limits: SheetLimits
) -> Iterator[SheetRow]:
    places = tuple(header.places.items())
    delivered = 0
    with path.open(encoding=encoding, newline="") as stream:
        for number, record in enumerate(_records(stream, delimiter), 1):
            if number <= header.last_row:
                continue
            width = len(record)
            notes: list[CellNote] = []
            values = {
                column.name: from_text(record[place], column, notes) if place < width else None
                for place, column in places
            }
            if not any(values.values()):
                continue
            delivered += 1
            if delivered > limits.rows:
                raise SheetTooLarge(f"超过 {limits.rows} 行")
            yield SheetRow(number, values, tuple(notes))
