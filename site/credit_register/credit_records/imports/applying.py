"""Deciding a batch: a second person lets its rows become records, or refuses it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.audit import services as audit
from credit_register.audit.moves import NotPermitted, make_move
from credit_register.core import regions
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.lifecycle import check_version
from credit_register.credit_records.imports.judging import (
    Judged,
    judge,
    judge_repair,
    meant_by,
    values_of,
)
from credit_register.credit_records.imports.line import REPAIR, Line
from credit_register.credit_records.imports.register import (
    hold_the_records,
    in_chunks,
    institutions_of,
    line_of,
    records_of,
)
from credit_register.credit_records.imports.waiting import awaited_codes, place_repairs, repair_reason
from credit_register.credit_records.lifecycle import (
    BATCH_KIND,
    KIND,
    RECORD_BATCH,
    UNMENDED_STATES,
)
from credit_register.credit_records.models import (
    CreditRecord,
    RecordBatch,
    RecordRow,
    RecordState,
    RowVerdict,
)
from credit_register.credit_records.period import period_of, rules_held
from credit_register.credit_records.publication import (
    bring_back,
    public_facts,
    region_of,
    settle_record,
    take_off,
)
from credit_register.credit_records.queries import relisted_since
from credit_register.institutions.models import Institution

LONGEST_REASON = 400


class OwnBatch(Exception):
    """Whoever brought a file does not decide about it; the text says who does."""

    def __init__(self) -> None:
        super().__init__(
            "这个批次是您接收的，须由另一位有复核权限的人员确认或者不予确认。请通知同一单位或上级单位的其他人员办理。"
        )


class ConfirmedMeanwhile(Exception):
    """Another batch with the same records was confirmed at the same moment; nothing of this one was done."""

    def __init__(self) -> None:
        super().__init__("同一时刻有人确认了另一个批次，本次没有生效。请刷新页面核对后再次确认。")


def confirm_batch(
    batch: RecordBatch, *, with_removals: bool, version: int, actor: Actor, now: datetime
) -> dict[str, int]:
    """Let the rows of a batch take effect, in one transaction; gives how often each thing was done.

    Every row is judged again by what is registered now. `with_removals` also takes off what the full list no longer
    has. Raises OwnBatch, MoveNotAllowed, StaleVersion, NotPermitted or ConfirmedMeanwhile.
    """
    if not actor.can(Permission.RECORD_CONFIRM):
        raise NotPermitted
    try:
        hold_the_records()
        db.session.refresh(batch, with_for_update=True)
        check_version(batch, version)
        RECORD_BATCH.move("confirm", batch.state)
        _refuse_own(batch, actor)
        with rules_held():
            done = _Confirmation(batch, with_removals, actor, now).apply()
        make_move(
            RECORD_BATCH,
            batch,
            "confirm",
            kind=BATCH_KIND,
            region=batch.region_code,
            version=version,
            actor=actor,
            now=now,
            detail={"done": done},
            values={
                "decided_at": now,
                "decided_by_id": actor.account_id,
                "summary": {**batch.summary, "done": done},
            },
        )
        db.session.commit()
    except (IntegrityError, OperationalError) as error:
        db.session.rollback()
        raise ConfirmedMeanwhile from error
    except BaseException:
        db.session.rollback()
        raise
    return done


def refuse_batch(batch: RecordBatch, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Let nothing of a batch take effect; it stays with its reason.

    Raises OwnBatch, MoveNotAllowed, StaleVersion, NotPermitted or ReasonMissing.
    """
    make_move(
        RECORD_BATCH,
        batch,
        "refuse",
        kind=BATCH_KIND,
        region=batch.region_code,
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values={"decided_at": now, "decided_by_id": actor.account_id, "reason": reason[:LONGEST_REASON]},
        judge=lambda: _refuse_own(batch, actor),
    )
    db.session.commit()


def _refuse_own(batch: RecordBatch, actor: Actor) -> None:
    if actor.account_id is None or batch.received_by_id == actor.account_id:
        raise OwnBatch


class _Confirmation:
    """One pass over the rows of a batch."""

    def __init__(self, batch: RecordBatch, with_removals: bool, actor: Actor, now: datetime) -> None:
        self._batch = batch
        self._with_removals = with_removals
        self._actor = actor
        self._now = now
        self._done: dict[str, int] = {}
        self._awaited = awaited_codes(batch)
        self._awaited_fresh: list[CreditRecord] = []

    def apply(self) -> dict[str, int]:
        """Bring every row in; gives how often each thing was done."""
        numbers = db.session.scalars(
            select(RecordRow.id).where(RecordRow.batch_id == self._batch.id).order_by(RecordRow.id)
        ).all()
        for chunk in in_chunks(numbers):
            rows = db.session.scalars(
                select(RecordRow).where(RecordRow.id.in_(chunk)).order_by(RecordRow.id)
            ).all()
            self._apply_chunk(rows)
            db.session.flush()
        if placed := place_repairs(self._awaited, now=self._now):
            self._done["placed"] = placed
        for record in self._awaited_fresh:
            settle_record(record, actor=self._actor, now=self._now)
        return self._done

    def _apply_chunk(self, rows: Sequence[RecordRow]) -> None:
        pairs = [(row, line_of(row)) for row in rows]
        lines = [line for _, line in pairs]
        institutions, records = institutions_of(lines), records_of(lines, hold=True)
        fresh: list[tuple[CreditRecord, Line]] = []
        for row, line in pairs:
            known, mine = institutions.get(line.uscc), records.get(line.uscc, [])
            if row.verdict == RowVerdict.REMOVAL:
                self._remove_missing(line, mine)
            elif known is not None and not regions.covers(self._batch.region_code, known.region_code):
                self._count("elsewhere")
            else:
                self._apply(row, line, meant_by(line, mine), known, fresh)
        db.session.flush()
        for record, _ in fresh:
            self._audit("create", record)
        db.session.flush()  # all at once: each later flush would else write one of them
        for record, line in fresh:
            self._settle_new(record, line)

    def _apply(
        self,
        row: RecordRow,
        line: Line,
        meant: list[CreditRecord],
        known: Institution | None,
        fresh: list[tuple[CreditRecord, Line]],
    ) -> None:
        record = meant[0] if meant else None
        if line.kind == REPAIR and len(meant) > 1:
            self._count("ambiguous")
        elif record is not None and self._is_superseded(line, record):
            self._count("superseded")  # a file that came later has spoken already
            if line.kind == REPAIR:
                row.verdict = RowVerdict.CHANGED.value  # it does not wait for what was listed anew since
        elif line.kind == REPAIR:
            self._repair(row, line, meant)
        elif record is None:
            fresh.append((self._create(line, known), line))
        else:
            self._change(record, judge(line, record, known=known, region=self._batch.region_code))

    def _is_superseded(self, line: Line, record: CreditRecord) -> bool:
        """A later list does not take a repair back, unless the record was listed anew by it."""
        if record.batch_id <= self._batch.id:
            return False
        return line.kind != REPAIR or relisted_since(record, self._batch.received_at)

    def _create(self, line: Line, known: Institution | None) -> CreditRecord:
        record = CreditRecord(
            **values_of(line),
            kind=line.kind,
            key=line.key,
            uscc=line.uscc,
            state=RecordState.WITHHELD.value,
            institution=known,
            region_code=self._batch.region_code,
            batch_id=self._batch.id,
            confirmed_at=self._now,
        )
        # Counted before the row is written, which saves settling it one more write of each.
        if period := period_of(record, changed_on=local_date(self._now)):
            record.earliest_on, record.latest_on = period.earliest_on, period.latest_on
            record.rules_from = period.rules_from
        db.session.add(record)
        return record

    def _settle_new(self, record: CreditRecord, line: Line) -> None:
        self._count("created")
        if record.removed_on is not None:
            self._take_off(record, "remove", _removal_reason(line))
        elif line.uscc in self._awaited:
            # What was repaired before it came is never public, not even for the moment until its repair is placed.
            self._awaited_fresh.append(record)
        else:
            settle_record(record, actor=self._actor, now=self._now)

    def _change(self, record: CreditRecord, judged: Judged) -> None:
        if judged.verdict is None:
            self._count("unchanged")
            return
        before = public_facts(record) if record.state == RecordState.PUBLISHED else None
        for attribute, value in judged.values.items():
            setattr(record, attribute, value)
        record.batch_id, record.confirmed_at = self._batch.id, self._now
        db.session.flush()
        self._audit("change", record, changes=judged.words[:2000])
        self._count("changed")
        if judged.move == "remove":
            self._take_off(record, "remove", f"名单载明移出日期 {record.removed_on}{record.removal_document}")
        elif judged.move == "relist":
            bring_back(record, "relist", reason="名单重新载明本条记录", actor=self._actor, now=self._now)
        else:
            settle_record(record, actor=self._actor, now=self._now, before=before)

    def _repair(self, row: RecordRow, line: Line, meant: list[CreditRecord]) -> None:
        judged = judge_repair(line, meant)
        # What finds no record waits for it; what has found one waits no more.
        row.verdict = (judged.verdict or RowVerdict.CHANGED).value
        if judged.verdict is RowVerdict.UNKNOWN:
            self._count("unknown")
        elif judged.verdict is None:
            self._count("unchanged")
        else:
            row.changes = judged.words
            self._take_off(meant[0], "repair", repair_reason(line))
            self._count("repaired")

    def _remove_missing(self, line: Line, mine: list[CreditRecord]) -> None:
        if not self._with_removals:
            self._count("kept")
            return
        record = next((each for each in mine if (each.kind, each.key) == (line.kind, line.key)), None)
        if record is None or record.batch_id > self._batch.id or record.state not in UNMENDED_STATES:
            self._count("unchanged")
            return
        self._take_off(record, "remove", "报送单位的全量名单中已没有本条记录")
        self._count("removed")

    def _take_off(self, record: CreditRecord, move: str, reason: str) -> None:
        take_off(
            record,
            move,
            reason=reason,
            actor=self._actor,
            now=self._now,
            values={"batch_id": self._batch.id, "confirmed_at": self._now},
        )

    def _audit(self, deed: str, record: CreditRecord, **detail: Any) -> None:
        audit.record(
            f"{KIND}.{deed}",
            actor=self._actor,
            at=self._now,
            subject_kind=KIND,
            subject_id=record.id,
            region=region_of(record),
            detail={"batch": self._batch.id, **detail},
        )

    def _count(self, what: str) -> None:
        self._done[what] = self._done.get(what, 0) + 1


def _removal_reason(line: Line) -> str:
    document = line.content.get("removal_document") or ""
    return f"名单载明移出日期 {line.content['removed_on']}{f'（{document}）' if document else ''}"
