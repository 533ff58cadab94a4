"""Answers from one state of an index: matches by tier, filters, facets, order and pages, all remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic

from search_index import facets, text
from search_index.highlight import mark_name, snippet
from search_index.model import FACETS, FacetValue, Hit, Query, Results, Segment, Suggestion
from search_index.plan import Tier, name_tiers, strict_tiers
from search_index.recent import Recent
from search_index.relax import relaxed
from search_index.state import D, F, State

_MAX_SUGGESTIONS = 50

Facets = Mapping[str, tuple[FacetValue, ...]]


@dataclass(frozen=True, slots=True)
class Matched(Generic[F]):
    """What a text found before any filter: why, which documents and how many, best first, none of them twice."""

    tiers: tuple[tuple[str, F, int], ...]
    relaxed: bool = False
    meant: str | None = None


class Answers(Generic[F, D]):
    """Search and suggestions over one state."""

    def __init__(self, state: State[F, D]) -> None:
        self.state = state
        self._matches: Recent[Matched[F]] = Recent(256)
        self._results: Recent[Results] = Recent(512)
        self._listings: Recent[Facets] = Recent(128)
        self._suggestions: Recent[tuple[Suggestion, ...]] = Recent(512)

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
        return self._named(name_tiers(words), words, limit) or self._named(
            relaxed(words, self.state, names_only=True).tiers, words, limit
        )

    def _named(self, tiers: Sequence[Tier], words: tuple[str, ...], limit: int) -> tuple[Suggestion, ...]:
        found: list[Suggestion] = []
        sets = self.state.tiers([tier.clause for tier in tiers])
        for tier, documents in zip(tiers, sets, strict=True):
            for one in self.state.page(documents, "relevance", None, 0, limit - len(found)):
                row = self.state.row(one)
                found.append(Suggestion(row.key, row.name, mark_name(row.name, words, tier.matched_by)))
            if len(found) == limit:
                break
        return tuple(found)

    # What the text finds.

    def _found(self, words: tuple[str, ...], *, typed: bool) -> Matched[F]:
        if words:
            return self._matches.get(words, lambda: self._match(words))
        # Characters were typed but nothing that could be searched: that is no wish to see everything.
        return Matched(()) if typed else self._everything

    def _match(self, words: tuple[str, ...]) -> Matched[F]:
        strict = self._taken(strict_tiers(words))
        if strict:
            return Matched(strict)
        loose = relaxed(words, self.state)
        found = self._taken(loose.tiers)
        return Matched(found, relaxed=bool(found), meant=loose.meant)

    def _taken(self, tiers: Sequence[Tier]) -> tuple[tuple[str, F, int], ...]:
        sets = self.state.tiers([tier.clause for tier in tiers])
        counted = (
            (tier.matched_by, found, self.state.count(found)) for tier, found in zip(tiers, sets, strict=True)
        )
        return tuple(one for one in counted if one[2])

    # Filters and facets.

    @cached_property
    def _everything(self) -> Matched[F]:
        state = self.state
        return Matched((("", state.everything(), state.size),) if state.size else ())

    @cached_property
    def _all_facets(self) -> Facets:
        """The facets of the list without words and filters, which most visitors see."""
        return self._facets(self.state.everything(), {})

    def _facets(self, found: F, chosen: dict[str, str]) -> Facets:
        """Each facet leaves out its own filter, so that it shows what else could be chosen."""
        prefix = chosen.get("region", "")
        # Below the chosen region one steps down, so that its own filter leaves out nothing that counts.
        alone = [name for name in chosen if name != "region"]
        digits = facets.child_length(prefix)
        together = [name for name in FACETS if name not in alone]
        counted = self.state.counts(self.state.kept(found, chosen), together, digits)
        for name in alone:
            others = {other: value for other, value in chosen.items() if other != name}
            counted |= self.state.counts(self.state.kept(found, others), [name], digits)
        regions = counted["region"].items()
        counted["region"] = {facets.region_value(value): count for value, count in regions}
        return {name: facets.values(counted[name].items()) for name in FACETS}

    # Pages.

    def _search(self, query: Query) -> Results:
        words = text.split_words(query.text)
        typed = bool(query.text.strip())
        matched = self._found(words, typed=typed)
        chosen = facets.filters(query)
        tiers = [(by, self.state.kept(found, chosen), count) for by, found, count in matched.tiers]
        if chosen:
            tiers = [(by, found, self.state.count(found)) for by, found, _ in tiers]
        total = sum(count for _, _, count in tiers)
        start = (query.page - 1) * query.per_page
        page = self._page(query, tiers, start, min(start + query.per_page, total)) if start < total else []
        return Results(
            total=total,
            page=query.page,
            per_page=query.per_page,
            hits=tuple(self._hit(one, words, by) for one, by in page),
            facets=self._listing(words, typed, matched, chosen),
            relaxed=matched.relaxed,
            did_you_mean=matched.meant,
        )

    def _listing(
        self, words: tuple[str, ...], typed: bool, matched: Matched[F], chosen: dict[str, str]
    ) -> Facets:
        if not matched.tiers:
            return dict.fromkeys(FACETS, ())
        if not typed and not chosen:
            return self._all_facets
        found = self.state.union([found for _, found, _ in matched.tiers])
        return self._listings.get((words, tuple(chosen.items())), lambda: self._facets(found, chosen))

    def _page(
        self, query: Query, tiers: Sequence[tuple[str, F, int]], start: int, stop: int
    ) -> list[tuple[D, str]]:
        """The documents of a page, and why each was found."""
        if query.sort != "relevance" or not query.text.strip():
            found = self.state.union([found for _, found, _ in tiers])
            sort = "name" if query.sort == "relevance" else query.sort
            return self._explained(self.state.page(found, sort, query.category, start, stop), tiers)
        page: list[tuple[D, str]] = []
        for by, found, count in tiers:
            if start < count and stop > 0:
                documents = self.state.page(found, "relevance", None, max(start, 0), min(stop, count))
                page += [(one, by) for one in documents]
            start, stop = start - count, stop - count
        return page

    def _explained(self, documents: list[D], tiers: Sequence[tuple[str, F, int]]) -> list[tuple[D, str]]:
        reasons: dict[str, str] = {}
        for by, found, _ in tiers if len(tiers) > 1 else ():
            reasons |= dict.fromkeys(self.state.keys(found, documents), by)
        only = tiers[0][0]
        return [(one, reasons.get(self.state.row(one).key, only)) for one in documents]

    def _hit(self, document: D, words: tuple[str, ...], matched_by: str) -> Hit:
        row = self.state.row(document)
        if not words:
            return Hit(row.key, mark_name(row.name, (), ""))
        explained: tuple[Segment, ...] = ()
        if matched_by in ("text", "former_name", "fuzzy"):
            explained = snippet(self.state.body(document), words, matched_by)
        return Hit(row.key, mark_name(row.name, words, matched_by), explained, matched_by)
