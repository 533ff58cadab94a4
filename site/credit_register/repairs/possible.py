"""Who could repair and has not: records for which the day has come and nobody has applied; and the reminder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import contains_eager

from credit_register.access.actor import Actor
from credit_register.accounts.models import Account
from credit_register.audit import services as audit
from credit_register.audit.models import AuditEvent
from credit_register.commitments.models import Commitment
from credit_register.commitments.models import State as CommitmentState
from credit_register.core import regions, uscc
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.credit_records.lifecycle import KIND as RECORD
from credit_register.credit_records.lifecycle import repairable
from credit_register.credit_records.models import CreditRecord
from credit_register.institutions.models import Institution
from credit_register.notices.services import tell_institution
from credit_register.repairs.lifecycle import KIND, RUNNING_STATES
from credit_register.repairs.models import RepairApplication

PER_PAGE = 40
READY, LACKING = "ready", "lacking"
REMINDED = f"{KIND}.remind"
REMIND_AFTER = timedelta(days=30)  # 系统设计值：提醒不是催促，同一条记录一个月至多一次
MOST_AT_ONCE = 100


@dataclass(frozen=True)
class PossibleFilter:
    """How the list is narrowed; `lacking` is READY, LACKING or empty for both."""

    text: str = ""
    region: str = ""
    lacking: str = ""


@dataclass(frozen=True)
class Reminded:
    """What became of a reminder: records told of, those told of within the month, those of whom nobody has an account.

    `gone` are records that can no longer be applied for: somebody was faster.
    """

    told: int = 0
    lately: int = 0
    nobody: int = 0
    gone: int = 0


def possible(actor: Actor, wanted: PossibleFilter, *, page: int, on: date) -> Pagination:
    """The records of the actor's region that can be applied for today and for which no application runs."""
    query = _ordered(_in_scope(actor, on).where(*_conditions(wanted, on)))
    return db.paginate(query, page=page, per_page=PER_PAGE, error_out=False)


def all_possible(actor: Actor, wanted: PossibleFilter, *, on: date) -> Iterable[CreditRecord]:
    """The same without pages, for the sheet."""
    return db.session.scalars(_ordered(_in_scope(actor, on).where(*_conditions(wanted, on))))


def _in_scope(actor: Actor, on: date) -> Select[CreditRecord]:
    return (
        select(CreditRecord)
        .join(CreditRecord.institution)
        .where(actor.region_filter(Institution.region_code), _can_be_applied_for(on))
    )


def _ordered(query: Select[CreditRecord]) -> Select[CreditRecord]:
    return query.order_by(
        Institution.region_code, Institution.name, CreditRecord.earliest_on, CreditRecord.id
    ).options(contains_eager(CreditRecord.institution))


def _can_be_applied_for(on: date) -> ColumnElement[bool]:
    running = exists().where(
        RepairApplication.record_id == CreditRecord.id,
        RepairApplication.state.in_([state.value for state in RUNNING_STATES]),
    )
    return and_(
        repairable(),
        CreditRecord.earliest_on <= on,
        ~running,
    )


def _ready(on: date) -> ColumnElement[bool]:
    """Obligations are met and a commitment that was made after the decision is public."""
    promised = exists().where(
        Commitment.institution_id == CreditRecord.institution_id,
        Commitment.state == CommitmentState.PUBLISHED.value,
        Commitment.valid_until >= on,
        Commitment.published_on >= CreditRecord.decided_on,
    )
    return and_(CreditRecord.met_on.is_not(None), promised)


def _conditions(wanted: PossibleFilter, on: date) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.lacking:
        conditions.append(_ready(on) if wanted.lacking == READY else ~_ready(on))
    if wanted.region:
        conditions.append(regions.within(Institution.region_code, wanted.region))
    if wanted.text:
        either = [
            Institution.name.contains(wanted.text, autoescape=True),
            CreditRecord.document_number.contains(wanted.text, autoescape=True),
            CreditRecord.list_name.contains(wanted.text, autoescape=True),
            CreditRecord.authority.contains(wanted.text, autoescape=True),
        ]
        if code := uscc.normalise(wanted.text):
            either.append(Institution.uscc.contains(code, autoescape=True))
        conditions.append(or_(*either))
    return conditions


def counts(actor: Actor, *, on: date) -> Mapping[str, int]:
    """How many records of the region are ready, and how many lack something."""
    base = _in_scope(actor, on).with_only_columns(func.count())
    return {
        READY: db.session.scalar(base.where(_ready(on))) or 0,
        LACKING: db.session.scalar(base.where(~_ready(on))) or 0,
    }


def by_region(actor: Actor, wanted: PossibleFilter, *, on: date) -> list[tuple[str, int]]:
    """The records of each region of the level below the office, by its code; those of the office itself under its own."""
    scope = wanted.region or actor.region or regions.NATION
    # The nation's offices count by province, a province's by city, a city's by county.
    digits = min(len(regions.scope_prefix(scope)) + 2, 6)
    rows = db.session.execute(
        _in_scope(actor, on)
        .where(*_conditions(wanted, on))
        .with_only_columns(Institution.region_code, func.count())
        .group_by(Institution.region_code)
    )
    found: Counter[str] = Counter()
    for code, count in rows:
        found[str(code)[:digits].ljust(6, "0")] += count
    return sorted(found.items())


def last_reminders(records: Sequence[CreditRecord]) -> Mapping[int, datetime]:
    """When each of some records was last reminded of, by its number."""
    rows = db.session.execute(
        select(AuditEvent.subject_id, func.max(AuditEvent.at))
        .where(
            AuditEvent.subject_kind == RECORD,
            AuditEvent.subject_id.in_([str(record.id) for record in records]),
            AuditEvent.action == REMINDED,
        )
        .group_by(AuditEvent.subject_id)
    )
    return {int(number): at for number, at in rows}


def remind(record_ids: Collection[int], *, actor: Actor, now: datetime) -> Reminded:
    """Tell the people of the institutions that these records can be applied for; each record once in 30 days.

    Records outside the actor's region are as unknown ones. One message for each institution. Commits after each.
    """
    today, total = local_date(now), Reminded()
    found = db.session.execute(
        select(CreditRecord.institution_id, CreditRecord.id)
        .join(CreditRecord.institution)
        .where(CreditRecord.id.in_(sorted(record_ids)), actor.region_filter(Institution.region_code))
        .order_by(CreditRecord.institution_id, CreditRecord.id)
    ).all()
    for institution_id in dict.fromkeys(row.institution_id for row in found):
        numbers = [row.id for row in found if row.institution_id == institution_id]
        done = _remind_one(institution_id, numbers, today, actor=actor, now=now)
        total = Reminded(*(a + b for a, b in zip(_counts(total), _counts(done), strict=True)))
    return total


def _counts(reminded: Reminded) -> tuple[int, int, int, int]:
    return reminded.told, reminded.lately, reminded.nobody, reminded.gone


def _remind_one(
    institution_id: int, numbers: Sequence[int], today: date, *, actor: Actor, now: datetime
) -> Reminded:
    # Held, so that of two officers the second sees whom the first has told.
    institution = db.session.scalars(
        select(Institution).where(Institution.id == institution_id).with_for_update()
    ).one()
    records = db.session.scalars(
        select(CreditRecord).where(CreditRecord.id.in_(numbers), _can_be_applied_for(today))
    ).all()
    last = last_reminders(records)
    fresh = [record for record in records if record.id not in last or last[record.id] <= now - REMIND_AFTER]
    gone, lately = len(numbers) - len(records), len(records) - len(fresh)
    if fresh and not _somebody_there(institution.uscc):
        db.session.rollback()
        return Reminded(lately=lately, nobody=len(fresh), gone=gone)
    for record in fresh:
        audit.record(
            REMINDED,
            actor=actor,
            at=now,
            subject_kind=RECORD,
            subject_id=record.id,
            region=institution.region_code,
        )
    if fresh:
        tell_institution(
            institution.uscc,
            title=f"{len(fresh)} 条信用记录已到可以申请修复的日期",
            text="请查看所缺的条件和两项材料。信用修复不收费，由认定单位决定。",
            path="/workspace/repairs",
            now=now,
        )
    db.session.commit()
    return Reminded(told=len(fresh), lately=lately, gone=gone)


def _somebody_there(code: str) -> bool:
    return bool(
        db.session.scalar(
            select(
                exists().where(Account.uscc == code, Account.active.is_(True), Account.confirmed.is_(True))
            )
        )
    )
