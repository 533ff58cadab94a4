"""Following a report: the receipt alone opens it, and both sides write."""

from __future__ import annotations

import io
import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from credit_register.access.roles import Role
from credit_register.audit.queries import deeds
from credit_register.core.clock import clock_at, now
from credit_register.core.database import db
from credit_register.notices.models import Notice
from credit_register.reports import tracking, triage
from credit_register.reports.models import Author, Message, Outcome, Report, State
from credit_register.reports.views import public_tracking
from tests.accounts.signing_in import actor, enter, make_account, send
from tests.conftest import MOMENT
from tests.reports.citizens import (
    FACTS,
    file_report,
    form_of,
    open_case,
    picture,
    put_into,
    seed_deadline_rules,
    the_report,
    write,
)


@pytest.fixture(autouse=True)
def rules(app: Flask) -> None:
    seed_deadline_rules()


def messages() -> list[tuple[str, str]]:
    db.session.rollback()
    return [(row.author, row.text) for row in db.session.scalars(select(Message).order_by(Message.id))]


def say_as_office(report: Report, text: str) -> None:
    account = make_account(Role.LOCAL, name="承办人甲乙丙").account
    db.session.add(
        Message(report_id=report.id, at=now(), author=Author.OFFICE.value, account_id=account.id, text=text)
    )
    report.handler_id = account.id
    db.session.commit()


class TestOpening:
    def test_the_receipt_alone_opens_the_case_in_any_browser(self, app: Flask, client: FlaskClient) -> None:
        receipt = file_report(client, subject_name="示例某某信用")
        other = app.test_client()
        assert "data-state" not in other.get("/reports/track").text
        answer = open_case(other, receipt.lower().replace("-", " "))
        assert (answer.status_code, answer.location) == (303, "/reports/track")
        page = other.get("/reports/track")
        assert 'data-state="received"' in page.text
        assert "待受理" in page.text
        assert FACTS in page.text
        assert "no-store" in page.headers["Cache-Control"]
        assert "data-state" not in app.test_client().get("/reports/track").text

    def test_filing_alone_opens_nothing(self, client: FlaskClient) -> None:
        file_report(client)
        assert "data-state" not in client.get("/reports/track").text

    def test_a_slip_is_explained_and_what_was_typed_stays(self, client: FlaskClient) -> None:
        receipt = file_report(client)
        wrong = receipt[:-1] + ("2" if receipt[-1] != "2" else "3")
        answer = open_case(client, wrong)
        assert answer.status_code == 422
        assert "有一个字符抄错或两个字符颠倒" in answer.text
        assert f'value="{wrong}"' in answer.text
        assert "现在读到 3 个" in open_case(client, "ABC").text

    def test_a_well_formed_receipt_of_nobody_is_not_found(self, client: FlaskClient) -> None:
        answer = open_case(client, "2222-2222-2222-2222-2222")
        assert answer.status_code == 422
        assert "没有找到这个回执码" in answer.text

    def test_it_closes_by_itself_after_half_an_hour(self, client: FlaskClient) -> None:
        receipt = file_report(client)
        with clock_at(MOMENT):
            open_case(client, receipt)
        with clock_at(MOMENT + timedelta(minutes=29)):
            assert "data-state" in client.get("/reports/track").text
        with clock_at(MOMENT + timedelta(minutes=58)):
            assert "data-state" in client.get("/reports/track").text
        with clock_at(MOMENT + timedelta(minutes=89)):
            assert "data-state" not in client.get("/reports/track").text

    def test_after_four_hours_it_closes_however_often_it_is_looked_at(self, client: FlaskClient) -> None:
        receipt = file_report(client)
        with clock_at(MOMENT):
            open_case(client, receipt)
        with client.session_transaction() as session:
            first = dict(session)
        for minutes in range(20, 241, 20):
            with clock_at(MOMENT + timedelta(minutes=minutes)):
                assert "data-state" in client.get("/reports/track").text
        with client.session_transaction() as session:
            copied = dict(session)
            assert copied["report_case"] != first["report_case"]
        with clock_at(MOMENT + timedelta(minutes=241)):
            assert "data-state" not in client.get("/reports/track").text
            late = write(client, "还有一点补充")
            assert late.status_code == 422
            assert "打开已满 4 小时" in late.text
            assert "还有一点补充" in late.text
        with client.session_transaction() as session:
            session.update(copied)
        with clock_at(MOMENT + timedelta(minutes=241)):
            assert "data-state" not in client.get("/reports/track").text
            open_case(client, receipt)
            assert "data-state" in client.get("/reports/track").text

    def test_neither_a_sign_in_nor_a_sign_out_leaves_anything_behind(
        self, app: Flask, client: FlaskClient
    ) -> None:
        make_account(Role.LOCAL)

        def shown() -> list[bool]:
            return [
                "data-state" in client.get("/reports/track").text,
                "data-receipt" in client.get("/reports/receipt").text,
            ]

        open_case(client, file_report(client))
        assert shown() == [True, True]
        assert enter(client, "local@example.cn").status_code == 302
        assert shown() == [False, False]
        receipt = file_report(client, facts="另一件事：收费与公示的标准不同。")
        assert send(client, "/reports/track", {"receipt": receipt}, page="/account").status_code == 303
        assert shown() == [True, True]
        assert send(client, "/account/logout", {}, page="/account").status_code == 302
        assert shown() == [False, False]
        with client.session_transaction() as session:
            assert not [name for name in session if name.startswith("report_")]

    def test_the_history_of_the_browser_names_nobody(self, client: FlaskClient) -> None:
        open_case(client, file_report(client, subject_name="示例某某信用"))
        for path in ("/reports/track", "/reports/receipt"):
            page = client.get(path).text
            assert page[page.index("<title>") :].startswith("<title>查询进度 · "), path

    def test_leaving_closes_the_case_and_the_receipt(self, client: FlaskClient) -> None:
        open_case(client, file_report(client))
        assert client.post("/reports/track/leave", data=form_of(client, "/account/login")).status_code == 303
        assert "data-state" not in client.get("/reports/track").text
        assert "data-receipt" not in client.get("/reports/receipt").text

    def test_only_wrong_receipts_are_counted_and_a_right_one_still_opens(
        self, app: Flask, client: FlaskClient
    ) -> None:
        receipt = file_report(client)
        for _ in range(40):
            assert open_case(client, receipt).status_code == 303
        codes = [open_case(client, "2222-2222-2222-2222-2222").status_code for _ in range(32)]
        assert codes == [422] * 30 + [429] * 2
        assert open_case(client, receipt).status_code == 303

    def test_a_cookie_of_another_key_opens_nothing(self, app: Flask, client: FlaskClient) -> None:
        with client.session_transaction() as session:
            session["report_case"] = "f1:forged"
            session["report_receipt"] = 7
        assert "data-state" not in client.get("/reports/track").text
        assert "data-receipt" not in client.get("/reports/receipt").text

    def test_what_is_kept_for_the_receipt_does_not_open_the_case(self, client: FlaskClient) -> None:
        file_report(client)
        with client.session_transaction() as session:
            session["report_case"] = session["report_receipt"]
        assert "data-state" not in client.get("/reports/track").text


class TestCase:
    @pytest.mark.parametrize("state", list(State))
    def test_every_state_has_its_page(self, client: FlaskClient, state: State) -> None:
        open_case(client, file_report(client))
        put_into(state, the_report())
        page = client.get("/reports/track").text
        # That others reported the same is nobody's to learn.
        shown = State.INVESTIGATING if state is State.MERGED else state
        assert f'data-state="{shown.value}"' in page
        told = state in (State.ANSWERED, State.REVIEWING, State.CLOSED)
        assert ("经核查，收费与公示不符。" in page) == told
        assert ("情况属实" in page) == told
        assert ('name="text"' in page) == (state not in (State.CLOSED, State.REFUSED, State.WITHDRAWN))

    def test_the_due_date_is_said_and_a_late_office_says_so(self, client: FlaskClient) -> None:
        with clock_at(MOMENT):
            receipt = file_report(client)
            open_case(client, receipt)
            page = client.get("/reports/track").text
            assert '最迟 <strong class="number">2026-03-19</strong> 告知是否受理' in page
        with clock_at(MOMENT + timedelta(days=10)):
            open_case(client, receipt)
            page = client.get("/reports/track").text
            assert "现已超过 3 天" in page
            assert "这是办理单位的延误" in page

    def test_both_sides_read_each_other_and_no_officer_is_named(self, client: FlaskClient) -> None:
        open_case(client, file_report(client))
        say_as_office(the_report(), "请问合同是哪天签的？")
        assert write(client, "三月一日。").status_code == 303
        page = client.get("/reports/track").text
        assert page.index("请问合同是哪天签的？") < page.index("三月一日。")
        assert "办理人员" in page
        assert "承办人" not in page
        assert messages() == [("office", "请问合同是哪天签的？"), ("reporter", "三月一日。")]

    def test_what_was_typed_is_shown_as_text(self, client: FlaskClient) -> None:
        open_case(client, file_report(client, facts="<script>alert(1)</script>"))
        write(client, "<b>粗体</b>")
        page = client.get("/reports/track").text
        assert "<script>alert" not in page
        assert "&lt;b&gt;粗体" in page


def test_from_question_to_answer_both_sides_see_the_same_case(client: FlaskClient) -> None:
    open_case(client, file_report(client, region="510100"))
    officer, moment = actor(Role.LOCAL), now()

    def step(**values: Any) -> dict[str, Any]:
        return {"version": the_report().version, "actor": officer, "now": moment, **values}

    triage.take_report(the_report(), **step(matter=None, note=""))
    assert "完成核查" in client.get("/reports/track").text
    triage.ask_reporter(the_report(), **step(text="请补充合同。"))
    page = client.get("/reports/track").text
    assert 'data-state="awaiting_reporter"' in page
    assert "请补充合同。" in page
    assert write(client, "合同没有签。").status_code == 303
    assert 'data-state="investigating"' in client.get("/reports/track").text
    triage.decide_report(
        the_report(), **step(outcome=Outcome.UPHELD, matter=None, reason="收费没有公示，情况属实。")
    )
    page = client.get("/reports/track").text
    assert 'data-state="decided"' in page
    assert "情况属实" not in page
    triage.answer_reporter(the_report(), **step(text="已责令改正。"))
    page = client.get("/reports/track").text
    for words in ('data-state="answered"', "情况属实", "收费没有公示，情况属实。", "已责令改正。"):
        assert words in page
    assert officer.name not in page


class TestMessages:
    def test_an_answer_to_the_office_puts_the_case_back_into_its_hands(self, client: FlaskClient) -> None:
        earlier = (io.BytesIO("经过".encode()), "经过.txt")
        open_case(client, file_report(client, files=earlier))
        put_into(State.AWAITING_REPORTER, the_report())
        assert "办理人员在等您补充" in client.get("/reports/track").text
        photo = (io.BytesIO(picture()), "合同.jpg")
        assert write(client, "合同见照片", files=photo).status_code == 303
        report = the_report()
        assert report.state == State.INVESTIGATING
        assert [one.file.original_name for one in report.files] == ["附件1.txt", "附件2.jpg"]
        assert deeds("report", report.id)[-1].label == "提交人已补充"

    def test_the_handler_is_told_without_a_word_of_it(self, client: FlaskClient) -> None:
        open_case(client, file_report(client))
        report = the_report()
        say_as_office(report, "请补充")
        handler, report_id = report.handler_id, report.id
        write(client, "敏感的话")
        notice = db.session.scalars(select(Notice)).one()
        assert (notice.account_id, notice.title, notice.path) == (
            handler,
            "提交人有新留言",
            f"/staff/reports/{report_id}",
        )
        assert "敏感" not in notice.title + notice.text

    def test_a_double_click_says_it_once(self, client: FlaskClient) -> None:
        open_case(client, file_report(client))
        for _ in range(2):
            assert write(client, "再说一遍", files=(io.BytesIO(b"text"), "a.txt")).status_code == 303
        assert messages() == [("reporter", "再说一遍")]
        assert len(the_report().files) == 1
        write(client, "再说一遍", files=(io.BytesIO(b"more"), "b.txt"))
        assert len(messages()) == 2

    def test_the_same_message_at_the_same_moment_moves_the_case_once(
        self, app: Flask, client: FlaskClient
    ) -> None:
        file_report(client)
        report = the_report()
        put_into(State.AWAITING_REPORTER, report)
        report_id, failed = report.id, []
        db.session.remove()
        gate = threading.Barrier(3)

        def run() -> None:
            with app.test_request_context("/reports/track/message", method="POST"):
                gate.wait()
                try:
                    tracking.write(report_id, "补充", now=now())
                except Exception as error:  # noqa: BLE001 - whatever it is, the test must see it
                    failed.append(error)
                finally:
                    db.session.remove()

        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert messages() == [("reporter", "补充")]
        assert the_report().state == State.INVESTIGATING

    @pytest.mark.parametrize("state", [State.CLOSED, State.REFUSED])
    def test_a_case_that_is_over_takes_none_and_hands_the_text_back(
        self, client: FlaskClient, state: State
    ) -> None:
        open_case(client, file_report(client))
        put_into(state, the_report())
        answer = write(client, "还有一句", files=(io.BytesIO(b"text"), "a.txt"))
        assert answer.status_code == 409
        assert "这件事项已经结束" in answer.text
        assert "还有一句" in answer.text
        assert messages() == []

    def test_an_officer_who_was_faster_does_not_cost_the_message(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        open_case(client, file_report(client))
        put_into(State.AWAITING_REPORTER, the_report())
        store = tracking.attachments.store

        def meanwhile(*args: object, **values: object) -> object:
            put_into(State.INVESTIGATING, db.session.scalars(select(Report)).one())
            return store(*args, **values)  # type: ignore[arg-type]

        monkeypatch.setattr(tracking.attachments, "store", meanwhile)
        assert write(client, "迟到的补充").status_code == 303
        assert messages() == [("reporter", "迟到的补充")]

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [("", "请写下要说的话"), ("  ", "请写下要说的话"), ("字" * 2001, "多了 1 字")],
    )
    def test_what_cannot_be_sent_is_explained_and_kept(
        self, client: FlaskClient, text: str, sentence: str
    ) -> None:
        open_case(client, file_report(client))
        answer = write(client, text)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert text.strip() in answer.text
        assert 'data-state="received"' in answer.text

    def test_a_bad_file_is_named_and_the_message_kept(self, client: FlaskClient) -> None:
        open_case(client, file_report(client))
        answer = write(client, "见附件", files=(io.BytesIO(b"MZ\x90\x00"), "木马.pdf"))
        assert answer.status_code == 422
        assert "“木马.pdf”没有收下" in answer.text
        assert "见附件" in answer.text

    def test_twenty_files_are_enough(self, client: FlaskClient) -> None:
        open_case(client, file_report(client))
        for turn in range(4):
            files = [(io.BytesIO(f"{turn} {number}".encode()), f"{number}.txt") for number in range(5)]
            assert write(client, f"第 {turn} 批", files=files).status_code == 303
        answer = write(client, "第五批", files=(io.BytesIO(b"more"), "x.txt"))
        assert answer.status_code == 422
        assert "最多附 20 个文件" in answer.text
        assert len(messages()) == 4

    def test_a_message_written_for_too_long_survives_the_closing_of_the_case(
        self, client: FlaskClient
    ) -> None:
        receipt = file_report(client)
        with clock_at(MOMENT):
            open_case(client, receipt)
        with clock_at(MOMENT + timedelta(minutes=31)):
            answer = write(client, "写了很久的话")
            assert answer.status_code == 422
            assert public_tracking.EXPIRED in answer.text
            assert "写了很久的话" in answer.text
            fields = {**form_of(client, "/account/login"), "receipt": receipt, "text": "写了很久的话"}
            page = client.post("/reports/track", data=fields)
            assert page.status_code == 200
            assert 'data-state="received"' in page.text
            assert "写了很久的话" in page.text
        assert db.session.scalar(select(func.count()).select_from(Message)) == 0
