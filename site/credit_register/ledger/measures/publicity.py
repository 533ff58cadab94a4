"""A measure in the public record of an institution: proposed by one person, published by another, ended by the clock."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from credit_register.access.actor import OPERATOR, Actor
from credit_register.core.calendar.queries import load_calendar
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.queries import due, rule_for
from credit_register.core.deadlines.rules import Rule
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion, stale_told
from credit_register.core.plain_text import paragraphs
from credit_register.ledger.facts import record_fact
from credit_register.ledger.lifecycle import MEASURE_KIND
from credit_register.ledger.measures.refusals import MeasureRefused, SamePerson
from credit_register.ledger.measures.steps import no_personal_data, publicity_step
from credit_register.ledger.measures.words import standing
from credit_register.ledger.models import (
    CaseState,
    InterviewForm,
    LedgerCase,
    Measure,
    MeasureKind,
    MeasureState,
    PublicState,
)
from credit_register.notices.services import tell, tell_institution
from credit_register.transparency.services import record_public_event, withdraw_public_events

SHORTEST_PUBLIC, LONGEST_PUBLIC = 10, 600
# A handover and a suggestion are not decided yet by those who decide: nothing of them may be public.
PUBLISHABLE = (
    MeasureKind.INTERVIEW,
    MeasureKind.ORDER,
    MeasureKind.SUPERVISION,
    MeasureKind.CIRCULAR,
    MeasureKind.PUBLICATION,
)
# They tell of dishonesty that is not mended; the others tell of what an office did.
TELL_OF_DISHONESTY = (MeasureKind.CIRCULAR, MeasureKind.PUBLICATION)


def is_mended(case: LedgerCase) -> bool:
    """Whether nothing of the dishonesty stands any more: the case has left the ledger, or all its records are mended."""
    if case.state == CaseState.EXITED:
        return True
    return bool(case.records) and all(record_fact(each.record).is_mended for each in case.records)


def may_be_published(measure: Measure) -> bool:
    """Whether a measure is something that can stand in a public record: decided, and about an institution."""
    if measure.case.institution_id is None or measure.kind not in PUBLISHABLE:
        return False
    if measure.state == MeasureState.CANCELLED:
        return False
    if measure.kind in TELL_OF_DISHONESTY and is_mended(measure.case):
        return False
    never_held = (MeasureState.ANNOUNCED, MeasureState.ENDED)
    return not (measure.kind == MeasureKind.INTERVIEW and measure.state in never_held)


def usual_end(on: date) -> date:
    """The last public day that the form proposes."""
    return due(rule_for(Rule.PUBLICATION_MAXIMUM_GENERAL, on), on, load_calendar()).day


def latest_end(on: date) -> date:
    """The last public day that may be chosen."""
    return due(rule_for(Rule.PUBLICATION_MAXIMUM_SEVERE, on), on, load_calendar()).day


def propose_publication(
    measure: Measure, *, text: str, until: date, version: int, actor: Actor, now: datetime
) -> None:
    """Propose what the public is to read; as `propose`. Commits."""
    propose(measure, text=text, until=until, version=version, actor=actor, now=now)
    _commit()


def propose(measure: Measure, *, text: str, until: date, version: int, actor: Actor, now: datetime) -> None:
    """Within another deed: the caller commits. Raises MeasureRefused, StaleVersion or MoveNotAllowed."""
    text, today = paragraphs(text), local_date(now)
    if not SHORTEST_PUBLIC <= len(text) <= LONGEST_PUBLIC:
        raise MeasureRefused("public_text", f"公示内容须为 {SHORTEST_PUBLIC} 至 {LONGEST_PUBLIC} 字")
    no_personal_data(text, "public_text")
    latest = latest_end(today)
    if not today < until <= latest:
        raise MeasureRefused("public_until", f"公示截止日期须在明天至 {latest} 之间")

    def judge() -> None:
        if not may_be_published(measure):
            raise MoveNotAllowed(
                "这项措施不能公示：只有对登记机构已经作出、没有作废的措施才能公示；"
                "案件已退出台账，或者失信记录均已修复、履行或者撤下的，不再公示通报批评和失信信息。"
            )

    values: dict[str, Any] = {
        "public_text": text,
        "public_until": until,
        "public_proposed_by_id": actor.account_id,
        "published_by_id": None,
        "published_on": None,
    }
    publicity_step(
        measure, "propose_publication", version=version, actor=actor, now=now, values=values, judge=judge
    )


def recall_publication(measure: Measure, *, version: int, actor: Actor, now: datetime) -> None:
    """Take a proposal back. Raises StaleVersion or MoveNotAllowed. Commits."""
    publicity_step(measure, "recall_publication", version=version, actor=actor, now=now)
    _commit()


def publish_measure(measure: Measure, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Publish what somebody else proposed. Raises SamePerson, StaleVersion or MoveNotAllowed. Commits."""
    today = local_date(now)

    def judge() -> None:
        if measure.public_proposed_by_id == actor.account_id:
            raise SamePerson
        if not may_be_published(measure):
            raise MoveNotAllowed(
                "这项措施已经作废，或者它所说的失信情况已经纠正，不能公示。请选择“不予公示”。"
            )
        if measure.public_until is None or measure.public_until < today:
            raise MoveNotAllowed(
                f"拟定的公示截止日期（{measure.public_until}）已过，请选择“不予公示”，由经办人重新提出。"
            )

    publicity_step(
        measure,
        "publish",
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values={"published_by_id": actor.account_id, "published_on": today},
        judge=judge,
    )
    log_event(measure, "published", now=now)
    _tell_proposer(measure, "您提出的治理措施公示已复核并公示", actor, now)
    _tell_institution(measure, "一项治理措施已公示", now)
    _commit()


def refuse_publication(measure: Measure, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Decide that a proposed text does not become public. Raises StaleVersion or MoveNotAllowed. Commits."""
    publicity_step(measure, "refuse_publication", version=version, actor=actor, now=now, reason=reason)
    _tell_proposer(measure, "您提出的治理措施公示未获同意", actor, now)
    _commit()


def withdraw_publication(measure: Measure, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Take a measure out of the public record. Raises StaleVersion or MoveNotAllowed. Commits."""
    take_down_measure(measure, reason=reason, version=version, actor=actor, now=now)
    _commit()


def take_down_measure(measure: Measure, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """As `withdraw_publication`, within the transaction of another deed: the caller commits."""
    publicity_step(measure, "withdraw", version=version, actor=actor, now=now, reason=reason)
    take_back(measure, now=now)
    tell_withdrawn(measure, now=now)


def end_publications(moment: datetime) -> int:
    """Job: end the publications whose last day is over; the pages end by themselves, this keeps record and log."""
    over = db.session.scalars(
        select(Measure.id).where(
            Measure.public_state == PublicState.PUBLISHED.value, Measure.public_until < local_date(moment)
        )
    ).all()
    return sum(_end(number, moment) for number in over)


def _end(measure_id: int, moment: datetime) -> bool:
    measure = db.session.get_one(Measure, measure_id)
    try:
        publicity_step(measure, "expire_publication", version=measure.version, actor=OPERATOR, now=moment)
    except (MoveNotAllowed, StaleVersion):
        db.session.rollback()  # an officer has just withdrawn it
        return False
    take_back(measure, now=moment)
    db.session.commit()
    return True


def public_facts(measure: Measure) -> dict[str, Any]:
    """Everything that is public about a published measure, as plain data; what is not here is not public."""
    institution = measure.case.institution
    assert institution is not None
    kind, state = MeasureKind(measure.kind), MeasureState(measure.state)
    return {
        "uscc": institution.uscc,
        "kind": kind.value,
        "form": InterviewForm(measure.form).value if measure.form else "",
        "text": measure.public_text,
        "office": measure.office,
        "taken_on": taken_on(measure).isoformat(),
        "state": standing(kind, state, told_public=True).state.value,
        "ended_on": measure.ended_on.isoformat() if measure.ended_on else None,
        "published_on": measure.published_on.isoformat() if measure.published_on else None,
        "public_until": measure.public_until.isoformat() if measure.public_until else None,
    }


def taken_on(measure: Measure) -> date:
    """The day of a measure: an interview's is that on which it was held, an order's that on which it was given."""
    if measure.kind == MeasureKind.INTERVIEW and measure.done_on is not None:
        return measure.done_on
    return measure.planned_on


def log_event(measure: Measure, event: str, *, now: datetime) -> None:
    """Write the present public facts into the public log; the caller commits."""
    record_public_event(
        f"{MEASURE_KIND}.{event}",
        subject_kind=MEASURE_KIND,
        subject_key=measure.public_id,
        payload=public_facts(measure),
        at=now,
    )


def log_change(measure: Measure, event: str, *, now: datetime) -> None:
    """As `log_event`, where the measure is public; else nothing is written."""
    if measure.public_state == PublicState.PUBLISHED:
        log_event(measure, event, now=now)


def take_back(measure: Measure, *, now: datetime) -> None:
    """Take the content of all events of a measure out of the log and leave a dated withdrawal; the caller commits."""
    withdraw_public_events(MEASURE_KIND, measure.public_id, at=now)
    record_public_event(
        f"{MEASURE_KIND}.withdrawn",
        subject_kind=MEASURE_KIND,
        subject_key=measure.public_id,
        payload={},
        at=now,
    )


def tell_withdrawn(measure: Measure, *, now: datetime) -> None:
    """Tell the institution that a measure is public no more; the caller commits."""
    _tell_institution(measure, "一项治理措施的公示已撤下", now)


def _tell_proposer(measure: Measure, title: str, actor: Actor, now: datetime) -> None:
    proposer = measure.public_proposed_by_id
    if proposer is not None and proposer != actor.account_id:
        tell([proposer], title=title, path=f"/staff/ledger/measures/{measure.id}", now=now)


def _tell_institution(measure: Measure, title: str, now: datetime) -> None:
    """The institution is told of what is public about it; the page of the measure is only there where it was shown."""
    institution = measure.case.institution
    assert institution is not None
    path = f"/workspace/measures/{measure.id}" if measure.shown else f"/institutions/{institution.uscc}"
    tell_institution(institution.uscc, title=title, path=path, now=now)


def _commit() -> None:
    with stale_told():
        db.session.commit()
