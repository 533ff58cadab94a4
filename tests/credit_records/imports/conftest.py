"""People around batches, with the tables of holidays and of periods."""

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
def national(moment: datetime) -> Account:
    """Who confirms what the operator brought."""
    return make_account(Role.NATIONAL, email="national@example.cn", name="复核人甲").account


@pytest.fixture
def local(moment: datetime) -> Account:
    """Who receives in Chengdu."""
    return make_account(Role.LOCAL, email="local@example.cn", name="接收人乙").account


@pytest.fixture
def provincial(moment: datetime) -> Account:
    """The second person above."""
    return make_account(Role.PROVINCIAL, email="provincial@example.cn", name="复核人丙").account


@pytest.fixture
def receiver(app: Flask, local: Account) -> FlaskClient:
    return client_of(app, local)


@pytest.fixture
def second(app: Flask, provincial: Account) -> FlaskClient:
    return client_of(app, provincial)
