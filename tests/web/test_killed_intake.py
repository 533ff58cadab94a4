"""A receipt that was ever shown works, and no report is lost or doubled, whenever the site is cut off."""

from __future__ import annotations

import http.client
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from credit_register.audit.models import AuditEvent
from credit_register.core import search
from credit_register.core.calendar.services import seed_calendar
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline
from credit_register.core.deadlines.services import seed_rules
from credit_register.core.outbox import IndexName
from credit_register.reports import receipts, tracking
from credit_register.reports.models import Report
from tests.bench.filing import Citizen
from tests.services import free_port
from tests.web.site_processes import SiteProcesses, site_processes, wait_for

AT_A_TIME = 16
PATIENCE = 90.0  # seconds until a citizen gives up; most of them pass while the site starts again
OPENED = 25  # receipts that are opened on the site as well


@pytest.fixture
def processes(instance_path: Path, database_url: str) -> Iterator[SiteProcesses]:
    with site_processes(instance_path, database_url, f"whoosh:///{instance_path / 'search'}") as found:
        yield found


class Crowd(threading.Thread):
    """Citizens who file so many forms, and send each again until they have its receipt.

    `shown` holds every receipt that ever stood on a page, by the number of its form; `sent_again` the forms
    that were sent more than once, and `trouble` what had gone wrong with them.
    """

    def __init__(self, port: int, forms: int) -> None:
        super().__init__(daemon=True)
        self._port, self._forms = port, forms
        self._lock = threading.Lock()
        self._failures: list[BaseException] = []
        self.shown: dict[int, list[str]] = {}
        self.sent_again: set[int] = set()
        self.trouble: Counter[str] = Counter()

    def run(self) -> None:
        threads = [threading.Thread(target=self._file_some, args=(place,)) for place in range(AT_A_TIME)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def finish(self) -> None:
        """Wait for the last of them."""
        self.join(timeout=240)
        if self._failures:
            raise self._failures[0]
        assert not self.is_alive()

    def _file_some(self, place: int) -> None:
        citizen = Citizen(self._port)
        try:
            for number in range(place, self._forms, AT_A_TIME):
                self._file(citizen, number)
        except BaseException as failure:  # noqa: BLE001 -- shown by `finish` in the thread of the test
            self._failures.append(failure)
        finally:
            citizen.refresh()

    def _file(self, citizen: Citizen, number: int) -> None:
        """One form, with one key, as often as it takes."""
        hidden: dict[str, str] = {}
        deadline = time.monotonic() + PATIENCE
        sent = False
        while True:
            try:
                hidden = hidden or citizen.form("/reports/new")
                if sent:
                    self.sent_again.add(number)
                sent = True
                receipt = citizen.file(number, hidden, lambda _: None)
            except (OSError, http.client.HTTPException, RuntimeError) as trouble:
                if time.monotonic() > deadline:
                    raise
                with self._lock:
                    self.trouble[type(trouble).__name__] += 1
                citizen.refresh()
                time.sleep(0.3)  # faster than a person, slower than would hold up the site that starts
            else:
                with self._lock:
                    self.shown.setdefault(number, []).append(receipt)
                return


@pytest.mark.parametrize(
    ("forms", "kill_after"), [(120, [50]), pytest.param(500, [200, 350], marks=pytest.mark.slow)]
)
def test_a_site_that_is_killed_in_the_middle_loses_no_report_and_doubles_none(
    app: Flask,
    processes: SiteProcesses,
    capsys: pytest.CaptureFixture[str],
    forms: int,
    kill_after: list[int],
) -> None:
    seed_calendar(now=now())
    seed_rules()
    db.session.commit()
    port = free_port()
    site = processes.start_site(port)
    crowd = Crowd(port, forms)
    crowd.start()
    for number in kill_after:
        wait_for(lambda: len(crowd.shown) >= number, seconds=60)  # noqa: B023 -- called at once
        killed = site.kill_all()
        assert len(killed) >= 4, "the site is at least: itself, gunicorn, its worker, the worker of the site"
        assert len(crowd.shown) < forms, "it was killed too late"
        site = processes.start_site(port)
    crowd.finish()
    assert len(crowd.sent_again) >= len(kill_after), "nobody noticed that the site was killed"
    with capsys.disabled():
        sys.stdout.write(f" [{len(crowd.sent_again)} forms sent again after {dict(crowd.trouble)}] ")
    assert_each_form_is_one_report(crowd, forms)
    assert_receipts_open_their_cases_on_the_site(port, crowd)
    wait_for(lambda: waiting() == 0, seconds=60)
    assert search.check(IndexName.CASES).ok
    assert sum(1 for _ in search.source(IndexName.CASES).revisions()) == forms
    db.session.rollback()
    site.kill_all()  # an end in good order would take longer than all of this


def assert_each_form_is_one_report(crowd: Crowd, forms: int) -> None:
    """No loss, no second report, and each with its clock and its record."""
    assert sorted(crowd.shown) == list(range(forms))
    of_form = {}
    for number, shown in crowd.shown.items():
        assert len(set(shown)) == 1
        checked = receipts.check(shown[0])
        assert checked.ok, shown
        report_id = tracking.find_report(checked.receipt)
        assert report_id is not None, f"the receipt {number} opens nothing"
        of_form[number] = report_id
    assert len(set(of_form.values())) == forms, "two receipts open the same case"
    rows: dict[int, str] = dict(map(tuple, db.session.execute(select(Report.id, Report.facts))))
    assert len(rows) == forms
    for number, report_id in of_form.items():
        assert rows[report_id].startswith(f"第 {number} 件："), "a receipt opens the case of another"
    wanted = sorted(of_form.values())
    clocks = select(Deadline.subject_id).where(
        Deadline.subject_kind == "report", Deadline.closed_at.is_(None)
    )
    assert sorted(db.session.scalars(clocks)) == wanted
    deeds = select(AuditEvent.subject_id).where(AuditEvent.action == "report.receive")
    assert sorted(map(int, db.session.scalars(deeds))) == wanted
    db.session.rollback()


def assert_receipts_open_their_cases_on_the_site(port: int, crowd: Crowd) -> None:
    chosen = random.Random(7).sample([shown[0] for shown in crowd.shown.values()], OPENED)
    # One report that was sent again is among them for certain.
    for receipt in [*chosen, *crowd.shown[min(crowd.sent_again)]]:
        citizen = Citizen(port)
        assert citizen.opens(receipt), "a receipt opens nothing on the site"
        citizen.refresh()


def waiting() -> int:
    """Changes of cases that are not in the index yet."""
    return search.waiting(IndexName.CASES)
