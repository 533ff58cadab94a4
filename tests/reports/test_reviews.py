"""复核: asked for once by whoever sent a report, judged by another than who decided."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError
from werkzeug.test import TestResponse

from credit_register.access.roles import Role
from credit_register.core.clock import clock_at, now
from credit_register.core.database import db
from tests.accounts.signing_in import actor, make_account, signed_in
from tests.factories import make_report
from tests.reports.citizens import file_report, form_of, open_case, seed_deadline_rules, the_report
from tests.reports.officers import act, done, fresh, runs

WHY = "答复没有回应我提供的转账记录，请再核对一次。"


@pytest.fixture
def receipt(client: FlaskClient) -> str:
    """The receipt of a report."""
    seed_deadline_rules()
    return file_report(client)


@pytest.fixture
def citizen(client: FlaskClient, receipt: str) -> FlaskClient:
    """A browser with an open case that an office of the region handles."""
    open_case(client, receipt)
    report = the_report()
    report.region_code = "510100"
    db.session.commit()
    return client


def ask(citizen: FlaskClient, reason: str = WHY) -> TestResponse:
    token = form_of(citizen, "/account/login")
    return citizen.post("/reports/track/review", data={**token, "reason": reason})


def answered(app: Flask) -> FlaskClient:
    """An officer who has decided and answered."""
    officer = signed_in(app, Role.LOCAL)
    report = the_report()
    done(report, "take", officer)
    done(report, "decide", officer, outcome="unfounded", reason="未发现所反映的情况。")
    done(report, "answer", officer, text="经核查未发现。")
    return officer


class TestAsking:
    def test_once_within_thirty_days_and_another_officer_decides(
        self, app: Flask, citizen: FlaskClient
    ) -> None:
        officer = answered(app)
        page = citizen.get("/reports/track").text
        assert "申请一次复核" in page
        assert ask(citizen).status_code == 303
        row = the_report()
        assert (row.state, row.review_request, row.handler_id) == ("reviewing", WHY, None)
        assert runs(row).keys() == {"report_review"}
        page = citizen.get("/reports/track").text
        assert 'data-state="reviewing"' in page
        assert WHY in page
        assert "未发现所反映的情况。" in page, "the result stands until it is changed"

        page = officer.get(f"/staff/reports/{row.id}").text
        assert WHY in page
        assert "须由另一名有复核权限的工作人员复核" in page
        assert "/uphold" not in page
        assert "已经办结" not in page
        refused = act(officer, row, "uphold", reason="没有问题")
        assert refused.status_code == 409
        assert fresh(row).state == "reviewing"

        other = signed_in(app, Role.LOCAL, email="second@example.cn", name="乙")
        row = done(row, "reexamine", other, reason="转账记录没有核对。")
        assert (row.state, row.outcome, row.review_result) == ("investigating", None, "reexamined")
        assert runs(row).keys() == {"report_investigation"}
        barred = act(officer, row, "decide", outcome="unfounded", reason="还是没有发现。")
        assert barred.status_code == 409
        assert "原决定人以外" in barred.text
        done(row, "decide", other, outcome="upheld", reason="转账记录属实。")
        done(row, "answer", other, text="情况属实。")
        page = citizen.get("/reports/track").text
        assert "转账记录属实。" in page
        assert "复核结果：撤销原处理结果，重新核查。转账记录没有核对。" in page
        assert "申请一次复核" not in page
        assert ask(citizen, "再来一次，还是不服。").status_code == 409

    def test_a_result_may_be_upheld(self, app: Flask, citizen: FlaskClient) -> None:
        answered(app)
        ask(citizen)
        other = signed_in(app, Role.PROVINCIAL)
        row = done(the_report(), "uphold", other, reason="核查程序和结论没有问题。")
        assert (row.state, row.review_result, row.outcome) == ("answered", "upheld", "unfounded")
        assert runs(row) == {}
        assert "复核结果：维持原处理结果。核查程序和结论没有问题。" in citizen.get("/reports/track").text

    def test_an_inspector_does_not_review(self, app: Flask, citizen: FlaskClient) -> None:
        answered(app)
        ask(citizen)
        inspector = signed_in(app, Role.INSPECTOR)
        assert act(inspector, the_report(), "uphold", reason="没有问题").status_code == 403

    def test_neither_way_stands_open_for_the_reviewer(self, app: Flask, citizen: FlaskClient) -> None:
        answered(app)
        ask(citizen)
        reviewer = signed_in(app, Role.LOCAL, email="second@example.cn", name="乙")
        page = reviewer.get(f"/staff/reports/{the_report().id}").text
        for words in ("复核：维持原处理结果", "复核：重新核查"):
            assert f'<details class="case-move"><summary>{words}' in page

    def test_a_refusal_can_be_reviewed(self, app: Flask, citizen: FlaskClient) -> None:
        officer = signed_in(app, Role.LOCAL)
        row = done(the_report(), "refuse", officer, reason="属于消费纠纷。", referral="consumer")
        assert row.referral == "consumer"
        page = citizen.get("/reports/track").text
        assert "请向这里反映：消费投诉：全国 12315 平台（www.12315.cn），或拨打 12315" in page
        assert ask(citizen).status_code == 303
        other = signed_in(app, Role.LOCAL, email="second@example.cn", name="乙")
        row = done(the_report(), "reexamine", other, reason="属于受理范围。")
        assert (row.state, row.referral, row.closed_at) == ("investigating", None, None)

    def test_too_late(self, app: Flask, citizen: FlaskClient, receipt: str) -> None:
        answered(app)
        with clock_at(now() + timedelta(days=31)):
            open_case(citizen, receipt)
            assert "申请一次复核" not in citizen.get("/reports/track").text
            late = ask(citizen)
            assert late.status_code == 409
            assert "已经过了" in late.text
            assert WHY in late.text, "what was typed is kept"
        assert the_report().state == "answered"

    def test_not_before_there_is_a_result(self, citizen: FlaskClient) -> None:
        answer = ask(citizen)
        assert answer.status_code == 409
        assert "现在不能申请复核" in answer.text

    @pytest.mark.parametrize("reason", ["", "不服", "长" * 1001])
    def test_words_are_needed(self, app: Flask, citizen: FlaskClient, reason: str) -> None:
        answered(app)
        assert ask(citizen, reason).status_code == 422
        assert the_report().state == "answered"

    def test_the_same_click_twice_is_one_request(self, app: Flask, citizen: FlaskClient) -> None:
        answered(app)
        assert [ask(citizen).status_code for _ in range(2)] == [303, 303]

    def test_without_an_open_case_nothing_happens(self, app: Flask, client: FlaskClient) -> None:
        answer = client.post(
            "/reports/track/review", data={**form_of(client, "/account/login"), "reason": WHY}
        )
        assert answer.status_code == 422
        assert "请重新填写回执码" in answer.text


class TestTheTable:
    def test_the_database_refuses_the_same_person_twice(self, app: Flask) -> None:
        report = make_report(state="answered")
        account = make_account(Role.LOCAL).account
        report.review_requested_at = now()
        report.original_decider_id = report.reviewed_by_id = account.id
        with pytest.raises(IntegrityError):
            db.session.commit()
        db.session.rollback()

    def test_the_database_refuses_a_second_decision_by_the_first_decider(self, app: Flask) -> None:
        report = make_report(state="decided")
        account = make_account(Role.LOCAL).account
        report.review_requested_at, report.review_result = now(), "reexamined"
        report.original_decider_id = report.concluded_by_id = account.id
        with pytest.raises(IntegrityError):
            db.session.commit()
        db.session.rollback()


def test_who_reviews_is_never_named_to_the_citizen(app: Flask, citizen: FlaskClient) -> None:
    answered(app)
    ask(citizen)
    other = actor(Role.LOCAL, email="second@example.cn", name="乙示例")
    done(the_report(), "uphold", signed_in(app, Role.PROVINCIAL), reason="没有问题。")
    assert other.name not in citizen.get("/reports/track").text
