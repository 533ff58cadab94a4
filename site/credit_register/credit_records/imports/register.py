"""What the register holds about the institutions of a chunk of rows: looked up once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from sqlalchemy import select, text
from sqlalchemy.orm import lazyload, load_only

from credit_register.core.database import db
from credit_register.credit_records.imports.line import Line
from credit_register.credit_records.models import (
    UNDONE_BATCHES,
    BatchKind,
    CreditRecord,
    RecordBatch,
    RecordRow,
    RowOutcome,
    RowVerdict,
)
from credit_register.institutions.models import Institution

CHUNK = 500
# Any number will do, as long as nobody else takes it for another lock.
_ADVISORY_LOCK = 7_295_002
_PATIENCE = "20s"


Item = TypeVar("Item")


def in_chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The same things, so many at a time as one question to the database may name."""
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def hold_the_records() -> None:
    """Let one file at a time be received or confirmed; the lock goes with the transaction.

    On SQLite the transaction itself began with the write lock.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))
        db.session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ADVISORY_LOCK})


def line_of(row: RecordRow) -> Line:
    """The good row that a row of a batch keeps."""
    return Line(row.kind, row.key, row.uscc, row.name, row.content)


def institutions_of(lines: Iterable[Line]) -> dict[str, Institution]:
    """The institutions that some rows name, by code; of each only who it is and where, the rest loads when asked for."""
    codes = {line.uscc for line in lines}
    query = (
        select(Institution)
        .where(Institution.uscc.in_(codes))
        .options(load_only(Institution.uscc, Institution.region_code, Institution.name), lazyload("*"))
    )
    return {institution.uscc: institution for institution in db.session.scalars(query)}


def records_of(lines: Iterable[Line], *, hold: bool = False) -> dict[str, list[CreditRecord]]:
    """All records of the institutions that some rows name, by code; held until the transaction ends on wish."""
    codes = {line.uscc for line in lines}
    query = select(CreditRecord).where(CreditRecord.uscc.in_(codes)).order_by(CreditRecord.id)
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: dict[str, list[CreditRecord]] = {}
    for record in db.session.scalars(query):
        found.setdefault(record.uscc, []).append(record)
    return found


def waits_already(kind: BatchKind, region: str, sha256: str) -> bool:
    """Whether the same file waits for its confirmation as a full list."""
    query = select(RecordBatch.id).where(
        RecordBatch.kind == kind.value,
        RecordBatch.region_code == region,
        RecordBatch.sha256 == sha256,
        RecordBatch.full_list,
        RecordBatch.state.in_(UNDONE_BATCHES),
    )
    return db.session.scalar(query.limit(1)) is not None


@dataclass(frozen=True)
class LastRow:
    """What was brought last of a record: `waits` for its confirmation, or else was confirmed and found no record."""

    digest: str
    waits: bool


def last_rows(lines: Sequence[Line]) -> dict[tuple[str, str], LastRow]:
    """Of each row the one that waits for confirmation already, or that nobody could place when it was confirmed.

    Where several wait, the newest counts.
    """
    query = (
        select(RecordRow.kind, RecordRow.key, RecordRow.digest, RecordRow.outcome)
        .join(RecordRow.batch)
        .where(
            RecordRow.key.in_({line.key for line in lines}),
            RecordRow.verdict != RowVerdict.REMOVAL.value,
            (RecordBatch.state.in_(UNDONE_BATCHES) & RecordRow.outcome.is_(None))
            | (RecordRow.outcome == RowOutcome.UNKNOWN.value),
        )
        .order_by(RecordRow.id)
    )
    return {
        (kind, key): LastRow(digest, outcome is None)
        for kind, key, digest, outcome in db.session.execute(query)
    }
