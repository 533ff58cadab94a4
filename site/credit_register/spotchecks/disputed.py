"""Published checks as something to doubt or to object to; one that was wrong is taken down with the objection."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.reports.disputable import Line, LineKind, register_lines
from credit_register.spotchecks.lifecycle import PUBLIC_STATES
from credit_register.spotchecks.models import SpotCheck, Verdict
from credit_register.spotchecks.services import take_down_check
from credit_register.spotchecks.words import matter_words


def register_checks() -> None:
    """Let published checks be doubted."""
    register_lines(LineKind("check", _line, _withdraw, Permission.SPOTCHECK_CONFIRM))


def _line(institution: Institution, public_id: str) -> Line | None:
    check = _check(institution, public_id)
    if check is None:
        return None
    matter = matter_words(check.matter, check.matter_text)
    text = f"{matter}，{Verdict(check.verdict or '').label}（{check.published_on}）"
    return Line(f"check:{public_id}", "核查结论", text)


def _check(institution: Institution, public_id: str) -> SpotCheck | None:
    return db.session.scalar(
        select(SpotCheck).where(
            SpotCheck.institution_id == institution.id,
            SpotCheck.public_id == public_id,
            SpotCheck.state.in_([state.value for state in PUBLIC_STATES]),
        )
    )


def _withdraw(institution: Institution, public_id: str, reason: str, actor: Actor, now: datetime) -> None:
    check = _check(institution, public_id)
    assert check is not None
    take_down_check(check, reason=reason, version=check.version, actor=actor, now=now)
