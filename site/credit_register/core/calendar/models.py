"""Rows of the calendar: the years whose notice was imported, and the days that depart from the plain week."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from credit_register.core.calendar.working_days import DayKind
from credit_register.core.database import Model


class CalendarYear(Model):
    """A year whose table is known; a year without a row makes deadlines provisional."""

    __tablename__ = "calendar_year"
    __table_args__ = (CheckConstraint("length(source) > 0", name="source_present"),)

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(200))
    imported_at: Mapped[datetime]

    days: Mapped[list[CalendarDay]] = relationship(
        back_populates="calendar_year", cascade="all, delete-orphan", order_by="CalendarDay.day"
    )


class CalendarDay(Model):
    """A weekday off or a weekend day worked; weekends off and weekdays worked need no row."""

    __tablename__ = "calendar_day"
    __table_args__ = (
        CheckConstraint(
            f"kind IN ('{DayKind.HOLIDAY.value}', '{DayKind.MAKEUP.value}')",
            name="kind",
        ),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(60), default="")
    year: Mapped[int] = mapped_column(ForeignKey("calendar_year.year", ondelete="CASCADE"), index=True)

    calendar_year: Mapped[CalendarYear] = relationship(back_populates="days")
