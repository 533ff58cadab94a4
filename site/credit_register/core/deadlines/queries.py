"""Reads of rules and deadlines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, or_, select

from credit_register.core.calendar.queries import load_calendar
from credit_register.core.calendar.working_days import Due, WorkingCalendar
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline, DeadlineRule
from credit_register.core.deadlines.rules import Rule, Urgency, period_end, urgency


@dataclass(frozen=True)
class RunningDeadline:
    """A deadline that runs, and the lamp that shines beside it."""

    deadline: Deadline
    urgency: Urgency


class UnknownRule(LookupError):
    """The table has no version of a rule for the day of the event; staff must add it."""

    def __init__(self, name: str, on: date) -> None:
        super().__init__(f"时限规则表中没有 {on} 有效的规则“{name}”，请先在时限规则中补充。")
        self.name = name
        self.on = on


def rule_for(name: str, on: date) -> DeadlineRule:
    """The version of a rule that was valid on the day of the event; raises UnknownRule."""
    found = db.session.scalar(
        select(DeadlineRule)
        .where(
            DeadlineRule.name == str(name),
            DeadlineRule.valid_from <= on,
            or_(DeadlineRule.valid_to.is_(None), DeadlineRule.valid_to >= on),
        )
        .order_by(DeadlineRule.valid_from.desc())
        .limit(1)
    )
    if found is None:
        raise UnknownRule(str(name), on)
    return found


def rules() -> Sequence[DeadlineRule]:
    """Every version of every rule, for the page that shows the table."""
    return db.session.scalars(select(DeadlineRule).order_by(DeadlineRule.name, DeadlineRule.valid_from)).all()


def due(rule: DeadlineRule, start: date, calendar: WorkingCalendar, *, later_by: int = 0) -> Due:
    """The last day in time for an event on `start`; the day of the event is not counted.

    `later_by` is what extensions and pauses add, in the rule's unit.
    """
    return period_end(start, rule.amount + later_by, rule.unit, calendar)


def soon_until(on: date) -> date:
    """The last due date whose lamp shines as soon on a day (rule WARNING_LEAD); the day itself without the rule."""
    try:
        lead = rule_for(Rule.WARNING_LEAD, on).amount
    except UnknownRule:
        lead = 0
    calendar, day = load_calendar(), on
    while (
        urgency(after := day + timedelta(days=1), on=on, warning_days=lead, calendar=calendar) is Urgency.SOON
    ):
        day = after
    return day


def deadlines_due(on: date) -> Sequence[Deadline]:
    """Open deadlines whose last day is `on` or earlier, the oldest first; those before `on` are overdue."""
    return db.session.scalars(
        select(Deadline)
        .where(Deadline.closed_at.is_(None), Deadline.due_on <= on)
        .order_by(Deadline.due_on, Deadline.id)
    ).all()


def open_deadlines(subject_kind: str, subject_id: int) -> Sequence[Deadline]:
    """What is running for one row of a domain, the most urgent first."""
    return db.session.scalars(
        select(Deadline)
        .where(
            Deadline.subject_kind == subject_kind,
            Deadline.subject_id == subject_id,
            Deadline.closed_at.is_(None),
        )
        .order_by(Deadline.due_on, Deadline.id)
    ).all()


def paused_deadlines(subject_kind: str, subject_id: int) -> Sequence[Deadline]:
    """The clocks of one row of a domain that stand still, the most urgent first."""
    return db.session.scalars(
        select(Deadline)
        .where(
            Deadline.subject_kind == subject_kind,
            Deadline.subject_id == subject_id,
            Deadline.paused_on.is_not(None),
        )
        .order_by(Deadline.due_on, Deadline.id)
    ).all()


def running_deadlines(
    subject_kind: str, subject_ids: Sequence[int], *conditions: ColumnElement[bool], on: date
) -> Mapping[int, RunningDeadline]:
    """The deadline that runs for each of some rows of a domain, by the number of the row.

    Where more than one may run for a row, the conditions leave one.
    """
    rows = db.session.scalars(
        select(Deadline).where(
            Deadline.subject_kind == subject_kind,
            Deadline.subject_id.in_(subject_ids),
            Deadline.closed_at.is_(None),
            *conditions,
        )
    ).all()
    if not rows:
        return {}
    calendar, lead = load_calendar(), rule_for(Rule.WARNING_LEAD, on).amount
    return {
        row.subject_id: RunningDeadline(row, urgency(row.due_on, on=on, warning_days=lead, calendar=calendar))
        for row in rows
    }


def open_deadline(subject_kind: str, subject_id: int, rule: str) -> Deadline | None:
    """The running deadline of one rule for one row of a domain."""
    return next((each for each in open_deadlines(subject_kind, subject_id) if each.rule.name == rule), None)


def provisional_years() -> list[int]:
    """The years whose tables open provisional deadlines wait for: what staff are asked to import."""
    known = load_calendar().years
    spans = db.session.execute(
        select(Deadline.started_on, Deadline.due_on).where(
            Deadline.closed_at.is_(None), Deadline.provisional.is_(True)
        )
    )
    return sorted(
        {year for start, end in spans for year in range(start.year, end.year + 1) if year not in known}
    )
