"""What the clock does to commitments: the reminder before the end, and the end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, cast, exists, select

from credit_register.access.actor import OPERATOR
from credit_register.audit import services as audit
from credit_register.audit.models import AuditEvent
from credit_register.commitments.lifecycle import KIND
from credit_register.commitments.models import Commitment, State
from credit_register.commitments.steps import commit, hold, move, tell_the_world
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.institutions.services import note_commitment
from credit_register.notices.services import tell_institution

REMINDED_BEFORE = timedelta(days=30)
_WORKSPACE_PATH = "/workspace/commitments"


def expire_due(moment: datetime) -> int:
    """End the commitments whose last day is over; gives how many. Commits after each."""
    today = local_date(moment)
    count = 0
    for commitment in _in_force(Commitment.valid_until < today):
        hold(commitment)
        if commitment.state != State.PUBLISHED.value:  # withdrawn or replaced a moment ago
            db.session.rollback()
            continue
        move(commitment, "expire", OPERATOR, moment)
        commitment.ended_on = commitment.valid_until
        number = str(commitment.number)
        tell_the_world("expired", commitment, moment, ended_on=str(commitment.ended_on))
        institution = commitment.institution
        note_commitment(
            institution,
            committed_on=None,
            reason=f"信用承诺书 {number} 有效期届满",
            actor=OPERATOR,
            now=moment,
        )
        tell_institution(
            institution.uscc,
            title="信用承诺书已到期",
            text=f"编号 {number}，有效期至 {commitment.valid_until}。请在工作台重新生成并签署。",
            path=_WORKSPACE_PATH,
            now=moment,
        )
        commit()
        count += 1
    return count


def remind_of_end(moment: datetime) -> int:
    """Tell the institutions whose commitment ends within 30 days, once each; gives how many. Commits after each."""
    today = local_date(moment)
    reminded = exists().where(
        AuditEvent.subject_kind == KIND,
        AuditEvent.subject_id == cast(Commitment.id, String),
        AuditEvent.action == "commitment.remind",
    )
    ending = Commitment.valid_until.between(today, today + REMINDED_BEFORE)
    count = 0
    for commitment in _in_force(ending, ~reminded):
        hold(commitment)
        if commitment.state != State.PUBLISHED.value:
            db.session.rollback()
            continue
        audit.record(
            "commitment.remind",
            actor=OPERATOR,
            at=moment,
            subject_kind=KIND,
            subject_id=commitment.id,
            region=commitment.institution.region_code,
        )
        tell_institution(
            commitment.institution.uscc,
            title="信用承诺书即将到期",
            text=f"编号 {commitment.number}，有效期至 {commitment.valid_until}。到期前在工作台重新签署，公示不会中断。",
            path=_WORKSPACE_PATH,
            now=moment,
        )
        commit()
        count += 1
    return count


def _in_force(*conditions: Any) -> list[Commitment]:
    return list(
        db.session.scalars(
            select(Commitment)
            .where(Commitment.state == State.PUBLISHED.value, *conditions)
            .order_by(Commitment.id)
        )
    )
