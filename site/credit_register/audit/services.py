"""Writing the audit: always inside the transaction of the deed itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert

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
    subject = Subject(subject_id, region, detail or {})
    db.session.add(AuditEvent(**_values(action, actor, at, subject_kind, subject)))


@dataclass(frozen=True)
class Subject:
    """What one row of many has of its own when the same is done with all of them."""

    id: str | int
    region: str | None
    detail: dict[str, Any]


def record_many(
    action: str, *, actor: Actor, at: datetime, subject_kind: str, subjects: Iterable[Subject]
) -> None:
    """Write the audit rows of the same deed at many rows; they commit or vanish with it."""
    rows = [_values(action, actor, at, subject_kind, subject) for subject in subjects]
    if rows:
        db.session.execute(insert(AuditEvent), rows)


def _values(action: str, actor: Actor, at: datetime, subject_kind: str, subject: Subject) -> dict[str, Any]:
    return {
        "at": at,
        "actor_id": actor.account_id,
        "actor_name": actor.name,
        "actor_role": actor.audit_role,
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": str(subject.id),
        "region_code": subject.region or actor.region or regions.NATION,
        "detail": subject.detail,
    }
