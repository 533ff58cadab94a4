"""What whoever sent a report may do besides writing: take it back, rate it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.core.database import db
from credit_register.reports.models import State
from tests.accounts.signing_in import actor, signed_in
from tests.reports.citizens import file_report, form_of, open_case, put_into, seed_deadline_rules, the_report
from tests.reports.officers import act, done, recorded, runs


@pytest.fixture
def citizen(client: FlaskClient) -> FlaskClient:
    seed_deadline_rules()
    open_case(client, file_report(client))
    report = the_report()
    report.region_code = "510100"
    db.session.commit()
    return client


def send(citizen: FlaskClient, what: str, **fields: str) -> object:
    return citizen.post(f"/reports/track/{what}", data={**form_of(citizen, "/account/login"), **fields})


class TestTakingBack:
    @pytest.mark.parametrize(
        "state", [State.RECEIVED, State.INVESTIGATING, State.AWAITING_REPORTER, State.MERGED]
    )
    def test_what_is_not_decided_is_taken_back(self, citizen: FlaskClient, state: State) -> None:
        report = the_report()
        put_into(state, report)
        assert send(citizen, "withdraw", sure="y").status_code == 303
        page = citizen.get("/reports/track").text
        assert 'data-state="withdrawn"' in page
        assert "您已撤回，不再办理。" in page
        assert runs(report) == {}
        assert recorded(report, "withdraw").actor_name == "公众"
        assert send(citizen, "withdraw", sure="y").status_code == 303, "the second of two clicks"
        recorded(report, "withdraw")

    def test_only_when_it_is_meant(self, citizen: FlaskClient) -> None:
        answer = send(citizen, "withdraw")
        assert answer.status_code == 422
        assert "请先勾选" in answer.text
        assert the_report().state == "received"

    @pytest.mark.parametrize("state", [State.DECIDED, State.ANSWERED, State.CLOSED, State.REFUSED])
    def test_what_is_decided_stays(self, citizen: FlaskClient, state: State) -> None:
        put_into(state, the_report())
        assert "撤回这件事项" not in citizen.get("/reports/track").text
        send(citizen, "withdraw", sure="y")
        assert the_report().state == state.value
        assert "不能撤回" in citizen.get("/reports/track").text

    def test_the_handler_is_told_and_only_an_office_above_takes_it_up_again(
        self, app: Flask, citizen: FlaskClient
    ) -> None:
        officer = signed_in(app, Role.LOCAL)
        done(the_report(), "take", officer)
        send(citizen, "withdraw", sure="y")
        assert (
            "提交人撤回了事项" in officer.get("/staff/messages").text
            or "提交人撤回了事项" in officer.get("/account/messages").text
        )
        assert act(officer, the_report(), "reopen", reason="涉嫌犯罪线索").status_code == 409
        above = signed_in(app, Role.PROVINCIAL)
        assert done(the_report(), "reopen", above, reason="线索须继续核查。").state == "investigating"


class TestRating:
    def test_once_after_the_answer(self, app: Flask, citizen: FlaskClient) -> None:
        officer = signed_in(app, Role.LOCAL)
        assert "满意吗" not in citizen.get("/reports/track").text
        done(the_report(), "take", officer)
        done(the_report(), "decide", officer, outcome="upheld", reason="情况属实。")
        done(the_report(), "answer", officer, text="已查处。")
        assert "满意吗" in citizen.get("/reports/track").text
        assert send(citizen, "rating", stars="4", words="办得快，谢谢。").status_code == 303
        row = the_report()
        assert (row.rating, row.rating_words) == (4, "办得快，谢谢。")
        assert "您已评价：4 分" in citizen.get("/reports/track").text
        assert "办得快，谢谢。" in officer.get(f"/staff/reports/{row.id}").text
        send(citizen, "rating", stars="1", words="改主意了")
        assert the_report().rating == 4
        assert "已经评价过" in citizen.get("/reports/track").text

    @pytest.mark.parametrize("stars", ["", "0", "6", "-1", "4.5", "很好"])
    def test_five_stars_and_nothing_else(self, citizen: FlaskClient, stars: str) -> None:
        put_into(State.CLOSED, the_report())
        answer = send(citizen, "rating", stars=stars, words="这句话要留着")
        assert answer.status_code == 422
        assert "请选择 1 至 5 分" in answer.text
        assert "这句话要留着" in answer.text
        assert the_report().rating is None

    def test_not_before_the_answer(self, citizen: FlaskClient) -> None:
        send(citizen, "rating", stars="5")
        assert the_report().rating is None


class TestNotes:
    def test_officers_read_them_and_nobody_else_and_another_region_does_not(
        self, app: Flask, citizen: FlaskClient
    ) -> None:
        officer = signed_in(app, Role.LOCAL)
        act(officer, the_report(), "note", text="与银行联系过，等回函。")
        act(officer, the_report(), "note", text="与银行联系过，等回函。")
        page = officer.get(f"/staff/reports/{the_report().id}").text
        assert page.count("与银行联系过，等回函。") == 1
        assert "与银行联系过" not in citizen.get("/reports/track").text
        done(the_report(), "forward", officer, region="330100", reason="对方在杭州")
        there = signed_in(app, Role.LOCAL, email="hangzhou@example.cn", region="330100")
        assert "与银行联系过" not in there.get(f"/staff/reports/{the_report().id}").text
        above = signed_in(app, Role.NATIONAL)
        assert "与银行联系过" in above.get(f"/staff/reports/{the_report().id}").text

    def test_an_empty_note_is_explained(self, app: Flask, citizen: FlaskClient) -> None:
        officer = signed_in(app, Role.LOCAL)
        answer = act(officer, the_report(), "note", text="")
        assert answer.status_code == 422
        assert "请填写备注内容" in answer.text

    def test_an_auditor_reads_and_does_not_write(self, app: Flask, citizen: FlaskClient) -> None:
        report = the_report()
        assert actor(Role.INSPECTOR).name
        auditor = signed_in(app, Role.AUDITOR)
        assert "写一条备注" not in auditor.get(f"/staff/reports/{report.id}").text
        assert act(auditor, report, "note", text="不该有的备注").status_code == 403
