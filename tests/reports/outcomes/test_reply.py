"""The institution is told what is to become public, answers in time, and its answer becomes public with it."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.notices.models import Notice
from credit_register.reports.models import Report
from credit_register.reports.outcomes.models import PublishedOutcome
from tests.accounts.signing_in import client_of, make_account, signed_in
from tests.core.codes import uscc
from tests.factories import make_outcome
from tests.reports.outcomes.steps import REPLY, act, answer, content, events, fresh, only_outcome, propose

LAST_DAY = datetime.fromisoformat("2026-03-19T23:00:00+08:00")
DAY_AFTER = datetime.fromisoformat("2026-03-20T00:10:00+08:00")


@pytest.fixture
def outcome(report: Report, first: Account) -> PublishedOutcome:
    return make_outcome(report, proposed_by_id=first.id)


def test_the_institution_is_told_and_finds_it_on_its_desk(
    app: Flask, agent: FlaskClient, report: Report, inspector: FlaskClient
) -> None:
    propose(inspector, report)
    outcome = only_outcome()
    (notice,) = db.session.scalars(select(Notice).where(Notice.path == f"/workspace/outcomes/{outcome.id}"))
    assert "2026-03-19" in notice.text
    assert outcome.found not in notice.title + notice.text
    assert "1 项办理结果拟公开" in agent.get("/workspace").text
    assert f"/workspace/outcomes/{outcome.id}" in agent.get("/workspace/outcomes").text
    page = agent.get(f"/workspace/outcomes/{outcome.id}").text
    assert outcome.found in page
    assert "2026-03-19" in page
    for hidden in ("核查员甲", report.facts, f"/staff/reports/{report.id}"):
        assert hidden not in page
    assert answer(agent, outcome).status_code == 302
    assert "项办理结果拟公开" not in agent.get("/workspace").text


def test_it_may_be_changed_until_the_last_day_and_not_after_it(
    app: Flask, agency: Institution, outcome: PublishedOutcome, first: Account
) -> None:
    account = make_account(Role.AGENT, email="people@example.cn", uscc_code=agency.uscc).account
    agent = client_of(app, account)
    assert answer(agent, outcome).status_code == 302
    with clock_at(LAST_DAY):
        agent = client_of(app, account)
        assert answer(agent, outcome, "补充：已书面致歉。").status_code == 302
    assert fresh(outcome).reply == "补充：已书面致歉。"
    told = db.session.scalars(select(Notice.title).where(Notice.account_id == first.id)).all()
    assert told == ["机构对拟公开的办理结果作了答复"] * 2
    with clock_at(DAY_AFTER):
        agent = client_of(app, account)
        assert "提交答复" not in agent.get(f"/workspace/outcomes/{outcome.id}").text
        late = answer(agent, outcome, "太晚的答复。")
        assert late.status_code == 422
        assert "答复期限（2026-03-19）已过" in late.text
        assert "太晚的答复。" in late.text
    assert fresh(outcome).reply == "补充：已书面致歉。"
    recorded = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "published_outcome.reply")
    ).all()
    assert REPLY not in str([each.detail for each in recorded]), "what people write stays out of the record"


def test_nothing_is_public_before_the_institution_spoke_or_had_its_time(
    app: Flask, outcome: PublishedOutcome, second: Account, office: FlaskClient
) -> None:
    assert "等待答复至 2026-03-19" in office.get(f"/staff/outcomes/{outcome.id}").text
    with clock_at(LAST_DAY):
        early = act(client_of(app, second), outcome, "confirm")
        assert early.status_code == 409
        assert "机构可以在 2026-03-19 前（含当日）答复" in early.text
    with clock_at(DAY_AFTER):
        late = client_of(app, second)
        assert "机构未答复" in late.get(f"/staff/outcomes/{outcome.id}").text
        assert act(late, outcome, "confirm").status_code == 302
        assert "机构没有答复" in app.test_client().get("/reports/outcomes").text


def test_a_reply_that_must_not_be_public_is_withheld_and_said_to_be(
    client: FlaskClient, agent: FlaskClient, outcome: PublishedOutcome, office: FlaskClient
) -> None:
    answer(agent, outcome, "这是同行某某的诬告。")
    assert act(office, outcome, "confirm", withhold_reply="y").status_code == 302
    page = client.get(f"/reports/outcomes/{outcome.public_id}").text
    assert "诬告" not in page
    assert "机构作了答复，内容不宜公开，未予登载" in page
    assert content(events(outcome)[0])["reply"] == ""
    assert "不公开" in agent.get(f"/workspace/outcomes/{outcome.id}").text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "请填写答复"),
        ("请致电 13800000000", "其中有手机号，属于个人信息"),
        ("长" * 601, "最多 600 字"),
    ],
)
def test_a_fault_of_the_reply_is_explained_beside_the_field(
    agent: FlaskClient, outcome: PublishedOutcome, text: str, sentence: str
) -> None:
    refused = answer(agent, outcome, text)
    assert refused.status_code == 422
    assert sentence in refused.text.partition('id="reply-error"')[2].partition("</p>")[0]
    assert text in refused.text
    assert fresh(outcome).reply == ""


def test_of_two_who_reply_at_once_the_second_is_told(
    app: Flask, agency: Institution, agent: FlaskClient, outcome: PublishedOutcome
) -> None:
    other = signed_in(app, Role.LEGAL_REP, uscc_code=agency.uscc)
    assert answer(agent, outcome, version="1").status_code == 302
    late = answer(other, outcome, "法定代表人的答复。", version="1")
    assert late.status_code == 409
    assert "刚刚有变化" in late.text
    assert "法定代表人的答复。" in late.text
    assert answer(agent, outcome, version="1").status_code == 302, "the same click twice"
    assert fresh(outcome).reply == REPLY


def test_what_was_judged_meanwhile_takes_no_reply(
    agent: FlaskClient, outcome: PublishedOutcome, office: FlaskClient
) -> None:
    assert act(office, outcome, "reject").status_code == 302
    late = answer(agent, outcome)
    assert late.status_code == 409
    assert REPLY in late.text


def test_another_institution_and_who_is_not_confirmed_reach_nothing(
    app: Flask, agency: Institution, outcome: PublishedOutcome
) -> None:
    foreign = signed_in(app, Role.AGENT, uscc_code=uscc(division="330100", serial=77))
    unconfirmed = make_account(Role.LEGAL_REP, uscc_code=agency.uscc).account
    unconfirmed.confirmed = False
    db.session.commit()
    for client in (foreign, client_of(app, unconfirmed)):
        assert client.get(f"/workspace/outcomes/{outcome.id}").status_code == 404
        assert answer(client, outcome).status_code == 404
        assert outcome.found not in client.get("/workspace/outcomes").text
    assert fresh(outcome).reply == ""


def test_after_a_new_proposal_the_earlier_reply_stays_and_the_period_begins_anew(
    app: Flask, report: Report, agent: FlaskClient, inspector: FlaskClient, office: FlaskClient
) -> None:
    propose(inspector, report)
    outcome = only_outcome()
    answer(agent, outcome)
    act(office, outcome, "reject")
    with clock_at(DAY_AFTER):
        first = signed_in(app, Role.PROVINCIAL)
        assert propose(first, report, measure="责令三日内退还。").status_code == 302
    row = fresh(outcome)
    assert (row.state, row.reply) == ("proposed", REPLY)
    with clock_at(DAY_AFTER):
        early = act(signed_in(app, Role.NATIONAL), outcome, "confirm")
        assert early.status_code == 409, "the reply was to another text"
        assert "机构可以在 2026-03-27 前（含当日）答复" in early.text
