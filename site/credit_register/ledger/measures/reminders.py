"""What the clock tells an institution of an order to correct: before its last day, and once it is over."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, String, cast, exists, select

from credit_register.access.actor import OPERATOR
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.calendar.office_hours import morning_begun
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline, DeadlineRule
from credit_register.core.deadlines.queries import soon_until
from credit_register.core.deadlines.rules import Rule
from credit_register.institutions.models import Institution
from credit_register.ledger.lifecycle import MEASURE_KIND
from credit_register.ledger.measures.services import tell_shown
from credit_register.ledger.measures.steps import record_deed
from credit_register.ledger.models import LedgerCase, Measure, MeasureKind, MeasureState


def remind_of_orders(moment: datetime) -> int:
    """Tell institutions whose step it is, once in good time and once after the end; gives how many.

    "In good time" is the lead of the table of rules. Commits after each.
    """
    if not morning_begun(moment):
        return 0
    today = local_date(moment)
    return _remind(
        "remind_before",
        Deadline.due_on.between(today, soon_until(today)),
        "责令纠正的期限将至，请按期纠正并报告",
        "期限至 {day}，纠正后请在本页报告。",
        moment,
    ) + _remind(
        "remind_after",
        Deadline.due_on < today,
        "责令纠正的期限已届满，请尽快纠正并报告",
        "期限至 {day}，主管部门尚未确认纠正。",
        moment,
    )


def _remind(deed: str, when: ColumnElement[bool], title: str, text: str, moment: datetime) -> int:
    count = 0
    for measure_id, due_on in _waiting(deed, when):
        measure = db.session.get_one(Measure, measure_id)
        db.session.refresh(measure, with_for_update=True)
        if measure.state != MeasureState.ANNOUNCED.value or _reminded(measure, deed):  # a moment ago
            db.session.rollback()
            continue
        record_deed(deed, measure, OPERATOR, moment)
        tell_shown(measure, title, moment, text=text.format(day=due_on))
        db.session.commit()
        count += 1
    return count


def _waiting(deed: str, when: ColumnElement[bool]) -> list[tuple[int, date]]:
    found = db.session.execute(
        select(Measure.id, Deadline.due_on)
        .join(Measure.case)
        .join(LedgerCase.institution)
        .join(Deadline, Deadline.subject_id == Measure.id)
        .where(
            Measure.kind == MeasureKind.ORDER.value,
            Measure.state == MeasureState.ANNOUNCED.value,
            Measure.shown.is_(True),
            Deadline.subject_kind == MEASURE_KIND,
            Deadline.closed_at.is_(None),
            Deadline.rule.has(DeadlineRule.name == Rule.CORRECTION.value),
            when,
            _somebody_there(),
            ~_deed_done(cast(Measure.id, String), deed),
        )
        .order_by(Measure.id)
    ).all()
    rows = [(row.id, row.due_on) for row in found]
    db.session.rollback()  # what follows is a transaction for each
    return rows


def _somebody_there() -> ColumnElement[bool]:
    """Whether the institution has anybody to be told: the case must not say that a reminder went out to no one."""
    return exists().where(
        Account.uscc == Institution.uscc, Account.active.is_(True), Account.confirmed.is_(True)
    )


def _reminded(measure: Measure, deed: str) -> bool:
    return bool(db.session.scalar(select(_deed_done(str(measure.id), deed))))


def _deed_done(subject: ColumnElement[str] | str, deed: str) -> ColumnElement[bool]:
    return exists().where(
        AuditEvent.subject_kind == MEASURE_KIND,
        AuditEvent.subject_id == subject,
        AuditEvent.action == f"{MEASURE_KIND}.{deed}",
    )
