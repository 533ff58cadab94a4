"""Deciding a batch: a second person lets its rows become records, or refuses it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.accounts.models import Account
from credit_register.audit.moves import NotPermitted, make_move
from credit_register.core.database import db, let_others_write, reading
from credit_register.core.lifecycle import check_version
from credit_register.credit_records.imports.register import hold_the_records
from credit_register.credit_records.imports.taking_effect import apply_next_rows
from credit_register.credit_records.lifecycle import BATCH_KIND, RECORD_BATCH
from credit_register.credit_records.models import PLACED, BatchState, RecordBatch, RecordRow
from credit_register.credit_records.period import rules_held

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


class StoppedHalfway(Exception):
    """The batch is decided and a part of its rows has taken effect; the others wait for `finish_batches`."""

    def __init__(self) -> None:
        super().__init__(
            "批次已确认，一部分行已生效，其余的行因数据库繁忙没有办完。系统会自动继续，也可以在本页继续办理。"
        )


def confirm_batch(
    batch: RecordBatch,
    *,
    with_removals: bool,
    version: int,
    actor: Actor,
    now: datetime,
    chunks: int | None = None,
) -> dict[str, int]:
    """Decide that a batch takes effect, and let its rows do so; gives how often each thing was done.

    The decision and the first chunk of rows are one transaction, each further chunk another, so that nobody has to wait
    for the lock as long as all of them take. After `chunks` of them the rest is left to `finish_batches`, as it is
    when the process is killed. `with_removals` also takes off what the full list no longer has.
    Raises OwnBatch, MoveNotAllowed, StaleVersion, NotPermitted or ConfirmedMeanwhile, and then nothing was decided;
    else StoppedHalfway.
    """
    if not actor.can(Permission.RECORD_CONFIRM):
        raise NotPermitted
    with _all_or_nothing(ConfirmedMeanwhile):
        hold_the_records()
        db.session.refresh(batch, with_for_update=True)
        check_version(batch, version)
        make_move(
            RECORD_BATCH,
            batch,
            "confirm",
            kind=BATCH_KIND,
            region=batch.region_code,
            version=version,
            actor=actor,
            now=now,
            values={
                "decided_at": now,
                "decided_by_id": actor.account_id,
                "with_removals": with_removals,
            },
            judge=lambda: _refuse_own(batch, actor),
        )
        more = _apply_chunk(batch, actor, now)
        db.session.commit()
    if more:
        carry_on(batch, now=now, chunks=None if chunks is None else chunks - 1)
    return outcomes(batch)


def carry_on(batch: RecordBatch, *, now: datetime, chunks: int | None = None) -> None:
    """Let the remaining rows of a decided batch take effect, a chunk in a transaction, as whoever decided wanted it.

    Several may do so at once, and a batch that has taken effect stays as it is. Raises StoppedHalfway.
    """
    more, done = True, 0
    db.session.rollback()  # the lock that asking for the batch has taken
    while more and (chunks is None or done < chunks):
        let_others_write()
        with _all_or_nothing(StoppedHalfway):
            hold_the_records()
            db.session.refresh(batch, with_for_update=True)
            more = batch.state == BatchState.TAKING_EFFECT and _apply_chunk(batch, _decider(batch), now)
            db.session.commit()
        done += 1


def finish_batches(moment: datetime) -> int:
    """Carry on with the batches that were decided and have not taken effect wholly; gives how many of them now have."""
    with reading():
        numbers = db.session.scalars(
            select(RecordBatch.id)
            .where(RecordBatch.state == BatchState.TAKING_EFFECT.value)
            .order_by(RecordBatch.id)
        ).all()
    finished = 0
    for number in numbers:
        batch = db.session.get_one(RecordBatch, number)
        try:
            carry_on(batch, now=moment)
            finished += 1
        except Exception:  # noqa: BLE001 -- whatever it was, the other batches must not wait for it
            structlog.get_logger("jobs").exception("a batch of records has stopped halfway", batch=number)
    return finished


def outcomes(batch: RecordBatch) -> dict[str, int]:
    """How often each thing was done with the rows of a batch so far, and with repairs that waited for its records."""
    rows = db.session.execute(
        select(RecordRow.outcome, func.count())
        .where(RecordRow.batch_id == batch.id, RecordRow.outcome.is_not(None))
        .group_by(RecordRow.outcome)
    )
    done = {outcome: count for outcome, count in rows if outcome}
    placed = batch.summary.get(PLACED)
    return done | {PLACED: placed} if placed else done


def _apply_chunk(batch: RecordBatch, actor: Actor, now: datetime) -> bool:
    """Let the next rows take effect, and with the last of them the batch; gives whether more wait. The caller commits."""
    with rules_held():
        more = apply_next_rows(batch, actor=actor, now=now)
    if more:
        return True
    done = outcomes(batch)
    make_move(
        RECORD_BATCH,
        batch,
        "finish",
        kind=BATCH_KIND,
        region=batch.region_code,
        version=batch.version,
        actor=actor,
        now=now,
        detail={"done": done},
        values={"summary": {**batch.summary, "done": done}},
    )
    return False


@contextmanager
def _all_or_nothing(trouble: type[ConfirmedMeanwhile | StoppedHalfway]) -> Iterator[None]:
    """A transaction that is given back where it fails; what the database refused is told as `trouble`."""
    try:
        yield
    except (IntegrityError, OperationalError) as error:
        db.session.rollback()
        raise trouble from error
    except BaseException:
        db.session.rollback()
        raise


def _decider(batch: RecordBatch) -> Actor:
    """Who answers for what the batch does, also where the system carries on."""
    return db.session.get_one(Account, batch.decided_by_id).actor


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
