"""The orders of a list, the same for every engine; the tiers of a text query stand in `plan`.

An order is a key in Python. Engines that sort by numbers alone get the same order as columns of 64-bit numbers, each
deciding between documents that are equal in the ones before; what is equal in all of them is left to the key.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any

from search_index import pinyin
from search_index.analyzer import Row

UNKNOWN_FEE = 2**62
_FEE_STEPS = 10_000  # fees are compared in ten-thousandths of a yuan
_LAST_DAY = 4_000_000  # a proleptic day number after 9999-12-31

_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# The value of a character in a code and, for its place, how many values there are. Between two known characters there is
# room for all others. The third to eighth character of a code are digits (GB 32100—2015); keys that are no such codes
# are only more often left to the next column.
_DIGIT_VALUES = {char: at for at, char in enumerate(_DIGITS, 1)}
_CODE_VALUES = _DIGIT_VALUES | {char: at for at, char in enumerate(_LETTERS, len(_DIGITS) + 2)}
_DIGIT_BASE, _CODE_BASE = len(_DIGITS) + 2, len(_DIGITS) + len(_LETTERS) + 3
_DIGIT_PLACES = range(2, 8)
_CODE_PLACES = 24
_CELL = 7  # characters of one syllable in `Row.sort_name`
_CELLS = sorted({*pinyin.SYLLABLES, *"0123456789abcdefghijklmnopqrstuvwxyz"})
_CELL_BASE = 2 * len(_CELLS) + 1
_CELL_PLACES = 12


def rank(row: Row) -> tuple[bool, bool, str]:
    """Among equal matches an adverse decision is last and a commitment first; the code decides the rest."""
    return row.adverse, not row.committed, row.key


def by_name(row: Row) -> tuple[str, str]:
    """Pinyin syllable by syllable, then the characters, then the code."""
    return row.sort_name, row.key


def by_newest(row: Row) -> tuple[int, str]:
    """Latest registration first, unknown dates last, then the code."""
    return -row.registered, row.key


def by_fee(category: str) -> Callable[[Row], tuple[int, str]]:
    """Lowest fee in the category first, no known fee last, then the code."""
    return lambda row: (fee_number(row.fees.get(category)), row.key)


def fee_number(fee: float | None) -> int:
    """A fee in ten-thousandths of a yuan; one that is not known is above all others."""
    if fee is None or not isfinite(fee):
        return UNKNOWN_FEE
    return max(0, min(round(fee * _FEE_STEPS), UNKNOWN_FEE - 1))


def order(sort: str, category: str | None) -> tuple[Callable[[Row], Any], tuple[str, ...]]:
    """The key of an order and the names of its columns of numbers."""
    orders: Mapping[str, tuple[Callable[[Row], Any], tuple[str, ...]]] = {
        "relevance": (rank, ("rank", *_KEY_COLUMNS)),
        "name": (by_name, ("name_1", "name_2")),
        "newest": (by_newest, ("newest", *_KEY_COLUMNS)),
        "fee": (by_fee(category or ""), (fee_column(category or ""), *_KEY_COLUMNS)),
    }
    return orders[sort]


_KEY_COLUMNS = ("key_1", "key_2")
COLUMNS = ("rank", "name_1", "name_2", "newest", *_KEY_COLUMNS)


def fee_column(category: str) -> str:
    """The column of fees of a category."""
    return f"fee_{category}"


def numbers(row: Row) -> dict[str, int]:
    """The row's numbers in `COLUMNS` and, for each of its categories, in that category's column of fees."""
    code = _code(row.key)
    name = _syllables(row.sort_name.partition("\n")[0])
    flags = 2 * row.adverse + (not row.committed)
    found = {
        "rank": _number([(flags, 4), *code[:13]]),
        "name_1": _number(name[:6]),
        "name_2": _number(name[6:]),
        "newest": _number([(_LAST_DAY - row.registered, _LAST_DAY), *code[:9]]),
        "key_1": _number(code[:13]),
        "key_2": _number(code[13:]),
    }
    return found | {fee_column(one): fee_number(row.fees.get(one)) for one in row.categories}


# Places of a text, each with the number of values there. Behind a value that stands for several texts all are 0: what
# follows it must not decide before the key does.
_Places = list[tuple[int, int]]


def _code(key: str) -> _Places:
    places: _Places = []
    known = True
    for at in range(_CODE_PLACES):
        values, base = (_DIGIT_VALUES, _DIGIT_BASE) if at in _DIGIT_PLACES else (_CODE_VALUES, _CODE_BASE)
        char = key[at : at + 1]
        if not known or char < "0":  # the end of the key among them
            places.append((0, base))
            known = False
        elif char in values:
            places.append((values[char], base))
        else:
            between = _DIGIT_BASE - 1 if char < "A" else base - 1
            places.append((between, base))
            known = False
    return places


def _syllables(sort_name: str) -> _Places:
    places = [(0, _CELL_BASE)] * _CELL_PLACES
    for at in range(min(len(sort_name) // _CELL, _CELL_PLACES)):
        cell = sort_name[at * _CELL : (at + 1) * _CELL].rstrip()
        place = bisect_left(_CELLS, cell)
        if place == len(_CELLS) or _CELLS[place] != cell:
            places[at] = (2 * place, _CELL_BASE)
            break
        places[at] = (2 * place + 1, _CELL_BASE)
    return places


def _number(places: Iterable[tuple[int, int]]) -> int:
    number = 0
    for value, base in places:
        number = number * base + value
    return number
