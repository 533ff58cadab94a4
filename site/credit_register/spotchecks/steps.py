"""One step of a check: its columns, its state, its deadline and its audit together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from credit_register.access.actor import Actor
from credit_register.audit import services as audit
from credit_register.audit.moves import make_move
from credit_register.core.masking import find_personal_data
from credit_register.spotchecks.lifecycle import KIND, SPOT_CHECK
from credit_register.spotchecks.models import SpotCheck
from credit_register.spotchecks.refusals import CheckRefused


def step(
    check: SpotCheck,
    move_name: str,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
    judge: Callable[[], None] | None = None,
) -> None:
    """Make one move; `values` are columns that change with it, `judge` looks at the locked row.

    The caller commits.

    Raises CheckRefused, StaleVersion, MoveNotAllowed, NotPermitted or ReasonMissing.
    """
    no_personal_data(reason, "reason")
    make_move(
        SPOT_CHECK,
        check,
        move_name,
        kind=KIND,
        region=check.region_code,
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values=values,
        judge=judge,
    )


def record_deed(deed: str, check: SpotCheck, actor: Actor, now: datetime) -> None:
    """Record a deed that is no move; the caller commits."""
    audit.record(
        f"{KIND}.{deed}",
        actor=actor,
        at=now,
        subject_kind=KIND,
        subject_id=check.id,
        region=check.region_code,
    )


def no_personal_data(text: str, field_name: str) -> None:
    """Raises CheckRefused where a text that others will read holds somebody's numbers or address."""
    kinds = dict.fromkeys(finding.kind.label for finding in find_personal_data(text))
    if kinds:
        raise CheckRefused(
            field_name, f"内容里有{'、'.join(kinds)}。这段文字会让办案人员以外的人看到，请删去后再提交"
        )
