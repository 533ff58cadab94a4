"""How long queries of each kind take; run by the bench, not a test."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from search_index import Engine, Query

if TYPE_CHECKING:
    from labelled import Labelled
    from register import Made


def _percentiles(times: list[float]) -> tuple[float, float]:
    times.sort()
    return times[len(times) // 2], times[min(len(times) - 1, int(len(times) * 0.95))]


def mixed(made: Sequence[Made], labelled: Sequence[Labelled], seed: int = 5) -> list[tuple[str, Query]]:
    """The labelled queries and listings, filters and very common words, in random order."""
    rng = random.Random(seed)
    queries = [(one.kind, Query(one.text, region=one.region)) for one in labelled]
    for one in rng.sample(list(made), min(60, len(made))):
        document = one.document
        queries += [
            (
                "very common word",
                Query(
                    rng.choice(("信用", "管理", "公司", "有限公司", "征信", "咨询")), page=rng.randrange(1, 9)
                ),
            ),
            ("place", Query(one.place, category=document.categories[0])),
            ("part", Query(one.stem[:2])),
            ("place trade fee", Query(f"{one.place} {document.category_names[0]} {document.fee_words[0]}")),
            (
                "filter and sort",
                Query(
                    region=document.region[:2], sort=rng.choice(("name", "newest")), page=rng.randrange(1, 20)
                ),
            ),
            ("fee", Query("信用", category=document.categories[0], sort="fee", page=rng.randrange(1, 5))),
            ("listing", Query(page=rng.randrange(1, 50))),
        ]
    rng.shuffle(queries)
    return queries


def search_times(engine: Engine, queries: Sequence[tuple[str, Query]]) -> dict[str, tuple[float, float]]:
    """p50 and p95 in milliseconds by kind and for "all"; every query once, none of them asked before."""
    times: dict[str, list[float]] = {"all": []}
    for kind, query in queries:
        start = time.perf_counter()
        engine.search(query)
        spent = (time.perf_counter() - start) * 1000
        times.setdefault(kind, []).append(spent)
        times["all"].append(spent)
    return {kind: _percentiles(spent) for kind, spent in times.items()}


def suggest_times(
    engine: Engine, made: Sequence[Made], count: int = 100, seed: int = 3
) -> tuple[float, float]:
    """p50 and p95 in milliseconds of suggestions for every beginning of short names, letter by letter."""
    rng = random.Random(seed)
    times = []
    for one in rng.sample(list(made), min(count, len(made))):
        typed = one.place + one.stem
        for length in range(1, len(typed) + 1):
            start = time.perf_counter()
            engine.suggest(typed[:length])
            times.append((time.perf_counter() - start) * 1000)
    return _percentiles(times)
