"""A file that staff upload: previewed, and then imported or discarded, each once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from flask import abort
from sqlalchemy import delete, insert, select

from credit_register.access.actor import Actor
from credit_register.audit import services as audit
from credit_register.core import regions
from credit_register.core.clock import SHANGHAI, local_date
from credit_register.core.database import db
from credit_register.core.files import (
    SHEETS,
    FileError,
    FilePolicy,
    StoredFile,
    open_original,
    store_upload,
)
from credit_register.core.sheets import SheetLimits, SheetTooLarge
from credit_register.institutions.imports.reading import read_file
from credit_register.institutions.imports.results import Counts, ImportRefused, Level
from credit_register.institutions.imports.services import (
    REASONS,
    fingerprint,
    go_through,
    record_import,
    write,
)
from credit_register.institutions.imports.spool import Spool
from credit_register.institutions.imports.values import sentence
from credit_register.institutions.imports.writing import Work
from credit_register.institutions.lifecycle import BATCH
from credit_register.institutions.models import ImportBatch, ImportNote

# Anybody in an office may upload: what unpacks to much more than twenty thousand rows need is refused unread.
PAGE_LIMITS = SheetLimits(
    file_bytes=50 * 1024**2,
    rows=20_000,
    unpacked_bytes=100 * 1024**2,
    shared_text_bytes=20 * 1024**2,
    ratio=100,
)
POLICY = FilePolicy(max_bytes=PAGE_LIMITS.file_bytes, max_count=1, kinds=SHEETS)

_MESSAGE_LENGTH = 1000
_COLUMN_LENGTH = 60
_ALL_LEVELS = tuple(Level)


class BatchFinished(Exception):
    """The batch was imported or discarded before; the text says by whom and when."""

    def __init__(self, batch: ImportBatch) -> None:
        when = batch.finished_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if batch.finished_at else ""
        super().__init__(
            f"该文件{BATCH.label(batch.state)}（{batch.finished_by}，{when}），不能重复办理。需要再次导入的，请重新上传。"
        )


class RegisterMoved(Exception):
    """The register changed after the preview, so that the same file would now do something else."""

    def __init__(self) -> None:
        super().__init__("预览之后登记内容有变化，尚未导入。已按最新的登记内容重新预览，请核对后再次确认。")


def preview_upload(
    stream: BinaryIO, file_name: str, kind: str, *, actor: Actor, now: datetime
) -> ImportBatch:
    """Check an uploaded file, keep it sealed, and note what its import would do.

    Raises ImportRefused, and then nothing is kept.
    """
    db.session.rollback()  # reading takes a while; nothing should be locked by then
    with _temporary() as path, Spool() as spool:
        with path.open("wb") as target:
            shutil.copyfileobj(stream, target)
        read = _read(path, kind, spool, now)
        with path.open("rb") as content:
            stored = _keep(content, file_name, actor, now)
        batch = ImportBatch(
            kind=kind,
            state=BATCH.initial.value,
            region_code=actor.region or regions.NATION,
            account_id=actor.account_id,
            account_name=actor.name,
            file_name=stored.original_name,
            sha256=fingerprint(path),
            created_at=now,
            summary={},
        )
        db.session.add(stored)
        db.session.flush()
        batch.file_id = stored.id
        db.session.add(batch)
        db.session.flush()
        _note_preview(batch, spool, read, actor=actor, now=now)
        audit.record(
            "import.preview",
            actor=actor,
            at=now,
            subject_kind="import_batch",
            subject_id=batch.id,
            region=batch.region_code,
            detail={"kind": kind, "file_name": batch.file_name, "sha256": batch.sha256},
        )
        db.session.commit()
    return batch


def confirm_batch(batch: ImportBatch, *, actor: Actor, now: datetime) -> Counts:
    """Import what was previewed, in one transaction.

    Raises BatchFinished, ImportRefused, or RegisterMoved after the preview was made anew.
    """
    _still_open(batch)
    batch_id, kind, region, sha256 = batch.id, batch.kind, batch.region_code, batch.sha256
    with batch_file(batch) as path, Spool() as spool:
        db.session.rollback()
        if fingerprint(path) != sha256:
            raise ImportRefused("保存的文件与预览时不一致，没有导入任何内容。请重新上传文件。")
        read = _read(path, kind, spool, now)

        def finish(work: Work) -> None:
            held = _hold(batch_id)
            if work.digest != held.summary.get("digest"):
                raise RegisterMoved
            held.summary = _summary(work)
            _finish(held, "confirm", actor, now)
            record_import(
                work,
                subject_kind="import_batch",
                subject_id=batch_id,
                file_name=held.file_name,
                sha256=sha256,
            )

        try:
            done = write(
                spool,
                read,
                actor=actor,
                now=now,
                region=region,
                begin=lambda: _still_open(_hold(batch_id)),
                finish=finish,
            )
        except RegisterMoved:
            _preview_again(batch_id, spool, read, actor=actor, now=now)
            raise
    return done.counts


def discard_batch(batch: ImportBatch, *, actor: Actor, now: datetime) -> None:
    """Give the file up; it stays sealed with the record of who gave it up. Raises BatchFinished."""
    held = _hold(batch.id)
    _still_open(held)
    _finish(held, "discard", actor, now)
    audit.record(
        "import.discard",
        actor=actor,
        at=now,
        subject_kind="import_batch",
        subject_id=held.id,
        region=held.region_code,
    )
    db.session.commit()


@contextmanager
def batch_file(batch: ImportBatch) -> Iterator[Path]:
    """The uploaded file as it came, under a name for the time being; raises ImportRefused."""
    stored = db.session.get(StoredFile, batch.file_id)
    with _temporary() as path:
        try:
            if stored is None:
                raise ImportRefused("保存的文件已不存在，请重新上传。")
            with open_original(stored) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)
        except FileError as error:
            raise ImportRefused(sentence(str(error))) from error
        yield path


def _read(path: Path, kind: str, spool: Spool, now: datetime) -> Counts:
    try:
        return read_file(path, kind, spool, today=local_date(now), limits=PAGE_LIMITS, keep_originals=False)
    except ImportRefused as refusal:
        if isinstance(refusal.__cause__, SheetTooLarge):
            raise ImportRefused(
                f"{refusal}页面每次最多导入 {PAGE_LIMITS.rows:,} 行；"
                f"更大的文件请由系统运维人员用命令 flask --app wsgi import {kind} 导入。"
            ) from refusal
        raise


def _keep(content: BinaryIO, file_name: str, actor: Actor, now: datetime) -> StoredFile:
    try:
        return store_upload(content, file_name, POLICY, purpose="import", now=now, stored_by=actor.account_id)
    except FileError as error:
        raise ImportRefused(sentence(str(error))) from error


def _note_preview(batch: ImportBatch, spool: Spool, read: Counts, *, actor: Actor, now: datetime) -> None:
    """Settle the rows without writing, and keep what was found with the batch."""
    work = Work(spool, read, actor, now, False, REASONS[batch.kind], batch.region_code, list_changes=True)
    go_through(work)
    batch.summary = _summary(work)
    rows = [
        {
            "batch_id": batch.id,
            "level": note.level.value,
            "row_number": note.row,
            "column": note.column[:_COLUMN_LENGTH],
            "message": note.message[:_MESSAGE_LENGTH],
        }
        for note in spool.notes(_ALL_LEVELS)
    ]
    if rows:
        db.session.execute(insert(ImportNote), rows)


def _preview_again(batch_id: int, spool: Spool, read: Counts, *, actor: Actor, now: datetime) -> None:
    spool.back_to_mark()
    batch = _hold(batch_id)
    _still_open(batch)
    db.session.execute(delete(ImportNote).where(ImportNote.batch_id == batch_id))
    _note_preview(batch, spool, read, actor=actor, now=now)
    db.session.commit()


def _summary(work: Work) -> dict[str, Any]:
    return {
        **asdict(work.counts),
        "rows": work.counts.rows,
        "accepted": work.counts.accepted,
        "first_rows": work.first_rows,
        "digest": work.digest,
    }


def _hold(batch_id: int) -> ImportBatch:
    """The batch as it is now, held until the transaction ends, so that of two clicks one is told."""
    query = select(ImportBatch).where(ImportBatch.id == batch_id).with_for_update()
    batch = db.session.scalar(query.execution_options(populate_existing=True))
    return batch if batch is not None else abort(404)


def _still_open(batch: ImportBatch) -> None:
    if BATCH.is_final(batch.state):
        raise BatchFinished(batch)


def _finish(batch: ImportBatch, move: str, actor: Actor, now: datetime) -> None:
    batch.finished_at = now
    batch.finished_by = actor.name
    BATCH.apply(batch, move, batch.version)


@contextmanager
def _temporary() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        yield Path(folder) / "file"
