"""What to offer when nothing contains the words: names with a slip, names in a sentence, most words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from search_index import text
from search_index.places import place_prefix
from search_index.plan import AllOf, Clause, Has, Most, Tier, all_of, any_of, in_name, majority, word_clause

_RARE_SHARE = 0.2
_RARE_PAIRS = 10
_MAX_INSIDE = 600
_MAX_CANDIDATES = 3000
_MAX_COMPARED = 80
_TWO_SLIPS_FROM = 9
_PART_FROM = 5
_BEGINNING_FROM = 3
_SENTENCE_FROM = 6
_MIN_FORM_IN_SENTENCE = 3
_STOP_WORDS = (
    "的", "了", "吗", "呢", "吧", "啊", "和", "与", "及", "或", "在", "是", "有", "我", "你", "他", "请",
    "请问", "查", "查询", "一下", "怎么样", "怎么", "如何", "哪家", "哪些", "什么", "公司", "有限公司",
    "有限责任公司", "股份有限公司", "机构", "这家", "这个", "想", "找", "要", "做", "办", "家", "个",
)  # fmt: skip


class Matcher(Protocol):
    """What relaxation asks of an engine; documents are its own numbers for them."""

    @property
    def size(self) -> int:
        """How many documents there are."""

    def frequency(self, field: str, term: str) -> int:
        """In about how many documents the term stands."""

    def found(self, clause: Clause, limit: int) -> Sequence[int]:
        """Documents that meet the clause, in rank order, at most `limit`."""

    def forms(self, document: int) -> tuple[str, ...]:
        """The compact name and short forms of the document, the name first."""


Ranked = list[tuple[str, list[int]]]


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


def _grouped(graded: Iterable[tuple[tuple[int, int], int]], matched_by: str) -> Ranked:
    groups: dict[tuple[int, int], list[int]] = {}
    for grade, document in graded:
        groups.setdefault(grade, []).append(document)
    return [(matched_by, groups[grade]) for grade in sorted(groups)]


def slips_clause(typed: str, slips: int, matcher: Matcher) -> Clause | None:
    """Names with all but `slips` of the telling characters; common ones tell nothing and cost much."""
    known = {char: matcher.frequency("name", char) for char in dict.fromkeys(typed)}
    common = matcher.size * _RARE_SHARE
    rare = [char for char, count in known.items() if count <= common]
    chars = rare if len(rare) > slips + 1 else list(known)
    missing = sum(known[char] == 0 for char in chars)
    if missing > slips or len(chars) <= slips:
        return None
    return Most(slips, tuple(Has("name", char) for char in chars))


def close_names(typed: str, matcher: Matcher) -> Ranked:
    """Documents whose name, or a short form of it, is what was typed but for a slip or two; closest first."""
    if len(typed) < 2 or text.is_latin(typed):
        return []
    slips = 2 if len(typed) >= _TWO_SLIPS_FROM else 1
    # Of two characters only their order can be wrong: any other slip leaves one character, which is no name.
    clause = slips_clause(typed, 0 if len(typed) == 2 else slips, matcher)
    if clause is None:
        return []
    candidates = matcher.found(clause, _MAX_CANDIDATES)
    if len(candidates) > _MAX_COMPARED:
        pairs = text.bigrams(typed)
        shared = {one: -sum(pair in matcher.forms(one)[0] for pair in pairs) for one in candidates}
        candidates = sorted(candidates, key=shared.__getitem__)[:_MAX_COMPARED]
    graded = []
    for document in candidates:
        grade = _closeness(typed, matcher.forms(document), slips)
        if grade is not None:
            graded.append((grade, document))
    return _grouped(graded, "fuzzy")


def _closeness(typed: str, forms: tuple[str, ...], slips: int) -> tuple[int, int] | None:
    if len(typed) == 2:
        return (1, 0) if typed[::-1] in forms else None
    whole = min(distance(typed, form, slips) for form in forms)
    if whole <= slips and (whole < 2 or len(typed) >= _TWO_SLIPS_FROM):
        return whole, 0
    if len(typed) >= _PART_FROM:
        part = distance(typed, forms[0], slips, part=True)
        return (part, 2) if part <= slips else None
    # A few characters must be the beginning of a form: anywhere in a name they would agree by chance.
    if len(typed) >= _BEGINNING_FROM:
        beginnings = {
            form[:length] for form in forms for length in (len(typed) - 1, len(typed), len(typed) + 1)
        }
        if any(distance(typed, one, 1) == 1 for one in beginnings):
            return 1, 1
    return None


def names_inside(typed: str, matcher: Matcher) -> Ranked:
    """Documents whose name or short form stands inside what was typed, the longest form first."""
    if len(typed) < _SENTENCE_FROM:
        return []
    common = matcher.size * _RARE_SHARE
    known = [(matcher.frequency("name", pair), pair) for pair in text.bigrams(typed)]
    rare = [(count, pair) for count, pair in sorted(known) if 0 < count <= common][:_RARE_PAIRS]
    graded = []
    seen: set[int] = set()
    for count, pair in rare:
        if len(seen) + count > _MAX_INSIDE:
            break
        for document in matcher.found(Has("name", pair), count):
            if document not in seen:
                seen.add(document)
                longest = max((len(form) for form in matcher.forms(document) if form in typed), default=0)
                if longest >= _MIN_FORM_IN_SENTENCE:
                    graded.append(((-longest, 0), document))
    best = min((grade for grade, _ in graded), default=None)
    return _grouped(((grade, one) for grade, one in graded if grade == best), "name")


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


def relaxed(
    words: tuple[str, ...], matcher: Matcher, *, names_only: bool
) -> tuple[Ranked, list[Tier], int | None]:
    """Ranked documents, tiers that follow them, and the document that was probably meant."""
    joined = "".join(words)
    close = close_names(joined, matcher)
    inside = names_inside(joined, matcher) if not close else []
    meant = close[0][1][0] if close else None
    tiers: list[Tier] = []
    if not names_only and not inside:
        pieces = pieces_clause(joined)
        if pieces:
            tiers.append(Tier("text", pieces))
        if len(words) > 1 and not close:
            loose = [_loose(word, matcher) for word in words]
            tiers.append(Tier("fuzzy", AllOf(tuple(loose))))
        most = majority(words)
        if most and not close:
            tiers.append(most)
    return inside + close, tiers, meant


def _loose(word: str, matcher: Matcher) -> Clause:
    """A word as typed or, when it is nowhere, the names that are a slip away from it."""
    clause = word_clause(word)
    if matcher.found(clause, 1):
        return clause
    close = close_names(word, matcher)
    if not close:
        return clause
    return all_of([in_name(matcher.forms(close[0][1][0])[0])])
