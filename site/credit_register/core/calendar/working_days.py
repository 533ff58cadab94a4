"""Counting working days: pure rules over a table of holidays, without the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

_DAY = timedelta(days=1)
_SATURDAY = 5


class DayKind(StrEnum):
    """How a day departs from the plain week."""

    HOLIDAY = "holiday"  # a weekday off
    MAKEUP = "makeup"  # a Saturday or Sunday worked

    @property
    def label(self) -> str:
        """The word of the State Council's notices."""
        return "放假" if self is DayKind.HOLIDAY else "调休上班"


@dataclass(frozen=True, slots=True)
class Due:
    """The last day of a period; provisional while the table of a year it runs through is missing."""

    day: date
    provisional: bool = False


@dataclass(frozen=True)
class WorkingCalendar:
    """The years whose tables are known, with the days that depart from the plain week.

    An unknown year counts weekdays only and makes the result provisional: the notice for the next year
    comes out in November, and no filing may be refused because of that.
    """

    years: frozenset[int]
    holidays: frozenset[date]
    makeup_days: frozenset[date]

    @classmethod
    def from_rows(cls, years: Iterable[int], days: Iterable[tuple[date, str]]) -> WorkingCalendar:
        """Build it from the known years and their (day, kind) rows."""
        holidays: set[date] = set()
        makeup_days: set[date] = set()
        for day, kind in days:
            (holidays if DayKind(kind) is DayKind.HOLIDAY else makeup_days).add(day)
        return cls(frozenset(years), frozenset(holidays), frozenset(makeup_days))

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on this day."""
        if is_weekend(day):
            return day in self.makeup_days
        return day not in self.holidays

    def knows(self, first: date, last: date) -> bool:
        """Whether the tables of all years from the one day to the other are known."""
        return all(year in self.years for year in range(first.year, last.year + 1))

    def add_working_days(self, start: date, amount: int) -> Due:
        """The working day number `amount` after `start`, which itself is not counted (次日起算).

        A negative amount counts backwards; zero is `start` itself, even when nobody works on it.
        """
        if amount == 0:
            return Due(start)
        step = _DAY if amount > 0 else -_DAY
        day, left = start, abs(amount)
        while left:
            day += step
            left -= self.is_working_day(day)
        first, last = sorted((start + step, day))
        return Due(day, provisional=not self.knows(first, last))

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and including `end`; negative towards the past."""
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working_day(day) for day in _days(start + _DAY, end))

    def nth_working_day(self, year: int, month: int, number: int) -> Due:
        """The working day with this number (from 1) in a month; raises ValueError when it has fewer."""
        first = date(year, month, 1)
        due = self.add_working_days(first - _DAY, number) if number > 0 else None
        if due is None or (due.day.year, due.day.month) != (year, month):
            raise ValueError(f"{year}-{month:02} has no working day number {number}")
        return due


def is_weekend(day: date) -> bool:
    """Saturday or Sunday."""
    return day.weekday() >= _SATURDAY


def _days(first: date, last: date) -> Iterator[date]:
    return (first + _DAY * number for number in range((last - first).days + 1))
