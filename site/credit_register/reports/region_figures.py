"""How the regions below an office handle their reports: what is open, what is late, how quickly it is decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

from sqlalchemy import func, select

from credit_register.access.actor import Actor
from credit_register.core import regions
from credit_register.core.calendar.queries import load_calendar
from credit_register.core.calendar.working_days import WorkingCalendar
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline, DeadlineRule
from credit_register.core.deadlines.rules import Rule
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import Report
from credit_register.reports.queue_filter import SHUT, in_scope, recently

# The clocks that end with the decision.
_DECISION = (Rule.REPORT_INVESTIGATION, Rule.OBJECTION_DECISION_SELF, Rule.OBJECTION_DECISION_ASSISTED)


@dataclass
class Figures:
    """One region below: `longest` and `days` in working days, `decided` of the last 90 days."""

    code: str
    name: str
    open: int = 0
    overdue: int = 0
    oldest_due: date | None = None
    longest: int = 0
    decided: int = 0
    in_time: int = 0
    days: list[int] = field(default_factory=list)

    @property
    def median_days(self) -> float | None:
        """How long a decision usually takes, from the day the report came in."""
        return median(self.days) if self.days else None

    @property
    def median_words(self) -> str:
        """The same with its unit."""
        return f"{self.median_days or 0:g} 个工作日"

    @property
    def longest_words(self) -> str:
        """How long the oldest is late."""
        return f"{self.longest} 个工作日" if self.longest else "不足 1 个工作日"

    @property
    def share_in_time(self) -> int | None:
        """How many of a hundred decisions came in time."""
        return round(100 * self.in_time / self.decided) if self.decided else None


def regions_below(actor: Actor, *, on: date) -> Sequence[Figures]:
    """The next level below the actor's region, what is late first."""
    children = regions.children(actor.region or regions.NATION)
    found = {each.code: Figures(each.code, regions.short_name(each.code)) for each in children}
    child_of = {regions.scope_prefix(code): code for code in found}

    def of(region_code: str) -> Figures | None:
        """The region of the next level in which a row lies; what the office itself handles lies in none."""
        for length in (2, 4, 6):
            if code := child_of.get(region_code[:length]):
                return found[code]
        return None

    calendar = load_calendar()
    for code, count in _open_by_region(actor):
        if figures := of(code):
            figures.open += count
    for code, count, oldest in _late_by_region(actor, on):
        if figures := of(code):
            figures.overdue += count
            figures.oldest_due = min(filter(None, (figures.oldest_due, oldest)))
    for figures in found.values():
        if figures.oldest_due is not None:
            figures.longest = calendar.working_days_between(figures.oldest_due, on)
    _add_decisions(actor, of_region=of, on=on, calendar=calendar)
    return sorted(found.values(), key=lambda each: (-each.overdue, -each.longest, -each.open, each.code))


def _open_by_region(actor: Actor) -> Sequence[tuple[str, int]]:
    rows = db.session.execute(
        select(Report.region_code, func.count())
        .where(*in_scope(actor), Report.state.not_in(SHUT))
        .group_by(Report.region_code)
    )
    return [(code, count) for code, count in rows]


def _late_by_region(actor: Actor, on: date) -> Sequence[tuple[str, int, date]]:
    late = (
        select(Report.id, Report.region_code.label("region"), func.min(Deadline.due_on).label("due_on"))
        .join_from(Deadline, Report, Report.id == Deadline.subject_id)
        .where(
            Deadline.subject_kind == KIND,
            Deadline.closed_at.is_(None),
            Deadline.due_on < on,
            *in_scope(actor),
        )
        .group_by(Report.id, Report.region_code)
        .subquery()
    )
    rows = db.session.execute(
        select(late.c.region, func.count(), func.min(late.c.due_on)).group_by(late.c.region)
    )
    return [(code, count, oldest) for code, count, oldest in rows]


def _add_decisions(
    actor: Actor, *, of_region: Callable[[str], Figures | None], on: date, calendar: WorkingCalendar
) -> None:
    """What was decided during the last days; one that ran on several clocks is judged by the last of them."""
    ends = (
        select(Deadline.subject_id, func.max(Deadline.due_on).label("due_on"))
        .join(DeadlineRule, DeadlineRule.id == Deadline.rule_id)
        .where(
            Deadline.subject_kind == KIND,
            DeadlineRule.name.in_([rule.value for rule in _DECISION]),
        )
        .group_by(Deadline.subject_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Report.region_code, Report.received_at, Report.decided_at, ends.c.due_on)
        .outerjoin(ends, ends.c.subject_id == Report.id)
        .where(*in_scope(actor), Report.decided_at >= recently(on))
    ).all()
    if not rows:
        return
    worked = _worked_by(calendar, min(local_date(row.received_at) for row in rows), on)
    for region_code, received_at, decided_at, due_on in rows:
        figures = of_region(region_code)
        if figures is None:
            continue
        decided_on = min(local_date(decided_at), on)
        figures.decided += 1
        figures.in_time += due_on is None or decided_on <= due_on
        figures.days.append(worked[decided_on] - worked[min(local_date(received_at), decided_on)])


def _worked_by(calendar: WorkingCalendar, first: date, last: date) -> dict[date, int]:
    """How many working days there were up to each day: thousands of periods are then counted by subtraction."""
    worked, day, count = {}, first, 0
    while day <= last:
        count += calendar.is_working_day(day)
        worked[day] = count
        day += timedelta(days=1)
    return worked
