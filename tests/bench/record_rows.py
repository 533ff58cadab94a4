"""A large batch of credit records confirmed on the page, while a citizen files reports."""

from __future__ import annotations

import csv
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench import register
from tests.bench.filing import Citizen
from tests.bench.ledger_rows import PASSWORD, make_officer
from tests.bench.plan import Plan
from tests.bench.servers import MeasurementFailed, site
from tests.bench.table import Line, judged
from tests.bench.web_rows import run_command
from tests.walk.people import Person

BATCH = "/staff/records/batches/1"
INSTITUTIONS = 2_000
PAUSE = 0.5  # seconds between a receipt and the citizen's next report
LONGEST = 600.0  # seconds, after which the measurement gives up


def records(plan: Plan) -> Iterator[Line]:
    """Penalties that a command received are confirmed by an officer; on SQLite all writers share one lock."""
    with tempfile.TemporaryDirectory(prefix="bench-records-") as folder:
        instance = Path(folder) / "instance"
        run_command(("setup",), instance)
        secret = make_officer(instance, "officer@example.cn")
        roster, penalties = Path(folder) / "roster.csv", Path(folder) / "penalties.csv"
        made = register.generated(INSTITUTIONS)
        register.write_roster(roster, made)
        _write_penalties(penalties, [(one.document.key, one.document.name) for one in made], plan.records)
        run_command(("import", "institutions", str(roster)), instance)
        run_command(("import", "penalties", str(penalties)), instance)
        with site(instance) as server:
            officer = Person(f"http://127.0.0.1:{server.port}")
            officer.sign_in("officer@example.cn", PASSWORD, secret)
            yield _confirmed(officer, _Filing(server.port), plan.records)


def _confirmed(officer: Person, citizen: _Filing, rows: int) -> Line:
    version = officer.get(BATCH).hidden("version")
    citizen.start()
    start = time.perf_counter()
    answer = officer.send(f"{BATCH}/confirm", {"version": version}, page=BATCH)
    answered = time.perf_counter() - start
    while answer.status == 200 and answer.attribute("data-state") == "taking_effect":
        if time.perf_counter() - start > LONGEST:
            break
        time.sleep(1)
        answer = officer.get(BATCH)
    taken = time.perf_counter() - start
    citizen.stop()
    if answer.status != 200 or answer.attribute("data-state") != "confirmed":
        raise MeasurementFailed(f"the batch was not confirmed: {answer.status}")
    return Line(
        what=f"confirming {rows:,} credit records while a citizen files reports",
        target="no report refused",
        measured=(
            f"all public after {taken:.0f} s, page answered after {answered:.1f} s; meanwhile {len(citizen.times)} "
            f"reports, the slowest {max(citizen.times, default=0.0):.1f} s, {len(citizen.failures)} refused"
            + (f"; first: {citizen.failures[0][:80]}" if citizen.failures else "")
        ),
        verdict=judged(not citizen.failures and bool(citizen.times)),
        numbers={
            "seconds": taken,
            "answered": answered,
            "times": citizen.times,
            "failures": citizen.failures,
        },
    )


class _Filing(threading.Thread):
    """A citizen who files one report after the other until told to stop."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.times: list[float] = []
        self.failures: list[str] = []
        self._port = port
        self._stop_asked = threading.Event()

    def run(self) -> None:
        number = 0
        while not self._stop_asked.is_set():
            number += 1
            try:
                citizen = Citizen(self._port)
                citizen.file(number, citizen.form("/reports/new"), self.times.append)
            except (OSError, RuntimeError) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
            self._stop_asked.wait(PAUSE)

    def stop(self) -> None:
        self._stop_asked.set()
        self.join(timeout=60)


def _write_penalties(path: Path, institutions: list[tuple[str, str]], rows: int) -> None:
    """Penalties of institutions in turn, in the national fields, each decided half a year ago."""
    day = datetime.now(UTC).date() - timedelta(days=180)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            (
                *("CF_XDR_MC", "CF_XDR_LB", "CF_XDR_SHXYM", "CF_WSH", "CF_WFXW", "CF_SY", "CF_YJ", "CF_CFLB"),
                *("CF_NR", "CF_NR_FK", "CF_JDRQ", "CF_CFJG", "CF_SJLY"),
            )
        )
        for number in range(rows):
            code, name = institutions[number % len(institutions)]
            writer.writerow(
                (
                    *(name, "法人及非法人组织", code, f"示例罚〔{day.year}〕{number}号", "虚假宣传"),
                    *("在宣传中夸大服务效果。", "《示例条例》第八条", "罚款", "罚款 1.5 万元", "1.5"),
                    *(day.isoformat(), "示例市监局", "示例信用中心"),
                )
            )
