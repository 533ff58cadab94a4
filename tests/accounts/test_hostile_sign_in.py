"""What a stranger may try at the sign-in page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.actor import OPERATOR
from credit_register.access.roles import Role
from credit_register.accounts.services import create_account
from credit_register.core.clock import now

PASSWORD = "Hostile-of-2026!"


@pytest.fixture
def officer(app: Flask) -> str:
    create_account(
        email="officer@example.cn",
        name="示例工作人员",
        role=Role.LOCAL,
        password=PASSWORD,
        region="510100",
        uscc_code=None,
        actor=OPERATOR,
        now=now() - timedelta(minutes=1),
        sample=True,
    )
    return "officer@example.cn"


def token(client: FlaskClient) -> str:
    found = re.search(
        r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/account/login").get_data(as_text=True)
    )
    assert found
    return found[1]


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD, peer: str = "203.0.113.7") -> int:
    data = {"email": email, "password": password, "csrf_token": token(client)}
    return client.post("/account/login", data=data, environ_base={"REMOTE_ADDR": peer}).status_code


def test_json_is_not_spoken_here(client: FlaskClient) -> None:
    headers = {"X-CSRFToken": token(client)}
    for body in ({"email": 5}, [1], "text", {"email": "a" * 2000, "password": "x"}):
        assert client.post("/account/login", json=body, headers=headers).status_code == 415


def test_a_huge_form_is_refused_before_it_is_looked_at(client: FlaskClient) -> None:
    data = {"email": "a" * 100_000, "password": "x", "csrf_token": token(client)}
    assert client.post("/account/login", data=data).status_code == 413


def test_an_address_that_is_too_long_is_a_sentence(client: FlaskClient) -> None:
    data = {"email": "a" * 300, "password": "x", "csrf_token": token(client)}
    assert "过长" in client.post("/account/login", data=data).get_data(as_text=True)


def test_a_copied_cookie_does_not_outlive_the_sign_out(app: Flask, officer: str) -> None:
    client, thief = app.test_client(), app.test_client()
    assert sign_in(client, officer) == 302
    cookie = client.get_cookie("register_session")
    assert cookie is not None
    thief.set_cookie("register_session", cookie.value)
    assert thief.get("/staff").status_code == 200
    page = client.get("/account").get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    client.post("/account/logout", data={"csrf_token": found[1]})
    assert thief.get("/staff").status_code == 302


def test_a_stranger_at_the_same_address_locks_out_nobody_who_works_there(app: Flask, officer: str) -> None:
    assert sign_in(app.test_client(), officer) == 302
    stranger = app.test_client()
    form = {"csrf_token": token(stranger), "password": "Wrong-of-2026!"}
    for number in range(70):
        stranger.post(
            "/account/login",
            data={**form, "email": f"nobody{number}@example.cn"},
            environ_base={"REMOTE_ADDR": "203.0.113.7"},
        )
    assert sign_in(app.test_client(), officer) == 302
    assert sign_in(app.test_client(), "stranger@example.cn") == 200


def test_nul_and_numbers_that_no_row_has_are_refused_plainly(app: Flask, officer: str) -> None:
    client = app.test_client()
    sign_in(client, officer)
    huge = "9" * 25
    for address in (f"/staff/institutions/{huge}", f"/staff/imports/{huge}", "/institutions/%00"):
        assert client.get(address).status_code == 404
    for address in ("/staff/institutions?q=%00", "/institutions?q=%00", "/verify?q=a%00b"):
        assert client.get(address).status_code == 400


def test_pages_that_name_the_person_are_kept_by_no_cache(app: Flask, officer: str) -> None:
    client = app.test_client()
    assert "no-store" not in client.get("/help").headers.get("Cache-Control", "")
    sign_in(client, officer)
    for address in ("/", "/help", "/institutions", "/staff"):
        assert "no-store" in client.get(address).headers["Cache-Control"]
