"""Receipts and error rows of the national platform, read back onto the lines that were sent."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import select, update

from credit_register.access.actor import Actor
from credit_register.audit import services as audit
from credit_register.core.database import begin_writing, db
from credit_register.core.files import SHEETS, FilePolicy
from credit_register.core.plain_text import one_line
from credit_register.core.sheets import (
    Column,
    HeaderSpec,
    Kind,
    SheetError,
    SheetLimits,
    SheetRow,
    read_sheet,
)
from credit_register.ledger.models import PlatformBatch, PlatformRow, PlatformStatus
from credit_register.ledger.platform.services import BATCH, KIND, LINE

RESULT, ERROR = "结果", "错误说明"
SPEC: Final = HeaderSpec(
    (
        Column(BATCH, aliases=("批次编号", "批次"), required=True, kind=Kind.CODE),
        Column(LINE, aliases=("行", "序号"), required=True, kind=Kind.CODE),
        Column(RESULT, aliases=("处理结果", "状态", "回执"), required=True),
        Column(ERROR, aliases=("错误信息", "错误原因", "原因", "说明")),
    )
)
_ACCEPTED: Final = frozenset({"接收", "已接收", "成功", "通过", "入库", "已入库", "accepted", "ok"})
_REJECTED: Final = frozenset({"退回", "已退回", "失败", "不通过", "错误", "拒绝", "rejected", "error"})
LIMITS: Final = SheetLimits(file_bytes=50 * 1024**2, rows=200_000)
# Anybody in an office may upload: what unpacks to much more than such a file needs is refused unread.
PAGE_LIMITS: Final = SheetLimits(
    file_bytes=20 * 1024**2,
    rows=50_000,
    unpacked_bytes=150 * 1024**2,
    shared_text_bytes=40 * 1024**2,
    ratio=150,
)
POLICY: Final = FilePolicy(max_bytes=PAGE_LIMITS.file_bytes, max_count=1, kinds=SHEETS)
_LONGEST_ERROR: Final = 400


class ReceiptsUnreadable(Exception):
    """The file cannot be read; the text says what to do."""


@dataclass(frozen=True)
class ReceiptError:
    """A line of the file that could not be used."""

    row: int
    column: str
    message: str

    def as_json(self) -> dict[str, Any]:
        """As commands tell it."""
        return {"row": self.row, "column": self.column, "message": self.message}


@dataclass
class Receipts:
    """What the file said: good lines, those that altered nothing, what the platform took and what it gave back."""

    accepted: int = 0
    unchanged: int = 0
    taken: int = 0
    returned: int = 0
    errors: list[ReceiptError] = field(default_factory=list)


def take_receipts(path: Path, *, actor: Actor, now: datetime, limits: SheetLimits = LIMITS) -> Receipts:
    """Note what the platform answered, the good lines in one transaction; raises ReceiptsUnreadable. Commits.

    Batches of other regions than the actor's are not known.
    """
    try:
        with read_sheet(path, SPEC, limits=limits) as sheet:
            lines = list(sheet)
    except SheetError as error:
        raise ReceiptsUnreadable(str(error)) from error
    begin_writing()
    batches = _batches({line.text(BATCH) for line in lines}, actor)
    found = Receipts()
    touched: dict[int, PlatformBatch] = {}
    answers: dict[int, dict[str, Any]] = {}
    for line in lines:
        problem = _take(line, batches, found, touched, answers, now)
        if problem is not None:
            found.errors.append(problem)
    if answers:
        db.session.execute(update(PlatformRow), list(answers.values()))
    for batch in touched.values():
        audit.record(
            f"{KIND}.take_receipts",
            actor=actor,
            at=now,
            subject_kind=KIND,
            subject_id=batch.id,
            region=batch.region_code,
            detail={"number": batch.number, "file_name": path.name},
        )
    db.session.commit()
    return found


def take_upload(stream: BinaryIO, *, actor: Actor, now: datetime) -> Receipts:
    """The same of a file that came with a form, whose name is its sender's; raises ReceiptsUnreadable. Commits.

    The request began with `read_first`: nothing is locked while the file is read. Nothing of the file is kept.
    """
    with tempfile.TemporaryDirectory(prefix="receipts-") as folder:
        path = Path(folder) / "回执"
        with path.open("wb") as target:
            shutil.copyfileobj(stream, target)
        return take_receipts(path, actor=actor, now=now, limits=PAGE_LIMITS)


def _batches(numbers: Iterable[str], actor: Actor) -> dict[str, tuple[PlatformBatch, dict[int, PlatformRow]]]:
    rows = db.session.scalars(
        select(PlatformBatch).where(
            actor.region_filter(PlatformBatch.region_code), PlatformBatch.number.in_(list(numbers)[:10_000])
        )
    )
    return {batch.number: (batch, {row.line: row for row in batch.rows}) for batch in rows}


def _take(
    line: SheetRow,
    batches: dict[str, tuple[PlatformBatch, dict[int, PlatformRow]]],
    found: Receipts,
    touched: dict[int, PlatformBatch],
    answers: dict[int, dict[str, Any]],
    now: datetime,
) -> ReceiptError | None:
    """Note one line; what is wrong with it where it cannot be used."""
    number, text = line.text(BATCH), line.text(LINE)
    if number not in batches:
        return ReceiptError(line.number, BATCH, f"没有批次“{number[:40]}”，请核对批次号")
    batch, rows = batches[number]
    row = rows.get(int(text)) if re.fullmatch(r"\d{1,6}", text, re.ASCII) else None
    if row is None:
        return ReceiptError(line.number, LINE, f"批次 {number} 没有第“{text[:20]}”行")
    word, error = line.text(RESULT).strip().casefold(), one_line(line.text(ERROR))[:_LONGEST_ERROR]
    if word in _ACCEPTED:
        status, error = PlatformStatus.ACCEPTED, ""
    elif word in _REJECTED:
        if not error:
            return ReceiptError(line.number, ERROR, "退回的行须有错误说明")
        status = PlatformStatus.REJECTED
    else:
        return ReceiptError(
            line.number, RESULT, f"结果“{line.text(RESULT)[:20]}”无法识别，应为“接收”或“退回”"
        )
    found.accepted += 1
    found.taken += status is PlatformStatus.ACCEPTED
    found.returned += status is PlatformStatus.REJECTED
    before = answers.get(row.id, {"status": row.status, "error": row.error})
    if (before["status"], before["error"]) == (status.value, error):
        found.unchanged += 1
        return None
    answers[row.id] = {"id": row.id, "status": status.value, "error": error, "answered_at": now}
    touched[batch.id] = batch
    return None
