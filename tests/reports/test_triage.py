"""Handling reports: each step with its deadlines, messages and record; two officers; who may do what."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from credit_register.access.roles import Role
from credit_register.audit.models import AuditEvent
from credit_register.core import clock
from credit_register.core.calendar.services import seed_calendar
from credit_register.core.clock import SHANGHAI, clock_at
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline
from credit_register.core.deadlines.queries import open_deadlines
from credit_register.core.deadlines.services import seed_rules
from credit_register.core.lifecycle import MoveNotAllowed
from credit_register.notices.models import Notice
from credit_register.reports import triage
from credit_register.reports.models import Report
from tests.accounts.signing_in import hidden, make_account, send, signed_in
from tests.factories import make_institution, make_report

STEPS = (
    "take",
    "ask",
    "resume",
    "forward",
    "decide",
    "answer",
    "close",
    "revise",
    "reopen",
    "refuse",
    "mark",
)


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, Role.LOCAL)


def act(client: FlaskClient, report: Report, move: str, **fields: Any) -> Any:
    """Open the page, fill in one step, send it."""
    page = f"/staff/reports/{report.id}"
    fields.setdefault("version", hidden(client.get(page).text, "version"))
    return send(client, f"{page}/{move}", fields, page=page)


def fresh(report: Report) -> Report:
    db.session.expire_all()
    return db.session.get_one(Report, report.id)


def runs(report: Report) -> dict[str, date]:
    """The open deadlines by rule."""
    db.session.expire_all()
    return {each.rule.name: each.due_on for each in open_deadlines("report", report.id)}


def deed(report: Report, name: str) -> AuditEvent:
    """The last record of one deed."""
    found = db.session.scalars(
        select(AuditEvent)
        .where(AuditEvent.action == f"report.{name}", AuditEvent.subject_id == str(report.id))
        .order_by(AuditEvent.id.desc())
    ).first()
    assert found is not None
    return found


class TestTheWholeLife:
    def test_a_named_report_is_taken_asked_decided_answered_and_closed(
        self, app: Flask, officer: FlaskClient, clock: datetime
    ) -> None:
        seed_calendar(now=clock)
        report = make_report(named=True)
        assert runs(report) == {"report_acceptance": date(2026, 3, 19)}
        assert act(officer, report, "take", matter="unlawful_fee").status_code == 302
        assert runs(report) == {"report_investigation": date(2026, 4, 2)}
        row = fresh(report)
        assert row.state == "investigating"
        assert row.matter == "unlawful_fee"
        assert row.handler is not None
        assert row.handler.name == "市县牵头单位人员甲"

        assert act(officer, report, "ask", text="请补充付款的日期。").status_code == 302
        assert fresh(report).state == "awaiting_reporter"
        assert runs(report) == {"report_supplement": date(2026, 4, 2)}, "the office's own clock stands"
        assert "起暂停计算" in officer.get(f"/staff/reports/{report.id}").text
        assert act(officer, report, "resume").status_code == 302
        assert runs(report) == {"report_investigation": date(2026, 4, 2)}

        decided = act(officer, report, "decide", outcome="partly", reason="经核对转账记录，部分属实。")
        assert decided.status_code == 302
        row = fresh(report)
        assert (row.state, row.outcome, row.decision) == ("decided", "partly", "经核对转账记录，部分属实。")
        assert row.decided_at == clock
        assert runs(report) == {"report_named_answer": date(2026, 3, 19)}
        assert deed(report, "decide").detail["outcome"] == "部分属实"

        assert act(officer, report, "answer", text="该机构已退还 500 元。").status_code == 302
        assert runs(report) == {}
        assert act(officer, report, "close", reason="已答复").status_code == 302
        row = fresh(report)
        assert (row.state, row.closed_at) == ("closed", clock)
        assert [(said.author, said.text) for said in row.messages] == [
            ("office", "请补充付款的日期。"),
            ("office", "该机构已退还 500 元。"),
        ]
        page = officer.get(f"/staff/reports/{report.id}").text
        assert 'data-state="closed"' in page
        assert "没有待办的步骤" in page
        for label in ("受理", "请提交人补充", "作出处理决定", "答复", "办结"):
            assert f"<strong>{label}</strong>" in page

    def test_an_anonymous_report_is_answered_within_the_same_period(
        self, officer: FlaskClient, clock: datetime
    ) -> None:
        seed_calendar(now=clock)
        report = make_report(state="investigating")
        assert act(officer, report, "decide", reason="经核查，未发现所反映的情况。").status_code == 302
        assert runs(report) == {"report_named_answer": date(2026, 3, 19)}
        page = officer.get(f"/staff/reports/{report.id}").text
        assert "匿名事项结果告知（内部时限，与实名相同）" in page
        assert "实名举报结果告知" not in page
        assert fresh(report).outcome == "noted", "who does not say what was found leaves it open"

    def test_an_objection_keeps_the_period_that_the_law_counts_from_receipt(
        self, officer: FlaskClient, clock: datetime
    ) -> None:
        seed_calendar(now=clock)
        report = make_report(kind="objection", named=True)
        before = runs(report)
        assert before.keys() == {"objection_mark", "objection_decision_self"}
        act(officer, report, "take")
        assert runs(report) == {"objection_decision_self": before["objection_decision_self"]}, (
            "nothing of whom the register does not have can be marked"
        )
        act(officer, report, "decide", outcome="upheld", reason="异议成立，已更正。")
        assert runs(report).keys() == {"report_named_answer"}

    def test_an_objection_without_that_period_is_investigated_like_any_other(
        self, officer: FlaskClient
    ) -> None:
        report = make_report(kind="objection")
        db.session.execute(text("DELETE FROM deadline"))
        db.session.commit()
        act(officer, report, "take")
        assert runs(report).keys() == {"report_investigation"}

    def test_who_is_refused_reads_why(self, officer: FlaskClient) -> None:
        report = make_report()
        assert act(officer, report, "refuse", reason="属于消费投诉，请拨打 12315。").status_code == 302
        row = fresh(report)
        assert (row.state, row.closed_at is not None) == ("refused", True)
        assert [said.text for said in row.messages] == ["属于消费投诉，请拨打 12315。"]
        assert runs(report) == {}

    def test_words_may_come_in_either_field(self, officer: FlaskClient) -> None:
        report = make_report(state="investigating")
        assert act(officer, report, "ask", reason="请补充合同。").status_code == 302
        assert act(officer, report, "decide", text="经核查，情况属实。").status_code == 302
        row = fresh(report)
        assert row.messages[0].text == "请补充合同。"
        assert row.decision == "经核查，情况属实。"


class TestDeadlines:
    def test_working_days_pass_over_a_holiday_and_the_page_says_how_late_it_is(self, app: Flask) -> None:
        before_new_year = datetime(2026, 2, 12, 9, 0, tzinfo=SHANGHAI)
        with clock_at(before_new_year):
            seed_calendar(now=before_new_year)
            officer = signed_in(app, Role.LOCAL)
            report = make_report()
        due = runs(report)["report_acceptance"]
        assert due > date(2026, 2, 23), "the spring festival is not counted"
        with clock_at(datetime(due.year, due.month, due.day, 23, 0, tzinfo=SHANGHAI)):
            officer = client_of_again(app)
            page = officer.get(f"/staff/reports/{report.id}").text
            assert "今天到期" in page
            assert "已逾期" not in page
        with clock_at(datetime(2026, 3, 12, 9, 0, tzinfo=SHANGHAI)):
            officer = client_of_again(app)
            page = officer.get(f"/staff/reports/{report.id}").text
            assert f"已逾期 {due}" in page
            assert "个工作日" in page
            assert "status-bad" in page

    def test_a_year_without_a_table_is_marked_provisional(self, officer: FlaskClient) -> None:
        report = make_report()
        assert "暂按周末推算" in officer.get(f"/staff/reports/{report.id}").text
        assert "暂按周末推算" in officer.get("/staff/reports").text


def client_of_again(app: Flask) -> FlaskClient:
    """A new session, because the old one ended while the clock moved on."""
    return signed_in(app, Role.LOCAL, email=f"{clock.now():%Y%m%d}@example.cn")


class TestForwarding:
    def test_the_report_leaves_with_its_reason_and_the_old_office_sees_it_no_more(
        self, app: Flask, officer: FlaskClient
    ) -> None:
        report = make_report()
        acceptance = runs(report)
        answer = act(officer, report, "forward", region="330100", reason="该机构注册在杭州。")
        assert answer.location == "/staff/reports"
        assert "已转出" in officer.get("/staff/reports").text
        assert officer.get(f"/staff/reports/{report.id}").status_code == 404
        assert runs(report) == acceptance, "the period of acceptance runs on"
        receiver = signed_in(app, Role.INSPECTOR, region="330100")
        page = receiver.get(f"/staff/reports/{report.id}").text
        assert "该机构注册在杭州。" in page
        assert "四川省成都市" in page

    def test_an_investigation_runs_on_and_the_other_office_has_a_period_of_acceptance_beside_it(
        self, app: Flask, officer: FlaskClient
    ) -> None:
        report = make_report(state="investigating", received_at=clock.now() - timedelta(days=40))
        before = runs(report)
        assert before.keys() == {"report_investigation"}
        act(officer, report, "forward", region="浙江省杭州市", reason="应由杭州办理。")
        row = fresh(report)
        assert (row.state, row.region_code, row.handler_id) == ("received", "330100", None)
        assert runs(report).keys() == {"report_investigation", "report_acceptance"}
        assert runs(report).items() > before.items()
        receiver = signed_in(app, Role.INSPECTOR, region="330100")
        for path in ("/staff/reports", f"/staff/reports/{report.id}"):
            assert f"已逾期 {before['report_investigation']}" in receiver.get(path).text, path
        assert act(receiver, report, "take").status_code == 302
        assert runs(report) == before, "taken by the other office, the old investigation goes on"

    def test_within_the_own_region_nothing_is_lost_and_nothing_gained(self, app: Flask) -> None:
        province = signed_in(app, Role.PROVINCIAL)
        report = make_report(state="investigating", received_at=clock.now() - timedelta(days=40))
        before = runs(report)
        fields = {"region": "510700", "reason": "应由绵阳办理。", "version": str(report.version)}
        assert act(province, report, "forward", **fields).status_code == 302
        assert runs(report) == before
        again = act(province, report, "forward", **fields)
        assert again.status_code == 302, "the same click twice is no error"
        assert act(province, report, "take").status_code == 302
        assert runs(report) == before

    def test_a_period_of_acceptance_that_runs_is_not_counted_anew(self, officer: FlaskClient) -> None:
        report = make_report(received_at=clock.now() - timedelta(days=20))
        before = runs(report)
        act(officer, report, "forward", region="330100", reason="应由杭州办理。")
        assert runs(report) == before

    def test_an_objection_gains_no_time_by_being_forwarded(self, officer: FlaskClient) -> None:
        report = make_report(kind="objection", state="investigating")
        before = runs(report)
        act(officer, report, "forward", text="330100", reason="应由杭州办理。")
        assert runs(report).items() > before.items()
        assert min(runs(report).values()) == before["objection_decision_self"]

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"region": "999999", "reason": "转办"}, "没有这个地区"),
            ({"region": "", "reason": "转办"}, "请填写转往的地区"),
            ({"region": "510100", "reason": "转办"}, "现在就由四川省成都市办理"),
            ({"region": "330100", "reason": ""}, "请填写转办原因"),
            ({"text": "330100"}, "请填写转办原因"),
        ],
    )
    def test_what_is_missing_stands_beside_the_field(
        self, officer: FlaskClient, fields: dict[str, str], sentence: str
    ) -> None:
        report = make_report()
        answer = act(officer, report, "forward", **fields)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert fresh(report).region_code == "510100"

    def test_the_button_pressed_twice_does_not_frighten(self, officer: FlaskClient) -> None:
        report = make_report()
        fields = {"region": "330100", "reason": "应由杭州办理。", "version": "1"}
        assert act(officer, report, "forward", **fields).status_code == 302
        again = send(officer, f"/staff/reports/{report.id}/forward", fields, page="/account")
        assert (again.status_code, again.location) == (302, "/staff/reports")


class TestTwoOfficers:
    def test_the_second_is_told_who_was_first_and_keeps_what_was_typed(
        self, app: Flask, officer: FlaskClient
    ) -> None:
        report = make_report()
        colleague = signed_in(app, Role.INSPECTOR)
        seen = hidden(colleague.get(f"/staff/reports/{report.id}").text, "version")
        assert act(officer, report, "take").status_code == 302
        late = act(colleague, report, "take", version=seen)
        assert late.status_code == 409
        assert "市县牵头单位人员甲（市县牵头单位人员）已于" in late.text
        refused = act(colleague, report, "refuse", version=seen, reason="不属于本单位职责。")
        assert refused.status_code == 409
        assert ">\n不属于本单位职责。</textarea>" in refused.text.replace("\r\n", "\n")
        row = fresh(report)
        assert row.state == "investigating"
        assert hidden(refused.text, "version") == str(row.version)

    def test_a_message_after_the_step_is_not_what_was_first(self, app: Flask, officer: FlaskClient) -> None:
        report = make_report(named=True)
        page = f"/staff/reports/{report.id}"
        colleague = signed_in(app, Role.INSPECTOR)
        seen = hidden(colleague.get(page).text, "version")
        assert act(officer, report, "take").status_code == 302
        third = signed_in(app, Role.PROVINCIAL)
        assert send(third, f"{page}/message", {"text": "正在核实。"}, page=page).status_code == 302
        assert send(third, f"{page}/reveal", {"reason": "需要当面核实"}, page=page).status_code == 200
        late = act(colleague, report, "refuse", version=seen, reason="不属于本单位职责。")
        assert late.status_code == 409
        told = re.search(r"已于 \d\d-\d\d \d\d:\d\d 办理“([^”]+)”", late.text)
        assert told
        assert told[1] == "受理"
        assert "市县牵头单位人员甲（市县牵头单位人员）已于" in late.text

    def test_words_for_a_step_that_is_gone_are_kept_to_copy(self, app: Flask, officer: FlaskClient) -> None:
        report = make_report(state="decided")
        seen = report.version
        colleague = signed_in(app, Role.PROVINCIAL)
        act(colleague, report, "answer", text="已答复。")
        late = act(officer, report, "answer", text="我写了很久的答复。", version=seen)
        assert late.status_code == 409
        assert "我写了很久的答复。" in late.text
        assert [said.text for said in fresh(report).messages] == ["已答复。"]

    def test_the_same_click_twice_is_no_error(self, officer: FlaskClient) -> None:
        report = make_report(state="investigating")
        seen = report.version
        for _ in range(2):
            answer = act(officer, report, "ask", text="请补充合同。", version=seen)
            assert answer.status_code == 302
        assert len(fresh(report).messages) == 1
        other = act(officer, report, "ask", text="另一个问题。", version=seen)
        assert other.status_code == 409

    def test_a_colleague_may_step_in_and_the_record_names_both(
        self, app: Flask, officer: FlaskClient
    ) -> None:
        report = make_report()
        act(officer, report, "take")
        colleague = signed_in(app, Role.PROVINCIAL)
        assert "这件由 市县牵头单位人员甲 经办" in colleague.get(f"/staff/reports/{report.id}").text
        act(colleague, report, "decide", reason="经核查，情况属实。")
        record = deed(report, "decide")
        assert record.actor_name == "省级牵头单位人员甲"
        assert record.detail["handler"] == "市县牵头单位人员甲"

    def test_of_two_who_saw_the_same_version_one_takes_the_report(self, app: Flask) -> None:
        report = make_report()
        first = make_account(Role.LOCAL).account.actor
        triage.take_report(report, matter=None, note="", version=1, actor=first, now=clock.now())
        with pytest.raises(MoveNotAllowed):
            triage.take_report(report, matter=None, note="", version=1, actor=first, now=clock.now())
        db.session.rollback()
        assert len(db.session.scalars(select(Deadline).where(Deadline.closed_at.is_(None))).all()) == 1


class TestPermissions:
    @pytest.mark.parametrize("role", [Role.INSPECTOR, Role.LOCAL, Role.PROVINCIAL, Role.NATIONAL])
    def test_officers_of_the_region_handle(self, app: Flask, role: Role) -> None:
        report = make_report()
        assert act(signed_in(app, role), report, "take").status_code == 302

    def test_the_auditor_reads_and_is_offered_no_button(self, app: Flask) -> None:
        report = make_report(named=True)
        auditor = signed_in(app, Role.AUDITOR)
        page = auditor.get(f"/staff/reports/{report.id}")
        assert page.status_code == 200
        main = page.text[page.text.index("<main") :]
        assert "<form" not in main[: main.index("</main>")]
        assert "可以查看，不能办理" in main
        for step in STEPS:
            fields = {"reason": "试一试这一步", "text": "试一试这一步", "version": "1"}
            assert (
                send(auditor, f"/staff/reports/{report.id}/{step}", fields, page="/account").status_code
                == 403
            )

    @pytest.mark.parametrize("role", [Role.REVIEWER, Role.SYSADMIN])
    def test_who_has_nothing_to_do_with_reports_sees_none(self, app: Flask, role: Role) -> None:
        report = make_report()
        client = signed_in(app, role)
        assert client.get("/staff/reports").status_code == 403
        assert client.get(f"/staff/reports/{report.id}").status_code == 403

    def test_another_regions_report_is_not_there(self, app: Flask) -> None:
        report = make_report(named=True)
        foreign = signed_in(app, Role.PROVINCIAL, region="330000")
        assert foreign.get(f"/staff/reports/{report.id}").status_code == 404
        assert foreign.get(f"/staff/reports/{report.id}/files/1").status_code == 404
        fields = {"reason": "想看看是谁", "text": "文字", "version": "1", "region": "330100"}
        for step in (*STEPS, "message", "reveal"):
            answer = send(foreign, f"/staff/reports/{report.id}/{step}", fields, page="/account")
            assert answer.status_code == 404, step
        assert fresh(report).state == "received"


class TestInput:
    @pytest.mark.parametrize(
        ("state", "step", "fields", "sentence"),
        [
            ("investigating", "ask", {"text": " "}, "请写明需要提交人补充什么"),
            ("investigating", "decide", {"reason": ""}, "请填写处理决定"),
            ("investigating", "decide", {"reason": "属实", "outcome": "maybe"}, "请选择处理结论"),
            ("investigating", "decide", {"reason": "属实", "matter": "love"}, "请从列表中选择事项分类"),
            ("investigating", "decide", {"reason": "打 13800000000 找他"}, "手机号，属于个人信息"),
            ("decided", "answer", {"text": "长" * 2001}, "最多 2000 字"),
            ("received", "take", {"version": "x"}, "页面已过期"),
        ],
    )
    def test_a_fault_is_explained_and_nothing_typed_is_lost(
        self, officer: FlaskClient, state: str, step: str, fields: dict[str, str], sentence: str
    ) -> None:
        report = make_report(state=state)
        answer = act(officer, report, step, **fields)
        assert answer.status_code == 422
        assert sentence in answer.text
        for name in ("reason", "text"):
            assert fields.get(name, "").strip() in answer.text
        assert fresh(report).state == state

    def test_a_step_that_the_state_does_not_offer_is_told(self, officer: FlaskClient) -> None:
        report = make_report()
        answer = act(officer, report, "answer", text="早了一点")
        assert answer.status_code == 409
        assert "早了一点" in answer.text
        assert fresh(report).state == "received"


class TestMessagesAndNotices:
    def test_a_message_changes_no_state_and_stands_once(self, officer: FlaskClient) -> None:
        report = make_report(state="investigating")
        for _ in range(2):
            answer = send(
                officer,
                f"/staff/reports/{report.id}/message",
                {"text": "正在向银行核实。"},
                page=f"/staff/reports/{report.id}",
            )
            assert answer.status_code == 302
        row = fresh(report)
        assert row.state == "investigating"
        assert [said.text for said in row.messages] == ["正在向银行核实。"]
        assert deed(report, "write").detail == {}

    @pytest.mark.parametrize("state", ["closed", "refused"])
    def test_nobody_is_written_to_who_cannot_answer(self, officer: FlaskClient, state: str) -> None:
        report = make_report(state="received")
        page = f"/staff/reports/{report.id}"
        assert "给提交人留言" in officer.get(page).text
        report = db.session.merge(report)
        values = {"outcome": "upheld", "decided_at": clock.now()} if state == "closed" else {}
        for name, value in {"state": state, "closed_at": clock.now(), **values}.items():
            setattr(report, name, value)
        db.session.commit()
        answer = send(officer, f"{page}/message", {"text": "写了很久的留言。"}, page=page)
        assert answer.status_code == 409
        assert "提交人不能再回复，所以留言没有发出" in answer.text
        assert "写了很久的留言。" in answer.text
        assert fresh(report).messages == []
        assert "给提交人留言" not in officer.get(page).text

    def test_an_institution_that_objected_is_told_and_shown(self, app: Flask, officer: FlaskClient) -> None:
        institution = make_institution()
        agent = make_account(Role.AGENT, uscc_code=institution.uscc).account
        report = make_report(
            kind="objection",
            named=True,
            objector_id=agent.id,
            subject_uscc=institution.uscc,
            institution_id=institution.id,
        )
        assert institution.name in officer.get(f"/staff/reports/{report.id}").text
        act(officer, report, "take")
        act(officer, report, "ask", text="请提供原始合同。")
        act(officer, report, "decide", reason="异议成立。", outcome="upheld")
        act(officer, report, "answer", text="已更正。")
        told = db.session.scalars(select(Notice).order_by(Notice.id)).all()
        assert [each.title for each in told] == ["您提交的异议需要补充材料", "您提交的异议已有答复"]
        assert {each.path for each in told} == {"/reports/track"}
        assert all("回执码" in each.text and "合同" not in each.text for each in told)


class TestReveal:
    def test_it_is_recorded_before_it_is_shown_on_this_one_answer(self, officer: FlaskClient) -> None:
        report = make_report(named=True)
        path = f"/staff/reports/{report.id}"
        page = officer.get(path).text
        assert "实名（身份已加密，查看须填写理由并留痕）" in page
        assert "王示例" not in page
        answer = send(officer, f"{path}/reveal", {"reason": "核实付款的时间"}, page=path)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert "王示例" in answer.text
        assert "13800000000" in answer.text
        assert deed(report, "reveal").detail == {"reason": "核实付款的时间"}
        after = officer.get(path).text
        assert "王示例" not in after
        assert "核实付款的时间" in after
        stored = db.session.execute(text("SELECT name, phone FROM report_identity")).one()
        assert "王示例" not in stored.name
        assert "13800000000" not in stored.phone

    @pytest.mark.parametrize("reason", ["", "看看", "查" * 401, "他的电话是 13800000000 吗"])
    def test_without_a_proper_reason_nothing_is_shown_or_recorded(
        self, officer: FlaskClient, reason: str
    ) -> None:
        report = make_report(named=True)
        path = f"/staff/reports/{report.id}"
        answer = send(officer, f"{path}/reveal", {"reason": reason}, page=path)
        assert answer.status_code == 422
        assert "王示例" not in answer.text
        assert db.session.scalar(select(AuditEvent).where(AuditEvent.action == "report.reveal")) is None

    def test_an_inspector_handles_without_knowing_who(self, app: Flask) -> None:
        report = make_report(named=True)
        inspector = signed_in(app, Role.INSPECTOR)
        path = f"/staff/reports/{report.id}"
        assert "您的角色不能查看身份" in inspector.get(path).text
        assert send(inspector, f"{path}/reveal", {"reason": "我想知道是谁"}, page=path).status_code == 403

    def test_what_is_anonymous_stays_so(self, officer: FlaskClient) -> None:
        report = make_report()
        path = f"/staff/reports/{report.id}"
        assert "匿名" in officer.get(path).text
        assert send(officer, f"{path}/reveal", {"reason": "我想知道是谁"}, page=path).status_code == 404


def test_rules_that_are_missing_are_named_instead_of_an_error_page(officer: FlaskClient) -> None:
    seed_rules()
    report = make_report(received_at=clock.now() - timedelta(days=1))
    db.session.execute(text("DELETE FROM deadline"))
    db.session.execute(text("DELETE FROM deadline_rule"))
    db.session.commit()
    answer = act(officer, report, "take")
    assert answer.status_code == 409
    assert "请先在时限规则中补充" in answer.text
    assert fresh(report).state == "received"


def test_nothing_of_an_open_report_is_public(app: Flask, client: FlaskClient) -> None:
    institution = make_institution(name="成都示例被举报信用管理有限公司")
    make_report(
        institution_id=institution.id,
        subject_uscc=institution.uscc,
        subject_name="秘密的被举报名称",
        facts="秘密的事实",
        state="decided",
        decision="秘密的决定",
    )
    for path in ("/", "/warnings", f"/institutions/{institution.uscc}", "/institutions"):
        assert "秘密的" not in client.get(path).text, path
