"""Published results as something to doubt or to object to; one that was wrong is taken down with the objection."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.core.clock import today
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.reports.disputable import Line, LineKind, register_lines
from credit_register.reports.outcomes.models import PublishedOutcome
from credit_register.reports.outcomes.public_queries import public_outcome
from credit_register.reports.outcomes.services import take_down_outcome


def register_outcomes() -> None:
    """Let published results be doubted."""
    register_lines(LineKind("outcome", _line, _withdraw, Permission.OUTCOME_CONFIRM))


def _line(institution: Institution, public_id: str) -> Line | None:
    found = public_outcome(public_id, on=today())
    if found is None or found.uscc != institution.uscc:
        return None
    text = f"{found.matter.label}，{found.verdict.label}（{found.published_on}）"
    return Line(f"outcome:{public_id}", "举报办理结果", text)


def _withdraw(institution: Institution, public_id: str, reason: str, actor: Actor, now: datetime) -> None:
    outcome = db.session.scalars(
        select(PublishedOutcome).where(PublishedOutcome.public_id == public_id)
    ).one()
    take_down_outcome(outcome, reason=reason, version=outcome.version, actor=actor, now=now)
