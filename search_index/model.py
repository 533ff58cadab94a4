"""Plain values that go into the search index and come out of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, runtime_checkable

STATUSES = ("registered", "suspended", "deregistered", "withdrawn")
SORTS = ("relevance", "name", "newest", "fee")
FACETS = ("region", "category", "status", "committed")
MAX_PER_PAGE = 100

_REGION = re.compile(r"(?:[0-9]{2}){1,3}", re.ASCII)
_CATEGORY = re.compile(r"[0-9]{2}", re.ASCII)


class IndexUnavailable(Exception):  # it names a state of the index, as the site says it
    """The index is missing, broken or being written by another; `rebuild` heals the first two."""


@dataclass(frozen=True, slots=True)
class Document:
    """One institution as the index sees it; `fees`: category code to lowest comparable fee in yuan."""

    key: str
    name: str
    short_name: str = ""
    former_names: tuple[str, ...] = ()
    region: str = "000000"
    categories: tuple[str, ...] = ()
    category_names: tuple[str, ...] = ()
    status: str = "registered"
    committed: bool = False
    adverse: bool = False
    registered_on: date | None = None
    products: tuple[str, ...] = ()
    fee_words: tuple[str, ...] = ()
    fees: Mapping[str, float] = field(default_factory=dict)
    text: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Query:
    """A question to the index; a value that no page could mean raises ValueError at construction.

    `region` is 2, 4 or 6 digits and means a prefix ("510000" and "51" are the same province, "000000" is
    all); `page` starts at 1 and `per_page` is 1 to 100.
    """

    text: str = ""
    region: str | None = None
    category: str | None = None
    status: str | None = None
    committed: bool | None = None
    sort: str = "relevance"
    page: int = 1
    per_page: int = 20

    def __post_init__(self) -> None:
        if self.region and not _REGION.fullmatch(self.region):
            raise ValueError(f"region must be 2, 4 or 6 digits, not {self.region!r}")
        if self.category and not _CATEGORY.fullmatch(self.category):
            raise ValueError(f"category must be two digits, not {self.category!r}")
        if self.status and self.status not in STATUSES:
            raise ValueError(f"status must be one of {', '.join(STATUSES)}, not {self.status!r}")
        if self.sort not in SORTS:
            raise ValueError(f"sort must be one of {', '.join(SORTS)}, not {self.sort!r}")
        if self.sort == "fee" and not self.category:
            raise ValueError("sort=fee needs a category, because fees of different services do not compare")
        if self.page < 1:
            raise ValueError(f"page must be 1 or more, not {self.page}")
        if not 1 <= self.per_page <= MAX_PER_PAGE:
            raise ValueError(f"per_page must be 1 to {MAX_PER_PAGE}, not {self.per_page}")


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text; `marked` when it is what the query found. Never HTML."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """One found document; `matched_by` is one of name, short_name, former_name, code, pinyin, initials, text,
    fuzzy, or "" when the query had no text."""

    key: str
    name: tuple[Segment, ...]
    snippet: tuple[Segment, ...] = ()
    matched_by: str = ""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet and how many documents a click on it would leave."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Results:
    """One page of hits; `relaxed` says that not all words were found as typed."""

    total: int
    page: int
    per_page: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[FacetValue, ...]]
    relaxed: bool = False
    did_you_mean: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A name that completes what was typed."""

    key: str
    name: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """How the index compares with the register; `documents` counts what the index holds."""

    documents: int
    missing: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True when nothing is missing, stale or left over."""
        return not (self.missing or self.stale or self.extra)


@dataclass(frozen=True, slots=True)
class Upsert:
    """Put this document in the place of the one with its key."""

    document: Document


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the document with this key; a key that is not there is no error."""

    key: str


@runtime_checkable
class Engine(Protocol):
    """What every engine does; search, suggest, apply and check raise IndexUnavailable, rebuild heals."""

    def rebuild(self, documents: Iterable[Document], progress: Callable[[int], None] | None = None) -> int:
        """Build beside the live index, swap it in, and return the number of documents."""

    def apply(self, changes: Sequence[Upsert | Delete]) -> None:
        """Apply the changes in order in one commit; of several changes to one key the last one counts."""

    def search(self, query: Query) -> Results:
        """Answer one page of a query with exact counts."""

    def suggest(self, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """Names for what was typed so far, best first."""

    def check(self, expected: Iterable[tuple[str, int]]) -> CheckReport:
        """Compare (key, revision) pairs of the register with the index."""

    def close(self) -> None:
        """Let go of files; the engine may not be used afterwards."""
