"""How much is measured: in full, or quickly."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Sizes and repetitions of a run."""

    quick: bool
    search_sizes: tuple[int, ...]
    per_kind: int  # queries of each kind in a pass over the search
    passes: int
    quality_per_kind: int
    site_size: int  # institutions behind the pages
    rounds: int  # turns that each server gets, in alternation with its peer
    warm: float  # seconds of load before each counted turn
    seconds: float  # seconds of each counted turn
    import_size: int
    reports: int  # in the triage queue


FULL = Plan(
    quick=False,
    search_sizes=(2_000, 20_000),
    per_kind=100,
    passes=3,
    quality_per_kind=300,
    site_size=20_000,
    rounds=3,
    warm=1.0,
    seconds=4.0,
    import_size=100_000,
    reports=100_000,
)
QUICK = Plan(
    quick=True,
    search_sizes=(2_000,),  # the bigger index takes a minute to build
    per_kind=40,
    passes=1,
    quality_per_kind=100,
    site_size=2_000,
    rounds=1,
    warm=1.0,
    seconds=3.0,
    import_size=5_000,
    reports=5_000,
)
