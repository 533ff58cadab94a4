"""A published warning whose ground fell away: the office is told once, the desk counts it, the queue lists it."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.notices.models import Notice
from credit_register.reports.models import ImpostorWarning, Report
from credit_register.reports.warning_lapses import TITLE, lapses, tell_of_lapses
from credit_register.reports.warning_services import withdraw_warning
from credit_register.web.jobs import JOBS
from tests.accounts.signing_in import client_of, make_account, signed_in
from tests.factories import make_report, make_warning
from tests.ledger.months.building import make_case, make_case_letter

CARD = "依据已变化的警示"


@pytest.fixture
def proposer(app: Flask) -> Account:
    return make_account(Role.INSPECTOR, email="proposer@example.cn").account


@pytest.fixture
def chief(app: Flask) -> Account:
    return make_account(Role.LOCAL, email="chief@example.cn").account


@pytest.fixture
def office(app: Flask, chief: Account) -> FlaskClient:
    return client_of(app, chief)


@pytest.fixture
def report(app: Flask) -> Report:
    """A report of an impostor that was found true."""
    return make_report(matter="impersonation", state="decided")


def warn(proposer: Account, chief: Account, **overrides: Any) -> ImpostorWarning:
    return make_warning(
        **{"proposed_by_id": proposer.id, "confirmed_by_id": chief.id, "state": "published", **overrides}
    )


@pytest.fixture
def warning(proposer: Account, chief: Account, report: Report) -> ImpostorWarning:
    return warn(proposer, chief, report_id=report.id)


def take_back(report: Report) -> None:
    """The decision is looked into again."""
    report.state, report.outcome, report.decided_at = "investigating", None, None
    db.session.commit()


def decide(report: Report) -> None:
    report.state, report.outcome, report.decided_at = "decided", "upheld", now()
    db.session.commit()


def told(account: Account) -> list[Notice]:
    query = select(Notice).where(Notice.account_id == account.id, Notice.title == TITLE).order_by(Notice.id)
    return list(db.session.scalars(query))


def marks(warning: ImpostorWarning) -> list[str]:
    rows = db.session.scalars(
        select(AuditEvent)
        .where(AuditEvent.subject_kind == "impostor_warning", AuditEvent.subject_id == str(warning.id))
        .order_by(AuditEvent.id)
    )
    return [row.action.partition(".")[2] for row in rows]


def counted(client: FlaskClient) -> int:
    """What the card of the desk says."""
    page = client.get("/staff").text
    return int(re.findall(r">(\d+)<", page[: page.index(CARD)])[-1])


def test_the_office_is_told_once_and_the_warning_stays(
    client: FlaskClient, proposer: Account, chief: Account, report: Report, warning: ImpostorWarning
) -> None:
    assert tell_of_lapses(now()) == 0
    take_back(report)
    assert tell_of_lapses(now()) == 1
    assert tell_of_lapses(now()) == 0
    (notice,) = told(chief)
    assert "处理决定已被撤销或改变" in notice.text
    assert notice.path == f"/staff/warnings/{warning.id}"
    assert told(proposer) == [], "who may not withdraw it can do nothing"
    assert marks(warning) == ["lose_ground"]
    assert warning.pretender in html.unescape(client.get("/warnings").text)
    assert JOBS["tell_of_lapsed_warnings"] is tell_of_lapses


def test_a_ground_that_came_back_and_fell_away_anew_is_told_of_anew(
    chief: Account, report: Report, warning: ImpostorWarning
) -> None:
    take_back(report)
    assert tell_of_lapses(now()) == 1
    decide(report)
    assert tell_of_lapses(now()) == 0
    assert marks(warning) == ["lose_ground", "regain_ground"]
    assert len(told(chief)) == 1
    take_back(report)
    assert tell_of_lapses(now()) == 1
    assert len(told(chief)) == 2


def test_the_answer_of_a_regulator_that_changed_is_told_of(proposer: Account, chief: Account) -> None:
    case = make_case(subject="impersonator", name="示例冒名信息咨询部")
    letter = make_case_letter(case, account_id=proposer.id, second_id=chief.id, state="answered")

    def say(result: str) -> None:
        letter.result = result
        for clue in letter.clues:
            clue.result, clue.answered_on = result, letter.answered_on
        db.session.commit()

    say("handled")
    warn(proposer, chief, case_id=case.id)
    assert tell_of_lapses(now()) == 0
    say("not_confirmed")
    assert tell_of_lapses(now()) == 1
    (notice,) = told(chief)
    assert "案件已没有查实的依据" in notice.text


def test_a_case_stands_while_the_report_that_it_came_from_does(
    proposer: Account, chief: Account, report: Report
) -> None:
    case = make_case(subject="impersonator", name="示例冒名部", source_kind="report", source_id=report.id)
    warn(proposer, chief, case_id=case.id)
    assert lapses() == {}
    take_back(report)
    assert len(lapses()) == 1


def test_without_people_of_its_own_the_office_above_is_told(
    app: Flask, proposer: Account, chief: Account, report: Report, warning: ImpostorWarning
) -> None:
    province = make_account(Role.PROVINCIAL, email="province@example.cn").account
    nation = make_account(Role.NATIONAL, email="nation@example.cn").account
    chief.active = False
    take_back(report)
    assert tell_of_lapses(now()) == 1
    assert [len(told(each)) for each in (chief, province, nation)] == [0, 1, 0]


@pytest.mark.parametrize(
    "overrides", [{"state": "proposed", "confirmed_by_id": None}, {"state": "withdrawn"}]
)
def test_of_what_is_not_public_nobody_is_told(
    proposer: Account, chief: Account, report: Report, overrides: dict[str, Any]
) -> None:
    warn(proposer, chief, report_id=report.id, **overrides)
    take_back(report)
    assert tell_of_lapses(now()) == 0


def test_desk_and_queue_show_it_until_it_is_withdrawn(
    app: Flask,
    proposer: Account,
    chief: Account,
    office: FlaskClient,
    report: Report,
    warning: ImpostorWarning,
) -> None:
    standing = warn(proposer, chief, report_id=make_report(matter="impersonation", state="decided").id)
    names = (warning.pretender, standing.pretender)

    def listed(query: str, client: FlaskClient = office) -> list[bool]:
        page = html.unescape(client.get(f"/staff/warnings{query}").text)
        return [name in page for name in names]

    badge = "依据已变化</span>"
    assert counted(office) == 0
    assert listed("?state=lapsed") == [False, False]
    assert badge not in office.get("/staff/warnings").text
    take_back(report)
    assert counted(office) == 1, "at once, without the worker"
    assert listed("?state=lapsed") == [True, False]
    assert listed("") == [True, True]
    assert office.get("/staff/warnings").text.count(badge) == 1
    assert 'href="/staff/warnings?state=lapsed"' in office.get("/staff").text
    foreign = signed_in(app, Role.PROVINCIAL, region="330000")
    assert counted(foreign) == 0
    assert listed("?state=lapsed", foreign) == [False, False]
    row = db.session.get_one(ImpostorWarning, warning.id)
    withdraw_warning(row, reason="依据已变化。", version=row.version, actor=chief.actor, now=now())
    assert counted(office) == 0
    assert listed("?state=lapsed") == [False, False]
    assert tell_of_lapses(now()) == 0
