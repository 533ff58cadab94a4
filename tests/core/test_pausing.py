"""Deadlines that stand still: what is counted while they do, and what may happen to them meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from credit_register.core.calendar.queries import load_calendar
from credit_register.core.calendar.services import CalendarRow, seed_calendar
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline
from credit_register.core.deadlines.queries import (
    deadlines_due,
    open_deadlines,
    paused_deadlines,
    provisional_years,
)
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import (
    close_deadlines,
    extend_deadline,
    import_calendar,
    pause_deadlines,
    recompute_deadlines,
    resume_deadlines,
    seed_rules,
    start_deadline,
)

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
THURSDAY = date(2026, 3, 12)
WORK = Rule.REPORT_INVESTIGATION  # 15 working days: from that Thursday until 2026-04-02
REVIEW = Rule.REPORT_REVIEW  # 30 calendar days: from that Thursday until 2026-04-11
CASE = ("report", 7)


@pytest.fixture
def start(app: Flask) -> Callable[..., Deadline]:
    """Starts a deadline of the case, on the disk."""
    seed_rules()
    seed_calendar(now=NOW)
    db.session.commit()

    def begin(rule: str = WORK, on: date = THURSDAY) -> Deadline:
        deadline = start_deadline(subject_kind=CASE[0], subject_id=CASE[1], rule=rule, started_on=on)
        db.session.commit()
        return deadline

    return begin


def pause(*rules: str, on: date) -> int:
    stopped = pause_deadlines(*CASE, *rules, on=on, at=NOW)
    db.session.commit()
    return stopped


def resume(on: date, *, later: bool = True) -> int:
    gone_on = resume_deadlines(*CASE, on=on, later=later)
    db.session.commit()
    return gone_on


@pytest.mark.parametrize(
    ("paused_on", "resumed_on", "days", "due_on"),
    [
        # The Tomb-Sweeping holiday of 2026 is from Saturday 4 to Monday 6 April.
        (date(2026, 4, 2), date(2026, 4, 3), 1, date(2026, 4, 3)),
        (date(2026, 4, 2), date(2026, 4, 6), 1, date(2026, 4, 3)),
        (date(2026, 4, 2), date(2026, 4, 7), 2, date(2026, 4, 7)),
        (date(2026, 3, 30), date(2026, 4, 7), 5, date(2026, 4, 10)),
        (date(2026, 3, 20), date(2026, 3, 22), 0, date(2026, 4, 2)),  # over a weekend only
        (date(2026, 3, 20), date(2026, 3, 20), 0, date(2026, 4, 2)),
    ],
)
def test_working_days_of_the_pause_are_added_and_holidays_are_none(
    start: Callable[..., Deadline], paused_on: date, resumed_on: date, days: int, due_on: date
) -> None:
    deadline = start()
    assert deadline.due_on == date(2026, 4, 2)
    assert pause(WORK, on=paused_on) == 1
    assert resume(resumed_on) == 1
    assert (deadline.paused_for, deadline.due_on) == (days, due_on)
    assert (deadline.paused_on, deadline.closed_at) == (None, None)


def test_the_days_left_are_the_same_before_and_after_a_pause(start: Callable[..., Deadline]) -> None:
    deadline = start()
    calendar = load_calendar()
    left = calendar.working_days_between(date(2026, 3, 18), deadline.due_on)
    pause(WORK, on=date(2026, 3, 18))
    resume(date(2026, 5, 8))  # Tomb-Sweeping and May Day lie between
    assert calendar.working_days_between(date(2026, 5, 8), deadline.due_on) == left


def test_calendar_days_are_added_as_they_are(start: Callable[..., Deadline]) -> None:
    deadline = start(REVIEW)
    assert deadline.due_on == date(2026, 4, 11)
    pause(REVIEW, on=date(2026, 3, 30))
    resume(date(2026, 4, 7))
    assert (deadline.paused_for, deadline.due_on) == (8, date(2026, 4, 19))


def test_pauses_add_up_and_stand_beside_an_extension(start: Callable[..., Deadline]) -> None:
    deadline = start()
    for first, last in ((date(2026, 3, 16), date(2026, 3, 18)), (date(2026, 3, 23), date(2026, 3, 24))):
        pause(WORK, on=first)
        resume(last)
    assert (deadline.paused_for, deadline.due_on) == (3, date(2026, 4, 8))
    extend_deadline(deadline, by=4, on=date(2026, 4, 8))
    assert deadline.due_on == load_calendar().add_working_days(THURSDAY, 15 + 3 + 4).day
    pause(WORK, on=date(2026, 4, 8))
    resume(date(2026, 4, 9))
    assert (deadline.extended_by, deadline.paused_for) == (4, 4)
    assert deadline.due_on == load_calendar().add_working_days(THURSDAY, 15 + 4 + 4).day


def test_what_is_paused_is_neither_running_nor_due(start: Callable[..., Deadline]) -> None:
    deadline = start()
    pause(WORK, on=date(2026, 3, 20))
    assert list(open_deadlines(*CASE)) == []
    assert list(deadlines_due(date(2026, 12, 31))) == []
    assert list(paused_deadlines(*CASE)) == [deadline]
    resume(date(2026, 3, 20))
    assert list(open_deadlines(*CASE)) == [deadline]
    assert list(paused_deadlines(*CASE)) == []


def test_only_the_named_rules_of_the_case_are_paused(start: Callable[..., Deadline]) -> None:
    start()
    review = start(REVIEW)
    other = start_deadline(subject_kind="report", subject_id=8, rule=WORK, started_on=THURSDAY)
    db.session.commit()
    assert pause(WORK, on=date(2026, 3, 20)) == 1
    assert list(open_deadlines(*CASE)) == [review]
    assert list(open_deadlines("report", 8)) == [other]


def test_months_are_never_paused(start: Callable[..., Deadline]) -> None:
    """A period of publication runs whoever waits for whom."""
    rule = Rule.PUBLICATION_MAXIMUM_GENERAL
    deadline = start(rule, date(2026, 4, 1))
    assert pause(rule, on=date(2026, 4, 2)) == 0
    assert list(open_deadlines(*CASE)) == [deadline]


def test_what_is_late_stays_late_and_its_last_day_is_still_in_time(start: Callable[..., Deadline]) -> None:
    deadline = start()
    assert pause(WORK, on=date(2026, 4, 3)) == 0
    assert list(deadlines_due(date(2026, 4, 3))) == [deadline]
    assert resume(date(2026, 4, 30)) == 0
    assert deadline.due_on == date(2026, 4, 2)
    assert pause(WORK, on=date(2026, 4, 2)) == 1


def test_a_clock_that_does_not_end_later_may_be_late_when_it_goes_on(start: Callable[..., Deadline]) -> None:
    deadline = start()
    pause(WORK, on=date(2026, 3, 20))
    assert resume(date(2026, 4, 30), later=False) == 1
    assert (deadline.paused_for, deadline.due_on) == (0, date(2026, 4, 2))
    assert list(deadlines_due(date(2026, 4, 30))) == [deadline]


def test_what_was_closed_while_it_stood_still_never_goes_on(start: Callable[..., Deadline]) -> None:
    deadline = start()
    review = start(REVIEW)
    pause(WORK, on=date(2026, 3, 20))
    later = NOW + timedelta(days=1)
    assert close_deadlines(*CASE, closed_at=later) == 1  # the one that ran
    db.session.commit()
    assert review.closed_at == later
    assert deadline.closed_at == NOW  # it stopped when it was paused
    assert resume(date(2026, 3, 30)) == 0
    assert list(open_deadlines(*CASE)) == []
    assert start().id != deadline.id


def test_a_table_imported_during_the_pause_counts_when_the_clock_goes_on(
    start: Callable[..., Deadline],
) -> None:
    deadline = start(on=date(2026, 12, 17))
    assert (deadline.due_on, deadline.provisional) == (date(2027, 1, 7), True)
    pause(WORK, on=date(2026, 12, 29))
    off = [date(2027, 1, 1), *(date(2027, 1, number) for number in range(4, 9))]
    off += [date(2027, 2, number) for number in range(8, 13)] + [date(2027, 5, 3)]
    off += [date(2027, 10, number) for number in range(1, 8)]
    table = [CalendarRow(number, day, "放假") for number, day in enumerate(off, start=2)]
    done = import_calendar(table, year=2027, source="通知", now=NOW)
    db.session.commit()
    assert list(done.moved) == []  # nobody is told of a day that does not count at present
    resume(date(2027, 1, 12))
    # After Tuesday 29 December: 30, 31; then 11 and 12 January. Thursday 7 January became a holiday.
    assert deadline.paused_for == 4
    assert (
        deadline.due_on == load_calendar().add_working_days(date(2026, 12, 17), 19).day == date(2027, 1, 21)
    )
    assert not deadline.provisional
    assert provisional_years() == []
    assert recompute_deadlines(2027) == ()


def test_a_rule_that_was_started_meanwhile_does_not_run_twice(start: Callable[..., Deadline]) -> None:
    paused = start()
    paused_id = paused.id
    pause(WORK, on=date(2026, 3, 20))
    second = start(on=date(2026, 3, 23))
    with pytest.raises(IntegrityError):
        resume(date(2026, 3, 25))
    db.session.rollback()
    assert list(open_deadlines(*CASE)) == [second]
    assert [each.id for each in paused_deadlines(*CASE)] == [paused_id]


@pytest.mark.parametrize("change", [{"closed_at": None}, {"paused_for": -1}], ids=str)
def test_the_database_refuses_a_pause_that_cannot_be(
    start: Callable[..., Deadline], change: dict[str, object]
) -> None:
    start()
    pause(WORK, on=date(2026, 3, 20))
    deadline = db.session.scalars(select(Deadline)).one()
    for name, value in change.items():
        setattr(deadline, name, value)
    with pytest.raises(IntegrityError):
        db.session.flush()
