"""How often the right answer to a labelled query is where it should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from search_index import Engine, Query
from tests.search_index.labelled import Labelled

# Kind of query → its name among the targets, and the least share of right answers.
TARGETS = {
    "full": ("full name first", 0.99),
    "short": ("short name in 3", 0.97),
    "wrong character": ("one wrong character in 5", 0.95),
    "full pinyin": ("full pinyin in 5", 0.95),
    "initials": ("initials in 5", 0.90),
}


def query(one: Labelled) -> Query:
    """The question to the engine."""
    return Query(one.text, region=one.region, category=one.category, per_page=max(one.within, 1))


def is_right(one: Labelled, found: Sequence[str]) -> bool:
    """Whether the keys that were found are as they should be."""
    if not one.within:
        return not found
    if one.kind == "code prefix" and not (found and all(key.startswith(one.text.upper()) for key in found)):
        return False
    return not one.key or one.key in found


def rates(engine: Engine, queries: Sequence[Labelled]) -> dict[str, tuple[int, int]]:
    """For each kind how many queries had their right answer in place, and how many there were."""
    asked = Counter(one.kind for one in queries)
    wrong = Counter(one.kind for one, _ in misses(engine, queries))
    return {kind: (count - wrong[kind], count) for kind, count in asked.items()}


def misses(engine: Engine, queries: Sequence[Labelled]) -> list[tuple[Labelled, list[str]]]:
    """The queries that failed, with the names that were found instead."""
    failed = []
    for one in queries:
        hits = engine.search(query(one)).hits
        if not is_right(one, [hit.key for hit in hits]):
            failed.append((one, ["".join(piece.text for piece in hit.name) for hit in hits]))
    return failed
