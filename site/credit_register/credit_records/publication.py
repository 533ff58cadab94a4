"""The public side of a record: when it is public, what everybody may know of it, and how it leaves.

Every way in and out goes through here, so that page, search, API, downloads and log say the same.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from credit_register.access.actor import Actor
from credit_register.audit.moves import make_move
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.credit_records.lifecycle import CREDIT_RECORD, KIND
from credit_register.credit_records.models import CreditRecord, RecordKind, RecordState
from credit_register.credit_records.period import is_publishable, period_of, sector_rule
from credit_register.transparency.services import record_public_event, withdraw_public_events

_RUNNING = (RecordState.PUBLISHED, RecordState.WITHHELD)


def visible(on: date) -> ColumnElement[bool]:
    """Whether a record is public on a day; asked in every public query, so that no clock has to run first."""
    return and_(
        CreditRecord.state == RecordState.PUBLISHED.value,
        or_(CreditRecord.latest_on >= on, CreditRecord.kept_by != ""),
    )


def is_visible(record: CreditRecord, on: date) -> bool:
    """The same of one row."""
    return (
        record.state == RecordState.PUBLISHED
        and record.latest_on is not None
        and (record.latest_on >= on or record.kept_by != "")
    )


def public_facts(record: CreditRecord) -> dict[str, Any]:
    """Everything that is public about a record, as plain data; what is not here is not public."""
    return {
        "uscc": record.uscc,
        "name": record.name,
        "kind": record.kind,
        "list_name": record.list_name,
        "document_number": record.document_number,
        "authority": record.authority,
        "decided_on": record.decided_on.isoformat(),
        "degree": record.degree,
        "conduct": record.conduct,
        "facts": record.facts,
        "basis": record.basis,
        "penalty_kinds": record.penalty_kinds,
        "content": record.content,
        "fine_10k_yuan": _amount(record.fine),
        "confiscated_10k_yuan": _amount(record.confiscated),
        "licence": record.licence,
        "source": record.source,
        "earliest_repair_on": _text(record.earliest_on),
        "publish_until": _text(record.latest_on),
        "kept_by": record.kept_by,
        "obligations_met_on": _text(record.met_on),
    }


def _amount(amount: Decimal | None) -> str | None:
    """12.500000 as 12.5."""
    return None if amount is None else f"{amount:f}".rstrip("0").rstrip(".")


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def settle_record(
    record: CreditRecord, *, actor: Actor, now: datetime, before: dict[str, Any] | None = None
) -> bool:
    """Bring period and state in line with the rules, after any change and by the clock; the caller commits.

    `before` are the public facts as they were, where a record that may be public has been changed. Gives whether
    anything changed. A record that has left stays where it is: only `restore` and `relist` bring it back.
    """
    today = local_date(now)
    if record.state not in _RUNNING:
        return False
    changed = _count_period(record, today)
    move = _due_move(record, today)
    if move is not None:
        was_public = record.state == RecordState.PUBLISHED
        leaves = move in ("expire", "lapse")
        values = (
            {"left_on": today, "left_reason": CREDIT_RECORD.move(move, record.state).label} if leaves else {}
        )
        _move(record, move, actor=actor, now=now, values=values)
        if move == "publish":
            log_event(record, "publish", now=now)
        elif was_public:
            withdraw(record, now=now)
        return True
    if before is not None and record.state == RecordState.PUBLISHED and before != public_facts(record):
        log_event(record, "change", now=now)
        return True
    return changed


def _count_period(record: CreditRecord, today: date) -> bool:
    period = period_of(record, changed_on=today)
    kept_by = ""
    if period is not None and period.latest_on < today and record.met_on is None and not record.left_on:
        kept_by = sector_rule(record, on=today)
    wanted = (
        (period.earliest_on, period.latest_on, period.rules_from, kept_by)
        if period
        else (None, None, None, "")
    )
    present = (record.earliest_on, record.latest_on, record.rules_from, record.kept_by)
    if wanted == present:
        return False
    record.earliest_on, record.latest_on, record.rules_from, record.kept_by = wanted
    db.session.flush()
    return True


def _due_move(record: CreditRecord, today: date) -> str | None:
    """The step that the rules ask for today."""
    over = record.latest_on is not None and record.latest_on < today and not record.kept_by
    if over:
        return "expire" if record.met_on else "lapse"
    public = is_publishable(record, on=today)
    if record.state == RecordState.WITHHELD and public:
        return "publish"
    if record.state == RecordState.PUBLISHED and not public:
        return "withhold"
    return None


def take_off(
    record: CreditRecord,
    move: str,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    version: int | None = None,
    values: dict[str, Any] | None = None,
) -> None:
    """Let a record leave everything public at once: `repair`, `annul`, `uphold_objection` or `remove`; the caller commits.

    Raises MoveNotAllowed, StaleVersion, NotPermitted or ReasonMissing.
    """
    was_public = record.state == RecordState.PUBLISHED
    left = {"left_on": local_date(now), "left_reason": reason[:400], **(values or {})}
    _move(record, move, actor=actor, now=now, values=left, reason=reason, version=version)
    if was_public:
        withdraw(record, now=now)


def bring_back(
    record: CreditRecord,
    move: str,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    version: int | None = None,
    values: dict[str, Any] | None = None,
) -> None:
    """`restore` or `relist`: the rules then decide whether it is public; the caller commits. Raises as `take_off`."""
    back = {"left_on": None, "left_reason": "", **(values or {})}
    _move(record, move, actor=actor, now=now, values=back, reason=reason, version=version)
    settle_record(record, actor=actor, now=now)


def _move(
    record: CreditRecord,
    move: str,
    *,
    actor: Actor,
    now: datetime,
    values: dict[str, Any],
    reason: str = "",
    version: int | None = None,
) -> None:
    make_move(
        CREDIT_RECORD,
        record,
        move,
        kind=KIND,
        region=region_of(record),
        version=record.version if version is None else version,
        actor=actor,
        now=now,
        reason=reason,
        values=values,
    )


def region_of(record: CreditRecord) -> str:
    """The region that has jurisdiction: the institution's, or that of the office which received the record."""
    return record.institution.region_code if record.institution else record.region_code


def log_event(record: CreditRecord, event: str, *, now: datetime) -> None:
    """Write the present public facts into the public log; the caller commits."""
    record_public_event(
        f"{KIND}.{event}",
        subject_kind=KIND,
        subject_key=record.public_id,
        payload=public_facts(record),
        at=now,
    )


def withdraw(record: CreditRecord, *, now: datetime) -> None:
    """Of what was public only the hash stays, and a dated event that names nobody; the caller commits."""
    withdraw_public_events(KIND, record.public_id, at=now)
    record_public_event(
        f"{KIND}.withdraw",
        subject_kind=KIND,
        subject_key=record.public_id,
        payload={"withdrawn_on": local_date(now).isoformat()},
        at=now,
    )


def counts_as_dishonest(record: CreditRecord) -> bool:
    """Whether it is a record of dishonesty whose ground still stands."""
    return RecordKind(record.kind).is_adverse and record.state not in (
        RecordState.ANNULLED,
        RecordState.OBJECTED,
    )
