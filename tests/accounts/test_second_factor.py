"""The second factor of staff: set up at the first sign-in, codes that work once, recovery codes, a lost telephone."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
import time_machine
from flask import Flask, current_app
from flask.testing import FlaskClient
from passlib.totp import TOTP

from credit_register.access.actor import OPERATOR
from credit_register.access.roles import Role
from credit_register.accounts import lockout, services
from credit_register.accounts.models import Account
from credit_register.core.clock import now
from credit_register.core.database import db
from tests.accounts.signing_in import PASSWORD, csrf_token, enter, make_account, send

VALIDATE = "/account/tf-validate"
REFUSED = "验证码不正确或已用过"


def code(secret: str) -> str:
    return TOTP(key=secret.replace(" ", "").replace("-", "")).generate().token


@pytest.fixture
def officer(app: Flask) -> tuple[str, str]:
    """E-mail and authenticator secret of an account as the command makes it."""
    made = make_account(Role.LOCAL, sample=False)
    assert made.totp_secret
    return made.account.email, made.totp_secret


def test_staff_need_the_code_after_the_password(client: FlaskClient, officer: tuple[str, str]) -> None:
    email, secret = officer
    answer = enter(client, email)
    assert answer.location.startswith(VALIDATE)
    assert client.get("/staff").status_code == 302
    assert send(client, VALIDATE, {"code": code(secret)}).status_code == 302
    assert client.get("/staff").status_code == 200


def test_the_way_on_survives_the_second_factor(client: FlaskClient, officer: tuple[str, str]) -> None:
    email, secret = officer
    token = csrf_token(client)
    data = {"email": email, "password": PASSWORD, "next": "/staff/calendar", "csrf_token": token}
    step = client.post("/account/login", data=data).location
    assert send(client, step, {"code": code(secret)}).location == "/staff/calendar"


def test_a_code_works_once(app: Flask, officer: tuple[str, str]) -> None:
    email, secret = officer
    first, second = app.test_client(), app.test_client()
    with time_machine.travel(now(), tick=False):
        enter(first, email)
        enter(second, email)
        spent = code(secret)
        assert send(first, VALIDATE, {"code": spent}).status_code == 302
        assert REFUSED in send(second, VALIDATE, {"code": spent}).text
    with time_machine.travel(now() + timedelta(seconds=60), tick=False):
        assert send(second, VALIDATE, {"code": code(secret)}).status_code == 302


def test_of_two_requests_with_one_code_at_the_same_moment_one_signs_in(
    app: Flask, officer: tuple[str, str]
) -> None:
    email, secret = officer
    clients = [app.test_client() for _ in range(2)]
    for client in clients:
        enter(client, email)
    tokens = [csrf_token(client, VALIDATE) for client in clients]
    spent, gate, answers = code(secret), threading.Barrier(2), []

    def use(client: FlaskClient, token: str) -> None:
        with app.app_context():
            gate.wait()
            answers.append(client.post(VALIDATE, data={"code": spent, "csrf_token": token}).status_code)
            db.session.remove()

    threads = [threading.Thread(target=use, args=pair) for pair in zip(clients, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 302]


def test_codes_cannot_be_guessed(client: FlaskClient, officer: tuple[str, str]) -> None:
    email, secret = officer
    enter(client, email)
    for _ in range(5):
        assert REFUSED in send(client, VALIDATE, {"code": "000000"}).text
    assert lockout.SENTENCE in send(client, VALIDATE, {"code": code(secret)}).text


def test_the_known_password_buys_no_more_guesses_at_the_code(app: Flask, officer: tuple[str, str]) -> None:
    email, secret = officer
    for _ in range(5):
        client = app.test_client()
        enter(client, email)
        send(client, VALIDATE, {"code": "000000"})
    client = app.test_client()
    enter(client, email)
    assert lockout.SENTENCE in send(client, VALIDATE, {"code": code(secret)}).text


def test_a_new_officer_sets_up_the_authenticator_at_the_first_sign_in(
    app: Flask, client: FlaskClient
) -> None:
    make_account(Role.LOCAL, sample=False, with_second_factor=False, must_change_password=True)
    assert enter(client, "local@example.cn").location == "/account/tf-setup"
    assert client.get("/staff").status_code == 302
    page = send(client, "/account/tf-setup", {"setup": "authenticator"}).text
    assert 'src="data:image/svg+xml' in page
    found = re.search(r"data-totp-key>([^<]+)<", page)
    assert found
    wrong = send(client, VALIDATE, {"code": "000000"})
    assert REFUSED in wrong.text
    assert "重新开始设置" in wrong.text
    assert send(client, VALIDATE, {"code": code(found[1])}).status_code == 302
    assert client.get("/staff").location == "/account/change"
    assert db.session.scalars(db.select(Account)).one().tf_primary_method == "authenticator"


def new_codes(client: FlaskClient) -> list[str]:
    page = send(client, "/account/mf-recovery-codes", {"generate_new_codes": "1"}).text
    return re.findall(r'<li class="code">([^<]+)</li>', page)


@pytest.fixture
def codes(app: Flask, officer: tuple[str, str]) -> list[str]:
    client = app.test_client()
    enter(client, officer[0])
    send(client, VALIDATE, {"code": code(officer[1])})
    return new_codes(client)


def test_recovery_codes_are_shown_once_and_kept_as_hashes(app: Flask, codes: list[str]) -> None:
    assert len(codes) == len(set(codes)) == 8
    account = db.session.scalars(db.select(Account)).one()
    assert not set(codes) & set(account.mf_recovery_codes)
    assert all(len(kept) == 64 for kept in account.mf_recovery_codes)


def test_a_recovery_code_works_once(app: Flask, officer: tuple[str, str], codes: list[str]) -> None:
    for attempt in ("first", "again"):
        client = app.test_client()
        enter(client, officer[0])
        answer = send(client, "/account/mf-recovery", {"code": f" {codes[0].upper()} "})
        assert (client.get("/staff").status_code == 200) is (attempt == "first")
    assert "恢复码不正确或已用过" in answer.text


def test_new_recovery_codes_end_the_old_ones(app: Flask, officer: tuple[str, str], codes: list[str]) -> None:
    client = app.test_client()
    enter(client, officer[0])
    send(client, "/account/mf-recovery", {"code": codes[0]})
    fresh = new_codes(client)
    other = app.test_client()
    enter(other, officer[0])
    assert "恢复码不正确" in send(other, "/account/mf-recovery", {"code": codes[1]}).text
    assert send(other, "/account/mf-recovery", {"code": fresh[0]}).status_code == 302


def test_recovery_codes_cannot_be_guessed(app: Flask, officer: tuple[str, str], codes: list[str]) -> None:
    client = app.test_client()
    enter(client, officer[0])
    for _ in range(5):
        send(client, "/account/mf-recovery", {"code": "0000-0000-0000"})
    assert lockout.SENTENCE in send(client, "/account/mf-recovery", {"code": codes[0]}).text


def test_a_lost_telephone_is_mended_by_the_administrator(app: Flask, officer: tuple[str, str]) -> None:
    account = db.session.scalars(db.select(Account)).one()
    services.reset_second_factor(account, actor=OPERATOR, now=now())
    client = app.test_client()
    assert enter(client, officer[0]).location == "/account/tf-setup"


def test_the_page_of_the_library_that_would_write_a_mail_leads_to_the_recovery_codes(
    client: FlaskClient, officer: tuple[str, str]
) -> None:
    enter(client, officer[0])
    assert client.get("/account/tf-rescue").location == "/account/mf-recovery"


@pytest.mark.parametrize("path", [VALIDATE, "/account/mf-recovery", "/account/tf-setup"])
def test_the_second_step_without_the_first_leads_back_to_it(client: FlaskClient, path: str) -> None:
    assert client.get(path).location == "/account/login"


def test_an_institution_person_may_switch_the_second_factor_on_and_off(
    app: Flask, client: FlaskClient
) -> None:
    make_account(Role.AGENT, sample=False)
    enter(client, "agent@example.cn")
    page = send(client, "/account/tf-setup", {"setup": "authenticator"}).text
    found = re.search(r"data-totp-key>([^<]+)<", page)
    assert found
    assert send(client, VALIDATE, {"code": code(found[1])}).location == "/account"
    assert enter(app.test_client(), "agent@example.cn").location.startswith(VALIDATE)
    assert send(client, "/account/tf-setup", {"setup": "disable"}).location == "/account"
    assert enter(app.test_client(), "agent@example.cn").location == "/account/start"


def test_staff_may_not_switch_the_second_factor_off(client: FlaskClient, officer: tuple[str, str]) -> None:
    enter(client, officer[0])
    send(client, VALIDATE, {"code": code(officer[1])})
    assert "停用动态验证" not in client.get("/account/tf-setup").text
    send(client, "/account/tf-setup", {"setup": "disable"})
    assert db.session.scalars(db.select(Account)).one().tf_primary_method == "authenticator"


def test_the_secret_is_stored_encrypted(officer: tuple[str, str]) -> None:
    account = db.session.scalars(db.select(Account)).one()
    assert account.tf_totp_secret is not None
    assert officer[1] not in account.tf_totp_secret
    totp = current_app.extensions["security"].totp_factory
    assert totp.get_totp_b32_key(account.tf_totp_secret) == officer[1]
