"""What staff ask about the cases of their region, and an institution about its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from credit_register.access.actor import Actor
from credit_register.commitments.models import Commitment
from credit_register.commitments.models import State as CommitmentState
from credit_register.core import regions, uscc
from credit_register.core.database import db
from credit_register.credit_records.models import CreditRecord
from credit_register.institutions.models import Institution
from credit_register.ledger.cases.missing import Missing, lacks
from credit_register.ledger.lifecycle import KIND, RUNNING_STATES
from credit_register.ledger.models import (
    CaseRecord,
    CaseState,
    LedgerCase,
    LedgerRound,
    Measure,
    MeasureKind,
    MeasureState,
)
from credit_register.letters.models import Letter
from credit_register.letters.queries import letters_for_source

PER_PAGE = 40
RUNNING, ALL = "", "all"
_RUNNING = [state.value for state in RUNNING_STATES]


@dataclass(frozen=True)
class ListFilter:
    """How the list is narrowed; an empty part does not narrow, save `state`: empty means on the ledger."""

    text: str = ""
    state: str = RUNNING
    region: str = ""
    subject: str = ""
    origin: str = ""
    missing: str = ""
    round: int = 0
    supervised: bool = False
    waiting: bool = False


def cases(actor: Actor, wanted: ListFilter, *, page: int, on: date) -> Pagination:
    """The cases of the actor's region: exits that wait for a decision first, then the newest."""
    return db.paginate(chosen_cases(actor, wanted, on=on), page=page, per_page=PER_PAGE, error_out=False)


def chosen_cases(actor: Actor, wanted: ListFilter, *, on: date) -> Select[LedgerCase]:
    """The cases of the list, in its order."""
    waits = LedgerCase.state == CaseState.EXIT_PROPOSED.value
    return (
        cases_in_scope(actor)
        .where(*_conditions(actor, wanted, on))
        .order_by(waits.desc(), LedgerCase.id.desc())
    )


def _conditions(actor: Actor, wanted: ListFilter, on: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.waiting:
        conditions.append(_waits_for(actor))
    elif wanted.state == RUNNING:
        conditions.append(LedgerCase.state.in_(_RUNNING))
    elif wanted.state != ALL:
        conditions.append(LedgerCase.state == wanted.state)
    for column, value in ((LedgerCase.subject, wanted.subject), (LedgerCase.origin, wanted.origin)):
        if value:
            conditions.append(column == value)
    if wanted.region:
        conditions.append(regions.within(LedgerCase.region_code, wanted.region))
    if wanted.missing:
        conditions.append(lacks(Missing(wanted.missing), on=on))
    if wanted.round:
        conditions.append(LedgerCase.round_id == wanted.round)
    if wanted.supervised:
        conditions.append(LedgerCase.id.in_(_supervised()))
    if wanted.text:
        conditions.append(matches(wanted.text))
    return conditions


def _supervised() -> Select[int]:
    return select(Measure.case_id).where(
        Measure.kind == MeasureKind.SUPERVISION.value, Measure.state == MeasureState.DONE.value
    )


def _waits_for(actor: Actor) -> ColumnElement[bool]:
    """Exits that others proposed."""
    return and_(
        LedgerCase.state == CaseState.EXIT_PROPOSED.value,
        LedgerCase.exit_proposed_by_id != actor.account_id,
    )


def matches(text: str) -> ColumnElement[bool]:
    """What the list finds for a text: the name of the subject, its code, and the remark."""
    found = [
        LedgerCase.name.contains(text, autoescape=True),
        LedgerCase.remark.contains(text, autoescape=True),
    ]
    if code := uscc.normalise(text):
        found.append(LedgerCase.uscc.contains(code, autoescape=True))
    return or_(*found)


def cases_in_scope(actor: Actor) -> Select[LedgerCase]:
    """The cases of the actor's region."""
    return select(LedgerCase).where(actor.region_filter(LedgerCase.region_code))


def case_for(actor: Actor, case_id: int) -> LedgerCase:
    """One case of the actor's region, or 404."""
    found = db.session.scalar(cases_in_scope(actor).where(LedgerCase.id == case_id))
    if found is None:
        abort(404)
    return found


def counts_by_state(actor: Actor) -> Mapping[CaseState, int]:
    """How many cases of the region are in each state."""
    rows = db.session.execute(
        select(LedgerCase.state, func.count())
        .where(actor.region_filter(LedgerCase.region_code))
        .group_by(LedgerCase.state)
    )
    found = {CaseState(state): int(count) for state, count in rows}
    return {state: found.get(state, 0) for state in CaseState}


def waiting_count(actor: Actor) -> int:
    """How many exits wait for this person's decision."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(LedgerCase)
            .where(actor.region_filter(LedgerCase.region_code), _waits_for(actor))
        )
        or 0
    )


def rounds() -> Sequence[LedgerRound]:
    """All rounds, the newest first."""
    return db.session.scalars(
        select(LedgerRound).order_by(LedgerRound.started_on.desc(), LedgerRound.id.desc())
    ).all()


def records_of(case: LedgerCase) -> Sequence[tuple[CaseRecord, CreditRecord]]:
    """The records that a case is about, the oldest first, and since when."""
    rows = db.session.execute(
        select(CaseRecord, CreditRecord)
        .join(CreditRecord, CreditRecord.id == CaseRecord.record_id)
        .where(CaseRecord.case_id == case.id)
        .order_by(CreditRecord.decided_on, CreditRecord.id)
    )
    return [(link, record) for link, record in rows]


def commitments_of(case: LedgerCase) -> Sequence[Commitment]:
    """The commitments of the institution of a case, the newest first; no discarded ones."""
    if case.institution_id is None:
        return []
    return db.session.scalars(
        select(Commitment)
        .where(
            Commitment.institution_id == case.institution_id,
            Commitment.state != CommitmentState.DISCARDED.value,
        )
        .order_by(Commitment.id.desc())
        .limit(3)
    ).all()


def letters_of(actor: Actor, case: LedgerCase) -> Sequence[Letter]:
    """The letters of the actor's region about a case, the newest first."""
    found = {letter.id: letter for letter in letters_for_source(actor, KIND, case.id)}
    if case.source_id is not None:
        found |= {letter.id: letter for letter in letters_for_source(actor, case.source_kind, case.source_id)}
    return sorted(found.values(), key=lambda letter: -letter.id)


def episodes_of(actor: Actor, case: LedgerCase) -> Sequence[LedgerCase]:
    """The other episodes of the same institution that the actor may see, the newest first."""
    if case.institution_id is None:
        return []
    return db.session.scalars(
        cases_in_scope(actor)
        .where(LedgerCase.institution_id == case.institution_id, LedgerCase.id != case.id)
        .order_by(LedgerCase.episode.desc())
    ).all()


def own_cases(actor: Actor) -> Sequence[LedgerCase]:
    """The episodes of the person's own institution, the newest first; none before somebody confirmed the person."""
    if actor.uscc is None or not actor.acts_for(actor.uscc):
        return []
    return db.session.scalars(
        select(LedgerCase)
        .join(Institution, Institution.id == LedgerCase.institution_id)
        .where(Institution.uscc == actor.uscc)
        .options(joinedload(LedgerCase.institution))
        .order_by(LedgerCase.episode.desc())
    ).all()
