"""Names that are what was typed but for a slip or two: wrong, missing, extra or swapped characters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from search_index import pinyin, text
from search_index.analyzer import LONGEST_NEAR, without_one
from search_index.plan import AllOf, AnyOf, Clause, Has, Keys, Most, Tier
from search_index.state import D, State

_RARE_SHARE = 0.2  # a pair of characters that stands in more of the names tells nothing
_MAX_PAIRS = 20
_FEW_PAIRS = 3
_RAREST = 2
_PAIRS_LOST = 3  # swapped neighbours take three pairs of characters with them
_MAX_COMPARED = 80
_TWO_SLIPS_FROM = 9
_PART_FROM = 5
_BEGINNING_FROM = 3
_SPELLINGS = 4


def close_names(typed: str, state: State[Any, Any]) -> tuple[Tier, ...]:
    """Documents whose name, or a short form of it, is what was typed but for a slip or two; closest first."""
    if len(typed) < 2 or text.is_latin(typed):
        return ()
    if len(typed) == 2:
        return _close_pairs(typed, state)
    for slips in (1, 2) if len(typed) >= _TWO_SLIPS_FROM else (1,):
        tiers = _graded(typed, slips, _candidates(typed, slips, state), state)
        if tiers:
            return tiers
    return ()


def _close_pairs(typed: str, state: State[Any, Any]) -> tuple[Tier, ...]:
    """Of two characters the order may be wrong, or one of them when it sounds right; else nothing of a name is left."""
    swapped = AnyOf((Has("exact", f"n:{typed[::-1]}"), Has("exact", f"s:{typed[::-1]}")))
    spelled = pinyin.spellings(pinyin.readings(typed), _SPELLINGS)
    heard = _first(AnyOf(tuple(Has("exact", f"p:{one}") for one in spelled)), state)
    rows = [row for row in map(state.row, heard) if _one_agrees(typed, row.forms.split())]
    tiers = [Tier("fuzzy", swapped), Tier("fuzzy", Keys(tuple(row.key for row in rows)))]
    return tuple(tier for tier in tiers if state.count(state.find(tier.clause)))


def _one_agrees(typed: str, forms: Sequence[str]) -> bool:
    return any(
        len(form) == len(typed)
        and any(one == other for one, other in zip(typed, form, strict=True))
        and pinyin.sound_alike(typed, form)
        for form in forms
    )


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
