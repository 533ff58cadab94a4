"""One step of a case: its columns, its state and its audit together; what every step of a case shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.audit import services as audit
from credit_register.audit.moves import NotPermitted, make_move
from credit_register.core.database import db
from credit_register.core.lifecycle import check_version, stale_told
from credit_register.core.masking import find_personal_data
from credit_register.core.plain_text import paragraphs
from credit_register.ledger.cases.refusals import CaseRefused
from credit_register.ledger.lifecycle import KIND, LEDGER_CASE
from credit_register.ledger.models import LedgerCase

LONGEST_REASON = 400


def step(
    case: LedgerCase,
    move_name: str,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
    judge: Callable[[], None] | None = None,
) -> None:
    """Make one move; the caller commits. Raises StaleVersion, MoveNotAllowed, NotPermitted or ReasonMissing."""
    make_move(
        LEDGER_CASE,
        case,
        move_name,
        kind=KIND,
        region=case.region_code,
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values=values,
        judge=judge,
    )


def hold(case: LedgerCase, needs: Permission, *, version: int, actor: Actor) -> None:
    """For a deed that is no move: the row is held, and is the one that the person saw.

    Raises NotPermitted or StaleVersion.
    """
    if not actor.can(needs):
        raise NotPermitted
    db.session.refresh(case, with_for_update=True)
    check_version(case, version)


def record_deed(
    deed: str, case: LedgerCase, *, actor: Actor, now: datetime, detail: dict[str, Any] | None = None
) -> None:
    """Record a deed that is no move; the caller commits."""
    audit.record(
        f"{KIND}.{deed}",
        actor=actor,
        at=now,
        subject_kind=KIND,
        subject_id=case.id,
        region=case.region_code,
        detail=detail,
    )


def commit() -> None:
    """Commit; raises StaleVersion where somebody else was first."""
    with stale_told():
        db.session.commit()


def judged(text: str, field: str, most: int = LONGEST_REASON) -> str:
    """The text as it is kept; raises CaseRefused where it is too long or holds somebody's numbers or address."""
    text = paragraphs(text)
    if len(text) > most:
        raise CaseRefused(field, f"最多 {most} 字，现在有 {len(text)} 字，请精简")
    if kinds := dict.fromkeys(finding.kind.label for finding in find_personal_data(text)):
        raise CaseRefused(field, f"文字中有{'、'.join(kinds)}，属于个人信息，请删去后再提交")
    return text
