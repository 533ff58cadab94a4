"""Dates as clerks write them, read into one calendar date or refused with a sentence."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from credit_register.core.clock import local_date

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199

_LONGEST_TEXT: Final = 64  # no date is longer; more is not worth folding
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_TIME: Final = r"(?:[T ]*\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?"
_SEPARATED: Final = re.compile(rf"(\d{{4}}) *([-/.]) *(\d{{1,2}}) *\2 *(\d{{1,2}}){_TIME}", re.ASCII)
_CHINESE: Final = re.compile(rf"(\d{{4}}) *年 *(\d{{1,2}}) *月 *(\d{{1,2}}) *日?{_TIME}", re.ASCII)
_EIGHT_DIGITS: Final = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,7}(?:\.\d{1,12})?", re.ASCII)

# Spreadsheets count days from 1900-01-01 = 1, and believe that 1900-02-29 (60) existed.
_PHANTOM_DAY: Final = 60
_BEFORE_PHANTOM: Final = date(1899, 12, 31)
_AFTER_PHANTOM: Final = date(1899, 12, 30)
_LAST_SERIAL: Final = (date(LAST_YEAR, 12, 31) - _AFTER_PHANTOM).days


class NotADate(ValueError):
    """The value names no day between 1900 and 2199; the text is a Chinese sentence for its writer."""

    def __init__(self, value: object) -> None:
        text = str(value).strip()
        shown = text if len(text) <= 40 else text[:40] + "…"
        super().__init__(f"“{shown}”不是有效日期，请写成 2021-03-05 的样子")
        self.value = value


def parse_date(value: object) -> date | None:
    """The day a cell names; None for a blank; raises NotADate for everything else.

    Reads date cells, spreadsheet day numbers (as number or text), 2021-03-05, 2021/3/5, 2021.3.5, 20210305
    and 2021年3月5日, full-width digits included; a time of day is dropped. A bare number from 1900 to 2199
    is refused: whoever writes 2021 means a year, while the spreadsheet would read a day in 1905.
    """
    if value is None:
        return None
    if isinstance(value, datetime):
        return _plausible(local_date(value) if value.tzinfo else value.date(), value)
    if isinstance(value, date):
        return _plausible(value, value)
    if isinstance(value, bool):
        raise NotADate(value)
    if isinstance(value, int | float | Decimal):
        return _from_number(value)
    if isinstance(value, str):
        return _from_text(value)
    raise NotADate(value)


def _from_text(text: str) -> date | None:
    if len(text) > _LONGEST_TEXT:
        if not text.strip():
            return None
        raise NotADate(text)
    folded = unicodedata.normalize("NFKC", text).translate(_DASHES).strip()
    if not folded:
        return None
    if match := _EIGHT_DIGITS.fullmatch(folded) or _CHINESE.fullmatch(folded):
        year, month, day = match.groups()
        return _day(year, month, day, text)
    if match := _SEPARATED.fullmatch(folded):
        year, _, month, day = match.groups()
        return _day(year, month, day, text)
    if _NUMBER.fullmatch(folded):
        return _from_number(Decimal(folded), text)
    raise NotADate(text)


def _from_number(number: float | Decimal, written: object = None) -> date:
    written = number if written is None else written
    if not number >= 1 or number >= 100_000_000:  # NaN fails the first comparison
        raise NotADate(written)
    whole = int(number)
    if whole == number and (match := _EIGHT_DIGITS.fullmatch(str(whole))):
        year, month, day = match.groups()
        return _day(year, month, day, written)
    looks_like_a_year = whole == number and FIRST_YEAR <= whole <= LAST_YEAR
    if looks_like_a_year or whole == _PHANTOM_DAY or whole > _LAST_SERIAL:
        raise NotADate(written)
    epoch = _BEFORE_PHANTOM if whole < _PHANTOM_DAY else _AFTER_PHANTOM
    return epoch + timedelta(days=whole)


def _day(year: str, month: str, day: str, written: object) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise NotADate(written) from None
    return _plausible(found, written)


def _plausible(day: date, written: object) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise NotADate(written)
    return day
