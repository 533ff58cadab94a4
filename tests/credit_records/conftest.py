"""People around records, with the tables of holidays and of periods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.calendar.services import seed_calendar
from credit_register.core.clock import SHANGHAI, clock_at
from credit_register.core.database import db
from credit_register.core.deadlines.services import seed_rules
from credit_register.institutions.models import Institution
from tests.accounts.signing_in import client_of, make_account
from tests.factories import make_institution

# A working day under the rules of 2026-04-01.
MOMENT = datetime(2026, 11, 26, 10, 30, tzinfo=SHANGHAI)


@pytest.fixture
def moment(app: Flask) -> Iterator[datetime]:
    """A Thursday in November, with everything that periods need."""
    with clock_at(MOMENT):
        seed_calendar(now=MOMENT)
        seed_rules()
        db.session.commit()
        yield MOMENT


@pytest.fixture
def agency(moment: datetime) -> Institution:
    """An institution of Chengdu."""
    return make_institution(name="成都示例有记录信用管理有限公司")


@pytest.fixture
def first(moment: datetime) -> Account:
    return make_account(Role.LOCAL, email="first@example.cn", name="经办人甲").account


@pytest.fixture
def second(moment: datetime) -> Account:
    return make_account(Role.PROVINCIAL, email="second@example.cn", name="复核人乙").account


@pytest.fixture
def office(app: Flask, first: Account) -> FlaskClient:
    return client_of(app, first)


@pytest.fixture
def province(app: Flask, second: Account) -> FlaskClient:
    return client_of(app, second)
