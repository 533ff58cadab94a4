"""A flood is slowed by a question that people answer; nobody is turned away and nothing typed is lost."""

from __future__ import annotations

import html
import random
import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.core.settings import load_settings
from credit_register.reports import intake_guard, questions
from credit_register.reports.models import Report
from credit_register.web.factory import create_app
from tests.accounts.signing_in import hidden
from tests.conftest import MOMENT, SeparateRequests
from tests.reports.citizens import FACTS, report_fields, seed_deadline_rules, shown_receipt

OFFICE = {"X-Forwarded-For": "203.0.113.7"}
ELSEWHERE = {"X-Forwarded-For": "198.51.100.4"}
LATER = MOMENT + timedelta(seconds=30)
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TOLD = ("这个网络最近一小时提交得较多", "答对就收")


def behind_a_proxy(database_url: str, instance: Path, proxies: str = "127.0.0.1") -> Flask:
    settings = {"DATABASE_URL": database_url, "INSTANCE_PATH": str(instance), "SAMPLE": "no"}
    app = create_app(load_settings({**settings, "TRUSTED_PROXIES": proxies}))
    app.testing = True
    app.test_client_class = SeparateRequests
    return app


@pytest.fixture
def site(database_url: str, instance_path: Path) -> Iterator[Flask]:
    """The site behind a reverse proxy on the same machine."""
    app = behind_a_proxy(database_url, instance_path)
    with app.app_context():
        seed_deadline_rules()
        yield app
        db.session.remove()
        db.engine.dispose()


def filled_in(client: FlaskClient, **changes: Any) -> dict[str, Any]:
    with clock_at(MOMENT):
        return report_fields(client, **changes)


def send(
    client: FlaskClient, fields: dict[str, Any], headers: dict[str, str], *, later: timedelta = timedelta()
) -> TestResponse:
    with clock_at(LATER + later):
        return client.post("/reports/new", data=fields, headers=headers)


def file_slowly(client: FlaskClient, headers: dict[str, str], **changes: Any) -> TestResponse:
    """Open the form, write for half a minute, send."""
    return send(client, filled_in(client, **changes), headers)


def spend(app: Flask, headers: dict[str, str], times: int = 6) -> None:
    """Use up the budget of a client, as a program does."""
    for number in range(times):
        client = app.test_client()
        fields = filled_in(client, form_moment=None, facts=f"第 {number} 件：收费与公示不一致。")
        answer = client.post("/reports/new", data=fields, headers=headers)
        assert answer.status_code in (303, 429)


def asked(answer: TestResponse) -> str:
    assert answer.status_code == 429, answer.status_code
    label = re.search(r'<label[^>]*for="question_answer"[^>]*>([^<]+)</label>', answer.text)
    assert label
    return html.unescape(label[1])


def right_answer(text: str) -> str:
    """What a person says, worked out from the words on the page alone."""
    if found := re.search("^(.+)加(.+)等于几", text):
        return str(int(questions.normalise(found[1])) + int(questions.normalise(found[2])))
    if found := re.search("^(.+)减(.+)等于几", text):
        return str(int(questions.normalise(found[1])) - int(questions.normalise(found[2])))
    if found := re.search("“(.+)”的第(.)个字", text):
        return found[1]["一二三四五六".index(found[2])]
    if found := re.search("^(.+)，哪一个是(.+)？", text):
        return next(word for word in found[1].split("、") if word in questions._KINDS[found[2]])
    if found := re.search("^星期(.)的后一天", text):
        return "一二三四五六"["一二三四五六".index(found[1]) + 1]
    found = re.search("^(.+)和(.+)，哪个数大", text)
    assert found, text
    return questions.in_words(max(int(questions.normalise(word)) for word in found.groups()))


def answered(fields: dict[str, Any], page: TestResponse, answer: str | None = None) -> dict[str, Any]:
    """The form of the page with its question answered."""
    return {
        **fields,
        **{name: hidden(page.text, name) for name in ("idempotency_key", "question_token", "form_moment")},
        "question_answer": right_answer(asked(page)) if answer is None else answer,
    }


def filed() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Report)) or 0


@ON_SQLITE
def test_an_office_of_two_hundred_people_is_asked_after_sixty_and_can_always_go_on(site: Flask) -> None:
    person = site.test_client()  # whose browser it is counts for nothing, and opening forms takes time
    form = filled_in(person)
    were_asked = []
    for number in range(200):
        key = secrets.token_hex(16)
        fields = {**form, "idempotency_key": key, "facts": f"第 {number} 件：收费与公示的标准不一致。"}
        answer = send(person, fields, OFFICE)
        if answer.status_code == 429:
            were_asked.append(number)
            answer = send(person, answered(fields, answer), OFFICE)
        assert (answer.status_code, answer.location) == (303, "/reports/receipt")
    assert were_asked == list(range(60, 200))
    assert filed() == 200
    assert file_slowly(site.test_client(), ELSEWHERE).status_code == 303


def test_what_looks_like_a_program_is_asked_after_six(site: Flask) -> None:
    codes = []
    for _ in range(8):
        client = site.test_client()
        fields = filled_in(client)
        with clock_at(MOMENT + timedelta(seconds=2)):
            codes.append(client.post("/reports/new", data=fields, headers=OFFICE).status_code)
    assert codes == [303] * 6 + [429] * 2
    # Without a moment, with a forged one, with one of another day, and with one that is yet to come.
    for number, moment in enumerate((None, "f1:forged", "0")):
        headers = {"X-Forwarded-For": f"192.0.2.{number}"}
        codes = [file_slowly(site.test_client(), headers, form_moment=moment).status_code for _ in range(7)]
        assert codes == [303] * 6 + [429], moment
    for number, moved in enumerate((timedelta(days=2), -timedelta(hours=1))):
        headers = {"X-Forwarded-For": f"192.0.2.{number + 100}"}
        codes = []
        for _ in range(7):
            client = site.test_client()
            codes.append(send(client, filled_in(client), headers, later=moved).status_code)
        assert codes == [303] * 6 + [429], moved


def test_the_question_comes_with_everything_typed_and_a_sentence(site: Flask) -> None:
    spend(site, OFFICE)
    client = site.test_client()
    typed = {
        "kind": "question",
        "matter": "impersonation",
        "subject_name": "示例保留",
        "region": "330000",
        "anonymous": "0",
        "contact_name": "王示例",
        "contact_phone": "13800005678",
        "proof": "0",
    }
    fields = filled_in(client, **typed)
    page = send(client, fields, OFFICE)
    assert page.status_code == 429
    for sentence in TOLD:
        assert sentence in page.text
    for name in ("subject_name", "contact_name", "contact_phone", "idempotency_key", "form_moment"):
        assert f'value="{fields[name]}"' in page.text
    for value in ("question", "impersonation", "0"):
        assert re.search(rf'<input checked[^>]*value="{value}"', page.text)
    assert '<option selected value="330000"' in page.text
    assert FACTS in page.text
    assert filed() == 6
    done = send(client, answered(fields, page), OFFICE)
    assert (done.status_code, done.location) == (303, "/reports/receipt")
    assert filed() == 7


def test_a_screen_reader_reads_the_question_and_meets_nothing_else_new(site: Flask) -> None:
    page = site.test_client().get("/reports/new").text
    trap = re.search(r'<div class="not-for-people" aria-hidden="true">(.*?)</div>', page, re.DOTALL)
    assert trap
    assert 'tabindex="-1"' in trap[1]
    assert 'autocomplete="off"' in trap[1]
    assert "question_answer" not in page
    spend(site, OFFICE)
    client = site.test_client()
    page = file_slowly(client, OFFICE).text
    field = re.search(r'<input[^>]*name="question_answer"[^>]*>', page)
    assert field
    assert 'aria-invalid="true"' in field[0]
    described = re.search(r'aria-describedby="([^"]+)"', field[0])
    assert described
    for name in described[1].split():
        assert re.search(rf'id="{name}"', page)
    assert re.search(r'role="alert"[^>]*>.*href="#question_answer"', page, re.DOTALL)
    assert "<img" not in page[page.index('id="asked"') : page.index("report-send")]


def test_a_wrong_answer_brings_another_question(site: Flask) -> None:
    spend(site, OFFICE)
    client = site.test_client()
    fields = filled_in(client)
    page = send(client, fields, OFFICE)
    again = send(client, answered(fields, page, "不知道"), OFFICE)
    assert again.status_code == 429
    assert "回答不对，换了一道题" in again.text
    assert hidden(again.text, "question_token") != hidden(page.text, "question_token")
    assert FACTS in again.text
    # The first question was used up by the wrong answer.
    stale = send(client, answered(fields, page), OFFICE)
    assert "上一道题已经失效" in stale.text
    assert send(client, answered(fields, again), OFFICE).status_code == 303


def test_an_empty_answer_is_a_wrong_one(site: Flask) -> None:
    spend(site, OFFICE)
    client = site.test_client()
    fields = filled_in(client)
    page = send(client, fields, OFFICE)
    assert "回答不对" in send(client, answered(fields, page, ""), OFFICE).text


def test_an_answer_after_half_an_hour_is_too_late(site: Flask) -> None:
    spend(site, OFFICE)
    client = site.test_client()
    fields = filled_in(client)
    page = send(client, fields, OFFICE)
    answer = answered(fields, page)
    late = send(client, answer, OFFICE, later=timedelta(minutes=31))
    assert late.status_code == 429
    assert "上一道题已经失效" in late.text
    in_time = answered(fields, late)
    assert send(client, in_time, OFFICE, later=timedelta(minutes=60)).status_code == 303


def test_an_answer_serves_one_form_once(site: Flask) -> None:
    spend(site, OFFICE)
    client = site.test_client()
    fields = filled_in(client)
    right = answered(fields, send(client, fields, OFFICE))
    assert send(client, right, OFFICE).status_code == 303
    with clock_at(LATER):
        receipt = shown_receipt(client)
    # The same report once more is no second one and needs no answer.
    assert send(client, right, OFFICE).status_code == 303
    with clock_at(LATER):
        assert shown_receipt(client) == receipt
    # Another report with the answer of the first, under its key and under a key of its own.
    other = {**right, "facts": "另一件事：收费与公示的标准不一致。"}
    assert send(client, other, OFFICE).status_code == 422
    fresh = filled_in(client, facts="第三件事：收费与公示的标准不一致。")
    foreign = {**right, **fresh}
    answer = send(client, foreign, OFFICE)
    assert answer.status_code == 429
    assert "上一道题已经失效" in answer.text
    assert filed() == 7


@pytest.mark.parametrize("token", ["", "wild", "f1:x", "f1:" + "A" * 3000])
def test_a_forged_question_opens_nothing(site: Flask, token: str) -> None:
    spend(site, OFFICE)
    client = site.test_client()
    fields = filled_in(client, question_token=token, question_answer="1")
    assert send(client, fields, OFFICE).status_code == 429
    # What was sealed for another purpose is no question either.
    fields["question_token"] = fields["form_moment"]
    assert send(client, fields, OFFICE).status_code == 429


def test_a_right_answer_is_kept_while_another_fault_is_mended(site: Flask) -> None:
    spend(site, OFFICE)
    client = site.test_client()
    fields = filled_in(client)
    right = answered(fields, send(client, fields, OFFICE))
    faulty = send(client, {**right, "facts": "短"}, OFFICE)
    assert faulty.status_code == 422
    assert f'value="{right["question_answer"]}"' in faulty.text
    assert hidden(faulty.text, "question_token") == right["question_token"]
    assert send(client, right, OFFICE).status_code == 303


def test_a_form_that_was_let_through_is_not_asked_again_when_the_store_was_full(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from credit_register.core.files import StorageFull
    from credit_register.reports import attachments

    spend(site, OFFICE)
    client = site.test_client()
    fields = filled_in(client)
    right = answered(fields, send(client, fields, OFFICE))
    with monkeypatch.context() as broken:
        broken.setattr(attachments, "store", lambda *_, **__: (_ for _ in ()).throw(StorageFull()))
        page = send(client, right, OFFICE)
    assert page.status_code == 503
    assert 'id="question_answer"' not in page.text
    again = {**right, "question_token": hidden(page.text, "question_token")}
    assert send(client, again, OFFICE).status_code == 303


def test_the_field_that_only_programs_fill_in_brings_the_question_and_loses_nothing(site: Flask) -> None:
    client = site.test_client()
    fields = filled_in(client, remark_second="buy now")
    page = send(client, fields, ELSEWHERE)
    assert page.status_code == 429
    assert FACTS in page.text
    assert "有一栏应当留空的被填写了" in page.text
    assert filed() == 0
    assert send(client, answered(fields, page), ELSEWHERE).status_code == 303


def test_an_address_that_an_untrusted_peer_claims_does_not_count(app: Flask) -> None:
    seed_deadline_rules()
    peer = {"REMOTE_ADDR": "203.0.113.50"}
    codes = []
    for number in range(8):
        client = app.test_client()
        fields = filled_in(client, form_moment=None)
        codes.append(
            client.post(
                "/reports/new",
                data=fields,
                headers={"X-Forwarded-For": f"198.51.100.{number}"},
                environ_base=peer,
            ).status_code
        )
    assert codes == [303] * 6 + [429] * 2


def test_one_subscriber_of_ipv6_is_one_client(site: Flask) -> None:
    codes = []
    for number in range(7):
        headers = {"X-Forwarded-For": f"2001:db8:1:2::{number + 1:x}"}
        codes.append(file_slowly(site.test_client(), headers, form_moment=None).status_code)
    assert codes == [303] * 6 + [429]


def test_two_processes_count_together(site: Flask, database_url: str, instance_path: Path) -> None:
    other = behind_a_proxy(database_url, instance_path)
    spend(site, OFFICE, times=3)
    with other.app_context():
        spend(other, OFFICE, times=3)
        assert file_slowly(other.test_client(), OFFICE).status_code == 429
        db.session.remove()
        db.engine.dispose()
    assert file_slowly(site.test_client(), OFFICE).status_code == 429


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_a_proxy_that_nobody_named_stands_for_everybody(app: Flask, address: str) -> None:
    seed_deadline_rules()
    for _ in range(9):
        client = app.test_client()
        fields = filled_in(client, form_moment=None)
        answer = client.post("/reports/new", data=fields, environ_base={"REMOTE_ADDR": address})
        assert answer.status_code == 303


def test_even_everybody_together_is_asked_in_the_end(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    seed_deadline_rules()
    assert intake_guard.BUDGET_OF_EVERYBODY.amount == 20_000
    monkeypatch.setattr(intake_guard, "BUDGET_OF_EVERYBODY", parse("2 per hour"))
    client = app.test_client()
    codes = [file_slowly(app.test_client(), {}).status_code for _ in range(3)]
    assert codes == [303, 303, 429]
    fields = filled_in(client)
    page = send(client, fields, {})
    assert send(client, answered(fields, page), {}).status_code == 303


def test_every_family_can_be_answered_on_the_page(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    spend(site, OFFICE)
    for family in questions.FAMILIES:
        monkeypatch.setattr(questions, "ask", lambda _, family=family: family(random.Random(7)))
        client = site.test_client()
        fields = filled_in(client, facts=f"{family.__name__}：收费与公示的标准不一致。")
        page = send(client, fields, OFFICE)
        assert send(client, answered(fields, page), OFFICE).status_code == 303, asked(page)
