"""Who has judged an institution in a published check must not handle its objection: told to the earlier domain."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select

from credit_register.core.database import db
from credit_register.reports.conflicts import register_question
from credit_register.spotchecks.models import SpotCheck


def register_judges() -> None:
    """Let the objections ask the checks."""
    register_question("spot_check", judged_in_a_check)


def judged_in_a_check(account_id: int, institution_id: int, day: date) -> bool:
    """Whether the person concluded or confirmed a check of the institution that was public on the day."""
    query = select(SpotCheck.id).where(
        SpotCheck.institution_id == institution_id,
        SpotCheck.published_on <= day,
        SpotCheck.withdrawn_on.is_(None),
        or_(SpotCheck.concluded_by_id == account_id, SpotCheck.confirmed_by_id == account_id),
    )
    return db.session.scalar(query.limit(1)) is not None
