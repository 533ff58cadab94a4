"""The application on both databases, with a fixed clock and none of the developer's own settings."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from flask_sqlalchemy.session import Session
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.orm import scoped_session
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from credit_register.core.clock import SHANGHAI, clock_at
from credit_register.core.database import db
from credit_register.core.settings import load_settings
from tests.databases import ResettableDatabase
from tests.services import HARMLESS, PROJECT, PostgresServer, RedisServer, require_binaries

# An ordinary Thursday, mid-morning in China.
MOMENT = datetime(2026, 3, 12, 10, 30, tzinfo=SHANGHAI)


def pytest_sessionstart(session: pytest.Session) -> None:
    # Under xdist the first process asks for all of them.
    if not hasattr(session.config, "workerinput"):
        require_binaries()


def pytest_collection_finish(session: pytest.Session) -> None:
    # What was imported stays: the collector need not look through it again and again while applications come and go.
    gc.collect()
    gc.freeze()


class BrowserTestsTogether(LoadScopeScheduling):
    """Deals tests out one by one, but all browser tests to one process, which starts one site for them.

    xdist's own groups do nothing under pytest 9.2 (pytest-xdist 3.8 marks them in a field that is gone).
    """

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/browser/") else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BrowserTestsTogether:
    return BrowserTestsTogether(config, log)


@pytest.fixture(autouse=True)
def no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ.keys() - set(HARMLESS):
        if not name.startswith(("PYTEST_", "PYTHON")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("INSTANCE_PATH", str(tmp_path / "instance"))
    monkeypatch.setenv("SAMPLE", "no")


# Hashing a password is slow on purpose; tests make hundreds.
CHEAP_HASHES = {"argon2__time_cost": 1, "argon2__memory_cost": 64, "argon2__parallelism": 1}


# Each test has an application of its own, whose templates it would compile anew.
COMPILED_TEMPLATES = FileSystemBytecodeCache()


class SeparateRequests(FlaskClient):
    """A client whose requests each have a context of their own, as on a server.

    Inside the fixture's context Flask would reuse that one, and with it whoever signed in last.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        db.session.rollback()  # the test's own open transaction would hold SQLite's write lock
        with self.application.app_context():
            return super().open(*args, **kwargs)


def make_app(database_url: str, instance: Path) -> Flask:
    # Imported here, so that tests of plain rules start without the whole application.
    from credit_register.web.factory import create_app

    app = create_app(
        load_settings({"DATABASE_URL": database_url, "INSTANCE_PATH": str(instance), "SAMPLE": "no"}),
        {"SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": CHEAP_HASHES},
    )
    app.testing = True
    app.jinja_env.bytecode_cache = COMPILED_TEMPLATES
    app.test_client_class = SeparateRequests
    return app


def _migrate(database_url: str, instance: Path) -> None:
    """Build the tables as an operator does, by the migrations; calendar and rules are up to each test."""
    app = make_app(database_url, instance)
    with app.app_context():
        upgrade(directory=str(PROJECT / "migrations"))
        db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance folder with a migrated SQLite file; tests copy it."""
    instance = tmp_path_factory.mktemp("sqlite") / "instance"
    _migrate(f"sqlite:///{instance / 'register.sqlite3'}", instance)
    return instance


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@dataclass(frozen=True)
class PostgresInstance:
    folder: Path
    database: ResettableDatabase


@pytest.fixture(scope="session")
def postgres_instance(
    postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PostgresInstance]:
    """An instance folder and a migrated PostgreSQL database; tests copy the one and use the other in turn."""
    folder = tmp_path_factory.mktemp("postgresql") / "instance"
    postgres_server.execute("CREATE DATABASE register")
    url = postgres_server.url("register")
    _migrate(url, folder)
    database = ResettableDatabase(url)
    database.remember()
    yield PostgresInstance(folder, database)
    database.close()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def instance_path(tmp_path: Path) -> Path:
    """The instance folder of this test; `app` and `database_url` put its secrets there."""
    return tmp_path / "instance"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, instance_path: Path) -> str:
    """Every table and no row; a test that uses it runs once on each kind of database.

    Services commit for real, so each test starts from the first state instead of ending with a rollback.
    """
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("sqlite_instance"), instance_path)
        return f"sqlite:///{instance_path / 'register.sqlite3'}"
    prepared: PostgresInstance = request.getfixturevalue("postgres_instance")
    shutil.copytree(prepared.folder, instance_path)
    prepared.database.reset()
    return prepared.database.url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table, for tests of the migrations and of the first start."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        server.execute("CREATE DATABASE empty")
        yield server.url("empty")
        server.execute("DROP DATABASE empty WITH (FORCE)")


@pytest.fixture
def app(database_url: str, instance_path: Path) -> Iterator[Flask]:
    """The application inside its context, on a fresh database and an instance folder of its own."""
    application = make_app(database_url, instance_path)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def database(app: Flask) -> scoped_session[Session]:
    """The session that services and queries use."""
    return db.session


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def clock() -> Iterator[datetime]:
    """The clock held at one moment, which is also handed over."""
    with clock_at(MOMENT):
        yield MOMENT
