"""What the clock tells an applicant: that an application which was given back still waits for its people."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import String, cast, exists, select

from credit_register.access.actor import OPERATOR
from credit_register.accounts.models import Account
from credit_register.audit import services as audit
from credit_register.audit.models import AuditEvent
from credit_register.core.calendar.office_hours import morning_begun
from credit_register.core.database import db
from credit_register.notices.services import tell
from credit_register.registrations.lifecycle import KIND
from credit_register.registrations.models import Registration, State

UNTOUCHED_FOR = timedelta(days=10)
REMIND = f"{KIND}.remind"  # in the audit


def remind_of_returned(moment: datetime) -> int:
    """Tell applicants who have not touched a returned application for ten days, once for each return; gives how many.

    Commits after each.
    """
    if not morning_begun(moment):
        return 0
    since = moment - UNTOUCHED_FOR
    reminded = exists().where(
        AuditEvent.subject_kind == KIND,
        AuditEvent.subject_id == cast(Registration.id, String),
        AuditEvent.action == REMIND,
        AuditEvent.at >= Registration.decided_at,
    )
    waiting = (
        select(Registration)
        .join(Registration.account)
        .where(
            Registration.state == State.RETURNED.value,
            Registration.decided_at <= since,
            Registration.saved_at <= since,
            Account.active.is_(True),
            ~reminded,
        )
    )
    ids = db.session.scalars(waiting.with_only_columns(Registration.id).order_by(Registration.id)).all()
    db.session.rollback()  # what follows is a transaction for each
    count = 0
    for registration_id in ids:
        one = waiting.where(Registration.id == registration_id).with_for_update(of=Registration)
        registration = db.session.scalar(one)
        if registration is not None:
            _remind(registration, moment)
            count += 1
        db.session.commit()
    return count


def _remind(registration: Registration, moment: datetime) -> None:
    audit.record(
        REMIND,
        actor=OPERATOR,
        at=moment,
        subject_kind=KIND,
        subject_id=registration.id,
        region=registration.office_region or None,
    )
    tell(
        [registration.account_id],
        title="登记申请退回后还没有重新提交",
        text="请按退回的意见补正后重新提交，已填内容都还在；不再办理的，可以在页面上放弃申请。",
        path="/workspace/registration",
        now=moment,
    )
