"""One step of a measure or of its publication: columns, state, deadline and audit together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from credit_register.access.actor import Actor
from credit_register.audit import services as audit
from credit_register.audit.moves import make_move
from credit_register.core.lifecycle import Lifecycle
from credit_register.core.masking import find_personal_data
from credit_register.ledger.lifecycle import MEASURE, MEASURE_KIND, PUBLICITY
from credit_register.ledger.measures.refusals import MeasureRefused
from credit_register.ledger.models import Measure


def step(
    measure: Measure,
    move_name: str,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
    judge: Callable[[], None] | None = None,
) -> None:
    """Make one move of the measure; `values` are columns that change with it, `judge` looks at the locked row.

    The caller commits. Raises MeasureRefused, StaleVersion, MoveNotAllowed, NotPermitted or ReasonMissing.
    """
    _move(MEASURE, measure, move_name, version, actor, now, reason, values, judge)


def publicity_step(
    measure: Measure,
    move_name: str,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
    judge: Callable[[], None] | None = None,
) -> None:
    """Make one move of the publication of the measure, as `step`."""
    _move(PUBLICITY, measure, move_name, version, actor, now, reason, values, judge)


def _move(
    table: Lifecycle[Any],
    measure: Measure,
    move_name: str,
    version: int,
    actor: Actor,
    now: datetime,
    reason: str,
    values: Mapping[str, Any] | None,
    judge: Callable[[], None] | None,
) -> None:
    no_personal_data(reason, "reason")
    make_move(
        table,
        measure,
        move_name,
        kind=MEASURE_KIND,
        region=measure.case.region_code,
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values=values,
        judge=judge,
    )


def record_deed(deed: str, measure: Measure, actor: Actor, now: datetime) -> None:
    """Record a deed that is no move; the caller commits."""
    audit.record(
        f"{MEASURE_KIND}.{deed}",
        actor=actor,
        at=now,
        subject_kind=MEASURE_KIND,
        subject_id=measure.id,
        region=measure.case.region_code,
    )


def no_personal_data(text: str, field: str) -> None:
    """Raises MeasureRefused where a text that others will read holds somebody's numbers or address."""
    if kinds := dict.fromkeys(finding.kind.label for finding in find_personal_data(text)):
        raise MeasureRefused(
            field, f"文字中有{'、'.join(kinds)}，属于个人信息，办案人员以外的人也会看到，请删去后再提交"
        )
