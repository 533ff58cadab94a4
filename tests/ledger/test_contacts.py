"""The one contact of each office in a round: named by itself, seen by those above, shown to nobody else."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.core.lifecycle import StaleVersion
from credit_register.ledger import contacts
from credit_register.ledger.models import LedgerContact
from tests.accounts.signing_in import client_of, make_account, signed_in
from tests.conftest import MOMENT
from tests.ledger.months.building import make_case, make_contact, make_round
from tests.spotchecks.checking import post, seed

PATH = "/staff/ledger/contacts"
WRITTEN = {"office": "成都市发展改革委", "name": "王示例", "phone": "028-12345678"}


@pytest.fixture(autouse=True)
def _clock(app: Flask) -> object:
    with clock_at(MOMENT):
        seed(MOMENT)
        yield


@pytest.fixture
def city() -> Account:
    return make_account(Role.LOCAL, email="city@example.cn", name="办理人甲").account


@pytest.fixture
def office(app: Flask, city: Account) -> FlaskClient:
    return client_of(app, city)


def only() -> LedgerContact:
    db.session.expire_all()
    return db.session.scalars(select(LedgerContact)).one()


def test_before_the_first_round_there_is_nothing_to_name(office: FlaskClient) -> None:
    assert "还没有开始治理" in office.get(PATH).text
    assert post(office, PATH, {"version": 0, **WRITTEN}).status_code == 422


def test_an_office_names_and_changes_its_contact_and_those_above_see_it(
    app: Flask, office: FlaskClient
) -> None:
    make_case()
    answer = post(office, PATH, {"version": 0, **WRITTEN}, follow_redirects=True)
    assert "联系人已保存" in answer.text
    again = post(
        office, PATH, {"version": only().version, **WRITTEN, "name": "李示例"}, follow_redirects=True
    )
    assert "李示例" in again.text
    above = signed_in(app, Role.PROVINCIAL).get(PATH).text
    assert "李示例" in above
    assert "028-12345678" in above
    assert (
        "李示例" not in signed_in(app, Role.LOCAL, region="510700", email="other@example.cn").get(PATH).text
    )


def test_a_field_that_is_missing_or_wrong_keeps_the_others(office: FlaskClient) -> None:
    make_round()
    answer = post(office, PATH, {"version": 0, **WRITTEN, "name": "", "phone": "abc"})
    assert answer.status_code == 422
    assert "请填写联系人" in answer.text
    assert 'value="成都市发展改革委"' in answer.text


def test_the_second_of_two_is_told_and_a_second_click_is_nothing_new(
    office: FlaskClient, city: Account
) -> None:
    make_round()
    post(office, PATH, {"version": 0, **WRITTEN})
    assert post(office, PATH, {"version": 0, **WRITTEN}).status_code == 302
    late = post(office, PATH, {"version": 0, **WRITTEN, "name": "李示例"})
    assert late.status_code == 409
    assert "办理人甲刚刚改过联系人" in late.text
    assert 'value="李示例"' in late.text
    assert only().name == "王示例"


def test_offices_without_a_contact_stand_first(app: Flask) -> None:
    make_case()
    make_case(region_code="510700")
    make_contact("510100")
    page = signed_in(app, Role.PROVINCIAL).get(PATH).text.split("下级的联系人")[1]
    assert page.index("绵阳") < page.index("成都")


def test_an_inspector_reads_and_names_nobody(app: Flask) -> None:
    make_round()
    inspector = signed_in(app, Role.INSPECTOR)
    assert "保存联系人" not in inspector.get(PATH).text
    assert post(inspector, PATH, {"version": 0, **WRITTEN}).status_code == 403


def test_a_first_contact_with_a_version_of_another_is_refused(city: Account) -> None:
    present = make_round()
    moment: datetime = MOMENT
    with pytest.raises(StaleVersion):
        contacts.set_contact(present, version=3, actor=city.actor, now=moment, **WRITTEN)
