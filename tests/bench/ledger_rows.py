"""The ledger: its list, and attachment 1 of the whole country, over many cases in all provinces."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, unquote

from tests.bench import many_cases, register
from tests.bench.plan import Plan
from tests.bench.servers import FLASK, MeasurementFailed, site
from tests.bench.table import Line, Verdict, judged
from tests.bench.web_rows import run_command
from tests.services import PROJECT, clean_environment
from tests.walk.people import Person

LIST = "/staff/ledger"
PAGES = (
    LIST,
    f"{LIST}?page=2",
    f"{LIST}?state=all",
    f"{LIST}?state=exited",
    f"{LIST}?region=51",
    f"{LIST}?q=信用",
)
MONTHS = "/staff/ledger/months"
TURNS = 40
PASSWORD = "Measured-Ledger-2026!"


def ledger(plan: Plan) -> Iterator[Line]:
    """The list as an officer of the nation opens it, then the export of a national month that was closed on the page."""
    with tempfile.TemporaryDirectory(prefix="bench-ledger-") as folder:
        instance = Path(folder) / "instance"
        run_command(("setup",), instance)
        secret = make_officer(instance, "officer@example.cn")
        make_officer(instance, "second@example.cn")
        roster = Path(folder) / "roster.csv"
        register.write_roster(roster, register.generated(plan.cases))
        run_command(("import", "institutions", str(roster)), instance)
        many_cases.write(instance / "register.sqlite3", plan.cases)
        with site(instance) as server:
            officer = Person(f"http://127.0.0.1:{server.port}")
            officer.sign_in("officer@example.cn", PASSWORD, secret)
            yield _list(officer, plan)
            yield _present(officer, plan)
            month = f"{datetime.now(UTC).date().replace(day=1) - timedelta(days=1):%Y-%m}"
            closed = officer.send(f"{MONTHS}/close", {"month": month}, page=MONTHS)
            if closed.status >= 400:
                raise MeasurementFailed(f"closing a month gave {closed.status}")
        yield _export(instance, Path(folder) / "nation.xlsx", month, plan)


def make_officer(instance: Path, email: str) -> str:
    """An officer of the nation with PASSWORD; gives the secret of the second factor."""
    made = subprocess.run(
        [*FLASK, "user", "create", "--role", "national", "--password-stdin", "--json", email],
        cwd=PROJECT,
        env=clean_environment(INSTANCE_PATH=str(instance), SAMPLE="no"),
        input=PASSWORD + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    return str(json.loads(made.stdout)["totp_secret"])


def _list(officer: Person, plan: Plan) -> Line:
    what, target = f"ledger list over {plan.cases:,} cases", "p95 ≤ 200 ms"
    times: list[float] = []
    slow: dict[str, list[float]] = {}
    largest = 0
    for turn in range(-2, TURNS):
        for page in PAGES:
            start = time.perf_counter()
            answer = officer.get(quote(page, safe="/?&="))
            taken = time.perf_counter() - start
            if answer.status == 404 and page == LIST:
                return Line(what=what, target=target, verdict=Verdict.NOT_BUILT)
            if answer.status != 200:
                raise MeasurementFailed(f"{page} gave {answer.status}")
            if turn >= 0:
                times.append(taken)
                slow.setdefault(page, []).append(taken)
                largest = max(largest, len(answer.text.encode()))
    times.sort()
    p95 = times[int(len(times) * 0.95)]
    slowest = max(slow, key=lambda page: sorted(slow[page])[int(TURNS * 0.95)])
    return Line(
        what=what,
        target=target,
        measured=(
            f"p95 {p95 * 1000:.0f} ms, p50 {times[len(times) // 2] * 1000:.0f} ms over {len(PAGES)} filters, the slowest "
            f"of which is {unquote(slowest)}; largest page {largest / 1000:.0f} KB"
        ),
        verdict=judged(p95 <= 0.2) if plan.cases >= 5_000 else Verdict.NOT_JUDGED,
        numbers={"p95": p95, "largest_page": largest},
    )


def _present(officer: Person, plan: Plan) -> Line:
    start = time.perf_counter()
    size = len(officer.download(f"{MONTHS}/present.xlsx"))
    taken = time.perf_counter() - start
    return Line(
        what=f"national attachment 1 on the page, {plan.cases:,} cases",
        target="≤ 10 s",
        measured=f"{taken:.1f} s; {size / 1000:.0f} KB",
        verdict=judged(taken <= 10) if plan.cases >= 5_000 else Verdict.NOT_JUDGED,
        numbers={"seconds": taken},
    )


def _export(instance: Path, target: Path, month: str, plan: Plan) -> Line:
    start = time.perf_counter()
    run_command(("export", "ledger", "--region", "000000", "--month", month, str(target)), instance)
    taken = time.perf_counter() - start
    return Line(
        what=f"export of the national attachment 1, {plan.cases:,} cases",
        target="≤ 10 s",
        measured=f"{taken:.1f} s with the start of the command; {target.stat().st_size / 1000:.0f} KB",
        verdict=judged(taken <= 10) if plan.cases >= 5_000 else Verdict.NOT_JUDGED,
        numbers={"seconds": taken},
    )
