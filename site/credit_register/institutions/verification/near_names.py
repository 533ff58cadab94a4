"""Registered names that resemble the one that was given; what shares only common words does not."""

from __future__ import annotations

from dataclasses import dataclass

from credit_register.core.search import engine
from credit_register.institutions import plain_search, queries
from credit_register.institutions.models import Institution
from credit_register.institutions.verification.differences import compared
from credit_register.institutions.verification.model import Near
from credit_register.institutions.verification.reading import LONGEST_NAME, fold, without_lead
from search_index import IndexUnavailable, Query, Segment, derive_short_name, distance

MOST = 5
_CANDIDATES = 30
_LONGEST_LEAD = 12
_SHORT_NAME = 9  # below this length one wrong character is a slip, two are another name
_LEAST_PINYIN = 6
_LEAST_CORE = 3  # two characters begin too many names
_FAR = 99


@dataclass(frozen=True)
class _Match:
    rank: int
    kind: str
    typed: str
    institution: Institution


def near_names(typed: str) -> tuple[list[Near], bool]:
    """The closest registered names, at most five, and whether the index was missing for finding them.

    There are none for a text that resembles none.
    """
    typed = typed[: LONGEST_NAME * 2]
    candidates, degraded = _candidates(typed)
    matches = [match for row, by in candidates if (match := _match(typed, row, by)) is not None]
    matches.sort(key=lambda match: (match.rank, match.institution.name))
    return [_near(match) for match in matches[:MOST]], degraded


def _near(match: _Match) -> Near:
    if match.kind == "pinyin":
        said: tuple[str, ...] = ("按拼音找到，请用汉字全称和代码再核验一次",)
        shown = (Segment(match.typed),), (Segment(match.institution.name),)
        return Near(match.institution, match.kind, *shown, said)
    typed, registered, said = compared(match.typed, match.institution.name)
    if match.kind == "short_name":
        said = ("您提供的是简称或字号，不足以认定是同一家机构，请向对方索要全称和代码",)
    return Near(match.institution, match.kind, typed, registered, said)


def _candidates(typed: str) -> tuple[list[tuple[Institution, str]], bool]:
    """Entries that the index offers for the name as given and for its core, with why; else the database."""
    degraded = False
    bare = without_lead(typed)
    offered: dict[str, str] = {}
    try:
        for text in dict.fromkeys((typed, derive_short_name(typed), bare, derive_short_name(bare))):
            if len(text) >= 2:
                for hit in engine().search(Query(text=text, per_page=_CANDIDATES)).hits:
                    offered.setdefault(hit.key, hit.matched_by)
    except IndexUnavailable:
        degraded = True
        offered = dict.fromkeys(plain_search.resembling(typed, _CANDIDATES), "fuzzy")
    rows = queries.institutions(list(offered))
    return [(rows[key], by) for key, by in offered.items() if key in rows], degraded


def _match(typed: str, row: Institution, by: str) -> _Match | None:
    if typed.isascii():
        letters = "".join(char for char in typed if char.isalpha())
        return _Match(50, "pinyin", typed, row) if by == "pinyin" and len(letters) >= _LEAST_PINYIN else None
    name = fold(row.name)
    whole = fold(typed)
    core, registered_core = fold(derive_short_name(typed)), fold(derive_short_name(row.name))
    if whole in (fold(row.short_name), registered_core) and len(whole) >= 2:
        return _Match(0, "short_name", typed, row)
    lead, away = _closest(whole, name)
    shown = whole[lead:]
    if away <= (1 if len(name) < _SHORT_NAME else 2):
        return _Match(away, "name", shown, row)
    same_core = core == registered_core and len(core) >= 2
    if same_core or (len(registered_core) >= _LEAST_CORE and core.startswith(registered_core)):
        return _Match(10 + away, "name", shown, row)
    close_core = len(core) >= 4 and distance(core, registered_core, 1) <= 1
    if close_core and away <= max(3, len(name) // 4):
        return _Match(20 + away, "name", shown, row)
    return None


def _closest(typed: str, name: str) -> tuple[int, int]:
    """How many leading characters of a sentence to leave out, and how far the rest is from the name."""
    most = len(name)
    best = (0, _FAR)
    for lead in range(min(_LONGEST_LEAD, max(len(typed) - 2, 0)) + 1):
        away = distance(typed[lead:], name, most)
        if away < best[1]:
            best = (lead, away)
    return best
