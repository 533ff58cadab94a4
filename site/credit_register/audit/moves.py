"""One step of a case: permission, rule, row, deadline and audit together, so that no domain forgets one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.audit import services as audit
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.services import start_deadline
from credit_register.core.lifecycle import Lifecycle, Move
from credit_register.core.plain_text import paragraphs


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
    if move.needs is not None and not actor.can(Permission(move.needs)):
        raise NotPermitted
    if move.reason and not paragraphs(reason):
        raise ReasonMissing
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
