"""People around measures, with the tables of holidays and of periods, and a case to work on."""

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
from credit_register.ledger.models import LedgerCase
from tests.accounts.signing_in import client_of, make_account
from tests.conftest import MOMENT
from tests.factories import make_case, make_institution
from tests.spotchecks.checking import seed


@pytest.fixture
def moment(app: Flask) -> Iterator[datetime]:
    """A Thursday in March, with everything that periods need."""
    with clock_at(MOMENT):
        seed(MOMENT)
        yield MOMENT


@pytest.fixture
def agency(moment: datetime) -> Institution:
    """An institution of Chengdu on the ledger."""
    return make_institution(name="成都示例被治理信用管理有限公司")


@pytest.fixture
def case(agency: Institution) -> LedgerCase:
    return make_case(agency)


@pytest.fixture
def first(moment: datetime) -> Account:
    """Who works on the ledger."""
    return make_account(Role.INSPECTOR, email="first@example.cn", name="经办人甲").account


@pytest.fixture
def second(moment: datetime) -> Account:
    """Who decides what becomes public."""
    return make_account(Role.LOCAL, email="second@example.cn", name="复核人乙").account


@pytest.fixture
def person(agency: Institution) -> Account:
    """Who acts for the institution."""
    return make_account(Role.AGENT, email="agent@example.cn", uscc_code=agency.uscc).account


@pytest.fixture
def inspector(app: Flask, first: Account) -> FlaskClient:
    return client_of(app, first)


@pytest.fixture
def office(app: Flask, second: Account) -> FlaskClient:
    return client_of(app, second)


@pytest.fixture
def agent(app: Flask, person: Account) -> FlaskClient:
    return client_of(app, person)
