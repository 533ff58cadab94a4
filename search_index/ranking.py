"""The orders of a list, the same for every engine; the tiers of a text query stand in `plan`.

An order is a key in Python. Engines that sort by numbers alone get the same order as columns of 64-bit numbers, each
deciding between documents that are equal in the ones before; what is equal in all of them is left to the key.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from search_index import pinyin
from search_index.analyzer import Row

UNKNOWN_FEE = 2**62
_FEE_STEPS = 10_000  # fees are compared in ten-thousandths of a yuan
_LAST_DAY = 4_000_000  # a proleptic day number after 9999-12-31

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTER_BASE = 2 * len(_LETTERS) + 1
_CELL = 7  # characters of one syllable in `Row.sort_name`
_CELLS = sorted({*pinyin.SYLLABLES, *"0123456789abcdefghijklmnopqrstuvwxyz"})
_CELL_BASE = 2 * len(_CELLS) + 1


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
    return UNKNOWN_FEE if fee is None else max(0, min(round(fee * _FEE_STEPS), UNKNOWN_FEE - 1))


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
    code = _places(row.key[:20], _LETTERS, 20)
    sort_name = row.sort_name.partition("\n")[0]
    cells = [sort_name[at : at + _CELL].rstrip() for at in range(0, min(len(sort_name), 12 * _CELL), _CELL)]
    name = _places(cells, _CELLS, 12)
    flags = 2 * row.adverse + (not row.committed)
    found = {
        "rank": _number([flags, *code[:9]], _LETTER_BASE),
        "name_1": _number(name[:6], _CELL_BASE),
        "name_2": _number(name[6:], _CELL_BASE),
        "newest": _number([_LAST_DAY - row.registered, *code[:6]], _LETTER_BASE),
        "key_1": _number(code[:10], _LETTER_BASE),
        "key_2": _number(code[10:], _LETTER_BASE),
    }
    return found | {fee_column(one): fee_number(row.fees.get(one)) for one in row.categories}


def _places(words: Sequence[str], known: Sequence[str], length: int) -> list[int]:
    """For each word its place among the known ones, odd for a known word and even between two of them.

    Behind a word that is not known all places are 0: what follows it must not decide before the key does.
    """
    places = [0] * length
    for at, word in enumerate(words):
        place = bisect_left(known, word)
        if place == len(known) or known[place] != word:
            places[at] = 2 * place
            break
        places[at] = 2 * place + 1
    return places


def _number(digits: Iterable[int], base: int) -> int:
    number = 0
    for digit in digits:
        number = number * base + digit
    return number
