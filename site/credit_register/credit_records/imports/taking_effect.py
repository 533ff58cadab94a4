"""What the rows of a confirmed batch do to the records, many of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from credit_register.access.actor import Actor
from credit_register.audit import services as audit
from credit_register.core import regions
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.credit_records.imports.judging import (
    Judged,
    judge,
    judge_repair,
    meant_by,
    values_of,
)
from credit_register.credit_records.imports.line import REPAIR, Line
from credit_register.credit_records.imports.register import institutions_of, records_of
from credit_register.credit_records.imports.waiting import (
    WAITING_OUTCOMES,
    awaited_codes,
    place_repairs,
    repair_reason,
    speaks_for,
)
from credit_register.credit_records.lifecycle import KIND, UNMENDED_STATES
from credit_register.credit_records.models import (
    PLACED,
    BatchKind,
    CreditRecord,
    RecordBatch,
    RecordKind,
    RecordRow,
    RecordState,
    RowOutcome,
    RowVerdict,
)
from credit_register.credit_records.period import period_of
from credit_register.credit_records.publication import (
    bring_back,
    public_facts,
    region_of,
    settle_all,
    take_off_all,
)
from credit_register.credit_records.queries import relisted_since
from credit_register.institutions.models import Institution

# Rows in one transaction, which on SQLite others wait for: a fifth of a second on a quiet machine.
CHUNK = 200


def apply_next_rows(batch: RecordBatch, *, actor: Actor, now: datetime) -> bool:
    """Let the next rows of a batch take effect, CHUNK at the most, and mark them so; gives whether more wait.

    Every row is judged again by what is registered now. The caller holds the records and commits.
    """
    rows = db.session.execute(
        select(
            RecordRow.id,
            RecordRow.verdict,
            RecordRow.kind,
            RecordRow.key,
            RecordRow.uscc,
            RecordRow.name,
            RecordRow.content,
        )
        .where(RecordRow.batch_id == batch.id, RecordRow.outcome.is_(None))
        .order_by(RecordRow.id)
        .limit(CHUNK + 1)
    ).all()
    found = _Rows(batch, actor, now).apply(rows[:CHUNK])
    for outcome, numbers in found.items():
        values = {"outcome": outcome.value}
        if (
            batch.kind == BatchKind.REPAIRS
        ):  # what found no record waits for it; what has found one waits no more
            waits = outcome in WAITING_OUTCOMES
            values["verdict"] = (RowVerdict.UNKNOWN if waits else RowVerdict.CHANGED).value
        db.session.execute(
            update(RecordRow).where(RecordRow.id.in_(numbers)).values(values),
            execution_options={"synchronize_session": False},
        )
    return len(rows) > CHUNK


class _Rows:
    """One pass over some rows of a batch.

    What they do is gathered and written together. A row that means a record which another one has touched already
    lets that be written first, so that the result is as if they came one by one.
    """

    def __init__(self, batch: RecordBatch, actor: Actor, now: datetime) -> None:
        self._batch = batch
        self._actor = actor
        self._now = now
        # When the second person confirmed them, also where they take effect later.
        self._whose = {"batch_id": batch.id, "confirmed_at": batch.decided_at}
        self._touched: set[CreditRecord] = set()
        self._created: list[CreditRecord] = []
        self._changed: list[tuple[CreditRecord, str]] = []  # with what changed, in words
        self._before: dict[int, dict[str, Any] | None] = {}  # public facts, by the number of the record
        self._settling: list[CreditRecord] = []
        self._relisted: list[CreditRecord] = []
        self._leaving: dict[str, list[tuple[CreditRecord, str]]] = {"remove": [], "repair": []}
        self._awaited: set[str] = set()  # the codes for which repairs wait

    def apply(self, rows: Sequence[Row[Any]]) -> dict[RowOutcome, list[int]]:
        """Bring the rows in; gives the numbers of those with each outcome."""
        lines = [Line(row.kind, row.key, row.uscc, row.name, row.content) for row in rows]
        institutions, records = institutions_of(lines), records_of(lines, hold=True)
        self._awaited = awaited_codes(lines)
        found: dict[RowOutcome, list[int]] = {}
        for row, line in zip(rows, lines, strict=True):
            known, mine = institutions.get(line.uscc), records.setdefault(line.uscc, [])
            if row.verdict == RowVerdict.REMOVAL:
                outcome = self._remove_missing(line, mine)
            elif known is not None and not regions.covers(self._batch.region_code, known.region_code):
                outcome = RowOutcome.ELSEWHERE
            else:
                outcome = self._apply(line, mine, known)
            found.setdefault(outcome, []).append(row.id)
        self._write()
        return found

    def _apply(self, line: Line, mine: list[CreditRecord], known: Institution | None) -> RowOutcome:
        meant = meant_by(line, mine)
        if line.kind == REPAIR and len(meant) > 1:
            return RowOutcome.AMBIGUOUS
        if not meant:
            if line.kind == REPAIR:
                return RowOutcome.UNKNOWN
            mine.append(self._create(line, known))
            return RowOutcome.CREATED
        record = meant[0]
        if line.kind == REPAIR and not speaks_for(self._batch, known, record):
            return (
                RowOutcome.UNKNOWN
            )  # it waits: the record came to another office after the file was received
        if self._is_superseded(line, record):
            return RowOutcome.SUPERSEDED
        self._touch(record)
        if line.kind == REPAIR:
            return self._repair(line, record)
        return self._change(record, judge(line, record, known=known, region=self._batch.region_code))

    def _is_superseded(self, line: Line, record: CreditRecord) -> bool:
        """Whether a file that came later has spoken: it takes no repair back, unless it listed the record anew.

        A penalty that is listed again is the same document, so that its repair counts all the same.
        """
        if record.batch_id <= self._batch.id:
            return False
        if line.kind != REPAIR:
            return True
        return record.kind != RecordKind.PENALTY and relisted_since(record, self._batch.received_at)

    def _touch(self, record: CreditRecord) -> None:
        if record in self._touched:
            self._write()
        self._touched.add(record)

    def _create(self, line: Line, known: Institution | None) -> CreditRecord:
        record = CreditRecord(
            **values_of(line),
            kind=line.kind,
            key=line.key,
            uscc=line.uscc,
            state=RecordState.WITHHELD.value,
            institution=known,
            region_code=self._batch.region_code,
            **self._whose,
        )
        # Counted before the row is written, which saves settling it one more write of each.
        if period := period_of(record, changed_on=local_date(self._now)):
            record.earliest_on, record.latest_on = period.earliest_on, period.latest_on
            record.rules_from = period.rules_from
        db.session.add(record)
        self._touched.add(record)
        self._created.append(record)
        if record.removed_on is not None:
            self._leaving["remove"].append((record, _removal_reason(line)))
        else:
            self._settling.append(record)
        return record

    def _change(self, record: CreditRecord, judged: Judged) -> RowOutcome:
        if judged.verdict is None:
            return RowOutcome.UNCHANGED
        if record.state == RecordState.PUBLISHED:
            self._before[record.id] = public_facts(record)
        for attribute, value in (judged.values | self._whose).items():
            setattr(record, attribute, value)
        self._changed.append((record, judged.words[:2000]))
        if judged.move == "remove":
            reason = f"名单载明移出日期 {record.removed_on}{record.removal_document}"
            self._leaving["remove"].append((record, reason))
        elif judged.move == "relist":
            self._relisted.append(record)
        else:
            self._settling.append(record)
        return RowOutcome.CHANGED

    def _repair(self, line: Line, record: CreditRecord) -> RowOutcome:
        if judge_repair(line, [record]).verdict is None:
            return RowOutcome.UNCHANGED
        self._leaving["repair"].append((record, repair_reason(line)))
        return RowOutcome.REPAIRED

    def _remove_missing(self, line: Line, mine: list[CreditRecord]) -> RowOutcome:
        if not self._batch.with_removals:
            return RowOutcome.KEPT
        record = next((each for each in mine if (each.kind, each.key) == (line.kind, line.key)), None)
        if record is None or record.batch_id > self._batch.id:
            return RowOutcome.UNCHANGED
        self._touch(record)
        if record.state not in UNMENDED_STATES:
            return RowOutcome.UNCHANGED
        self._leaving["remove"].append((record, "报送单位的全量名单中已没有本条记录"))
        return RowOutcome.REMOVED

    def _write(self) -> None:
        """Write what was gathered, with its audit, its public log and its changes of the search."""
        actor, now = self._actor, self._now
        db.session.flush()
        self._audit("create", [(record, {}) for record in self._created])
        self._audit("change", [(record, {"changes": words}) for record, words in self._changed])
        for move, leaving in self._leaving.items():
            take_off_all(leaving, move, actor=actor, now=now, values=self._whose)
        for record in self._relisted:  # one by one, for they are few
            bring_back(record, "relist", reason="名单重新载明本条记录", actor=actor, now=now)
        self._place({record.uscc for record in self._touched} & self._awaited)
        settle_all(self._settling, actor=actor, now=now, before=self._before)
        for gathered in self._leaving.values():
            gathered.clear()
        self._created.clear()
        self._changed.clear()
        self._settling.clear()
        self._relisted.clear()
        self._touched.clear()
        self._before.clear()

    def _place(self, codes: set[str]) -> None:
        """Before anything is public: what was repaired before it came never is."""
        if codes and (placed := place_repairs(codes, now=self._now)):
            so_far = self._batch.summary.get(PLACED, 0)
            self._batch.summary = {**self._batch.summary, PLACED: so_far + placed}

    def _audit(self, deed: str, done: Sequence[tuple[CreditRecord, dict[str, Any]]]) -> None:
        audit.record_many(
            f"{KIND}.{deed}",
            actor=self._actor,
            at=self._now,
            subject_kind=KIND,
            subjects=[
                audit.Subject(record.id, region_of(record), {"batch": self._batch.id, **detail})
                for record, detail in done
            ],
        )


def _removal_reason(line: Line) -> str:
    document = line.content.get("removal_document") or ""
    return f"名单载明移出日期 {line.content['removed_on']}{f'（{document}）' if document else ''}"
