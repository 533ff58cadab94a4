"""The orders of a list, the same for every engine; the tiers of a text query stand in `plan`."""

from __future__ import annotations

from collections.abc import Callable

from search_index.analyzer import Row

RankKey = tuple[bool, bool, str]


def rank(row: Row) -> RankKey:
    """Among equal matches an adverse decision is last and a commitment first; the code decides the rest."""
    return row.adverse, not row.committed, row.key


def by_name(row: Row) -> tuple[str, str]:
    """Pinyin syllable by syllable, then the characters, then the code."""
    return row.sort_name, row.key


def by_newest(row: Row) -> tuple[int, str]:
    """Latest registration first, unknown dates last, then the code."""
    return -row.registered, row.key


def by_fee(category: str) -> Callable[[Row], tuple[bool, float, str]]:
    """Lowest fee in the category first, no known fee last, then the code."""

    def key(row: Row) -> tuple[bool, float, str]:
        fee = row.fees.get(category)
        return fee is None, fee or 0.0, row.key

    return key
