"""Reading the audit, within the reader's region."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import SHANGHAI
from credit_register.core.database import db

PER_PAGE = 40


@dataclass(frozen=True)
class AuditFilter:
    """What the reader looks for; an empty part does not narrow, both days belong to the period."""

    action: str = ""
    person: str = ""
    subject_kind: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None


def events(actor: Actor, wanted: AuditFilter, *, page: int) -> Pagination:
    """Audit events newest first."""
    query = select(AuditEvent).where(actor.region_filter(AuditEvent.region_code))
    if wanted.action:
        query = query.where(AuditEvent.action == wanted.action)
    if wanted.person:
        query = query.where(AuditEvent.actor_name.contains(wanted.person, autoescape=True))
    if wanted.subject_kind:
        query = query.where(AuditEvent.subject_kind == wanted.subject_kind)
    if wanted.subject:
        query = query.where(AuditEvent.subject_id == wanted.subject)
    if wanted.since:
        query = query.where(AuditEvent.at >= _midnight(wanted.since))
    if wanted.until:
        query = query.where(AuditEvent.at < _midnight(wanted.until + timedelta(days=1)))
    return db.paginate(query.order_by(AuditEvent.id.desc()), page=page, per_page=PER_PAGE, error_out=False)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
