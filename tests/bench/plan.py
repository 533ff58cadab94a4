"""How much is measured: in full, or quickly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Sizes and repetitions of a run."""

    quick: bool
    search_sizes: Mapping[str, tuple[int, ...]]  # institutions in the indexes of each engine
    per_kind: int  # queries of each kind that speed is told for
    passes: int  # turns that the engine and its peer ask them in
    answer_sizes: Mapping[
        str, tuple[int, ...]
    ]  # institutions where right answers are counted, beside the sample
    answers_per_kind: int
    site_size: int  # institutions behind the pages
    rounds: int  # turns that each server gets, in alternation with its peer
    warm: float  # seconds of load before each counted turn
    seconds: float  # seconds of each counted turn
    import_sizes: Mapping[str, int]  # rows, by the engine that indexes them
    reports: int  # in the triage queue
    cases: int  # on the ledger
    records: int  # in the batch that is confirmed


FULL = Plan(
    quick=False,
    search_sizes={"whoosh": (2_000, 20_000, 100_000), "tantivy": (2_000, 20_000, 100_000, 1_000_000)},
    per_kind=99,
    passes=3,
    answer_sizes={"whoosh": (2_000, 20_000), "tantivy": (2_000, 20_000, 100_000)},
    answers_per_kind=200,
    site_size=20_000,
    rounds=3,
    warm=1.0,
    seconds=4.0,
    import_sizes={"tantivy": 100_000, "whoosh": 20_000},
    reports=100_000,
    cases=5_000,
    records=20_000,
)
QUICK = Plan(
    quick=True,
    search_sizes={
        "whoosh": (2_000,),
        "tantivy": (2_000,),
    },  # a bigger index of Whoosh takes a minute to build
    per_kind=30,
    passes=1,
    answer_sizes={"whoosh": (2_000,), "tantivy": (2_000,)},
    answers_per_kind=60,
    site_size=2_000,
    rounds=1,
    warm=1.0,
    seconds=3.0,
    import_sizes={"tantivy": 5_000, "whoosh": 5_000},
    reports=5_000,
    cases=500,
    records=2_000,
)
