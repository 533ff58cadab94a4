"""Questions to the institution: it reads the question and nothing of who reported; it answers on a page of its own."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.core.calendar.services import seed_calendar
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.notices.models import Notice
from credit_register.reports.models import Report
from credit_register.reports.work_models import Inquiry
from tests.accounts.signing_in import send, signed_in
from tests.factories import make_institution, make_report
from tests.reports.citizens import picture
from tests.reports.officers import act, done, fresh, runs

QUESTION = "请说明贵机构今年 3 月收费的项目、标准和依据。"


@pytest.fixture
def institution(app: Flask) -> Institution:
    return make_institution(name="成都示例信用管理有限公司")


@pytest.fixture
def agent(app: Flask, institution: Institution) -> FlaskClient:
    return signed_in(app, Role.AGENT, uscc_code=institution.uscc)


@pytest.fixture
def report(institution: Institution) -> Report:
    return make_report(
        state="investigating",
        named=True,
        institution_id=institution.id,
        subject_uscc=institution.uscc,
        facts="对方来电称，可以包修复征信，收取三千元后失去联系。",
        subject_contract="HT-2026-00981",
    )


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, Role.LOCAL)


def the_inquiry() -> Inquiry:
    db.session.rollback()
    db.session.expire_all()
    return db.session.query(Inquiry).one()


def answer(agent: FlaskClient, text: str = "收费均按公示标准。", **more: object) -> object:
    page = f"/workspace/inquiries/{the_inquiry().id}"
    return send(agent, f"{page}/answer", {"text": text, "version": the_inquiry().version, **more}, page=page)


def test_it_is_asked_and_answers_with_files(
    officer: FlaskClient, agent: FlaskClient, report: Report, clock: datetime
) -> None:
    seed_calendar(now=clock)
    row = done(report, "inquire", officer, text=QUESTION)
    assert row.state == "awaiting_institution"
    assert runs(report)["report_inquiry"] == date(2026, 3, 19)
    assert "report_investigation" in runs(report), "the institution's time is the office's time"
    assert "核实函待答复" in agent.get("/workspace").text
    page = agent.get(f"/workspace/inquiries/{the_inquiry().id}").text
    assert QUESTION in page
    for secret in ("王示例", "13800000000", "可以包修复征信", "HT-2026-00981", report.number):
        assert secret not in page
    assert "主管部门向贵机构核实情况，请在期限内答复" in [each.title for each in db.session.query(Notice)]

    sent = answer(agent, files=(io.BytesIO(picture()), "王经理的合同.jpg"))
    assert sent.status_code == 302
    assert fresh(report).state == "investigating"
    assert "report_inquiry" not in runs(report)
    page = officer.get(f"/staff/reports/{report.id}").text
    assert "收费均按公示标准。" in page
    assert "王经理" not in page
    file_id = the_inquiry().files[0].file_id
    for path in (f"/staff/reports/{report.id}", f"/workspace/inquiries/{the_inquiry().id}"):
        with (officer if "staff" in path else agent).get(f"{path}/files/{file_id}") as handed:
            assert handed.data.startswith(b"\xff\xd8"), path
    assert "收费均按公示标准。" in agent.get(f"/workspace/inquiries/{the_inquiry().id}").text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "请写明要机构说明什么"),
        ("有人说对方来电称可以包修复征信收取三千元后失去联系，请说明。", "原话相同"),
        ("请说明合同 HT-2026-00981 的履行情况。", "HT-2026-00981"),
    ],
)
def test_a_question_that_gives_somebody_away_is_not_sent(
    officer: FlaskClient, agent: FlaskClient, report: Report, text: str, sentence: str
) -> None:
    refused = act(officer, report, "inquire", text=text)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert text in refused.text
    assert fresh(report).state == "investigating"
    assert db.session.query(Inquiry).count() == 0


def test_the_name_of_the_reporter_never_arrives(
    officer: FlaskClient, agent: FlaskClient, report: Report
) -> None:
    done(report, "inquire", officer, text="请说明王示例所说的收费。")
    assert "王示例" not in agent.get(f"/workspace/inquiries/{the_inquiry().id}").text
    assert the_inquiry().question == "请说明【已隐去】所说的收费。"


def test_without_somebody_to_ask_the_step_is_not_offered(officer: FlaskClient, report: Report) -> None:
    assert "/inquire" not in officer.get(f"/staff/reports/{report.id}").text
    assert "不能在线核实" in act(officer, report, "inquire", text=QUESTION).text


def test_the_office_may_wait_no_longer_and_the_answer_then_comes_too_late(
    officer: FlaskClient, agent: FlaskClient, report: Report
) -> None:
    done(report, "inquire", officer, text=QUESTION)
    done(report, "resume", officer)
    late = answer(agent, "晚到的答复。")
    assert late.status_code in (409, 422)
    assert "已经结束" in late.text
    assert "晚到的答复。" in late.text
    assert the_inquiry().answer == ""
    done(report, "inquire", officer, text="请补充说明。")
    assert db.session.query(Inquiry).count() == 2


def test_an_answer_sent_twice_is_one(officer: FlaskClient, agent: FlaskClient, report: Report) -> None:
    done(report, "inquire", officer, text=QUESTION)
    version = the_inquiry().version
    assert answer(agent, version=version).status_code == 302
    page = f"/workspace/inquiries/{the_inquiry().id}"
    again = send(agent, f"{page}/answer", {"text": "收费均按公示标准。", "version": version})
    assert again.status_code == 302
    other = send(agent, f"{page}/answer", {"text": "改一改。", "version": version})
    assert other.status_code == 409
    assert the_inquiry().answer == "收费均按公示标准。"


def test_another_institution_and_somebody_not_confirmed_see_nothing(
    app: Flask, officer: FlaskClient, agent: FlaskClient, report: Report, institution: Institution
) -> None:
    done(report, "inquire", officer, text=QUESTION)
    path = f"/workspace/inquiries/{the_inquiry().id}"
    other = signed_in(app, Role.AGENT, email="other@example.cn", uscc_code=make_institution().uscc)
    assert other.get(path).status_code == 404
    assert QUESTION not in other.get("/workspace/inquiries").text
    stranger = signed_in(app, Role.LEGAL_REP, uscc_code=institution.uscc, confirmed=False)
    assert stranger.get(path).status_code == 404


def test_the_list_has_an_empty_state_and_pages(
    app: Flask, agent: FlaskClient, institution: Institution
) -> None:
    assert "没有核实函" in agent.get("/workspace/inquiries").text
    report = make_report(institution_id=institution.id)
    asker = signed_in(app, Role.LOCAL)
    assert asker is not None
    for number in range(25):
        db.session.add(
            Inquiry(
                report_id=report.id,
                institution_id=institution.id,
                question=f"第 {number} 个问题",
                asked_at=now() - timedelta(days=number),
                asked_by_id=1,
                due_on=date(2026, 3, 19),
                given_up_at=now(),
            )
        )
    db.session.commit()
    assert "第 1 页，共 2 页" in agent.get("/workspace/inquiries").text
    assert "第 24 个问题" in agent.get("/workspace/inquiries?page=2").text
