"""People around the months of a ledger, with the tables of holidays and of periods."""

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
    """A Thursday in March 2026, with everything that periods need."""
    with clock_at(MOMENT):
        seed(MOMENT)
        yield MOMENT


@pytest.fixture
def city(moment: datetime) -> Account:
    """Who closes the months of Chengdu."""
    return make_account(Role.LOCAL, email="city@example.cn", name="关账人甲").account


@pytest.fixture
def province(moment: datetime) -> Account:
    """Who closes the months of Sichuan."""
    return make_account(Role.PROVINCIAL, email="province@example.cn", name="省级乙").account


@pytest.fixture
def office(app: Flask, city: Account) -> FlaskClient:
    return client_of(app, city)


@pytest.fixture
def above(app: Flask, province: Account) -> FlaskClient:
    return client_of(app, province)
