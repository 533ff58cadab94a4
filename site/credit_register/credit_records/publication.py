"""The public side of a record: when it is public, what everybody may know of it, and how it leaves.

Every way in and out goes through here, so that page, search, API, downloads and log say the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from credit_register.access.actor import Actor
from credit_register.audit import services as audit
from credit_register.audit.moves import Step, make_move, make_moves
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.lifecycle import stale_told
from credit_register.credit_records.leaving import follow
from credit_register.credit_records.lifecycle import CREDIT_RECORD, KIND
from credit_register.credit_records.models import CreditRecord, RecordKind, RecordState
from credit_register.credit_records.period import RuleBook, is_publishable, period_of, rule_book, sector_rule
from credit_register.transparency.models import PublicEvent
from credit_register.transparency.services import record_public_events, withdraw_events_of_many

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
    """12.500000 as 12.5, and 100 as 100."""
    return None if amount is None else f"{amount:.6f}".rstrip("0").rstrip(".")


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def settle_record(
    record: CreditRecord,
    *,
    actor: Actor,
    now: datetime,
    before: dict[str, Any] | None = None,
    book: RuleBook | None = None,
) -> bool:
    """Bring period and state in line with the rules, after any change and by the clock; the caller commits.

    As `settle_all` with one record; gives whether anything changed.
    """
    known = {} if before is None else {record.id: before}
    return bool(settle_all([record], actor=actor, now=now, before=known, book=book))


def settle_all(
    records: Sequence[CreditRecord],
    *,
    actor: Actor,
    now: datetime,
    before: Mapping[int, dict[str, Any] | None],
    book: RuleBook | None = None,
) -> list[CreditRecord]:
    """The same of records, as many as one question to the database may name; gives those that changed.

    `before` are the public facts as they were before the caller changed a record, by its number, where it knows them;
    `book` are the rules of the day. A record that has left stays where it is: only `restore`, `relist` and `reopen`
    bring it back. Raises StaleVersion where somebody else changed a record.
    """
    running = [record for record in records if record.state in _RUNNING]
    if not running:
        return []
    book = book or rule_book(local_date(now))
    with stale_told():
        db.session.flush()  # what the caller changed counts the version on before a move compares it
    before = {**_facts_in_log([record for record in running if record.id not in before]), **before}
    changed = _count_periods(running, book, actor=actor, now=now)
    due: dict[str, list[CreditRecord]] = {}
    corrected: list[CreditRecord] = []
    for record in running:
        move = _due_move(record, book)
        if move is not None:
            due.setdefault(move, []).append(record)
        elif record.state == RecordState.PUBLISHED and before.get(record.id) != public_facts(record):
            corrected.append(record)
    for move, moving in due.items():
        _settle_by(move, moving, actor=actor, now=now)
    log_events(corrected, "change", now=now)
    return list(dict.fromkeys([*changed, *corrected, *chain.from_iterable(due.values())]))


def _settle_by(move: str, records: Sequence[CreditRecord], *, actor: Actor, now: datetime) -> None:
    """Let records make the move that the rules ask for, with what it means for the public."""
    public = [record for record in records if record.state == RecordState.PUBLISHED]
    left = (
        {"left_on": local_date(now), "left_reason": CREDIT_RECORD.move(move, records[0].state).label}
        if move in ("expire", "lapse")
        else {}
    )
    steps = [Step(record, region_of(record), values=left) for record in records]
    make_moves(CREDIT_RECORD, steps, move, kind=KIND, actor=actor, now=now)
    if move == "publish":
        log_events(records, "publish", now=now)
    else:
        withdraw_all(public, now=now)
    if move == "expire":
        follow(records, actor=actor, now=now)


def _facts_in_log(records: Sequence[CreditRecord]) -> dict[int, dict[str, Any]]:
    """What the public log says of records now, by their numbers; of those that are not public nothing."""
    numbers = {record.public_id: record.id for record in records if record.state == RecordState.PUBLISHED}
    if not numbers:
        return {}
    rows = db.session.execute(
        select(PublicEvent.subject_key, PublicEvent.payload)
        .where(
            PublicEvent.subject_kind == KIND,
            PublicEvent.subject_key.in_(numbers),
            PublicEvent.payload.is_not(None),
        )
        .order_by(PublicEvent.id)  # the last one counts
    )
    return {numbers[key]: json.loads(payload)["content"] for key, payload in rows if payload}


def _count_periods(
    records: Sequence[CreditRecord], book: RuleBook, *, actor: Actor, now: datetime
) -> list[CreditRecord]:
    """Count the periods of records by the rules; gives those that changed, each with a trace where it had one before."""
    counted = [(record, said) for record in records if (said := _count_period(record, book)) is not None]
    with stale_told():
        db.session.flush()
    audit.record_many(
        f"{KIND}.recount",
        actor=actor,
        at=now,
        subject_kind=KIND,
        subjects=[
            audit.Subject(record.id, region_of(record), {"reason": said}) for record, said in counted if said
        ],
    )
    return [record for record, _ in counted]


def _count_period(record: CreditRecord, book: RuleBook) -> str | None:
    """What became of the period, in words, which are empty where it is the first; None where it is as it was."""
    period = period_of(record, changed_on=book.on, book=book)
    kept_by = ""
    if period is not None and period.latest_on < book.on and record.met_on is None:
        kept_by = sector_rule(record, on=book.on, book=book)
    wanted = (
        (period.earliest_on, period.latest_on, period.rules_from, kept_by)
        if period
        else (None, None, None, "")
    )
    present = (record.earliest_on, record.latest_on, record.rules_from, record.kept_by)
    if wanted == present:
        return None
    record.earliest_on, record.latest_on, record.rules_from, record.kept_by = wanted
    return _recounted(present, wanted) if present[0] is not None else ""


def _recounted(present: tuple[Any, ...], wanted: tuple[Any, ...]) -> str:
    """What became of the period, in words."""
    names = ("最早可申请修复", "公示至", "规则版本", "行业规定")
    return "；".join(
        f"{name} {before or '无'} → {after or '无'}"
        for name, before, after in zip(names, present, wanted, strict=True)
        if before != after
    )


def _due_move(record: CreditRecord, book: RuleBook) -> str | None:
    """The step that the rules ask for on the day of the rule book."""
    over = record.latest_on is not None and record.latest_on < book.on and not record.kept_by
    if over:
        return "expire" if record.met_on else "lapse"
    public = is_publishable(record, on=book.on, book=book)
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
    judge: Callable[[], None] | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Let a record leave everything public at once: `repair`, `annul`, `uphold_objection` or `remove`; the caller commits.

    `detail` is what the audit keeps beside the reason. Raises MoveNotAllowed, StaleVersion, NotPermitted or ReasonMissing.
    """
    was_public = record.state == RecordState.PUBLISHED
    _move(
        record,
        move,
        actor=actor,
        now=now,
        values=_left(record, move, reason, values or {}, now=now),
        reason=reason,
        version=version,
        judge=judge,
        detail=detail,
    )
    if was_public:
        withdraw_all([record], now=now)
    follow([record], actor=actor, now=now)


def take_off_all(
    leaving: Sequence[tuple[CreditRecord, str]],
    move: str,
    *,
    actor: Actor,
    now: datetime,
    values: Mapping[str, Any],
) -> None:
    """The same of records, each with its reason, as many as one question to the database may name."""
    public = [record for record, _ in leaving if record.state == RecordState.PUBLISHED]
    with stale_told():
        db.session.flush()  # what the caller changed counts the version on before the move compares it
    steps = [
        Step(record, region_of(record), reason=reason, values=_left(record, move, reason, values, now=now))
        for record, reason in leaving
    ]
    make_moves(CREDIT_RECORD, steps, move, kind=KIND, actor=actor, now=now)
    withdraw_all(public, now=now)
    follow([record for record, _ in leaving], actor=actor, now=now)


def _left(
    record: CreditRecord, move: str, reason: str, values: Mapping[str, Any], *, now: datetime
) -> dict[str, Any]:
    """The columns of a record that leaves."""
    # Off the list is what mends every other record than a penalty: a repair that is told later does not move that day.
    mended = move == "repair" and record.state == RecordState.REMOVED and record.kind != RecordKind.PENALTY
    left_on = record.left_on if mended else local_date(now)
    return {"left_on": left_on, "left_reason": reason[:400], **values}


def bring_back(
    record: CreditRecord,
    move: str,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    version: int | None = None,
    values: dict[str, Any] | None = None,
    judge: Callable[[], None] | None = None,
) -> None:
    """`restore`, `relist` or `reopen`: the rules then decide whether it is public; the caller commits.

    What is listed anew has new obligations, save a penalty, which is the same document again: that those before were
    met says nothing of them. Raises as `take_off`.
    """
    back = {"left_on": None, "left_reason": "", **(values or {})}
    if move == "relist" and record.kind != RecordKind.PENALTY:
        back = {"met_on": None, "met_note": "", "met_file_id": None, **back}
    _move(record, move, actor=actor, now=now, values=back, reason=reason, version=version, judge=judge)
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
    judge: Callable[[], None] | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    if version is None:
        with stale_told():
            db.session.flush()  # what the caller changed counts the version on before the move compares it
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
        judge=judge,
        detail=detail,
    )


def region_of(record: CreditRecord) -> str:
    """The region that has jurisdiction: the institution's, or that of the office which received the record."""
    return record.institution.region_code if record.institution else record.region_code


def log_events(records: Sequence[CreditRecord], event: str, *, now: datetime) -> None:
    """Write the present public facts of records into the public log; the caller commits.

    What stood there of a record before is withdrawn: a correction must not leave the mistake in public.
    """
    withdraw_events_of_many(KIND, [record.public_id for record in records], at=now)
    record_public_events(
        f"{KIND}.{event}",
        subject_kind=KIND,
        changes=[(record.public_id, public_facts(record)) for record in records],
        at=now,
    )


def withdraw_all(records: Sequence[CreditRecord], *, now: datetime) -> None:
    """Of what was public only the hash stays, and a dated event that names nobody; the caller commits."""
    withdraw_events_of_many(KIND, [record.public_id for record in records], at=now)
    record_public_events(
        f"{KIND}.withdraw",
        subject_kind=KIND,
        changes=[(record.public_id, {"withdrawn_on": local_date(now).isoformat()}) for record in records],
        at=now,
    )


def counts_as_dishonest(record: CreditRecord) -> bool:
    """Whether it is a record of dishonesty whose ground still stands."""
    return RecordKind(record.kind).is_adverse and record.state not in (
        RecordState.ANNULLED,
        RecordState.OBJECTED,
    )
