"""Reports: many filed at once on the default set-up, and the triage queue over very many."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.plan import Plan
from tests.bench.servers import MeasurementFailed, site
from tests.bench.table import Line, Verdict, judged
from tests.bench.web_rows import run_command
from tests.services import PROJECT, clean_environment

REPORTS, AT_A_TIME = 200, 32


def intake(plan: Plan) -> Iterator[Line]:
    """200 reports without files, 32 at a time, on SQLite with the workers that `make run` starts."""
    with tempfile.TemporaryDirectory(prefix="bench-reports-") as folder:
        instance = Path(folder) / "instance"
        run_command(("setup",), instance)
        with site(instance) as server:
            _file(server.port, 16, 8)  # the first requests of a process load what later ones share
            found = _file(server.port, REPORTS, AT_A_TIME)
    failures = list(found["failures"])
    duplicates = found["filed"] - found["different"]
    complete = not failures and not duplicates and found["opened"] == REPORTS
    reached = complete and found["p95"] <= 0.5
    yield Line(
        what=f"report intake, {REPORTS} at {AT_A_TIME} at a time",
        target="0 failures, 0 duplicates, p95 ≤ 500 ms",
        measured=(
            f"{len(failures)} failures, {duplicates} duplicates, {found['opened']} receipts open; "
            f"p50 {found['p50'] * 1000:.0f} ms, p95 {found['p95'] * 1000:.0f} ms, "
            f"slowest {found['slowest'] * 1000:.0f} ms; {REPORTS / found['seconds']:.0f} reports/s with their forms"
            + (f"; first failure: {failures[0][:80]}" if failures else "")
        ),
        verdict=judged(reached),
        numbers=found,
    )
    yield Line(
        what="triage queue over 100,000 reports",
        target="p95 ≤ 200 ms, ≤ 100 KB a page",
        verdict=Verdict.NOT_BUILT,
    )


def _file(port: int, reports: int, at_a_time: int) -> dict[str, Any]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.bench.filing", "--port", str(port)),
            *("--reports", str(reports), "--at-a-time", str(at_a_time)),
        ],
        cwd=PROJECT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode:
        raise MeasurementFailed(done.stderr.strip().splitlines()[-1])
    result: dict[str, Any] = json.loads(done.stdout)
    return result
