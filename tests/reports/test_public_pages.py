"""The pages of the citizen: prefilled form, receipt that nobody else sees, and no trace in logs."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from structlog.testing import capture_logs

from credit_register.access.roles import Role
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.reports.models import Report
from tests.accounts.signing_in import client_of, csrf_token, make_account
from tests.conftest import MOMENT
from tests.core.codes import uscc
from tests.factories import make_institution
from tests.reports.citizens import (
    FACTS,
    file_report,
    form_of,
    open_case,
    report_fields,
    seed_deadline_rules,
    send_report,
    shown_receipt,
    write,
)


@pytest.fixture(autouse=True)
def rules(app: Flask) -> None:
    seed_deadline_rules()


class TestForm:
    def test_an_agencys_page_leads_to_a_form_about_it(self, client: FlaskClient) -> None:
        institution = make_institution(name="成都示例名录信用有限公司")
        profile = client.get(f"/institutions/{institution.uscc}").text
        link = re.search(r'href="(/reports/new\?uscc=[^"]+)"', profile)
        assert link
        page = client.get(link[1]).text
        assert f'value="{institution.uscc}"' in page
        assert 'value="成都示例名录信用有限公司"' in page

    def test_the_kind_may_be_asked_for(self, client: FlaskClient) -> None:
        page = client.get("/reports/new?kind=question").text
        assert re.search(r"<input checked[^>]*value=\"question\"", page)
        page = client.get("/reports/new?kind=wild&uscc=" + "信" * 100).text
        assert re.search(r"<input checked[^>]*value=\"report\"", page)

    def test_an_institution_that_objects_finds_its_own_code(self, app: Flask) -> None:
        institution = make_institution()
        person = client_of(app, make_account(Role.AGENT, uscc_code=institution.uscc).account)
        page = person.get("/reports/new?kind=objection").text
        assert f'value="{institution.uscc}"' in page
        assert f'value="{institution.uscc}"' not in person.get("/reports/new").text

    def test_it_says_what_matters_before_one_writes(self, client: FlaskClient) -> None:
        page = client.get("/reports/new").text
        for words in ("可以匿名", "110", "12315", "信访", "谁能看到", "10 MB"):
            assert words in page
        assert re.search(r'name="idempotency_key"[^>]*value="[0-9a-f]{32}"', page)
        assert re.search(r'<input[^>]*accept="[^"]*\.pdf', page)

    def test_each_form_has_a_key_of_its_own(self, client: FlaskClient) -> None:
        keys = {form_of(client)["idempotency_key"] for _ in range(5)}
        assert len(keys) == 5

    def test_everything_typed_is_kept_on_an_error(self, client: FlaskClient) -> None:
        typed = {
            "kind": "question",
            "matter": "impersonation",
            "subject_name": "示例保留",
            "subject_uscc": "91510100X",
            "region": "330000",
            "subject_site": "shili.example",
            "subject_phone": "028-1234",
            "subject_account": "示例账户",
            "subject_contract": "HT-0001",
            "subject_unlisted": "y",
            "facts": "短",
            "anonymous": "0",
            "contact_name": "王示例",
            "contact_phone": "13800005678",
            "contact_address": "示例市示例路 1 号",
        }
        fields = report_fields(client, **typed)
        page = client.post("/reports/new", data=fields).text
        chosen = ("kind", "matter", "region", "facts", "anonymous", "csrf_token", "subject_unlisted")
        for name in fields.keys() - set(chosen):
            assert f'value="{fields[name]}"' in page, name
        assert re.search(r'<input checked[^>]*name="subject_unlisted"', page)
        for value in ("question", "impersonation", "0"):
            assert re.search(rf'<input checked[^>]*value="{value}"', page)
        assert '<option selected value="330000"' in page

    def test_a_form_of_another_site_files_nothing(self, client: FlaskClient) -> None:
        assert client.post("/reports/new", data={"facts": FACTS, "subject_name": "甲"}).status_code == 400
        assert db.session.scalar(select(func.count()).select_from(Report)) == 0

    def test_it_does_not_promise_an_objection_to_be_anonymous(self, client: FlaskClient) -> None:
        page = client.get("/reports/new?kind=objection").text
        lead = page[page.index("<h1>") : page.index("110")]
        assert "异议需要核对身份" in lead
        assert "可以匿名" not in lead
        assert "异议须实名" in client.get("/reports/new").text


class TestReceiptPage:
    def test_it_is_shown_again_on_reload_until_it_was_kept(self, client: FlaskClient) -> None:
        receipt = file_report(client)
        assert shown_receipt(client) == receipt
        page = client.get("/reports/receipt")
        assert "no-store" in page.headers["Cache-Control"]
        assert "抄下、拍照或打印" in page.text
        data = {"csrf_token": csrf_token(client, "/reports/receipt")}
        assert client.post("/reports/receipt", data=data).location == "/reports/track"
        assert "没有可以显示的回执码" in client.get("/reports/receipt").text

    def test_it_goes_after_half_an_hour_and_no_other_browser_sees_it(
        self, app: Flask, client: FlaskClient
    ) -> None:
        with clock_at(MOMENT):
            file_report(client)
        with clock_at(MOMENT + timedelta(minutes=29)):
            shown_receipt(client)
        assert "data-receipt" not in app.test_client().get("/reports/receipt").text
        with clock_at(MOMENT + timedelta(minutes=31)):
            page = client.get("/reports/receipt").text
        assert "data-receipt" not in page
        assert "原样再提交一次" in page

    def test_it_says_by_when_the_office_answers(self, client: FlaskClient) -> None:
        with clock_at(MOMENT):
            file_report(client, region="510000")
            page = client.get("/reports/receipt").text
        assert "2026-03-19" in page
        assert "四川省信用主管部门" in page
        assert "查询网址：http://localhost/reports/track" in page

    def test_a_receipt_whose_report_is_gone_is_not_shown(self, client: FlaskClient) -> None:
        file_report(client)
        db.session.execute(text("DELETE FROM deadline"))
        db.session.execute(text("DELETE FROM report"))
        db.session.commit()
        assert "没有可以显示的回执码" in client.get("/reports/receipt").text


class TestTraces:
    def test_no_log_no_address_and_no_cookie_holds_receipt_or_reporter(
        self,
        app: Flask,
        client: FlaskClient,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        named = {"anonymous": "0", "contact_name": "王示例", "contact_phone": "13800005678"}
        with capture_logs() as lines:
            answer = send_report(client, **named)
            assert answer.location == "/reports/receipt"
            receipt = shown_receipt(client)
            opened = open_case(client, receipt)
            write(client, "我是王示例，电话 13800005678")
            open_case(client, receipt[:-1] + "?")
            client.get("/reports/track")
        cookie = client.get_cookie("register_session")
        assert cookie
        with client.session_transaction() as session:
            kept = str(dict(session))
        assert [line["rule"] for line in lines].count("/reports/track") == 2
        written = str(lines) + caplog.text + kept + str(opened.location) + cookie.value
        for secret in (receipt, receipt.replace("-", ""), "王示例", "13800005678", FACTS[:12]):
            assert secret not in written

    def test_tables_hold_neither_the_receipt_nor_the_key(self, client: FlaskClient) -> None:
        fields = report_fields(client)
        client.post("/reports/new", data=fields)
        receipt = shown_receipt(client)
        with db.engine.connect() as connection:
            names = connection.execute(text("SELECT * FROM report")).all()
            audit = connection.execute(text("SELECT * FROM audit_event")).all()
        everything = str(names) + str(audit)
        for secret in (receipt, receipt.replace("-", ""), fields["idempotency_key"]):
            assert secret not in everything


WILD = ["", "\ud800", "'\"<script>", "😀" * 300, "信" * 6000, "\u202e\u200b", "-1", "%00", "1" * 5000]


@pytest.mark.parametrize("value", WILD)
def test_no_wild_input_breaks_a_page(client: FlaskClient, value: str) -> None:
    wild = value.encode("utf-8", "surrogatepass")
    names = (
        *("kind", "matter", "subject_uscc", "subject_name", "facts", "anonymous"),
        *("contact_name", "contact_phone", "contact_address", "region", "idempotency_key", "files", "proof"),
        *("form_moment", "remark_second", "question_token", "question_answer"),
        *("subject_site", "subject_phone", "subject_account", "subject_contract", "subject_unlisted"),
        *("subject_pick", "item", "item_of", "held", "drop_file", "step"),
    )
    for name in names:
        answer = client.post("/reports/new", data={**report_fields(client), name: wild})
        assert answer.status_code in (303, 422, 429), (name, answer.status_code)
        for ask in ({"step": "preview"}, {"step": "edit"}, {"find": "1"}):
            answer = client.post("/reports/new", data={**report_fields(client), **ask, name: wild})
            assert answer.status_code in (200, 303 if name == "step" else 200, 422), (
                name,
                ask,
                answer.status_code,
            )
    token = form_of(client)["csrf_token"]
    assert client.post("/reports/track", data={"csrf_token": token, "receipt": wild}).status_code in (
        422,
        429,
    )
    answer = client.post("/reports/track", data={"csrf_token": token, "receipt": wild, "text": wild})
    assert answer.status_code in (422, 429)
    answer = client.post("/reports/track/message", data={"csrf_token": token, "text": wild})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "query", ["uscc=" + uscc(serial=3), "uscc=%F0%9F%98%80&kind=%00x".replace("%00", "")]
)
def test_the_form_opens_whatever_it_is_asked_with(client: FlaskClient, query: str) -> None:
    assert client.get(f"/reports/new?{query}").status_code == 200
