"""Importing the table of a year from an uploaded file: stored, deadlines counted again, recorded, one commit."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from credit_register.access.actor import Actor
from credit_register.audit import services as audit
from credit_register.core.calendar.services import read_table
from credit_register.core.database import db
from credit_register.core.deadlines.services import ImportedCalendar, import_calendar

LARGEST = 1024 * 1024  # bytes; a year has some forty rows


def import_calendar_file(
    stream: BinaryIO, *, year: int, source: str, actor: Actor, now: datetime
) -> ImportedCalendar:
    """Replace a year's table by the file; raises SheetError or CalendarNotImported. Commits."""
    with tempfile.NamedTemporaryFile(prefix="calendar-") as file:
        file.write(stream.read(LARGEST))
        file.flush()
        rows = read_table(Path(file.name))
    done = import_calendar(rows, year=year, source=source, now=now)
    audit.record(
        "calendar.import",
        actor=actor,
        at=now,
        subject_kind="calendar_year",
        subject_id=year,
        detail={
            "source": source,
            "holidays": done.stored.holidays,
            "makeup_days": done.stored.makeup_days,
            "deadlines_moved": len(done.moved),
        },
    )
    db.session.commit()
    return done
