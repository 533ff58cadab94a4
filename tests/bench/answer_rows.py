"""How often the right answer is where it should be, by kind of query and engine."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.grids import Grid, Section
from tests.bench.indexes import NAMES, Built
from tests.bench.plan import Plan
from tests.bench.register import generated
from tests.bench.table import Line, judged
from tests.search_index.engine_urls import ENGINES
from tests.search_index.labelled import Labelled, labelled
from tests.search_index.quality import TARGETS, rates
from tests.search_index.sample import questions

_README_SIZES = (0, 20_000)  # the sample, and the generated register that the targets speak of
_README_KINDS = (
    *TARGETS,
    *("two words", "category and region", "category and region in words", "former name", "traditional"),
    *("code prefix", "mixed", "sentence", "nonsense"),
)

Rates = dict[str, tuple[int, int]]  # right ones and all, by kind


def right_answers(plan: Plan, indexes: Built) -> Iterator[Line | Grid]:
    """A line for each target, over every engine and size, and a table of all kinds."""
    found: dict[tuple[str, int], Rates] = {}
    for engine, sizes in plan.answer_sizes.items():
        if engine in ENGINES:
            for size in (0, *sizes):
                found[engine, size] = rates(indexes.engine(engine, size), _asked(size, plan))
    for kind, (name, least) in TARGETS.items():
        shares = {key: right[kind][0] / right[kind][1] for key, right in found.items()}
        yield Line(
            what=f"right answer: {name}",
            target=f"≥ {least:.0%}",
            measured="; ".join(
                f"{NAMES[engine]}: {_shares(engine, shares)}"
                for engine in dict.fromkeys(one for one, _ in found)
            ),
            verdict=judged(all(share >= least for share in shares.values())),
            numbers={
                f"{engine} {size}": {"right": right[kind][0], "asked": right[kind][1]}
                for (engine, size), right in found.items()
            },
        )
    yield _grid(
        Section.ANSWERS, found, tuple(dict.fromkeys(kind for right in found.values() for kind in right))
    )
    yield _grid(
        Section.README_ANSWERS,
        {key: right for key, right in found.items() if key[1] in _README_SIZES},
        _README_KINDS,
    )


def _asked(size: int, plan: Plan) -> list[Labelled]:
    return labelled(generated(size), per_kind=plan.answers_per_kind) if size else list(questions())


def _shares(engine: str, shares: dict[tuple[str, int], float]) -> str:
    return ", ".join(
        f"{share:.1%} of {_named(size)}" for (one, size), share in shares.items() if one == engine
    )


def _named(size: int) -> str:
    return f"{size:,}" if size else "the sample"


def _grid(section: Section, found: dict[tuple[str, int], Rates], kinds: tuple[str, ...]) -> Grid:
    head = ["right answers", *(f"{NAMES[engine]}, {_named(size)}" for engine, size in found)]
    rows = [[_promised(kind), *(_share(right.get(kind)) for right in found.values())] for kind in kinds]
    return Grid(section, "By kind of query" if section is Section.ANSWERS else "", head, rows)


def _promised(kind: str) -> str:
    return f"{TARGETS[kind][0]} (≥ {TARGETS[kind][1]:.0%})" if kind in TARGETS else kind


def _share(counted: tuple[int, int] | None) -> str:
    if counted is None:
        return ""
    right, count = counted
    return f"{right / count:.1%} of {count}"
