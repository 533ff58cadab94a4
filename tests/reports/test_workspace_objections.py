"""An institution's people read what became of their objections, and nothing of anybody else's."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.reports import triage
from credit_register.reports.models import Outcome, Report
from tests.accounts.signing_in import client_of, make_account, signed_in
from tests.core.codes import uscc
from tests.factories import make_institution, make_report

PAGE = "/workspace/objections"


@pytest.fixture
def institution(app: Flask) -> Institution:
    return make_institution()


@pytest.fixture
def agent(institution: Institution) -> Account:
    return make_account(Role.AGENT, uscc_code=institution.uscc).account


def objection(institution: Institution, objector: Account | None, **overrides: object) -> None:
    make_report(
        kind="objection",
        named=True,
        institution_id=institution.id,
        subject_uscc=institution.uscc,
        objector_id=objector.id if objector else None,
        **overrides,
    )


def test_each_objection_stands_with_its_state_and_the_answer_once_given(
    app: Flask, institution: Institution, agent: Account
) -> None:
    objection(institution, agent, facts="登记的住所不是现在的地址。\n详见附件。")
    disputed = "服务产品与收费：信用调查，800 元/次"
    objection(
        institution,
        agent,
        facts="收费标准有误。",
        state="decided",
        decision="未答复的决定",
        disputed_text=disputed,
    )
    objection(institution, agent, facts="年报日期有误。", state="answered", decision="异议成立，已更正。")
    colleague = make_account(
        Role.LEGAL_REP, uscc_code=institution.uscc, email="legal@example.cn"
    ).account  # the same institution's other person reads them, too
    for person in (agent, colleague):
        client = client_of(app, person)
        assert f'href="{PAGE}"' in client.get("/workspace").text
        page = client.get(PAGE).text
        for words in ("登记的住所不是现在的地址。", 'data-state="received"', "待受理", "收费标准有误。"):
            assert words in page
        assert "详见附件" not in page, "one line is enough"
        assert page.count(f"针对公开的信息“{disputed}”") == 1
        assert "异议成立，已更正。" in page
        assert "未答复的决定" not in page, "a decision is told with the answer"
        assert page.count("情况属实") == 1
        assert "<form" not in page[page.index("<main") : page.index("</main>")]


def test_the_offices_answer_and_refusal_are_read_here(
    app: Flask, institution: Institution, agent: Account
) -> None:
    officer = make_account(Role.LOCAL).account.actor
    objection(institution, agent, state="investigating")
    report = db.session.query(Report).one()
    triage.write_message(report, text="核查期间的留言", actor=officer, now=report.received_at)
    step = {"actor": officer, "now": now()}
    triage.decide_report(
        report, outcome=Outcome.UPHELD, matter=None, reason="成立。", version=report.version, **step
    )
    triage.answer_reporter(report, text="住所已更正。", version=report.version, **step)
    objection(institution, agent, state="received")
    refused = db.session.query(Report).filter_by(state="received").one()
    triage.refuse_report(refused, reason="不是本栏目的信息。", version=refused.version, **step)
    page = client_of(app, agent).get(PAGE).text
    assert "住所已更正。" in page
    assert "不是本栏目的信息。" in page
    assert officer.name not in page


def test_nothing_of_others_is_there(app: Flask, institution: Institution, agent: Account) -> None:
    other = make_institution()
    rival = make_account(Role.AGENT, uscc_code=other.uscc, email="rival@example.cn").account
    objection(other, rival, facts="别家机构的异议")
    objection(institution, None, facts="没有登录的人提的异议")
    make_report(institution_id=institution.id, subject_uscc=institution.uscc, facts="公众对本机构的举报")
    page = client_of(app, agent).get(PAGE).text
    assert "没有提出过异议" in page
    for words in ("别家机构", "没有登录的人", "公众对本机构"):
        assert words not in page


def test_who_is_not_confirmed_reads_nothing(app: Flask, institution: Institution, agent: Account) -> None:
    objection(institution, agent, facts="本机构的异议内容")
    stranger = make_account(Role.AGENT, uscc_code=institution.uscc, email="stranger@example.cn").account
    stranger.confirmed = False
    db.session.commit()
    client = client_of(app, stranger)
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "账号尚未确认" in page.text
    assert "本机构的异议内容" not in page.text
    assert PAGE not in client.get("/workspace").text


def test_a_page_beyond_the_end_says_so_and_staff_have_no_business_here(
    app: Flask, client: FlaskClient, institution: Institution, agent: Account
) -> None:
    objection(institution, agent)
    assert "页码超出了范围" in client_of(app, agent).get(f"{PAGE}?page=9").text
    assert client.get(PAGE).status_code == 302
    assert signed_in(app, Role.LOCAL).get(PAGE).status_code == 403
    nobody = make_account(Role.AGENT, uscc_code=uscc(serial=515151), email="new@example.cn").account
    assert "没有提出过异议" in client_of(app, nobody).get(PAGE).text
