"""A case of the ledger out of a report of an impostor: opened from the same clue that a letter would carry."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.ledger.cases.opening import case_of_source
from credit_register.ledger.lifecycle import LEDGER_CASE
from credit_register.reports.followups import FollowUp, FollowUpKind, register_follow_up
from credit_register.reports.letters import may_lead_to_letter
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import Report

LABEL = "治理台账"


def register_ledger_cases() -> None:
    """Let a case be opened from a report and be found there."""
    register_follow_up(
        FollowUpKind(LABEL, "纳入专项治理台账（冒名主体）", Permission.LEDGER_WORK, _where, _found)
    )


def _where(actor: Actor, report: Report) -> str | None:
    # One clue, one case.
    if not may_lead_to_letter(report) or case_of_source(KIND, report.id) is not None:
        return None
    return url_for("ledger_staff.new", source=f"{KIND}:{report.id}")


def _found(actor: Actor, report: Report) -> Sequence[FollowUp]:
    case = case_of_source(KIND, report.id)
    if case is None or not actor.can(Permission.LEDGER_READ) or not actor.sees_region(case.region_code):
        return []
    return [
        FollowUp(
            f"{LABEL}：{case.name}",
            url_for("ledger_staff.show", case_id=case.id),
            LEDGER_CASE.label(case.state),
            case.opened_on,
        )
    ]
