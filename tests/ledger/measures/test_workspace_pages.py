"""The inbox of an institution: its own measures that were shown to it, and its answer to an order."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.ledger.measures import services
from credit_register.ledger.models import LedgerCase, Measure, MeasureKind
from tests.accounts.signing_in import signed_in
from tests.factories import make_institution
from tests.ledger.measures.measuring import REASON, fresh, record
from tests.spotchecks.checking import picture, post

ANSWER = "已停止宣传，退还费用。"


@pytest.fixture
def order(case: LedgerCase, first: Account, moment: datetime) -> Measure:
    return record(case, MeasureKind.ORDER, first, moment)


def respond(client: FlaskClient, measure: Measure, **fields: object) -> object:
    data = {"text": ANSWER, "version": fresh(measure).version, **fields}
    return post(client, f"/workspace/measures/{measure.id}/respond", data)


def test_what_is_to_be_done_stands_on_the_desk_and_in_the_list(
    order: Measure, case: LedgerCase, first: Account, agent: FlaskClient, moment: datetime
) -> None:
    record(case, MeasureKind.INTERVIEW, first, moment)
    record(case, MeasureKind.HANDOVER, first, moment)
    desk = agent.get("/workspace").text
    assert "责令限期纠正" in desk
    assert "主管部门通知约谈" in desk
    assert "示例会议室" in desk
    page = agent.get("/workspace/measures").text
    assert page.count("/workspace/measures/") == 2
    assert "2026-03-26" in page
    assert "移送" not in page


def test_it_answers_with_files_and_reads_its_answer_again(
    order: Measure, inspector: FlaskClient, agent: FlaskClient
) -> None:
    page = agent.get(f"/workspace/measures/{order.id}").text
    assert "纠正要求" in page
    assert ">经办人甲" not in page
    answer = respond(agent, order, files=[picture("凭证.png")])
    assert answer.status_code == 302  # type: ignore[attr-defined]
    found = fresh(order)
    assert (found.state, [each.by_institution for each in found.files]) == ("responded", [True])
    number = found.files[0].file_id
    assert ANSWER in agent.get(f"/workspace/measures/{order.id}").text
    assert agent.get(f"/workspace/measures/{order.id}/files/{number}", buffered=True).status_code == 200
    assert ANSWER in inspector.get(f"/staff/ledger/measures/{order.id}").text


def test_the_second_of_two_clicks_is_one_and_a_late_answer_is_kept_to_be_read(
    order: Measure, agent: FlaskClient
) -> None:
    seen = fresh(order).version
    assert respond(agent, order, version=seen).status_code == 302  # type: ignore[attr-defined]
    assert respond(agent, order, version=seen).status_code == 302  # type: ignore[attr-defined]
    assert fresh(order).response.count(ANSWER) == 1
    late = respond(agent, order, version=seen, text="又一段说明")
    assert late.status_code == 409  # type: ignore[attr-defined]
    assert "又一段说明" in late.text  # type: ignore[attr-defined]


def test_an_empty_answer_is_refused(order: Measure, agent: FlaskClient) -> None:
    answer = respond(agent, order, text=" ")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "请填写纠正情况" in answer.text  # type: ignore[attr-defined]
    assert fresh(order).state == "announced"


def test_it_reads_why_its_answer_was_not_enough_and_that_a_measure_was_cancelled(
    order: Measure, case: LedgerCase, first: Account, agent: FlaskClient, moment: datetime
) -> None:
    respond(agent, order)
    order = fresh(order)
    services.insist_on_correction(
        order, reason="尚未退还费用。", version=order.version, actor=first.actor, now=moment
    )
    page = agent.get(f"/workspace/measures/{order.id}").text
    assert "尚未退还费用。" in page
    order = fresh(order)
    services.cancel_measure(order, reason=REASON, version=order.version, actor=first.actor, now=moment)
    page = agent.get(f"/workspace/measures/{order.id}").text
    assert "已作废" in page
    assert REASON in page


def test_another_institution_and_a_person_that_nobody_confirmed_get_404(
    app: Flask, order: Measure, agency: Institution
) -> None:
    other = signed_in(app, Role.AGENT, email="other@example.cn", uscc_code=make_institution().uscc)
    unconfirmed = signed_in(app, Role.AGENT, email="new@example.cn", uscc_code=agency.uscc, confirmed=False)
    for client in (other, unconfirmed):
        assert client.get(f"/workspace/measures/{order.id}").status_code == 404
        assert respond(client, order).status_code == 404  # type: ignore[attr-defined]
        assert f"/workspace/measures/{order.id}" not in client.get("/workspace/measures").text
    assert fresh(order).state == "announced"


def test_what_was_not_shown_is_not_there(
    case: LedgerCase, first: Account, agent: FlaskClient, moment: datetime
) -> None:
    measure = record(case, MeasureKind.CIRCULAR, first, moment)
    assert agent.get(f"/workspace/measures/{measure.id}").status_code == 404
    assert "没有治理措施" in agent.get("/workspace/measures").text
    db.session.expire_all()
