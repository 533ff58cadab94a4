"""Measures that still run when their case leaves the ledger or is pruned: they end with it, by the program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, or_, select

from credit_register.access.actor import Actor
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.services import close_deadlines
from credit_register.ledger.lifecycle import MEASURE_KIND
from credit_register.ledger.measures import publicity
from credit_register.ledger.measures.services import tell_shown
from credit_register.ledger.measures.steps import publicity_step, step
from credit_register.ledger.measures.words import title_of
from credit_register.ledger.models import LedgerCase, Measure, MeasureKind, MeasureState, PublicState

BY_EXIT, BY_PRUNING = "退出台账", "剔除"  # the reason in the history of a measure


@dataclass(frozen=True)
class Ending:
    """A measure that still runs, and what becomes of it when its case ends."""

    measure: Measure
    title: str
    becomes: str


def endings_of(case: LedgerCase) -> list[Ending]:
    """What still runs at a case."""
    return [Ending(measure, title_of(measure), _becomes(measure)) for measure in _rows(_running(case))]


def _becomes(measure: Measure) -> str:
    match measure.kind:
        case MeasureKind.INTERVIEW:
            return f"定于 {measure.planned_on} 的约谈不再进行" + (
                "，通知机构无须到场" if measure.shown else ""
            )
        case MeasureKind.ORDER:
            return "不再要求纠正，期限随之办结"
        case _:
            return "解除"


def lift_measures(case: LedgerCase, *, reason: str, actor: Actor, now: datetime) -> int:
    """End what still runs at a case that has just ended; gives how many. The caller holds the case and commits.

    What is public of a measure stays so until its last day, and then says that the measure has ended.
    """
    running = _rows(_running(case).with_for_update().execution_options(populate_existing=True))
    for measure in running:
        step(
            measure,
            "lift",
            version=measure.version,
            actor=actor,
            now=now,
            reason=reason,
            values={"ended_on": local_date(now)},
        )
        if measure.public_state == PublicState.PROPOSED:
            publicity_step(measure, "recall_publication", version=measure.version, actor=actor, now=now)
        close_deadlines(MEASURE_KIND, measure.id, closed_at=now)
        publicity.log_change(measure, "ended", now=now)
        tell_shown(measure, _told(measure), now, text=f"原因：{reason}。")
    return len(running)


def _told(measure: Measure) -> str:
    if measure.kind == MeasureKind.INTERVIEW:
        return "约谈已解除，无须到场"
    return f"{MeasureKind(measure.kind).label}已解除"


def _running(case: LedgerCase) -> Select[Measure]:
    return (
        select(Measure)
        .where(
            Measure.case_id == case.id,
            or_(
                Measure.state.in_([MeasureState.ANNOUNCED.value, MeasureState.RESPONDED.value]),
                and_(Measure.kind == MeasureKind.SUPERVISION.value, Measure.state == MeasureState.DONE.value),
            ),
        )
        .order_by(Measure.id)
    )


def _rows(query: Select[Measure]) -> Sequence[Measure]:
    return db.session.scalars(query).all()
