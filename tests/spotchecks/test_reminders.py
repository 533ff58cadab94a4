"""What an institution is told of its ordered correction before the last day and after it, once each."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import SHANGHAI
from credit_register.core.database import db
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import start_deadline
from credit_register.institutions.models import Institution
from credit_register.notices.models import Notice
from credit_register.spotchecks.lifecycle import KIND
from credit_register.spotchecks.models import SpotCheck
from credit_register.spotchecks.reminders import remind_of_corrections
from tests.factories import make_check
from tests.spotchecks.checking import move, post

BEFORE, AFTER = "改正期限将至，请按期改正并报告", "改正期限已届满，请尽快改正并报告"


def at(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def titles() -> list[str]:
    query = select(Notice.title).where(Notice.title.in_([BEFORE, AFTER])).order_by(Notice.id)
    return list(db.session.scalars(query))


@pytest.fixture
def ordered(agency: Institution, agent: FlaskClient, first: Account, second: Account) -> SpotCheck:
    """Ordered on Thursday 24 September 2026; ten working days reach beyond the national week."""
    check = make_check(
        agency,
        opened_by_id=first.id,
        confirmed_by_id=second.id,
        state="ordered",
        correction="请更正收费标准。",
    )
    deadline = start_deadline(
        subject_kind=KIND, subject_id=check.id, rule=Rule.CORRECTION, started_on=at(9, 24).date()
    )
    db.session.commit()
    assert str(deadline.due_on) == "2026-10-15"
    return check


def test_it_is_told_two_working_days_before_and_on_the_day_after_once_each(ordered: SpotCheck) -> None:
    moments = (
        at(10, 12, 18),
        at(10, 13, 8, 29),
        at(10, 13, 8, 30),  # two working days before Thursday the 15th
        at(10, 13, 8, 31),
        at(10, 15, 23, 59),
        at(10, 16, 8, 29),
        at(10, 16, 8, 30),
        at(10, 19),
    )
    said = [remind_of_corrections(moment) for moment in moments]
    assert said == [0, 0, 1, 0, 0, 0, 1, 0]
    assert titles() == [BEFORE, AFTER]
    notice = db.session.scalars(select(Notice).order_by(Notice.id)).first()
    assert notice is not None
    assert "2026-10-15" in notice.text
    assert notice.path == f"/workspace/spotchecks/{ordered.id}"


def test_before_a_holiday_the_days_off_do_not_count(
    agency: Institution, agent: FlaskClient, first: Account, second: Account
) -> None:
    check = make_check(agency, opened_by_id=first.id, confirmed_by_id=second.id, state="ordered")
    deadline = start_deadline(
        subject_kind=KIND, subject_id=check.id, rule=Rule.CORRECTION, started_on=at(9, 16).date()
    )
    deadline.due_on = at(10, 9).date()  # the second day after the national week
    db.session.commit()
    assert remind_of_corrections(at(9, 29)) == 0
    assert remind_of_corrections(at(9, 30)) == 1


def test_who_has_reported_or_was_found_to_have_corrected_is_left_alone(
    ordered: SpotCheck, agent: FlaskClient, inspector: FlaskClient
) -> None:
    data = {"text": "已改正。", "version": ordered.version}
    assert post(agent, f"/workspace/spotchecks/{ordered.id}/respond", data).status_code == 302
    assert remind_of_corrections(at(10, 14)) == 0
    assert remind_of_corrections(at(10, 16)) == 0
    move(inspector, ordered, "fulfil")
    assert remind_of_corrections(at(10, 17)) == 0
    assert titles() == []


def test_nobody_is_said_to_be_reminded_where_the_institution_has_no_account(
    agency: Institution, first: Account, second: Account
) -> None:
    check = make_check(agency, opened_by_id=first.id, confirmed_by_id=second.id, state="ordered")
    start_deadline(subject_kind=KIND, subject_id=check.id, rule=Rule.CORRECTION, started_on=at(9, 24).date())
    db.session.commit()
    assert remind_of_corrections(at(10, 16)) == 0
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.subject_kind == KIND)).all() == []


def test_the_case_shows_staff_that_it_was_told_and_the_institution_no_such_step(
    ordered: SpotCheck, agent: FlaskClient, inspector: FlaskClient
) -> None:
    remind_of_corrections(at(10, 14))
    assert "提醒机构改正期限将至" in inspector.get(f"/staff/spotchecks/{ordered.id}").text
    assert "提醒机构" not in agent.get(f"/workspace/spotchecks/{ordered.id}").text
