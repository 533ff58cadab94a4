"""Measures are recorded, answered, confirmed and ended; nothing is edited, and one supervision is in force."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.audit.moves import NotPermitted, ReasonMissing
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline
from credit_register.core.deadlines.queries import open_deadlines
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.institutions.models import Institution
from credit_register.ledger.facts import facts_of
from credit_register.ledger.lifecycle import MEASURE_KIND
from credit_register.ledger.measures import services
from credit_register.ledger.measures.refusals import MeasureRefused
from credit_register.ledger.models import LedgerCase, Measure, MeasureKind
from tests.accounts.signing_in import make_account
from tests.factories import make_case, make_institution
from tests.ledger.measures.measuring import LEVELS, REASON, TODAY, record, titles

IDENTITY = "联系人身份证 11010519491231002X"


def rules_running(measure: Measure) -> list[str]:
    return [each.rule.name for each in open_deadlines(MEASURE_KIND, measure.id)]


def deeds_of(measure: Measure) -> list[str]:
    query = select(AuditEvent.action).where(
        AuditEvent.subject_kind == MEASURE_KIND, AuditEvent.subject_id == str(measure.id)
    )
    return [action.rpartition(".")[2] for action in db.session.scalars(query.order_by(AuditEvent.id))]


def talk(**overrides: object) -> services.Talk:
    values: dict[str, object] = {
        "day": TODAY,
        "present": "主管部门王某、李某；机构负责人赵某",
        "minutes": "指出问题，听取说明。",
        "promises": "一个月内退还费用。",
    }
    return services.Talk(**{**values, **overrides})  # type: ignore[arg-type]


def test_an_interview_is_told_to_the_institution_and_has_a_period_until_it_was_held(
    case: LedgerCase, first: Account, person: Account, moment: datetime
) -> None:
    measure = record(case, MeasureKind.INTERVIEW, first, moment, day=TODAY)
    assert (measure.state, measure.shown) == ("announced", True)
    assert rules_running(measure) == ["interview"]
    assert titles(person) == ["警示约谈通知"]
    services.hold_interview(measure, talk(), version=measure.version, actor=first.actor, now=moment)
    assert (measure.state, measure.done_on, measure.promises) == ("done", TODAY, "一个月内退还费用。")
    assert rules_running(measure) == []
    assert titles(person)[1:] == ["约谈记录已登记，可以查看"]
    assert deeds_of(measure) == ["record", "complete"]


def test_who_did_not_come_is_recorded_and_not_before_the_day(
    case: LedgerCase, first: Account, moment: datetime
) -> None:
    measure = record(case, MeasureKind.INTERVIEW, first, moment)
    with pytest.raises(MoveNotAllowed, match="2026-03-16"):
        services.miss_interview(
            measure, reason=REASON, version=measure.version, actor=first.actor, now=moment
        )
    db.session.rollback()
    later = moment + timedelta(days=5)
    services.miss_interview(measure, reason=REASON, version=measure.version, actor=first.actor, now=later)
    assert (measure.state, measure.done_on) == ("missed", None)
    assert rules_running(measure) == []


def test_an_order_is_answered_sent_back_answered_again_and_confirmed(
    case: LedgerCase, first: Account, person: Account, moment: datetime
) -> None:
    order = record(case, MeasureKind.ORDER, first, moment)
    assert rules_running(order) == ["correction"]
    assert facts_of([case], on=TODAY)[case.id].open_orders == 1

    def answer(text: str) -> None:
        services.report_correction(
            order, text=text, uploads=(), version=order.version, actor=person.actor, now=moment
        )

    answer("已停止宣传。")
    assert sorted(rules_running(order)) == ["correction", "correction_confirmation"]
    services.insist_on_correction(
        order, reason="尚未退还费用。", version=order.version, actor=first.actor, now=moment
    )
    assert rules_running(order) == ["correction"]
    answer("费用已退还。")
    assert order.response == "2026-03-12：已停止宣传。\n\n2026-03-12：费用已退还。"
    services.fulfil_order(order, reason=REASON, version=order.version, actor=first.actor, now=moment)
    assert (order.state, order.done_on) == ("done", TODAY)
    assert rules_running(order) == []
    facts = facts_of([case], on=TODAY)[case.id]
    assert (facts.open_orders, facts.fulfilled_orders) == (0, 1)
    assert titles(first) == ["机构报告了纠正情况，请核对"] * 2
    assert titles(person)[-2:] == ["纠正情况未获确认，请继续纠正", "主管部门已确认纠正"]
    reasons = db.session.scalars(select(AuditEvent.detail).where(AuditEvent.subject_kind == MEASURE_KIND))
    assert "费用已退还" not in str(list(reasons)), "the answer may name people; the audit does not keep it"


def test_an_order_is_not_confirmed_without_a_reason(
    case: LedgerCase, first: Account, moment: datetime
) -> None:
    order = record(case, MeasureKind.ORDER, first, moment)
    with pytest.raises(ReasonMissing):
        services.fulfil_order(order, reason=" ", version=order.version, actor=first.actor, now=moment)


def test_only_an_order_is_answered_and_only_an_interview_is_held(
    case: LedgerCase, first: Account, person: Account, moment: datetime
) -> None:
    interview = record(case, MeasureKind.INTERVIEW, first, moment)
    order = record(case, MeasureKind.ORDER, first, moment)
    with pytest.raises(MoveNotAllowed):
        services.report_correction(
            interview, text="说明", uploads=(), version=interview.version, actor=person.actor, now=moment
        )
    db.session.rollback()
    with pytest.raises(MoveNotAllowed):
        services.hold_interview(order, talk(), version=order.version, actor=first.actor, now=moment)
    db.session.rollback()
    assert {row.state for row in db.session.scalars(select(Measure))} == {"announced"}


def test_a_level_fills_in_what_the_scheme_says_and_a_new_level_ends_the_old(
    case: LedgerCase, first: Account, moment: datetime
) -> None:
    one = record(case, MeasureKind.SUPERVISION, first, moment)
    assert (one.state, one.frequency, one.suspended) == ("done", "每半年核查一次", False)
    three = record(case, MeasureKind.SUPERVISION, first, moment, level=LEVELS[2], replaces=one.id)
    assert (three.frequency, three.suspended) == ("每月核查一次", True)
    db.session.expire_all()
    assert (one.state, one.ended_on, three.state) == ("ended", TODAY, "done")
    services.end_supervision(three, reason=REASON, version=three.version, actor=first.actor, now=moment)
    assert three.state == "ended"


def test_who_did_not_see_the_level_in_force_is_told(
    case: LedgerCase, first: Account, second: Account, moment: datetime
) -> None:
    record(case, MeasureKind.SUPERVISION, first, moment)
    with pytest.raises(StaleVersion):
        record(case, MeasureKind.SUPERVISION, second, moment, level=LEVELS[1])
    db.session.rollback()
    assert db.session.scalars(select(Measure.level)).all() == [LEVELS[0]]


def test_the_database_holds_one_supervision_in_force(
    case: LedgerCase, first: Account, moment: datetime
) -> None:
    record(case, MeasureKind.SUPERVISION, first, moment)
    values = dict.fromkeys(("office", "text", "level"), "示例")
    db.session.add(
        Measure(
            case_id=case.id,
            kind="supervision",
            state="done",
            done_on=TODAY,
            planned_on=TODAY,
            recorded_by_id=first.id,
            recorded_at=moment,
            **values,
        )
    )
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


@pytest.mark.parametrize("kind", [MeasureKind.CIRCULAR, MeasureKind.HANDOVER, MeasureKind.JOINT])
def test_what_only_informs_is_done_at_once_and_hidden_from_the_institution_unless_shown(
    case: LedgerCase, first: Account, person: Account, moment: datetime, kind: MeasureKind
) -> None:
    measure = record(case, kind, first, moment)
    assert (measure.state, measure.done_on, measure.shown) == ("done", TODAY, False)
    assert titles(person) == []
    shown = record(case, kind, first, moment, shown=True)
    assert shown.id != measure.id
    assert len(titles(person)) == 1


def test_the_second_of_two_clicks_records_nothing_more(
    case: LedgerCase, first: Account, moment: datetime
) -> None:
    for kind in (MeasureKind.INTERVIEW, MeasureKind.SUPERVISION):
        one = record(case, kind, first, moment)
        assert record(case, kind, first, moment).id == one.id
    assert db.session.query(Measure).count() == 2
    assert db.session.query(Deadline).filter_by(subject_kind=MEASURE_KIND).count() == 1


def test_nothing_is_recorded_at_a_case_that_is_over_or_of_another_region(
    agency: Institution, first: Account, second: Account, moment: datetime
) -> None:
    case = make_case(agency, state="pruned", pruned_by_id=second.id)
    with pytest.raises(MoveNotAllowed, match="已剔除"):
        record(case, MeasureKind.ORDER, first, moment)
    db.session.rollback()
    other = make_case(make_institution(region_code="330100"))
    with pytest.raises(NotPermitted):
        record(other, MeasureKind.ORDER, first, moment)
    auditor = make_account(Role.AUDITOR).account
    with pytest.raises(NotPermitted):
        record(case, MeasureKind.ORDER, auditor, moment)
    assert db.session.query(Measure).count() == 0


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        (MeasureKind.INTERVIEW, {"form": None}, "form"),
        (MeasureKind.INTERVIEW, {"place": " "}, "place"),
        (MeasureKind.INTERVIEW, {"text": IDENTITY}, "text"),
        (MeasureKind.ORDER, {"text": "\u200b"}, "text"),
        (MeasureKind.ORDER, {"office": ""}, "office"),
        (MeasureKind.ORDER, {"day": TODAY + timedelta(days=1)}, "day"),
        (MeasureKind.ORDER, {"day": date(2026, 1, 1)}, "day"),
        (MeasureKind.SUPERVISION, {"level": "没有的等级"}, "level"),
        (MeasureKind.CIRCULAR, {"addressee": ""}, "addressee"),
        (MeasureKind.HANDOVER, {"addressee": ""}, "addressee"),
        (MeasureKind.JOINT, {"reference": ""}, "reference"),
    ],
)
def test_what_a_measure_lacks_is_told_beside_its_field(
    case: LedgerCase,
    first: Account,
    moment: datetime,
    kind: MeasureKind,
    changes: dict[str, object],
    field: str,
) -> None:
    with pytest.raises(MeasureRefused) as refusal:
        record(case, kind, first, moment, **changes)
    assert refusal.value.field == field
    db.session.rollback()
    assert db.session.query(Measure).count() == 0


def test_a_mistake_is_cancelled_with_a_reason_and_stays_to_be_seen(
    case: LedgerCase, first: Account, person: Account, moment: datetime
) -> None:
    order = record(case, MeasureKind.ORDER, first, moment)
    with pytest.raises(ReasonMissing):
        services.cancel_measure(order, reason="", version=order.version, actor=first.actor, now=moment)
    db.session.rollback()
    services.cancel_measure(
        order, reason="对象登记有误。", version=order.version, actor=first.actor, now=moment
    )
    assert order.state == "cancelled"
    assert rules_running(order) == []
    assert titles(person)[-1] == "一项治理措施已作废"
    assert facts_of([case], on=TODAY)[case.id].open_orders == 0


def test_an_impersonator_has_no_inbox(first: Account, moment: datetime) -> None:
    measure = record(make_case(), MeasureKind.INTERVIEW, first, moment)
    assert measure.shown is False


def test_of_two_officers_the_second_is_told(
    case: LedgerCase, first: Account, second: Account, moment: datetime
) -> None:
    order = record(case, MeasureKind.ORDER, first, moment)
    seen = order.version
    services.fulfil_order(order, reason=REASON, version=seen, actor=first.actor, now=moment)
    with pytest.raises((StaleVersion, MoveNotAllowed)):
        services.cancel_measure(order, reason=REASON, version=seen, actor=second.actor, now=moment)
    db.session.rollback()
    assert order.state == "done"
