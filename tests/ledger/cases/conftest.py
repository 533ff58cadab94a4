"""People around the ledger, with the tables of holidays and of periods."""

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
from tests.factories import make_institution
from tests.spotchecks.checking import seed


@pytest.fixture
def moment(app: Flask) -> Iterator[datetime]:
    """A Thursday in March, with everything that periods need."""
    with clock_at(MOMENT):
        seed(MOMENT)
        yield MOMENT


@pytest.fixture
def institution(moment: datetime) -> Institution:
    return make_institution(name="成都示例甲信用管理有限公司")


@pytest.fixture
def people(institution: Institution) -> Account:
    """The agent of the institution."""
    return make_account(Role.AGENT, email="agent@example.cn", uscc_code=institution.uscc).account


@pytest.fixture
def worker(moment: datetime) -> Account:
    """Who works on cases in Chengdu and proposes."""
    return make_account(Role.INSPECTOR, email="worker@example.cn", name="办案人甲").account


@pytest.fixture
def second(moment: datetime) -> Account:
    """Who decides in Chengdu."""
    return make_account(Role.LOCAL, email="second@example.cn", name="复核人乙").account


@pytest.fixture
def province(moment: datetime) -> Account:
    """Who screens, prunes and reassigns in Sichuan."""
    return make_account(Role.PROVINCIAL, email="province@example.cn", name="省级丙").account


@pytest.fixture
def inspector(app: Flask, worker: Account) -> FlaskClient:
    return client_of(app, worker)


@pytest.fixture
def office(app: Flask, second: Account) -> FlaskClient:
    return client_of(app, second)


@pytest.fixture
def governor(app: Flask, province: Account) -> FlaskClient:
    return client_of(app, province)
