"""How fast each engine answers, beside SQLite FTS5 over the same bigrams, and what its index costs."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.bench.grids import Grid, Section
from tests.bench.indexes import NAMES, Built, Cost
from tests.bench.plan import Plan
from tests.bench.table import Line, Verdict, judged
from tests.search_index.engine_urls import ENGINES
from tests.search_index.speed import KINDS

# What must be reached: milliseconds of the p95 over all kinds, and the ratio to the peer's.
_LIMITS: dict[tuple[str, int], tuple[float, float | None]] = {
    ("whoosh", 2_000): (10.0, None),
    ("whoosh", 20_000): (30.0, None),
    ("tantivy", 100_000): (4.0, 0.1),
    ("tantivy", 1_000_000): (30.0, None),
}
_SUGGESTING, _SUGGESTING_SIZE = 10.0, 20_000  # milliseconds, institutions
_PEER_AT_MOST = 100_000  # FTS5 needs minutes for the questions to a million, and no target compares there


@dataclass(frozen=True)
class Found:
    """What was measured of one index."""

    engine: str
    size: int
    cost: Cost
    asked: dict[str, Any]

    @property
    def name(self) -> str:
        """Engine and size, for people."""
        return f"{NAMES[self.engine]}, {self.size:,} institutions"

    @property
    def has_peer(self) -> bool:
        """Whether FTS5 was asked the same."""
        return "hits" in self.asked["rounds"][0]

    def of_kind(self, who: str, kind: str) -> list[float]:
        """The times of one kind in all rounds."""
        return [time for one in self.asked["rounds"] for time in one[who][kind]]

    def over_all(self, who: str, share: float) -> float:
        """A percentile over the mix of all kinds: the median of the rounds."""
        return statistics.median(self._by_round(who, share))

    def ratio(self, who: str) -> float:
        """The engine's p95 as a multiple of the peer's, each round with its own: the median."""
        pairs = zip(self._by_round("engine", 0.95), self._by_round(who, 0.95), strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)

    def _by_round(self, who: str, share: float) -> list[float]:
        return [
            percentile([time for kind in KINDS for time in one[who][kind]], share)
            for one in self.asked["rounds"]
        ]

    @cached_property
    def slowest(self) -> tuple[str, float]:
        """The kind with the longest p95."""
        times = {kind: percentile(self.of_kind("engine", kind), 0.95) for kind in KINDS}
        return max(times.items(), key=lambda item: item[1])

    @property
    def suggesting(self) -> float:
        """p95 of the suggestions."""
        return percentile(self.asked["suggesting"], 0.95)

    @property
    def visible(self) -> float:
        """From a change to its being seen: the median."""
        return statistics.median(self.asked["visible_ms"])


def percentile(times: Sequence[float], share: float) -> float:
    """The time that so many are not slower than."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def speed(plan: Plan, indexes: Built) -> Iterator[Line | Grid]:
    """One line for each target, then the tables of every engine and size."""
    measured: list[Found] = []
    for engine, size in [(one, size) for one in NAMES for size in plan.search_sizes[one]]:
        if engine in ENGINES:
            try:
                measured.append(
                    Found(
                        engine,
                        size,
                        indexes.cost(engine, size),
                        indexes.answers(engine, size, plan, with_peer=size <= _PEER_AT_MOST),
                    )
                )
            except Exception as error:  # noqa: BLE001 -- the other sizes and engines are still worth knowing
                yield Line(
                    f"search, {NAMES[engine]}, {size:,} institutions",
                    _target(engine, size),
                    f"{type(error).__name__}: {error}",
                    verdict=Verdict.FAILED,
                )
    yield from _lines(measured)
    yield from _suggestions(measured)
    if measured:
        yield _summary(Section.SPEED, measured)
        yield from map(_by_kind, measured)
        yield _summary(Section.README_SPEED, measured)


def _target(engine: str, size: int) -> str:
    if (engine, size) not in _LIMITS:
        return ""
    limit, ratio = _LIMITS[engine, size]
    return f"p95 ≤ {limit:.0f} ms" + (f" and ≤ {ratio} × FTS5" if ratio else "")


def _lines(measured: Sequence[Found]) -> Iterator[Line]:
    found = {(one.engine, one.size): one for one in measured}
    for (engine, size), (limit, ratio) in _LIMITS.items():
        what = f"search, {NAMES[engine]}, {size:,} institutions"
        if engine not in ENGINES:
            yield Line(what, _target(engine, size), verdict=Verdict.NOT_BUILT)
        elif one := found.get((engine, size)):
            p95 = one.over_all("engine", 0.95)
            reached = p95 <= limit and (ratio is None or one.ratio("everything") <= ratio)
            yield Line(
                what=what,
                target=_target(engine, size),
                measured=f"p95 {p95:.1f} ms, p50 {one.over_all('engine', 0.5):.1f} ms "
                f"(slowest kind: {one.slowest[0]}, p95 {one.slowest[1]:.1f})",
                peer=_peer(one),
                verdict=judged(reached),
                numbers={**vars(one.cost), **one.asked},
            )
        else:
            yield Line(what, _target(engine, size), "not in this run")


def _peer(one: Found) -> str:
    if not one.has_peer:
        return ""
    parts = (("everything", "with total and facets"), ("hits", "hits alone"))
    return "FTS5 p95 " + ", ".join(
        f"{one.over_all(who, 0.95):.1f} ms {said} ({one.ratio(who):.2f} ×)" for who, said in parts
    )


def _suggestions(measured: Sequence[Found]) -> Iterator[Line]:
    found = {one.engine: one for one in measured if one.size == _SUGGESTING_SIZE}
    for engine, name in NAMES.items():
        what = f"suggestions, {name}, {_SUGGESTING_SIZE:,} institutions"
        target = f"p95 ≤ {_SUGGESTING:.0f} ms, every letter typed"
        if engine not in ENGINES:
            yield Line(what, target, verdict=Verdict.NOT_BUILT)
        elif one := found.get(engine):
            yield Line(
                what=what,
                target=target,
                measured=f"p95 {one.suggesting:.1f} ms, p50 {percentile(one.asked['suggesting'], 0.5):.1f} ms "
                f"({len(one.asked['suggesting']):,} beginnings)",
                verdict=judged(one.suggesting <= _SUGGESTING),
                numbers={"milliseconds": one.asked["suggesting"]},
            )
        else:
            yield Line(what, target, "not in this run")


def _summary(section: Section, measured: Sequence[Found]) -> Grid:
    """One row for each index; the README does without what only a person who compares runs wants."""
    whole = section is Section.SPEED
    head = ["engine, institutions", "built in s", "index MB", "memory to build MB", "memory to answer MB"]
    head += ["p50 ms", "p95 ms", "FTS5 p95 ms", "ratio", "change visible ms"]
    head += ["suggestion p95 ms", "first answer ms"] if whole else []
    rows = []
    for one in measured:
        row = [one.name.removesuffix(" institutions"), f"{one.cost.seconds:.1f}", f"{one.cost.disk:.1f}"]
        row += [f"{one.cost.megabytes:.0f}", f"{one.asked['megabytes']:.0f}"]
        row += [f"{one.over_all('engine', share):.2f}" for share in (0.5, 0.95)]
        peer = one.has_peer
        row += (
            [f"{one.over_all('everything', 0.95):.2f}", f"{one.ratio('everything'):.2f} ×"]
            if peer
            else ["", ""]
        )
        row += [f"{one.visible:.0f}"]
        rows.append(row + ([f"{one.suggesting:.2f}", f"{one.asked['opening_ms']:.0f}"] if whole else []))
    return Grid(section, "Every index" if whole else "", head, rows)


def _by_kind(one: Found) -> Grid:
    sides = {"engine": NAMES[one.engine]}
    if one.has_peer:
        sides |= {"everything": "FTS5", "hits": "FTS5 hits alone"}
    head = ["milliseconds", *(f"{name} {share}" for name in sides.values() for share in ("p50", "p95"))]
    rows = [
        [
            kind,
            *(f"{percentile(one.of_kind(who, kind), share):.2f}" for who in sides for share in (0.5, 0.95)),
        ]
        for kind in KINDS
    ]
    whole = ["all", *(f"{one.over_all(who, share):.2f}" for who in sides for share in (0.5, 0.95))]
    return Grid(Section.SPEED, one.name, head, [*rows, whole])
