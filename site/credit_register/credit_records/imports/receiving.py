"""Receiving a file: read, judged against the register, and kept as a batch that waits for a second person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import OperationalError

from credit_register.access.actor import Actor
from credit_register.audit import services as audit
from credit_register.core import regions
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.files import SHEETS, FileError, FilePolicy, StoredFile, remove, store_upload
from credit_register.core.sheets import SheetLimits, SheetTooLarge
from credit_register.credit_records.imports import columns
from credit_register.credit_records.imports.judging import Judged, judge, judge_repair, meant_by
from credit_register.credit_records.imports.line import REPAIR, Line
from credit_register.credit_records.imports.missing import SeenLists, missing_records, removal_row
from credit_register.credit_records.imports.reading import Read, read_file
from credit_register.credit_records.imports.register import (
    hold_the_records,
    in_chunks,
    institutions_of,
    last_rows,
    records_of,
    waits_already,
)
from credit_register.credit_records.imports.results import Counts, FileRefused, Receipt
from credit_register.credit_records.lifecycle import BATCH_KIND, RECORD_BATCH
from credit_register.credit_records.models import (
    STILL_LISTED,
    BatchKind,
    CreditRecord,
    RecordBatch,
    RecordRow,
    RowVerdict,
)
from credit_register.institutions.imports.reading import Progress, silent
from credit_register.institutions.imports.results import Level, Note
from credit_register.institutions.imports.spool import Spool
from credit_register.institutions.imports.values import sentence
from credit_register.institutions.models import Institution

LIMITS = SheetLimits(
    file_bytes=50 * 1024**2,
    rows=20_000,
    unpacked_bytes=200 * 1024**2,
    shared_text_bytes=40 * 1024**2,
    ratio=100,
)
POLICY = FilePolicy(max_bytes=LIMITS.file_bytes, max_count=1, kinds=SHEETS)
KEPT_ERRORS, KEPT_WARNINGS = 200, 50

_UNKNOWN_INSTITUTION = (
    "名录中没有这个代码的机构，记录确认后单独存放、不公开，待该机构登记后自动归入；请核对代码。"
)
_UNKNOWN_RECORD = "没有找到修复日期以前认定的这一文号的信用记录，本行确认后等待这条记录，收到时自动生效；请核对文号、代码和日期。"


def receive_file(
    path: Path,
    kind: BatchKind,
    spool: Spool,
    *,
    file_name: str,
    full_list: bool,
    actor: Actor,
    now: datetime,
    keep_originals: bool = False,
    progress: Progress = silent,
) -> Receipt:
    """Keep what a file would change as a batch; where it would change nothing, only a full list makes one.

    `full_list` proposes to take off what the file lacks. The remarks are left in the spool. Raises FileRefused, and
    then nothing is kept. Commits once.
    """
    db.session.rollback()  # reading takes a while; nothing should be locked by then
    read = _read(path, kind, spool, now, keep_originals, progress)
    try:
        with path.open("rb") as content:
            stored = store_upload(
                content, file_name, POLICY, purpose="record_batch", now=now, stored_by=actor.account_id
            )
        hold_the_records()
        reception = _Reception(kind, spool, read, actor.region or regions.NATION, full_list)
        rows = reception.judge_all(progress)
        batch = _keep(stored, path, kind, rows, reception, spool, actor, now)
        db.session.commit()
    except FileError as error:
        db.session.rollback()
        raise FileRefused(sentence(str(error))) from error
    except OperationalError as error:
        db.session.rollback()
        raise FileRefused(
            "数据库正忙（可能有另一项导入正在进行），本次没有接收任何内容。请稍后重试。"
        ) from error
    except BaseException:
        db.session.rollback()
        raise
    errors = list(spool.notes((Level.REJECTED,), limit=KEPT_ERRORS))
    return Receipt(kind, reception.counts, batch, errors)


def _read(
    path: Path, kind: BatchKind, spool: Spool, now: datetime, keep_originals: bool, progress: Progress
) -> Read:
    try:
        return read_file(
            path,
            kind,
            spool,
            today=local_date(now),
            limits=LIMITS,
            keep_originals=keep_originals,
            progress=progress,
        )
    except FileRefused as refusal:
        if isinstance(refusal.__cause__, SheetTooLarge):
            raise FileRefused(f"{refusal}每个文件最多 {LIMITS.rows:,} 行。") from refusal
        raise


class _Reception:
    """One pass over the good rows of a file."""

    def __init__(self, kind: BatchKind, spool: Spool, read: Read, region: str, full_list: bool) -> None:
        self.region = region
        self.full_list = full_list and kind is not BatchKind.REPAIRS
        self.counts: Counts = read.counts
        self._kind = kind
        self._spool = spool
        self._read = read
        self._seen = SeenLists()

    def judge_all(self, progress: Progress) -> list[dict[str, Any]]:
        """The rows that would change something, as columns of RecordRow without their batch."""
        rows: list[dict[str, Any]] = []
        total, done = self._spool.good_count(), 0
        for chunk in in_chunks(self._spool.good_rows()):
            lines = [(number, Line.load(row)) for number, row in chunk]
            rows.extend(self._judge_chunk(lines))
            done += len(lines)
            progress("比对", done, total)
        if self.full_list:
            rows.extend(self._missing())
        self.counts.warnings = self._spool.count(Level.WARNING)
        return rows

    def _judge_chunk(self, lines: list[tuple[int, Line]]) -> Iterator[dict[str, Any]]:
        only = [line for _, line in lines]
        institutions, records, waiting = institutions_of(only), records_of(only), last_rows(only)
        for number, line in lines:
            known = institutions.get(line.uscc)
            meant = meant_by(line, records.get(line.uscc, ()))
            if self.full_list:
                self._seen.note(line, meant)
            if self._refused(number, line, known, meant):
                continue
            judged = self._judge(line, meant, known)
            self._seen.note_taken_down(line, meant)
            placed = bool(meant) if line.kind == REPAIR else known is not None
            last = waiting.get((line.kind, line.key))
            # What found no record when it was confirmed says something new where it finds one now.
            again = (
                last is not None
                and last.digest == line.digest
                and (last.waits or judged.verdict is RowVerdict.UNKNOWN)
            )
            self._count(number, line, judged, placed=placed, again=again)
            if judged.verdict is None or again:
                continue
            self.counts.add(judged.verdict)
            yield {
                "row_number": number,
                "verdict": judged.verdict.value,
                "kind": line.kind,
                "key": line.key,
                "uscc": line.uscc,
                "name": line.name or (meant[0].name if meant else ""),
                "known": known is not None,
                "content": line.content,
                "digest": line.digest,
                "changes": judged.words,
            }

    def _judge(self, line: Line, meant: list[CreditRecord], known: Institution | None) -> Judged:
        if line.kind == REPAIR:
            return judge_repair(line, meant)
        return judge(line, meant[0] if meant else None, known=known, region=self.region)

    def _refused(self, number: int, line: Line, known: Institution | None, meant: list[CreditRecord]) -> bool:
        """Whether the row is not this office's to bring, or does not say which record it means."""
        message, column = "", columns.CODE
        if known is not None and not regions.covers(self.region, known.region_code):
            own = regions.full_name(self.region)
            message = (
                f"该机构登记在“{regions.full_name(known.region_code)}”，不在本单位的管辖区域（{own}）内，"
                "请删除本行，或交由当地主管单位接收。"
            )
        elif known is None and any(not regions.covers(self.region, record.region_code) for record in meant):
            message = "这条记录由其他地区接收，请交由该地区的主管单位更新。"
        elif line.kind == REPAIR and len(meant) > 1:
            column = columns.AUTHORITY_CODE
            message = f"有 {len(meant)} 条记录是同一机构、同一文号，请填写处罚机关代码后重新导入。"
        if not message:
            return False
        self.counts.rejected += 1
        self._spool.remark(number, Level.REJECTED, column, message)
        self._read.refused_codes.add(line.uscc)
        return True

    def _count(self, number: int, line: Line, judged: Judged, *, placed: bool, again: bool) -> None:
        if not placed:
            self.counts.unknown += 1
            message = _UNKNOWN_RECORD if line.kind == REPAIR else _UNKNOWN_INSTITUTION
            self._spool.remark(number, Level.WARNING, columns.CODE, message)
            return
        self.counts.accepted += 1
        self.counts.removed += bool(line.content.get("removed_on"))
        if judged.verdict is None or again:
            self.counts.unchanged += 1
        elif judged.verdict is RowVerdict.NEW:
            self.counts.new += 1
        else:
            self.counts.changed += 1

    @property
    def is_whole_list(self) -> bool:
        """Whether the file tells how the list stands, even where nothing in it has changed."""
        return self.full_list and bool(self.counts.accepted + self.counts.unknown)

    def noted(self) -> dict[str, Any]:
        """What the summary of a full list keeps beside the counts."""
        return {STILL_LISTED: sorted(self._seen.taken_down)} if self.full_list else {}

    def _missing(self) -> Iterator[dict[str, Any]]:
        found = missing_records(self._kind, self._seen, self._read, region=self.region)
        for place, record in enumerate(found, 1):
            self.counts.add(RowVerdict.REMOVAL)
            self.counts.missing += 1
            yield removal_row(record, number=-place)


def _keep(
    stored: StoredFile,
    path: Path,
    kind: BatchKind,
    rows: list[dict[str, Any]],
    reception: _Reception,
    spool: Spool,
    actor: Actor,
    now: datetime,
) -> RecordBatch | None:
    """Write the batch and its rows; a file that would change nothing is not kept, save a full list.

    By the confirmation of a full list the public is told of which day the list is.
    """
    db.session.flush()
    digest = fingerprint(path)
    if not rows and not (reception.is_whole_list and not waits_already(kind, reception.region, digest)):
        remove(stored)
        return None
    batch = RecordBatch(
        kind=kind.value,
        state=RECORD_BATCH.initial.value,
        region_code=reception.region,
        full_list=reception.full_list,
        file_id=stored.id,
        file_name=stored.original_name,
        sha256=digest,
        summary={
            **reception.counts.summary(),
            **reception.noted(),
            "errors": _noted(spool, Level.REJECTED, KEPT_ERRORS),
            "doubts": _noted(spool, Level.WARNING, KEPT_WARNINGS),
        },
        received_at=now,
        received_by_id=actor.account_id,
        received_by=actor.name,
    )
    db.session.add(batch)
    db.session.flush()
    for chunk in in_chunks(rows):
        db.session.execute(insert(RecordRow), [{"batch_id": batch.id, **row} for row in chunk])
    audit.record(
        f"{BATCH_KIND}.receive",
        actor=actor,
        at=now,
        subject_kind=BATCH_KIND,
        subject_id=batch.id,
        region=batch.region_code,
        detail={
            "kind": kind.value,
            "file_name": batch.file_name,
            "sha256": batch.sha256,
            **reception.counts.contract(kind),
        },
    )
    return batch


def _noted(spool: Spool, level: Level, most: int) -> list[dict[str, Any]]:
    return [_plain(note) for note in spool.notes((level,), limit=most)]


def _plain(note: Note) -> dict[str, Any]:
    found = asdict(note)
    del found["level"]
    return found


def fingerprint(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
