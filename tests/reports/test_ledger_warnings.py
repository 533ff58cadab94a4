"""From the case of an impersonator to the public warning that its report allows."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.reports.models import Report
from tests.accounts.signing_in import client_of, make_account, signed_in
from tests.factories import make_institution, make_report
from tests.ledger.months.building import make_case

NAME = "示例“修复专家”团队"
OFFER = "拟定公开警示</a>"


@pytest.fixture
def account(app: Flask) -> Account:
    return make_account(Role.INSPECTOR).account


@pytest.fixture
def inspector(app: Flask, account: Account) -> FlaskClient:
    return client_of(app, account)


def case_page(client: FlaskClient, report: Report | None) -> str:
    source = {"source_kind": "report", "source_id": report.id} if report else {}
    case = make_case(subject="impersonator", name=NAME, **source)
    return client.get(f"/staff/ledger/{case.id}").text


def test_a_case_whose_report_was_upheld_leads_to_the_warning_with_its_name(inspector: FlaskClient) -> None:
    victim = make_institution(name="成都示例被冒用信用管理有限公司")
    report = make_report(
        matter="impersonation", state="decided", institution_id=victim.id, subject_uscc=victim.uscc
    )
    address = f"/staff/warnings/new?report={report.id}"
    page = case_page(inspector, report)
    assert OFFER in page
    assert f'href="{address}"' in page
    form = inspector.get(address).text
    assert f'value="{NAME}"' in form
    assert victim.uscc in form


@pytest.mark.parametrize("state", ["investigating", ""])
def test_without_an_upheld_report_the_page_says_what_to_do_first(inspector: FlaskClient, state: str) -> None:
    report = make_report(matter="impersonation", state=state) if state else None
    page = case_page(inspector, report)
    assert OFFER not in page
    assert ("请先对举报作出决定" if state else "请先按举报登记线索并作出决定") in page


def test_a_report_of_another_region_is_not_led_to(inspector: FlaskClient) -> None:
    report = make_report(matter="impersonation", state="decided", region_code="330100")
    assert OFFER not in case_page(inspector, report)


def test_who_proposes_no_warnings_and_a_case_of_an_institution_show_no_such_block(
    app: Flask, inspector: FlaskClient
) -> None:
    case = make_case()
    assert "公开警示</h2>" not in inspector.get(f"/staff/ledger/{case.id}").text
    assert "公开警示</h2>" not in case_page(signed_in(app, Role.AUDITOR), None)
