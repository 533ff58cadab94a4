"""Reports: many filed at once on both databases, and the triage queue over very many."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from tests.bench import many_reports, register
from tests.bench.plan import Plan
from tests.bench.servers import FLASK, MeasurementFailed, site
from tests.bench.table import Line, Verdict, judged
from tests.bench.web_rows import run_command
from tests.services import PROJECT, PostgresServer, clean_environment
from tests.walk.people import Person

REPORTS, AT_A_TIME = 200, 32


def intake() -> Iterator[Line]:
    """200 reports without files, 32 at a time, on both databases with the workers that `make run` starts."""
    yield _intake("")
    with PostgresServer(durable=True) as server:
        server.execute("CREATE DATABASE register")
        yield _intake(" on PostgreSQL", DATABASE_URL=server.url("register"))


def _intake(where: str, **settings: str) -> Line:
    with tempfile.TemporaryDirectory(prefix="bench-reports-") as folder:
        instance = Path(folder) / "instance"
        run_command(("setup",), instance, **settings)
        with site(instance, **settings) as server:
            _file(server.port, 16, 8)  # the first requests of a process load what later ones share
            found = _file(server.port, REPORTS, AT_A_TIME)
    failures = list(found["failures"])
    duplicates = found["filed"] - found["different"]
    complete = not failures and not duplicates and found["opened"] == REPORTS
    reached = complete and found["p95"] <= 0.5
    return Line(
        what=f"report intake{where}, {REPORTS} at {AT_A_TIME} at a time",
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


QUEUE = "triage queue over 100,000 reports"
TURNS = 40
_PAGES = (
    "/staff/reports",
    "/staff/reports?page=2",
    "/staff/reports?state=received",
    "/staff/reports?state=investigating&page=5",
    "/staff/reports?kind=question",
    "/staff/reports?matter=unlawful_fee",
    "/staff/reports?handler=nobody",
    "/staff/reports?state=all",
    "/staff/reports?tag=加急",
    "/staff/reports?tag=批量投诉&state=all",
    "/staff/reports?category=01",
    "/staff/reports?subject={subject}&state=all",
    "/staff/reports?handler={officer}",
    "/staff/reports?decided=90&state=all",
    "/staff/reports?q=甲金路",
    "/staff/reports?q=收费标准&state=all",
)
INSTITUTIONS = 2_000


def triage(plan: Plan) -> Iterator[Line]:
    """The queue's pages as an officer of the nation opens them, one after the other, on the default set-up."""
    with tempfile.TemporaryDirectory(prefix="bench-triage-") as folder:
        instance = Path(folder) / "instance"
        run_command(("setup",), instance)
        password = "Measured-Queue-2026!"
        made = subprocess.run(
            [
                *(*FLASK, "user", "create", "--role", "national"),
                *("--password-stdin", "--json", "officer@example.cn"),
            ],
            cwd=PROJECT,
            env=clean_environment(INSTANCE_PATH=str(instance), SAMPLE="no"),
            input=password + "\n",
            capture_output=True,
            text=True,
            check=True,
        )
        roster = Path(folder) / "roster.csv"
        register.write_roster(roster, register.generated(INSTITUTIONS))
        run_command(("import", "institutions", str(roster)), instance)
        subject = many_reports.write(instance / "register.sqlite3", plan.reports)
        run_command(("search", "rebuild"), instance)
        pages = [quote(page.format(subject=subject, officer=1), safe="/?&=") for page in _PAGES]
        with site(instance) as server:
            officer = Person(f"http://127.0.0.1:{server.port}")
            officer.sign_in("officer@example.cn", password, json.loads(made.stdout)["totp_secret"])
            times, sizes = [], []
            slow: dict[str, list[float]] = {}
            for turn in range(-2, TURNS):
                for path in pages:
                    start = time.perf_counter()
                    answer = officer.get(path)
                    taken = time.perf_counter() - start
                    if answer.status != 200 or 'class="table queue' not in answer.text:
                        raise MeasurementFailed(f"{path} gave {answer.status} without a queue")
                    if turn >= 0:
                        times.append(taken)
                        slow.setdefault(path, []).append(taken)
                        sizes.append(len(answer.text.encode()))
    times.sort()
    p95, largest = times[int(len(times) * 0.95)], max(sizes)
    slowest = max(slow, key=lambda path: sorted(slow[path])[int(TURNS * 0.95)])
    full = plan.reports >= 100_000
    yield Line(
        what=QUEUE if full else QUEUE.replace("100,000", f"{plan.reports:,}"),
        target="p95 ≤ 200 ms, ≤ 100 KB a page",
        measured=(
            f"p95 {p95 * 1000:.0f} ms, p50 {times[len(times) // 2] * 1000:.0f} ms, slowest {times[-1] * 1000:.0f} ms "
            f"over {len(_PAGES)} filters, the slowest of which is {unquote(slowest)} with p95 "
            f"{sorted(slow[slowest])[int(TURNS * 0.95)] * 1000:.0f} ms; largest page {largest / 1000:.0f} KB"
        ),
        verdict=judged(p95 <= 0.2 and largest <= 100_000) if full else Verdict.NOT_JUDGED,
        numbers={"p95": p95, "slowest": times[-1], "largest_page": largest},
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
