"""Answers from one state of the index: matches by tier, filters, facets, order, pages, all remembered."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from search_index import bits, facets, ranking, text
from search_index.analyzer import Row
from search_index.engines.whoosh_snapshot import Snapshot
from search_index.highlight import mark_name, snippet
from search_index.model import FACETS, FacetValue, Hit, Query, Results, Segment, Suggestion
from search_index.plan import name_tiers, strict_tiers
from search_index.relax import relaxed

T = TypeVar("T")
_MAX_SUGGESTIONS = 50


class Recent:
    """The latest answers by their question; safe to share between threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, object] = OrderedDict()

    def get(self, question: Hashable, answer: Callable[[], T]) -> T:
        """The kept answer, or a new one that is then kept."""
        with self._lock:
            if question in self._kept:
                self._kept.move_to_end(question)
                return self._kept[question]  # type: ignore[return-value]  # one type of answer for one question
        found = answer()
        with self._lock:
            self._kept[question] = found
            if len(self._kept) > self._limit:
                self._kept.popitem(last=False)
        return found


@dataclass(frozen=True, slots=True)
class Matched:
    """What a text found before any filter: tiers of disjoint documents, best first."""

    tiers: tuple[tuple[str, int], ...]
    relaxed: bool = False
    meant: int | None = None

    def union(self) -> int:
        """All documents found."""
        found = 0
        for _, tier in self.tiers:
            found |= tier
        return found


class Answers:
    """Search and suggestions over one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._matches = Recent(256)
        self._results = Recent(512)
        self._listings = Recent(128)
        self._suggestions = Recent(512)
        self._orders = Recent(32)

    def search(self, query: Query) -> Results:
        """One page of a query."""
        return self._results.get(query, lambda: self._search(query))

    def suggest(self, typed: str, limit: int) -> tuple[Suggestion, ...]:
        """Names for what was typed."""
        words = text.split_words(typed)
        limit = max(0, min(limit, _MAX_SUGGESTIONS))
        if not words or not limit:
            return ()
        return self._suggestions.get((words, limit), lambda: self._suggest(words, limit))

    def _suggest(self, words: tuple[str, ...], limit: int) -> tuple[Suggestion, ...]:
        matched = self._matches.get((words, True), lambda: self._match(words, names_only=True))
        found: list[Suggestion] = []
        for matched_by, tier in matched.tiers:
            for document in self.snapshot.in_rank_order(tier, limit - len(found)):
                row = self.snapshot.rows[document]
                found.append(Suggestion(row.key, row.name, mark_name(row.name, words, matched_by)))
            if len(found) >= limit:
                break
        return tuple(found)

    # What the text finds.

    def _match(self, words: tuple[str, ...], *, names_only: bool) -> Matched:
        snapshot = self.snapshot
        tiers: list[tuple[str, int]] = []
        rest = snapshot.live

        def take(matched_by: str, found: int) -> None:
            nonlocal rest
            found &= rest
            if found:
                tiers.append((matched_by, found))
                rest &= ~found

        for tier in name_tiers(words) if names_only else strict_tiers(words):
            found = snapshot.evaluate(tier.clause, rest)
            for step in tier.steps:
                take(tier.matched_by, snapshot.evaluate(step, found & rest))
            take(tier.matched_by, found)
        if tiers:
            return Matched(tuple(tiers))
        ranked, loose, meant = relaxed(words, snapshot, names_only=names_only)
        for matched_by, documents in ranked:
            take(matched_by, bits.from_ids(documents, len(snapshot.rows)))
        for tier in loose:
            found = snapshot.evaluate(tier.clause, rest)
            if found:
                take(tier.matched_by, found)
                break
        return Matched(tuple(tiers), relaxed=bool(tiers), meant=meant)

    # Filters and facets.

    @cached_property
    def _values(self) -> dict[str, dict[str, int]]:
        """For each facet its values, a region being each of its three prefixes, with their documents."""
        members: dict[str, dict[str, list[int]]] = {name: {} for name in FACETS}
        rows = self.snapshot.rows
        for document in self.snapshot.numbers:
            row = rows[document]
            for length in (2, 4, 6):
                members["region"].setdefault(row.region[:length], []).append(document)
            for category in set(row.categories):
                members["category"].setdefault(category, []).append(document)
            members["status"].setdefault(row.status, []).append(document)
            members["committed"].setdefault(str(int(row.committed)), []).append(document)
        size = len(rows)
        return {
            name: {value: bits.from_ids(found, size) for value, found in values.items()}
            for name, values in members.items()
        }

    def _facets(self, found: int, chosen: dict[str, str]) -> dict[str, tuple[FacetValue, ...]]:
        counted: dict[str, tuple[FacetValue, ...]] = {}
        for name in FACETS:
            within = found
            for other, value in chosen.items():
                if other != name:
                    within &= self._values[other].get(value, 0)
            values = self._values[name].items()
            if name == "region":
                prefix = chosen.get("region", "")
                length = facets.child_length(prefix)
                counted[name] = facets.values(
                    (facets.region_value(value), (within & members).bit_count())
                    for value, members in values
                    if len(value) == length and value.startswith(prefix)
                )
            else:
                counted[name] = facets.values(
                    (value, (within & members).bit_count()) for value, members in values
                )
        return counted

    # Order and pages.

    def _order(self, sort: str, category: str | None) -> list[int]:
        keys: dict[str, Callable[[Row], object]] = {
            "name": ranking.by_name,
            "newest": ranking.by_newest,
            "fee": ranking.by_fee(category or ""),
        }
        question = (sort, category if sort == "fee" else None)
        return self._orders.get(question, lambda: self.snapshot.sorted_by(keys[sort]))

    def _search(self, query: Query) -> Results:
        snapshot = self.snapshot
        words = text.split_words(query.text)
        if words:
            matched = self._matches.get((words, False), lambda: self._match(words, names_only=False))
        else:
            # Characters were typed but nothing that could be searched: that is no wish to see everything.
            matched = Matched((("", 0 if query.text.strip() else snapshot.live),))
        chosen = facets.filters(query)
        kept = snapshot.live
        for name, value in chosen.items():
            kept &= self._values[name].get(value, 0)
        everything = matched.union()
        listing = (words, bool(query.text.strip()), tuple(chosen.items()))
        counted = self._listings.get(listing, lambda: self._facets(everything, chosen))
        by_relevance = query.sort == "relevance" and bool(words)
        tiers = matched.tiers if by_relevance else (("", everything),)
        order = (
            snapshot.rank
            if by_relevance
            else self._order("name" if query.sort == "relevance" else query.sort, query.category)
        )
        start = (query.page - 1) * query.per_page
        picked: list[tuple[int, str]] = []
        for matched_by, found_here in tiers:
            tier = found_here & kept
            count = tier.bit_count()
            if start < count and len(picked) < query.per_page:
                stop = start + query.per_page - len(picked)
                if by_relevance and stop >= count:
                    found = snapshot.in_rank_order(tier, stop)[start:stop]
                else:
                    found = bits.ordered(tier, order, start, stop)
                picked += [(one, matched_by) for one in found]
            start = max(0, start - count)
        reasons = (
            {}
            if by_relevance
            else {one: by for one, _ in picked for by, tier in matched.tiers if tier >> one & 1}
        )
        return Results(
            total=(everything & kept).bit_count(),
            page=query.page,
            per_page=query.per_page,
            hits=tuple(self._hit(one, words, by or reasons.get(one, "")) for one, by in picked),
            facets=counted,
            relaxed=matched.relaxed,
            did_you_mean=None if matched.meant is None else snapshot.rows[matched.meant].name,
        )

    def _hit(self, document: int, words: tuple[str, ...], matched_by: str) -> Hit:
        row = self.snapshot.rows[document]
        if not words:
            return Hit(row.key, mark_name(row.name, (), ""))
        explained: tuple[Segment, ...] = ()
        if matched_by in ("text", "former_name", "fuzzy"):
            explained = snippet(self.snapshot.body(document), words, matched_by)
        return Hit(row.key, mark_name(row.name, words, matched_by), explained, matched_by)
