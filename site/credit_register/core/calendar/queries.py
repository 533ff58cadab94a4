"""Reads of the calendar."""

from __future__ import annotations

from sqlalchemy import select

from credit_register.core.calendar.models import CalendarDay, CalendarYear
from credit_register.core.calendar.working_days import WorkingCalendar
from credit_register.core.database import db


def load_calendar() -> WorkingCalendar:
    """Every known year, as one value; load it once for a list of rows."""
    return WorkingCalendar.from_rows(
        db.session.scalars(select(CalendarYear.year)),
        ((day, kind) for day, kind in db.session.execute(select(CalendarDay.day, CalendarDay.kind))),
    )


def calendar_years() -> list[CalendarYear]:
    """The known years, newest first, with where each table came from."""
    return list(db.session.scalars(select(CalendarYear).order_by(CalendarYear.year.desc())))
