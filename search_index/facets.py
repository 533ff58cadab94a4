"""How filters and facets read their values, the same for every engine."""

from __future__ import annotations

from collections.abc import Iterable

from search_index.model import FacetValue, Query


def region_prefix(region: str | None) -> str:
    """The digits that all codes of the region share: "510000" and "51" are "51", "000000" and None are ""."""
    prefix = region or ""
    while prefix.endswith("00"):
        prefix = prefix[:-2]
    return prefix


def child_length(prefix: str) -> int:
    """How many digits tell apart the regions below this prefix: provinces, cities, counties."""
    return min(len(prefix) + 2, 6)


def region_value(prefix: str) -> str:
    """A facet value is always a 6 digit code."""
    return prefix.ljust(6, "0")


def filters(query: Query) -> dict[str, str]:
    """The filters in force by facet name; a region as its prefix, committed as "1" or "0"."""
    chosen = {
        "region": region_prefix(query.region),
        "category": query.category or "",
        "status": query.status or "",
        "committed": "" if query.committed is None else str(int(query.committed)),
    }
    return {name: value for name, value in chosen.items() if value}


def values(counts: Iterable[tuple[str, int]]) -> tuple[FacetValue, ...]:
    """Values that occur, the most frequent first, equal ones by value."""
    kept = [FacetValue(value, count) for value, count in counts if count]
    return tuple(sorted(kept, key=lambda one: (-one.count, one.value)))
