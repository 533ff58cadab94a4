"""With REDIS_URL the counters and the queue live in Redis, shared by several machines."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from huey import RedisHuey
from limits import parse

from credit_register.core.rate_limits import counters
from credit_register.core.settings import load_settings
from credit_register.web.factory import create_app
from tests.services import RedisServer


def an_app(instance: Path, redis: RedisServer) -> Flask:
    settings = {
        "INSTANCE_PATH": str(instance),
        "REDIS_URL": redis.url,
        "SAMPLE": "no",
        "SECRET_KEY": "shared",
    }
    return create_app(load_settings(settings))


def test_two_machines_count_together(redis_server: RedisServer, tmp_path: Path) -> None:
    limit = parse("2 per hour")
    first, second = (an_app(tmp_path / name, redis_server) for name in ("first", "second"))
    with first.app_context():
        assert counters().hit(limit, "test", "shared")
    with second.app_context():
        assert counters().hit(limit, "test", "shared")
        assert not counters().hit(limit, "test", "shared")
    with first.app_context():
        assert not counters().test(limit, "test", "shared")
        counters().clear(limit, "test", "shared")
        assert counters().test(limit, "test", "shared")


def test_the_queue_is_in_redis(redis_server: RedisServer, tmp_path: Path) -> None:
    app = an_app(tmp_path / "one", redis_server)
    queue = app.extensions["queue"]
    assert isinstance(queue, RedisHuey)
    assert queue.storage.conn.ping()
    assert app.test_client().get("/healthz").status_code == 200
