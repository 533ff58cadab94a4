"""Writing a numbered batch for the national platform: what is new, what changed, and what it gave back."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from credit_register.access.actor import Actor
from credit_register.audit import services as audit
from credit_register.audit.labels import ACTION_LABELS, SUBJECT_LABELS
from credit_register.core.clock import SHANGHAI, local_date
from credit_register.core.database import db
from credit_register.core.sheets import Column, Kind, csv_lines, write_xlsx
from credit_register.ledger.models import PlatformBatch, PlatformRow, PlatformStatus
from credit_register.ledger.platform import queries
from credit_register.ledger.platform.events import COLUMNS, DAY, Event, events_of

KIND: Final = "platform_batch"  # in the audit
BATCH, LINE, SUBJECT, DIGEST = "批次号", "行号", "事项标识", "内容指纹"
FILE_COLUMNS: Final = (
    Column(BATCH, kind=Kind.CODE),
    Column(LINE, kind=Kind.NUMBER),
    Column(SUBJECT, kind=Kind.CODE),
    *COLUMNS,
    Column(DIGEST, kind=Kind.CODE),
)
_TRIES: Final = 3

SUBJECT_LABELS[KIND] = "国家平台批次"
ACTION_LABELS[f"{KIND}.send"] = "国家平台批次：导出"
ACTION_LABELS[f"{KIND}.take_receipts"] = "国家平台批次：读入回执"


class BatchRefused(Exception):
    """No batch was made; the text says what to do."""


class BatchMeanwhile(Exception):
    """Somebody made a batch of the region after the page was opened; `batch` is that one."""

    def __init__(self, batch: PlatformBatch) -> None:
        when = batch.made_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M")
        super().__init__(
            f"{batch.made_by}已于 {when} 导出批次 {batch.number}，您的没有导出。请先看过这一批；还有需要报送的，再导出一次。"
        )
        self.batch = batch


def make_batch(
    *,
    region: str,
    since: date,
    actor: Actor,
    now: datetime,
    again: bool = False,
    seen: int | None = None,
    write: Callable[[PlatformBatch], object] = lambda batch: None,
) -> PlatformBatch | None:
    """Number what has happened since a day as a batch; None where there is nothing to tell. Commits once.

    What the platform has accepted unchanged is not told again, nor what is on its way to it, unless `again`; what it
    gave back is told again however old it is. `seen` is the id of the newest batch of the region that the person knew
    of (0 for none), None where nobody looked. What `write` raises is raised here, and then no number is used. Raises
    BatchRefused or BatchMeanwhile.
    """
    until = local_date(now)
    if since > until:
        raise BatchRefused(f"起始日期 {since.isoformat()} 在今天以后，请核对。")
    for left in reversed(range(_TRIES)):
        newest = queries.newest_of(region)
        if seen is not None and newest is not None and newest.id != seen:
            raise BatchMeanwhile(newest)
        batch = _batch(region, since, until, again, actor=actor, now=now)
        if batch is None:
            return None
        try:
            db.session.flush()
            _record(batch, actor, now)
            write(batch)
            db.session.commit()
        except IntegrityError as error:  # another batch took the number at the same moment
            db.session.rollback()
            if not left:
                raise BatchRefused("同时有另一批次正在导出，请稍后再导出一次。") from error
        except BaseException:
            db.session.rollback()
            raise
        else:
            return batch
    raise AssertionError("the last try returns or raises")


def send_batch(
    target: Path, *, region: str, since: date, actor: Actor, now: datetime, again: bool = False
) -> PlatformBatch | None:
    """Make a batch as `make_batch` does and write it into a file; raises BatchRefused, and then no number is used."""
    try:
        return make_batch(
            region=region,
            since=since,
            actor=actor,
            now=now,
            again=again,
            write=lambda batch: target.write_bytes(batch_file(batch, target.suffix)),
        )
    except OSError as error:
        raise BatchRefused(f"不能写出 {target}（{error.strerror}），没有编号。请换一个位置。") from error


def batch_file(batch: PlatformBatch, suffix: str) -> bytes:
    """The file of a batch, as csv or xlsx by the ending; the same batch gives the same lines."""
    if suffix.lower() == ".csv":
        return "".join(csv_lines(FILE_COLUMNS, _lines(batch))).encode()
    stream = io.BytesIO()
    write_batch(batch, stream)
    return stream.getvalue()


def write_batch(batch: PlatformBatch, target: BinaryIO) -> None:
    """Write a batch as a workbook."""
    write_xlsx(target, FILE_COLUMNS, _lines(batch))


def _lines(batch: PlatformBatch) -> Iterator[list[Any]]:
    for row in batch.rows:
        values = dict(row.content)
        values[DAY] = date.fromisoformat(values[DAY])
        yield [
            batch.number,
            row.line,
            f"{row.subject_kind}-{row.subject_id}",
            *(values[column.name] for column in COLUMNS),
            row.digest,
        ]


def _batch(
    region: str, since: date, until: date, again: bool, *, actor: Actor, now: datetime
) -> PlatformBatch | None:
    latest = _latest(region)
    returned = [key for key, row in latest.items() if row.status == PlatformStatus.REJECTED]
    events = [
        event
        for event in events_of(region, since=since, until=until, only=returned)
        if _is_told(event, latest.get(event.key), again)
    ]
    if not events:
        return None
    serial = _next_serial(region, until.year)
    rows = [
        PlatformRow(
            line=line,
            subject_kind=event.subject_kind,
            subject_id=event.subject_id,
            digest=event.digest,
            content=dict(event.content),
        )
        for line, event in enumerate(events, 1)
    ]
    batch = PlatformBatch(
        region_code=region,
        year=until.year,
        serial=serial,
        number=f"{region}-{until.year}-{serial:04}",
        since=since,
        until=until,
        sha256=hashlib.sha256("\n".join(row.digest for row in rows).encode()).hexdigest(),
        made_at=now,
        made_by=actor.name,
        rows=rows,
    )
    db.session.add(batch)
    return batch


def _is_told(event: Event, last: PlatformRow | None, again: bool) -> bool:
    if last is None or last.status == PlatformStatus.REJECTED or last.digest != event.digest:
        return True
    return again and last.status == PlatformStatus.SENT


def _latest(region: str) -> dict[tuple[str, int], PlatformRow]:
    """The last line about each event that this region has sent."""
    newest = (
        select(func.max(PlatformRow.id))
        .join(PlatformBatch, PlatformBatch.id == PlatformRow.batch_id)
        .where(PlatformBatch.region_code == region)
        .group_by(PlatformRow.subject_kind, PlatformRow.subject_id)
    )
    rows = db.session.scalars(select(PlatformRow).where(PlatformRow.id.in_(newest)))
    return {(row.subject_kind, row.subject_id): row for row in rows}


def _next_serial(region: str, year: int) -> int:
    last = db.session.scalar(
        select(func.max(PlatformBatch.serial)).where(
            PlatformBatch.region_code == region, PlatformBatch.year == year
        )
    )
    return (last or 0) + 1


def _record(batch: PlatformBatch, actor: Actor, now: datetime) -> None:
    audit.record(
        f"{KIND}.send",
        actor=actor,
        at=now,
        subject_kind=KIND,
        subject_id=batch.id,
        region=batch.region_code,
        detail={"number": batch.number, "rows": len(batch.rows), "sha256": batch.sha256},
    )
