"""The rules of the register, an applicant whom nobody has confirmed, and officers of the region."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.core.deadlines.services import seed_rules
from tests.accounts.signing_in import client_of, make_account, signed_in
from tests.registrations.applying import CODE


@pytest.fixture(autouse=True)
def rules(app: Flask) -> None:
    seed_rules()
    db.session.commit()


@pytest.fixture
def account(rules: None) -> Account:
    return make_account(Role.AGENT, uscc_code=CODE, confirmed=False).account


@pytest.fixture
def applicant(app: Flask, account: Account) -> FlaskClient:
    return client_of(app, account)


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, Role.REVIEWER, name="张示例")
