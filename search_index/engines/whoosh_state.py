"""One state of a Whoosh index, opened once and shared by all threads until the next state comes."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, reduce
from operator import or_
from typing import Any

from whoosh.index import FileIndex
from whoosh.reading import TermNotFound

from search_index import bits, ranking
from search_index.analyzer import Body, Row
from search_index.model import FACETS, IndexUnavailable
from search_index.plan import AllOf, AnyOf, Clause, Everything, Find, Has, Keys
from search_index.recent import Recent

_FEW = 1024
_TERM_CACHE_BYTES = 24 * 2**20
_COLUMNS = ("forms", "former", "labels", "initials", "code")


class SegmentData:
    """What was read of one segment; segments never change, so it outlives the state it was read for."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self._lock = threading.Lock()  # an old state and a new one share it, and so do their threads
        self._sets: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._bytes = 0

    def recall(self, term: tuple[str, str]) -> int | None:
        """The documents of a term if they were read before."""
        with self._lock:
            known = self._sets.get(term)
            if known is not None:
                self._sets.move_to_end(term)
            return known

    def remember(self, term: tuple[str, str], found: int) -> None:
        """Keep the documents of a term, letting go of the ones longest unused."""
        with self._lock:
            if term in self._sets:
                return
            self._sets[term] = found
            self._bytes += _size(found)
            while self._bytes > _TERM_CACHE_BYTES:
                _, old = self._sets.popitem(last=False)
                self._bytes -= _size(old)


def _size(found: int) -> int:
    return 120 + found.bit_length() // 8


def _close(reader: Any) -> None:
    with suppress(Exception):  # At the end of a state nothing is left that an error could harm.
        reader.close()


class WhooshState:
    """The documents of one state: their columns, and Whoosh's postings as sets of document numbers."""

    def __init__(self, index: FileIndex, known: dict[str, SegmentData]) -> None:
        self._reader = index.reader()
        self._finalizer = weakref.finalize(self, _close, self._reader)
        self._lock = threading.Lock()  # Whoosh's readers share a file position.
        self._parts: list[tuple[Any, int, SegmentData]] = []
        self._bodies: dict[int, Any] = {}
        self._orders: Recent[list[int]] = Recent(32)
        self.segments: dict[str, SegmentData] = {}
        self._rows: list[Row] = []
        dead: list[int] = []
        if index.is_empty():
            self._live = 0
            return
        for leaf, offset in self._reader.leaf_readers():
            name = leaf.segment().segment_id()
            data = known.get(name)
            if data is None:
                column = leaf.column_reader("row")
                data = SegmentData([Row.load(column[n]) for n in range(leaf.doc_count_all())])
            self.segments[name] = data
            self._parts.append((leaf, offset, data))
            self._rows.extend(data.rows)
            if leaf.has_deletions():
                dead.extend(offset + n for n in range(leaf.doc_count_all()) if leaf.is_deleted(n))
        size = len(self._rows)
        self._live = ((1 << size) - 1) & ~bits.from_ids(dead, size)
        if self._live.bit_count() != self._reader.doc_count():
            raise ValueError("the columns and the postings disagree")

    # Documents.

    @property
    def size(self) -> int:
        """How many documents there are."""
        return self._live.bit_count()

    def row(self, document: int) -> Row:
        """The columns of a document."""
        return self._rows[document]

    def body(self, document: int) -> Body:
        """The texts of a document."""
        try:
            with self._lock:
                for leaf, offset, _ in reversed(self._parts):
                    if document >= offset:
                        if offset not in self._bodies:
                            self._bodies[offset] = leaf.column_reader("body")
                        return Body.load(self._bodies[offset][document - offset])
        except Exception as error:  # Whoosh raises whatever a damaged file leads it to.
            raise IndexUnavailable(f"the search index is damaged: {error}") from error
        raise IndexError(document)

    def revisions(self) -> Iterator[tuple[str, int]]:
        """Key and revision of every document."""
        return ((self._rows[n].key, self._rows[n].revision) for n in self._numbers)

    @cached_property
    def _numbers(self) -> list[int]:
        return bits.to_ids(self._live)

    @cached_property
    def _number_of(self) -> dict[str, int]:
        return {self._rows[n].key: n for n in self._numbers}

    @cached_property
    def _columns(self) -> dict[str, list[str]]:
        """The columns that are compared with what was typed."""
        return {name: [getattr(row, name) for row in self._rows] for name in _COLUMNS}

    # Sets of documents.

    def find(self, clause: Clause) -> int:
        """The documents that meet a condition."""
        return self._evaluate(clause, self._live)

    def tiers(self, clauses: Sequence[Clause], filters: Mapping[str, str]) -> Iterator[int]:
        """For each condition the documents that meet it and none of the earlier ones, and pass the filters."""
        rest = self.kept(self._live, filters)
        for clause in clauses:
            found = self._evaluate(clause, rest)
            rest &= ~found
            yield found

    def union(self, found: Sequence[int], *, covered: bool = False) -> int:
        """The documents of all these sets."""
        return reduce(or_, found, 0)

    def kept(self, found: int, filters: Mapping[str, str]) -> int:
        """Those that pass the filters."""
        for name, value in filters.items():
            found &= self._values[name].get(value, 0)
        return found

    def count(self, found: int) -> int:
        """How many they are."""
        return found.bit_count()

    def keys(self, found: int, among: Sequence[int]) -> set[str]:
        """The keys of those among these documents that are in the set."""
        return {self._rows[one].key for one in among if found >> one & 1}

    # Facets.

    @cached_property
    def _values(self) -> dict[str, dict[str, int]]:
        """For each facet its values, a region being each of its three prefixes, with their documents."""
        members: dict[str, dict[str, list[int]]] = {name: {} for name in FACETS}
        for document in self._numbers:
            row = self._rows[document]
            for length in (2, 4, 6):
                members["region"].setdefault(row.region[:length], []).append(document)
            for category in set(row.categories):
                members["category"].setdefault(category, []).append(document)
            members["status"].setdefault(row.status, []).append(document)
            members["committed"].setdefault(str(int(row.committed)), []).append(document)
        size = len(self._rows)
        return {
            name: {value: bits.from_ids(found, size) for value, found in values.items()}
            for name, values in members.items()
        }

    def counts(self, found: int, facets: Sequence[str], region_digits: int) -> dict[str, dict[str, int]]:
        """For each facet how many of them have each value."""
        return {
            name: {
                value: (found & members).bit_count()
                for value, members in self._values[name].items()
                if name != "region" or len(value) == region_digits
            }
            for name in facets
        }

    # Orders, each made when first asked for.

    def page(self, found: int, sort: str, category: str | None, start: int, stop: int) -> list[int]:
        """Places start to stop of them in an order."""
        key, _ = ranking.order(sort, category)
        if found.bit_count() <= _FEW:
            rows = self._rows
            return sorted(bits.to_ids(found), key=lambda n: key(rows[n]))[start:stop]
        return bits.ordered(found, self._order(sort, category), start, stop)

    def _order(self, sort: str, category: str | None) -> list[int]:
        key, _ = ranking.order(sort, category)
        question = (sort, category if sort == "fee" else None)
        rows = self._rows
        return self._orders.get(question, lambda: sorted(self._numbers, key=lambda n: key(rows[n])))

    # Conditions.

    def frequency(self, field: str, term: str) -> int:
        """In how many documents the term stands."""
        return (self._term(field, term) & self._live).bit_count()

    def _term(self, field: str, term: str) -> int:
        found = 0
        for leaf, offset, data in self._parts:
            known = data.recall((field, term))
            if known is None:
                known = self._read(leaf, data, field, term)
            found |= known << offset
        return found

    def _read(self, leaf: Any, data: SegmentData, field: str, term: str) -> int:
        try:
            with self._lock:
                try:
                    ids = list(leaf.postings(f"{field}_", term).all_ids())
                except TermNotFound:
                    ids = []
                found = bits.from_ids(ids, len(data.rows))
                data.remember((field, term), found)
        except Exception as error:  # Whoosh raises whatever a damaged file leads it to.
            raise IndexUnavailable(f"the search index is damaged: {error}") from error
        return found

    def _evaluate(self, clause: Clause, within: int) -> int:
        """The documents of `within` that meet the clause."""
        if not within:
            return 0
        if isinstance(clause, Everything):
            return within
        if isinstance(clause, Has):
            return self._term(clause.field, clause.term) & within
        if isinstance(clause, Find):
            return self._find(clause, within)
        if isinstance(clause, Keys):
            numbers = (self._number_of[key] for key in clause.keys if key in self._number_of)
            return bits.from_ids(numbers, len(self._rows)) & within
        if isinstance(clause, AllOf):
            for one in clause.clauses:
                within = self._evaluate(one, within)
            return within if clause.clauses else 0
        if isinstance(clause, AnyOf):
            found = 0
            for one in clause.clauses:
                found |= self._evaluate(one, within & ~found)
            return found
        return bits.all_but(clause.missing, (self._evaluate(one, within) for one in clause.clauses), within)

    def _find(self, clause: Find, within: int) -> int:
        for term in clause.terms:
            within &= self._term(clause.field, term)
            if not within:
                return 0
        if clause.proven:
            return within
        texts, pattern = self._columns[clause.column], clause.pattern
        if within.bit_count() * 4 > len(texts):
            return within & bits.from_ids((n for n, one in enumerate(texts) if pattern in one), len(texts))
        return bits.from_ids((n for n in bits.to_ids(within) if pattern in texts[n]), len(texts))
