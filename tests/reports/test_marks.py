"""The mark of an objection: what an officer sets, what everybody reads, and when it goes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from credit_register.access.roles import Role
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadlines
from credit_register.core.lifecycle import StaleVersion
from credit_register.institutions.models import Institution
from credit_register.notices.models import Notice
from credit_register.reports import marks, triage
from credit_register.reports.models import Report
from credit_register.transparency.models import PublicEvent
from tests.accounts.signing_in import client_of, hidden, make_account, send, signed_in
from tests.factories import make_check, make_institution, make_report
from tests.reports.citizens import file_report, open_case, seed_deadline_rules, the_report

DISPUTED = "登记的住所"


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, Role.LOCAL)


@pytest.fixture
def institution(app: Flask) -> Institution:
    return make_institution()


def objection(institution: Institution, **overrides: Any) -> Report:
    about = {"institution_id": institution.id, "subject_uscc": institution.uscc, "kind": "objection"}
    return make_report(named=True, **{**about, **overrides})


def fresh(report: Report) -> Report:
    db.session.expire_all()
    return db.session.get_one(Report, report.id)


def runs(report: Report) -> set[str]:
    db.session.expire_all()
    return {each.rule.name for each in open_deadlines("report", report.id)}


def act(client: FlaskClient, report: Report, step: str, **fields: Any) -> Any:
    page = f"/staff/reports/{report.id}"
    fields.setdefault("version", fresh(report).version)
    return send(client, f"{page}/{step}", fields, page=page)


def profile(client: FlaskClient, institution: Institution) -> str:
    return client.get(f"/institutions/{institution.uscc}").text


def events() -> list[PublicEvent]:
    db.session.expire_all()
    wanted = PublicEvent.subject_kind == "objection_mark"
    return list(db.session.scalars(select(PublicEvent).where(wanted).order_by(PublicEvent.id)))


class TestMarking:
    def test_it_stands_at_once_on_the_page_that_readers_have_kept(
        self, app: Flask, client: FlaskClient, officer: FlaskClient, institution: Institution, clock: datetime
    ) -> None:
        report = objection(institution)
        assert "异议标注" not in profile(client, institution), "a page without a mark says nothing of marks"
        page = officer.get(f"/staff/reports/{report.id}").text
        assert '<details class="case-move" open><summary>标注异议' in page
        assert "标注不表示谁对谁错" in page
        assert "请先核实确由该机构提出" in page
        assert act(officer, report, "mark", text=f" {DISPUTED}\n").status_code == 302
        row = fresh(report)
        assert (row.mark, row.marked_on, row.state) == (DISPUTED, today(), "received")
        line = f"该机构对“{DISPUTED}”提出异议，主管部门正在核实（{today()} 起标注）"
        assert line in profile(client, institution)
        assert "示例" not in line
        assert "王示例" not in profile(client, institution)
        assert runs(report) == {"objection_decision_self"}

        record = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "report.mark")).one()
        assert record.detail == {"mark": DISPUTED}
        (event,) = events()
        assert event.kind == "objection_mark.publish"
        assert event.subject_key == row.mark_key != str(row.id)
        assert DISPUTED in (event.payload or "")
        assert "王示例" not in (event.payload or "")
        after = officer.get(f"/staff/reports/{report.id}").text
        assert "更改标注" in after
        assert '<details class="case-move" open><summary>受理' in after

    @pytest.mark.parametrize(
        ("step", "fields"),
        [
            ("decide", {"reason": "异议成立，已更正。", "outcome": "upheld"}),
            ("refuse", {"reason": "与公示信息无关，请另行反映。"}),
        ],
    )
    def test_it_goes_at_once_with_the_decision(
        self,
        client: FlaskClient,
        officer: FlaskClient,
        institution: Institution,
        step: str,
        fields: dict[str, str],
    ) -> None:
        report = objection(institution, state="investigating")
        act(officer, report, "mark", text=DISPUTED)
        assert DISPUTED in profile(client, institution)
        assert act(officer, report, step, **fields).status_code == 302
        assert DISPUTED not in profile(client, institution)
        row = fresh(report)
        assert (row.mark, row.marked_on, row.mark_key) == ("", None, None)
        published, withdrawn = events()
        assert published.payload is None
        assert published.withdrawn_at is not None
        assert withdrawn.kind == "objection_mark.withdraw"
        assert DISPUTED not in (withdrawn.payload or "")

    def test_it_stays_while_the_report_is_asked_about_taken_and_forwarded(
        self, client: FlaskClient, officer: FlaskClient, institution: Institution
    ) -> None:
        report = objection(institution)
        act(officer, report, "mark", text=DISPUTED)
        for step, fields in (
            ("take", {}),
            ("ask", {"text": "请补充材料。"}),
            ("forward", {"region": "330100", "reason": "应由杭州办理。"}),
        ):
            assert act(officer, report, step, **fields).status_code == 302
            assert DISPUTED in profile(client, institution), step

    def test_taking_an_objection_leaves_the_mark_to_be_set(
        self, officer: FlaskClient, institution: Institution
    ) -> None:
        report = objection(institution)
        act(officer, report, "take")
        assert runs(report) == {"objection_mark", "objection_decision_self"}
        assert act(officer, report, "mark", text=DISPUTED).status_code == 302
        assert runs(report) == {"objection_decision_self"}

    def test_better_words_take_the_place_of_the_first(
        self, client: FlaskClient, officer: FlaskClient, institution: Institution
    ) -> None:
        report = objection(institution)
        act(officer, report, "mark", text=DISPUTED)
        act(officer, report, "mark", text="登记的联系电话")
        page = profile(client, institution)
        assert "登记的联系电话" in page
        assert DISPUTED not in page
        assert [event.kind.rpartition(".")[2] for event in events()] == ["publish", "withdraw", "publish"]
        assert len({event.subject_key for event in events()}) == 2

    def test_an_institution_that_objected_itself_is_told(
        self, officer: FlaskClient, institution: Institution
    ) -> None:
        agent = make_account(Role.AGENT, uscc_code=institution.uscc).account
        report = objection(institution, objector_id=agent.id)
        assert "请先核实确由该机构提出" not in officer.get(f"/staff/reports/{report.id}").text
        act(officer, report, "mark", text=DISPUTED)
        notice = db.session.scalars(select(Notice)).one()
        assert (notice.account_id, DISPUTED in notice.title + notice.text) == (agent.id, False)


class TestRefusals:
    @pytest.mark.parametrize(
        "text", ["", "住所", "长" * 201, "请打电话 13800000000", "  \n 住 所 \n"], ids=str.strip
    )
    def test_words_that_cannot_be_public_are_refused_and_kept(
        self, client: FlaskClient, officer: FlaskClient, institution: Institution, text: str
    ) -> None:
        report = objection(institution)
        answer = act(officer, report, "mark", text=text)
        assert answer.status_code == 422
        assert "会公开显示" in answer.text or "属于个人信息" in answer.text
        assert text.strip() in answer.text
        assert fresh(report).marked_on is None
        assert events() == []
        assert "异议标注" not in profile(client, institution)

    @pytest.mark.parametrize(
        "overrides", [{"kind": "report"}, {"institution_id": None}, {"state": "decided"}], ids=str
    )
    def test_only_an_open_objection_against_the_register_can_be_marked(
        self, officer: FlaskClient, institution: Institution, overrides: dict[str, Any]
    ) -> None:
        report = objection(institution, **overrides)
        assert "标注异议" not in officer.get(f"/staff/reports/{report.id}").text
        answer = act(officer, report, "mark", text=DISPUTED)
        assert answer.status_code == 409
        assert "只能标注" in answer.text
        assert DISPUTED in answer.text, "what was typed is there to be copied"
        assert fresh(report).marked_on is None

    def test_the_database_keeps_no_mark_beyond_the_objection(self, institution: Institution) -> None:
        report = objection(institution, state="decided")
        report.mark, report.marked_on, report.mark_key = DISPUTED, today(), "k"
        with pytest.raises(IntegrityError):
            db.session.commit()
        db.session.rollback()

    def test_the_second_officer_is_told_and_the_same_click_twice_is_no_error(
        self, app: Flask, officer: FlaskClient, institution: Institution
    ) -> None:
        report = objection(institution)
        seen = hidden(officer.get(f"/staff/reports/{report.id}").text, "version")
        for _ in range(2):
            assert act(officer, report, "mark", text=DISPUTED, version=seen).status_code == 302
        assert len(events()) == 1
        colleague = signed_in(app, Role.INSPECTOR)
        late = act(colleague, report, "mark", text="登记的联系电话", version=seen)
        assert late.status_code == 409
        assert "办理“标注异议”" in late.text
        assert "登记的联系电话" in late.text
        assert fresh(report).mark == DISPUTED

    def test_a_decision_on_an_older_version_takes_no_mark_off(self, institution: Institution) -> None:
        report = objection(institution)
        person = make_account(Role.LOCAL).account.actor
        triage.mark_objection(report, text=DISPUTED, version=1, actor=person, now=now())
        with pytest.raises(StaleVersion):
            triage.refuse_report(report, reason="不予受理", version=1, actor=person, now=now())
        db.session.rollback()
        assert [mark.text for mark in marks.marks_of(institution.uscc)] == [DISPUTED]


class TestTheReporter:
    def test_the_promise_is_made_where_it_can_be_kept_and_its_keeping_is_shown(
        self, app: Flask, client: FlaskClient, institution: Institution
    ) -> None:
        seed_deadline_rules()
        who = {
            "kind": "objection",
            "anonymous": "0",
            "contact_name": "王示例",
            "contact_phone": "13800000000",
        }
        receipt = file_report(client, subject_uscc=institution.uscc, **who)
        assert "在有异议的信息旁作出标注" in client.get("/reports/receipt").text
        open_case(client, receipt)
        report = the_report()
        act(signed_in(app, Role.LOCAL, region=report.region_code), report, "mark", text=DISPUTED)
        page = client.get("/reports/track").text
        assert f"公开页面标注“{DISPUTED}”有异议" in page
        assert "在有异议的信息旁作出标注" not in page

    def test_no_mark_is_promised_of_whom_the_register_does_not_have(
        self, client: FlaskClient, app: Flask
    ) -> None:
        seed_deadline_rules()
        who = {
            "kind": "objection",
            "anonymous": "0",
            "contact_name": "王示例",
            "contact_phone": "13800000000",
        }
        open_case(client, file_report(client, subject_name="示例不在名录的机构", **who))
        for path in ("/reports/receipt", "/reports/track"):
            page = client.get(path).text
            assert "作出标注" not in page, path
            assert "作出异议处理决定" in page, path


class TestIndependence:
    def test_who_concluded_the_published_check_is_told_to_leave_it_to_others(
        self, app: Flask, institution: Institution
    ) -> None:
        judge = make_account(Role.INSPECTOR)
        colleague = make_account(Role.LOCAL)
        make_check(institution, opened_by_id=judge.account.id, state="published")
        report, other = objection(institution), make_report(institution_id=institution.id)
        sentence = "您是原核查结论的经办人，请由他人办理"
        first = client_of(app, judge.account)
        assert sentence in first.get(f"/staff/reports/{report.id}").text
        assert sentence not in first.get(f"/staff/reports/{other.id}").text, "a report is no objection"
        second = client_of(app, colleague.account)
        assert sentence not in second.get(f"/staff/reports/{report.id}").text
