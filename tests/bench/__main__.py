"""`python -m tests.bench`: measure what exists, print one table; a missed target is no error of the run."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import FrameType

from tests.bench import (
    answer_rows,
    fresh_row,
    import_rows,
    indexes,
    ledger_rows,
    receipt_rows,
    record_rows,
    report_rows,
    search_rows,
    web_rows,
)
from tests.bench.grids import Grid, check_marks, put, text_grid
from tests.bench.machine import busy_warning, facts
from tests.bench.plan import FULL, QUICK, Plan
from tests.bench.table import Line, Verdict, described, document, text_table, write_json
from tests.services import PROJECT


class Bench:
    """One run: what several measurements share is made once, when the first of them needs it."""

    def __init__(self, plan: Plan, stack: ExitStack) -> None:
        self.plan = plan
        self._stack = stack

    @cached_property
    def indexes(self) -> indexes.Built:
        """Search indexes and their peers."""
        return self._stack.enter_context(indexes.built())

    @cached_property
    def stage(self) -> web_rows.Stage:
        """Servers."""
        return self._stack.enter_context(web_rows.stage(self.plan))


# Servers come before the long import: what that leaves in the caches of the machine must not matter to them.
MEASUREMENTS: dict[str, Callable[[Bench], Iterator[Line | Grid]]] = {
    "search": lambda bench: search_rows.speed(bench.plan, bench.indexes),
    "answers": lambda bench: answer_rows.right_answers(bench.plan, bench.indexes),
    "page": lambda bench: web_rows.search_page(bench.stage),
    "api": lambda bench: web_rows.api(bench.stage),
    "profile": lambda bench: web_rows.profile(bench.stage),
    "reports": lambda bench: report_rows.intake(),
    "receipts": lambda bench: receipt_rows.receipts_tried(bench.plan),
    "triage": lambda bench: report_rows.triage(bench.plan),
    "ledger": lambda bench: ledger_rows.ledger(bench.plan),
    "records": lambda bench: record_rows.records(bench.plan),
    "import": lambda bench: import_rows.importing(bench.plan),
    "fresh": lambda bench: fresh_row.fresh(),
}


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes and fewer repetitions")
    parser.add_argument(
        "--only", action="append", choices=tuple(MEASUREMENTS), metavar="NAME", help=", ".join(MEASUREMENTS)
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers to a file")
    parser.add_argument(
        "--document", action="store_true", help="put the tables into docs/benchmarks.md and README.md"
    )
    given = parser.parse_args()
    if given.document:
        check_marks()
    plan = QUICK if given.quick else FULL
    signal.signal(signal.SIGTERM, _stop)
    measured = facts()
    start = time.monotonic()
    print("; ".join(f"{name} {value}" for name, value in measured.items()))
    if warning := busy_warning(measured):
        print(warning)
    found: list[Line | Grid] = []
    with ExitStack() as stack:
        bench = Bench(plan, stack)
        for name in given.only or MEASUREMENTS:
            print(f"[{time.monotonic() - start:4.0f} s] {name}", file=sys.stderr, flush=True)
            found += _found(name, bench)
    lines = [one for one in found if isinstance(one, Line)]
    grids = [one for one in found if isinstance(one, Grid)]
    print(text_table(lines))
    for grid in grids:
        if grid.section.printed:
            print(f"\n{text_grid(grid)}")
    took = f"{'A quick run' if plan.quick else 'A run' if given.only else 'A full run'} of {time.monotonic() - start:.0f} s."
    print(took)
    if given.json:
        write_json(given.json, measured, lines)
    if given.document:
        put(grids, f"{took} {described(measured)}")
        document(PROJECT / "docs" / "benchmarks.md", measured, took, lines, whole=not given.only)


def _stop(number: int, frame: FrameType | None) -> None:
    """End like Ctrl+C does, so that servers are ended and folders removed on the way out."""
    raise SystemExit(128 + number)


def _found(name: str, bench: Bench) -> list[Line | Grid]:
    """What one measurement gives; one that breaks leaves the others their turn."""
    found: list[Line | Grid] = []
    try:
        found.extend(MEASUREMENTS[name](bench))
    except Exception as error:  # noqa: BLE001 -- a table with a gap and its reason is worth more than none
        found.append(Line(name, "", f"{type(error).__name__}: {error}", verdict=Verdict.FAILED))
    return found


if __name__ == "__main__":
    main()
