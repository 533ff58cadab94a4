"""The database session, and what every table shares."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from flask import Flask, g, has_app_context, has_request_context, request
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CheckConstraint, DateTime, Executable, MetaData, Row, event, func, select
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import JSON, TypeDecorator

from credit_register.core.settings import PROJECT

_LOOK_AGAIN = 0.12  # seconds: a little longer than the longest pause of who waits (sqliteDefaultBusyCallback)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored as UTC; SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Model(DeclarativeBase):
    """The base of every table; constraint names are fixed, so that migrations can name them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[str]: JSON}


# The extension gives the session, the engines and the pages of a query; rows derive from Model itself.
db = SQLAlchemy(metadata=Model.metadata)
migrate = Migrate(db=db, directory=str(PROJECT / "migrations"), render_as_batch=True, compare_type=True)


class Versioned:
    """A row that two people may change at once: the second finds the number moved and is told.

    SQLAlchemy counts `version` up with every change of the row and puts the number it read into the
    WHERE clause, so that of two racing transactions one fails with StaleDataError on every database.
    """

    version: Mapped[int] = mapped_column(default=1, nullable=False)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 -- SQLAlchemy calls it with the class
        return {"version_id_col": cls.version}


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """The constraint, named like the column, that it holds one of the words of a list."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(value.value) for value in values)})", name=column)


def init_database(app: Flask) -> None:
    """Bind the session and switch on what SQLite leaves off."""
    db.init_app(app)
    migrate.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _prepare_sqlite)
            event.listen(db.engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None  # the driver's own BEGIN would come too late for reads
    for pragma in (
        "foreign_keys=ON",
        "journal_mode=WAL",
        "synchronous=FULL",  # an acknowledged write survives a power cut
        "busy_timeout=10000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads and then writes fails at once when another wrote in between;
    # taking the write lock first makes it wait its turn. What only reads needs no lock: page views, `reading`.
    view = has_request_context() and request.method in ("GET", "HEAD", "OPTIONS")
    chosen = g.get("reads_first") if has_app_context() else None
    reads = view if chosen is None else chosen
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def look(query: Executable, **values: Any) -> Sequence[Row[Any]]:
    """The rows of one small question that is asked for each view of a page which is kept rendered.

    It goes past the session, which costs five times as much as the question itself, unless the session is
    in a transaction already: that one may hold the lock, or have written what is asked for.
    """
    if db.session().in_transaction():
        return db.session.execute(query, values).all()
    if "looks_over" in g:
        connection: Connection = g.looks_over
        return connection.execute(query, values).all()
    with db.engine.connect() as connection:
        return connection.execute(query, values).all()


@contextmanager
def looking() -> Iterator[None]:
    """The looks of this block go over one connection and, on SQLite, see one state."""
    with db.engine.connect() as connection:
        g.looks_over = connection
        try:
            yield
        finally:
            del g.looks_over


def read_first() -> None:
    """In this request nothing is locked until `begin_writing`: something slow comes before the write.

    What the gate has asked about the signed-in person may hold the lock already; that transaction ends here.
    """
    g.reads_first = True
    db.session.rollback()


def begin_writing() -> None:
    """After `read_first`: end what was read; what follows is written in a transaction of its own."""
    if g.pop("reads_first", False):
        db.session.rollback()


def one_at_a_time(deed: str) -> None:
    """Let only one transaction at a time do what bears this name, where no row stands for it that could be locked.

    The lock goes with the transaction. On SQLite the transaction itself began with the write lock.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(deed.encode()).digest()[:8], signed=True)
        db.session.execute(select(func.pg_advisory_xact_lock(number)))


def let_others_write() -> None:
    """Between two of many transactions: let those who wait for the lock of SQLite have it.

    SQLite keeps no queue: who waits looks again after a tenth of a second, and between a commit and the next
    transaction of the same loop would never find the lock free.
    """
    if db.engine.dialect.name == "sqlite":
        time.sleep(_LOOK_AGAIN)


@contextmanager
def reading() -> Iterator[None]:
    """A block that only reads: on SQLite nobody waits for it, however long it takes, and it sees one state.

    It is for commands and the worker, where a transaction takes the lock for writing unless it says so. What
    the session held open before ends here, and what was read ends with the block.
    """
    before = g.get("reads_first")
    read_first()
    try:
        yield
    finally:
        db.session.rollback()
        g.reads_first = before
