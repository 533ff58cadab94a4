"""Numbers of finished reports by region, kind and month, and how timely they were decided: never of an institution.

Only what is finished is counted, in the month in which it was finished, and no month before it is over: nobody can
infer a case that is not decided. `small_cells` keeps small numbers from being read or computed.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from statistics import median
from typing import Final

from flask import current_app
from sqlalchemy import ColumnElement, Subquery, case, func, select

from credit_register.core import regions
from credit_register.core.calendar.queries import load_calendar
from credit_register.core.calendar.working_days import WorkingCalendar
from credit_register.core.clock import SHANGHAI
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline, DeadlineRule
from credit_register.core.deadlines.rules import Rule
from credit_register.institutions.queries import COUNTS_LIVE
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import Kind, Report, State
from credit_register.reports.small_cells import Published, publish

MONTHS: Final = 24
KINDS: Final = tuple(Kind)
# A share of fewer decisions would tell of single cases; both are values of this system.
FEWEST_DECISIONS: Final = 10
STEP_OF_SHARES: Final = 5  # per cent
_FINISHED = (State.ANSWERED, State.CLOSED, State.REFUSED)
_DECIDING = (Rule.REPORT_INVESTIGATION, Rule.OBJECTION_DECISION_SELF, Rule.OBJECTION_DECISION_ASSISTED)
_HELD = "report_statistics"


@dataclass(frozen=True)
class Timeliness:
    """How timely a region decided: per cent in time, rounded, and the middle number of working days.

    Both are None where there were too few decisions.
    """

    code: str
    in_time: int | None
    days: int | None


@dataclass(frozen=True)
class Statistics:
    """Everything on the page: the tables of regions and of months, which share their columns, and the timeliness."""

    first: date
    last: date
    regions: tuple[str, ...]
    months: tuple[date, ...]
    published: Published
    timeliness: tuple[Timeliness, ...]

    @property
    def nothing(self) -> bool:
        """Whether nothing was finished in these months."""
        return self.published.total == 0


def report_statistics(on: date) -> Statistics:
    """The numbers of the complete months before a day; counted anew when they are a minute old."""
    held: tuple[float, date, Statistics] | None = current_app.extensions.get(_HELD)
    moment = time.monotonic()
    if held is None or held[1] != on or moment - held[0] > COUNTS_LIVE:
        held = (moment, on, _count(on))
        current_app.extensions[_HELD] = held
    return held[2]


def complete_months(on: date) -> list[date]:
    """The first days of the last months that are over on a day, the oldest first."""
    number = on.year * 12 + on.month - 1
    return [date(each // 12, each % 12 + 1, 1) for each in range(number - MONTHS, number)]


def region_title(code: str) -> str:
    """The name of a region of the table; what the national office handles itself stands beside the provinces."""
    if code == regions.NATION:
        return "国家级"
    found = regions.find(code)
    return found.name if found else code


def _count(on: date) -> Statistics:
    months = complete_months(on)
    end = date(on.year, on.month, 1)
    finished = _finished(months, end)
    by_region: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(KINDS))
    by_month = [[0] * len(KINDS) for _ in months]
    places = {kind.value: place for place, kind in enumerate(KINDS)}
    rows = db.session.execute(
        select(finished.c.province, finished.c.kind, finished.c.month, func.count()).group_by(
            finished.c.province, finished.c.kind, finished.c.month
        )
    )
    for province, kind, month, count in rows:
        by_region[f"{province}0000"][places[kind]] += count
        by_month[month][places[kind]] += count
    codes = sorted(by_region)
    return Statistics(
        first=months[0],
        last=end - timedelta(days=1),
        regions=tuple(codes),
        months=tuple(months),
        published=publish([[by_region[code] for code in codes], by_month], len(KINDS)),
        timeliness=_timeliness(finished, months[0]),
    )


def _finished(months: Sequence[date], end: date) -> Subquery:
    """The reports that were finished in these months: province, kind and number of the month.

    An answered one was finished when the answer was due no more, whatever was done with it later.
    """
    answered = (
        select(Deadline.subject_id, func.max(Deadline.closed_at).label("at"))
        .join(DeadlineRule, DeadlineRule.id == Deadline.rule_id)
        .where(
            Deadline.subject_kind == KIND,
            DeadlineRule.name == Rule.REPORT_NAMED_ANSWER.value,
            Deadline.closed_at.is_not(None),
        )
        .group_by(Deadline.subject_id)
        .subquery()
    )
    moment: ColumnElement[datetime] = case(
        (Report.state == State.REFUSED.value, Report.closed_at),
        else_=func.coalesce(answered.c.at, Report.decided_at, Report.closed_at),
    )
    starts = [datetime.combine(day, clock_time(), SHANGHAI) for day in (*months, end)]
    return (
        select(
            Report.id,
            func.substr(Report.region_code, 1, 2).label("province"),
            Report.kind,
            Report.received_at,
            Report.decided_at,
            case(*((moment < start, place) for place, start in enumerate(starts[1:]))).label("month"),
        )
        .outerjoin(answered, answered.c.subject_id == Report.id)
        .where(
            Report.state.in_([state.value for state in _FINISHED]), moment >= starts[0], moment < starts[-1]
        )
        .subquery()
    )


def _timeliness(finished: Subquery, since: date) -> tuple[Timeliness, ...]:
    """Of the nation and of each province with decisions, by code."""
    kept: defaultdict[str, list[bool]] = defaultdict(list)
    periods = db.session.execute(
        select(finished.c.province, Deadline.closed_at, Deadline.due_on)
        .join(Deadline, Deadline.subject_id == finished.c.id)
        .join(DeadlineRule, DeadlineRule.id == Deadline.rule_id)
        .where(
            Deadline.subject_kind == KIND,
            DeadlineRule.name.in_([rule.value for rule in _DECIDING]),
            Deadline.closed_at.is_not(None),
        )
    )
    for province, closed_at, due_on in periods:
        kept[province].append(closed_at.astimezone(SHANGHAI).date() <= due_on)
    days: defaultdict[str, list[int]] = defaultdict(list)
    counter = _WorkingDays(load_calendar())
    decided = db.session.execute(
        select(finished.c.province, finished.c.received_at, finished.c.decided_at).where(
            finished.c.decided_at.is_not(None)
        )
    )
    for province, received_at, decided_at in decided:
        days[province].append(
            counter.between(received_at.astimezone(SHANGHAI).date(), decided_at.astimezone(SHANGHAI).date())
        )
    provinces = sorted({*kept, *days})
    return tuple(_of_region(f"{province}0000", kept[province], days[province]) for province in provinces)


def _of_region(code: str, kept: Sequence[bool], days: Iterable[int]) -> Timeliness:
    measured = list(days)
    share = None
    if len(kept) >= FEWEST_DECISIONS:
        share = round(100 * sum(kept) / len(kept) / STEP_OF_SHARES) * STEP_OF_SHARES
    middle = round(median(measured)) if len(measured) >= FEWEST_DECISIONS else None
    return Timeliness(code, share, middle)


class _WorkingDays:
    """Working days between two days, counted once for each pair of months and looked up after that."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self._calendar = calendar
        self._counted: dict[tuple[date, date], int] = {}

    def between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to `end`; none where it ends before it starts."""
        key = (start, end)
        if key not in self._counted:
            self._counted[key] = max(self._calendar.working_days_between(start, end), 0)
        return self._counted[key]
