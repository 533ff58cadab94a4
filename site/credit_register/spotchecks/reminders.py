"""What the clock tells an institution of an ordered correction: before its last day, and once it is over."""

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
from credit_register.notices.services import tell_institution
from credit_register.spotchecks.lifecycle import KIND
from credit_register.spotchecks.models import SpotCheck, State
from credit_register.spotchecks.services import workspace_path
from credit_register.spotchecks.steps import record_deed


def remind_of_corrections(moment: datetime) -> int:
    """Tell institutions whose step it is, once in good time and once after the end; gives how many.

    "In good time" is the lead of the table of rules. Commits after each.
    """
    if not morning_begun(moment):
        return 0
    today = local_date(moment)
    ending = Deadline.due_on.between(today, soon_until(today))
    return _remind(
        "remind_before",
        ending,
        "改正期限将至，请按期改正并报告",
        "期限至 {day}，改正后请在本页报告。",
        moment,
    ) + _remind(
        "remind_after",
        Deadline.due_on < today,
        "改正期限已届满，请尽快改正并报告",
        "期限至 {day}，主管部门尚未确认改正。",
        moment,
    )


def _remind(deed: str, when: ColumnElement[bool], title: str, text: str, moment: datetime) -> int:
    count = 0
    for check_id, due_on in _waiting(deed, when):
        check = db.session.get_one(SpotCheck, check_id)
        db.session.refresh(check, with_for_update=True)
        if check.state != State.ORDERED.value or _reminded(check, deed):  # a moment ago
            db.session.rollback()
            continue
        record_deed(deed, check, OPERATOR, moment)
        tell_institution(
            check.institution.uscc,
            title=title,
            text=text.format(day=due_on),
            path=workspace_path(check),
            now=moment,
        )
        db.session.commit()
        count += 1
    return count


def _waiting(deed: str, when: ColumnElement[bool]) -> list[tuple[int, date]]:
    found = db.session.execute(
        select(SpotCheck.id, Deadline.due_on)
        .join(SpotCheck.institution)
        .join(Deadline, Deadline.subject_id == SpotCheck.id)
        .where(
            SpotCheck.state == State.ORDERED.value,
            Deadline.subject_kind == KIND,
            Deadline.closed_at.is_(None),
            Deadline.rule.has(DeadlineRule.name == Rule.CORRECTION.value),
            when,
            _somebody_there(),
            ~_deed_done(cast(SpotCheck.id, String), deed),
        )
        .order_by(SpotCheck.id)
    ).all()
    rows = [(row.id, row.due_on) for row in found]
    db.session.rollback()  # what follows is a transaction for each
    return rows


def _somebody_there() -> ColumnElement[bool]:
    """Whether the institution has anybody to be told: the case must not say that a reminder went out to no one."""
    return exists().where(
        Account.uscc == Institution.uscc, Account.active.is_(True), Account.confirmed.is_(True)
    )


def _reminded(check: SpotCheck, deed: str) -> bool:
    return bool(db.session.scalar(select(_deed_done(str(check.id), deed))))


def _deed_done(subject: ColumnElement[str] | str, deed: str) -> ColumnElement[bool]:
    return exists().where(
        AuditEvent.subject_kind == KIND,
        AuditEvent.subject_id == subject,
        AuditEvent.action == f"{KIND}.{deed}",
    )
