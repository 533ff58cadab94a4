"""One step of a case: permission, rule, row, deadline and audit together, so that no domain forgets one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.audit import services as audit
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.services import start_deadline
from credit_register.core.lifecycle import Lifecycle, LifecycleError, Move, StaleVersion, stale_told
from credit_register.core.plain_text import paragraphs

Row = TypeVar("Row")


class NotPermitted(Exception):
    """The actor's role may not make the move; the page is that of missing permission."""


class ReasonMissing(Exception):
    """The move needs a reason and none was given; the message stands beside the field."""

    def __init__(self) -> None:
        super().__init__("请填写原因，对方会看到这段文字")


def moves_for(lifecycle: Lifecycle[Any], state: str, actor: Actor) -> list[Move[Any]]:
    """The moves on offer in a state that the actor's role may make, in the order of the table."""
    return [
        move
        for move in lifecycle.moves_from(state)
        if move.needs is not None and actor.can(Permission(move.needs))
    ]


def make_move(
    lifecycle: Lifecycle[Any],
    row: Any,
    move_name: str,
    *,
    kind: str,
    region: str | None,
    version: int,
    actor: Actor,
    now: datetime,
    reason: str = "",
    detail: dict[str, Any] | None = None,
    values: Mapping[str, Any] | None = None,
    judge: Callable[[], None] | None = None,
    started_on: date | None = None,
) -> Move[Any]:
    """Make one move of a case and record it; the caller commits.

    `kind` is the row's table and the first part of the audit's action; `version` is the number that the person
    saw. The row is held until the end of the transaction; `judge` then looks at it once more and may raise.
    `values` are columns that the database demands together with the new state: one statement writes them.
    Starts the deadline that the move names, from `started_on` where the event was not today.
    Raises MoveNotAllowed, StaleVersion, NotPermitted or ReasonMissing.
    """
    # Only this row: what was loaded beside it by an outer join cannot be held.
    db.session.refresh(row, with_for_update={"of": type(row)})
    move = lifecycle.move(move_name, getattr(row, lifecycle.attribute))
    _permit(move, actor, reason)
    if judge is not None:
        judge()
    with db.session.no_autoflush:
        for column, value in (values or {}).items():
            setattr(row, column, value)
        lifecycle.apply(row, move_name, version)
    if move.due is not None:
        start_deadline(
            subject_kind=kind, subject_id=row.id, rule=move.due, started_on=started_on or local_date(now)
        )
    audit.record(
        f"{kind}.{move_name}",
        actor=actor,
        at=now,
        subject_kind=kind,
        subject_id=row.id,
        region=region,
        detail={**({"reason": reason} if reason else {}), **(detail or {})},
    )
    return move


@dataclass(frozen=True)
class Step(Generic[Row]):
    """What one row of many has of its own when all make the same move; `values` as for `make_move`."""

    row: Row
    region: str | None
    reason: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def make_moves(
    lifecycle: Lifecycle[Any],
    steps: Sequence[Step[Any]],
    move_name: str,
    *,
    kind: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Make the same move of many rows of one table, as many as one question may name; the caller commits.

    As `make_move` of each in the version that it was read in, with a few statements for all. It is for moves that
    start no deadline. Raises MoveNotAllowed, StaleVersion, NotPermitted or ReasonMissing, and then none has moved.
    """
    if not steps:
        return
    _hold_as_read([step.row for step in steps])
    for step in steps:
        move = lifecycle.move(move_name, getattr(step.row, lifecycle.attribute))
        if move.due is not None:
            raise LifecycleError(f"{move_name!r} starts a deadline and is made one by one")
        _permit(move, actor, step.reason)
    with db.session.no_autoflush:
        for step in steps:
            for column, value in step.values.items():
                setattr(step.row, column, value)
        lifecycle.apply_to_all([step.row for step in steps], move_name)
    audit.record_many(
        f"{kind}.{move_name}",
        actor=actor,
        at=now,
        subject_kind=kind,
        subjects=[
            audit.Subject(step.row.id, step.region, {"reason": step.reason} if step.reason else {})
            for step in steps
        ],
    )


def _hold_as_read(rows: Sequence[Any]) -> None:
    """Hold rows until the end of the transaction; one that is no longer as it was read raises StaleVersion."""
    model = type(rows[0])
    numbers = [row.id for row in rows]
    query = select(model.id, model.version).where(model.id.in_(numbers)).order_by(model.id)
    with stale_told():
        held: dict[int, int] = {row.id: row.version for row in db.session.execute(query.with_for_update())}
    if any(held.get(row.id) != row.version for row in rows):
        raise StaleVersion


def _permit(move: Move[Any], actor: Actor, reason: str) -> None:
    if move.needs is not None and not actor.can(Permission(move.needs)):
        raise NotPermitted
    if move.reason and not paragraphs(reason):
        raise ReasonMissing
