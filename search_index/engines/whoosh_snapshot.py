"""One state of a Whoosh index, opened once and shared by all threads until the next state comes."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from whoosh.index import FileIndex
from whoosh.reading import TermNotFound

from search_index import bits, ranking
from search_index.analyzer import Body, Row
from search_index.model import IndexUnavailable
from search_index.plan import AllOf, AnyOf, Clause, Find, Has

_FEW = 64
_TERM_CACHE_BYTES = 24 * 2**20
_COLUMNS = ("forms", "former", "pinyin", "initials", "code")


class SegmentData:
    """What was read of one segment; segments never change, so it outlives the state it was read for."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self._sets: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._bytes = 0

    def recall(self, term: tuple[str, str]) -> int | None:
        """The documents of a term if they were read before."""
        known = self._sets.get(term)
        if known is not None:
            self._sets.move_to_end(term)
        return known

    def remember(self, term: tuple[str, str], found: int) -> None:
        """Keep the documents of a term, letting go of the ones longest unused."""
        self._sets[term] = found
        self._bytes += 120 + found.bit_length() // 8
        while self._bytes > _TERM_CACHE_BYTES:
            _, old = self._sets.popitem(last=False)
            self._bytes -= 120 + old.bit_length() // 8


def _close(reader: Any) -> None:
    with suppress(Exception):  # At the end of a state nothing is left that an error could harm.
        reader.close()


class Snapshot:
    """The documents of one state: their columns, and Whoosh's postings as sets of document numbers."""

    def __init__(self, index: FileIndex, known: dict[str, SegmentData]) -> None:
        self._reader = index.reader()
        self._finalizer = weakref.finalize(self, _close, self._reader)
        self._lock = threading.Lock()  # Whoosh's readers share a file position.
        self._parts: list[tuple[Any, int, SegmentData]] = []
        self._bodies: dict[int, Any] = {}
        self.segments: dict[str, SegmentData] = {}
        self.rows: list[Row] = []
        dead: list[int] = []
        if index.is_empty():
            self.live = 0
            return
        for leaf, offset in self._reader.leaf_readers():
            name = leaf.segment().segment_id()
            data = known.get(name)
            if data is None:
                column = leaf.column_reader("row")
                data = SegmentData([Row.load(column[n]) for n in range(leaf.doc_count_all())])
            self.segments[name] = data
            self._parts.append((leaf, offset, data))
            self.rows.extend(data.rows)
            if leaf.has_deletions():
                dead.extend(offset + n for n in range(leaf.doc_count_all()) if leaf.is_deleted(n))
        size = len(self.rows)
        self.live = ((1 << size) - 1) & ~bits.from_ids(dead, size)
        if self.live.bit_count() != self._reader.doc_count():
            raise ValueError("the columns and the postings disagree")

    # What relaxation asks (search_index.relax.Matcher).

    @property
    def size(self) -> int:
        """How many documents there are."""
        return self.live.bit_count()

    def frequency(self, field: str, term: str) -> int:
        """In how many documents the term stands."""
        return (self._term(field, term) & self.live).bit_count()

    def found(self, clause: Clause, limit: int) -> Sequence[int]:
        """Documents that meet the clause, in rank order, at most `limit`."""
        return self.in_rank_order(self.evaluate(clause), limit)

    def forms(self, document: int) -> tuple[str, ...]:
        """The compact name and short forms of the document."""
        return tuple(self.rows[document].forms.split())

    # Orders and columns, each made when first asked for.

    @cached_property
    def numbers(self) -> list[int]:
        """The living documents."""
        return bits.to_ids(self.live)

    @cached_property
    def rank(self) -> list[int]:
        """The living documents in the order of equal matches."""
        return self.sorted_by(ranking.rank)

    @cached_property
    def place(self) -> dict[int, int]:
        """Where a document stands in the rank order."""
        return {document: at for at, document in enumerate(self.rank)}

    def sorted_by(self, key: Callable[[Row], Any]) -> list[int]:
        """The living documents in an order of their columns."""
        rows = self.rows
        return sorted(self.numbers, key=lambda n: key(rows[n]))

    @cached_property
    def columns(self) -> dict[str, list[str]]:
        """The columns that are compared with what was typed."""
        return {name: [getattr(row, name) for row in self.rows] for name in _COLUMNS}

    def in_rank_order(self, found: int, limit: int) -> list[int]:
        """The members of a set in rank order, at most `limit`."""
        if found.bit_count() <= 16 * _FEW:
            return sorted(bits.to_ids(found), key=self.place.__getitem__)[:limit]
        return bits.ordered(found, self.rank, 0, limit)

    def body(self, document: int) -> Body:
        """The texts of one document."""
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

    # Conditions.

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

    def evaluate(self, clause: Clause, within: int | None = None) -> int:
        """The documents of `within` (of all, when it is left out) that meet the clause."""
        within = self.live if within is None else within
        if not within:
            return 0
        if isinstance(clause, Has):
            return self._term(clause.field, clause.term) & within
        if isinstance(clause, Find):
            return self._find(clause, within)
        if isinstance(clause, AllOf):
            for one in clause.clauses:
                within = self.evaluate(one, within)
            return within if clause.clauses else 0
        if isinstance(clause, AnyOf):
            found = 0
            for one in clause.clauses:
                found |= self.evaluate(one, within & ~found)
            return found
        return bits.all_but(clause.missing, (self.evaluate(one, within) for one in clause.clauses), within)

    def _find(self, clause: Find, within: int) -> int:
        for term in clause.terms:
            within &= self._term(clause.field, term)
            if not within:
                return 0
        if clause.proven:
            return within
        texts, pattern = self.columns[clause.column], clause.pattern
        if within.bit_count() * 4 > len(texts):
            return within & bits.from_ids((n for n, one in enumerate(texts) if pattern in one), len(texts))
        return bits.from_ids((n for n in bits.to_ids(within) if pattern in texts[n]), len(texts))
