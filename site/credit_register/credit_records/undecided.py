"""The rows of lists that changed nothing here: of those that wait for a decision, and of the last of a sender if refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, load_only

from credit_register.access.actor import Actor
from credit_register.core.database import db
from credit_register.credit_records.models import (
    BatchState,
    CreditRecord,
    RecordBatch,
    RecordKind,
    RecordRow,
    RecordState,
    RowVerdict,
)
from credit_register.credit_records.queries import REGION
from credit_register.institutions.models import Institution


def changing_rows(
    actor: Actor, states: tuple[RecordState, ...], *, most: int
) -> Iterator[tuple[CreditRecord, RecordRow, RecordBatch]]:
    """The rows that would change a record of the actor's region in one of some states; of each record the last."""
    query = (
        select(CreditRecord, RecordRow, RecordBatch)
        .outerjoin(CreditRecord.institution)
        .join(RecordRow, and_(RecordRow.uscc == CreditRecord.uscc, RecordRow.kind == CreditRecord.kind))
        .join(RecordRow.batch)
        .where(
            actor.region_filter(REGION),
            CreditRecord.state.in_([state.value for state in states]),
            RecordRow.verdict == RowVerdict.CHANGED.value,
            RecordRow.changes != "",
            _means(),
            RecordBatch.id > CreditRecord.batch_id,
            _undecided(),
        )
        .options(contains_eager(CreditRecord.institution))
    )
    seen: set[int] = set()
    for record, row, batch in _newest_first(query, most):
        if record.id not in seen:
            seen.add(record.id)
            yield record, row, batch


def new_rows(actor: Actor, *, most: int) -> Iterator[tuple[RecordRow, RecordBatch, Institution | None]]:
    """The rows of which there is no record, of the actor's region: the institution's, else that of the office."""
    known = select(CreditRecord.id).where(
        CreditRecord.kind == RecordRow.kind, CreditRecord.uscc == RecordRow.uscc, _means()
    )
    query = (
        select(RecordRow, RecordBatch, Institution)
        .join(RecordRow.batch)
        .outerjoin(Institution, Institution.uscc == RecordRow.uscc)
        .where(
            actor.region_filter(func.coalesce(Institution.region_code, RecordBatch.region_code)),
            RecordRow.verdict == RowVerdict.NEW.value,
            _undecided(),
            ~known.correlate(RecordRow).exists(),
        )
    )
    seen: set[tuple[str, str]] = set()
    for row, batch, institution in _newest_first(query, most):
        if (row.kind, row.key) not in seen:
            seen.add((row.kind, row.key))
            yield row, batch, institution


def _newest_first(query: Select[*tuple[Any, ...]], most: int) -> Iterator[Row[*tuple[Any, ...]]]:
    ordered = query.order_by(RecordBatch.id.desc(), RecordRow.id).limit(most)
    columns = load_only(RecordBatch.kind, RecordBatch.state, RecordBatch.region_code, RecordBatch.received_at)
    yield from db.session.execute(ordered.options(columns))


def _means() -> ColumnElement[bool]:
    """Whether a row and a record of one institution and kind are the same, see `imports.judging.meant_by`."""
    said = RecordRow.content
    return or_(
        RecordRow.key == CreditRecord.key,
        and_(
            CreditRecord.kind == RecordKind.PENALTY.value,
            said["document_number"].as_string() == CreditRecord.document_number,
            said["authority"].as_string() == CreditRecord.authority,
            or_(
                CreditRecord.authority_code == "",
                func.coalesce(said["authority_code"].as_string(), "") == "",
            ),
        ),
    )


def _undecided() -> ColumnElement[bool]:
    """Whether a batch waits, or was refused and its office has brought none of its kind since."""
    later = aliased(RecordBatch)
    since = select(later.id).where(
        later.kind == RecordBatch.kind,
        later.region_code == RecordBatch.region_code,
        later.id > RecordBatch.id,
    )
    return or_(
        RecordBatch.state == BatchState.RECEIVED.value,
        and_(RecordBatch.state == BatchState.REFUSED.value, ~since.correlate(RecordBatch).exists()),
    )
