"""What staff ask about the repairs of their region, and an institution about its own records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import contains_eager

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.audit.models import AuditEvent
from credit_register.commitments.queries import in_force_of
from credit_register.core import regions, uscc
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline
from credit_register.core.deadlines.queries import RunningDeadline, UnknownRule, rule_for, running_deadlines
from credit_register.core.deadlines.rules import Rule, Unit
from credit_register.credit_records.lifecycle import is_repairable
from credit_register.credit_records.models import CreditRecord
from credit_register.institutions.models import Institution
from credit_register.repairs.guidance import Guidance, PublicCommitment, guide
from credit_register.repairs.lifecycle import KIND, REPAIR, RUNNING_STATES
from credit_register.repairs.models import Paper, RepairApplication, RepairFile, RepairState

PER_PAGE = 40
UNFINISHED, ALL = "", "all"
OWN_PAPERS = (Paper.OBLIGATIONS, Paper.COMMITMENT)
# What the people of an institution are told of an application; why a colleague sent an entry back is not.
_TOLD_DEEDS = {
    f"{KIND}.{deed}"
    for deed in ("apply", "accept", "refuse", "confirm", "deny", "retract", "discard", "overtake")
}


@dataclass(frozen=True)
class QueueFilter:
    """How the queue is narrowed; an empty part does not narrow, save `state`: empty means not finished."""

    text: str = ""
    state: str = UNFINISHED
    region: str = ""
    waiting: bool = False
    overdue: bool = False


@dataclass(frozen=True)
class DeskCounts:
    """What the desk says: results that wait for a second person, and answers of authorities that are late."""

    confirming: int
    overdue: int


@dataclass(frozen=True)
class PeriodWords:
    """One period of the rules, in words, and whether somebody has checked it against the law."""

    title: str
    text: str
    source: str
    confirmed: bool


@dataclass(frozen=True)
class Step:
    """One step of an application as its institution reads it, without the names of officers."""

    at: datetime
    label: str
    reason: str


def applications_in_scope(actor: Actor) -> Select[RepairApplication]:
    """The applications of the actor's region."""
    return (
        select(RepairApplication)
        .join(RepairApplication.institution)
        .where(actor.region_filter(Institution.region_code))
    )


def queue(actor: Actor, wanted: QueueFilter, *, page: int, on: date) -> Pagination:
    """The applications of the actor's region: results for a second look first, then the nearest end of a period."""
    running = and_(
        Deadline.subject_kind == KIND,
        Deadline.subject_id == RepairApplication.id,
        Deadline.closed_at.is_(None),
    )
    query = (
        applications_in_scope(actor)
        .join(RepairApplication.record)
        .outerjoin(Deadline, running)
        .where(*_conditions(actor, wanted, on))
        .order_by(
            RepairApplication.state != RepairState.CONFIRMING.value,
            Deadline.due_on.is_(None),
            Deadline.due_on,
            RepairApplication.id.desc(),
        )
        .options(contains_eager(RepairApplication.institution), contains_eager(RepairApplication.record))
    )
    return db.paginate(query, page=page, per_page=PER_PAGE, error_out=False)


def _conditions(actor: Actor, wanted: QueueFilter, on: date) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.waiting:
        conditions.append(_waits_for(actor))
    elif wanted.overdue:
        conditions.append(_late(on))
    elif wanted.state == UNFINISHED:
        conditions.append(RepairApplication.state.in_([state.value for state in RUNNING_STATES]))
    elif wanted.state != ALL:
        conditions.append(RepairApplication.state == wanted.state)
    if wanted.region:
        conditions.append(regions.within(Institution.region_code, wanted.region))
    if wanted.text:
        conditions.append(matches(wanted.text))
    return conditions


def _waits_for(actor: Actor) -> ColumnElement[bool]:
    """Results that others entered, which this person could confirm."""
    return and_(
        RepairApplication.state == RepairState.CONFIRMING.value,
        RepairApplication.proposed_by_id != actor.account_id,
    )


def _late(on: date) -> ColumnElement[bool]:
    return RepairApplication.id.in_(
        select(Deadline.subject_id).where(
            Deadline.subject_kind == KIND, Deadline.closed_at.is_(None), Deadline.due_on < on
        )
    )


def desk_counts(actor: Actor, *, on: date) -> DeskCounts:
    """The numbers of the desk; who may confirm is not told of results that are the person's own."""
    confirming = (
        _waits_for(actor)
        if actor.can(Permission.REPAIR_CONFIRM)
        else RepairApplication.state == RepairState.CONFIRMING.value
    )
    return DeskCounts(*(_count(actor, condition) for condition in (confirming, _late(on))))


def _count(actor: Actor, condition: ColumnElement[bool]) -> int:
    found = applications_in_scope(actor).where(condition).with_only_columns(func.count())
    return db.session.scalar(found) or 0


def matches(text: str) -> ColumnElement[bool]:
    """What the queue finds for a text: institution, document, authority, and the reference of the application."""
    institution = [
        Institution.name.contains(text, autoescape=True),
        Institution.short_name.contains(text, autoescape=True),
    ]
    if code := uscc.normalise(text):
        institution.append(Institution.uscc.contains(code, autoescape=True))
    record = [
        CreditRecord.document_number.contains(text, autoescape=True),
        CreditRecord.list_name.contains(text, autoescape=True),
        CreditRecord.authority.contains(text, autoescape=True),
    ]
    return or_(
        RepairApplication.institution.has(or_(*institution)),
        RepairApplication.record.has(or_(*record)),
        RepairApplication.reference.contains(text, autoescape=True),
        RepairApplication.document_number.contains(text, autoescape=True),
    )


def application_for(actor: Actor, application_id: int) -> RepairApplication:
    """One application of the actor's region, or 404."""
    found = db.session.scalar(applications_in_scope(actor).where(RepairApplication.id == application_id))
    if found is None:
        abort(404)
    return found


def record_for(actor: Actor, record_id: int) -> CreditRecord:
    """One record of an institution of the actor's region, or 404."""
    found = db.session.scalar(
        select(CreditRecord)
        .join(CreditRecord.institution)
        .where(CreditRecord.id == record_id, actor.region_filter(Institution.region_code))
    )
    if found is None:
        abort(404)
    return found


def institution_in_scope(actor: Actor, typed: str) -> Institution | None:
    """The institution of a code or exact name within the actor's region."""
    code = uscc.normalise(typed[: 4 * uscc.LENGTH])
    return db.session.scalar(
        select(Institution).where(
            or_(Institution.uscc == code, Institution.name == typed),
            actor.region_filter(Institution.region_code),
        )
    )


def records_of(institution: Institution) -> Sequence[CreditRecord]:
    """All records of an institution, what can still be repaired first, then the newest; the caller checked the scope."""
    rows = db.session.scalars(
        select(CreditRecord)
        .where(CreditRecord.institution_id == institution.id)
        .order_by(CreditRecord.decided_on.desc(), CreditRecord.id.desc())
    ).all()
    return sorted(rows, key=lambda row: not is_repairable(row))


def own_records(actor: Actor) -> Sequence[CreditRecord]:
    """The records of the institution for which the person acts, public or not."""
    if actor.uscc is None or not actor.acts_for(actor.uscc):
        return []
    institution = db.session.scalar(select(Institution).where(Institution.uscc == actor.uscc))
    return records_of(institution) if institution is not None else []


def own_record(actor: Actor, record_id: int) -> CreditRecord:
    """One record of the institution for which the person acts, or 404."""
    found = next((record for record in own_records(actor) if record.id == record_id), None)
    if found is None:
        abort(404)
    return found


def applications_of(record: CreditRecord) -> Sequence[RepairApplication]:
    """What was applied for a record, the newest first; the caller has checked that the reader may see the record."""
    return db.session.scalars(
        select(RepairApplication)
        .where(RepairApplication.record_id == record.id)
        .order_by(RepairApplication.id.desc())
    ).all()


def running_of(record: CreditRecord) -> RepairApplication | None:
    """The application for a record that still runs; there is one at most."""
    return next((each for each in applications_of(record) if each.state in RUNNING_STATES), None)


def guides(records: Sequence[CreditRecord], *, on: date) -> Mapping[int, Guidance]:
    """The guidance of each of some records, by the number of the record."""
    made: defaultdict[int, list[RepairApplication]] = defaultdict(list)
    for row in db.session.scalars(
        select(RepairApplication).where(RepairApplication.record_id.in_([record.id for record in records]))
    ):
        made[row.record_id].append(row)
    commitments = in_force_of(
        {record.institution_id for record in records if record.institution_id is not None}, on=on
    )
    found = {}
    for record in records:
        commitment = commitments.get(record.institution_id or 0)
        promised = (
            PublicCommitment(commitment.number, commitment.published_on)
            if commitment is not None and commitment.number and commitment.published_on
            else None
        )
        found[record.id] = guide(record, applications=made[record.id], commitment=promised, on=on)
    return found


def guidance_of(record: CreditRecord, *, on: date) -> Guidance:
    """The guidance of one record."""
    return guides([record], on=on)[record.id]


def general_periods(*, on: date) -> list[PeriodWords]:
    """The periods in which the authority answers, by the rules in force."""
    return [words for rule in (Rule.REPAIR_REPLY, Rule.REPAIR_DECISION) for words in _period(rule, on)]


def periods_of(record: CreditRecord, *, on: date) -> list[PeriodWords]:
    """The periods by which the days of a record were counted, and those in which the authority answers."""
    found = []
    if record.degree and record.rules_from:
        for name in (f"publication_minimum_{record.degree}", f"publication_maximum_{record.degree}"):
            found += _period(name, record.rules_from)
    return [*found, *general_periods(on=on)]


def _period(name: str, on: date) -> list[PeriodWords]:
    try:
        rule = rule_for(name, on)
    except UnknownRule:
        return []
    amount = f"自{rule.starts_with}起 {rule.amount} {Unit(rule.unit).label}"
    if not rule.amount:
        amount = "没有最短公示期，履行义务后即可申请"
    text = f"{amount}（{rule.valid_from} 起施行的规则）"
    return [PeriodWords(rule.title, text, rule.source, rule.confirmed)]


def due_dates(applications: Sequence[RepairApplication], *, on: date) -> Mapping[int, RunningDeadline]:
    """The period of the authority that runs for each of some applications, by the number of the row."""
    return running_deadlines(KIND, [application.id for application in applications], on=on)


def due_of(application: RepairApplication, *, on: date) -> RunningDeadline | None:
    """The period of the authority that runs for one application."""
    return due_dates([application], on=on).get(application.id)


def file_of(application: RepairApplication, file_id: int) -> RepairFile:
    """One file of an application that the reader may see, or 404."""
    found = next((each for each in application.files if each.file_id == file_id), None)
    if found is None:
        abort(404)
    return found


def own_file(record: CreditRecord, file_id: int) -> RepairFile:
    """One of the two documents of an own application for a record, or 404."""
    files = (each for application in applications_of(record) for each in application.files)
    found = next((each for each in files if each.file_id == file_id and each.paper in OWN_PAPERS), None)
    if found is None:
        abort(404)
    return found


def steps_told(application: RepairApplication) -> list[Step]:
    """What was done, for the institution; offices, no names."""
    rows = db.session.scalars(
        select(AuditEvent)
        .where(
            AuditEvent.subject_kind == KIND,
            AuditEvent.subject_id == str(application.id),
            AuditEvent.action.in_(_TOLD_DEEDS),
        )
        .order_by(AuditEvent.id)
    )
    labels = {move.name: move.label for move in REPAIR.moves} | {"apply": "登记申请"}
    return [
        Step(row.at, labels[row.action.rpartition(".")[2]], str(row.detail.get("reason", ""))) for row in rows
    ]
