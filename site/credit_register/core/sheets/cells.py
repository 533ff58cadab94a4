"""One cell at a time: what the reader hands out, and what may be written."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from credit_register.core.sheets.model import CellNote, Column, Kind

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""Text that begins so may be run as a formula; WPS and Excel take the full-width signs as well."""

EXACT_DIGITS: Final = 15
"""A spreadsheet program keeps this many digits of a number and turns the rest into zeros."""

LOST_DIGITS: Final = "表格软件只保留数字的前 15 位，此处末尾几位可能已经丢失。请把该列设为文本格式并重新填写"

_BLANKS: Final = " \n\u3000\xa0\ufeff\u200b"
_WHOLE_AS_FLOAT: Final = re.compile(r"(\d+)\.0+")
_SCIENTIFIC: Final = re.compile(r"\d(?:\.\d+)?[Ee]\+?\d{1,3}")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def escape_formula(text: str) -> str:
    """Text that no spreadsheet program runs: a leading apostrophe before a formula sign.

    The apostrophe stays when an xlsx is saved again as csv, which a mere cell format would not survive;
    `unescape_formula` takes it off when such a file comes back.
    """
    return "'" + text if _may_run(text) else text


def unescape_formula(text: str) -> str:
    """The text behind the apostrophe that `escape_formula` put there."""
    return text[1:] if text[:1] == "'" and _may_run(text[1:]) else text


def _may_run(text: str) -> bool:
    # Apostrophes of the author's own are looked through, or taking ours off would take his.
    bare = text.lstrip("'")
    return bare.startswith(("\t", "\r")) or bare.lstrip(_BLANKS).startswith(FORMULA_SIGNS)


def printable(text: str) -> str:
    """Text without the characters that XML, and so a workbook, cannot hold."""
    return _UNPRINTABLE.sub("", text)


def from_text(text: str, column: Column, notes: list[CellNote]) -> str | None:
    """A cell of text: trimmed, None where blank; codes freed from what spreadsheet programs did to them."""
    text = text.strip()
    if not text:
        return None
    code = column.kind is Kind.CODE
    if text[0] == "'":
        text = (text[1:] if code else unescape_formula(text)).strip()
        if not text:
            return None
    if code:
        if whole := _WHOLE_AS_FLOAT.fullmatch(text):
            return whole[1]
        if _SCIENTIFIC.fullmatch(text):
            notes.append(CellNote(column.name, LOST_DIGITS))
    return text


def from_cell(value: object, column: Column, notes: list[CellNote]) -> object:
    """A workbook cell in the type its column asks for.

    Numbers become clean text in text and code columns and Decimal (15 significant digits, as shown) in number
    columns; date cells become dates in date columns and yyyy-mm-dd elsewhere. A leading zero that the
    spreadsheet program dropped from a number cannot be known and is not put back.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return from_text(value, column, notes)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _from_number(value, column, notes)
    if isinstance(value, datetime):
        if column.kind is Kind.DATE:
            return value.date()
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value if column.kind is Kind.DATE else value.isoformat()
    if isinstance(value, time | timedelta):
        return str(value)
    # an array or data-table formula, whose text the object carries
    return str(getattr(value, "text", None) or "=")


def _from_number(value: int | float, column: Column, notes: list[CellNote]) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if column.kind is Kind.NUMBER:
        return Decimal(value) if isinstance(value, int) else Decimal(f"{value:.{EXACT_DIGITS}g}")
    if column.kind is Kind.DATE:
        return value
    if abs(value) >= 10**EXACT_DIGITS:
        notes.append(CellNote(column.name, LOST_DIGITS))
    if isinstance(value, int):
        return str(value)
    text = repr(value) if value == int(value) else f"{value:.{EXACT_DIGITS}g}"
    return format(Decimal(text), "f").removesuffix(".0")
