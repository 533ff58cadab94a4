"""What moves an institution in the list although it stands in no row of its own: published faults found in checks."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from credit_register.core.database import db
from credit_register.core.outbox import IndexName, follow
from credit_register.institutions.adverse import register_adverse
from credit_register.institutions.models import Institution
from credit_register.spotchecks.models import SpotCheck
from credit_register.spotchecks.public_queries import institutions_at_fault


def init_ranking() -> None:
    """Let published faults stand last among equal matches, from the moment they are published to that of correction."""
    register_adverse("spot_check", institutions_at_fault)
    follow(SpotCheck, IndexName.INSTITUTIONS, _codes, only=("state", "verdict"))


def _codes(checks: Sequence[SpotCheck]) -> list[str]:
    concerned = select(Institution.uscc).where(Institution.id.in_({one.institution_id for one in checks}))
    return list(db.session.scalars(concerned))
