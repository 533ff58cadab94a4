"""The worker: brings changes into the search index within a second or two and runs what is due each minute."""

from __future__ import annotations

import threading

import structlog
from flask import Flask
from huey import RedisHuey, SqliteHuey, crontab
from huey.api import Huey

from credit_register.core import heartbeat, search
from credit_register.core.clock import now
from credit_register.core.outbox import IndexName
from credit_register.core.settings import Settings
from credit_register.web.jobs import run_due
from search_index import IndexUnavailable

LOOK_EVERY = 0.5  # seconds; a change is searchable within two
# Failures in a row: an index that can be read but not written heals only by being built anew.
REBUILD_AFTER = 20


def open_queue(settings: Settings) -> Huey:
    """The queue of background work: in Redis when there is one, else in a file of its own."""
    if settings.redis_url:
        return RedisHuey("credit-register", url=settings.redis_url)
    return SqliteHuey("credit-register", filename=str(settings.instance_path / "queue.sqlite3"))


def init_worker(app: Flask, settings: Settings) -> None:
    """Open the queue and hang the periodic work into it."""
    queue = open_queue(settings)
    app.extensions["queue"] = queue

    @queue.periodic_task(crontab(), name="each_minute")  # type: ignore[untyped-decorator]
    def each_minute() -> None:
        with app.app_context():
            run_due(now())


class IndexKeeper(threading.Thread):
    """Looks into the outbox of one index twice a second and applies what it finds; runs inside the worker process.

    The outbox itself is the queue: a task per change would be a second list that could fall out of step. Each index has
    a keeper of its own, so that building the one anew for minutes does not hold up the other.
    """

    def __init__(self, app: Flask, index: IndexName = IndexName.INSTITUTIONS) -> None:
        super().__init__(name=f"index-keeper-{index.value}", daemon=True)
        self._app = app
        self._index = index
        # The one of the public index speaks for the worker.
        self._heartbeat = "worker" if index is IndexName.INSTITUTIONS else f"worker-{index.value}"
        self._stop_asked = threading.Event()
        self._log = structlog.get_logger("worker").bind(index=index.value)
        self._failures = 0

    def run(self) -> None:
        """Go on until asked to stop; a failure is logged and tried again."""
        self._log.info("index keeper started")
        while not self._stop_asked.wait(LOOK_EVERY):
            try:
                with self._app.app_context():
                    self._look()
            except Exception:  # noqa: BLE001 -- a locked database or a full disk passes; the changes wait
                self._log.exception("index keeper failed; trying again")
                self._stop_asked.wait(5)

    def _look(self) -> None:
        if heartbeat.beat_if_due(self._heartbeat, now=now()) and search.heal(self._index):
            self._log.warning("search index was missing or broken and has been built anew")
        if search.waiting(self._index):
            try:
                # Thousands of changes take minutes, in which it is alive.
                search.apply_outbox(self._index, lambda: heartbeat.beat_if_due(self._heartbeat, now=now()))
                self._failures = 0
            except IndexUnavailable as trouble:
                self._failures += 1
                self._log.warning("search index unavailable; changes wait in the outbox", reason=str(trouble))
                if not search.heal(self._index) and self._failures % REBUILD_AFTER == 0:
                    search.rebuild(name=self._index)

    def stop(self) -> None:
        """Ask the thread to end and wait for it."""
        self._stop_asked.set()
        self.join(timeout=10)


def run_worker(app: Flask) -> None:
    """Run the worker in this process until it is told to stop (SIGTERM or SIGINT)."""
    keepers = [IndexKeeper(app, index) for index in IndexName]
    for keeper in keepers:
        keeper.start()
    try:
        app.extensions["queue"].create_consumer(workers=1, check_worker_health=True).run()
    finally:
        for keeper in keepers:
            keeper.stop()
