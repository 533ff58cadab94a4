"""Numbers of finished reports by region, kind and month, and how timely they were decided: never of an institution.

Only what is finished is counted, in the month in which it was finished, and no month before it is over: nobody can
infer a case that is not decided. `small_cells` keeps small numbers from being read or computed.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from statistics import median
from threading import Lock
from typing import Any, Final

from flask import current_app
from sqlalchemy import Integer, Select, and_, cast, func, or_, select

from credit_register.audit.models import AuditEvent
from credit_register.core import regions
from credit_register.core.calendar.queries import load_calendar
from credit_register.core.clock import SHANGHAI
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline, DeadlineRule
from credit_register.core.deadlines.rules import Rule
from credit_register.core.local_days import LocalDay
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import Kind, Report, State
from credit_register.reports.small_cells import Published, publish

MONTHS: Final = 24
KINDS: Final = tuple(Kind)
# A share of fewer decisions would tell of single cases; both are values of this system.
FEWEST_DECISIONS: Final = 10
STEP_OF_SHARES: Final = 5  # per cent
# The months are over, and what was finished in them stays there: nothing here is in a hurry.
NUMBERS_LIVE: Final = 3600.0  # seconds
_FINISHING = [f"{KIND}.{move}" for move in ("answer", "answer_merged", "refuse")]
# While a review is under way the result stands.
_FINISHED = [state.value for state in (State.ANSWERED, State.CLOSED, State.REFUSED, State.REVIEWING)]
_DECIDING = (Rule.REPORT_INVESTIGATION, Rule.OBJECTION_DECISION_SELF, Rule.OBJECTION_DECISION_ASSISTED)
_PROVINCE = func.substr(Report.region_code, 1, 2)
_HELD = "report_statistics"
_counting = Lock()  # who comes while they are counted waits, and counts nothing


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
    """The numbers of the complete months before a day; counted anew when they are an hour old."""
    with _counting:
        held: tuple[float, date, Statistics] | None = current_app.extensions.get(_HELD)
        moment = time.monotonic()
        if held is None or held[1] != on or moment - held[0] > NUMBERS_LIVE:
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
    by_region: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(KINDS))
    by_month = {month: [0] * len(KINDS) for month in months}
    places = {kind.value: place for place, kind in enumerate(KINDS)}
    for province, kind, day, count in db.session.execute(_finished()):
        if months[0] <= day < end:
            by_region[f"{province}0000"][places[kind]] += count
            by_month[day.replace(day=1)][places[kind]] += count
    codes = sorted(by_region)
    return Statistics(
        first=months[0],
        last=end - timedelta(days=1),
        regions=tuple(codes),
        months=tuple(months),
        published=publish([[by_region[code] for code in codes], list(by_month.values())], len(KINDS)),
        timeliness=_timeliness(months[0], end),
    )


def _finished() -> Select[*tuple[Any, ...]]:
    """How many reports were finished on each day, by province and kind.

    A report counts where it was finished for the first time, by the record that nobody can change: if it moved or
    went away when it is looked at again, readers could infer from last month's numbers that it is.
    """
    numbers = (
        select(func.min(AuditEvent.id))
        .where(AuditEvent.subject_kind == KIND, AuditEvent.action.in_(_FINISHING))
        .group_by(AuditEvent.subject_id)
    )
    first = (
        select(
            cast(AuditEvent.subject_id, Integer).label("id"),
            AuditEvent.at,
            func.substr(AuditEvent.region_code, 1, 2).label("place"),
        )
        .where(AuditEvent.id.in_(numbers))
        .subquery()
    )
    # What was finished before there was a record of it.
    moment = func.coalesce(first.c.at, Report.decided_at, Report.closed_at)
    province = func.coalesce(first.c.place, _PROVINCE).label("province")
    return (
        select(province, Report.kind, LocalDay(moment).label("day"), func.count())
        .outerjoin(first, first.c.id == Report.id)
        .where(or_(first.c.at.is_not(None), Report.state.in_(_FINISHED)), moment.is_not(None))
        .group_by("province", Report.kind, "day")
    )


def _timeliness(since: date, end: date) -> tuple[Timeliness, ...]:
    """Of each province where finished reports were decided between two days, by code."""
    decided = and_(
        Report.state.in_(_FINISHED),
        Report.decided_at >= _midnight(since),
        Report.decided_at < _midnight(end),
    )
    kept: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    in_time = LocalDay(Deadline.closed_at) <= Deadline.due_on
    periods = (
        select(_PROVINCE.label("province"), in_time.label("in_time"), func.count())
        .join(Deadline, and_(Deadline.subject_kind == KIND, Deadline.subject_id == Report.id))
        .where(
            decided,
            Deadline.rule_id.in_(_versions(*_DECIDING)),
            Deadline.closed_at.is_not(None),
            Deadline.paused_on.is_(None),
        )
        .group_by("province", "in_time")
    )
    for province, was_in_time, count in db.session.execute(periods):
        kept[province][bool(was_in_time)] += count
    days: defaultdict[str, Counter[int]] = defaultdict(Counter)
    calendar = load_calendar()
    received_on, decided_on = LocalDay(Report.received_at), LocalDay(Report.decided_at)
    spans = (
        select(
            _PROVINCE.label("province"), received_on.label("start"), decided_on.label("stop"), func.count()
        )
        .where(decided)
        .group_by("province", "start", "stop")
    )
    counted: dict[tuple[date, date], int] = {}
    for province, start, stop, count in db.session.execute(spans):
        if (start, stop) not in counted:
            counted[start, stop] = max(calendar.working_days_between(start, stop), 0)
        days[province][counted[start, stop]] += count
    provinces = sorted({*kept, *days})
    return tuple(_of_region(f"{province}0000", kept[province], days[province]) for province in provinces)


def _of_region(code: str, kept: Counter[bool], days: Counter[int]) -> Timeliness:
    share = None
    if kept.total() >= FEWEST_DECISIONS:
        share = round(100 * kept[True] / kept.total() / STEP_OF_SHARES) * STEP_OF_SHARES
    middle = round(median(sorted(days.elements()))) if days.total() >= FEWEST_DECISIONS else None
    return Timeliness(code, share, middle)


def _versions(*rules: Rule) -> Sequence[int]:
    """The numbers of all versions of some rules, so that no question has to join them."""
    names = [rule.value for rule in rules]
    return db.session.scalars(select(DeadlineRule.id).where(DeadlineRule.name.in_(names))).all()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, clock_time(), SHANGHAI)
