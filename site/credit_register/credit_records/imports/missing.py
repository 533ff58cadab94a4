"""What a full list no longer has: proposed for removal, never removed by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from credit_register.core import regions
from credit_register.core.database import db
from credit_register.credit_records.imports.line import Line, folded
from credit_register.credit_records.imports.reading import Read
from credit_register.credit_records.lifecycle import CREDIT_RECORD, TAKEN_DOWN_STATES, UNMENDED_STATES
from credit_register.credit_records.models import (
    UNDONE_BATCHES,
    BatchKind,
    CreditRecord,
    RecordBatch,
    RecordKind,
    RecordRow,
    RowVerdict,
)


@dataclass
class SeenLists:
    """Which lists and senders a file speaks for, and which of the records it has."""

    list_names: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    authorities: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    records: set[int] = field(default_factory=set)
    taken_down: set[int] = field(default_factory=set)

    def note(self, line: Line, meant: Iterable[CreditRecord]) -> None:
        """Remember a row."""
        self.kinds.add(line.kind)
        self.authorities.add(line.content["authority"])
        if source := line.content.get("source"):
            self.sources.add(source)
        if name := line.content.get("list_name"):
            self.list_names.add(name)
        self.records.update(record.id for record in meant)

    def note_taken_down(self, line: Line, meant: Iterable[CreditRecord]) -> None:
        """Remember the records of a row that was taken, where the list still has what is off it here."""
        if not line.content.get("removed_on"):
            self.taken_down.update(record.id for record in meant if record.state in TAKEN_DOWN_STATES)


def missing_records(kind: BatchKind, seen: SeenLists, read: Read, *, region: str) -> list[CreditRecord]:
    """The records of the same list or sender, within the office's region, that the file lacks and none waits to remove.

    A row that could not be taken speaks for the records of its institution: they are not missing.
    """
    query = (
        select(CreditRecord)
        .where(
            _of_the_sender(kind, seen),
            CreditRecord.state.in_([state.value for state in UNMENDED_STATES]),
            regions.within(CreditRecord.region_code, region),
            CreditRecord.id.not_in(
                select(CreditRecord.id)
                .join(
                    RecordRow,
                    (RecordRow.key == CreditRecord.key) & (RecordRow.kind == CreditRecord.kind),
                )
                .join(RecordBatch, RecordBatch.id == RecordRow.batch_id)
                .where(
                    RecordRow.verdict == RowVerdict.REMOVAL.value,
                    RecordBatch.state.in_(UNDONE_BATCHES),
                    RecordRow.outcome.is_(None),
                )
            ),
        )
        .order_by(CreditRecord.id)
    )
    return [
        record
        for record in db.session.scalars(query)
        if record.id not in seen.records
        and record.uscc not in read.refused_codes
        and folded(record.name) not in read.refused_names
    ]


def _of_the_sender(kind: BatchKind, seen: SeenLists) -> ColumnElement[bool]:
    match kind:
        case BatchKind.SEVERE_LIST:
            return (CreditRecord.kind == RecordKind.SEVERE.value) & CreditRecord.list_name.in_(
                seen.list_names
            )
        case BatchKind.PENALTIES:
            return (CreditRecord.kind == RecordKind.PENALTY.value) & or_(
                CreditRecord.source.in_(seen.sources),
                (CreditRecord.source == "") & CreditRecord.authority.in_(seen.authorities),
            )
        case _:
            return CreditRecord.kind.in_(seen.kinds) & CreditRecord.authority.in_(seen.authorities)


def removal_row(record: CreditRecord, *, number: int) -> dict[str, Any]:
    """The proposal as columns of RecordRow; its number is negative, for it stands in no row of the file."""
    return {
        "row_number": number,
        "verdict": RowVerdict.REMOVAL.value,
        "kind": record.kind,
        "key": record.key,
        "uscc": record.uscc,
        "name": record.name,
        "known": record.institution_id is not None,
        "content": {
            "list_name": record.list_name,
            "document_number": record.document_number,
            "authority": record.authority,
            "decided_on": record.decided_on.isoformat(),
        },
        "digest": "0" * 64,
        "changes": f"状态：{CREDIT_RECORD.label(record.state)} → 已移出名单",
    }
