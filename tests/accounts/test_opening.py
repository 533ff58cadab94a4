"""Opening an account: whoever opens one may apply and nothing else, until an office has seen the licence."""

from __future__ import annotations

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.accounts import opening
from credit_register.accounts.models import Account
from credit_register.accounts.services import AccountRefused, confirm_account, open_account
from credit_register.audit import services as audit
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import now
from credit_register.core.database import db
from tests.accounts.signing_in import (
    PASSWORD,
    actor,
    csrf_token,
    enter,
    hidden,
    make_account,
    send,
    signed_in,
)
from tests.core.codes import uscc

PATH = "/account/open"
CODE = uscc(serial=4711)
TYPED = {
    "email": "opener@example.cn",
    "name": "王示例",
    "uscc": CODE,
    "role": "agent",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


def account(email: str = "opener@example.cn") -> Account:
    db.session.expire_all()
    return db.session.scalars(select(Account).where(Account.email == email)).one()


def events(subject: Account) -> list[AuditEvent]:
    return list(
        db.session.scalars(
            select(AuditEvent)
            .where(AuditEvent.subject_kind == "account", AuditEvent.subject_id == str(subject.id))
            .order_by(AuditEvent.id)
        )
    )


def test_who_opens_an_account_is_signed_in_and_led_to_the_application(
    app: Flask, client: FlaskClient
) -> None:
    answer = send(client, PATH, {**TYPED, "uscc": f" {CODE[:8]} {CODE[8:].lower()}", "role": "legal_rep"})
    assert (answer.status_code, answer.location) == (302, "/workspace/registration")
    made = account()
    assert (made.uscc, made.role, made.confirmed, made.region_code) == (CODE, "legal_rep", False, None)
    assert PASSWORD not in made.password
    page = client.get("/account").text
    assert "未确认" in page
    assert CODE in page
    assert enter(app.test_client(), " Opener@Example.cn").location == "/account/start"


def test_the_audit_tells_that_the_person_did_it(client: FlaskClient) -> None:
    send(client, PATH, TYPED)
    made = account()
    opened, signed_in_event = events(made)
    assert (opened.action, opened.actor_id, opened.actor_role) == ("account.open_own", made.id, "agent")
    assert opened.detail == {"role": "agent", "uscc": CODE}
    assert signed_in_event.action == "account.sign_in"


def test_an_opened_account_does_not_act_for_its_institution_until_it_is_confirmed(
    client: FlaskClient,
) -> None:
    send(client, PATH, TYPED)
    made = account()
    assert not made.actor.acts_for(CODE)
    officer = actor(Role.REVIEWER)
    for _ in range(2):
        confirm_account(made, actor=officer, now=now())
    db.session.commit()
    assert account().actor.acts_for(CODE)
    confirmed = [event for event in events(made) if event.action == "account.confirm"]
    assert [event.actor_id for event in confirmed] == [officer.account_id]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"email": ""}, "email", "请填写登录邮箱"),
        ({"email": "nobody"}, "email", "邮箱格式不正确"),
        ({"name": "  "}, "name", "请填写姓名"),
        ({"name": "长" * 61}, "name", "最多 60 字"),
        ({"uscc": ""}, "uscc", "请填写统一社会信用代码"),
        ({"uscc": "91510100MA00"}, "uscc", "少了 6 位"),
        ({"role": "national"}, "role", "不是有效的选择"),
        ({"password": "abc", "password_again": "abc"}, "password", "密码至少 8 个字符"),
        ({"password": "Opener-2026!", "password_again": "Opener-2026!"}, "password", "请勿包含邮箱名"),
        ({"password_again": PASSWORD + "x"}, "password_again", "两次输入的密码不一致"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_all_but_the_passwords_is_kept(
    client: FlaskClient, changes: dict[str, str], field: str, sentence: str
) -> None:
    typed = {**TYPED, **changes}
    answer = send(client, PATH, typed)
    assert answer.status_code == 422
    beside = re.search(rf'id="{field}-error">(.*?)</p>', answer.text)
    assert beside
    assert sentence in beside[1]
    for name in ("email", "name", "uscc"):
        assert not typed[name].strip() or f'value="{typed[name]}"' in answer.text
    assert typed["password"] not in answer.text
    assert db.session.query(Account).count() == 0


def test_a_taken_address_is_told_only_to_who_has_filled_in_everything_else(
    app: Flask, client: FlaskClient
) -> None:
    make_account(Role.LOCAL, email="opener@example.cn")
    careless = send(client, PATH, {**TYPED, "password_again": "other"})
    assert "不能用来开立账号" not in careless.text
    answer = send(client, PATH, {**TYPED, "email": "OPENER@example.cn"})
    assert answer.status_code == 422
    assert "该邮箱不能用来开立账号" in answer.text
    assert 'value="王示例"' in answer.text
    assert client.get("/account").status_code == 302
    assert account().role == "local"


def test_one_client_cannot_try_many_addresses(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "OPENINGS", parse("2 per hour"))
    make_account(Role.LOCAL, email="opener@example.cn")
    assert [send(client, PATH, TYPED).status_code for _ in range(3)] == [422, 422, 429]
    late = send(client, PATH, {**TYPED, "email": "another@example.cn"})
    assert late.status_code == 429
    assert "请稍后再试" in late.text
    assert 'value="another@example.cn"' in late.text
    elsewhere = {"environ_base": {"REMOTE_ADDR": "203.0.113.7"}}
    fresh = app.test_client()
    assert send(fresh, PATH, {**TYPED, "email": "another@example.cn"}, **elsewhere).status_code == 302


def test_while_the_database_is_locked_all_but_the_passwords_is_kept(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*arguments: object, **more: object) -> None:
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("database is locked"))

    with monkeypatch.context() as patched:
        patched.setattr(audit, "record", locked)
        answer = send(client, PATH, TYPED)
    assert answer.status_code == 503
    assert "系统暂时繁忙，账号没有开立" in answer.text
    for name in ("email", "name", "uscc"):
        assert f'value="{TYPED[name]}"' in answer.text
    assert PASSWORD not in answer.text
    assert db.session.query(Account).count() == 0
    again = {**TYPED, "csrf_token": hidden(answer.text, "csrf_token")}
    assert client.post(PATH, data=again).location == "/workspace/registration"


def test_the_form_comes_back_from_a_database_that_another_process_has_locked(
    app: Flask, client: FlaskClient, database_url: str
) -> None:
    patience, lock = (
        ("PRAGMA busy_timeout=50", "BEGIN IMMEDIATE")
        if database_url.startswith("sqlite")
        else ("SET lock_timeout=50", "LOCK TABLE account IN ACCESS EXCLUSIVE MODE")
    )
    token = csrf_token(client, PATH)
    db.session.rollback()
    with db.engine.connect() as other:
        other.exec_driver_sql("COMMIT" if lock.startswith("BEGIN") else "SELECT 1")
        other.exec_driver_sql(lock)
        event.listen(db.engine, "checkout", lambda each, *rest: each.execute(patience))
        answer = client.post(PATH, data={"csrf_token": token, **TYPED})
        other.rollback()
    assert answer.status_code == 503
    assert 'value="王示例"' in answer.text
    assert PASSWORD not in answer.text
    assert db.session.query(Account).count() == 0


def test_a_double_click_opens_one_account_and_is_no_error(app: Flask, client: FlaskClient) -> None:
    visits = [(each, {"csrf_token": csrf_token(each, PATH), **TYPED}) for each in (client, app.test_client())]
    db.session.rollback()

    def click(visit: tuple[FlaskClient, dict[str, str]]) -> TestResponse:
        with app.app_context():
            return visit[0].post(PATH, data=visit[1])

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(click, visits))
    assert [answer.location for answer in answers] == ["/workspace/registration"] * 2
    assert len([event for event in events(account()) if event.action == "account.open_own"]) == 1
    other = send(app.test_client(), PATH, {**TYPED, "name": "李示例"})
    assert other.status_code == 422


def opened(**changes: Any) -> Account:
    values: dict[str, Any] = {
        "email": "opener@example.cn",
        "name": "王示例",
        "role": Role.AGENT,
        "uscc_code": CODE,
        "password": PASSWORD,
        "now": now(),
    }
    return open_account(**{**values, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "Another-Horse-8"},
        {"uscc_code": uscc(serial=4712)},
        {"role": Role.LEGAL_REP},
        {"now": now() + timedelta(hours=1)},
    ],
)
def test_only_the_very_same_opening_is_taken_for_a_double_click(app: Flask, changes: dict[str, Any]) -> None:
    opened()
    with pytest.raises(AccountRefused) as refusal:
        opened(**changes)
    assert refusal.value.field == "email"
    db.session.rollback()
    assert db.session.query(Account).count() == 1


def test_an_account_that_was_confirmed_or_closed_is_not_entered_by_opening_it_again(app: Flask) -> None:
    made = opened()
    made.confirmed = True
    db.session.commit()
    with pytest.raises(AccountRefused):
        opened()
    db.session.rollback()
    made = account()
    made.confirmed, made.active = False, False
    db.session.commit()
    with pytest.raises(AccountRefused):
        opened()


def test_nobody_opens_an_account_of_staff(app: Flask) -> None:
    with pytest.raises(AccountRefused) as refusal:
        opened(role=Role.NATIONAL)
    assert refusal.value.field == "role"


def test_a_password_is_known_again_however_the_keyboard_composes_it(app: Flask, client: FlaskClient) -> None:
    composed, decomposed = "Caf\u00e9-2026-x", "Cafe\u0301-2026-x"
    send(client, PATH, {**TYPED, "password": composed, "password_again": composed})
    assert enter(app.test_client(), "opener@example.cn", decomposed).status_code == 302


def test_a_domain_in_chinese_is_the_same_in_both_spellings(app: Flask) -> None:
    opened(email="wang@例子.cn")
    with pytest.raises(AccountRefused):
        opened(email="wang@xn--fsqu00a.cn", name="李示例")
    db.session.rollback()
    assert enter(app.test_client(), "wang@xn--fsqu00a.cn").status_code == 302


def test_who_is_signed_in_opens_no_second_account(app: Flask) -> None:
    officer = signed_in(app, Role.LOCAL)
    assert officer.get(PATH).location == "/account/start"
    assert send(officer, PATH, TYPED, page="/account").location == "/account/start"
    assert db.session.query(Account).count() == 1


def test_the_administrator_of_the_nation_sees_who_is_unconfirmed(app: Flask) -> None:
    made = opened()
    number = made.id
    admin = signed_in(app, Role.SYSADMIN, region="000000")
    listed, shown = admin.get("/staff/accounts?role=agent").text, admin.get(f"/staff/accounts/{number}").text
    for page in (listed, shown):
        assert "未确认" in page
        assert CODE in page
    confirm_account(account(), actor=Actor(None, "x", None), now=now())
    db.session.commit()
    assert "未确认" not in admin.get(f"/staff/accounts/{number}").text


def test_the_way_in_leads_to_the_form(client: FlaskClient) -> None:
    for path in ("/account/login", "/", "/help"):
        assert f'href="{PATH}"' in client.get(path).text
    page = client.get(PATH).text
    assert "未确认" in page
    assert "营业执照" in page


def test_an_address_that_no_mail_reaches_is_refused_for_every_account(app: Flask) -> None:
    with pytest.raises(AccountRefused) as refusal:
        make_account(Role.LOCAL, email="a@b@c\n")
    assert refusal.value.field == "email"
