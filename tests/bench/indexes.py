"""Search indexes and their peers, each built once, by a process of its own, for all that is measured on it."""

from __future__ import annotations

import json
import pickle
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from search_index import Engine, Query, open_engine
from tests.bench.index_child import Questions
from tests.bench.plan import Plan
from tests.bench.register import generated
from tests.bench.servers import MeasurementFailed
from tests.search_index.engine_urls import ENGINES
from tests.search_index.register import stream
from tests.search_index.sample import documents
from tests.search_index.speed import beginnings, questions
from tests.services import PROJECT, clean_environment

NAMES = {"whoosh": "Whoosh", "tantivy": "tantivy"}  # the engines of the tables, as they call themselves
_MOST_IN_MEMORY = 100_000  # a bigger register is asked for institutions among its first ones
_SUGGESTED = 100  # short names, of which every beginning is asked for
_WARMING_EACH = 20
_CHANGED = 5


@dataclass(frozen=True)
class Cost:
    """What an index took."""

    seconds: float
    megabytes: float  # of the process that built it
    disk: float  # megabytes


class Built:
    """Indexes by engine and size."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._costs: dict[tuple[str, int], Cost] = {}
        self._engines: dict[tuple[str, int], Engine] = {}

    def url(self, engine: str, size: int) -> str:
        """Where the index of so many institutions stands; 0 is the sample."""
        return ENGINES[engine].format(folder=self._folder / f"{engine}-{size}")

    def cost(self, engine: str, size: int) -> Cost:
        """Build the index if it does not stand yet."""
        key = (engine, size)
        if key not in self._costs:
            print(f"         {NAMES[engine]}, {size:,} institutions", file=sys.stderr, flush=True)
            found = child("build", self.url(engine, size), str(self._documents(size)))
            files = (self._folder / f"{engine}-{size}").rglob("*")
            disk = sum(file.stat().st_size for file in files if file.is_file()) / 2**20
            self._costs[key] = Cost(found["seconds"], found["megabytes"], disk)
        return self._costs[key]

    def engine(self, engine: str, size: int) -> Engine:
        """The index, open in this process; 0 is the sample."""
        key = (engine, size)
        if key not in self._engines:
            opened = open_engine(self.url(engine, size))
            if size:
                self.cost(engine, size)
            else:
                opened.rebuild(documents())
            self._engines[key] = opened
        return self._engines[key]

    def answers(self, engine: str, size: int, plan: Plan, *, with_peer: bool) -> dict[str, Any]:
        """What a process of its own measured while it asked the index."""
        self.cost(engine, size)
        file = self._folder / f"questions-{size}"
        if not file.exists():
            file.write_bytes(pickle.dumps(_questions(size, plan)))
        peer = ["--fts", str(self._full_text(size))] if with_peer else []
        return child("ask", self.url(engine, size), str(file), *peer)

    def _full_text(self, size: int) -> Path:
        path = self._folder / f"fts-{size}.sqlite3"
        if not path.exists():
            child("fts", str(path), str(self._documents(size)))
        return path

    def _documents(self, size: int) -> Path:
        path = self._folder / f"documents-{size}"
        if not path.exists():
            with path.open("wb") as file:
                for one in generated(size) if size <= _MOST_IN_MEMORY else islice(stream(), size):
                    pickle.dump(one, file)
        return path

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


def child(what: str, *arguments: str) -> dict[str, Any]:
    """The result of `index_child`; MeasurementFailed with its last words."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.index_child", what, *arguments],
        cwd=PROJECT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MeasurementFailed("".join(done.stderr.strip().splitlines()[-1:]) or f"exit {done.returncode}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _questions(size: int, plan: Plan) -> Questions:
    """As many of each kind in every round, no two alike, and others of the same kinds to warm with."""
    made = generated(min(size, _MOST_IN_MEMORY))
    asked = questions(made, plan.per_kind)
    taken = {query for queries in asked.values() for query in queries}
    warming = [query for queries in questions(made, _WARMING_EACH, seed=1).values() for query in queries]
    rng = random.Random(5)
    rounds: list[list[tuple[str, Query]]] = []
    for number in range(plan.passes):
        part = [(kind, query) for kind, queries in asked.items() for query in queries[number :: plan.passes]]
        rng.shuffle(part)
        rounds.append(part)
    return Questions(
        warming=[query for query in warming if query not in taken],
        rounds=rounds,
        typed=beginnings(made, _SUGGESTED),
        changed=[one.document for one in made[:_CHANGED]],
    )
