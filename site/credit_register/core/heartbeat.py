"""The worker's sign of life, which readiness looks at."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import String
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from credit_register.core.database import Model, db, reading

EVERY = timedelta(seconds=20)
LATE_AFTER = timedelta(seconds=90)


class Heartbeat(Model):
    """When a process last said that it is alive."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]


def beat_if_due(name: str, *, now: datetime) -> bool:
    """Say that this process is alive, unless it said so just now; gives whether it did. Commits."""
    with reading():
        last = db.session.get(Heartbeat, name)
        due = last is None or not timedelta(0) <= now - last.at < EVERY
    if due:
        db.session.merge(Heartbeat(name=name, at=now))
        try:
            db.session.commit()
        except IntegrityError:  # the first sign of two workers that started together: the other one's serves
            db.session.rollback()
    return due


def is_alive(name: str, *, now: datetime) -> bool:
    """Whether the process beat in time."""
    last = db.session.get(Heartbeat, name)
    return last is not None and now - last.at <= LATE_AFTER
