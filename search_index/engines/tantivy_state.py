"""One opened state of a tantivy index, which all threads share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tantivy import Order, Query

from search_index import ranking
from search_index.analyzer import Body, Row
from search_index.engines import tantivy_schema as schema
from search_index.engines.tantivy_guard import guarded
from search_index.plan import Clause, Has, Keys

HEAD = 48  # what is remembered of a set: a page or two, and most of what is equal to their last document
_BEYOND = 12  # more than the page is asked for, to see whether equal documents lie beyond it
_MOST_VALUES = 50_000  # below what tantivy allows an aggregation; a register has hundreds of combinations


class Found:
    """A set of documents, which tantivy looks up when it is asked for; what it first said of it is kept."""

    def __init__(self, query: Query, but: tuple[Query, ...] = (), filters: tuple[Query, ...] = ()) -> None:
        self.query = query
        self.but = but
        self.filters = filters
        self.head: Head | None = None

    def whole(self, *more: Query) -> Query:
        """One query for it."""
        return schema.all_of([self.query, *self.filters, *more], self.but)


@dataclass(frozen=True, slots=True)
class Head:
    """How many documents a set has, and the first of them by rank with the numbers of that order."""

    count: int
    hits: list[tuple[int, Any]]


@dataclass(frozen=True, slots=True)
class Ordered:
    """Documents in the order of a key, which the columns of numbers follow."""

    query: Query
    columns: Sequence[str]
    key: Callable[[Row], Any]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of documents in the order of one column, from place `first` on; `whole` if it has all behind that."""

    first: int
    hits: list[tuple[int, Any]]
    whole: bool

    def runs(self) -> Iterator[tuple[int, int, list[Any], bool]]:
        """Equal neighbours: place, number, documents, and whether there cannot be more of them outside."""
        at = self.first
        for number, equal in groupby(self.hits, key=lambda hit: hit[0]):
            run = [document for _, document in equal]
            begin, at = at, at + len(run)
            cut_before = begin == self.first and self.first > 0
            cut_behind = at == self.first + len(self.hits) and not self.whole
            yield begin, number, run, not (cut_before or cut_behind)


class TantivyState:
    """The documents of one commit; `files` are those that it reads, with their sizes and times."""

    def __init__(self, searcher: Any, files: Mapping[str, tuple[int, int]], *, has_deletions: bool) -> None:
        self._searcher = searcher
        self._has_deletions = has_deletions
        self.files = files

    @property
    def size(self) -> int:
        """How many documents there are."""
        return int(self._searcher.num_docs)

    # Documents.

    def row(self, document: Any) -> Row:
        """The columns of a document."""
        return Row.load(self._stored(document, "row"))

    def body(self, document: Any) -> Body:
        """The texts of a document."""
        return Body.load(self._stored(document, "body"))

    def _stored(self, document: Any, column: str) -> bytes:
        return bytes(guarded(self._searcher.doc, document).get_first(column))

    def revisions(self) -> Iterator[tuple[str, int]]:
        """Key and revision of every document."""
        for document in self._ordered(Query.all_query(), "key_1", 0, max(1, self.size)):
            row = self.row(document[1])
            yield row.key, row.revision

    # Sets of documents.

    def frequency(self, field: str, term: str) -> int:
        """In how many documents the term stands."""
        name = "forms_short" if field == "name" else field
        known = int(guarded(self._searcher.doc_freq, name, term))
        # tantivy counts deleted documents until their segment is merged.
        return self._count(schema.query(Has(field, term))) if known and self._has_deletions else known

    def find(self, clause: Clause) -> Found:
        """The documents that meet a condition."""
        return Found(schema.query(clause))

    def tiers(self, clauses: Sequence[Clause], filters: Mapping[str, str]) -> Iterator[Found]:
        """For each condition the documents that meet it and none of the earlier ones, and pass the filters."""
        earlier: tuple[Query, ...] = ()
        kept = tuple(schema.filters(filters.items()))
        known: dict[int, Query] = {}
        for clause in clauses:
            found = Found(schema.query(clause, known), earlier, kept)
            yield found
            if found.head is None or found.head.count:
                earlier = (*earlier, found.query)

    def union(self, found: Sequence[Found], *, covered: bool = False) -> Found:
        """The documents of all these sets; what a tier leaves out stands in an earlier one."""
        found = found[-1:] if covered else found
        return Found(schema.any_of([one.query for one in found]), (), found[0].filters)

    def kept(self, found: Found, filters: Mapping[str, str]) -> Found:
        """Those that pass the filters."""
        return Found(found.query, found.but, (*found.filters, *schema.filters(filters.items())))

    def count(self, found: Found) -> int:
        """How many they are."""
        return self._head(found).count

    def keys(self, found: Found, among: Sequence[Any]) -> set[str]:
        """The keys of those among these documents that are in the set."""
        asked = schema.query(Keys(tuple(self.row(one).key for one in among)))
        hits = self._ordered(found.whole(asked), "key_1", 0, len(among))
        return {self.row(document).key for _, document in hits}

    def counts(self, found: Found, facets: Sequence[str], region_digits: int) -> dict[str, dict[str, int]]:
        """For each facet how many of them have each value."""
        columns = {"region": f"region_{region_digits}", "category": "categories"}
        asked = {name: {"terms": {"field": columns.get(name, name), "size": _MOST_VALUES}} for name in facets}
        answer = guarded(self._searcher.aggregate, found.whole(), asked)
        counted: dict[str, dict[str, int]] = {}
        for name in facets:
            counted[name] = {}
            for bucket in answer[name]["buckets"]:
                # The categories of a document are one value, because counting single values is many times faster.
                for value in bucket["key"].split() if name == "category" else [bucket["key"]]:
                    counted[name][value] = counted[name].get(value, 0) + bucket["doc_count"]
        return counted

    # Orders.

    def page(self, found: Found, sort: str, category: str | None, start: int, stop: int) -> list[Any]:
        """Places start to stop of them in an order.

        tantivy sorts by one column; documents that are equal in it are put in order by the next ones.
        """
        if start >= stop:
            return []
        key, columns = ranking.order(sort, category)
        if sort == "relevance" and stop < HEAD:
            head = self._head(found).hits
            window = Window(0, head, whole=len(head) < HEAD)
        else:
            window = self._window(found.whole(), columns[0], start, stop)
        return self._page(Ordered(found.whole(), columns, key), window, start, stop)

    def _page(self, ordered: Ordered, window: Window, start: int, stop: int) -> list[Any]:
        page: list[Any] = []
        for begin, number, run, inside in window.runs():
            end = begin + len(run)
            if end <= start or begin >= stop:
                continue
            if inside:
                page += self._sorted(run, ordered.key)[max(0, start - begin) : stop - begin]
            else:
                page += self._equal(ordered, number, max(start, begin), min(stop, end))
        return page

    def _equal(self, ordered: Ordered, number: int, start: int, stop: int) -> list[Any]:
        """Those places among documents that are equal in the first column, of which not all were seen."""
        query, (column, *further), key = ordered.query, ordered.columns, ordered.key
        begin = self._count(schema.all_of([query, schema.number_below(column, number)]))
        start, stop = start - begin, stop - begin
        same = schema.all_of([query, schema.number_is(column, number)])
        if further:
            window = self._window(same, further[0], start, stop)
            return self._page(Ordered(same, further, key), window, start, stop)
        every = self._ordered(same, column, 0, max(1, self._count(same)))
        return self._sorted([document for _, document in every], key)[start:stop]

    def _window(self, query: Query, column: str, start: int, stop: int) -> Window:
        first = max(start - 1, 0)
        hits = self._ordered(query, column, first, stop + _BEYOND)
        return Window(first, hits, whole=len(hits) < stop + _BEYOND - first)

    def _sorted(self, documents: list[Any], key: Callable[[Row], Any]) -> list[Any]:
        if len(documents) == 1:
            return documents
        return sorted(documents, key=lambda one: key(self.row(one)))

    # What reads files.

    def _head(self, found: Found) -> Head:
        if found.head is None:
            result = guarded(
                self._searcher.search, found.whole(), limit=HEAD, order_by_field="rank", order=Order.Asc
            )
            found.head = Head(result.count, result.hits)
        return found.head

    def _ordered(self, query: Query, column: str, start: int, stop: int) -> list[tuple[int, Any]]:
        result = guarded(
            self._searcher.search,
            query,
            limit=stop - start,
            offset=start,
            count=False,
            order_by_field=column,
            order=Order.Asc,
        )
        hits: list[tuple[int, Any]] = result.hits
        return hits

    def _count(self, query: Query) -> int:
        return int(guarded(self._searcher.search, query, limit=1, order_by_field="rank").count)
