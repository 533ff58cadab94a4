"""What an institution's people read of the objections that were sent for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import Select, func, select

from credit_register.access.actor import Actor
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.core.files import StoredFile
from credit_register.institutions.models import Institution
from credit_register.reports.lifecycle import REPORT
from credit_register.reports.models import Author, Kind, Message, Outcome, Report, State
from credit_register.reports.routing import office_name
from credit_register.reports.work_models import Inquiry

PER_PAGE = 20
LONGEST_SUBJECT = 60
_TOLD = (State.ANSWERED, State.CLOSED)


@dataclass(frozen=True)
class Objection:
    """An objection as its institution reads it: no officer, no note, nothing undecided."""

    received_at: datetime
    subject: str
    disputed: str
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


def own_inquiries(actor: Actor, *, page: int) -> Pagination | None:
    """What offices asked the actor's institution, open questions first; None for somebody who is not confirmed."""
    if actor.uscc is None or not actor.acts_for(actor.uscc):
        return None
    is_open = Inquiry.answered_at.is_(None) & Inquiry.given_up_at.is_(None)
    query = _own_inquiries(actor.uscc).order_by(is_open.desc(), Inquiry.asked_at.desc(), Inquiry.id.desc())
    return db.paginate(query, page=page, per_page=PER_PAGE, error_out=False)


def own_inquiry(actor: Actor, inquiry_id: int) -> Inquiry:
    """One question to the actor's institution, or 404."""
    found = None
    if actor.uscc is not None and actor.acts_for(actor.uscc):
        found = db.session.scalar(_own_inquiries(actor.uscc).where(Inquiry.id == inquiry_id))
    if found is None:
        abort(404)
    return found


def inquiry_file(actor: Actor, inquiry_id: int, file_id: int) -> StoredFile:
    """A file of the institution's own answer, or 404."""
    found = next(
        (each.file for each in own_inquiry(actor, inquiry_id).files if each.file_id == file_id), None
    )
    if found is None:
        abort(404)
    return found


def open_inquiries(actor: Actor) -> int:
    """How many questions wait for the actor's institution."""
    if actor.uscc is None or not actor.acts_for(actor.uscc):
        return 0
    query = _own_inquiries(actor.uscc).where(Inquiry.answered_at.is_(None), Inquiry.given_up_at.is_(None))
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _own_inquiries(code: str) -> Select[Inquiry]:
    """By the institution's row, so that a change of name or region changes nothing."""
    return (
        select(Inquiry)
        .join(Institution, Institution.id == Inquiry.institution_id)
        .where(Institution.uscc == code)
    )


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
        disputed=report.disputed_text,
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
