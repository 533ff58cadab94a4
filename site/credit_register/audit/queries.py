"""Reading the audit, within the reader's region."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import Select, select

from credit_register.access.actor import Actor
from credit_register.audit.labels import STEPS, action_label, role_label
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import SHANGHAI
from credit_register.core.database import db

PER_PAGE = 40


class Case(Protocol):
    """What every row has that people work on."""

    id: int
    version: int


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


@dataclass(frozen=True)
class Deed:
    """One step in the life of a case, as the people who handle it read it."""

    at: datetime
    label: str
    person: str
    role: str
    reason: str


def deeds(subject_kind: str, subject_id: int) -> list[Deed]:
    """What was done with one row, in order; the caller has checked that the reader may see the row."""
    return [_deed(row) for row in db.session.scalars(_of(subject_kind, subject_id).order_by(AuditEvent.id))]


def who_was_first(subject_kind: str, subject_id: int) -> str:
    """The sentence for a person who came second: who did what, when, and that nothing typed is lost.

    It names the last step: a message or a look at the reporter's name afterwards stood in nobody's way.
    """
    steps = _of(subject_kind, subject_id).where(AuditEvent.action.in_(STEPS))
    row = db.session.scalar(steps.order_by(AuditEvent.id.desc()).limit(1))
    if row is None:
        return "这件事项刚刚有变化，您的操作没有生效。请核对最新内容后再办理。"
    last = _deed(row)
    moment = last.at.astimezone(SHANGHAI).strftime("%m-%d %H:%M")
    return (
        f"{last.person}（{last.role}）已于 {moment} 办理“{last.label}”，您的操作没有生效。"
        "您填写的内容已保留，请核对最新情况后再办理。"
    )


def was_done(subject_kind: str, row: Case, deed: str, *, actor: Actor, seen: int) -> bool:
    """Whether the last deed at a case is this very one by the same person, from the same page: the second of two clicks."""
    last = last_deed(subject_kind, row.id)
    return (
        last is not None
        and last.action == f"{subject_kind}.{deed}"
        and last.actor_id == actor.account_id
        and row.version == seen + 1
    )


def last_deed(subject_kind: str, subject_id: int) -> AuditEvent | None:
    """What was recorded last of one row."""
    return db.session.scalar(_of(subject_kind, subject_id).order_by(AuditEvent.id.desc()).limit(1))


def _of(subject_kind: str, subject_id: int) -> Select[AuditEvent]:
    return select(AuditEvent).where(
        AuditEvent.subject_kind == subject_kind, AuditEvent.subject_id == str(subject_id)
    )


def _deed(row: AuditEvent) -> Deed:
    return Deed(
        row.at,
        action_label(row.action).rpartition("：")[2],
        row.actor_name,
        role_label(row.actor_role),
        str(row.detail.get("reason", "")),
    )
