"""Servers under load in turns, so that what else happens on the machine strikes all of them alike."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.plan import Plan
from tests.bench.servers import Paths, Server, load


@dataclass(frozen=True)
class Side:
    """One server and what it is asked for."""

    server: Server
    paths: Paths


@dataclass(frozen=True)
class Outcome:
    """The turns of one side."""

    turns: tuple[dict[str, Any], ...]

    @property
    def rate(self) -> float:
        """Requests a second, the median of the turns."""
        return statistics.median(float(turn["rate"]) for turn in self.turns)

    @property
    def cpu(self) -> float:
        """Milliseconds of processor time for one answer, the median of the turns."""
        return statistics.median(float(turn["server_cpu_ms_each"]) for turn in self.turns)

    def numbers(self) -> dict[str, Any]:
        """What a program may want to compare."""
        return {"rate": self.rate, "cpu_ms_each": self.cpu, "turns": list(self.turns)}


def duel(sides: Mapping[str, Side], plan: Plan, folder: Path) -> dict[str, Outcome]:
    """Let each side serve in turn, `plan.rounds` times; only one is under load at a time."""
    turns: dict[str, list[dict[str, Any]]] = {name: [] for name in sides}
    for number in range(plan.rounds):
        for name, side in sides.items():
            # Both processes of a server read their index in the first turn; nobody serves cold in earnest.
            warm = plan.warm * (3 if number == 0 else 1)
            turns[name].append(load(side.server, side.paths, folder, warm=warm, seconds=plan.seconds))
    return {name: Outcome(tuple(found)) for name, found in turns.items()}


def ratio(one: Outcome, other: Outcome) -> float:
    """How many times as many requests one answers: the median over the rounds, each with its own peer."""
    pairs = zip(one.turns, other.turns, strict=True)
    return statistics.median(float(mine["rate"]) / float(theirs["rate"]) for mine, theirs in pairs)
