"""More time: asked for by one, approved by another, once, before the end, told to whoever sent the report."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.core.calendar.services import seed_calendar
from credit_register.core.database import db
from credit_register.core.deadlines.services import ExtensionNotAllowed
from credit_register.notices.models import Notice
from credit_register.reports import extensions
from credit_register.reports.work_models import Extension
from tests.accounts.signing_in import actor, send, signed_in
from tests.factories import make_report
from tests.reports.officers import fresh, recorded, runs

WHY = "需要向三家银行调取流水。"


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, Role.LOCAL)


def request(officer: FlaskClient, report_id: int, **fields: object) -> object:
    page = f"/staff/reports/{report_id}"
    return send(officer, f"{page}/extension", {"days": "10", "reason": WHY, **fields}, page=page)


def decide(client: FlaskClient, report_id: int, decision: str) -> object:
    page = f"/staff/reports/{report_id}"
    waiting = db.session.query(Extension).one().id
    return send(client, f"{page}/extension/{waiting}", {"decision": decision}, page=page)


def test_a_second_person_approves_and_the_sender_is_told(
    app: Flask, officer: FlaskClient, clock: datetime
) -> None:
    seed_calendar(now=clock)
    report = make_report(state="investigating")
    assert runs(report) == {"report_investigation": date(2026, 4, 2)}
    assert request(officer, report.id).status_code == 302
    assert "等待批准" in officer.get(f"/staff/reports/{report.id}").text
    assert "批准并告知提交人" not in officer.get(f"/staff/reports/{report.id}").text
    own = decide(officer, report.id, "approve")
    assert own.status_code == 409
    assert "须由另一名" in own.text
    other = signed_in(app, Role.PROVINCIAL)
    assert "批准并告知提交人" in other.get(f"/staff/reports/{report.id}").text
    assert decide(other, report.id, "approve").status_code == 302
    assert runs(report) == {"report_investigation": date(2026, 4, 17)}
    said = fresh(report).messages[-1].text
    assert said == f"经批准，办理期限延长 10 个工作日，最迟 2026-04-17 前办理。原因：{WHY}"
    assert db.session.query(Notice.title).all() == [("延长办理期限的申请已批准",)]
    assert recorded(report, "extension_approve").detail["days"] == 10
    again = request(officer, report.id)
    assert "已经延长过" in again.text


def test_refused_it_stays_as_it_was(app: Flask, officer: FlaskClient) -> None:
    report = make_report(state="investigating")
    before = runs(report)
    request(officer, report.id)
    decide(signed_in(app, Role.PROVINCIAL), report.id, "refuse")
    assert runs(report) == before
    assert fresh(report).messages == []
    assert request(officer, report.id, days="5").status_code == 302, "another request may follow"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"days": "0"}, "可延长 1 至 15"),
        ({"days": "16"}, "可延长 1 至 15"),
        ({"days": "-1"}, "可延长 1 至 15"),
        ({"days": "abc"}, "请填写整数天数"),
        ({"days": "99999999999999"}, "可延长 1 至 15"),
        ({"reason": ""}, "请填写延长的原因"),
        ({"reason": "请打 13800000000"}, "属于个人信息"),
    ],
)
def test_what_is_wrong_stands_beside_the_field(
    officer: FlaskClient, fields: dict[str, str], sentence: str
) -> None:
    report = make_report(state="investigating")
    answer = request(officer, report.id, **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert db.session.query(Extension).count() == 0


def test_only_before_the_end_and_only_what_the_rule_allows(app: Flask) -> None:
    late = make_report(state="investigating", received_at=datetime.now().astimezone() - timedelta(days=60))
    me = actor(Role.LOCAL)
    now = datetime.now().astimezone()
    with pytest.raises(ExtensionNotAllowed, match="届满"):
        extensions.request_extension(late, days=5, reason=WHY, actor=me, now=now)
    with pytest.raises(ExtensionNotAllowed, match="没有可以延长"):
        extensions.request_extension(make_report(), days=5, reason=WHY, actor=me, now=now)


def test_two_who_ask_at_once_make_one_request(app: Flask, officer: FlaskClient) -> None:
    report = make_report(state="investigating")
    assert request(officer, report.id).status_code == 302
    assert request(officer, report.id).status_code == 302, "the same click twice"
    second = signed_in(app, Role.PROVINCIAL)
    assert "不能重复申请" in request(second, report.id).text
    assert db.session.query(Extension).count() == 1


def test_an_inspector_asks_and_does_not_approve(app: Flask, officer: FlaskClient) -> None:
    report = make_report(state="investigating")
    request(officer, report.id)
    assert decide(signed_in(app, Role.INSPECTOR), report.id, "approve").status_code == 403
