"""Closing a month, correcting a closed one, and keeping one that came as a file; what is frozen is never altered."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy.exc import IntegrityError

from credit_register.access.actor import Actor
from credit_register.audit import services as audit
from credit_register.audit.labels import DETAIL_LABELS, SUBJECT_LABELS
from credit_register.audit.moves import NotPermitted, ReasonMissing
from credit_register.core import regions
from credit_register.core.clock import SHANGHAI, local_date
from credit_register.core.database import db
from credit_register.core.files import SHEETS, FileError, FilePolicy, StoredFile, store_upload
from credit_register.core.lifecycle import StaleVersion
from credit_register.core.plain_text import paragraphs
from credit_register.ledger.figures import figures
from credit_register.ledger.lifecycle import KIND as CASE_KIND
from credit_register.ledger.models import LedgerMonth, MonthOrigin
from credit_register.ledger.months import queries
from credit_register.ledger.months.case_rows import Progress, rows_of, silent
from credit_register.ledger.months.periods import last_day, words_of
from credit_register.ledger.months.reading import LIMITS, LedgerUnreadable, ReadLedger
from credit_register.ledger.months.sheet import LedgerSheet, made_sheet

KIND: Final = "ledger_month"  # in the audit
LONGEST_REASON: Final = 400
_POLICY: Final = FilePolicy(max_bytes=LIMITS.file_bytes, max_count=1, kinds=SHEETS)

SUBJECT_LABELS[KIND] = "月度台账"
DETAIL_LABELS |= {"month": "月份", "rows": "户数"}


class MonthNotOver(Exception):
    """A month that has not ended cannot be closed."""

    def __init__(self, month: str) -> None:
        super().__init__(f"{words_of(month)}还没有结束，不能关账。月末以后再办理。")


class MonthBeforeLedger(Exception):
    """The office had nothing on its ledger in that month."""

    def __init__(self, month: str, first: str) -> None:
        super().__init__(
            f"{words_of(month)}本单位还没有台账，不能关账。可以办理的最早月份是{words_of(first)}，请选择该月或者以后的月份。"
        )


class AlreadyClosed(Exception):
    """The month was closed before; `month` is what was frozen."""

    def __init__(self, month: LedgerMonth) -> None:
        when = month.made_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        super().__init__(
            f"{words_of(month.month)}已由{month.made_by}于 {when} 关账，没有重复办理。需要改动的，请办理更正。"
        )
        self.month = month


class ClosedHere(Exception):
    """The month was closed in this register, and is reported as that says; `month` is what was frozen."""

    def __init__(self, month: LedgerMonth) -> None:
        super().__init__(
            f"{words_of(month.month)}已由{month.made_by}于 {month.made_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M} "
            "在本系统关账，不能再导入台账。需要改动的，请先更正有关案件的登记，再在该月的页面办理更正。"
        )
        self.month = month


class NothingToCorrect(Exception):
    """The ledger of that day reads as it was frozen."""

    def __init__(self) -> None:
        super().__init__(
            "按关账日重新生成的台账与已关账的内容完全相同，没有需要更正的。请先更正有关案件的登记。"
        )


class CorrectionNeedsReason(Exception):
    """Another file was imported for this month before."""

    def __init__(self, month: str) -> None:
        super().__init__(
            f"{words_of(month)}已经导入过内容不同的台账。确需更正的，请用 --reason 写明理由，作为编号的更正保存。"
        )


class ReasonTooLong(Exception):
    """The reason does not fit."""

    def __init__(self) -> None:
        super().__init__(f"理由最多 {LONGEST_REASON} 字")


def close_month(month: str, *, actor: Actor, now: datetime, progress: Progress = silent) -> LedgerMonth:
    """Freeze the ledger of the actor's own region for a month that has ended. Commits.

    It is frozen as of its own last day, whenever it is closed. Raises MonthNotOver, MonthBeforeLedger or AlreadyClosed.
    """
    region, today = actor.region or regions.NATION, local_date(now)
    if today <= last_day(month):
        raise MonthNotOver(month)
    present = queries.newest(region, month, MonthOrigin.CLOSED)
    if present is not None:
        raise AlreadyClosed(present)
    first = queries.first_month(region, on=today)
    if month < first:
        raise MonthBeforeLedger(month, first)
    day = last_day(month)  # what came after the next month had begun is not news of this one
    sheet = made_sheet(region, rows_of(region, on=day, progress=progress), on=day)
    return _freeze(region, month, sheet, day=day, number=0, reason="", actor=actor, now=now)


def correct_month(
    frozen: LedgerMonth, *, number: int, reason: str, actor: Actor, now: datetime, progress: Progress = silent
) -> LedgerMonth:
    """Put a numbered correction in the place of a closed month: the same day, by what the register says now. Commits.

    `number` is that of the ledger which the person saw as the newest. What was frozen before stays. Raises
    NotPermitted, ReasonMissing, ReasonTooLong, StaleVersion or NothingToCorrect.
    """
    if frozen.origin != MonthOrigin.CLOSED or frozen.region_code != (actor.region or regions.NATION):
        raise NotPermitted
    reason = paragraphs(reason)
    if not reason:
        raise ReasonMissing
    if len(reason) > LONGEST_REASON:
        raise ReasonTooLong
    newest = queries.newest(frozen.region_code, frozen.month, MonthOrigin.CLOSED)
    assert newest is not None
    if newest.number != number:
        raise StaleVersion
    day = date.fromisoformat(newest.figures["on"])
    sheet = made_sheet(frozen.region_code, rows_of(frozen.region_code, on=day, progress=progress), on=day)
    if sheet.sha256 == newest.sha256:
        raise NothingToCorrect
    return _freeze(
        frozen.region_code,
        frozen.month,
        sheet,
        day=day,
        number=number + 1,
        reason=reason,
        actor=actor,
        now=now,
    )


def _freeze(
    region: str,
    month: str,
    sheet: LedgerSheet,
    *,
    day: date,
    number: int,
    reason: str,
    actor: Actor,
    now: datetime,
) -> LedgerMonth:
    found = figures(region, on=day)
    counts: dict[str, Any] = {
        "on": day.isoformat(),
        "pushed": found.pushed,
        "opened": found.opened,
        "pruned": found.pruned,
        "exited": found.exited,
        "rate": found.rate,
        "rows": len(sheet.rows),
    }
    frozen = _row(region, month, MonthOrigin.CLOSED, sheet, counts, number, reason, actor, now)
    return _commit(frozen, "close_month", actor=actor, now=now)


def keep_imported(
    source: Path | StoredFile,
    read: ReadLedger,
    *,
    region: str,
    month: str,
    reason: str,
    file_name: str,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
) -> LedgerMonth | None:
    """Keep a ledger that was read from a file as the snapshot of its month; no case moves. Commits.

    `source` is the file, or its row where it was stored before; `seen` how many numbers of the month the person knew
    of, None where nobody looked. The same content again changes nothing and gives None. Raises ClosedHere where the
    month was closed in this register, StaleVersion or AlreadyClosed where somebody was faster, CorrectionNeedsReason
    where other content was kept before and no reason is given, ReasonTooLong, or LedgerUnreadable where the file itself
    cannot be kept.
    """
    reason = paragraphs(reason)
    if len(reason) > LONGEST_REASON:
        raise ReasonTooLong
    newest = queries.newest(region, month, MonthOrigin.IMPORTED)
    if newest is not None and newest.sha256 == read.sheet.sha256:
        return None
    closed = queries.newest(region, month, MonthOrigin.CLOSED)
    if closed is not None:
        raise ClosedHere(closed)
    number = 0 if newest is None else newest.number + 1
    if seen is not None and seen != number:
        raise StaleVersion
    if newest is not None and not reason:
        raise CorrectionNeedsReason(month)
    counts = {
        "rows": read.rows,
        "exited": read.exited,
        "warnings": [remark.as_json() for remark in read.warnings],
        "errors": [remark.as_json() for remark in read.errors],
    }
    kept = _row(
        region,
        month,
        MonthOrigin.IMPORTED,
        read.sheet,
        counts,
        number,
        reason if newest is not None else "",
        actor,
        now,
    )
    stored = _store(source, file_name, actor, now)
    db.session.flush()
    kept.file_id = stored.id
    return _commit(kept, "import_month", actor=actor, now=now)


def _store(source: Path | StoredFile, file_name: str, actor: Actor, now: datetime) -> StoredFile:
    if isinstance(source, StoredFile):
        source.purpose, source.original_name = KIND, file_name
        return source
    try:
        with source.open("rb") as stream:
            return store_upload(stream, file_name, _POLICY, purpose=KIND, now=now, stored_by=actor.account_id)
    except FileError as error:
        db.session.rollback()
        raise LedgerUnreadable(str(error)) from error


def _row(
    region: str,
    month: str,
    origin: MonthOrigin,
    sheet: LedgerSheet,
    counts: dict[str, Any],
    number: int,
    reason: str,
    actor: Actor,
    now: datetime,
) -> LedgerMonth:
    return LedgerMonth(
        region_code=region,
        month=month,
        origin=origin.value,
        number=number,
        title=sheet.title,
        date_line=sheet.date_line,
        width=sheet.width,
        header=dict(sheet.header),
        rows=[list(row) for row in sheet.rows],
        figures=counts,
        sha256=sheet.sha256,
        reason=reason,
        made_at=now,
        made_by_id=actor.account_id,
        made_by=actor.name,
    )


def _commit(frozen: LedgerMonth, deed: str, *, actor: Actor, now: datetime) -> LedgerMonth:
    region, month, origin = frozen.region_code, frozen.month, MonthOrigin(frozen.origin)
    db.session.add(frozen)
    try:
        db.session.flush()
        audit.record(
            f"{CASE_KIND}.{deed}",
            actor=actor,
            at=now,
            subject_kind=KIND,
            subject_id=frozen.id,
            region=region,
            detail={
                "month": month,
                "number": frozen.number,
                "rows": frozen.figures["rows"],
                "sha256": frozen.sha256,
                **({"reason": frozen.reason} if frozen.reason else {}),
            },
        )
        db.session.commit()
    except (
        IntegrityError
    ):  # two officers closed, or corrected, at the same moment: the table takes one of them
        db.session.rollback()
        present = queries.newest(region, month, origin)
        if present is None:
            raise
        if frozen.number == 0:
            raise AlreadyClosed(present) from None
        raise StaleVersion from None
    return frozen
