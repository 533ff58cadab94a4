"""What still runs at a case ends with it, at the exit and at the pruning, and does not run again by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadlines
from credit_register.core.lifecycle import MoveNotAllowed
from credit_register.institutions.models import Institution
from credit_register.ledger.cases import exit as exits
from credit_register.ledger.cases.missing import Missing, lacks
from credit_register.ledger.cases.pruning import prune_case, unprune_case
from credit_register.ledger.cases.refusals import ConditionsUnmet, MetByHand
from credit_register.ledger.conditions import ConditionName, conditions_of
from credit_register.ledger.facts import facts_of
from credit_register.ledger.lifecycle import MEASURE_KIND
from credit_register.ledger.measures import publicity, services
from credit_register.ledger.measures.grounds import EXITED
from credit_register.ledger.measures.lifting import BY_EXIT, BY_PRUNING, lift_measures
from credit_register.ledger.measures.public_queries import measures_of
from credit_register.ledger.measures.recording import Public
from credit_register.ledger.models import LedgerCase, Measure, MeasureKind, PruneReason
from credit_register.ledger.months.case_rows import rows_of
from credit_register.transparency.models import PublicEvent
from tests.accounts.signing_in import client_of
from tests.ledger.cases.casework import (
    REASON,
    all_cases,
    exited,
    fresh,
    impersonator,
    make_case_letter,
    make_record,
    mend,
    proposed,
    pushed,
    ready,
)
from tests.ledger.measures.measuring import LEVELS, PUBLIC_TEXT, UNTIL, published, record, titles
from tests.ledger.measures.measuring import fresh as measure_now


@pytest.fixture
def case(institution: Institution, province: Account, moment: datetime) -> LedgerCase:
    make_record(institution)
    return pushed(province, moment)


@pytest.fixture
def agent(app: Flask, people: Account) -> FlaskClient:
    return client_of(app, people)


def prune(case: LedgerCase, by: Account, moment: datetime) -> LedgerCase:
    assert case.institution is not None
    make_record(case.institution, kind="bankrupt")
    case = fresh(case)
    prune_case(
        case,
        prune_reason=PruneReason.BANKRUPT,
        note="",
        upload=None,
        version=case.version,
        actor=by.actor,
        now=moment,
    )
    return fresh(case)


def reasons(measure: Measure) -> list[tuple[str, str]]:
    rows = db.session.scalars(
        select(AuditEvent)
        .where(AuditEvent.subject_kind == MEASURE_KIND, AuditEvent.subject_id == str(measure.id))
        .order_by(AuditEvent.id)
    )
    return [(row.action.partition(".")[2], row.detail.get("reason", "")) for row in rows]


def test_at_the_exit_supervision_ends_and_an_interview_that_was_not_held_is_off(
    case: LedgerCase, people: Account, worker: Account, second: Account, agent: FlaskClient, moment: datetime
) -> None:
    supervision = record(case, MeasureKind.SUPERVISION, worker, moment)
    interview = record(case, MeasureKind.INTERVIEW, worker, moment)
    circular = record(case, MeasureKind.CIRCULAR, worker, moment)
    exited(ready(case, people), worker, second, moment)
    for measure in (supervision, interview):
        found = measure_now(measure)
        assert (found.state, found.ended_on) == ("ended", moment.date())
        assert reasons(found)[-1] == ("lift", BY_EXIT)
        assert open_deadlines(MEASURE_KIND, measure.id) == []
        page = agent.get(f"/workspace/measures/{measure.id}").text
        assert "已解除" in page
        assert BY_EXIT in page
    assert measure_now(circular).state == "done"
    assert {"重点监管已解除", "约谈已解除，无须到场"} <= set(titles(people))
    assert agent.get("/workspace/measures").text.count("已解除") == 2
    assert not publicity.may_be_published(measure_now(interview))


def test_what_tells_of_dishonesty_leaves_the_public_with_the_case_and_is_not_published_again(
    case: LedgerCase,
    institution: Institution,
    people: Account,
    worker: Account,
    second: Account,
    client: FlaskClient,
    moment: datetime,
) -> None:
    circular = published(case, MeasureKind.CIRCULAR, worker, second, moment)
    facts, waiting = (
        record(case, MeasureKind.PUBLICATION, worker, moment, text=text, public=Public(PUBLIC_TEXT, UNTIL))
        for text in ("决定公示示例处罚。", "决定公示另一处罚。")
    )
    publicity.publish_measure(facts, reason=REASON, version=facts.version, actor=second.actor, now=moment)
    address = f"/institutions/{institution.uscc}"
    assert client.get(address).text.count(PUBLIC_TEXT) >= 2
    exited(ready(case, people), worker, second, moment)
    assert PUBLIC_TEXT not in client.get(address).text
    for measure in (circular, facts):
        assert measure_now(measure).public_state == "withdrawn"
        assert reasons(measure)[-1] == ("lose_ground", EXITED)
        assert not publicity.may_be_published(measure_now(measure))
    assert measure_now(waiting).public_state == "hidden"
    assert titles(second).count("一项治理措施的公示已自动撤下") == 2
    assert titles(worker).count("一项治理措施的公示提议已自动撤回") == 1


def test_before_the_exit_the_pages_say_what_will_end(
    case: LedgerCase,
    people: Account,
    worker: Account,
    inspector: FlaskClient,
    office: FlaskClient,
    governor: FlaskClient,
    moment: datetime,
) -> None:
    record(case, MeasureKind.SUPERVISION, worker, moment)
    record(case, MeasureKind.INTERVIEW, worker, moment)
    case = ready(case, people)
    address = f"/staff/ledger/{case.id}"
    proposing = inspector.get(address).text
    assert "确认退出时，仍在进行的治理措施随之解除" in proposing
    assert "定于 2026-03-16 的约谈不再进行，通知机构无须到场" in proposing
    assert "剔除时，仍在进行的治理措施随之解除" in governor.get(address).text
    proposed(case, worker, moment)
    assert "确认退出时，仍在进行的治理措施随之解除" in office.get(address).text


def test_without_a_running_measure_the_page_says_nothing_of_it(
    case: LedgerCase, people: Account, inspector: FlaskClient
) -> None:
    assert "随之解除" not in inspector.get(f"/staff/ledger/{ready(case, people).id}").text


def test_an_exit_that_is_not_confirmed_ends_nothing(
    case: LedgerCase, people: Account, worker: Account, moment: datetime
) -> None:
    supervision = record(case, MeasureKind.SUPERVISION, worker, moment)
    proposed(ready(case, people), worker, moment)
    assert measure_now(supervision).state == "done"


def test_at_the_pruning_orders_end_too_and_what_is_public_stays_until_its_last_day(
    case: LedgerCase,
    people: Account,
    worker: Account,
    second: Account,
    province: Account,
    moment: datetime,
) -> None:
    assert case.institution is not None
    order = published(case, MeasureKind.ORDER, worker, second, moment)
    answered = record(case, MeasureKind.ORDER, worker, moment, text="另一项：退还费用。")
    services.report_correction(
        answered, text="已退还。", uploads=[], version=answered.version, actor=people.actor, now=moment
    )
    supervision = record(case, MeasureKind.SUPERVISION, worker, moment)
    publicity.propose_publication(
        supervision,
        text=PUBLIC_TEXT,
        until=UNTIL,
        version=supervision.version,
        actor=worker.actor,
        now=moment,
    )
    prune(case, province, moment)
    for measure in (order, answered, supervision):
        assert measure_now(measure).state == "ended"
        assert ("lift", BY_PRUNING) in reasons(measure)
        assert open_deadlines(MEASURE_KIND, measure.id) == []
    assert measure_now(order).public_state == "published"
    assert measure_now(supervision).public_state == "hidden"  # what nobody had decided is off
    [shown] = measures_of(case.institution.uscc, on=moment.date())
    assert (shown.standing.word, shown.ended_on, shown.public_until) == ("已解除", moment.date(), UNTIL)
    events = db.session.scalars(select(PublicEvent.kind).order_by(PublicEvent.id)).all()
    assert events[-1] == "ledger_measure.ended"


def test_who_puts_a_case_back_is_told_that_its_measures_must_be_ordered_anew(
    case: LedgerCase, worker: Account, province: Account, governor: FlaskClient, moment: datetime
) -> None:
    old = record(case, MeasureKind.SUPERVISION, worker, moment)
    order = record(case, MeasureKind.ORDER, worker, moment)
    case = prune(case, province, moment)
    page = governor.get(f"/staff/ledger/{case.id}").text
    assert "剔除时解除的治理措施不会恢复，仍需要的请重新登记" in page
    unprune_case(case, reason=REASON, version=case.version, actor=province.actor, now=moment)
    assert {measure_now(old).state, measure_now(order).state} == {"ended"}
    again = record(fresh(case), MeasureKind.SUPERVISION, worker, moment, level=LEVELS[1])
    assert measure_now(again).state == "done"


@pytest.fixture
def put_back(
    case: LedgerCase, people: Account, worker: Account, province: Account, moment: datetime
) -> tuple[LedgerCase, Measure]:
    """A case that lacks nothing but the fulfilment of an order with which it was pruned and put back, and the order."""
    order = record(case, MeasureKind.ORDER, worker, moment)
    case = prune(ready(case, people), province, moment)
    unprune_case(case, reason=REASON, version=case.version, actor=province.actor, now=moment)
    return fresh(case), measure_now(order)


def orders_met(case: LedgerCase, on: datetime) -> bool:
    """What the condition says; the filter of the list says the same."""
    day = local_date(on)
    [met] = [
        each.met
        for each in conditions_of(facts_of([case], on=day)[case.id])
        if each.name == ConditionName.ORDERS
    ]
    listed = db.session.scalars(select(LedgerCase.id).where(lacks(Missing.ORDERS, on=day))).all()
    assert (case.id in listed) is not met
    return met


def test_a_case_that_is_put_back_does_not_leave_before_what_was_ordered_is_ordered_anew_and_done(
    put_back: tuple[LedgerCase, Measure], worker: Account, second: Account, moment: datetime
) -> None:
    case, old = put_back
    assert (old.state, old.done_on, orders_met(case, moment)) == ("ended", None, False)
    with pytest.raises(ConditionsUnmet, match="剔除时解除的 1 项责令纠正没有完成，须重新责令并完成"):
        proposed(case, worker, moment)
    db.session.rollback()
    anew = record(fresh(case), MeasureKind.ORDER, worker, moment)
    assert not orders_met(case, moment)
    later = moment + timedelta(days=1)
    services.fulfil_order(anew, reason=REASON, version=anew.version, actor=worker.actor, now=later)
    assert orders_met(case, later)
    assert exited(fresh(case), worker, second, later).state == "exited"


def test_what_was_fulfilled_before_the_pruning_does_not_stand_for_what_was_not(
    case: LedgerCase, people: Account, worker: Account, province: Account, moment: datetime
) -> None:
    record(case, MeasureKind.ORDER, worker, moment)
    done = record(case, MeasureKind.ORDER, worker, moment, text="另一项：退还费用。")
    services.fulfil_order(done, reason=REASON, version=done.version, actor=worker.actor, now=moment)
    case = prune(ready(case, people), province, moment)
    unprune_case(case, reason=REASON, version=case.version, actor=province.actor, now=moment)
    assert not orders_met(case, moment + timedelta(days=1))


def test_an_order_that_was_a_mistake_is_cancelled_also_after_it_ended_and_by_another_than_who_decides(
    put_back: tuple[LedgerCase, Measure],
    worker: Account,
    second: Account,
    inspector: FlaskClient,
    moment: datetime,
) -> None:
    case, old = put_back
    page = inspector.get(f"/staff/ledger/measures/{old.id}").text
    assert "须重新责令并完成" in page
    assert f"/staff/ledger/measures/{old.id}/cancel" in page
    services.cancel_measure(old, reason=REASON, version=old.version, actor=second.actor, now=moment)
    assert orders_met(case, moment)
    case = proposed(fresh(case), worker, moment)
    with pytest.raises(MetByHand, match="作废 2026-03-12 的责令限期纠正"):
        exits.decide_exit(case, reason=REASON, version=case.version, actor=second.actor, now=moment)


def test_who_put_the_case_back_does_not_decide_its_exit_where_orders_ended_unfulfilled(
    put_back: tuple[LedgerCase, Measure],
    worker: Account,
    province: Account,
    second: Account,
    moment: datetime,
) -> None:
    case, old = put_back
    services.cancel_measure(old, reason=REASON, version=old.version, actor=worker.actor, now=moment)
    case = proposed(fresh(case), worker, moment)
    with pytest.raises(MetByHand, match="恢复到台账"):
        exits.decide_exit(case, reason=REASON, version=case.version, actor=province.actor, now=moment)
    db.session.rollback()
    case = fresh(case)
    exits.decide_exit(case, reason=REASON, version=case.version, actor=second.actor, now=moment)
    assert fresh(case).state == "exited"


def test_an_order_that_ended_with_its_case_is_not_cancelled_while_the_case_is_pruned(
    case: LedgerCase, worker: Account, province: Account, inspector: FlaskClient, moment: datetime
) -> None:
    order = record(case, MeasureKind.ORDER, worker, moment)
    prune(case, province, moment)
    order = measure_now(order)
    assert (
        f"/staff/ledger/measures/{order.id}/cancel"
        not in inspector.get(f"/staff/ledger/measures/{order.id}").text
    )
    with pytest.raises(MoveNotAllowed, match="已经解除"):
        services.cancel_measure(order, reason=REASON, version=order.version, actor=worker.actor, now=moment)


def test_after_a_relapse_the_new_case_has_measures_of_its_own(
    case: LedgerCase,
    institution: Institution,
    people: Account,
    worker: Account,
    second: Account,
    province: Account,
    agent: FlaskClient,
    moment: datetime,
) -> None:
    old = record(case, MeasureKind.SUPERVISION, worker, moment)
    exited(ready(case, people), worker, second, moment)
    make_record(institution)
    again = pushed(province, moment)
    assert (again.episode, len(all_cases())) == (2, 2)
    new = record(again, MeasureKind.SUPERVISION, worker, moment, level=LEVELS[2])
    assert (measure_now(old).state, measure_now(new).state) == ("ended", "done")
    inbox = agent.get("/workspace/measures").text
    assert "执行中" in inbox
    assert "已解除" in inbox
    mend(fresh(again).records[0].record)
    exited(fresh(again), worker, second, moment)
    assert [each for each in reasons(old) if each[0] == "lift"] == [("lift", BY_EXIT)]
    assert measure_now(new).state == "ended"


def test_the_case_of_an_impersonator_ends_its_measures_too(
    worker: Account, second: Account, moment: datetime
) -> None:
    case = impersonator(worker, moment)
    order = record(case, MeasureKind.ORDER, worker, moment)
    make_case_letter(case, worker, second)
    exited(fresh(case), worker, second, moment)
    assert measure_now(order).state == "ended"


def test_an_order_that_ended_unfulfilled_is_neither_open_nor_fulfilled_in_the_month(
    case: LedgerCase, worker: Account, province: Account, moment: datetime
) -> None:
    [before] = rows_of("510000", on=moment.date())
    record(case, MeasureKind.ORDER, worker, moment)
    record(case, MeasureKind.SUPERVISION, worker, moment)
    assert rows_of("510000", on=moment.date()) != [before]
    case = prune(case, province, moment)
    assert rows_of("510000", on=moment.date()) == []
    unprune_case(case, reason=REASON, version=case.version, actor=province.actor, now=moment)
    assert rows_of("510000", on=moment.date()) == [before]


def test_twice_does_nothing_more_and_no_office_ends_a_measure_in_this_way(
    case: LedgerCase, worker: Account, moment: datetime
) -> None:
    measure = record(case, MeasureKind.INTERVIEW, worker, moment)
    assert lift_measures(case, reason=BY_EXIT, actor=worker.actor, now=moment) == 1
    db.session.commit()
    assert lift_measures(case, reason=BY_EXIT, actor=worker.actor, now=moment) == 0
    measure = measure_now(measure)
    with pytest.raises(MoveNotAllowed):
        services.cancel_measure(
            measure, reason=REASON, version=measure.version, actor=worker.actor, now=moment
        )
    db.session.rollback()
    measure = measure_now(measure)
    measure.ended_on = None
    with pytest.raises(IntegrityError):
        db.session.commit()
