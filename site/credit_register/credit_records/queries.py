"""What staff ask about the records of their region."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import contains_eager, defer

from credit_register.access.actor import Actor
from credit_register.audit.models import AuditEvent
from credit_register.core import regions, uscc
from credit_register.core.database import db
from credit_register.credit_records.lifecycle import KIND, repairable
from credit_register.credit_records.models import CreditRecord, RecordState
from credit_register.institutions.models import Institution

PER_PAGE = 40
ENDS_SOON = timedelta(days=30)
# The region that has jurisdiction: the institution's, or that of the office which received the record.
REGION = func.coalesce(Institution.region_code, CreditRecord.region_code)
_RUNNING = [RecordState.PUBLISHED.value, RecordState.WITHHELD.value]
_LEAVING = tuple(f"{KIND}.{move}" for move in ("repair", "annul", "uphold_objection", "remove"))
# What the rules do in the same click, after the deed of the person.
_FOLLOWING = tuple(
    f"{KIND}.{move}" for move in ("publish", "withhold", "expire", "lapse", "recount", "reopen")
)


class Show(StrEnum):
    """What an officer looks for among the records."""

    UNMATCHED = "unmatched"
    REPAIRABLE = "repairable"
    ENDING = "ending"

    @property
    def label(self) -> str:
        """The Chinese words of the filter."""
        return {
            Show.UNMATCHED: "未匹配机构",
            Show.REPAIRABLE: "可申请修复而未修复",
            Show.ENDING: f"{ENDS_SOON.days} 天内公示期满",
        }[self]


@dataclass(frozen=True)
class QueueFilter:
    """How the list is narrowed; an empty part does not narrow."""

    text: str = ""
    kind: str = ""
    state: str = ""
    degree: str = ""
    region: str = ""
    show: str = ""


def queue(actor: Actor, wanted: QueueFilter, *, page: int, on: date) -> Pagination:
    """The records of the actor's region: those that end soon by their end, any others by the day of the decision."""
    query = records_in_scope(actor).where(*_conditions(wanted, on))
    if wanted.show == Show.ENDING:
        query = query.order_by(CreditRecord.latest_on, CreditRecord.id)
    else:
        query = query.order_by(CreditRecord.decided_on.desc(), CreditRecord.id.desc())
    query = query.options(defer(CreditRecord.facts), defer(CreditRecord.basis), defer(CreditRecord.remark))
    return db.paginate(query, page=page, per_page=PER_PAGE, error_out=False)


def records_in_scope(actor: Actor) -> Select[CreditRecord]:
    """The records of the actor's region, matched or not."""
    return (
        select(CreditRecord)
        .outerjoin(CreditRecord.institution)
        .where(actor.region_filter(REGION))
        .options(contains_eager(CreditRecord.institution))
    )


def _conditions(wanted: QueueFilter, on: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.kind:
        conditions.append(CreditRecord.kind == wanted.kind)
    if wanted.state:
        conditions.append(CreditRecord.state == wanted.state)
    if wanted.degree:
        conditions.append(CreditRecord.degree == wanted.degree)
    if wanted.region:
        conditions.append(regions.within(REGION, wanted.region))
    if wanted.show:
        conditions.append(shown(Show(wanted.show), on))
    if wanted.text:
        conditions.append(matches(wanted.text))
    return conditions


def shown(what: Show, on: date) -> ColumnElement[bool]:
    """The condition of one of the things that officers look for."""
    match what:
        case Show.UNMATCHED:
            return CreditRecord.institution_id.is_(None)
        case Show.REPAIRABLE:
            return and_(
                repairable(),
                CreditRecord.earliest_on <= on,
                CreditRecord.institution_id.is_not(None),
            )
        case Show.ENDING:
            return and_(CreditRecord.state.in_(_RUNNING), CreditRecord.latest_on.between(on, on + ENDS_SOON))


def matches(text: str) -> ColumnElement[bool]:
    """What the list finds for a text: names, code, number of the document, list and authority."""
    found = [
        CreditRecord.name.contains(text, autoescape=True),
        CreditRecord.document_number.contains(text, autoescape=True),
        CreditRecord.list_name.contains(text, autoescape=True),
        CreditRecord.authority.contains(text, autoescape=True),
        CreditRecord.institution.has(Institution.name.contains(text, autoescape=True)),
    ]
    if code := uscc.normalise(text):
        found.append(CreditRecord.uscc.contains(code, autoescape=True))
    return or_(*found)


def tab_counts(actor: Actor, *, on: date) -> dict[str, int]:
    """How many records of the region each tab of the list leads to."""
    return {
        **{what.value: _count(actor, shown(what, on)) for what in Show},
        RecordState.LAPSED.value: lapsed_count(actor),
    }


def lapsed_count(actor: Actor) -> int:
    """Records whose longest period ended although nobody mended them."""
    return _count(actor, CreditRecord.state == RecordState.LAPSED.value)


def _count(actor: Actor, condition: ColumnElement[bool]) -> int:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(CreditRecord)
            .outerjoin(CreditRecord.institution)
            .where(actor.region_filter(REGION), condition)
        )
        or 0
    )


def record_for(actor: Actor, record_id: int) -> CreditRecord:
    """One record of the actor's region, or 404."""
    found = db.session.scalar(records_in_scope(actor).where(CreditRecord.id == record_id))
    if found is None:
        abort(404)
    return found


def taken_off_by(record: CreditRecord) -> int | None:
    """The account that took the record down last; None where it was the operator, or where nobody did.

    What the program did by a batch that was confirmed before is the deed of who confirmed that batch.
    """
    last = db.session.scalar(_audit(record).where(AuditEvent.action.in_(_LEAVING)).limit(1))
    if last is None:
        return None
    return last.actor_id if last.actor_id is not None else last.detail.get("decided_by")


def relisted_since(record: CreditRecord, moment: datetime) -> bool:
    """Whether a list has brought the record anew since a moment."""
    relists = _audit(record).where(AuditEvent.action == f"{KIND}.relist", AuditEvent.at > moment)
    return db.session.scalar(relists.limit(1)) is not None


def was_done(record: CreditRecord, deed: str, *, actor: Actor, reason: str) -> bool:
    """Whether the last deed at a record is this very one by the same person: the second of two clicks."""
    last = db.session.scalar(_audit(record).where(AuditEvent.action.not_in(_FOLLOWING)).limit(1))
    return (
        last is not None
        and last.action == f"{KIND}.{deed}"
        and last.actor_id == actor.account_id
        and last.detail.get("reason", "") == reason
    )


def _audit(record: CreditRecord) -> Select[AuditEvent]:
    return (
        select(AuditEvent)
        .where(AuditEvent.subject_kind == KIND, AuditEvent.subject_id == str(record.id))
        .order_by(AuditEvent.id.desc())
    )
