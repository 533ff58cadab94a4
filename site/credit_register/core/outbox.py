"""Changes on their way to the search index: rows written in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import String, insert
from sqlalchemy.orm import Mapped, mapped_column

from credit_register.core.database import Model, db


class SearchOutbox(Model):
    """One key whose document may have changed; the worker reads the row as it is then."""

    __tablename__ = "search_outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]


def enqueue(keys: Iterable[str], *, at: datetime) -> None:
    """Say that these documents changed; the caller commits."""
    rows = [{"key": key, "created_at": at} for key in keys]
    if rows:
        db.session.execute(insert(SearchOutbox), rows)
