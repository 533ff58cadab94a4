"""The filters that a person keeps: saved, renamed, deleted, counted, and nobody else's."""

from __future__ import annotations

from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.reports.work_models import SavedFilter
from tests.accounts.signing_in import client_of, make_account, send, signed_in
from tests.factories import make_report
from tests.reports.queue_page import subjects


@pytest.fixture
def me(app: Flask) -> Account:
    return make_account(Role.LOCAL).account


@pytest.fixture
def officer(app: Flask, me: Account) -> FlaskClient:
    return client_of(app, me)


def save(client: FlaskClient, query: str, name: str) -> tuple[int, str]:
    answer = send(client, f"/staff/reports/filters?{query}", {"name": name}, page="/account")
    return answer.status_code, answer.headers.get("Location", "") or unescape(answer.text)


def kept() -> dict[str, str]:
    db.session.rollback()
    return {row.name: row.query for row in db.session.scalars(select(SavedFilter).order_by(SavedFilter.name))}


def test_the_present_filter_is_kept_and_its_link_leads_to_the_same_rows(officer: FlaskClient) -> None:
    make_report(subject_name="示例甲", kind="question")
    make_report(subject_name="示例乙")
    assert "保存现在的条件" not in officer.get("/staff/reports").text
    page = officer.get("/staff/reports?kind=question&tag=&page=1").text
    assert 'action="/staff/reports/filters?kind=question"' in page
    status, location = save(officer, "kind=question&page=3&foreign=1", " 本月 质疑 ")
    assert (status, location) == (302, "/staff/reports?kind=question")
    assert kept() == {"本月 质疑": "kind=question"}
    page = officer.get(location).text
    assert subjects(page) == ["示例甲"]
    assert '<a href="/staff/reports?kind=question" aria-current="true">本月 质疑</a>' in page
    assert '<a href="/staff/reports?kind=question">本月 质疑</a>' in officer.get("/staff/reports").text


def test_the_same_name_takes_the_new_filter_and_the_same_filter_takes_the_new_name(
    officer: FlaskClient,
) -> None:
    save(officer, "kind=question", "甲")
    save(officer, "kind=objection", "甲")
    assert kept() == {"甲": "kind=objection"}
    save(officer, "kind=objection", "乙")
    assert kept() == {"乙": "kind=objection"}
    save(officer, "kind=question", "丙")
    save(officer, "kind=question", "乙")
    assert kept() == {"乙": "kind=question"}


def test_words_and_signs_come_back_as_they_were_typed(officer: FlaskClient) -> None:
    text = "征信 修复&押金=100%+甲"
    _, location = save(
        officer, "q=%E5%BE%81%E4%BF%A1+%E4%BF%AE%E5%A4%8D%26%E6%8A%BC%E9%87%91%3D100%25%2B%E7%94%B2", "词"
    )
    assert f'value="{text}"' in unescape(officer.get(location).text)
    longest = "subject=" + "信" * 200 + "&q=" + "信" * 100 + "&tag=" + "信" * 20
    assert save(officer, longest, "最长")[0] == 302
    assert len(kept()["最长"]) < 3000


@pytest.mark.parametrize(
    ("query", "name", "words"),
    [
        ("kind=question", "", "请填写名称"),
        ("kind=question", "长" * 31, "名称最多 30 字，现在有 31 字"),
        ("", "空", "现在没有设定条件"),
    ],
)
def test_what_cannot_be_kept_is_said_beside_the_field_and_stays_typed(
    officer: FlaskClient, query: str, name: str, words: str
) -> None:
    status, page = save(officer, query, name)
    assert status == 422
    assert words in page
    assert 'id="filter-name-error"' in page
    assert f'value="{name}"' in page
    assert kept() == {}


def test_twenty_are_kept_and_no_more(officer: FlaskClient, me: Account) -> None:
    for number in range(20):
        db.session.add(SavedFilter(account_id=me.id, name=f"条件{number:02}", query=f"q={number}"))
    db.session.commit()
    status, page = save(officer, "kind=question", "又一个")
    assert (status, "最多保存 20 个条件" in page) == (422, True)
    assert save(officer, "kind=question", "条件00")[0] == 302
    assert save(officer, "q=1", "改名")[0] == 302
    assert len(kept()) == 20


def test_one_is_deleted_by_its_owner_only(app: Flask, officer: FlaskClient, me: Account) -> None:
    save(officer, "kind=question", "甲")
    row = db.session.scalars(select(SavedFilter)).one()
    other = signed_in(app, Role.LOCAL, email="other@example.cn")
    assert "甲</a>" not in other.get("/staff/reports").text
    path = f"/staff/reports/filters/{row.id}/delete"
    assert send(other, path, {}, page="/account").status_code == 404
    assert save(other, "kind=report", "甲")[0] == 302
    assert (
        send(officer, path + "?kind=question", {}, page="/account").location == "/staff/reports?kind=question"
    )
    assert send(officer, path, {}, page="/account").status_code == 404
    assert kept() == {"甲": "kind=report"}


def test_a_filter_that_cannot_be_read_is_not_kept(officer: FlaskClient) -> None:
    assert save(officer, "kind=love", "甲")[0] == 400
    assert kept() == {}


def test_one_that_no_longer_holds_says_what_is_wrong(officer: FlaskClient, me: Account) -> None:
    stranger = make_account(Role.LOCAL, email="far@example.cn", region="330100").account
    db.session.add(SavedFilter(account_id=me.id, name="旧的", query=f"handler={stranger.id}"))
    db.session.commit()
    assert officer.get(f"/staff/reports?handler={stranger.id}").status_code == 400
    assert "旧的" in officer.get("/staff/reports").text
