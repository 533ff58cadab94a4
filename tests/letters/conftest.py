"""People around letters, with the tables of holidays and of periods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import clock_at
from tests.accounts.signing_in import client_of, make_account
from tests.conftest import MOMENT
from tests.spotchecks.checking import seed


@pytest.fixture
def moment(app: Flask) -> Iterator[datetime]:
    """A Thursday in March, with everything that periods need."""
    with clock_at(MOMENT):
        seed(MOMENT)
        yield MOMENT


@pytest.fixture
def first(moment: datetime) -> Account:
    """Who drafts."""
    return make_account(Role.INSPECTOR, email="first@example.cn", name="拟稿人甲").account


@pytest.fixture
def second(moment: datetime) -> Account:
    """Who issues."""
    return make_account(Role.LOCAL, email="second@example.cn", name="签发人乙").account


@pytest.fixture
def inspector(app: Flask, first: Account) -> FlaskClient:
    return client_of(app, first)


@pytest.fixture
def office(app: Flask, second: Account) -> FlaskClient:
    return client_of(app, second)
