"""Checks that were begun because of a report, as its case page names them."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.reports.followups import FollowUp, FollowUpKind, register_follow_up
from credit_register.reports.models import Report
from credit_register.spotchecks.lifecycle import SPOT_CHECK
from credit_register.spotchecks.models import SpotCheck
from credit_register.spotchecks.words import matter_words

LABEL = "核查"


def register_checks_from_reports() -> None:
    """Let a check be begun from a report, and be found there."""
    register_follow_up(
        FollowUpKind(LABEL, "据此开展核查、责令改正", Permission.SPOTCHECK_RECORD, _where, _found)
    )


def _where(actor: Actor, report: Report) -> str | None:
    institution = report.institution
    if institution is None or not actor.sees_region(institution.region_code):
        return None
    return url_for("spotchecks_staff.new", uscc=institution.uscc, report=report.id)


def _found(actor: Actor, report: Report) -> Sequence[FollowUp]:
    if not actor.can(Permission.SPOTCHECK_READ):
        return []
    rows = db.session.scalars(
        select(SpotCheck)
        .where(SpotCheck.report_id == report.id, actor.region_filter(SpotCheck.region_code))
        .order_by(SpotCheck.id)
    )
    return [
        FollowUp(
            f"{LABEL}：{matter_words(check.matter, check.matter_text)}",
            url_for("spotchecks_staff.show", check_id=check.id),
            SPOT_CHECK.label(check.state),
            local_date(check.opened_at),
        )
        for check in rows
    ]
