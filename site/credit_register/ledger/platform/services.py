"""Writing a numbered batch for the national platform: what is new, changed, gone, and what it gave back."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping, Set
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer

from credit_register.access.actor import Actor
from credit_register.audit import services as audit
from credit_register.audit.labels import ACTION_LABELS, SUBJECT_LABELS
from credit_register.core import regions
from credit_register.core.clock import SHANGHAI, local_date
from credit_register.core.database import db, one_at_a_time
from credit_register.core.sheets import Column, Kind, csv_lines, write_xlsx
from credit_register.ledger.models import PlatformBatch, PlatformRow, PlatformStatus
from credit_register.ledger.platform import queries
from credit_register.ledger.platform.events import (
    COLUMNS,
    DAY,
    Event,
    Key,
    events_of,
    still_true,
    taken_back,
    takes_back,
)

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

    What the platform has accepted unchanged is not told again, nor what is on its way to it, unless `again`. What has
    changed since it was told, or fell away, or was given back, is told again however old it is. `seen` is the id of the
    newest batch of the region that the person knew of (0 for none), None where nobody looked. What `write` raises is
    raised here, and then no number is used. Raises BatchRefused or BatchMeanwhile.
    """
    until = local_date(now)
    if since > until:
        raise BatchRefused(f"起始日期 {since.isoformat()} 在今天以后，请核对。")
    for left in reversed(range(_TRIES)):
        one_at_a_time(f"{KIND} {region}")  # or else the other's batch would be there only after this look
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
    found = events_of(region, since=since, until=until)
    events = [event for event in found if _is_told(event, latest.get(event.key), again)]
    events += _fallen_away(region, latest, {event.key for event in found}, again)
    events.sort(key=lambda event: (event.day, event.key))
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


def _fallen_away(region: str, latest: Mapping[Key, PlatformRow], found: Set[Key], again: bool) -> list[Event]:
    """What takes back the events that the platform was told and that are no longer so."""
    held = _held(region, latest.keys() - found)
    events = [taken_back(*key, row.content) for key, row in held.items()]
    events = [event for event in events if _is_told(event, latest[event.key], again)]
    if not events or region == regions.NATION:
        return events
    elsewhere = still_true(region)  # the office to which the case went tells it from now on
    return [event for event in events if event.key not in elsewhere]


def _held(region: str, keys: Set[Key]) -> Mapping[Key, PlatformRow]:
    """The last line about each event by which the platform knows of it from this region, or will when it has read it.

    What any other office has taken back under the same name is gone there too.
    """
    held: dict[Key, PlatformRow] = {}
    rows = db.session.execute(
        select(PlatformRow, PlatformBatch.region_code)
        .join(PlatformBatch, PlatformBatch.id == PlatformRow.batch_id)
        .where(
            PlatformRow.subject_id.in_({subject_id for _, subject_id in keys}),
            PlatformRow.status != PlatformStatus.REJECTED.value,
        )
        .order_by(PlatformRow.id)
    )
    for row, sender in rows:
        key = (row.subject_kind, row.subject_id)
        if takes_back(row.content):
            if row.status == PlatformStatus.ACCEPTED:
                held.pop(key, None)
        elif sender == region:
            held[key] = row
    return {key: row for key, row in held.items() if key in keys}


def _latest(region: str) -> dict[Key, PlatformRow]:
    """The last line about each event that this region has sent."""
    newest = (
        select(func.max(PlatformRow.id))
        .join(PlatformBatch, PlatformBatch.id == PlatformRow.batch_id)
        .where(PlatformBatch.region_code == region)
        .group_by(PlatformRow.subject_kind, PlatformRow.subject_id)
    )
    rows = db.session.scalars(
        select(PlatformRow).where(PlatformRow.id.in_(newest)).options(defer(PlatformRow.content))
    )
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
