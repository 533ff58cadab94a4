"""What the clock does with records: those whose period is over leave, and new rules are counted anew for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import selectinload

from credit_register.access.actor import OPERATOR
from credit_register.access.roles import Permission, Role
from credit_register.accounts.models import Account
from credit_register.core.clock import local_date
from credit_register.core.database import db, let_others_write, reading
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.core.office_settings.queries import region_chain
from credit_register.credit_records.models import CreditRecord, RecordState, RuleCount
from credit_register.credit_records.period import RuleBook, rule_book
from credit_register.credit_records.publication import public_facts, region_of, settle_all
from credit_register.notices.services import tell

BATCH = 200  # records settled in one transaction, which on SQLite others wait for: a tenth of a second
LIST = "/staff/records?state=lapsed"
_RUNNING = (RecordState.PUBLISHED.value, RecordState.WITHHELD.value)


def settle_records(moment: datetime) -> int:
    """Let go what is over, and count all running records anew after a change of the rules; gives how many changed.

    Twice for the same moment changes nothing more. Commits after each BATCH.
    """
    today = local_date(moment)
    with reading():
        digest = rule_book(today).digest
        counted = db.session.scalar(select(RuleCount.digest).order_by(RuleCount.id.desc()).limit(1))
        ids = _running() if counted != digest else _over(today)
    changed, lapsed = 0, Counter[str]()
    for first in range(0, len(ids), BATCH):
        if first:
            let_others_write()
        changed += _settle(ids[first : first + BATCH], moment, lapsed)
    if counted != digest:
        db.session.add(RuleCount(counted_at=moment, digest=digest, records=changed))
    _tell(lapsed, moment)
    db.session.commit()
    return changed


def _over(today: date) -> Sequence[int]:
    """The running records that are past their last day and not kept by a sector's rule."""
    return db.session.scalars(
        select(CreditRecord.id)
        .where(CreditRecord.state.in_(_RUNNING), CreditRecord.latest_on < today, CreditRecord.kept_by == "")
        .order_by(CreditRecord.id)
    ).all()


def _running() -> Sequence[int]:
    return db.session.scalars(
        select(CreditRecord.id)
        .where(and_(CreditRecord.state.in_(_RUNNING), CreditRecord.degree.is_not(None)))
        .order_by(CreditRecord.id)
    ).all()


def _settle(ids: Sequence[int], moment: datetime, lapsed: Counter[str]) -> int:
    book = rule_book(local_date(moment))
    rows = db.session.scalars(
        select(CreditRecord)
        .where(CreditRecord.id.in_(ids))
        .order_by(CreditRecord.id)
        .options(selectinload(CreditRecord.institution))
    ).all()
    try:
        found, gone = _settle_rows(rows, book, moment)
        db.session.commit()
    except (MoveNotAllowed, StaleVersion):
        # An officer or an import was at one of them in this moment: then one by one, that one in the next minute.
        db.session.rollback()
        found, gone = 0, Counter[str]()
        for record_id in ids:
            one, over = _settle_alone(record_id, moment)
            found, gone = found + one, gone + over
    lapsed.update(gone)
    return found


def _settle_alone(record_id: int, moment: datetime) -> tuple[int, Counter[str]]:
    record = db.session.get_one(CreditRecord, record_id, populate_existing=True)
    try:
        done = _settle_rows([record], rule_book(local_date(moment)), moment)
        db.session.commit()
    except (MoveNotAllowed, StaleVersion):
        db.session.rollback()
        return 0, Counter()
    return done


def _settle_rows(rows: Sequence[CreditRecord], book: RuleBook, moment: datetime) -> tuple[int, Counter[str]]:
    before = {record.id: public_facts(record) for record in rows}
    changed = settle_all(rows, actor=OPERATOR, now=moment, before=before, book=book)
    lapsed = Counter(region_of(record) for record in rows if record.state == RecordState.LAPSED)
    return len(changed), lapsed


def _tell(lapsed: Mapping[str, int], moment: datetime) -> None:
    """Tell the nearest office of each region how many records ended although nobody mended them."""
    if not lapsed:
        return
    roles = [role.value for role in Role if Permission.RECORD_CONFIRM in role.permissions]
    people: dict[str, list[int]] = {}
    for account_id, region in db.session.execute(
        select(Account.id, Account.region_code).where(Account.role.in_(roles), Account.active.is_(True))
    ):
        people.setdefault(region or "", []).append(account_id)
    numbers: Counter[str] = Counter()
    for region, count in lapsed.items():
        office = next((code for code in region_chain(region) if code in people), None)
        if office is not None:
            numbers[office] += count
    for office, count in numbers.items():
        tell(
            people[office],
            title=f"{count} 条信用记录公示期满，尚未纠正",
            text="已自动停止公示，转入“期满未纠正”。请核对是否已纠正、履行，未纠正的按行业规定办理。",
            path=LIST,
            now=moment,
        )
