"""Checks as the institution sees them: what is decided, what is to be corrected, and nothing else."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import start_deadline
from credit_register.institutions.models import Institution
from credit_register.notices.models import Notice
from credit_register.spotchecks.lifecycle import KIND
from credit_register.spotchecks.models import SpotCheck
from tests.accounts.signing_in import client_of, make_account, signed_in
from tests.factories import make_check, make_institution
from tests.spotchecks.checking import FINDING, FOUND, fresh, move, picture, post

LIST = "/workspace/spotchecks"


@pytest.fixture
def ordered(agency: Institution, first: Account, second: Account, moment: datetime) -> SpotCheck:
    """A published fault with an order to correct it."""
    check = make_check(
        agency,
        opened_by_id=first.id,
        confirmed_by_id=second.id,
        state="ordered",
        correction="请更新公示的收费标准。",
    )
    start_deadline(
        subject_kind=KIND, subject_id=check.id, rule=Rule.CORRECTION, started_on=local_date(moment)
    )
    db.session.commit()
    return check


def test_nothing_undecided_is_told(
    agency: Institution, agent: FlaskClient, inspector: FlaskClient, office: FlaskClient, first: Account
) -> None:
    check = make_check(agency, opened_by_id=first.id)
    move(inspector, check, "conclude", found=FOUND, verdict="falsehood", reason=FINDING)
    for _ in ("proposed", "open"):
        assert agent.get(f"{LIST}/{check.id}").status_code == 404
        assert "没有核查结论" in agent.get(LIST).text
        assert db.session.scalars(select(Notice).where(Notice.path == f"{LIST}/{check.id}")).all() == []
        move(office, check, "reject")
    move(inspector, check, "conclude", found=FOUND, verdict="falsehood", reason=FINDING)
    move(office, check, "confirm")
    page = agent.get(f"{LIST}/{check.id}").text
    assert FINDING in page
    assert FOUND not in page
    assert "核查员甲" not in page
    assert "复核人乙" not in page
    titles = db.session.scalars(select(Notice.title).where(Notice.path == f"{LIST}/{check.id}")).all()
    assert titles == ["主管部门公示了一项核查结论"]


def test_the_order_says_what_until_when_and_the_report_goes_to_who_ordered(
    ordered: SpotCheck, agent: FlaskClient, first: Account
) -> None:
    page = agent.get(f"{LIST}/{ordered.id}").text
    assert 'data-state="ordered"' in page
    assert "请更新公示的收费标准。" in page
    assert "2026-03-26" in page  # ten working days after 12 March 2026
    answer = post(
        agent,
        f"{LIST}/{ordered.id}/respond",
        {"text": "已于今日更新。", "files": [picture()], "version": ordered.version},
    )
    assert answer.status_code == 302
    check = fresh(ordered)
    assert (check.state, check.response) == ("responded", "2026-03-12：已于今日更新。")
    assert [(entry.side, entry.file.original_name) for entry in check.files] == [("institution", "截图.png")]
    assert db.session.scalars(select(Notice.account_id)).all() == [first.id]


def test_a_report_sent_twice_is_quiet_and_an_overtaken_one_is_kept(
    ordered: SpotCheck, agent: FlaskClient
) -> None:
    path, seen = f"{LIST}/{ordered.id}/respond", ordered.version
    for _ in range(2):
        assert post(agent, path, {"text": "已更新。", "version": seen}).status_code == 302
    assert fresh(ordered).response.count("已更新。") == 1
    answer = post(agent, path, {"text": "另一位经办人写的内容", "version": seen})
    assert answer.status_code == 409
    assert "另一位经办人写的内容" in answer.text
    assert "刚刚有变化" in answer.text


@pytest.mark.parametrize("fields", [{"text": " "}, {"text": "改了" * 2001}, {"text": "改了", "version": ""}])
def test_a_report_that_cannot_be_taken_is_told(
    ordered: SpotCheck, agent: FlaskClient, fields: dict[str, str]
) -> None:
    answer = post(agent, f"{LIST}/{ordered.id}/respond", {"version": ordered.version, **fields})
    assert answer.status_code == 422
    assert "需要修改" in answer.text
    assert fresh(ordered).state == "ordered"


def test_six_files_are_too_many_and_the_text_is_kept(ordered: SpotCheck, agent: FlaskClient) -> None:
    files = [picture(f"{number}.png") for number in range(6)]
    data = {"text": "已更新公示内容。", "files": files, "version": ordered.version}
    answer = post(agent, f"{LIST}/{ordered.id}/respond", data)
    assert answer.status_code == 422
    assert "最多 5 个文件" in answer.text
    assert "已更新公示内容。" in answer.text
    assert (fresh(ordered).state, fresh(ordered).files) == ("ordered", [])


def test_another_institution_and_who_is_not_confirmed_see_nothing(
    app: Flask, agency: Institution, ordered: SpotCheck
) -> None:
    other = make_institution(name="成都示例另一家信用管理有限公司")
    stranger = signed_in(app, Role.AGENT, email="other@example.cn", uscc_code=other.uscc)
    waiting = make_account(Role.LEGAL_REP, email="new@example.cn", uscc_code=agency.uscc).account
    waiting.confirmed = False
    db.session.commit()
    newcomer = client_of(app, waiting)
    for client in (stranger, newcomer):
        assert client.get(f"{LIST}/{ordered.id}").status_code == 404
        assert client.get(f"{LIST}/{ordered.id}/files/1").status_code == 404
        data = {"text": "已改正", "version": ordered.version}
        assert post(client, f"{LIST}/{ordered.id}/respond", data).status_code == 404
        assert ordered.finding not in client.get(LIST).text
    assert "账号尚未通过核对" in newcomer.get(LIST).text
    assert "没有核查结论" in stranger.get(LIST).text
    assert fresh(ordered).state == "ordered"


def test_evidence_of_the_office_is_not_handed_to_the_institution(
    agency: Institution, agent: FlaskClient, inspector: FlaskClient, first: Account
) -> None:
    check = make_check(agency, opened_by_id=first.id)
    post(inspector, f"/staff/spotchecks/{check.id}/files", {"files": [picture()], "version": check.version})
    move(inspector, check, "conclude", found=FOUND, verdict="no_problem", reason="公示内容与官网一致。")
    file_id = fresh(check).files[0].file_id
    assert agent.get(f"{LIST}/{check.id}").status_code == 200
    assert agent.get(f"{LIST}/{check.id}/files/{file_id}").status_code == 404


def test_a_withdrawn_verdict_is_told_with_its_reason(
    ordered: SpotCheck, agent: FlaskClient, office: FlaskClient
) -> None:
    move(office, ordered, "withdraw", reason="机构的异议成立")
    page = agent.get(f"{LIST}/{ordered.id}").text
    assert 'data-state="withdrawn"' in page
    assert "机构的异议成立" in page
    assert "报送" not in page
