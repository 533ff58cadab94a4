"""What staff ask about the letters of their region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import defer, selectinload

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.core import regions, uscc
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline
from credit_register.core.deadlines.queries import RunningDeadline, running_deadlines, soon_until
from credit_register.letters.lifecycle import KIND, UNFINISHED_STATES
from credit_register.letters.models import Letter, LetterClue, Result, State

PER_PAGE = 40
UNFINISHED, ALL = "", "all"
AWAITING_RESULT = "awaiting_result"  # answered, but not all has come of it yet
OVERDUE, SOON = "overdue", "soon"


@dataclass(frozen=True)
class QueueFilter:
    """How the queue is narrowed; an empty part does not narrow, save `state`: empty means not finished."""

    text: str = ""
    state: str = UNFINISHED
    kind: str = ""
    region: str = ""
    due: str = ""
    waiting: bool = False


@dataclass(frozen=True)
class DeskCounts:
    """What the desk says: letters that wait for a second person, for delivery, for an answer, for the final result."""

    to_issue: int
    to_deliver: int
    unanswered: int
    unanswered_overdue: int
    unsettled: int
    unsettled_overdue: int

    @property
    def overdue(self) -> int:
        """Letters whose answer or final result is late."""
        return self.unanswered_overdue + self.unsettled_overdue


@dataclass(frozen=True)
class OfficeWords:
    """How an office signs and who is its contact, as its last letter said."""

    office: str
    contact_name: str = ""
    contact_phone: str = ""


def queue(actor: Actor, wanted: QueueFilter, *, page: int, on: date) -> Pagination:
    """The letters of the actor's region: those whose answer or result is due first, then the newest."""
    running = and_(
        Deadline.subject_kind == KIND, Deadline.subject_id == Letter.id, Deadline.closed_at.is_(None)
    )
    query = (
        select(Letter)
        .outerjoin(Deadline, running)
        .where(*_conditions(actor, wanted, on))
        .order_by(Deadline.due_on.is_(None), Deadline.due_on, Letter.id.desc())
        .options(
            defer(Letter.body),
            defer(Letter.answer),
            selectinload(Letter.clues).load_only(
                LetterClue.name, LetterClue.uscc, LetterClue.letter_id, LetterClue.result
            ),
        )
    )
    return db.paginate(query, page=page, per_page=PER_PAGE, error_out=False)


def _conditions(actor: Actor, wanted: QueueFilter, on: date) -> list[ColumnElement[bool]]:
    conditions = [actor.region_filter(Letter.region_code)]
    if wanted.waiting:
        conditions.append(_waits_for(actor))
    elif wanted.state == UNFINISHED:
        unfinished = Letter.state.in_([state.value for state in UNFINISHED_STATES])
        conditions.append(or_(unfinished, _awaits_result()))
    elif wanted.state == AWAITING_RESULT:
        conditions.append(_awaits_result())
    elif wanted.state != ALL:
        conditions.append(Letter.state == wanted.state)
    if wanted.due == OVERDUE:
        conditions.append(_due(Deadline.due_on < on))
    elif wanted.due == SOON:
        conditions.append(_due(Deadline.due_on.between(on, soon_until(on))))
    if wanted.kind:
        conditions.append(Letter.kind == wanted.kind)
    if wanted.region:
        conditions.append(regions.within(Letter.region_code, wanted.region))
    if wanted.text:
        conditions.append(matches(wanted.text))
    return conditions


def _waits_for(actor: Actor) -> ColumnElement[bool]:
    """Letters of others, which this person could issue."""
    return and_(
        Letter.state == State.AWAITING_ISSUE.value,
        Letter.drafted_by_id != actor.account_id,
        Letter.submitted_by_id != actor.account_id,
    )


def _awaits_result() -> ColumnElement[bool]:
    """`Letter.awaits_result`."""
    return and_(
        Letter.state == State.ANSWERED.value,
        Letter.clues.any(LetterClue.result == Result.BEING_HANDLED.value),
    )


def _due(when: ColumnElement[bool]) -> ColumnElement[bool]:
    return Letter.id.in_(
        select(Deadline.subject_id).where(Deadline.subject_kind == KIND, Deadline.closed_at.is_(None), when)
    )


def desk_counts(actor: Actor, *, on: date) -> DeskCounts:
    """The numbers of the desk; who may issue is not told of letters that are the person's own."""
    to_issue = (
        _waits_for(actor)
        if actor.can(Permission.LETTER_ISSUE)
        else Letter.state == State.AWAITING_ISSUE.value
    )
    unanswered, late = Letter.state == State.DELIVERED.value, _due(Deadline.due_on < on)
    return DeskCounts(
        *(
            db.session.scalar(
                select(func.count())
                .select_from(Letter)
                .where(actor.region_filter(Letter.region_code), condition)
            )
            or 0
            for condition in (
                to_issue,
                Letter.state == State.ISSUED.value,
                unanswered,
                and_(unanswered, late),
                _awaits_result(),
                and_(_awaits_result(), late),
            )
        )
    )


def letters_in_scope(actor: Actor) -> Select[Letter]:
    """The letters of the actor's region."""
    return select(Letter).where(actor.region_filter(Letter.region_code))


def matches(text: str) -> ColumnElement[bool]:
    """What the queue finds for a text: number, addressee, title, and whom the clues name."""
    clue = [LetterClue.name.contains(text, autoescape=True)]
    if code := uscc.normalise(text):
        clue.append(LetterClue.uscc.contains(code, autoescape=True))
    return or_(
        Letter.number.contains(text, autoescape=True),
        Letter.addressee.contains(text, autoescape=True),
        Letter.title.contains(text, autoescape=True),
        Letter.clues.any(or_(*clue)),
    )


def letter_for(actor: Actor, letter_id: int) -> Letter:
    """One letter of the actor's region, or 404."""
    found = db.session.scalar(letters_in_scope(actor).where(Letter.id == letter_id))
    if found is None:
        abort(404)
    return found


def letters_for_source(actor: Actor, source_kind: str, source_id: int) -> Sequence[Letter]:
    """The letters of the actor's region with a clue that comes from one thing, the newest first; no discarded ones."""
    return db.session.scalars(
        letters_in_scope(actor)
        .where(
            Letter.clues.any(and_(LetterClue.source_kind == source_kind, LetterClue.source_id == source_id)),
            Letter.state != State.DISCARDED.value,
        )
        .order_by(Letter.id.desc())
    ).all()


def due_dates(letters: Sequence[Letter], *, on: date) -> Mapping[int, RunningDeadline]:
    """The period for the answer, or for the final result, of each of some letters, by the number of the row."""
    return running_deadlines(KIND, [letter.id for letter in letters], on=on)


def due_of(letter: Letter, *, on: date) -> RunningDeadline | None:
    """The period for the answer, or for the final result, of one letter."""
    return due_dates([letter], on=on).get(letter.id)


def office_words(actor: Actor) -> OfficeWords:
    """How the actor's office signed its last letter; before its first one the name that the site gives it."""
    region = actor.region or regions.NATION
    last = db.session.scalar(
        select(Letter)
        .where(Letter.region_code == region, Letter.office != "", Letter.state != State.DISCARDED.value)
        .order_by(Letter.id.desc())
        .limit(1)
    )
    if last is None:
        return OfficeWords(actor.public_label)
    return OfficeWords(last.office, last.contact_name, last.contact_phone)
