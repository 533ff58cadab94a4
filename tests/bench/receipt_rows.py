"""Receipts that strangers try: how fast they are answered, what that would take them, and what citizens notice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import many_reports
from tests.bench.filing import Citizen
from tests.bench.guessing import ALPHABET, RANDOM
from tests.bench.machine import cpu_seconds
from tests.bench.plan import Plan
from tests.bench.servers import MeasurementFailed, Server, site
from tests.bench.table import Line, Verdict, judged
from tests.bench.web_rows import run_command
from tests.services import PROJECT, clean_environment

OPEN_REPORTS = 1_000_000
SECONDS_OF_A_YEAR = 31_556_952
TEN, HUNDREDS = 10, 200  # wrong receipts a second
CONNECTIONS = 8
ROUNDS, WAIT = 3, 1.0


def receipts_tried(plan: Plan) -> Iterator[Line]:
    """Wrong receipts without any limit, and a right one of another client meanwhile, on the default set-up.

    A trusted proxy gives every try an address of its own: the counts hold nobody, and what is measured is the rate
    that somebody with very many addresses would reach.
    """
    with tempfile.TemporaryDirectory(prefix="bench-receipts-") as folder:
        instance = Path(folder) / "instance"
        run_command(("setup",), instance)
        many_reports.write(instance / "register.sqlite3", plan.reports)
        with site(instance, TRUSTED_PROXIES="127.0.0.1", WEB_WORKERS="2") as server:
            found = _measure(server, seconds=plan.seconds)
    yield _rate_line(found, plan)
    yield _citizen_line(found)


def _measure(server: Server, *, seconds: float) -> dict[str, Any]:
    citizen = Citizen(server.port)
    receipt = citizen.file(1, citizen.form("/reports/new"), lambda taken: None)
    hidden = citizen.form("/account/login")
    times: dict[str, list[float]] = {"quiet": [], "ten": [], "hundreds": [], "all": []}
    rates: list[float] = []
    cpu: list[float] = []
    _open(citizen, hidden, receipt, seconds=1)  # what the first requests load is not counted
    for _ in range(ROUNDS):
        times["quiet"] += _open(citizen, hidden, receipt, seconds=seconds)
        # The rate alone first: a citizen who asks at the same time would take a part of it.
        before = cpu_seconds(server.pid)
        with _guessing(server, seconds=seconds, connections=CONNECTIONS, per_second=0) as tried:
            pass
        result = _statuses(tried)
        rates.append(result["rate"])
        cpu.append((cpu_seconds(server.pid) - before) / sum(result["statuses"].values()))
        for name, connections, per_second in (
            ("ten", 1, TEN),
            ("hundreds", CONNECTIONS, HUNDREDS),
            ("all", CONNECTIONS, 0),
        ):
            trying = seconds + 2 * WAIT
            with _guessing(server, seconds=trying, connections=connections, per_second=per_second) as tried:
                time.sleep(WAIT)
                times[name] += _open(citizen, hidden, receipt, seconds=seconds)
            _statuses(tried)
    return {
        "rate": max(rates),
        "cpu_ms_each": min(cpu) * 1000,
        **{f"p95_{name}": sorted(found)[int(len(found) * 0.95)] for name, found in times.items()},
        "opened": {name: len(found) for name, found in times.items()},
    }


def _open(citizen: Citizen, hidden: dict[str, str], receipt: str, *, seconds: float) -> list[float]:
    """Send the right receipt again and again; the time of each answer, and MeasurementFailed for a refusal."""
    times = []
    citizen.refresh()  # the server closes a connection that was idle
    until = time.perf_counter() + seconds
    while (start := time.perf_counter()) < until:
        status, _, _ = citizen.request("POST", "/reports/track", {**hidden, "receipt": receipt})
        times.append(time.perf_counter() - start)
        if status != 303:
            raise MeasurementFailed(f"a right receipt gave {status}")
        time.sleep(0.02)
    return times


class _guessing:  # noqa: N801 -- it reads as the word it is
    """Somebody who tries receipts while the block runs, in a process of their own; waits for the end."""

    def __init__(self, server: Server, *, seconds: float, connections: int, per_second: float) -> None:
        self._command = [
            *(sys.executable, "-m", "tests.bench.guessing", "--port", str(server.port)),
            *("--connections", str(connections), "--seconds", str(seconds)),
            *("--per-second", str(per_second)),
        ]

    def __enter__(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            self._command,
            cwd=PROJECT,
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self._process

    def __exit__(self, *_: object) -> None:
        self._process.wait(timeout=120)


def _statuses(process: subprocess.Popen[str]) -> dict[str, Any]:
    output, trouble = process.communicate(timeout=60)
    if process.returncode:
        raise MeasurementFailed(trouble.strip().splitlines()[-1])
    result: dict[str, Any] = json.loads(output)
    if set(result["statuses"]) != {"422"}:
        raise MeasurementFailed(f"wrong receipts gave {result['statuses']}")
    return result


def years_until_a_hit(rate: float, open_reports: int = OPEN_REPORTS) -> float:
    """Expected years of trying well-formed receipts at so many a second until one of the open reports is hit."""
    return float(len(ALPHABET) ** RANDOM / open_reports / rate / SECONDS_OF_A_YEAR)


def _rate_line(found: dict[str, Any], plan: Plan) -> Line:
    # Where other work takes a part of the machine, the processor time of each answer says what it could give.
    most = max(found["rate"], (os.cpu_count() or 1) * 1000 / found["cpu_ms_each"])
    years = years_until_a_hit(most)
    return Line(
        what="wrong receipts, no limit, 2 web processes",
        target="",
        measured=(
            f"{found['rate']:.0f}/s over {CONNECTIONS} connections, {found['cpu_ms_each']:.1f} ms of processor each, "
            f"beside {plan.reports:,} reports, so {most:.0f}/s at most on {os.cpu_count()} cores; at that rate and with "
            f"{OPEN_REPORTS:,} open reports the first hit is expected after {years:.1e} years"
        ),
        verdict=Verdict.NOT_JUDGED,
        numbers={**found, "most": most, "years": years},
    )


def _citizen_line(found: dict[str, Any]) -> Line:
    quiet, ten, hundreds, most = (found[f"p95_{name}"] for name in ("quiet", "ten", "hundreds", "all"))
    return Line(
        what="a right receipt while others are tried",
        target="p95 ≤ 1.5 × quiet and ≤ 300 ms at 10 and 200 a second, none refused",
        measured=(
            f"p95 quiet {quiet * 1000:.1f} ms; with {TEN} wrong ones a second {ten * 1000:.1f} ms ({ten / quiet:.2f} ×); "
            f"with {HUNDREDS} a second {hundreds * 1000:.1f} ms ({hundreds / quiet:.2f} ×); with as many as the machine "
            f"answers {most * 1000:.1f} ms ({most / quiet:.2f} ×)"
        ),
        verdict=judged(max(ten, hundreds) <= 1.5 * quiet and max(ten, hundreds, most) <= 0.3),
        numbers=found,
    )
