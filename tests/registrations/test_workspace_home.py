"""The first page of an institution's people: what to do next, in every situation."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from tests.accounts.signing_in import signed_in
from tests.factories import make_institution
from tests.registrations.applying import CODE, PAGE, apply, decide, the_row


def test_who_is_not_in_the_register_is_led_to_the_application(applicant: FlaskClient) -> None:
    page = applicant.get("/workspace").text
    assert "您的账号尚未确认" in page
    assert "还没有进入名录" in page
    assert "填写登记申请" in page
    apply(applicant, draft="1")
    assert "登记申请草稿尚未提交" in applicant.get("/workspace").text
    apply(applicant, licence_file=None)
    page = applicant.get("/workspace").text
    assert "登记申请正在审核" in page
    assert "由四川省成都市信用主管部门审核，最迟" in page


def test_the_way_goes_on_after_each_decision(applicant: FlaskClient, officer: FlaskClient) -> None:
    apply(applicant)
    decide(officer, the_row(), "return", "请补充门牌号")
    page = applicant.get("/workspace").text
    assert "登记申请已退回" in page
    assert "1 条未读消息" in page
    apply(applicant, address="四川省成都市示例路 9 号")
    decide(officer, the_row(), "accept")
    page = applicant.get("/workspace").text
    assert "您的账号尚未确认" not in page
    assert "信用承诺书待签署" in page
    assert 'href="/workspace/commitments"' in page
    assert 'href="/workspace/spotchecks"' in page
    assert "请将材料报送" not in page


def test_an_unconfirmed_person_sees_only_what_is_public(app: Flask, applicant: FlaskClient) -> None:
    institution = make_institution(uscc=CODE, phone="", chief_supervisor="张三丰")
    page = applicant.get("/workspace").text
    assert institution.name in page
    assert "核对并认领" in page
    assert "张三丰" not in page
    for path in ("/workspace/commitments", "/workspace/spotchecks"):
        assert f'href="{path}"' not in page
    confirmed = signed_in(app, Role.LEGAL_REP, uscc_code=CODE).get("/workspace").text
    assert f'href="{PAGE}?new=1"' in confirmed
    assert 'href="/workspace/commitments"' in confirmed


def test_who_left_the_register_learns_whom_to_ask(app: Flask) -> None:
    make_institution(uscc=CODE, status="withdrawn")
    page = signed_in(app, Role.AGENT, uscc_code=CODE).get("/workspace").text
    assert "请向四川省成都市信用主管部门提出" in page
    assert "申请变更" not in page
