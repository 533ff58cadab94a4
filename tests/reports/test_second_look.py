"""Ways back: a decision taken back before the answer, and what is over looked into again by the office above."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.audit.models import AuditEvent
from credit_register.core.calendar.services import seed_calendar
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadlines
from credit_register.notices.models import Notice
from credit_register.reports.models import Report, State
from tests.accounts.signing_in import make_account, send, signed_in
from tests.factories import make_institution, make_report, make_warning
from tests.reports.citizens import file_report, open_case, put_into, seed_deadline_rules, the_report


def fresh(report: Report) -> Report:
    db.session.expire_all()
    return db.session.get_one(Report, report.id)


def runs(report: Report) -> dict[str, date]:
    db.session.expire_all()
    return {each.rule.name: each.due_on for each in open_deadlines("report", report.id)}


def act(client: FlaskClient, report: Report, step: str, **fields: Any) -> Any:
    page = f"/staff/reports/{report.id}"
    fields.setdefault("version", fresh(report).version)
    return send(client, f"{page}/{step}", fields, page=page)


def recorded(name: str) -> AuditEvent:
    return db.session.scalars(select(AuditEvent).where(AuditEvent.action == f"report.{name}")).one()


class TestRevising:
    def test_a_decision_is_taken_back_and_stays_in_the_record(self, app: Flask, clock: datetime) -> None:
        seed_calendar(now=clock)
        officer = signed_in(app, Role.LOCAL)
        report = make_report(state="investigating", named=True)
        act(officer, report, "decide", outcome="upheld", reason="经核查，情况属实。")
        assert "撤销决定，重新核查" in officer.get(f"/staff/reports/{report.id}").text
        assert act(officer, report, "revise", reason="证据系伪造，须重新核实。").status_code == 302
        row = fresh(report)
        assert (row.state, row.outcome, row.decision, row.decided_at) == ("investigating", None, "", None)
        assert runs(report) == {"report_investigation": date(2026, 4, 2)}
        assert recorded("decide").detail["reason"] == "经核查，情况属实。"
        assert recorded("revise").detail["reason"] == "证据系伪造，须重新核实。"
        assert row.messages == []
        page = officer.get(f"/staff/reports/{report.id}").text
        assert "经核查，情况属实。" in page, "the record still shows it"
        assert act(officer, report, "decide", outcome="unfounded", reason="未发现。").status_code == 302
        assert runs(report).keys() == {"report_named_answer"}

    @pytest.mark.parametrize("reason", ["", "请打 13800000000"])
    def test_it_needs_a_reason_that_may_stand_in_the_record(self, app: Flask, reason: str) -> None:
        report = make_report(state="decided")
        answer = act(signed_in(app, Role.LOCAL), report, "revise", reason=reason)
        assert answer.status_code == 422
        assert "请填写撤销决定的原因" in answer.text or "属于个人信息" in answer.text
        assert fresh(report).state == "decided"

    def test_what_is_answered_is_not_revised(self, app: Flask) -> None:
        report = make_report(state="answered")
        assert act(signed_in(app, Role.LOCAL), report, "revise", reason="想改一改").status_code == 409
        assert fresh(report).outcome == "upheld"

    def test_a_published_warning_keeps_standing_and_the_page_says_so(
        self, app: Flask, client: FlaskClient
    ) -> None:
        report = make_report(state="decided", matter="impersonation")
        first, second = make_account(Role.INSPECTOR).account, make_account(Role.PROVINCIAL).account
        make_warning(
            proposed_by_id=first.id,
            confirmed_by_id=second.id,
            state="published",
            report_id=report.id,
            pretender="示例冒名者甲",
        )
        make_warning(proposed_by_id=first.id, report_id=report.id, pretender="示例冒名者乙")
        officer = signed_in(app, Role.LOCAL)
        act(officer, report, "revise", reason="证据须重新核实。")
        page = officer.get(f"/staff/reports/{report.id}").text
        assert "在重新核查期间继续公布" in page
        assert "请不要复核公布" in page
        assert "示例冒名者甲" in client.get("/warnings").text


class TestReopening:
    @pytest.mark.parametrize("state", ["answered", "closed", "refused"])
    def test_the_office_above_looks_again_and_the_reporter_reads_why(self, app: Flask, state: str) -> None:
        handler = make_account(Role.INSPECTOR).account
        report = make_report(state=state, handler_id=handler.id)
        province = signed_in(app, Role.PROVINCIAL)
        assert act(province, report, "reopen", reason="提交人补交了合同。").status_code == 302
        row = fresh(report)
        assert (row.state, row.closed_at, row.outcome) == ("investigating", None, None)
        assert [said.text for said in row.messages] == [
            "这件事项恢复办理，重新核查。原因：提交人补交了合同。"
        ]
        assert runs(report).keys() == {"report_investigation"}
        assert [notice.account_id for notice in db.session.scalars(select(Notice))] == [handler.id]
        assert act(province, report, "decide", reason="经核查，情况属实。").status_code == 302

    @pytest.mark.parametrize("role", [Role.LOCAL, Role.INSPECTOR])
    def test_the_office_that_did_it_is_offered_no_way_back_and_gets_a_sentence(
        self, app: Flask, role: Role
    ) -> None:
        report = make_report(state="closed")
        officer = signed_in(app, role)
        page = officer.get(f"/staff/reports/{report.id}").text
        assert "reopen" not in page
        assert "由省级或国家级主管部门恢复办理" in page
        answer = act(officer, report, "reopen", reason="想再看一看。")
        assert answer.status_code == 409
        assert "由省级或国家级主管部门决定是否重新核查" in answer.text
        assert "想再看一看。" in answer.text
        assert fresh(report).state == "closed"

    def test_an_objection_has_the_periods_of_an_objection_and_must_be_marked_again(self, app: Flask) -> None:
        institution = make_institution()
        report = make_report(kind="objection", state="closed", institution_id=institution.id, named=True)
        act(signed_in(app, Role.PROVINCIAL), report, "reopen", reason="异议人补交了证明。")
        assert runs(report).keys() == {"objection_decision_self", "objection_mark"}


def test_the_reporter_reads_that_the_case_is_looked_into_again(app: Flask, client: FlaskClient) -> None:
    seed_deadline_rules()
    open_case(client, file_report(client, region="510100"))
    put_into(State.CLOSED, the_report())
    assert "不能再留言" in client.get("/reports/track").text
    act(signed_in(app, Role.PROVINCIAL), the_report(), "reopen", reason="补交了合同。")
    page = client.get("/reports/track").text
    for words in (
        'data-state="investigating"',
        "此前的办理结果不再有效，正在重新核查",
        "完成核查",
        "补交了合同。",
        'name="text"',
    ):
        assert words in page
    assert "经核查，收费与公示不符。" not in page
