"""One step of a letter: its columns, its state, its deadline and its audit together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from credit_register.access.actor import Actor
from credit_register.audit import services as audit
from credit_register.audit.moves import make_move
from credit_register.letters.lifecycle import KIND, LETTER
from credit_register.letters.models import Letter


def step(
    letter: Letter,
    move_name: str,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
    judge: Callable[[], None] | None = None,
    detail: dict[str, Any] | None = None,
    started_on: date | None = None,
) -> None:
    """Make one move; `values` are columns that change with it, `judge` looks at the locked row.

    What `judge` puts into `values` and `detail` is still written. The caller commits.
    Raises StaleVersion, MoveNotAllowed, NotPermitted or ReasonMissing.
    """
    make_move(
        LETTER,
        letter,
        move_name,
        kind=KIND,
        region=letter.region_code,
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values=values,
        judge=judge,
        detail=detail,
        started_on=started_on,
    )


def record_deed(deed: str, letter: Letter, actor: Actor, now: datetime, *, reason: str = "") -> None:
    """Record a deed that is no move; the caller commits."""
    audit.record(
        f"{KIND}.{deed}",
        actor=actor,
        at=now,
        subject_kind=KIND,
        subject_id=letter.id,
        region=letter.region_code,
        detail={"reason": reason} if reason else None,
    )
