"""Counters for rate limits that hold across all processes: Redis when there is one, else a small SQLite file."""

from __future__ import annotations

import hmac
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from credit_register.core.settings import Settings

limiter = Limiter(get_remote_address, headers_enabled=True)


class SqliteStorage(Storage):
    """Fixed windows in one SQLite file shared by the processes of a machine (`sqlite-limits:///path`)."""

    STORAGE_SCHEME = ["sqlite-limits"]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._path = Path((uri or "").removeprefix("sqlite-limits://"))
        self._local = threading.local()
        self._calls = 0

    @property
    def base_exceptions(self) -> type[Exception]:
        return sqlite3.Error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")  # a counter lost in a power cut harms nobody
            connection.execute(
                "CREATE TABLE IF NOT EXISTS hits (key TEXT PRIMARY KEY, count INTEGER, expires REAL) WITHOUT ROWID"
            )
            connection.execute("DELETE FROM hits WHERE expires < ?", (time.time(),))
            self._local.connection = connection
        return connection

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        moment = time.time()
        self._calls += 1
        if self._calls % 1000 == 0:
            self._connection().execute("DELETE FROM hits WHERE expires < ?", (moment,))
        row = (
            self._connection()
            .execute(
                "INSERT INTO hits VALUES (:key, :amount, :end) ON CONFLICT (key) DO UPDATE SET"
                " count = CASE WHEN expires <= :now THEN :amount ELSE count + :amount END,"
                " expires = CASE WHEN expires <= :now THEN :end ELSE expires END RETURNING count",
                {"key": key, "amount": amount, "now": moment, "end": moment + expiry},
            )
            .fetchone()
        )
        return int(row[0])

    def _live(self, column: str, key: str) -> float | None:
        row = (
            self._connection()
            .execute(f"SELECT {column} FROM hits WHERE key = ? AND expires > ?", (key, time.time()))  # noqa: S608 -- column is one of two literals below
            .fetchone()
        )
        return None if row is None else float(row[0])

    def get(self, key: str) -> int:
        return int(self._live("count", key) or 0)

    def get_expiry(self, key: str) -> float:
        return self._live("expires", key) or time.time()

    def check(self) -> bool:
        return bool(self._connection().execute("SELECT 1").fetchone() == (1,))

    def reset(self) -> int | None:
        return self._connection().execute("DELETE FROM hits").rowcount

    def clear(self, key: str) -> None:
        self._connection().execute("DELETE FROM hits WHERE key = ?", (key,))


def init_rate_limits(app: Flask, settings: Settings) -> None:
    """Give the limiter and the lock-outs one shared store of counters."""
    uri = settings.redis_url or f"sqlite-limits://{settings.instance_path / 'limits.sqlite3'}"
    app.config.setdefault("RATELIMIT_STORAGE_URI", uri)
    app.config.setdefault("RATELIMIT_STRATEGY", "fixed-window")
    # A store that fails must not close the site: the limit is then counted in this process alone.
    app.config.setdefault("RATELIMIT_IN_MEMORY_FALLBACK_ENABLED", True)
    app.config.setdefault("RATELIMIT_IN_MEMORY_FALLBACK", "600 per minute")
    limiter.init_app(app)
    # No limit holds for every view, so there is nothing to look at before each request; those that `limiter.limit`
    # is written above look by themselves.
    app.before_request_funcs[None].remove(limiter._check_request_limit)
    storage = storage_from_string(uri)
    assert isinstance(storage, Storage)  # the other kind is asynchronous and has another scheme
    app.extensions["counters"] = Counters(storage, settings.secret_key)


class Counters:
    """Counts of deeds and failures; where the shared store fails, this process counts alone until it is back.

    The store holds keyed hashes: whoever gets hold of it must not learn from which address a report came.
    """

    def __init__(self, storage: Storage, secret: str) -> None:
        self._secret = secret.encode()
        self._trouble = storage.base_exceptions
        self._shared = FixedWindowRateLimiter(storage)
        self._alone = FixedWindowRateLimiter(MemoryStorage())

    def hit(self, limit: RateLimitItem, *key: str, cost: int = 1) -> bool:
        """Count so many; False when that is over the limit."""
        hidden = self.hidden(*key)
        try:
            return self._shared.hit(limit, hidden, cost=cost)
        except self._trouble:
            return self._alone.hit(limit, hidden, cost=cost)

    def hidden(self, *key: str) -> str:
        """A key as the store may learn it; also for the key functions of `limiter.limit`."""
        return hmac.digest(self._secret, "\x00".join(("counter", *key)).encode(), "sha256").hex()

    def test(self, limit: RateLimitItem, *key: str) -> bool:
        """Whether one more would be within the limit."""
        hidden = self.hidden(*key)
        try:
            return self._shared.test(limit, hidden)
        except self._trouble:
            return self._alone.test(limit, hidden)

    def clear(self, limit: RateLimitItem, *key: str) -> None:
        """Forget the count."""
        hidden = self.hidden(*key)
        self._alone.clear(limit, hidden)
        try:
            self._shared.clear(limit, hidden)
        except self._trouble:
            return


def counters() -> Counters:
    """The shared counters, for limits that count failures and not requests."""
    found: Counters = current_app.extensions["counters"]
    return found
