"""Deadlines: the table of rules by date of the event, counting, extending, and tables imported later."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from credit_register.core.calendar.queries import load_calendar
from credit_register.core.calendar.services import CalendarNotImported, CalendarRow, seed_calendar
from credit_register.core.calendar.working_days import Due, WorkingCalendar
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline, DeadlineRule
from credit_register.core.deadlines.queries import (
    UnknownRule,
    deadlines_due,
    due,
    open_deadline,
    open_deadlines,
    provisional_years,
    rule_for,
    rules,
)
from credit_register.core.deadlines.rules import Rule, Unit, Urgency, period_end, urgency
from credit_register.core.deadlines.services import (
    RULES_FILE,
    DeadlineAlreadyRunning,
    ExtensionNotAllowed,
    close_deadline,
    close_deadlines,
    extend_deadline,
    import_calendar,
    seed_rules,
    start_deadline,
)
from credit_register.core.lifecycle import StaleVersion

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
NO_TABLE = WorkingCalendar.from_rows((), ())
SHIPPED = list(csv.DictReader(RULES_FILE.read_text(encoding="utf-8").splitlines()))


@pytest.fixture
def seeded(app: Flask) -> None:
    """The shipped rules and the years 2004 to 2026."""
    seed_rules()
    seed_calendar(now=NOW)
    db.session.commit()


@pytest.fixture
def start(seeded: None) -> Callable[..., Deadline]:
    """Starts a deadline for the report with the number 7, on the disk."""

    def begin(rule: str = Rule.REPORT_INVESTIGATION, on: date = date(2026, 3, 12)) -> Deadline:
        deadline = start_deadline(subject_kind="report", subject_id=7, rule=rule, started_on=on)
        db.session.commit()
        return deadline

    return begin


def table_of_2027() -> list[CalendarRow]:
    """An invented table: New Year, a long spring festival, May and October."""
    off = [date(2027, 1, 1)] + [date(2027, 1, 4) + timedelta(days=number) for number in range(12)]
    off += [date(2027, 5, 3)] + [date(2027, 10, number) for number in range(1, 8)]
    return [CalendarRow(number, day, "放假") for number, day in enumerate(off, start=2)] + [
        CalendarRow(90, date(2027, 5, 1), "放假")
    ]


@pytest.mark.parametrize(
    ("start_on", "amount", "unit", "end"),
    [
        (date(2026, 3, 12), 1, Unit.CALENDAR_DAY, date(2026, 3, 13)),
        (date(2026, 12, 31), 30, Unit.CALENDAR_DAY, date(2027, 1, 30)),
        (date(2026, 3, 31), 1, Unit.MONTH, date(2026, 4, 30)),
        (date(2026, 11, 30), 3, Unit.MONTH, date(2027, 2, 28)),
        (date(2024, 2, 29), 12, Unit.MONTH, date(2025, 2, 28)),
        (date(2026, 12, 15), 36, Unit.MONTH, date(2029, 12, 15)),
        (date(2026, 6, 9), 0, Unit.MONTH, date(2026, 6, 9)),
    ],
)
def test_days_and_months_end_where_the_civil_code_says(
    start_on: date, amount: int, unit: Unit, end: date
) -> None:
    assert period_end(start_on, amount, unit, NO_TABLE) == Due(end)


@given(
    start_on=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    amount=st.integers(0, 60),
    unit=st.sampled_from(Unit),
)
def test_a_longer_period_never_ends_earlier(start_on: date, amount: int, unit: Unit) -> None:
    end = period_end(start_on, amount, unit, NO_TABLE).day
    assert start_on <= end < period_end(start_on, amount + 1, unit, NO_TABLE).day


@pytest.mark.parametrize(
    ("on", "lamp"),
    [
        (date(2026, 3, 11), Urgency.IN_TIME),
        (date(2026, 3, 12), Urgency.SOON),
        (date(2026, 3, 16), Urgency.SOON),
        (date(2026, 3, 17), Urgency.OVERDUE),
    ],
)
def test_the_lamp_turns_two_working_days_before_the_end(on: date, lamp: Urgency) -> None:
    monday = date(2026, 3, 16)
    assert urgency(monday, on=on, warning_days=2, calendar=NO_TABLE) is lamp


def test_every_rule_that_the_program_asks_for_is_shipped() -> None:
    assert {row["name"] for row in SHIPPED} == {rule.value for rule in Rule}


def test_versions_of_a_shipped_rule_follow_each_other_without_gap_or_overlap() -> None:
    by_name: dict[str, list[dict[str, str]]] = {}
    for row in SHIPPED:
        by_name.setdefault(row["name"], []).append(row)
    for versions in by_name.values():
        versions.sort(key=lambda row: row["valid_from"])
        for earlier, later in pairwise(versions):
            following = date.fromisoformat(earlier["valid_to"]) + timedelta(days=1)
            assert following == date.fromisoformat(later["valid_from"])
        assert versions[-1]["valid_to"] == ""


def test_a_shipped_value_from_memory_or_of_our_own_is_not_confirmed() -> None:
    doubtful = [
        row
        for row in SHIPPED
        if "凭记忆" in row["source"] or "核" in row["source"] or "系统设计" in row["source"]
    ]
    assert doubtful
    assert all(row["confirmed"] == "no" for row in doubtful)
    assert all(row["confirmed"] in ("yes", "no") and row["source"] for row in SHIPPED)


def test_seeding_twice_adds_nothing_and_keeps_what_the_office_changed(seeded: None) -> None:
    rule_for(Rule.REPORT_ACCEPTANCE, date(2026, 3, 12)).amount = 3
    db.session.commit()
    assert seed_rules() == 0
    assert rule_for(Rule.REPORT_ACCEPTANCE, date(2026, 3, 12)).amount == 3
    assert len(rules()) == len(SHIPPED)


@pytest.mark.parametrize(
    ("on", "months"),
    [(date(2023, 4, 30), 12), (date(2023, 5, 1), 36), (date(2026, 3, 31), 36), (date(2026, 4, 1), 12)],
)
def test_the_day_of_the_event_picks_the_version(seeded: None, on: date, months: int) -> None:
    rule = rule_for(Rule.PUBLICATION_MAXIMUM_GENERAL, on)
    assert (rule.amount, rule.unit) == (months, "month")


def test_the_publication_periods_of_order_36(seeded: None) -> None:
    on = date(2026, 4, 1)
    months = {
        degree: tuple(rule_for(f"publication_{end}_{degree}", on).amount for end in ("minimum", "maximum"))
        for degree in ("minor", "general", "severe")
    }
    assert months == {"minor": (0, 3), "general": (3, 12), "severe": (12, 36)}


def test_a_rule_that_the_table_lacks_is_named(seeded: None) -> None:
    with pytest.raises(UnknownRule, match="没有 2026-03-12 有效的规则“moon_phase”"):
        rule_for("moon_phase", date(2026, 3, 12))
    with pytest.raises(UnknownRule):
        rule_for(Rule.PUBLICATION_MAXIMUM_SEVERE, date(2019, 6, 30))


def test_the_ledger_closes_on_the_fifth_working_day(seeded: None) -> None:
    calendar = load_calendar()
    for month in range(1, 13):
        before = date(2026, month, 1) - timedelta(days=1)
        rule = rule_for(Rule.LEDGER_CLOSING, before)
        assert due(rule, before, calendar) == calendar.nth_working_day(2026, month, 5)


def test_a_deadline_starts_on_the_day_after_the_event(start: Callable[..., Deadline]) -> None:
    deadline = start(Rule.REPORT_ACCEPTANCE, date(2026, 4, 3))
    assert (deadline.due_on, deadline.provisional) == (date(2026, 4, 13), False)
    assert open_deadline("report", 7, Rule.REPORT_ACCEPTANCE) is deadline
    assert open_deadline("report", 8, Rule.REPORT_ACCEPTANCE) is None


def test_the_same_rule_does_not_run_twice_for_a_subject(start: Callable[..., Deadline]) -> None:
    first = start()
    with pytest.raises(DeadlineAlreadyRunning, match="举报核查"):
        start()
    close_deadline(first, closed_at=NOW)
    assert start().id != first.id


def test_two_deadlines_written_at_the_same_moment_are_stopped_by_the_database(
    start: Callable[..., Deadline],
) -> None:
    first = start()
    copy = Deadline(
        subject_kind="report",
        subject_id=7,
        rule_id=first.rule_id,
        started_on=first.started_on,
        due_on=first.due_on,
        provisional=False,
    )
    db.session.add(copy)
    with pytest.raises(IntegrityError):
        db.session.flush()


def test_a_deadline_is_extended_once_within_the_rule(start: Callable[..., Deadline]) -> None:
    deadline = start()
    assert deadline.due_on == date(2026, 4, 2)
    extend_deadline(deadline, by=15, on=date(2026, 4, 2))
    db.session.commit()
    assert deadline.due_on == load_calendar().add_working_days(date(2026, 3, 12), 30).day
    with pytest.raises(ExtensionNotAllowed, match="只能延长一次"):
        extend_deadline(deadline, by=1, on=date(2026, 4, 2))


@pytest.mark.parametrize(
    ("rule", "by", "on", "message"),
    [
        (Rule.REPORT_ACCEPTANCE, 1, date(2026, 3, 13), "不能延长"),
        (Rule.REPORT_INVESTIGATION, 16, date(2026, 3, 13), "可延长 1 至 15 个工作日"),
        (Rule.REPORT_INVESTIGATION, 0, date(2026, 3, 13), "可延长 1 至 15 个工作日"),
        (Rule.REPORT_INVESTIGATION, 5, date(2026, 4, 3), "期限已于 2026-04-02 届满"),
    ],
)
def test_another_extension_is_refused_with_the_reason(
    start: Callable[..., Deadline], rule: str, by: int, on: date, message: str
) -> None:
    deadline = start(rule)
    before = deadline.due_on
    with pytest.raises(ExtensionNotAllowed, match=message):
        extend_deadline(deadline, by=by, on=on)
    assert deadline.due_on == before


def test_what_is_closed_is_not_extended_and_keeps_its_first_moment(start: Callable[..., Deadline]) -> None:
    deadline = start()
    close_deadline(deadline, closed_at=NOW)
    close_deadline(deadline, closed_at=NOW + timedelta(days=1))
    assert deadline.closed_at == NOW
    with pytest.raises(ExtensionNotAllowed, match="已经办结"):
        extend_deadline(deadline, by=1, on=date(2026, 3, 13))


def test_of_two_officers_who_extend_at_once_the_second_is_told(start: Callable[..., Deadline]) -> None:
    db.session().expire_on_commit = False  # what was read stays, as in a transaction that began earlier
    deadline = start()
    with Session(db.engine) as other:
        other.get_one(Deadline, deadline.id).extended_by = 5
        other.commit()
    with pytest.raises(StaleVersion):
        extend_deadline(deadline, by=3, on=date(2026, 3, 13))


def test_the_list_of_the_day_holds_what_is_due_and_open(start: Callable[..., Deadline]) -> None:
    acceptance = start(Rule.REPORT_ACCEPTANCE)
    investigation = start(Rule.REPORT_INVESTIGATION)
    assert list(deadlines_due(date(2026, 3, 18))) == []
    assert list(deadlines_due(date(2026, 3, 19))) == [acceptance]
    assert list(deadlines_due(date(2026, 4, 30))) == [acceptance, investigation]
    assert list(open_deadlines("report", 7)) == [acceptance, investigation]
    assert close_deadlines("report", 7, closed_at=NOW) == 2
    assert list(deadlines_due(date(2026, 4, 30))) == []


def test_a_year_without_a_table_is_provisional_until_it_is_imported(start: Callable[..., Deadline]) -> None:
    deadline = start(Rule.REPORT_ACCEPTANCE, date(2026, 12, 30))
    assert (deadline.due_on, deadline.provisional) == (date(2027, 1, 6), True)
    assert provisional_years() == [2027]
    done = import_calendar(table_of_2027(), year=2027, source="通知", now=NOW)
    db.session.commit()
    assert [(moved.deadline.id, moved.due_before) for moved in done.moved] == [
        (deadline.id, date(2027, 1, 6))
    ]
    assert (deadline.due_on, deadline.provisional) == (date(2027, 1, 21), False)
    assert provisional_years() == []


def test_an_import_moves_firm_deadlines_of_its_year_but_no_closed_ones(
    start: Callable[..., Deadline],
) -> None:
    closed = start(Rule.REPORT_ACCEPTANCE, date(2026, 12, 30))
    close_deadline(closed, closed_at=NOW)
    early = start(Rule.REPORT_INVESTIGATION, date(2026, 3, 12))
    import_calendar(table_of_2027(), year=2027, source="通知", now=NOW)
    running = start(Rule.REPORT_ACCEPTANCE, date(2026, 12, 30))
    db.session.commit()
    shorter = [row for row in table_of_2027() if row.day != date(2027, 1, 15)]
    done = import_calendar(shorter, year=2027, source="更正", now=NOW)
    assert [moved.deadline.id for moved in done.moved] == [running.id]
    assert running.due_on == date(2027, 1, 20)
    assert (closed.due_on, closed.provisional) == (date(2027, 1, 6), True)
    assert early.due_on == date(2026, 4, 2)


def test_extended_deadlines_keep_their_extension_when_a_table_comes(start: Callable[..., Deadline]) -> None:
    deadline = start(Rule.REPORT_INVESTIGATION, date(2026, 12, 1))
    extend_deadline(deadline, by=10, on=date(2026, 12, 2))
    assert deadline.provisional
    import_calendar(table_of_2027(), year=2027, source="通知", now=NOW)
    assert deadline.due_on == load_calendar().add_working_days(date(2026, 12, 1), 25).day
    assert not deadline.provisional


def test_a_faulty_table_moves_nothing(start: Callable[..., Deadline]) -> None:
    deadline = start(Rule.REPORT_ACCEPTANCE, date(2026, 12, 30))
    with pytest.raises(CalendarNotImported):
        import_calendar(table_of_2027()[:3], year=2027, source="通知", now=NOW)
    assert (deadline.due_on, deadline.provisional) == (date(2027, 1, 6), True)


@pytest.mark.parametrize(
    "change",
    [
        {"unit": "week"},
        {"amount": -1},
        {"extendable_by": -1},
        {"extendable_by": 3, "legal_limit": 7},
        {"valid_to": date(2019, 12, 31)},
        {"source": ""},
        {"name": Rule.INTERVIEW.value, "valid_from": date(2021, 1, 1)},
    ],
    ids=str,
)
def test_the_database_refuses_a_rule_that_cannot_be(seeded: None, change: dict[str, object]) -> None:
    valid: dict[str, object] = {
        "name": "local_rule",
        "title": "本地规则",
        "starts_with": "收到之日",
        "amount": 5,
        "unit": "working_day",
        "source": "本地规定",
        "confirmed": True,
        "valid_from": date(2020, 1, 1),
    }
    db.session.add(DeadlineRule(**(valid | change)))
    with pytest.raises(IntegrityError):
        db.session.flush()
