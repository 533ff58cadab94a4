"""The morning's message to every officer: counts only, once a working day, nothing where nothing is due."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.calendar.services import seed_calendar
from credit_register.core.clock import SHANGHAI
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline
from credit_register.core.deadlines.queries import rule_for
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import seed_rules
from credit_register.letters.lifecycle import KIND as LETTER
from credit_register.notices.models import Mail, Notice
from credit_register.registrations.lifecycle import KIND as REGISTRATION
from credit_register.reports.lifecycle import KIND as REPORT
from credit_register.spotchecks.lifecycle import KIND as SPOT_CHECK
from credit_register.web.jobs import JOBS
from credit_register.web.reminders import remind_of_deadlines
from tests.accounts.signing_in import make_account
from tests.factories import make_check, make_institution, make_letter, make_registration, make_report

TODAY = date(2026, 9, 30)  # Wednesday; offices are closed from the 1st to the 7th of October


def at(day: date = TODAY, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def tables(app: Flask) -> None:
    seed_calendar(now=at())
    seed_rules()
    db.session.commit()


def due(kind: str, subject_id: int, rule: Rule, on: date) -> None:
    """A period that ends on a day."""
    db.session.add(
        Deadline(
            subject_kind=kind,
            subject_id=subject_id,
            rule=rule_for(rule, TODAY),
            started_on=date(2026, 8, 1),
            due_on=on,
            provisional=False,
        )
    )
    db.session.commit()


def a_report(on: date, *, region: str = "510100", rule: Rule = Rule.REPORT_INVESTIGATION) -> int:
    report = make_report(state="closed", region_code=region)  # the factory starts periods for what is open
    due(REPORT, report.id, rule, on)
    return report.id


def an_application(on: date) -> None:
    account = make_account(Role.AGENT, email=f"agent{on}@example.cn", confirmed=False).account
    due(REGISTRATION, make_registration(account).id, Rule.REGISTRATION_REVIEW, on)


def again(app: Flask) -> None:
    """As another process, which remembers nothing."""
    app.extensions.pop("reminded_of_deadlines", None)


def told(account: Account) -> list[str]:
    query = select(Notice.title).where(Notice.account_id == account.id).order_by(Notice.id)
    return list(db.session.scalars(query))


def test_everybody_is_told_of_the_own_work_in_the_own_region_by_numbers_only() -> None:
    office = make_account(Role.LOCAL, email="office@example.cn").account
    inspector = make_account(Role.INSPECTOR, email="inspector@example.cn").account
    reviewer = make_account(Role.REVIEWER, email="reviewer@example.cn").account
    province = make_account(Role.PROVINCIAL, email="province@example.cn").account
    county = make_account(Role.LOCAL, email="county@example.cn", region="510104").account
    elsewhere = make_account(Role.LOCAL, email="elsewhere@example.cn", region="330100").account
    nobody = [
        make_account(Role.AUDITOR, email="auditor@example.cn", region="510100").account,
        make_account(Role.SYSADMIN, email="admin@example.cn").account,
        make_account(Role.LOCAL, email="gone@example.cn").account,
    ]
    nobody[-1].active = False
    db.session.commit()
    late, soon, far = date(2026, 9, 29), date(2026, 10, 9), date(2026, 10, 10)
    twice = a_report(late)
    due(REPORT, twice, Rule.REPORT_NAMED_ANSWER, soon)  # one case, however many periods run
    a_report(soon)
    a_report(far)
    a_report(late, region="510104")
    a_report(late, region="510700")
    an_application(TODAY)
    assert remind_of_deadlines(at(hour=8, minute=30)) == 5
    assert told(office) == ["今日待办：举报 3 件（逾期 2 件）、登记申请 1 件"]
    assert told(inspector) == ["今日待办：举报 3 件（逾期 2 件）"]
    assert told(reviewer) == ["今日待办：登记申请 1 件"]
    assert told(province) == ["今日待办：举报 4 件（逾期 3 件）、登记申请 1 件"]
    assert told(county) == ["今日待办：举报 1 件（逾期 1 件）"]
    assert all(told(account) == [] for account in (elsewhere, *nobody))
    assert set(db.session.scalars(select(Notice.path))) == {"/staff"}
    assert db.session.scalar(select(func.count()).select_from(Mail)) == 5


def test_of_checks_only_what_the_office_has_to_do_is_counted() -> None:
    office = make_account(Role.LOCAL, email="office@example.cn").account
    inspector = make_account(Role.INSPECTOR, email="inspector@example.cn").account
    institution = make_institution()

    def check(state: str, rule: Rule, on: date) -> int:
        confirmed = None if state == "proposed" else office.id
        made = make_check(institution, opened_by_id=inspector.id, confirmed_by_id=confirmed, state=state)
        due(SPOT_CHECK, made.id, rule, on)
        return made.id

    yesterday, tomorrow = date(2026, 9, 29), date(2026, 10, 8)
    check("proposed", Rule.SPOTCHECK_PUBLICATION, tomorrow)
    check("ordered", Rule.CORRECTION, tomorrow)  # still the institution's turn
    check("ordered", Rule.CORRECTION, yesterday)
    reported = check("responded", Rule.CORRECTION, yesterday)
    due(SPOT_CHECK, reported, Rule.CORRECTION_CONFIRMATION, tomorrow)
    assert remind_of_deadlines(at()) == 2
    assert told(office) == ["今日待办：核查结论复核 1 件、核查改正 2 件（逾期 1 件）"]
    assert told(inspector) == ["今日待办：核查改正 2 件（逾期 1 件）"]


def test_letters_whose_answer_is_late_are_counted_for_who_follows_them() -> None:
    office = make_account(Role.LOCAL, email="office@example.cn").account
    inspector = make_account(Role.INSPECTOR, email="inspector@example.cn").account
    auditor = make_account(Role.AUDITOR, email="auditor@example.cn", region="510100").account
    for on in (date(2026, 9, 29), date(2026, 10, 8), date(2026, 10, 30)):
        letter = make_letter(drafted_by_id=inspector.id, issued_by_id=office.id, state="issued")
        due(LETTER, letter.id, Rule.LETTER_FEEDBACK, on)
    assert remind_of_deadlines(at()) == 2
    assert told(office) == told(inspector) == ["今日待办：提示函反馈 2 件（逾期 1 件）"]
    assert told(auditor) == []


def test_it_goes_out_once_each_working_day_from_half_past_eight(app: Flask) -> None:
    office = make_account(Role.LOCAL, email="office@example.cn").account
    a_report(date(2026, 9, 29))
    said = []
    for moment in (
        at(hour=8, minute=29),
        at(hour=8, minute=30),
        at(hour=8, minute=31),
        at(hour=23, minute=59),
        at(date(2026, 10, 1)),  # the national week
        at(date(2026, 10, 7)),
        at(date(2026, 10, 8), 8, 31),
        at(date(2026, 10, 10)),  # a Saturday worked in exchange
        at(date(2026, 10, 11)),
    ):
        for _ in range(2):
            said.append(remind_of_deadlines(moment))
            again(app)
    assert said == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0]
    assert len(told(office)) == 3
    assert JOBS["remind_of_deadlines"] is remind_of_deadlines


def test_nothing_is_said_where_nothing_is_due() -> None:
    make_account(Role.LOCAL, email="office@example.cn")
    a_report(date(2026, 10, 30))
    assert remind_of_deadlines(at()) == 0
    assert db.session.scalars(select(Notice)).all() == []


def test_the_questions_grow_neither_with_the_cases_nor_with_the_region_and_are_asked_once_a_day() -> None:
    for number in range(12):
        make_account(Role.INSPECTOR, email=f"inspector{number}@example.cn", region="330100")
    asked: list[str] = []

    def count(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.startswith("SELECT"):
            asked.append(statement)

    def questions(moment: datetime) -> int:
        asked.clear()
        remind_of_deadlines(moment)
        return len(asked)

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        first = questions(at())
        for _ in range(20):
            a_report(date(2026, 9, 29))
        assert questions(at(hour=10)) == 0
        assert questions(at(date(2026, 10, 8))) == first
    finally:
        event.remove(db.engine, "before_cursor_execute", count)


def test_what_stays_late_below_is_told_to_the_next_office_above_by_its_number() -> None:
    nation = make_account(Role.NATIONAL, email="nation@example.cn").account
    province = make_account(Role.PROVINCIAL, email="province@example.cn").account
    reviewer = make_account(Role.REVIEWER, email="reviewer@example.cn", region="510000").account
    city = make_account(Role.LOCAL, email="office@example.cn").account
    third, second = (
        date(2026, 9, 27),
        date(2026, 9, 28),
    )  # a Sunday: Monday, Tuesday and today have passed since
    a_report(third)
    twice = a_report(third, region="510104")
    due(REPORT, twice, Rule.REPORT_NAMED_ANSWER, third)
    a_report(second)
    a_report(third, region="330100")
    a_report(third, region="510000")  # the province's own, which the nation hears of
    a_report(third, region="000000")
    remind_of_deadlines(at())
    assert told(province) == ["今日待办：举报 4 件（逾期 4 件）；下级逾期 2 件"]
    assert told(nation) == ["今日待办：举报 6 件（逾期 6 件）；下级逾期 1 件"]
    assert told(city) == ["今日待办：举报 3 件（逾期 3 件）"]
    assert told(reviewer) == []
