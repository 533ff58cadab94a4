"""Database and index stay in step whatever happens to the processes: the programs run as they do in earnest."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from credit_register.access.actor import OPERATOR
from credit_register.core import search
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.institutions import queries, services
from credit_register.institutions.entries import details_of
from search_index import Query, open_engine
from tests.factories import make_institution
from tests.search_index.engine_urls import ENGINES
from tests.web.site_processes import SiteProcesses, site_processes, wait_for

IN_STEP = {"missing": 0, "stale": 0, "extra": 0}


@pytest.fixture(params=ENGINES)
def search_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return ENGINES[request.param].format(folder=tmp_path / "index")


@pytest.fixture
def processes(instance_path: Path, database_url: str, search_url: str) -> Iterator[SiteProcesses]:
    with site_processes(instance_path, database_url, search_url) as found:
        yield found


class Changes(threading.Thread):
    """Renames institutions and enters new ones without pause, each change a commit of its own.

    `names` holds what the register says at the end; every seventh change is rolled back and must not be seen.
    """

    def __init__(self, app: Flask, codes: list[str], *, pause: float = 0.01) -> None:
        super().__init__(daemon=True)
        self._app = app
        self._codes = codes
        self._pause = pause
        self._enough = threading.Event()
        self._failure: BaseException | None = None
        self.names: dict[str, str] = {}
        self.committed = 0

    def run(self) -> None:
        rng = random.Random(5)
        try:
            with self._app.app_context():
                while not self._enough.wait(self._pause):
                    self._change(rng)
                    db.session.rollback()  # reading a row after its commit holds SQLite's lock again
                    self.committed += 1
        except BaseException as failure:  # noqa: BLE001 -- shown by `finish` in the thread of the test
            self._failure = failure

    def _change(self, rng: random.Random) -> None:
        if rng.random() < 0.1:
            made = make_institution(name=_name(rng))
            self._codes.append(made.uscc)
            self.names[made.uscc] = made.name
            return
        row = queries.institution(rng.choice(self._codes))
        assert row is not None
        details = replace(details_of(row), name=_name(rng), short_name="")
        values: dict[str, Any] = {"details": details, "reason": "更正", "version": row.version}
        if rng.random() < 0.15:
            services.amend_institution(row, **values, misspelt=True, actor=OPERATOR, now=now())
            db.session.rollback()
            return
        services.edit_institution(row, **values, misspelt=True, actor=OPERATOR, now=now())
        self.names[row.uscc] = row.name

    def finish(self) -> dict[str, str]:
        """Stop, and give the names that the register holds now."""
        self._enough.set()
        self.join(timeout=60)
        if self._failure is not None:
            raise self._failure
        return self.names


def _name(rng: random.Random) -> str:
    return "成都示例" + "".join(rng.choices("甲乙丙丁戊己庚辛壬癸", k=6)) + "信用管理有限公司"


def enter(count: int) -> list[str]:
    """So many institutions, by their codes."""
    codes = [make_institution().uscc for _ in range(count)]
    db.session.rollback()  # nothing of the test holds SQLite's lock while the processes work
    return codes


def settle(processes: SiteProcesses) -> None:
    """Let one worker do what is left."""
    worker = processes.wait_for_worker(processes.start_worker())
    wait_for(lambda: search.waiting() == 0, seconds=60)
    worker.stop()


def assert_in_step(processes: SiteProcesses, search_url: str, names: dict[str, str]) -> None:
    """Every institution is in the index as the database has it, and is found by its present name."""
    report = processes.command("search", "check")
    documents = sum(1 for _ in search.source().revisions())
    db.session.rollback()
    assert report == {"documents": documents, **IN_STEP, "cases": {"documents": 0, **IN_STEP}}
    engine = open_engine(search_url)
    for code, name in names.items():
        assert code in [hit.key for hit in engine.search(Query(name)).hits], name
    engine.close()


@pytest.mark.parametrize("kills", [6, pytest.param(50, marks=pytest.mark.slow)])
def test_a_worker_killed_again_and_again_loses_no_change_and_leaves_an_index_that_opens(
    app: Flask, processes: SiteProcesses, search_url: str, kills: int
) -> None:
    changes = Changes(app, enter(30))
    assert processes.command("search", "rebuild")["documents"] == 30
    changes.start()
    rng = random.Random()
    # Two at a time: while one is killed the other goes on, and the one that starts costs nobody any time.
    workers = [processes.start_worker(), processes.start_worker()]
    lowest = most = 0
    for number in range(kills):
        worker = processes.wait_for_worker(workers[number % 2])
        most = max(most, search.waiting())
        time.sleep(rng.uniform(0.3, 1.2))  # the first look comes after half a second
        assert worker.kill() == -9
        lowest = changes.committed - search.waiting()
        open_engine(search_url).search(Query())  # it opens, at whatever moment the writer died
        if number < kills - 1:
            workers[number % 2] = processes.start_worker()
    for worker in workers:
        if worker.process.poll() is None:
            worker.kill()
    names = changes.finish()
    assert lowest > 0, "the workers were killed before they had done anything"
    assert changes.committed > 10 * kills
    settle(processes)
    assert_in_step(processes, search_url, names)


def test_several_workers_at_once_write_one_after_the_other_and_lose_nothing(
    app: Flask, processes: SiteProcesses, search_url: str
) -> None:
    changes = Changes(app, enter(10), pause=0.0)
    processes.command("search", "rebuild")
    workers = [processes.start_worker() for _ in range(3)]
    for worker in workers:
        processes.wait_for_worker(worker)
    changes.start()
    time.sleep(3)
    names = changes.finish()
    wait_for(lambda: search.waiting() == 0, seconds=30)
    for worker in workers:
        worker.stop()
        # Two that wrote at once would fail at the index's own lock, two that held the database's at a timeout.
        assert not worker.says("unavailable"), worker.log.read_text(encoding="utf-8")
        assert not worker.says("failed"), worker.log.read_text(encoding="utf-8")
    assert_in_step(processes, search_url, names)


def test_a_change_is_found_by_another_process_soon_after_its_commit(
    app: Flask, processes: SiteProcesses, capsys: pytest.CaptureFixture[str]
) -> None:
    enter(20)
    processes.command("search", "rebuild")
    read = processes.start_web()
    processes.wait_for_worker(processes.start_worker())
    taken = []
    for number in range(8):
        code = make_institution(name=f"绵阳示例{'甲乙丙丁戊己庚辛'[number]}午申酉信用管理有限公司").uscc
        name = queries.names([code])[code][0]
        db.session.rollback()
        taken.append(wait_for(lambda: _finds(read, name, code), seconds=10))  # noqa: B023 -- called at once
    with capsys.disabled():
        sys.stdout.write(f" [found after {max(taken):.2f} s at most] ")


def _finds(read: Any, name: str, code: str) -> bool:
    page = read("/api/v1/institutions", q=name)
    assert not page["degraded"]
    return not page["relaxed"] and [item["uscc"] for item in page["items"]] == [code]


def test_a_rebuild_leaves_no_gap_for_readers_and_loses_no_change(
    app: Flask, processes: SiteProcesses, search_url: str
) -> None:
    count = 200
    changes = Changes(app, enter(count))
    processes.command("search", "rebuild")
    read = processes.start_web()
    processes.wait_for_worker(processes.start_worker())
    changes.start()
    rebuilt = threading.Event()
    rebuilds: list[int] = []

    def rebuild_twice() -> None:
        try:
            rebuilds.extend(processes.command("search", "rebuild")["documents"] for _ in range(2))
        finally:
            rebuilt.set()

    thread = threading.Thread(target=rebuild_twice)
    thread.start()
    seen = []
    while not rebuilt.is_set():
        page = read("/api/v1/institutions", per_page="1")
        assert not page["degraded"]
        seen.append(page["total"])
        time.sleep(0.01)
    thread.join()
    names = changes.finish()
    assert len(rebuilds) == 2
    assert len(seen) > 20
    assert min(seen) >= count, "an answer from a half-built index"
    wait_for(lambda: search.waiting() == 0, seconds=30)
    assert_in_step(processes, search_url, names)


def test_while_an_index_is_built_others_write(app: Flask) -> None:
    enter(5)
    done = []

    def write(number: int) -> None:
        if number == 5:
            thread = threading.Thread(target=enter_in_a_thread)
            thread.start()
            thread.join(timeout=30)

    def enter_in_a_thread() -> None:
        with app.app_context():
            done.append(make_institution().uscc)
            db.session.remove()

    assert search.rebuild(write) == 5
    assert len(done) == 1
    assert search.waiting() == 1
    assert search.check().missing == tuple(done)
    search.apply_outbox()
    assert search.check().ok
