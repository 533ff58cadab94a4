"""What the pages of batches ask: the batches of a region, the rows of one, and records that no institution has yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import joinedload

from credit_register.access.actor import Actor
from credit_register.core.database import db
from credit_register.credit_records.imports.judging import LABELS, read_value, same_document, shown
from credit_register.credit_records.imports.register import institutions_of, line_of, records_of
from credit_register.credit_records.imports.waiting import WAITING, why_waiting
from credit_register.credit_records.models import (
    UNDONE_BATCHES,
    BatchState,
    CreditRecord,
    RecordBatch,
    RecordRow,
    RowVerdict,
)
from credit_register.credit_records.publication import region_of
from credit_register.institutions.models import Institution

PER_PAGE = 40
UNMATCHED = "unmatched"  # of the rows: those whose institution the register does not have

_MORE_LABELS = {"repaired_on": "修复日期", "repair_document": "修复文号", "office": "修复决定单位"}


@dataclass(frozen=True)
class BatchFilter:
    """What narrows the list; an empty part does not narrow."""

    state: str = ""
    kind: str = ""


def batches(actor: Actor, wanted: BatchFilter, *, page: int) -> Pagination:
    """The batches of the actor's region: those that are not done first, then the newest."""
    query = _scoped(actor)
    if wanted.state:
        query = query.where(RecordBatch.state == wanted.state)
    if wanted.kind:
        query = query.where(RecordBatch.kind == wanted.kind)
    query = query.order_by(RecordBatch.state.in_(UNDONE_BATCHES).desc(), RecordBatch.id.desc())
    return db.paginate(query, page=page, per_page=PER_PAGE, error_out=False)


def batch_for(actor: Actor, batch_id: int) -> RecordBatch:
    """One batch of the actor's region, or 404."""
    found = db.session.scalar(_scoped(actor).where(RecordBatch.id == batch_id))
    return found if found is not None else abort(404)


def waiting_count(actor: Actor) -> int:
    """How many batches wait for this person's decision: not those that he brought himself."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(RecordBatch)
            .where(
                actor.region_filter(RecordBatch.region_code),
                RecordBatch.state == BatchState.RECEIVED.value,
                or_(
                    RecordBatch.received_by_id.is_(None),
                    RecordBatch.received_by_id != actor.account_id,
                ),
            )
        )
        or 0
    )


def row_counts(actor: Actor, batch: RecordBatch) -> dict[str, int]:
    """How many rows of a batch there are of each verdict, and how many whose institution nobody knows."""
    batch_for(actor, batch.id)
    query = (
        select(RecordRow.verdict, RecordRow.known, func.count())
        .where(RecordRow.batch_id == batch.id)
        .group_by(RecordRow.verdict, RecordRow.known)
    )
    found = dict.fromkeys([*(verdict.value for verdict in RowVerdict), UNMATCHED], 0)
    for verdict, known, count in db.session.execute(query):
        found[verdict] += count
        if not known and verdict != RowVerdict.UNKNOWN:
            found[UNMATCHED] += count
    return found


@dataclass(frozen=True)
class ShownRow:
    """A row as a person reads it: what it says, and what confirming it changes."""

    row: RecordRow
    facts: list[tuple[str, str]]
    changes: list[str]
    degree_derived: bool

    @property
    def brief(self) -> str:
        """What weighs most, to be seen without unfolding: degree, kinds of penalty, end of the listing."""
        content = self.row.content
        parts = [
            shown("degree", content["degree"]) if content.get("degree") else "",
            content.get("penalty_kinds") or "",
            f"罚款 {content['fine']} 万元" if content.get("fine") else "",
            f"{content['removed_on']} 移出或终结" if content.get("removed_on") else "",
            content.get("repair_document") or "",
        ]
        return "，".join(part for part in parts if part)

    @property
    def document(self) -> str:
        """The number of its document."""
        return str(self.row.content.get("document_number") or "")

    @property
    def authority(self) -> str:
        """Who decided."""
        return str(self.row.content.get("authority") or self.row.content.get("office") or "")

    @property
    def day(self) -> str:
        """The day of the decision."""
        return str(self.row.content.get("decided_on") or self.row.content.get("repaired_on") or "")


def rows(actor: Actor, batch: RecordBatch, which: str, *, page: int) -> Pagination:
    """The rows of one verdict, or those whose institution nobody knows, in the order of the file."""
    batch_for(actor, batch.id)
    query = select(RecordRow).where(RecordRow.batch_id == batch.id, _chosen(which))
    return db.paginate(
        query.order_by(func.abs(RecordRow.row_number)), page=page, per_page=PER_PAGE, error_out=False
    )


def _chosen(which: str) -> ColumnElement[bool]:
    if which == UNMATCHED:
        return RecordRow.known.is_(False) & (RecordRow.verdict != RowVerdict.UNKNOWN.value)
    return RecordRow.verdict == which if which in list(RowVerdict) else false()


def in_words(row: RecordRow) -> ShownRow:
    """A row with its columns named."""
    facts = [
        (label, _text(attribute, row.content.get(attribute)))
        for attribute, label in {**LABELS, **_MORE_LABELS}.items()
    ]
    return ShownRow(
        row,
        [(label, value) for label, value in facts if value],
        [line for line in row.changes.split("\n") if line],
        bool(row.content.get("degree_derived")),
    )


def _text(attribute: str, value: Any) -> str:
    return shown(attribute, read_value(attribute, value)) if value not in (None, "") else ""


def unmatched(actor: Actor, *, page: int) -> Pagination:
    """Records without an institution that the actor's region received, the newest first."""
    query = select(CreditRecord).where(
        CreditRecord.institution_id.is_(None), actor.region_filter(CreditRecord.region_code)
    )
    return db.paginate(query.order_by(CreditRecord.id.desc()), page=page, per_page=PER_PAGE, error_out=False)


@dataclass(frozen=True)
class WaitingRepair:
    """A confirmed repair that has had no effect yet; `near` is a record of the same number that it does not fit.

    `name` is empty where the register does not have the institution.
    """

    name: str
    shown: ShownRow
    batch: RecordBatch
    near: CreditRecord | None
    why: str


def waiting_repairs(actor: Actor, *, page: int) -> tuple[Pagination, list[WaitingRepair]]:
    """The repairs of the actor's region that wait for their record, those that have waited longest first."""
    query = _waiting_repairs(actor).options(joinedload(RecordRow.batch)).order_by(RecordRow.id)
    found = db.paginate(query, page=page, per_page=PER_PAGE, error_out=False)
    lines = [line_of(row) for row in found.items]
    records, institutions = records_of(lines), institutions_of(lines)
    waiting = []
    for row, line in zip(found.items, lines, strict=True):
        mine = [each for each in records.get(line.uscc, ()) if actor.sees_region(region_of(each))]
        near = next(iter(same_document(line, mine)), None)
        known = institutions.get(line.uscc)
        why = why_waiting(row.batch, line, mine, known)
        waiting.append(WaitingRepair(known.name if known else "", in_words(row), row.batch, near, why))
    return found, waiting


def waiting_repairs_count(actor: Actor) -> int:
    """How many repairs of the actor's region wait for their record."""
    return db.session.scalar(select(func.count()).select_from(_waiting_repairs(actor).subquery())) or 0


def _waiting_repairs(actor: Actor) -> Select[RecordRow]:
    return (
        select(RecordRow).join(RecordRow.batch).where(WAITING, actor.region_filter(RecordBatch.region_code))
    )


def registered_elsewhere(records: list[CreditRecord]) -> dict[str, str]:
    """Of records without an institution: the region of the one that has appeared outside the office's own, by code."""
    codes = {record.uscc for record in records}
    query = select(Institution.uscc, Institution.region_code).where(Institution.uscc.in_(codes))
    return {row.uscc: row.region_code for row in db.session.execute(query)}


def _scoped(actor: Actor) -> Select[RecordBatch]:
    return select(RecordBatch).where(actor.region_filter(RecordBatch.region_code))
