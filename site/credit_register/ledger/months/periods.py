"""Months of the ledger, and until when each must be closed (发改办财金〔2021〕156号 二（一）、四)."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from credit_register.core.calendar.queries import load_calendar
from credit_register.core.calendar.working_days import Due, WorkingCalendar
from credit_register.core.deadlines.queries import due, rule_for
from credit_register.core.deadlines.rules import Rule

_MONTH: Final = re.compile(r"(?:19|20|21)\d{2}-(?:0[1-9]|1[0-2])", re.ASCII)


class MonthUnreadable(ValueError):
    """The text is no month; the message says how to write one."""

    def __init__(self, text: str) -> None:
        super().__init__(f"“{text[:20]}”不是月份，请写成 2026-10 的样子")


@dataclass(frozen=True)
class Limits:
    """Until when the ledger of a month must be closed: by the office's own day, and at the very latest."""

    internal: Due
    last: Due


def parse_month(text: str) -> str:
    """A month as 2026-10; raises MonthUnreadable."""
    if not _MONTH.fullmatch(text.strip()):
        raise MonthUnreadable(text)
    return text.strip()


def month_of(day: date) -> str:
    """The month of a day."""
    return f"{day:%Y-%m}"


def last_day(month: str) -> date:
    """The last day of a month."""
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, calendar.monthrange(year, number)[1])


def month_before(month: str) -> str:
    """The month before another."""
    return month_of(date(int(month[:4]), int(month[5:]), 1) - timedelta(days=1))


def last_finished(on: date) -> str:
    """The month that must be closed now: the one before that of the day."""
    return month_before(month_of(on))


def finished_months(on: date, *, first: str, most: int) -> list[str]:
    """The finished months from one on, the newest first."""
    months: list[str] = []
    month = last_finished(on)
    while month >= first and len(months) < most:
        months.append(month)
        month = month_before(month)
    return months


def words_of(month: str) -> str:
    """A month for people: 2026年10月."""
    return f"{int(month[:4])}年{int(month[5:])}月"


def limits_of(month: str, *, calendar: WorkingCalendar | None = None) -> Limits:
    """Until when a month must be closed; raises UnknownRule where the table of rules begins later."""
    end, known = last_day(month), calendar or load_calendar()
    return Limits(
        internal=due(rule_for(Rule.LEDGER_INTERNAL_CLOSING, end), end, known),
        last=due(rule_for(Rule.LEDGER_CLOSING, end), end, known),
    )
