"""Files that wait for a form: a browser cannot show a chosen file again, so that one is kept for a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, select

from credit_register.core.database import db
from credit_register.core.files.models import StoredFile
from credit_register.core.files.services import remove

HELD_FOR: Final = timedelta(hours=24)
_BATCH: Final = 200


def drop_held(purpose: str, moment: datetime) -> int:
    """Remove the files of a purpose that have waited for a day; returns how many. Commits."""
    dropped = 0
    while removed := remove_held(purpose, StoredFile.stored_at < moment - HELD_FOR):
        dropped += removed
    return dropped


def remove_held(purpose: str, condition: ColumnElement[bool]) -> int:
    """Remove a batch of held files; one that is just being taken stays. Commits."""
    query = select(StoredFile).where(StoredFile.purpose == purpose, condition).limit(_BATCH)
    rows = db.session.scalars(query.with_for_update(skip_locked=True)).all()
    for row in rows:
        remove(row)
    db.session.commit()
    return len(rows)
