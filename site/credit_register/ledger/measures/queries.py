"""What staff ask about the measures of their region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased, contains_eager

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.accounts.models import Account
from credit_register.core import regions
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline, DeadlineRule
from credit_register.core.deadlines.queries import RunningDeadline, running_deadlines
from credit_register.core.deadlines.rules import Rule, Urgency
from credit_register.ledger.lifecycle import MEASURE_KIND, RUNNING_STATES
from credit_register.ledger.measures.words import Standing, standing_of, title_of
from credit_register.ledger.models import (
    LedgerCase,
    Measure,
    MeasureFile,
    MeasureKind,
    MeasureState,
    PublicState,
)
from credit_register.letters import queries as letters
from credit_register.letters.queries import OfficeWords

PER_PAGE = 40
# What is still to be done, as the list of staff is narrowed by it.
TO_HOLD, ORDERED, TO_CONFIRM, TO_PUBLISH, OVERDUE, IN_FORCE, ALL = (
    "to_hold",
    "ordered",
    "to_confirm",
    "to_publish",
    "overdue",
    "in_force",
    "all",
)


@dataclass(frozen=True)
class Shown:
    """A measure as a line of a list."""

    measure: Measure
    title: str
    standing: Standing
    due: RunningDeadline | None


@dataclass(frozen=True)
class CaseMeasures:
    """The block of measures on the page of a case."""

    lines: Sequence[Shown]
    may_record: bool
    overdue: int


@dataclass(frozen=True)
class QueueFilter:
    """How the list is narrowed; an empty part does not narrow, save `waiting`: empty means all that waits."""

    waiting: str = ""
    kind: str = ""
    region: str = ""
    text: str = ""


@dataclass(frozen=True)
class DeskCounts:
    """What waits in a region: interviews to hold, orders that run, answers to look at, texts to publish, what is late."""

    to_hold: int
    ordered: int
    to_confirm: int
    orders_late: int
    to_publish: int
    overdue: int


def case_in_scope(actor: Actor, case_id: int) -> LedgerCase:
    """One case of the actor's region, or 404."""
    found = db.session.scalar(
        select(LedgerCase).where(LedgerCase.id == case_id, actor.region_filter(LedgerCase.region_code))
    )
    if found is None:
        abort(404)
    return found


def measures_in_scope(actor: Actor) -> Select[Measure]:
    """The measures of the actor's region, with their cases."""
    return (
        select(Measure)
        .join(Measure.case)
        .where(actor.region_filter(LedgerCase.region_code))
        .options(contains_eager(Measure.case))
    )


def measure_for(actor: Actor, measure_id: int) -> Measure:
    """One measure of the actor's region, or 404."""
    found = db.session.scalar(measures_in_scope(actor).where(Measure.id == measure_id))
    if found is None:
        abort(404)
    return found


def measures_of_case(actor: Actor, case: LedgerCase, *, on: date) -> CaseMeasures:
    """The measures of one case, the newest first; the caller has checked that the actor sees the case."""
    rows = db.session.scalars(
        select(Measure).where(Measure.case_id == case.id).order_by(Measure.id.desc())
    ).all()
    lines = shown(rows, on=on)
    late = sum(line.due is not None and line.due.urgency is Urgency.OVERDUE for line in lines)
    may_record = case.state in RUNNING_STATES and actor.can(Permission.LEDGER_WORK)
    return CaseMeasures(lines, may_record, late)


def queue(actor: Actor, wanted: QueueFilter, *, page: int, on: date) -> Pagination:
    """The measures of the actor's region: those with the nearest end of a period first, then the newest."""
    running = and_(
        Deadline.subject_kind == MEASURE_KIND,
        Deadline.subject_id == Measure.id,
        Deadline.closed_at.is_(None),
        _of_the_next_step(),
    )
    query = (
        measures_in_scope(actor)
        .outerjoin(Deadline, running)
        .where(*_conditions(wanted, on))
        .order_by(Deadline.due_on.is_(None), Deadline.due_on, Measure.id.desc())
    )
    return db.paginate(query, page=page, per_page=PER_PAGE, error_out=False)


def desk_counts(actor: Actor, *, on: date) -> DeskCounts:
    """How much waits in the actor's region."""

    def count(condition: ColumnElement[bool]) -> int:
        query = (
            select(func.count())
            .select_from(Measure)
            .join(LedgerCase, LedgerCase.id == Measure.case_id)
            .where(actor.region_filter(LedgerCase.region_code), condition)
        )
        return db.session.scalar(query) or 0

    return DeskCounts(
        to_hold=count(_waiting(TO_HOLD, on)),
        ordered=count(_waiting(ORDERED, on)),
        to_confirm=count(_waiting(TO_CONFIRM, on)),
        orders_late=count(and_(_waiting(ORDERED, on), _late(on))),
        to_publish=count(_waiting(TO_PUBLISH, on)),
        overdue=count(_waiting(OVERDUE, on)),
    )


def waiting_twice(actor: Actor) -> int:
    """How many measures of the region wait for a step and for their text to be published."""
    steps = (MeasureState.ANNOUNCED.value, MeasureState.RESPONDED.value)
    query = (
        select(func.count())
        .select_from(Measure)
        .join(LedgerCase, LedgerCase.id == Measure.case_id)
        .where(
            actor.region_filter(LedgerCase.region_code),
            Measure.public_state == PublicState.PROPOSED.value,
            Measure.state.in_(steps),
        )
    )
    return db.session.scalar(query) or 0


def _conditions(wanted: QueueFilter, on: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if not wanted.waiting:
        conditions.append(or_(*(_waiting(name, on) for name in (TO_HOLD, ORDERED, TO_CONFIRM, TO_PUBLISH))))
    elif wanted.waiting != ALL:
        conditions.append(_waiting(wanted.waiting, on))
    if wanted.kind:
        conditions.append(Measure.kind == wanted.kind)
    if wanted.region:
        conditions.append(regions.within(LedgerCase.region_code, wanted.region))
    if wanted.text:
        conditions.append(
            or_(
                LedgerCase.name.contains(wanted.text, autoescape=True),
                LedgerCase.uscc.contains(wanted.text.upper(), autoescape=True),
                Measure.text.contains(wanted.text, autoescape=True),
            )
        )
    return conditions


def _waiting(name: str, on: date) -> ColumnElement[bool]:
    announced = Measure.state == MeasureState.ANNOUNCED.value
    match name:
        case "to_hold":
            return and_(Measure.kind == MeasureKind.INTERVIEW.value, announced)
        case "ordered":
            return and_(Measure.kind == MeasureKind.ORDER.value, announced)
        case "to_confirm":
            return Measure.state == MeasureState.RESPONDED.value
        case "to_publish":
            return Measure.public_state == PublicState.PROPOSED.value
        case "in_force":
            return and_(
                Measure.kind == MeasureKind.SUPERVISION.value, Measure.state == MeasureState.DONE.value
            )
        case _:
            return _late(on)


def _late(on: date) -> ColumnElement[bool]:
    running, measure = (
        aliased(Deadline),
        aliased(Measure),
    )  # the query around may ask both tables for themselves
    return Measure.id.in_(
        select(running.subject_id)
        .join(measure, measure.id == running.subject_id)
        .where(
            running.subject_kind == MEASURE_KIND,
            running.closed_at.is_(None),
            running.due_on < on,
            _of_the_next_step(running, measure),
        )
    )


def _of_the_next_step(
    deadline: type[Deadline] = Deadline, measure: type[Measure] = Measure
) -> ColumnElement[bool]:
    """Two periods run while an office looks at an answer: its own counts then."""
    confirmation = deadline.rule.has(DeadlineRule.name == Rule.CORRECTION_CONFIRMATION.value)
    return or_(measure.state != MeasureState.RESPONDED.value, confirmation)


def shown(measures: Sequence[Measure], *, on: date) -> list[Shown]:
    """Some measures as lines of a list."""
    due = due_dates(measures, on=on)
    return [Shown(each, title_of(each), standing_of(each), due.get(each.id)) for each in measures]


def due_dates(measures: Sequence[Measure], *, on: date) -> Mapping[int, RunningDeadline]:
    """The period of the next step of each of some measures, by the number of the measure."""
    return running_deadlines(
        MEASURE_KIND,
        [measure.id for measure in measures],
        Measure.id == Deadline.subject_id,
        _of_the_next_step(),
        on=on,
    )


def due_of(measure: Measure, *, on: date) -> RunningDeadline | None:
    """The period of the next step of one measure."""
    return due_dates([measure], on=on).get(measure.id)


def ordered_until(measure: Measure) -> date | None:
    """The last day of an ordered correction, also when the order is fulfilled."""
    return db.session.scalar(
        select(Deadline.due_on)
        .where(
            Deadline.subject_kind == MEASURE_KIND,
            Deadline.subject_id == measure.id,
            Deadline.rule.has(DeadlineRule.name == Rule.CORRECTION.value),
        )
        .order_by(Deadline.id.desc())
        .limit(1)
    )


def file_of(measure: Measure, file_id: int) -> MeasureFile:
    """One file of a measure, or 404."""
    found = next((each for each in measure.files if each.file_id == file_id), None)
    if found is None:
        abort(404)
    return found


def office_words(actor: Actor) -> OfficeWords:
    """How the actor's office signed its last measure, else its last letter, else the name that the site gives it."""
    region = actor.region or regions.NATION
    last = db.session.scalar(
        select(Measure)
        .join(Account, Account.id == Measure.recorded_by_id)
        .where(Account.region_code == region, Measure.state != MeasureState.CANCELLED.value)
        .order_by(Measure.id.desc())
        .limit(1)
    )
    if last is None:
        return letters.office_words(actor)
    return OfficeWords(last.office, last.contact_name, last.contact_phone)
