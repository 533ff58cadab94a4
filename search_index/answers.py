"""Answers from one state of an index: matches by tier, filters, facets, order and pages, all remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic

from search_index import facets, text
from search_index.highlight import mark_name, snippet
from search_index.model import FACETS, FacetValue, Hit, Query, Results, Segment, Suggestion
from search_index.plan import Everything, Tier, any_of, name_tiers, strict_tiers
from search_index.recent import Recent
from search_index.relax import Relaxation, relaxed
from search_index.state import D, F, State

_MAX_SUGGESTIONS = 50
_LONG_TEXT = 7

Facets = Mapping[str, tuple[FacetValue, ...]]


@dataclass(frozen=True, slots=True)
class Matched(Generic[F]):
    """What was found under some filters: why, which documents and how many, best first, none of them twice.

    `asked` are the tiers that were looked for; without the filters more of them might have been found.
    """

    tiers: tuple[tuple[Tier, F, int], ...]
    asked: tuple[Tier, ...]
    relaxed: bool = False
    meant: str | None = None

    @property
    def total(self) -> int:
        """How many documents there are."""
        return sum(count for _, _, count in self.tiers)


@dataclass(frozen=True, slots=True)
class Question:
    """What decides which documents are found, whatever their order and page."""

    words: tuple[str, ...]
    typed: bool
    filters: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, query: Query) -> Question:
        """The question in a query."""
        return cls(
            text.split_words(query.text), bool(query.text.strip()), tuple(facets.filters(query).items())
        )


class Answers(Generic[F, D]):
    """Search and suggestions over one state."""

    def __init__(self, state: State[F, D]) -> None:
        self.state = state
        self._matches: Recent[Matched[F]] = Recent(256)
        self._relaxations: Recent[Relaxation] = Recent(256)
        self._results: Recent[Results] = Recent(512)
        self._listings: Recent[Facets] = Recent(128)
        self._counted: Recent[Mapping[str, Mapping[str, int]]] = Recent(256)
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
        sets = self.state.tiers([tier.clause for tier in tiers], {})
        for tier, documents in zip(tiers, sets, strict=True):
            for one in self.state.page(documents, "relevance", None, 0, limit - len(found)):
                row = self.state.row(one)
                found.append(Suggestion(row.key, row.name, mark_name(row.name, words, tier.matched_by)))
            if len(found) == limit:
                break
        return tuple(found)

    # What is found.

    def _matched(self, question: Question) -> Matched[F]:
        return self._matches.get(question, lambda: self._match(question))

    def _match(self, question: Question) -> Matched[F]:
        strict = _strict(question)
        found = () if self._hopeless(question, strict) else self._taken(strict, question)
        if found or not question.words:
            return Matched(found, strict)
        # Filters that leave nothing are no reason to look for other names.
        if question.filters and not self._matched(replace(question, filters=())).relaxed:
            return Matched((), strict)
        loose = self._relaxations.get(question.words, lambda: relaxed(question.words, self.state))
        found = self._taken(loose.tiers, question)
        return Matched(found, loose.tiers, relaxed=bool(loose.tiers), meant=loose.meant)

    def _hopeless(self, question: Question, strict: Sequence[Tier]) -> bool:
        """A long text that is nowhere has a slip in it: then the tiers before the last need not be looked for."""
        if len("".join(question.words)) < _LONG_TEXT or not strict[-1].covers:
            return False
        return not self.state.count(self.state.find(strict[-1].clause))

    def _taken(self, tiers: Sequence[Tier], question: Question) -> tuple[tuple[Tier, F, int], ...]:
        sets = self.state.tiers([tier.clause for tier in tiers], dict(question.filters))
        counted = ((tier, found, self.state.count(found)) for tier, found in zip(tiers, sets, strict=True))
        return tuple(one for one in counted if one[2])

    # Facets.

    @cached_property
    def _all_facets(self) -> Facets:
        """The facets of the list without words and filters, which most visitors see."""
        return self._facets(Question((), False, ()), self.state.find(Everything()), {})

    def _listing(self, question: Question, matched: Matched[F]) -> Facets:
        if not question.typed and not question.filters:
            return self._all_facets
        if not (matched.tiers or (question.filters and matched.asked)):
            return dict.fromkeys(FACETS, ())
        return self._listings.get(question, lambda: self._facets(question, *self._whole(question, matched)))

    def _whole(self, question: Question, matched: Matched[F]) -> tuple[F, dict[str, str]]:
        """What the words find before the filters, and the filters."""
        if not question.filters:
            return self._union(matched.tiers), {}
        asked = matched.asked[-1:] if matched.asked[-1].covers else matched.asked
        return self.state.find(any_of([tier.clause for tier in asked])), dict(question.filters)

    def _union(self, tiers: Sequence[tuple[Tier, F, int]]) -> F:
        return self.state.union([found for _, found, _ in tiers], covered=tiers[-1][0].covers)

    def _facets(self, question: Question, found: F, chosen: dict[str, str]) -> Facets:
        """Each facet leaves out its own filter, so that it shows what else could be chosen."""
        digits = facets.child_length(chosen.get("region", ""))
        # Below the chosen region one steps down, so that its own filter leaves out nothing that counts.
        alone = [name for name in chosen if name != "region"]
        together = [name for name in FACETS if name not in alone]
        counted = self._counts(question, found, chosen, together, digits)
        for name in alone:
            others = {other: value for other, value in chosen.items() if other != name}
            counted = {**counted, **self._counts(question, found, others, [name], digits)}
        regions = counted["region"].items()
        counted = {
            **counted,
            "region": {facets.region_value(value): count for value, count in regions},
        }
        return {name: facets.values(counted[name].items()) for name in FACETS}

    def _counts(
        self, question: Question, found: F, chosen: dict[str, str], names: list[str], digits: int
    ) -> Mapping[str, Mapping[str, int]]:
        """The counts under some filters, for which other questions with the same words ask as well."""
        asked = (question.words, question.typed, tuple(chosen.items()), tuple(names), digits)
        return self._counted.get(
            asked, lambda: self.state.counts(self.state.kept(found, chosen), names, digits)
        )

    # Pages.

    def _search(self, query: Query) -> Results:
        question = Question.of(query)
        matched = self._matched(question)
        start = (query.page - 1) * query.per_page
        stop = min(start + query.per_page, matched.total)
        page = self._page(query, matched.tiers, start, stop) if start < stop else []
        return Results(
            total=matched.total,
            page=query.page,
            per_page=query.per_page,
            hits=tuple(self._hit(one, question.words, by) for one, by in page),
            facets=self._listing(question, matched),
            relaxed=matched.relaxed,
            did_you_mean=matched.meant,
        )

    def _page(
        self, query: Query, tiers: Sequence[tuple[Tier, F, int]], start: int, stop: int
    ) -> list[tuple[D, str]]:
        """The documents of a page, and why each was found."""
        if query.sort != "relevance" or not query.text.strip():
            found = self._union(tiers)
            sort = "name" if query.sort == "relevance" else query.sort
            return self._explained(self.state.page(found, sort, query.category, start, stop), tiers)
        page: list[tuple[D, str]] = []
        for tier, found, count in tiers:
            if start < count and stop > 0:
                documents = self.state.page(found, "relevance", None, max(start, 0), min(stop, count))
                page += [(one, tier.matched_by) for one in documents]
            start, stop = start - count, stop - count
        return page

    def _explained(self, documents: list[D], tiers: Sequence[tuple[Tier, F, int]]) -> list[tuple[D, str]]:
        reasons: dict[str, str] = {}
        for tier, found, _ in tiers if len(tiers) > 1 else ():
            reasons |= dict.fromkeys(self.state.keys(found, documents), tier.matched_by)
        only = tiers[0][0].matched_by
        return [(one, reasons.get(self.state.row(one).key, only)) for one in documents]

    def _hit(self, document: D, words: tuple[str, ...], matched_by: str) -> Hit:
        row = self.state.row(document)
        if not words:
            return Hit(row.key, (Segment(row.name),))
        explained: tuple[Segment, ...] = ()
        # A single word with a slip is explained by the name itself.
        if matched_by in ("text", "former_name") or (matched_by == "fuzzy" and len(words) > 1):
            explained = snippet(self.state.body(document), words, matched_by)
        return Hit(row.key, mark_name(row.name, words, matched_by), explained, matched_by)


def _strict(question: Question) -> tuple[Tier, ...]:
    if question.words:
        return tuple(strict_tiers(question.words))
    # Characters were typed but nothing that could be searched: that is no wish to see everything.
    return () if question.typed else (Tier("", Everything()),)
