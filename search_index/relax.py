"""What to offer when nothing contains the words: what was probably meant, or else a part of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from search_index import text
from search_index.inside import codes_inside, name_at_place, names_inside
from search_index.names import derive_short_name
from search_index.places import place_prefix
from search_index.plan import AllOf, Clause, Has, Tier, all_of, any_of, in_name, majority, word_clause
from search_index.slips import close_names
from search_index.state import State

_WHOLE_FROM = 7
_STOP_WORDS = (
    "的", "了", "吗", "呢", "吧", "啊", "和", "与", "及", "或", "在", "是", "有", "我", "你", "他", "请",
    "请问", "查", "查询", "一下", "怎么样", "怎么", "如何", "哪家", "哪些", "什么", "公司", "有限公司",
    "有限责任公司", "股份有限公司", "机构", "这家", "这个", "想", "找", "要", "做", "办", "家", "个",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Relaxation:
    """What is offered instead, best first, and the name that was probably meant."""

    tiers: tuple[Tier, ...]
    meant: str | None = None


def relaxed(words: tuple[str, ...], state: State[Any, Any], *, names_only: bool = False) -> Relaxation:
    """Look for what was probably meant; of several ways to loosen the words the first that finds something."""
    joined = "".join(words)
    placed = _found(name_at_place(joined), "short_name", state)
    if placed:
        return Relaxation((placed,))
    close = close_names(joined, state)
    traded = _found(name_with_trade(joined), "short_name", state)
    if close or traded:
        other = (traded,) if traded else ()
        # A whole name with a slip tells more than its trade does, two or three characters with a slip tell less.
        whole = len(joined) >= _WHOLE_FROM or not other
        tiers = (*close, *other) if whole else (*other, *close)
        pieces = None if names_only else pieces_clause(joined)
        return Relaxation(
            (*tiers, Tier("text", pieces)) if pieces else tiers,
            _first_name(close[0], state) if close and whole else None,
        )
    inside = codes_inside(words, state) or names_inside(joined, state)
    if inside or names_only:
        return Relaxation((inside,) if inside else ())
    loose = (tier for tier in _loosened(words, joined, state) if state.count(state.find(tier.clause)))
    first = next(loose, None)
    return Relaxation((first,) if first else ())


def _found(clause: Clause | None, matched_by: str, state: State[Any, Any]) -> Tier | None:
    return Tier(matched_by, clause) if clause and state.count(state.find(clause)) else None


def _first_name(tier: Tier, state: State[Any, Any]) -> str:
    first = state.page(state.find(tier.clause), "relevance", None, 0, 1)
    return state.row(first[0]).name


def name_with_trade(typed: str) -> Clause | None:
    """A short name typed with a trade that is not the one in the name: 腾讯信用 for 腾讯征信有限公司."""
    short = derive_short_name(typed)
    return Has("exact", f"s:{short}") if len(short) > 1 and short != typed else None


def _loosened(words: tuple[str, ...], joined: str, state: State[Any, Any]) -> Iterator[Tier]:
    """The ways to ask for less, the closest to what was typed first."""
    pieces = pieces_clause(joined)
    if pieces:
        yield Tier("text", pieces)
    if len(words) > 1:
        yield Tier("fuzzy", AllOf(tuple(_loose(word, state) for word in words)))
    most = majority(words)
    if most:
        yield most


def pieces_clause(typed: str) -> Clause | None:
    """All the words inside a text typed without spaces ("上海信用评级"), or None when it is one word."""
    ways: list[Clause] = []
    pieces = [piece for piece in dict.fromkeys(text.cut_words(typed)) if piece not in _STOP_WORDS]
    if 1 < len(pieces) <= text.MAX_WORDS:
        ways.append(all_of([word_clause(piece) for piece in pieces]))
    # jieba may join the end of a place with a brand; an institution need not have its place in its name.
    place = place_prefix(typed)
    if place and len(typed) > len(place):
        ways.append(AllOf((word_clause(place), word_clause(typed[len(place) :]))))
    return any_of(ways) if ways else None


def _loose(word: str, state: State[Any, Any]) -> Clause:
    """A word as typed or, when it is nowhere, the name that is a slip away from it."""
    clause = word_clause(word)
    if state.count(state.find(clause)):
        return clause
    close = close_names(word, state)
    return in_name(text.compact(_first_name(close[0], state))) if close else clause
