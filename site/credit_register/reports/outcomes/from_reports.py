"""Results that came of a report, as its case page names them."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.core.clock import local_date
from credit_register.reports.followups import FollowUp, FollowUpKind, register_follow_up
from credit_register.reports.models import Report
from credit_register.reports.outcomes.lifecycle import OUTCOME
from credit_register.reports.outcomes.queries import may_propose, outcome_of

LABEL = "办理结果公开"


def register_outcomes_of_reports() -> None:
    """Let the result of a report be proposed from its case page, and be found there."""
    register_follow_up(FollowUpKind(LABEL, "拟定公开的办理结果", Permission.OUTCOME_PROPOSE, _where, _found))


def _where(actor: Actor, report: Report) -> str | None:
    return url_for("outcomes_staff.new", report=report.id) if may_propose(report) else None


def _found(actor: Actor, report: Report) -> Sequence[FollowUp]:
    outcome = outcome_of(report) if actor.can(Permission.OUTCOME_READ) else None
    if outcome is None:
        return []
    return [
        FollowUp(
            LABEL,
            url_for("outcomes_staff.show", outcome_id=outcome.id),
            OUTCOME.label(outcome.state),
            local_date(outcome.proposed_at),
        )
    ]
