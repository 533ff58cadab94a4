from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from limits import parse
from limits.storage import Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from credit_register.access.gate import PUBLIC, access
from credit_register.core.rate_limits import Counters, SqliteStorage, limiter


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    found = storage_from_string(f"sqlite-limits://{tmp_path / 'limits.sqlite3'}")
    assert isinstance(found, SqliteStorage)
    return found


def test_hits_count_up_to_the_limit_and_no_further(storage: Storage) -> None:
    limiter, limit = FixedWindowRateLimiter(storage), parse("3 per hour")
    assert [limiter.hit(limit, "a") for _ in range(4)] == [True, True, True, False]
    assert limiter.hit(limit, "b")


def test_a_window_that_is_over_starts_anew(storage: Storage) -> None:
    assert storage.incr("key", 1) == 1
    assert storage.incr("key", 1) == 2
    time.sleep(1.05)
    assert storage.get("key") == 0
    assert storage.incr("key", 1) == 1


def test_clearing_and_resetting(storage: Storage) -> None:
    storage.incr("one", 60)
    storage.incr("two", 60)
    storage.clear("one")
    assert (storage.get("one"), storage.get("two")) == (0, 1)
    storage.reset()
    assert storage.get("two") == 0
    assert storage.check()


def test_counters_are_shared_and_exact_between_connections(tmp_path: Path) -> None:
    url = f"sqlite-limits://{tmp_path / 'limits.sqlite3'}"

    def hit_often() -> None:
        own = storage_from_string(url)
        for _ in range(50):
            own.incr("shared", 60)

    threads = [Thread(target=hit_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert storage_from_string(url).get("shared") == 200


class BrokenStorage(SqliteStorage):
    """A store that cannot be reached."""

    STORAGE_SCHEME = ["broken-limits"]

    def _connection(self) -> sqlite3.Connection:
        raise sqlite3.OperationalError("disk I/O error")


def test_a_store_that_fails_closes_nothing_and_still_counts() -> None:
    counters, limit = Counters(BrokenStorage("broken-limits:///nowhere"), "secret"), parse("2 per hour")
    assert [counters.hit(limit, "a") for _ in range(3)] == [True, True, False]
    assert not counters.test(limit, "a")
    counters.clear(limit, "a")
    assert counters.test(limit, "a")


def test_the_store_learns_no_address(tmp_path: Path) -> None:
    path = tmp_path / "limits.sqlite3"
    assert Counters(SqliteStorage(f"sqlite-limits://{path}"), "secret").hit(parse("2 per hour"), "192.0.2.7")
    assert b"192.0.2.7" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_a_limit_written_above_a_view_holds_for_it_alone(app: Flask) -> None:
    @access(PUBLIC)
    @limiter.limit("2 per hour")
    def limited() -> str:
        return "done"

    app.add_url_rule("/limited", view_func=limited)
    client = app.test_client()
    assert [client.get("/limited").status_code for _ in range(4)] == [200, 200, 429, 429]
    assert [client.get("/help").status_code for _ in range(4)] == [200] * 4


def test_a_limit_is_counted_in_the_process_when_its_store_fails(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> int:
        raise sqlite3.OperationalError("disk I/O error")

    @access(PUBLIC)
    @limiter.limit("1 per hour")
    def limited_alone() -> str:
        return "done"

    app.add_url_rule("/limited-alone", view_func=limited_alone)
    monkeypatch.setattr(limiter, "_storage_dead", False)  # put back afterwards: all applications share it
    monkeypatch.setattr(SqliteStorage, "incr", fail)
    client = app.test_client()
    assert {client.get(path).status_code for path in ("/limited-alone", "/help") for _ in range(3)} == {200}
