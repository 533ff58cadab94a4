"""A person's messages: the own ones, in order, marked when they are opened, and counted in the header."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.notices import queries
from credit_register.notices.models import Mail, Notice
from credit_register.notices.services import tell, tell_institution
from tests.accounts.signing_in import client_of, make_account, send
from tests.core.codes import uscc

PATH = "/account/messages"


@pytest.fixture
def account(app: Flask) -> Account:
    return make_account(Role.AGENT, email="reader@example.cn").account


def told(account: Account, now: datetime, title: str, *, text: str = "", path: str = "/workspace") -> Notice:
    tell([account.id], title=title, text=text, path=path, now=now)
    db.session.commit()
    return db.session.scalars(select(Notice).order_by(Notice.id.desc()).limit(1)).one()


def notices() -> list[Notice]:
    db.session.expire_all()
    return list(db.session.scalars(select(Notice).order_by(Notice.id)))


def in_header(client: FlaskClient, path: str = "/") -> str:
    found = re.search(rf'href="{PATH}">(.*?)</a>', client.get(path).text)
    assert found
    return re.sub(r"<[^>]+>", "", found[1])


def test_who_has_no_messages_is_told_so(app: Flask, account: Account) -> None:
    client = client_of(app, account)
    assert "还没有消息" in client.get(PATH).text
    assert in_header(client) == "消息"


def test_messages_stand_newest_first_and_the_header_counts_the_unread(
    app: Flask, account: Account, clock: datetime
) -> None:
    for day, title in enumerate(("第一件", "第二件", "第三件")):
        told(account, clock + timedelta(days=day), title, text="说明<b>")
    client = client_of(app, account)
    page = client.get(PATH).text
    assert page.index("第三件") < page.index("第二件") < page.index("第一件")
    assert page.count("message-unread") == 3
    assert "说明&lt;b&gt;" in page
    assert in_header(client) == in_header(client, "/workspace") == "消息（3）"


def test_opening_a_message_marks_it_and_leads_to_its_page(
    app: Flask, account: Account, clock: datetime
) -> None:
    first = told(account, clock, "第一件", path="/workspace/registration?tab=1#x")
    told(account, clock, "第二件")
    number = first.id
    client = client_of(app, account)
    for _ in range(2):
        answer = client.get(f"{PATH}/{number}")
        assert (answer.status_code, answer.location) == (302, "/workspace/registration?tab=1#x")
    assert [notice.read_at for notice in notices()] == [clock, None]
    assert in_header(client) == "消息（1）"


def test_a_message_without_a_page_leads_back_to_the_list(
    app: Flask, account: Account, clock: datetime
) -> None:
    number = told(account, clock, "只是告知", path="").id
    client = client_of(app, account)
    assert f"{PATH}/{number}" in client.get(PATH).text
    assert client.get(f"{PATH}/{number}").location == PATH
    assert notices()[0].read_at == clock


@pytest.mark.parametrize(
    "path",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/a\nb", "workspace"],
)
def test_a_message_leads_nowhere_else(app: Flask, account: Account, clock: datetime, path: str) -> None:
    with pytest.raises(ValueError, match="this site"):
        tell([account.id], title="外站", path=path, now=clock)
    notice = told(account, clock, "改动过的")
    number, notice.path = notice.id, path
    db.session.commit()
    assert client_of(app, account).get(f"{PATH}/{number}").location == PATH


def test_messages_of_somebody_else_are_not_there(app: Flask, account: Account, clock: datetime) -> None:
    number = told(account, clock, "别人的消息").id
    stranger = client_of(app, make_account(Role.LEGAL_REP).account)
    assert "别人的消息" not in stranger.get(PATH).text
    assert stranger.get(f"{PATH}/{number}").status_code == 404
    assert stranger.get(f"{PATH}/{number + 1}").status_code == 404
    send(stranger, f"{PATH}/read", {"until": str(number)}, page="/account")
    assert notices()[0].read_at is None


def test_all_messages_that_the_page_showed_are_marked_and_a_later_one_is_not(
    app: Flask, account: Account, clock: datetime
) -> None:
    told(account, clock, "第一件")
    shown = told(account, clock, "第二件").id
    client = client_of(app, account)
    assert f'name="until" value="{shown}"' in client.get(PATH).text
    told(account, clock, "刚到的")
    answer = send(client, f"{PATH}/read", {"until": str(shown)}, page=PATH)
    assert answer.location == PATH
    assert "已将 2 条消息标为已读" in client.get(PATH).text
    assert [notice.read_at for notice in notices()] == [clock, clock, None]
    assert (
        "没有未读消息"
        in client.get(send(client, f"{PATH}/read", {"until": str(shown)}, page=PATH).location).text
    )


@pytest.mark.parametrize("until", ["", "x", "-1", "9" * 30, "²"])
def test_a_wild_number_marks_everything_there_is(
    app: Flask, account: Account, clock: datetime, until: str
) -> None:
    told(account, clock, "第一件")
    client = client_of(app, account)
    assert send(client, f"{PATH}/read", {"until": until}, page=PATH).status_code == 302
    assert notices()[0].read_at == clock


def test_many_messages_come_in_pages(app: Flask, account: Account, clock: datetime) -> None:
    for number in range(queries.PER_PAGE + 1):
        told(account, clock + timedelta(minutes=number), f"第{number:02}件")
    client = client_of(app, account)
    first, second = client.get(PATH).text, client.get(f"{PATH}?page=2").text
    assert "第00件" not in first
    assert "第00件" in second
    assert "第 1 页，共 2 页" in first
    assert "这一页没有消息" in client.get(f"{PATH}?page=9").text
    assert client.get(f"{PATH}?page=x").status_code == 400


def test_who_gets_no_mail_reads_it_on_the_page(app: Flask, account: Account, clock: datetime) -> None:
    told(account, clock, "第一件")
    client = client_of(app, account)
    assert "没能送到" not in client.get(PATH).text
    db.session.scalars(select(Mail)).one().gave_up_at = clock
    db.session.commit()
    assert "没能送到您的登录邮箱" in client.get(PATH).text


def test_only_confirmed_people_who_may_sign_in_hear_of_their_institution(app: Flask, clock: datetime) -> None:
    code = uscc(serial=900001)
    heard = make_account(Role.AGENT).account.id
    make_account(Role.LEGAL_REP, confirmed=False)
    closed = make_account(Role.AGENT, email="closed@example.cn").account
    closed.active = False
    make_account(Role.AGENT, email="other@example.cn", uscc_code=uscc(serial=5))
    tell_institution(code, title="已登记", now=clock)
    db.session.commit()
    assert [notice.account_id for notice in notices()] == [heard]
    assert db.session.query(Mail).count() == 1


def test_a_title_that_is_too_long_is_cut_and_fails_nobody(
    app: Flask, account: Account, clock: datetime
) -> None:
    notice = told(account, clock, "长" * 500, text="文" * 5000)
    assert (len(notice.title), len(notice.text)) == (120, 600)
    assert notice.title.endswith("…")


@pytest.fixture
def statements(app: Flask) -> list[str]:
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    return seen


def test_the_header_asks_one_question_for_who_is_signed_in_and_none_for_others(
    app: Flask, account: Account, client: FlaskClient, statements: list[str]
) -> None:
    reader = client_of(app, account)
    statements.clear()
    reader.get("/help")
    assert len([statement for statement in statements if "notice" in statement]) == 1
    statements.clear()
    client.get("/help")
    assert statements == []
