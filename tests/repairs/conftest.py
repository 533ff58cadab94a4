"""People around repairs, with the tables of holidays and of periods, at a day on which the present rules count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import SHANGHAI, clock_at
from credit_register.credit_records.models import CreditRecord
from credit_register.institutions.models import Institution
from tests.accounts.signing_in import client_of, make_account
from tests.factories import make_commitment, make_institution
from tests.repairs.repairing import ripe_record, seed

NOVEMBER = datetime(2026, 11, 26, 10, 30, tzinfo=SHANGHAI)  # Thursday


@pytest.fixture
def moment(app: Flask) -> Iterator[datetime]:
    """A Thursday in November, with everything that periods need."""
    with clock_at(NOVEMBER):
        seed(NOVEMBER)
        yield NOVEMBER


@pytest.fixture
def agency(moment: datetime) -> Institution:
    """An institution of Chengdu whose commitment is public."""
    institution = make_institution(name="成都示例待修复信用管理有限公司")
    make_commitment(institution, state="published")
    return institution


@pytest.fixture
def record(agency: Institution) -> CreditRecord:
    """A record that can be applied for today."""
    return ripe_record(agency)


@pytest.fixture
def first(moment: datetime) -> Account:
    return make_account(Role.INSPECTOR, email="first@example.cn", name="登记员甲").account


@pytest.fixture
def second(moment: datetime) -> Account:
    return make_account(Role.LOCAL, email="second@example.cn", name="复核人乙").account


@pytest.fixture
def person(agency: Institution) -> Account:
    return make_account(Role.AGENT, email="agent@example.cn", uscc_code=agency.uscc).account


@pytest.fixture
def own(person: Account) -> Actor:
    return person.actor


@pytest.fixture
def inspector(app: Flask, first: Account) -> FlaskClient:
    return client_of(app, first)


@pytest.fixture
def office(app: Flask, second: Account) -> FlaskClient:
    return client_of(app, second)


@pytest.fixture
def agent(app: Flask, person: Account) -> FlaskClient:
    return client_of(app, person)
