"""What to offer when nothing contains the words: names with a slip, names in a sentence, most words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from search_index import pinyin, text
from search_index.analyzer import LONGEST_NEAR, without_one
from search_index.names import derive_short_name
from search_index.places import place_prefix
from search_index.plan import (
    AllOf,
    AnyOf,
    Clause,
    Has,
    Keys,
    Most,
    Tier,
    all_of,
    any_of,
    code_clause,
    in_labels,
    in_name,
    majority,
    word_clause,
)
from search_index.state import D, State

_RARE_SHARE = 0.2
_MAX_PAIRS = 20
_FEW_PAIRS = 3
_RAREST = 2
_PAIRS_LOST = 3  # swapped neighbours take three pairs of characters with them
_MAX_COMPARED = 80
_TWO_SLIPS_FROM = 9
_PART_FROM = 5
_WHOLE_FROM = 7
_BEGINNING_FROM = 3
_SENTENCE_FROM = 6
_FORM_IN_SENTENCE = range(3, 41)
_MAX_SENTENCE = 100
_LONGEST_PLACED = 8
_CODE = re.compile("[0-9a-z]{8,}")
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
    placed = name_at_place(joined)
    if placed and state.count(state.find(placed)):
        return Relaxation((Tier("short_name", placed),))
    close = close_names(joined, state)
    traded = name_with_trade(joined)
    other = (Tier("short_name", traded),) if traded and state.count(state.find(traded)) else ()
    if close or other:
        # A whole name with a slip tells more than its trade does, two or three characters with a slip tell less.
        whole = len(joined) >= _WHOLE_FROM or not other
        pieces = None if names_only else pieces_clause(joined)
        tiers = (*close, *other) if whole else (*other, *close)
        meant = _first_name(close[0], state) if close and whole else None
        return Relaxation((*tiers, *([Tier("text", pieces)] if pieces else [])), meant)
    inside = codes_inside(words, state) or names_inside(joined, state)
    if inside or names_only:
        return Relaxation((inside,) if inside else ())
    ways: Iterator[Callable[[], Tier | None]] = iter(
        (
            lambda: _tier("text", pieces_clause(joined)),
            lambda: _tier(
                "fuzzy", AllOf(tuple(_loose(word, state) for word in words)) if words[1:] else None
            ),
            lambda: majority(words),
        )
    )
    found = (tier for tier in (way() for way in ways) if tier and state.count(state.find(tier.clause)))
    return Relaxation(tuple(tier for tier in [next(found, None)] if tier))


def _tier(matched_by: str, clause: Clause | None) -> Tier | None:
    return Tier(matched_by, clause) if clause else None


def _first_name(tier: Tier, state: State[Any, Any]) -> str:
    first = state.page(state.find(tier.clause), "relevance", None, 0, 1)
    return state.row(first[0]).name


def distance(typed: str, form: str, limit: int, *, part: bool = False) -> int:
    """Edits (wrong, missing, extra or swapped neighbouring characters) from one text to the other.

    More than `limit` is reported as limit + 1. With `part`, to the closest stretch of `form`.
    """
    if not part and abs(len(typed) - len(form)) > limit:
        return limit + 1
    before: list[int] = []
    above = [0] * (len(form) + 1) if part else list(range(len(form) + 1))
    for i, char in enumerate(typed, 1):
        row = [i]
        for j, other in enumerate(form, 1):
            best = above[j - 1] + (char != other)
            if above[j] < best:
                best = above[j] + 1
            if row[j - 1] < best:
                best = row[j - 1] + 1
            if i > 1 and j > 1 and char == form[j - 2] and typed[i - 2] == other and before[j - 2] < best:
                best = before[j - 2] + 1
            row.append(best)
        if min(row) > limit and min(above) > limit:
            return limit + 1
        before, above = above, row
    return min(min(above) if part else above[-1], limit + 1)


def name_at_place(typed: str) -> Clause | None:
    """A name typed behind the place of an institution whose own name does not say where it is."""
    place = place_prefix(typed)
    rest = typed[len(place) :]
    if not place or len(rest) < 2:
        return None
    return AllOf((in_labels(place), AnyOf((Has("exact", f"n:{rest}"), Has("exact", f"s:{rest}")))))


def name_with_trade(typed: str) -> Clause | None:
    """A short name typed with a trade that is not the one in the name: 腾讯信用 for 腾讯征信有限公司."""
    short = derive_short_name(typed)
    return Has("exact", f"s:{short}") if len(short) > 1 and short != typed else None


def close_names(typed: str, state: State[Any, Any]) -> tuple[Tier, ...]:
    """Documents whose name, or a short form of it, is what was typed but for a slip or two; closest first."""
    if len(typed) < 2 or text.is_latin(typed):
        return ()
    if len(typed) == 2:
        # Of two characters only their order can be wrong: any other slip leaves one character, which is no name.
        swapped = AnyOf((Has("exact", f"n:{typed[::-1]}"), Has("exact", f"s:{typed[::-1]}")))
        return (Tier("fuzzy", swapped),) if state.count(state.find(swapped)) else ()
    for slips in (1, 2) if len(typed) >= _TWO_SLIPS_FROM else (1,):
        tiers = _graded(typed, slips, _candidates(typed, slips, state), state)
        if tiers:
            return tiers
    return ()


def _candidates(typed: str, slips: int, state: State[Any, D]) -> Iterator[list[D]]:
    """Documents among which the close names are, those first that have the most in common with what was typed."""
    if len(typed) <= LONGEST_NEAR + 1:
        yield _first(AnyOf(tuple(Has("near", one) for one in without_one(typed))), state)
    if len(typed) < _PART_FROM:
        return
    common = state.size * _RARE_SHARE
    known = sorted((state.frequency("name", pair), pair) for pair in text.bigrams(typed))
    rare = [(count, pair) for count, pair in known if count <= common][:_MAX_PAIRS]
    pairs = tuple(Has("name", pair) for count, pair in rare if count)
    lost = min(_PAIRS_LOST * slips - (len(rare) - len(pairs)), len(pairs) - 1)
    if len(pairs) < _FEW_PAIRS:
        # The slip took what tells: what is left are the characters, and the trade around them.
        common_pairs = [pair for count, pair in known if count > common]
        yield _first(_by_characters(typed, common_pairs, state), state)
    if lost < 0:
        return
    every = _first(Most(lost, pairs), state)
    if len(every) < _MAX_COMPARED:
        yield every
    else:
        yield from (_first(Most(missing, pairs), state) for missing in range(lost + 1))


def _by_characters(typed: str, pairs: list[str], state: State[Any, Any]) -> Clause:
    rarest = sorted((state.frequency("name", one), one) for one in dict.fromkeys(typed))[:_RAREST]
    return AllOf((AnyOf(tuple(Has("name", one) for _, one in rarest)), *(Has("name", one) for one in pairs)))


def _first(clause: Clause, state: State[Any, D]) -> list[D]:
    return state.page(state.find(clause), "relevance", None, 0, _MAX_COMPARED)


def _graded(
    typed: str, slips: int, candidates: Iterable[Sequence[D]], state: State[Any, D]
) -> tuple[Tier, ...]:
    """Tiers of the candidates that are close enough: the whole name before a beginning before a part."""
    grades: dict[int, dict[str, None]] = {}
    seen: set[str] = set()
    for documents in candidates:
        for row in map(state.row, documents):
            if row.key not in seen:
                seen.add(row.key)
                grade = _grade(typed, tuple(row.forms.split()), slips)
                if grade is not None:
                    grades.setdefault(grade, {})[row.key] = None
        if len(seen) >= _MAX_COMPARED:
            break
    return tuple(Tier("fuzzy", Keys(tuple(grades[grade]))) for grade in sorted(grades))


def _grade(typed: str, forms: tuple[str, ...], slips: int) -> int | None:
    """How close the nearest of the forms is: 0 sounds the same, 3 has a part that is alike, None is too far."""
    characters = set(typed)
    # Whoever lacks more characters than slips were made is not worth the comparison.
    alike = [form for form in forms if len(characters.difference(form)) <= slips]
    whole = [form for form in alike if distance(typed, form, slips) <= slips]
    if whole:
        # Who types by sound takes a wrong character of the right sound most of all.
        return 0 if any(pinyin.sound_alike(typed, form) for form in whole) else 1
    if len(typed) >= _PART_FROM:
        return 3 if forms[0] in alike and distance(typed, forms[0], slips, part=True) <= slips else None
    # A few characters must be the beginning of a form: anywhere in a name they would agree by chance.
    if len(typed) >= _BEGINNING_FROM:
        lengths = (len(typed) - 1, len(typed), len(typed) + 1)
        beginnings = {form[:length] for form in alike for length in lengths}
        if any(distance(typed, one, 1) == 1 for one in beginnings):
            return 2
    return None


def codes_inside(words: tuple[str, ...], state: State[Any, Any]) -> Tier | None:
    """Documents whose code stands inside what was typed."""
    codes = [code for word in words for code in _CODE.findall(word)]
    clauses = [clause for clause in map(code_clause, codes) if clause and state.count(state.find(clause))]
    return Tier("code", any_of(list(clauses))) if clauses else None


def names_inside(typed: str, state: State[Any, Any]) -> Tier | None:
    """Documents whose name or short form stands inside what was typed, the longest form there is."""
    if len(typed) < _SENTENCE_FROM:
        return None
    typed = typed[:_MAX_SENTENCE]
    unknown = [at for at in range(len(typed) - 1) if not state.frequency("name", typed[at : at + 2])]
    # Between two unknown pairs of characters every pair is known: only there can a name stand.
    borders = [-1, *unknown, len(typed) - 1]
    runs = [typed[left + 1 : right + 1] for left, right in pairwise(borders)]
    for length in reversed(_FORM_IN_SENTENCE):
        parts = {run[at : at + length] for run in runs for at in range(len(run) - length + 1)}
        terms = [f"{kind}:{part}" for part in sorted(parts) for kind in ("n", "s")]
        found = AnyOf(tuple(Has("exact", term) for term in terms if state.frequency("exact", term)))
        if found.clauses and state.count(state.find(found)):
            return Tier("name", found)
    return _placed_inside(typed, state)


def _placed_inside(typed: str, state: State[Any, Any]) -> Tier | None:
    """A short name that stands behind the place of its institution, the longest there is."""
    for start in range(len(typed)):
        length = len(place_prefix(typed[start:]))
        for end in range(min(len(typed), start + length + _LONGEST_PLACED), start + length + 1, -1):
            placed = name_at_place(typed[start:end]) if length else None
            if placed and state.count(state.find(placed)):
                return Tier("short_name", placed)
    return None


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
