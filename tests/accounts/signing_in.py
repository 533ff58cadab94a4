"""People who sign in and send forms as a browser does."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from credit_register.access.actor import OPERATOR, Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.accounts.services import NewAccount, create_account
from credit_register.core.clock import now
from tests.core.codes import uscc

PASSWORD = "Correct-Horse-7"
REGIONS = {
    Role.NATIONAL: "000000",
    Role.AUDITOR: "510000",
    Role.SYSADMIN: "510000",
    Role.PROVINCIAL: "510000",
    Role.LOCAL: "510100",
    Role.INSPECTOR: "510100",
    Role.REVIEWER: "510100",
}


def make_account(role: Role = Role.LOCAL, *, email: str | None = None, **overrides: Any) -> NewAccount:
    """An account that needs no second factor, unless `sample=False`."""
    code = None if role.is_staff else overrides.pop("uscc_code", uscc(serial=900001))
    values: dict[str, Any] = {
        "email": email or f"{role.value}@example.cn",
        "name": f"{role.label}甲",
        "role": role,
        "password": PASSWORD,
        "region": REGIONS.get(role),
        "uscc_code": code,
        "actor": OPERATOR,
        "now": now(),
        "sample": True,
        **overrides,
    }
    return create_account(**values)


def actor(role: Role = Role.LOCAL, **overrides: Any) -> Actor:
    """An actor in a role, with an account of their own."""
    return make_account(role, **overrides).account.actor


def csrf_token(client: FlaskClient, path: str = "/account/login", **options: Any) -> str:
    """The token that stands in the forms of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path, **options).text)
    assert found, f"{path} holds no form"
    return found[1]


def send(
    client: FlaskClient, path: str, data: dict[str, Any], *, page: str | None = None, **options: Any
) -> TestResponse:
    """Send a form with the token of the page on which it stands."""
    token = csrf_token(
        client, page or path, **{key: options[key] for key in options if key == "environ_base"}
    )
    return client.post(path, data={"csrf_token": token, **data}, **options)


def enter(client: FlaskClient, email: str, password: str = PASSWORD, **options: Any) -> TestResponse:
    """Send the sign-in form."""
    return send(client, "/account/login", {"email": email, "password": password}, **options)


def signed_in(app: Flask, role: Role = Role.LOCAL, **overrides: Any) -> FlaskClient:
    """A client of a new account, signed in."""
    account = make_account(role, **overrides).account
    return client_of(app, account)


def client_of(app: Flask, account: Account) -> FlaskClient:
    """A client of an account that needs no second factor, signed in."""
    client = app.test_client()
    answer = enter(client, account.email)
    assert answer.status_code == 302, answer.text
    assert answer.location == "/account/start"
    return client


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]
