"""What officers ask about results of reports of their region, and an institution about its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from credit_register.access.actor import Actor
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core import uscc
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline, DeadlineRule
from credit_register.core.deadlines.rules import Rule
from credit_register.institutions.models import Institution
from credit_register.reports.models import Report
from credit_register.reports.outcomes.lifecycle import KIND
from credit_register.reports.outcomes.models import OutcomeState, PublishedOutcome
from credit_register.reports.outcomes.services import has_replied, obstacle

PER_PAGE = 40
OWN_PER_PAGE = 20
ALL = "all"
_LIVING = (OutcomeState.PROPOSED.value, OutcomeState.PUBLISHED.value)


@dataclass(frozen=True)
class OutcomeFilter:
    """How the queue is narrowed; an empty state means what is proposed or published."""

    text: str = ""
    state: str = ""


@dataclass(frozen=True)
class Reply:
    """How far the institution's reply to a proposal is."""

    replied: bool
    until: date | None
    over: bool

    @property
    def awaited(self) -> bool:
        """Whether the institution may still speak, so that nothing becomes public yet."""
        return not self.replied and not self.over


def queue(actor: Actor, wanted: OutcomeFilter, *, page: int) -> Pagination:
    """The results of the actor's region; what waits for a second person comes first, the oldest of it on top."""
    query = outcomes_in_scope(actor).options(joinedload(PublishedOutcome.institution))
    if wanted.state != ALL:
        states = [wanted.state] if wanted.state else _LIVING
        query = query.where(PublishedOutcome.state.in_(states))
    if wanted.text:
        query = query.where(matches(wanted.text))
    waits = PublishedOutcome.state == OutcomeState.PROPOSED.value
    query = query.order_by(~waits, PublishedOutcome.proposed_at.desc(), PublishedOutcome.id.desc())
    return db.paginate(query, page=page, per_page=PER_PAGE, error_out=False)


def waiting_count(actor: Actor, *, on: date) -> int:
    """How many results of the region wait for this person: proposed by others, and the institution has spoken or not."""
    still_awaited = select(Deadline.subject_id).where(
        Deadline.subject_kind == KIND,
        Deadline.closed_at.is_(None),
        Deadline.due_on >= on,
        Deadline.rule.has(DeadlineRule.name == Rule.OUTCOME_REPLY.value),
    )
    replied = and_(
        PublishedOutcome.replied_at.is_not(None), PublishedOutcome.replied_at >= PublishedOutcome.proposed_at
    )
    return (
        db.session.scalar(
            select(func.count())
            .select_from(PublishedOutcome)
            .where(
                actor.region_filter(PublishedOutcome.region_code),
                PublishedOutcome.state == OutcomeState.PROPOSED.value,
                PublishedOutcome.proposed_by_id != actor.account_id,
                or_(replied, PublishedOutcome.id.not_in(still_awaited)),
            )
        )
        or 0
    )


def outcomes_in_scope(actor: Actor) -> Select[PublishedOutcome]:
    """The results of the actor's region."""
    return select(PublishedOutcome).where(actor.region_filter(PublishedOutcome.region_code))


def outcome_for(actor: Actor, outcome_id: int) -> PublishedOutcome:
    """One result of the actor's region, or 404."""
    found = db.session.scalar(outcomes_in_scope(actor).where(PublishedOutcome.id == outcome_id))
    if found is None:
        abort(404)
    return found


def report_of(actor: Actor, outcome: PublishedOutcome) -> Report | None:
    """The report that the result came from, where the actor may still see it."""
    return db.session.scalar(
        select(Report).where(Report.id == outcome.report_id, actor.region_filter(Report.region_code))
    )


def outcome_of(report: Report) -> PublishedOutcome | None:
    """The result of a report, whatever its state."""
    return db.session.scalar(select(PublishedOutcome).where(PublishedOutcome.report_id == report.id))


def may_propose(report: Report) -> bool:
    """Whether the result of a report may be proposed, for the first time or again."""
    present = outcome_of(report)
    written = present is not None and present.state not in (
        OutcomeState.REJECTED.value,
        OutcomeState.WITHDRAWN.value,
    )
    return not written and not obstacle(report)


def reply_states(outcomes: Sequence[PublishedOutcome], *, on: date) -> Mapping[int, Reply]:
    """How far the institutions' replies are on a day, for those of some results that are proposed, by number."""
    proposed = [one for one in outcomes if one.state == OutcomeState.PROPOSED.value]
    rows = db.session.execute(
        select(Deadline.subject_id, Deadline.due_on).where(
            Deadline.subject_kind == KIND,
            Deadline.subject_id.in_([one.id for one in proposed]),
            Deadline.closed_at.is_(None),
            Deadline.rule.has(DeadlineRule.name == Rule.OUTCOME_REPLY.value),
        )
    )
    ends: dict[int, date] = {row.subject_id: row.due_on for row in rows} if proposed else {}
    return {
        one.id: Reply(has_replied(one), ends.get(one.id), one.id not in ends or ends[one.id] < on)
        for one in proposed
    }


def reply_state(outcome: PublishedOutcome, *, on: date) -> Reply | None:
    """How far the institution's reply is on a day; None where the result is not proposed any more."""
    return reply_states([outcome], on=on).get(outcome.id)


def names_of(*account_ids: int | None) -> dict[int, str]:
    """The names of officers by account."""
    wanted = [each for each in account_ids if each is not None]
    rows = db.session.execute(select(Account.id, Account.name).where(Account.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def own_outcomes(actor: Actor, *, page: int) -> Pagination | None:
    """The results about the actor's institution, whatever became of them, newest first.

    None for somebody of whom nobody has confirmed that he acts for the institution.
    """
    if actor.uscc is None or not actor.acts_for(actor.uscc):
        return None
    query = _own(actor).order_by(PublishedOutcome.proposed_at.desc(), PublishedOutcome.id.desc())
    return db.paginate(query, page=page, per_page=OWN_PER_PAGE, error_out=False)


def own_outcome(actor: Actor, outcome_id: int) -> PublishedOutcome:
    """One result about the actor's own institution, or 404."""
    confirmed = actor.uscc is not None and actor.acts_for(actor.uscc)
    found = db.session.scalar(_own(actor).where(PublishedOutcome.id == outcome_id)) if confirmed else None
    if found is None:
        abort(404)
    return found


def own_to_answer(actor: Actor, *, on: date) -> int:
    """How many proposed results the institution may still answer and has not."""
    if actor.uscc is None or not actor.acts_for(actor.uscc):
        return 0
    proposed = db.session.scalars(
        _own(actor).where(PublishedOutcome.state == OutcomeState.PROPOSED.value)
    ).all()
    return sum(reply.awaited for reply in reply_states(proposed, on=on).values())


def _own(actor: Actor) -> Select[PublishedOutcome]:
    return (
        select(PublishedOutcome)
        .join(Institution, Institution.id == PublishedOutcome.institution_id)
        .where(Institution.uscc == actor.uscc)
    )


def did_last(actor: Actor, outcome_id: int, move: str, *, reason: str = "") -> bool:
    """Whether the actor's own deed was the last one: the form that comes now was sent twice."""
    row = db.session.scalar(
        select(AuditEvent)
        .where(AuditEvent.subject_kind == KIND, AuditEvent.subject_id == str(outcome_id))
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    return (
        row is not None
        and row.action == f"{KIND}.{move}"
        and row.actor_id == actor.account_id
        and str(row.detail.get("reason", "")) == reason
    )


def matches(text: str) -> ColumnElement[bool]:
    """What the queue finds for a text."""
    institution = [
        Institution.name.contains(text, autoescape=True),
        Institution.short_name.contains(text, autoescape=True),
    ]
    if code := uscc.normalise(text):
        institution.append(Institution.uscc.contains(code, autoescape=True))
    return or_(
        PublishedOutcome.institution.has(or_(*institution)),
        PublishedOutcome.found.contains(text, autoescape=True),
        PublishedOutcome.measure.contains(text, autoescape=True),
    )
