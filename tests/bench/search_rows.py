"""Speed of the search, in process, and how often the right answer is where it should be."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from search_index import Engine, Query, open_engine
from tests.bench import fts
from tests.bench.plan import Plan
from tests.bench.register import generated
from tests.bench.table import Line, Verdict, judged
from tests.search_index.labelled import labelled
from tests.search_index.quality import rates
from tests.search_index.speed import mixed, search_times

_LIMITS = {2_000: 10.0, 20_000: 30.0}  # milliseconds
# Kind of query → its name in the table of targets, and the least share of right answers.
_KINDS = {
    "full": ("full name first", 0.99),
    "short": ("short name in 3", 0.97),
    "wrong character": ("one wrong character in 5", 0.95),
    "full pinyin": ("full pinyin in 5", 0.95),
    "initials": ("initials in 5", 0.90),
}
_WARMING = 200  # queries that nobody counts: the first ones read the terms of the index


class Built:
    """Indexes of generated registers, each built once for all that is measured on it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._engines: dict[int, Engine] = {}

    def engine(self, size: int) -> tuple[Engine, float]:
        """The engine and the seconds that it took to build, 0 when it stood already."""
        if size in self._engines:
            return self._engines[size], 0.0
        engine = open_engine(f"whoosh:///{self._folder / f'index-{size}'}")
        start = time.perf_counter()
        engine.rebuild(one.document for one in generated(size))
        self._engines[size] = engine
        return engine, time.perf_counter() - start

    def full_text(self, size: int) -> fts.FullText:
        """The peer over the same register."""
        path = self._folder / f"fts-{size}.sqlite3"
        if not path.exists():
            fts.build(path, generated(size))
        return fts.FullText(path)

    def close(self) -> None:
        """Let go of all files."""
        for engine in self._engines.values():
            engine.close()


@contextmanager
def built() -> Iterator[Built]:
    """A place for indexes that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-search-") as folder:
        indexes = Built(Path(folder))
        try:
            yield indexes
        finally:
            indexes.close()


@lru_cache(maxsize=16)
def _questions(size: int, seed: int, per_kind: int) -> Sequence[tuple[str, Query]]:
    made = generated(size)
    return mixed(made, labelled(made, per_kind=per_kind, seed=seed), seed=seed)


def speed(plan: Plan, indexes: Built) -> Iterator[Line]:
    """p95 over mixed queries, each asked once, every answer with facets and relaxed where need be."""
    for size, limit in _LIMITS.items():
        if size not in plan.search_sizes:
            yield Line(
                f"search, Whoosh, {size:,} institutions", f"p95 ≤ {limit:.0f} ms", "not in a quick run"
            )
            continue
        engine, building = indexes.engine(size)
        peer = indexes.full_text(size)
        search_times(engine, _questions(size, 1, plan.per_kind)[:_WARMING])
        passes = [search_times(engine, _fresh(size, seed, plan)) for seed in range(2, 2 + plan.passes)]
        p50, p95 = (statistics.median(one["all"][at] for one in passes) for at in (0, 1))
        peer_hits, peer_all = _peer_times(peer, _fresh(size, 2, plan))
        peer.close()
        slowest = max(passes[0].items(), key=lambda item: item[1][1])
        yield Line(
            what=f"search, Whoosh, {size:,} institutions",
            target=f"p95 ≤ {limit:.0f} ms",
            measured=f"p95 {p95:.1f} ms, p50 {p50:.1f} ms (slowest kind: {slowest[0]}, {slowest[1][1]:.1f})",
            peer=f"FTS5 p95 {peer_all:.1f} ms with facets ({p95 / peer_all:.2f} ×), "
            f"{peer_hits:.1f} ms hits only ({p95 / peer_hits:.2f} ×)",
            verdict=judged(p95 <= limit),
            numbers={
                "p50_ms": p50,
                "p95_ms": p95,
                "by_kind_p50_p95_ms": passes[0],
                "queries_each_pass": len(_fresh(size, 2, plan)),
                "passes_p95_ms": [one["all"][1] for one in passes],
                "fts5_p95_ms": peer_all,
                "fts5_hits_only_p95_ms": peer_hits,
                "build_seconds": building,
            },
        )


def _fresh(size: int, seed: int, plan: Plan) -> Sequence[tuple[str, Query]]:
    """Questions of a pass without those that an earlier pass asked, which the engine may remember."""
    asked = {query for earlier in range(1, seed) for _, query in _questions(size, earlier, plan.per_kind)}
    return [(kind, query) for kind, query in _questions(size, seed, plan.per_kind) if query not in asked]


def _peer_times(peer: fts.FullText, questions: Sequence[tuple[str, Query]]) -> tuple[float, float]:
    """p95 in milliseconds of the hits alone, and of hits, total and facets."""
    shuffled = list(questions)
    random.Random(1).shuffle(shuffled)
    for _, query in shuffled[:_WARMING]:
        peer.hits(query)
    hits, everything = [], []
    for _, query in questions:
        start = time.perf_counter()
        peer.hits(query)
        middle = time.perf_counter()
        peer.counts(query)
        hits.append((middle - start) * 1000)
        everything.append((time.perf_counter() - start) * 1000)
    return _p95(hits), _p95(everything)


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def right_answers(plan: Plan, indexes: Built) -> Iterator[Line]:
    """How often the institution that was meant is among the first hits, by kind of query."""
    found = {}
    for size in plan.search_sizes:
        engine, _ = indexes.engine(size)
        asked = [
            one for one in labelled(generated(size), per_kind=plan.quality_per_kind) if one.kind in _KINDS
        ]
        found[size] = rates(engine, asked)
    for kind, (name, least) in _KINDS.items():
        shares = {size: right[kind][0] / right[kind][1] for size, right in found.items()}
        yield Line(
            what=f"right answer: {name}",
            target=f"≥ {least:.0%}",
            measured=", ".join(f"{share:.1%} of {size:,}" for size, share in shares.items()),
            verdict=judged(all(share >= least for share in shares.values())),
            numbers={
                str(size): {"right": right[kind][0], "asked": right[kind][1]} for size, right in found.items()
            },
        )


def tantivy() -> Iterator[Line]:
    """The lines of the second engine, which does not exist yet."""
    for what, target in (
        ("search, tantivy, 100,000 institutions", "p95 ≤ 4 ms and ≤ 0.1 × FTS5"),
        ("search, tantivy, 1,000,000 institutions", "p95 ≤ 30 ms"),
    ):
        yield Line(what=what, target=target, verdict=Verdict.NOT_BUILT)
