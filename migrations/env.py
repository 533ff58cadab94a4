"""How Alembic reaches the database: through the application's own engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from flask import current_app

database = current_app.extensions["migrate"].db


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Write our column types as what they are in the database: a migration must not depend on today's code."""
    if kind == "type" and isinstance(item, sa.types.TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


@contextmanager
def _tables_may_be_rebuilt(connection: sa.Connection) -> Iterator[None]:
    """SQLite changes a constraint by building the table anew, and would miss its rows while the old one is gone.

    Foreign keys are switched off around the transactions (within one SQLite ignores that) and checked afterwards.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.dbapi_connection
    assert driver is not None
    driver.cursor().execute("PRAGMA foreign_keys=OFF")
    yield
    cursor = driver.cursor()
    broken = cursor.execute("PRAGMA foreign_key_check").fetchall()
    cursor.execute("PRAGMA foreign_keys=ON")
    if broken:
        raise RuntimeError(f"rows point to nothing after the migration: {broken[:10]}")


def run() -> None:
    """Apply the migrations in one transaction each."""
    with database.engine.connect() as connection, _tables_may_be_rebuilt(connection):
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_item=render_item,
            transaction_per_migration=True,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
