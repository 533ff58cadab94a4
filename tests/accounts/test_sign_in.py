"""Signing in, and everything that must stop it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.actor import OPERATOR
from credit_register.access.roles import Role
from credit_register.accounts import lockout, services
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import now
from credit_register.core.database import db
from tests.accounts.signing_in import PASSWORD, client_of, csrf_token, enter, make_account, send, signed_in

HERE = {"environ_base": {"REMOTE_ADDR": "192.0.2.1"}}
ELSEWHERE = {"environ_base": {"REMOTE_ADDR": "198.51.100.7"}}
WRONG = "邮箱或密码不正确"


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_a_sample_account_signs_in_with_its_password_alone(app: Flask) -> None:
    client = signed_in(app, Role.LOCAL)
    assert client.get("/staff").status_code == 200
    assert "account.sign_in" in actions()


def test_staff_go_to_their_desk_and_institution_people_to_their_workspace(app: Flask) -> None:
    assert signed_in(app, Role.REVIEWER).get("/account/start").location == "/staff"
    assert signed_in(app, Role.AGENT).get("/account/start").location == "/workspace"


@pytest.mark.parametrize("email", ["local@example.cn", "nobody@example.cn"])
def test_a_wrong_password_says_the_same_whether_the_account_exists_or_not(
    app: Flask, client: FlaskClient, email: str
) -> None:
    make_account(Role.LOCAL)
    answer = enter(client, email, "not-the-password")
    assert answer.status_code == 200
    assert WRONG in answer.text
    assert "not-the-password" not in answer.text
    assert client.get("/staff").status_code == 302


def test_a_failed_sign_in_is_recorded_for_the_account_it_aimed_at(app: Flask, client: FlaskClient) -> None:
    make_account(Role.LOCAL)
    enter(client, "local@example.cn", "not-the-password")
    enter(client, "nobody@example.cn", "not-the-password")
    assert actions().count("account.sign_in_failed") == 1


def test_five_wrong_passwords_lock_the_client_out_of_that_account_and_nobody_else(app: Flask) -> None:
    make_account(Role.LOCAL)
    make_account(Role.REVIEWER)
    attacker = app.test_client()
    for _ in range(5):
        assert WRONG in enter(attacker, "local@example.cn", "guess", **HERE).text
    locked = enter(attacker, "local@example.cn", PASSWORD, **HERE)
    assert locked.status_code == 200
    assert lockout.SENTENCE in locked.text
    assert enter(app.test_client(), "local@example.cn", **ELSEWHERE).status_code == 302
    assert enter(app.test_client(), "reviewer@example.cn", **HERE).status_code == 302


def test_another_spelling_of_the_address_does_not_buy_more_guesses(app: Flask) -> None:
    make_account(Role.LOCAL)
    client = app.test_client()
    for spelling in (
        "local@example.cn",
        "LOCAL@example.cn",
        "local@EXAMPLE.cn",
        " local@example.cn",
        "Local@example.cn",
    ):
        enter(client, spelling, "guess", **HERE)
    assert lockout.SENTENCE in enter(client, "local@example.cn", PASSWORD, **HERE).text


def test_the_right_password_clears_the_count(app: Flask) -> None:
    account = make_account(Role.LOCAL).account
    client = app.test_client()
    for _ in range(4):
        enter(client, account.email, "guess", **HERE)
    assert enter(client, account.email, **HERE).status_code == 302
    other = app.test_client()
    for _ in range(4):
        assert WRONG in enter(other, account.email, "guess", **HERE).text


def test_clients_of_one_ipv6_network_share_their_count(app: Flask) -> None:
    make_account(Role.LOCAL)
    client = app.test_client()
    for number in range(5):
        enter(
            client, "local@example.cn", "guess", environ_base={"REMOTE_ADDR": f"2001:db8:1:2::{number + 1}"}
        )
    same = enter(client, "local@example.cn", environ_base={"REMOTE_ADDR": "2001:db8:1:2:ffff::9"})
    assert lockout.SENTENCE in same.text
    other = enter(app.test_client(), "local@example.cn", environ_base={"REMOTE_ADDR": "2001:db8:1:3::1"})
    assert other.status_code == 302


@pytest.mark.parametrize(
    ("wanted", "location"),
    [
        ("/staff/institutions?q=x", "/staff/institutions?q=x"),
        ("https://evil.example/", "/account/start"),
        ("//evil.example/", "/account/start"),
        ("/\\evil.example", "/%5Cevil.example"),  # quoted, it is an address of this site
        ("javascript:alert(1)", "/account/start"),
        ("/\t/evil.example", "/account/start"),
    ],
)
def test_the_way_on_stays_inside_the_site(
    app: Flask, client: FlaskClient, wanted: str, location: str
) -> None:
    make_account(Role.LOCAL)
    page = client.get("/account/login", query_string={"next": wanted})
    assert "evil.example" not in page.text
    token = csrf_token(client)
    answer = client.post(
        "/account/login",
        data={"email": "local@example.cn", "password": PASSWORD, "next": wanted, "csrf_token": token},
    )
    assert (answer.status_code, answer.location) == (302, location)


def test_who_is_signed_in_and_opens_the_sign_in_page_is_sent_on(app: Flask) -> None:
    assert signed_in(app).get("/account/login").location == "/account/start"


def test_signing_out_needs_a_form_and_ends_the_session(app: Flask) -> None:
    client = signed_in(app)
    assert client.get("/account/logout").status_code == 405
    assert client.get("/staff").status_code == 200
    assert send(client, "/account/logout", {}, page="/account").location == "/"
    assert client.get("/staff").status_code == 302
    assert "account.sign_out" in actions()


def test_thirty_idle_minutes_end_the_session_and_each_page_moves_the_end_on(app: Flask) -> None:
    start = now()
    with time_machine.travel(start, tick=False):
        client = signed_in(app)
    for minutes in (29, 58):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            assert client.get("/staff").status_code == 200
    with time_machine.travel(start + timedelta(minutes=89), tick=False):
        assert client.get("/staff").location == "/account/login?next=/staff"


def test_a_session_that_is_kept_warm_ends_after_twelve_hours(app: Flask) -> None:
    start = now()
    with time_machine.travel(start, tick=False):
        client = signed_in(app)
    for minutes in range(25, 12 * 60, 25):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            assert client.get("/account").status_code == 200, minutes
    with time_machine.travel(start + timedelta(minutes=12 * 60 + 1), tick=False):
        assert client.get("/account").status_code == 302


def test_closing_an_account_ends_its_session_and_its_sign_in(app: Flask) -> None:
    account = make_account(Role.LOCAL).account
    client = client_of(app, account)
    account = db.session.get_one(Account, account.id)
    services.set_active(account, False, actor=OPERATOR, now=now())
    assert client.get("/staff").status_code == 302
    assert WRONG in enter(app.test_client(), "local@example.cn").text


def test_a_one_time_password_must_be_changed_before_anything_else(app: Flask) -> None:
    client = signed_in(app, must_change_password=True)
    assert client.get("/staff").location == "/account/change"
    page = client.get("/account/change")
    assert "一次性密码，请先设置新密码" in page.text
    weak = send(
        client,
        "/account/change",
        {"password": PASSWORD, "new_password": "short", "new_password_confirm": "short"},
    )
    assert "密码至少 8 个字符" in weak.text
    fresh = "Another-Horse-8"
    done = send(
        client,
        "/account/change",
        {"password": PASSWORD, "new_password": fresh, "new_password_confirm": fresh},
    )
    assert done.status_code == 302
    assert client.get("/staff").status_code == 200
    assert actions().count("account.sign_in") == 1
    assert "account.change_password" in actions()
    assert enter(app.test_client(), "local@example.cn", fresh).status_code == 302


def test_changing_the_password_ends_the_sessions_on_other_devices(app: Flask) -> None:
    account = make_account(Role.LOCAL).account
    one, other = client_of(app, account), client_of(app, account)
    fresh = "Another-Horse-8"
    send(one, "/account/change", {"password": PASSWORD, "new_password": fresh, "new_password_confirm": fresh})
    assert one.get("/staff").status_code == 200
    assert other.get("/staff").status_code == 302


def test_the_old_password_cannot_be_guessed_on_an_open_screen(app: Flask) -> None:
    client = signed_in(app)
    data = {"password": "guess", "new_password": "Another-Horse-8", "new_password_confirm": "Another-Horse-8"}
    for _ in range(5):
        assert "密码不正确" in send(client, "/account/change", data).text
    assert lockout.SENTENCE in send(client, "/account/change", {**data, "password": PASSWORD}).text


def test_a_password_older_than_ninety_days_must_be_changed_save_in_the_sample(app: Flask) -> None:
    old = now() - timedelta(days=91)
    sample = signed_in(app, Role.LOCAL, now=old)
    assert sample.get("/staff").status_code == 200
    agent = signed_in(app, Role.AGENT, now=old, sample=False)
    assert agent.get("/workspace").location == "/account/change"


def test_no_answer_hands_out_a_token_that_outlives_the_session(app: Flask, client: FlaskClient) -> None:
    make_account(Role.LOCAL)
    token = csrf_token(client)
    answer = client.post(
        "/account/login?include_auth_token",
        json={"email": "local@example.cn", "password": PASSWORD},
        headers={"X-CSRFToken": token, "Accept": "application/json"},
    )
    assert "token" not in answer.text
    account = db.session.scalars(select(Account)).one()
    with app.test_request_context():
        forged = account.get_auth_token()
    stranger = app.test_client()
    assert stranger.get("/staff", headers={"Authentication-Token": forged}).status_code == 302
    assert stranger.get("/staff", query_string={"auth_token": forged}).status_code == 302


def test_who_only_reads_gets_no_cookie(app: Flask, client: FlaskClient) -> None:
    assert "Set-Cookie" not in client.get("/help").headers
