"""Confirmed repairs whose record had not come yet: they wait, and take effect when it comes, without being sent again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, select

from credit_register.access.actor import OPERATOR
from credit_register.audit import services as audit
from credit_register.core import regions
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.credit_records.imports.judging import judge_repair, meant_by, same_document
from credit_register.credit_records.imports.line import Line
from credit_register.credit_records.imports.register import (
    in_chunks,
    institutions_of,
    line_of,
    records_of,
)
from credit_register.credit_records.lifecycle import BATCH_KIND, CREDIT_RECORD
from credit_register.credit_records.models import (
    CreditRecord,
    RecordBatch,
    RecordRow,
    RowOutcome,
    RowVerdict,
)
from credit_register.credit_records.publication import take_off
from credit_register.institutions.models import Institution

# Of a repair that somebody confirmed: that it has found no record, or more than one.
WAITING_OUTCOMES = (RowOutcome.UNKNOWN, RowOutcome.AMBIGUOUS)
WAITING: ColumnElement[bool] = RecordRow.outcome.in_([outcome.value for outcome in WAITING_OUTCOMES])


def repair_reason(line: Line) -> str:
    """What the history keeps of a repair: who decided it, when, by which document."""
    said = line.content
    document = f"（{said['repair_document']}）" if said["repair_document"] else ""
    return f"{said['office']}于 {said['repaired_on']} 决定信用修复{document}"


def awaited_codes(lines: Iterable[Line]) -> set[str]:
    """The codes of some rows for which repairs wait."""
    codes = {line.uscc for line in lines}
    return set(
        db.session.scalars(select(RecordRow.uscc).where(WAITING, RecordRow.uscc.in_(codes)).distinct())
    )


def place_repairs(codes: Collection[str], *, now: datetime) -> int:
    """Let the repairs that wait for records of these codes take effect; gives how many altered a record.

    Of each a second person has confirmed its batch, so that nobody is asked again. The caller has flushed the records,
    holds all of them (`hold_the_records`), and commits.
    """
    placed: dict[int, list[int]] = {}
    altered = 0
    for chunk in in_chunks(sorted(codes)):
        rows = db.session.scalars(
            select(RecordRow)
            .join(RecordRow.batch)
            .where(WAITING, RecordRow.uscc.in_(chunk))
            .order_by(RecordRow.id)
        ).all()
        lines = [line_of(row) for row in rows]
        institutions, records = institutions_of(lines), records_of(lines, hold=True)
        for row, line in zip(rows, lines, strict=True):
            meant = meant_by(line, records.get(line.uscc, ()))
            if len(meant) == 1 and speaks_for(row.batch, institutions.get(line.uscc), meant[0]):
                altered += _place(row, line, meant[0], now)
                placed.setdefault(row.batch_id, []).append(row.row_number)
    for batch_id, numbers in placed.items():
        _record(db.session.get_one(RecordBatch, batch_id), numbers, now)
    return altered


def speaks_for(batch: RecordBatch, known: Institution | None, record: CreditRecord) -> bool:
    """Whether the office of a batch may repair a record: of its own region's institution, or received in its region."""
    place = known.region_code if known is not None else record.region_code
    return regions.covers(batch.region_code, place)


def why_waiting(
    batch: RecordBatch, line: Line, mine: Sequence[CreditRecord], known: Institution | None
) -> str:
    """Why a repair has found no record among those of its institution, and what to do about it."""
    near, meant = same_document(line, mine), meant_by(line, mine)
    if not near:
        return "还没有收到这一文号的失信记录，收到并确认后自动生效"
    if len(meant) > 1:
        return "有多条记录是同一文号，请填写处罚机关代码后重新接收"
    if meant and not speaks_for(batch, known, meant[0]):
        return "这条记录的机构不在报送单位的辖区，须由当地或者上级主管单位接收"
    if all(record.decided_on > date.fromisoformat(line.content["repaired_on"]) for record in near):
        return "同一文号的记录在修复日期以后才认定，不适用；修复日期有误的，请改正后重新接收"
    return "同一文号的记录是另一个机关认定的；处罚机关代码有误的，请改正后重新接收"


def _place(row: RecordRow, line: Line, record: CreditRecord, now: datetime) -> bool:
    """The repair is done with, also where its record is off the public already: it must not come back to it later."""
    judged = judge_repair(line, [record])
    row.verdict, row.outcome = RowVerdict.CHANGED.value, RowOutcome.PLACED.value
    row.changes = judged.words or f"记录收到时已是“{CREDIT_RECORD.label(record.state)}”，没有变化"
    if judged.verdict is None:
        return False
    batch, reason = row.batch, repair_reason(line)
    assert batch.decided_at is not None  # the table demands it of a confirmed batch
    take_off(
        record,
        "repair",
        reason=(
            f"{reason}；修复信息先于本条记录收到，在第 {batch.id} 号批次第 {row.row_number} 行，"
            f"已于 {local_date(batch.decided_at)} 复核确认"
        ),
        actor=OPERATOR,
        now=now,
        values={
            "left_reason": reason[:400],
            "batch_id": max(record.batch_id, batch.id),
            "confirmed_at": now,
        },
        detail={"batch": batch.id, "decided_by": batch.decided_by_id},
    )
    return True


def _record(batch: RecordBatch, numbers: list[int], now: datetime) -> None:
    named = "、".join(str(number) for number in sorted(numbers)[:20])
    more = f" 等 {len(numbers)} 行" if len(numbers) > 20 else ""
    audit.record(
        f"{BATCH_KIND}.place",
        actor=OPERATOR,
        at=now,
        subject_kind=BATCH_KIND,
        subject_id=batch.id,
        region=batch.region_code,
        detail={"reason": f"第 {named} 行{more}：对应的失信记录已收到"},
    )
