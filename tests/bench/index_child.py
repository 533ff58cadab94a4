"""A process of its own that builds an index or asks one, and prints what that cost as one JSON object.

Its memory is that of the engine with Python and the dictionaries of the search library (about 105 MB before
any work), because nothing else is loaded: documents are read from a file one by one, questions are few.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from search_index import Document, Engine, Query, Upsert, open_engine
from tests.bench import fts
from tests.bench.machine import peak_megabytes
from tests.search_index.register import Made

_UPDATES = 5
_LOOK_EVERY = 0.002
_PATIENCE = 30.0

Times = dict[str, list[float]]  # milliseconds by kind of question


@dataclass(frozen=True)
class Questions:
    """What an index is asked, written to a file for the child."""

    warming: Sequence[Query]
    rounds: Sequence[Sequence[tuple[str, Query]]]
    typed: Sequence[str]  # beginnings that suggestions are asked for
    changed: Sequence[Document]  # documents that get another name


def read(path: Path) -> Iterator[Made]:
    """The institutions of a file that `write` made."""
    with path.open("rb") as stream:
        while True:
            try:
                yield pickle.load(stream)
            except EOFError:
                return


def build(url: str, documents: Path) -> dict[str, Any]:
    """Build an index; seconds, and the most memory held."""
    engine = open_engine(url)
    start = time.perf_counter()
    count = engine.rebuild(one.document for one in read(documents))
    seconds = time.perf_counter() - start
    engine.close()
    return {"documents": count, "seconds": seconds, "megabytes": peak_megabytes(os.getpid())}


def ask(url: str, questions: Questions, full_text: Path | None) -> dict[str, Any]:
    """Ask everything once, the peer in turns with the engine."""
    engine = open_engine(url)
    start = time.perf_counter()
    engine.search(Query())
    opening = (time.perf_counter() - start) * 1000
    for query in questions.warming:
        engine.search(query)
    peer = None if full_text is None else fts.FullText(full_text)
    if peer is not None:
        for query in questions.warming:
            peer.hits(query)
    rounds = []
    most = 0.0
    for number, asked in enumerate(questions.rounds):
        times = {"engine": timed(engine.search, asked)}
        most = peak_megabytes(os.getpid()) if number == 0 else most  # the peer needs memory of its own
        if peer is not None:
            times |= {"hits": timed(peer.hits, asked), "everything": timed(_all_of(peer), asked)}
        rounds.append(times)
    suggesting = timed(engine.suggest, [("suggestion", typed) for typed in questions.typed])
    result = {
        "opening_ms": opening,
        "megabytes": most,
        "rounds": rounds,
        "suggesting": suggesting.get("suggestion", []),
        "visible_ms": [_visible(engine, url, document) for document in questions.changed[:_UPDATES]],
    }
    engine.close()
    return result


def _all_of(peer: fts.FullText) -> Callable[[Query], object]:
    return lambda query: (peer.hits(query), peer.counts(query))


def timed(answer: Callable[[Any], object], asked: Sequence[tuple[str, Any]]) -> Times:
    """Milliseconds of each answer by kind."""
    times: Times = {}
    for kind, question in asked:
        start = time.perf_counter()
        answer(question)
        times.setdefault(kind, []).append((time.perf_counter() - start) * 1000)
    return times


def _visible(engine: Engine, url: str, document: Document) -> float:
    """Milliseconds from a change until another engine object, warm and open, shows it."""
    other = open_engine(url)
    other.search(Query())
    name = f"{document.name}更名{random.randrange(1000)}号"
    start = time.perf_counter()
    engine.apply([Upsert(replace(document, name=name, revision=document.revision + 1))])
    while True:
        hits = other.search(Query(document.key)).hits
        if any("".join(piece.text for piece in hit.name) == name for hit in hits):
            break
        if time.perf_counter() - start > _PATIENCE:
            raise TimeoutError(f"a change did not show itself in {_PATIENCE:.0f} s")
        time.sleep(_LOOK_EVERY)
    taken = (time.perf_counter() - start) * 1000
    other.close()
    return taken


def main() -> None:
    """Read the options, do the one thing, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("build", "ask", "fts"))
    parser.add_argument("target", help="URL of an index, or the file of the peer's database")
    parser.add_argument("given", type=Path, help="file of institutions or of questions")
    parser.add_argument("--fts", type=Path, help="the peer's database")
    given = parser.parse_args()
    if given.what == "build":
        result = build(given.target, given.given)
    elif given.what == "fts":
        start = time.perf_counter()
        fts.build(Path(given.target), read(given.given))
        result = {"seconds": time.perf_counter() - start}
    else:
        result = ask(given.target, pickle.loads(given.given.read_bytes()), given.fts)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
