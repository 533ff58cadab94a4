"""People around checks, with the tables of holidays and of periods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import clock_at
from credit_register.institutions.models import Institution
from tests.accounts.signing_in import client_of, make_account
from tests.conftest import MOMENT
from tests.factories import make_institution, make_product
from tests.spotchecks.checking import seed


@pytest.fixture
def moment(app: Flask) -> Iterator[datetime]:
    """A Thursday in March, with everything that periods need."""
    with clock_at(MOMENT):
        seed(MOMENT)
        yield MOMENT


@pytest.fixture
def agency(moment: datetime) -> Institution:
    """An institution of Chengdu with one fee."""
    institution = make_institution(name="成都示例被核查信用管理有限公司")
    make_product(institution)
    return institution


@pytest.fixture
def first(moment: datetime) -> Account:
    return make_account(Role.INSPECTOR, email="first@example.cn", name="核查员甲").account


@pytest.fixture
def second(moment: datetime) -> Account:
    return make_account(Role.LOCAL, email="second@example.cn", name="复核人乙").account


@pytest.fixture
def inspector(app: Flask, first: Account) -> FlaskClient:
    return client_of(app, first)


@pytest.fixture
def office(app: Flask, second: Account) -> FlaskClient:
    return client_of(app, second)


@pytest.fixture
def agent(app: Flask, agency: Institution) -> FlaskClient:
    account = make_account(Role.AGENT, email="agent@example.cn", uscc_code=agency.uscc).account
    return client_of(app, account)
