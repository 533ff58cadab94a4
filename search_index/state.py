"""What an engine shows of one state of its index; everything above it is the same for every engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from search_index.analyzer import Body, Row
from search_index.plan import Clause

F = TypeVar("F")  # an engine's own way to hold a set of documents
D = TypeVar("D")  # and a single one


class State(Protocol[F, D]):
    """An index as it was when it was opened: it never changes, and threads may share it.

    Whatever reads a file may raise IndexUnavailable.
    """

    @property
    def size(self) -> int:
        """How many documents there are."""

    def frequency(self, field: str, term: str) -> int:
        """In how many documents the term stands."""

    def find(self, clause: Clause) -> F:
        """The documents that meet a condition."""

    def tiers(self, clauses: Sequence[Clause], filters: Mapping[str, str]) -> Iterator[F]:
        """For each condition the documents that meet it and none of the earlier ones, and pass the filters.

        The filters are as `facets.filters` gives them.
        """

    def union(self, found: Sequence[F], *, covered: bool = False) -> F:
        """The documents of all the sets that `tiers` gave; `covered` says that the last condition is met by all."""

    def kept(self, found: F, filters: Mapping[str, str]) -> F:
        """Those that pass the filters."""

    def count(self, found: F) -> int:
        """How many they are, exactly."""

    def page(self, found: F, sort: str, category: str | None, start: int, stop: int) -> list[D]:
        """Places start to stop of them in an order of `ranking`."""

    def counts(self, found: F, facets: Sequence[str], region_digits: int) -> dict[str, dict[str, int]]:
        """For each facet how many of them have each value; regions by so many digits of their codes."""

    def keys(self, found: F, among: Sequence[D]) -> set[str]:
        """The keys of those among these documents that are in the set."""

    def row(self, document: D) -> Row:
        """The columns of a document."""

    def body(self, document: D) -> Body:
        """The texts of a document."""

    def revisions(self) -> Iterator[tuple[str, int]]:
        """Key and revision of every document."""
