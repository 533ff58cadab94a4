"""Making and managing accounts, within the administrator's region."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.accounts.passwords import one_time_password, password_problems
from credit_register.accounts.services import AccountRefused
from credit_register.core.database import db
from tests.accounts.signing_in import PASSWORD, client_of, enter, make_account, send, signed_in
from tests.core.codes import uscc

NEW = {"email": "new@example.cn", "name": "新同事", "role": "reviewer", "region": "510100", "uscc": ""}


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    return signed_in(app, Role.SYSADMIN)


def account(email: str) -> Account:
    db.session.expire_all()
    return db.session.scalars(select(Account).where(Account.email == email)).one()


def test_a_new_account_gets_a_one_time_password_that_is_shown_once(app: Flask, admin: FlaskClient) -> None:
    page = send(admin, "/staff/accounts/new", NEW).text
    found = re.search(r"data-password>([^<]+)<", page)
    assert found
    made = account("new@example.cn")
    assert made.must_change_password
    assert found[1] not in admin.get(f"/staff/accounts/{made.id}").text
    assert enter(app.test_client(), "new@example.cn", found[1]).location == "/account/tf-setup"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": "nobody"}, "邮箱格式不正确"),
        ({"email": "sysadmin@example.cn"}, "该邮箱已有账号"),
        ({"region": ""}, "请填写该角色所属的六位行政区划代码"),
        ({"region": "330100"}, "只能为本辖区及下级区划建立账号"),
        ({"role": "national", "region": "000000"}, "只能为本辖区"),
        ({"role": "agent", "region": "", "uscc": "91510100MA00"}, "少了 6 位"),
        ({"role": "agent", "region": "", "uscc": uscc(serial=5)}, "机构账号由全国系统管理员建立"),
        ({"role": "emperor"}, "不是有效的选择"),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_is_kept(
    admin: FlaskClient, changes: dict[str, str], sentence: str
) -> None:
    answer = send(admin, "/staff/accounts/new", {**NEW, **changes})
    assert answer.status_code == 422
    assert any(part in answer.text for part in sentence.split("|"))
    assert "新同事" in answer.text


def test_accounts_of_another_region_are_not_there(app: Flask, admin: FlaskClient) -> None:
    make_account(Role.LOCAL, email="hangzhou@example.cn", region="330100")
    foreign = account("hangzhou@example.cn")
    assert "hangzhou@example.cn" not in admin.get("/staff/accounts").text
    assert admin.get(f"/staff/accounts/{foreign.id}").status_code == 404
    assert act(admin, foreign, "close").status_code == 404


def act(client: FlaskClient, subject: Account, action: str) -> Any:
    return send(client, f"/staff/accounts/{subject.id}", {"action": action}, page="/staff/accounts/new")


def test_an_account_is_closed_and_opened_again(app: Flask, admin: FlaskClient) -> None:
    subject = make_account(Role.LOCAL).account
    client = client_of(app, subject)
    assert act(admin, account("local@example.cn"), "close").status_code == 302
    assert client.get("/staff").status_code == 302
    assert not account("local@example.cn").active
    act(admin, account("local@example.cn"), "open")
    assert client.get("/staff").status_code == 302
    assert enter(client, "local@example.cn").status_code == 302


def test_a_reset_password_replaces_the_old_one_and_ends_the_sessions(app: Flask, admin: FlaskClient) -> None:
    client = client_of(app, make_account(Role.LOCAL).account)
    page = act(admin, account("local@example.cn"), "reset-password").text
    found = re.search(r"data-password>([^<]+)<", page)
    assert found
    assert client.get("/staff").status_code == 302
    assert "不正确" in enter(app.test_client(), "local@example.cn", PASSWORD).text
    assert enter(app.test_client(), "local@example.cn", found[1]).status_code == 302


def test_nobody_closes_the_own_account(admin: FlaskClient) -> None:
    own = account("sysadmin@example.cn")
    assert "可以办理的事项" not in admin.get(f"/staff/accounts/{own.id}").text
    answer = act(admin, own, "close")
    assert "不能停用自己的账号" in admin.get(answer.location).text
    assert account("sysadmin@example.cn").active


def test_an_unknown_action_is_refused(admin: FlaskClient) -> None:
    assert act(admin, make_account(Role.LOCAL).account, "delete").status_code == 400


@pytest.mark.parametrize(
    ("password", "email", "fine"),
    [
        ("Ab3defgh", "", True),
        ("abcdefgh", "", False),
        ("Ab3defg", "", False),
        ("一二三四五六七八九十一二三四五六", "", True),
        ("Passw0rd!", "", False),
        ("Zhangsan-2026", "zhangsan@example.cn", False),
        ("A1-" + "x" * 130, "", False),
    ],
)
def test_passwords_are_judged_by_length_kinds_and_commonness(password: str, email: str, fine: bool) -> None:
    assert (password_problems(password, email) == []) is fine


def test_a_one_time_password_meets_the_rules_it_enforces() -> None:
    made = {one_time_password() for _ in range(50)}
    assert len(made) == 50
    assert all(password_problems(each) == [] for each in made)


def test_the_database_refuses_staff_without_region_and_people_without_code(app: Flask) -> None:
    with pytest.raises(AccountRefused):
        make_account(Role.LOCAL, region=None)
    with pytest.raises(AccountRefused):
        make_account(Role.AGENT, uscc_code="")
