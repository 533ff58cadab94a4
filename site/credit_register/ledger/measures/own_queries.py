"""What the people of an institution ask about the measures that were announced to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import abort
from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from credit_register.access.actor import Actor
from credit_register.audit.models import AuditEvent
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.ledger.lifecycle import MEASURE, MEASURE_KIND
from credit_register.ledger.measures.queries import file_of
from credit_register.ledger.models import LedgerCase, Measure, MeasureFile, MeasureKind, MeasureState

_TOLD_DEEDS = {
    f"{MEASURE_KIND}.{move}" for move in ("respond", "insist", "complete", "miss", "end", "lift", "cancel")
}


@dataclass(frozen=True)
class Step:
    """One step of a measure as its institution reads it, without the names of officers."""

    at: datetime
    label: str
    reason: str


def own_measures(actor: Actor) -> Sequence[Measure]:
    """The measures shown to the institution for which the person acts, newest first."""
    if actor.uscc is None or not actor.acts_for(actor.uscc):
        return []
    return db.session.scalars(
        select(Measure)
        .join(Measure.case)
        .join(LedgerCase.institution)
        .where(Institution.uscc == actor.uscc, Measure.shown.is_(True))
        .order_by(Measure.id.desc())
        .options(contains_eager(Measure.case).contains_eager(LedgerCase.institution))
    ).all()


def own_measure(actor: Actor, measure_id: int) -> Measure:
    """One measure shown to the institution for which the person acts, or 404."""
    found = next((measure for measure in own_measures(actor) if measure.id == measure_id), None)
    if found is None:
        abort(404)
    return found


def own_to_do(actor: Actor) -> Sequence[Measure]:
    """Interviews to come to and orders to answer, the oldest first."""
    kinds = (MeasureKind.INTERVIEW, MeasureKind.ORDER)
    return [
        measure
        for measure in reversed(own_measures(actor))
        if measure.state == MeasureState.ANNOUNCED and measure.kind in kinds
    ]


def own_file(measure: Measure, file_id: int) -> MeasureFile:
    """A file that the institution sent, or that went to it, or 404."""
    found = file_of(measure, file_id)
    if not (found.by_institution or found.shown):
        abort(404)
    return found


def steps_told(measure: Measure) -> list[Step]:
    """What was done since the measure was announced, for the institution; offices, no names."""
    rows = db.session.scalars(
        select(AuditEvent)
        .where(
            AuditEvent.subject_kind == MEASURE_KIND,
            AuditEvent.subject_id == str(measure.id),
            AuditEvent.action.in_(_TOLD_DEEDS),
        )
        .order_by(AuditEvent.id)
    )
    labels = {move.name: move.label for move in MEASURE.moves}
    return [
        Step(row.at, labels[row.action.rpartition(".")[2]], str(row.detail.get("reason", ""))) for row in rows
    ]
