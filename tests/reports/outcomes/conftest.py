"""People around results of reports, with the tables of holidays and of periods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.calendar.services import seed_calendar
from credit_register.core.clock import clock_at
from credit_register.core.deadlines.services import seed_rules
from credit_register.institutions.models import Institution
from credit_register.reports.models import Report
from tests.accounts.signing_in import client_of, make_account
from tests.conftest import MOMENT
from tests.factories import make_institution
from tests.reports.outcomes.steps import upheld


@pytest.fixture
def moment(app: Flask) -> Iterator[datetime]:
    """A Thursday in March, with everything that periods need."""
    with clock_at(MOMENT):
        seed_calendar(now=MOMENT)
        seed_rules()
        yield MOMENT


@pytest.fixture
def agency(moment: datetime) -> Institution:
    """An institution of Chengdu."""
    return make_institution(name="成都示例被反映信用管理有限公司")


@pytest.fixture
def report(agency: Institution, moment: datetime) -> Report:
    """A report found true, seven working days after it came in."""
    return upheld(agency, received_at=moment - timedelta(days=9), decided_at=moment)


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
