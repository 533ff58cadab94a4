"""What staff ask about the checks of their region, and an institution about its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import defer, joinedload

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.audit.models import AuditEvent
from credit_register.core import regions, uscc
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline, DeadlineRule
from credit_register.core.deadlines.queries import RunningDeadline, open_deadline, running_deadlines
from credit_register.core.deadlines.rules import Rule
from credit_register.institutions.models import Institution
from credit_register.reports.models import Report
from credit_register.spotchecks.lifecycle import KIND, PUBLIC_STATES, SPOT_CHECK, UNFINISHED_STATES
from credit_register.spotchecks.models import CheckFile, Side, SpotCheck, State

PER_PAGE = 40
UNFINISHED, ALL = "", "all"
# What the people of an institution are told of a check: nothing that is not decided.
TOLD_STATES = (*PUBLIC_STATES, State.WITHDRAWN)
_TOLD_DEEDS = {
    f"{KIND}.{move}" for move in ("confirm_with_order", "order", "respond", "fulfil", "insist", "withdraw")
}
_NOT_TOLD_WHY = {f"{KIND}.confirm_with_order"}  # one officer's opinion of another's verdict


@dataclass(frozen=True)
class QueueFilter:
    """How the queue is narrowed; an empty part does not narrow, save `state`: empty means not finished."""

    state: str = UNFINISHED
    verdict: str = ""
    matter: str = ""
    region: str = ""
    text: str = ""
    waiting: bool = False
    overdue: bool = False


@dataclass(frozen=True)
class DeskCounts:
    """What the desk says: verdicts that wait for a second person, corrections to look at, and what is late.

    `responded_late` is the office's delay, `ordered_late` the institution's.
    """

    proposed: int
    proposed_late: int
    responded: int
    responded_late: int
    ordered_late: int

    @property
    def overdue(self) -> int:
        """Corrections whose next step is late, whoever has to take it."""
        return self.responded_late + self.ordered_late


@dataclass(frozen=True)
class Step:
    """One step of a check as its institution reads it, without the names of officers."""

    at: datetime
    label: str
    reason: str


def queue(actor: Actor, wanted: QueueFilter, *, page: int, on: date) -> Pagination:
    """The checks of the actor's region: those with the nearest end of a period first, then the newest."""
    running = and_(
        Deadline.subject_kind == KIND,
        Deadline.subject_id == SpotCheck.id,
        Deadline.closed_at.is_(None),
        _of_the_next_step(),
    )
    query = (
        select(SpotCheck)
        .join(SpotCheck.institution)
        .outerjoin(Deadline, running)
        .where(*_conditions(actor, wanted, on))
        .order_by(Deadline.due_on.is_(None), Deadline.due_on, SpotCheck.id.desc())
        .options(joinedload(SpotCheck.institution), defer(SpotCheck.snapshot))
    )
    return db.paginate(query, page=page, per_page=PER_PAGE, error_out=False)


def _conditions(actor: Actor, wanted: QueueFilter, on: date) -> list[ColumnElement[bool]]:
    conditions = [actor.region_filter(SpotCheck.region_code)]
    if wanted.waiting:
        conditions.append(_waits_for(actor))
    elif wanted.overdue:
        conditions.append(or_(_ordered_late(on), _responded_late(on)))
    elif wanted.state == UNFINISHED:
        conditions.append(SpotCheck.state.in_([state.value for state in UNFINISHED_STATES]))
    elif wanted.state != ALL:
        conditions.append(SpotCheck.state == wanted.state)
    if wanted.verdict:
        conditions.append(SpotCheck.verdict == wanted.verdict)
    if wanted.matter:
        conditions.append(SpotCheck.matter == wanted.matter)
    if wanted.region:
        conditions.append(regions.within(SpotCheck.region_code, wanted.region))
    if wanted.text:
        conditions.append(matches(wanted.text))
    return conditions


def _waits_for(actor: Actor) -> ColumnElement[bool]:
    """Verdicts of others, which this person could confirm."""
    return and_(SpotCheck.state == State.PROPOSED.value, SpotCheck.concluded_by_id != actor.account_id)


def _of_the_next_step() -> ColumnElement[bool]:
    """Of two periods that run at once the office's, once the institution has reported: its own runs on unseen."""
    of_the_institution = Deadline.rule.has(DeadlineRule.name == Rule.CORRECTION.value)
    return or_(SpotCheck.state != State.RESPONDED.value, ~of_the_institution)


def _ordered_late(on: date) -> ColumnElement[bool]:
    """Ordered corrections of which nothing was heard in time."""
    return and_(SpotCheck.state == State.ORDERED.value, _late(Rule.CORRECTION, on))


def _responded_late(on: date) -> ColumnElement[bool]:
    """Reported corrections at which the office did not look in time."""
    return and_(SpotCheck.state == State.RESPONDED.value, _late(Rule.CORRECTION_CONFIRMATION, on))


def _late(rule: Rule, on: date) -> ColumnElement[bool]:
    late = select(Deadline.subject_id).where(
        Deadline.subject_kind == KIND,
        Deadline.closed_at.is_(None),
        Deadline.due_on < on,
        Deadline.rule.has(DeadlineRule.name == rule.value),
    )
    return SpotCheck.id.in_(late)


def desk_counts(actor: Actor, *, on: date) -> DeskCounts:
    """The numbers of the desk; who may confirm is not told of verdicts that are the person's own."""
    proposed = (
        _waits_for(actor)
        if actor.can(Permission.SPOTCHECK_CONFIRM)
        else SpotCheck.state == State.PROPOSED.value
    )
    return DeskCounts(
        *(
            db.session.scalar(
                select(func.count())
                .select_from(SpotCheck)
                .where(actor.region_filter(SpotCheck.region_code), condition)
            )
            or 0
            for condition in (
                proposed,
                and_(proposed, _late(Rule.SPOTCHECK_PUBLICATION, on)),
                SpotCheck.state == State.RESPONDED.value,
                _responded_late(on),
                _ordered_late(on),
            )
        )
    )


def checks_in_scope(actor: Actor) -> Select[SpotCheck]:
    """The checks of the actor's region."""
    return select(SpotCheck).where(actor.region_filter(SpotCheck.region_code))


def matches(text: str) -> ColumnElement[bool]:
    """What the queue finds for a text."""
    institution = [
        Institution.name.contains(text, autoescape=True),
        Institution.short_name.contains(text, autoescape=True),
    ]
    if code := uscc.normalise(text):
        institution.append(Institution.uscc.contains(code, autoescape=True))
    return or_(
        SpotCheck.institution.has(or_(*institution)),
        SpotCheck.matter_text.contains(text, autoescape=True),
        SpotCheck.finding.contains(text, autoescape=True),
    )


def check_for(actor: Actor, check_id: int) -> SpotCheck:
    """One check of the actor's region, or 404."""
    found = db.session.scalar(checks_in_scope(actor).where(SpotCheck.id == check_id))
    if found is None:
        abort(404)
    return found


def institution_in_scope(actor: Actor, typed: str) -> Institution | None:
    """The institution of a code, however it is spelled, within the actor's region; any other does not exist here."""
    code = uscc.normalise(typed[: 4 * uscc.LENGTH])
    return db.session.scalar(
        select(Institution).where(Institution.uscc == code, actor.region_filter(Institution.region_code))
    )


def unfinished_of(actor: Actor, institution: Institution) -> Sequence[SpotCheck]:
    """Checks of one institution that are not finished, so that nobody begins the same one twice."""
    return db.session.scalars(
        select(SpotCheck)
        .where(
            SpotCheck.institution_id == institution.id,
            SpotCheck.state.in_([state.value for state in UNFINISHED_STATES]),
            actor.region_filter(SpotCheck.region_code),
        )
        .order_by(SpotCheck.id.desc())
        .limit(10)
    ).all()


def file_of(check: SpotCheck, file_id: int, *, side: Side | None = None) -> CheckFile:
    """One file of a check that the reader may see, or 404; `side` narrows to whose files the reader may have."""
    found = next((each for each in check.files if each.file_id == file_id), None)
    if found is None or (side is not None and found.side != side):
        abort(404)
    return found


def due_dates(checks: Sequence[SpotCheck], *, on: date) -> Mapping[int, RunningDeadline]:
    """The period of the next step of each of some checks, by the number of the check."""
    return running_deadlines(
        KIND,
        [check.id for check in checks],
        SpotCheck.id == Deadline.subject_id,
        _of_the_next_step(),
        on=on,
    )


def due_of(check: SpotCheck, *, on: date) -> RunningDeadline | None:
    """The period of the next step of one check."""
    return due_dates([check], on=on).get(check.id)


def correct_by(check: SpotCheck) -> date | None:
    """The last day of an ordered correction, also while the office looks at what the institution reported."""
    running = open_deadline(KIND, check.id, Rule.CORRECTION)
    return running.due_on if running else None


def was_done(check: SpotCheck, deed: str, *, actor: Actor, reason: str = "") -> bool:
    """Whether the last deed at a check is this very one by the same person: the second of two clicks."""
    last = db.session.scalar(
        select(AuditEvent)
        .where(AuditEvent.subject_kind == KIND, AuditEvent.subject_id == str(check.id))
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    return (
        last is not None
        and last.action == f"{KIND}.{deed}"
        and last.actor_id == actor.account_id
        and last.detail.get("reason", "") == reason
    )


def own_checks(actor: Actor) -> Sequence[SpotCheck]:
    """The decided checks of the institution for which the person acts, newest first."""
    if actor.uscc is None or not actor.acts_for(actor.uscc):
        return []
    return db.session.scalars(
        select(SpotCheck)
        .join(SpotCheck.institution)
        .where(Institution.uscc == actor.uscc, SpotCheck.state.in_([state.value for state in TOLD_STATES]))
        .order_by(SpotCheck.published_on.desc(), SpotCheck.id.desc())
        .options(defer(SpotCheck.snapshot))
    ).all()


def own_check(actor: Actor, check_id: int) -> SpotCheck:
    """One decided check of the institution for which the person acts, or 404."""
    found = next((check for check in own_checks(actor) if check.id == check_id), None)
    if found is None:
        abort(404)
    return found


def steps_told(check: SpotCheck) -> list[Step]:
    """What was done since the verdict was published, for the institution; offices, no names."""
    rows = db.session.scalars(
        select(AuditEvent)
        .where(
            AuditEvent.subject_kind == KIND,
            AuditEvent.subject_id == str(check.id),
            AuditEvent.action.in_(_TOLD_DEEDS),
        )
        .order_by(AuditEvent.id)
    )
    labels = {move.name: move.label for move in SPOT_CHECK.moves}
    return [
        Step(
            row.at,
            labels[row.action.rpartition(".")[2]],
            "" if row.action in _NOT_TOLD_WHY else str(row.detail.get("reason", "")),
        )
        for row in rows
    ]


def report_about(actor: Actor, institution: Institution | None, number: str) -> Report | None:
    """The report of the actor's region that a check of this institution comes from; a wrong number is none."""
    if institution is None or not number.isascii() or not number.isdecimal() or len(number) > 9:
        return None
    return db.session.scalar(
        select(Report).where(
            Report.id == int(number),
            Report.institution_id == institution.id,
            actor.region_filter(Report.region_code),
        )
    )
