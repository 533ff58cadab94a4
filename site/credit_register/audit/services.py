"""Writing the audit: always inside the transaction of the deed itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from credit_register.access.actor import Actor
from credit_register.audit.models import AuditEvent
from credit_register.core import regions
from credit_register.core.database import db


def record(
    action: str,
    *,
    actor: Actor,
    at: datetime,
    subject_kind: str,
    subject_id: str | int,
    region: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add one audit row to the session; it commits or vanishes with the deed."""
    db.session.add(
        AuditEvent(
            at=at,
            actor_id=actor.account_id,
            actor_name=actor.name,
            actor_role=actor.audit_role,
            action=action,
            subject_kind=subject_kind,
            subject_id=str(subject_id),
            region_code=region or actor.region or regions.NATION,
            detail=detail or {},
        )
    )
