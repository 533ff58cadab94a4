"""What an institution's people read of the objections that were sent for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.reports.lifecycle import REPORT
from credit_register.reports.models import Author, Kind, Message, Outcome, Report, State
from credit_register.reports.routing import office_name

PER_PAGE = 20
LONGEST_SUBJECT = 60
_TOLD = (State.ANSWERED, State.CLOSED)


@dataclass(frozen=True)
class Objection:
    """An objection as its institution reads it: no officer, no note, nothing undecided."""

    received_at: datetime
    subject: str
    state: State
    state_label: str
    office: str
    mark: str
    marked_on: date | None
    outcome: str
    decision: str
    answers: tuple[str, ...]


def own_objections(actor: Actor, *, page: int) -> Pagination | None:
    """The objections that confirmed people of the actor's institution sent while signed in, newest first.

    None for somebody of whom nobody has confirmed that he acts for the institution.
    """
    if actor.uscc is None or not actor.acts_for(actor.uscc):
        return None
    people = select(Account.id).where(Account.uscc == actor.uscc, Account.confirmed.is_(True))
    query = (
        select(Report)
        .where(Report.objector_id.in_(people), Report.kind == Kind.OBJECTION.value)
        .order_by(Report.received_at.desc(), Report.id.desc())
    )
    return db.paginate(query, page=page, per_page=PER_PAGE, error_out=False)


def as_read(reports: Sequence[Report]) -> list[Objection]:
    """The objections of a page in words."""
    said = _answers(reports)
    return [_objection(report, said.get(report.id, ())) for report in reports]


def _objection(report: Report, answers: tuple[str, ...]) -> Objection:
    state = State(report.state)
    told = state in _TOLD
    return Objection(
        received_at=report.received_at,
        subject=_subject(report.facts),
        state=state,
        state_label=REPORT.label(state),
        office=office_name(report.region_code),
        mark=report.mark,
        marked_on=report.marked_on,
        outcome=Outcome(report.outcome).label if told and report.outcome else "",
        decision=report.decision if told else "",
        answers=answers,
    )


def _subject(facts: str) -> str:
    """The first line of what was written, in one row of a list."""
    line = next((line.strip() for line in facts.splitlines() if line.strip()), "")
    return line if len(line) <= LONGEST_SUBJECT else f"{line[:LONGEST_SUBJECT]}…"


def _answers(reports: Sequence[Report]) -> dict[int, tuple[str, ...]]:
    """What the office wrote with its answer or refusal and after it."""
    since = {report.id: moment for report in reports if (moment := _answered_from(report)) is not None}
    found: dict[int, tuple[str, ...]] = {}
    rows = db.session.scalars(
        select(Message)
        .where(Message.report_id.in_(since), Message.author == Author.OFFICE.value)
        .order_by(Message.id)
    )
    for message in rows:
        if message.at >= since[message.report_id]:
            found[message.report_id] = (*found.get(message.report_id, ()), message.text)
    return found


def _answered_from(report: Report) -> datetime | None:
    if report.state in _TOLD:
        return report.decided_at
    return report.closed_at if report.state == State.REFUSED else None
