"""Inner writes of rules and deadlines; none commits, because the click that causes them commits once."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, select

from credit_register.core.calendar.queries import load_calendar
from credit_register.core.calendar.services import CalendarRow, StoredYear, replace_year
from credit_register.core.calendar.working_days import WorkingCalendar
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline, DeadlineRule
from credit_register.core.deadlines.queries import due, open_deadline, rule_for
from credit_register.core.deadlines.rules import Unit
from credit_register.core.lifecycle import stale_told

RULES_FILE = Path(__file__).parents[1] / "data" / "deadline_rules.csv"


class DeadlineAlreadyRunning(Exception):
    """The same rule already runs for the same subject: the event was recorded twice."""


class ExtensionNotAllowed(Exception):
    """A deadline cannot be extended; the message says why."""


@dataclass(frozen=True)
class MovedDeadline:
    """A deadline whose last day a calendar import changed; its handlers are told."""

    deadline: Deadline
    due_before: date


@dataclass(frozen=True)
class ImportedCalendar:
    """What an import stored and which deadlines it moved."""

    stored: StoredYear
    moved: tuple[MovedDeadline, ...]


def seed_rules() -> int:
    """Add the shipped versions that the table lacks; returns how many. What the office changed stays."""
    present = {
        (name, valid_from)
        for name, valid_from in db.session.execute(select(DeadlineRule.name, DeadlineRule.valid_from))
    }
    with RULES_FILE.open(encoding="utf-8", newline="") as stream:
        shipped = [_rule(row) for row in csv.DictReader(stream)]
    missing = [rule for rule in shipped if (rule.name, rule.valid_from) not in present]
    db.session.add_all(missing)
    db.session.flush()
    return len(missing)


def start_deadline(
    *,
    subject_kind: str,
    subject_id: int,
    rule: str,
    started_on: date,
    calendar: WorkingCalendar | None = None,
) -> Deadline:
    """Let a rule run from the day of an event; raises UnknownRule or DeadlineAlreadyRunning.

    A year without a calendar never refuses: the deadline is then stored as provisional.
    """
    version = rule_for(rule, started_on)
    if open_deadline(subject_kind, subject_id, rule) is not None:
        raise DeadlineAlreadyRunning(f"“{version.title}”已在计时，不能重复起算。")
    deadline = _counted(version, subject_kind, started_on, calendar or load_calendar())
    deadline.subject_id, deadline.rule = subject_id, version
    db.session.add(deadline)
    return deadline


def first_deadline(subject_kind: str, rule: str, *, started_on: date, calendar: WorkingCalendar) -> Deadline:
    """The deadline of a row that has no number yet: the caller names the row and adds it; raises UnknownRule.

    What can be counted before the database is locked is counted here.
    """
    return _counted(rule_for(rule, started_on), subject_kind, started_on, calendar)


def extend_deadline(deadline: Deadline, *, by: int, on: date) -> None:
    """Extend once, before the end, by at most what the rule allows, in the rule's unit.

    Raises ExtensionNotAllowed. The caller has checked who approved it and tells whoever must be told.
    """
    rule = deadline.rule
    unit = Unit(rule.unit).label
    if deadline.closed_at is not None:
        raise ExtensionNotAllowed("这个期限已经办结，不需要延长。")
    if rule.extendable_by == 0:
        raise ExtensionNotAllowed(f"“{rule.title}”不能延长。")
    if deadline.extended_by:
        raise ExtensionNotAllowed(f"“{rule.title}”已经延长过 {deadline.extended_by} {unit}，只能延长一次。")
    if on > deadline.due_on:
        raise ExtensionNotAllowed(f"期限已于 {deadline.due_on} 届满，不能再延长，请尽快办结。")
    if not 1 <= by <= rule.extendable_by:
        raise ExtensionNotAllowed(f"“{rule.title}”可延长 1 至 {rule.extendable_by} {unit}，请改正。")
    calendar = load_calendar()
    deadline.extended_by = by
    _count_again(deadline, calendar)
    with stale_told():
        db.session.flush()


def pause_deadlines(
    subject_kind: str, subject_id: int, *names: str, on: date, at: datetime, late: bool = False
) -> int:
    """Stop the clocks of these rules for one row; returns how many. What is late already goes on unless `late`."""
    running = _open(Deadline.subject_kind == subject_kind, Deadline.subject_id == subject_id)
    stopped = [
        each
        for each in running
        if each.rule.name in names and (late or each.due_on >= on) and each.rule.unit != Unit.MONTH.value
    ]
    for deadline in stopped:
        deadline.closed_at, deadline.paused_on = at, on
    return len(stopped)


def resume_deadlines(subject_kind: str, subject_id: int, *, on: date, later: bool = True) -> int:
    """Let paused clocks go on; returns how many.

    They end later by the days of the pause (its first day is not counted), or when they would have ended anyway.
    """
    calendar = load_calendar()
    paused = _paused(subject_kind, subject_id)
    for deadline in paused:
        assert deadline.paused_on is not None
        if later and on > deadline.paused_on:
            deadline.paused_for += (
                calendar.working_days_between(deadline.paused_on, on)
                if deadline.rule.unit == Unit.WORKING_DAY.value
                else (on - deadline.paused_on).days
            )
        deadline.paused_on = deadline.closed_at = None
        _count_again(deadline, calendar)
    db.session.flush()
    return len(paused)


def close_deadline(deadline: Deadline, *, closed_at: datetime) -> None:
    """Say that what the deadline asked for was done; the first time stands."""
    if deadline.closed_at is None:
        deadline.closed_at = closed_at


def close_deadlines(subject_kind: str, subject_id: int, *, closed_at: datetime) -> int:
    """Close all that runs for one row of a domain, at the end of its case; returns how many."""
    running = _open(Deadline.subject_kind == subject_kind, Deadline.subject_id == subject_id)
    for deadline in running:
        deadline.closed_at = closed_at
    for deadline in _paused(subject_kind, subject_id):
        deadline.paused_on = None  # it does not go on
    return len(running)


def import_calendar(
    rows: Iterable[CalendarRow], *, year: int, source: str, now: datetime
) -> ImportedCalendar:
    """Replace a year's table and count its deadlines again; raises CalendarNotImported, changing nothing."""
    stored = replace_year(rows, year=year, source=source, now=now)
    return ImportedCalendar(stored, recompute_deadlines(year))


def recompute_deadlines(year: int) -> tuple[MovedDeadline, ...]:
    """Count again every open working-day deadline that runs through a year; returns those that moved.

    Not only provisional ones: a notice corrected during the year (2020 春节延长) moves what was firm.
    Closed deadlines are history and stay.
    """
    calendar = load_calendar()
    moved = []
    for deadline in _open(
        Deadline.started_on <= date(year, 12, 31),
        Deadline.due_on >= date(year, 1, 1),
        Deadline.rule.has(DeadlineRule.unit == Unit.WORKING_DAY.value),
    ):
        before = deadline.due_on
        _count_again(deadline, calendar)
        if deadline.due_on != before:
            moved.append(MovedDeadline(deadline, before))
    db.session.flush()
    return tuple(moved)


def _open(*conditions: ColumnElement[bool]) -> Sequence[Deadline]:
    """Open deadlines, locked, so that an officer who extends one at the same moment is not overwritten."""
    return db.session.scalars(
        select(Deadline)
        .where(Deadline.closed_at.is_(None), *conditions)
        .order_by(Deadline.id)
        .with_for_update(of=Deadline)
        .execution_options(populate_existing=True)
    ).all()


def _paused(subject_kind: str, subject_id: int) -> Sequence[Deadline]:
    return db.session.scalars(
        select(Deadline)
        .where(
            Deadline.subject_kind == subject_kind,
            Deadline.subject_id == subject_id,
            Deadline.paused_on.is_not(None),
        )
        .order_by(Deadline.id)
        .with_for_update(of=Deadline)
        .execution_options(populate_existing=True)
    ).all()


def _counted(
    version: DeadlineRule, subject_kind: str, started_on: date, calendar: WorkingCalendar
) -> Deadline:
    end = due(version, started_on, calendar)
    return Deadline(
        subject_kind=subject_kind,
        rule_id=version.id,
        started_on=started_on,
        due_on=end.day,
        provisional=end.provisional,
    )


def _count_again(deadline: Deadline, calendar: WorkingCalendar) -> None:
    later = deadline.extended_by + deadline.paused_for
    end = due(deadline.rule, deadline.started_on, calendar, later_by=later)
    deadline.due_on, deadline.provisional = end.day, end.provisional


def _rule(row: dict[str, str]) -> DeadlineRule:
    return DeadlineRule(
        name=row["name"],
        title=row["title"],
        starts_with=row["starts_with"],
        amount=int(row["amount"]),
        unit=Unit(row["unit"]).value,
        extendable_by=int(row["extendable_by"]),
        legal_limit=int(row["legal_limit"]) if row["legal_limit"] else None,
        source=row["source"],
        confirmed=row["confirmed"] == "yes",
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
    )
