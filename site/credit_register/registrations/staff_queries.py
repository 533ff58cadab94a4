"""What an office asks about the applications of its region: the queue, one case, and what to compare it with."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import lazyload

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core import regions, uscc
from credit_register.core.calendar.queries import load_calendar
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline
from credit_register.core.deadlines.queries import UnknownRule, rule_for
from credit_register.core.deadlines.rules import Rule, Urgency, urgency
from credit_register.institutions.categories import category_name
from credit_register.institutions.entries import FIELD_LABELS
from credit_register.institutions.models import Institution
from credit_register.registrations.application import TEXT_FIELDS, facts_of, phone_note, public_facts
from credit_register.registrations.lifecycle import KIND
from credit_register.registrations.models import Registration, State
from credit_register.registrations.places import place_name

PER_PAGE = 40
ALL = "all"
# What was never sent is nobody else's business.
VISIBLE = (State.SUBMITTED, State.RETURNED, State.ACCEPTED, State.REFUSED)

Lamp = Callable[[Deadline], Urgency]


@dataclass(frozen=True)
class QueueFilter:
    """How the queue is narrowed; an empty part does not narrow, no state means what waits for a decision."""

    text: str = ""
    state: str = ""
    kind: str = ""
    region: str = ""
    overdue: str = ""


@dataclass(frozen=True)
class Counts:
    """How many applications wait for the office, and how many of them too long."""

    waiting: int
    overdue: int


@dataclass(frozen=True)
class Line:
    """One fact of an application beside what the register says of it."""

    label: str
    present: str
    wanted: str
    note: str = ""

    @property
    def differs(self) -> bool:
        """Whether accepting changes the register here."""
        return self.present != self.wanted


@dataclass(frozen=True)
class Doubles:
    """Who else is about the same code: other applications that are open, other accounts that are confirmed.

    `pair`: together they are one agent and one legal representative at one office, as every institution needs.
    """

    applications: Sequence[Registration]
    accounts: Sequence[Account]
    pair: bool

    def __bool__(self) -> bool:
        return bool(self.applications or self.accounts)


@dataclass(frozen=True)
class NameCheck:
    """The name of a legal representative's account beside the name that a source gives."""

    source: str
    name: str
    same: bool


def queue(actor: Actor, wanted: QueueFilter, *, page: int, on: date) -> Pagination:
    """Pairs of application and running deadline: what waits by its last day, what is decided newest first."""
    running = and_(
        Deadline.subject_kind == KIND,
        Deadline.subject_id == Registration.id,
        Deadline.closed_at.is_(None),
    )
    query = select(Registration, Deadline).select_from(Registration).outerjoin(Deadline, running)
    # A deadline brings its rule by an inner join, which would drop what has no deadline.
    query = query.where(*_conditions(actor, wanted, on)).options(lazyload(Deadline.rule))
    if wanted.state in ("", State.SUBMITTED.value):
        query = query.order_by(Deadline.due_on, Registration.sent_at, Registration.id)
    else:
        query = query.order_by(Registration.sent_at.desc(), Registration.id.desc())
    return _Pairs(select=query, page=page, per_page=PER_PAGE, error_out=False)


class _Pairs(Pagination):
    """A page of rows with two parts; the extension's own pages drop the second."""

    def _query_items(self) -> list[tuple[Registration, Deadline | None]]:
        limited = self._query_args["select"].limit(self.per_page).offset(self._query_offset)
        return [(registration, deadline) for registration, deadline in db.session.execute(limited)]

    def _query_count(self) -> int:
        counted = self._query_args["select"].order_by(None).with_only_columns(func.count())
        return db.session.scalar(counted) or 0


def _scope(actor: Actor) -> list[ColumnElement[bool]]:
    return [
        actor.region_filter(Registration.office_region),
        Registration.state.in_([state.value for state in VISIBLE]),
    ]


def _conditions(actor: Actor, wanted: QueueFilter, on: date) -> list[ColumnElement[bool]]:
    conditions = _scope(actor)
    if wanted.state != ALL:
        conditions.append(Registration.state == (wanted.state or State.SUBMITTED.value))
    if wanted.kind:
        conditions.append(Registration.kind == wanted.kind)
    if wanted.region:
        conditions.append(regions.within(Registration.office_region, wanted.region))
    if wanted.text:
        code = uscc.normalise(wanted.text)
        by_name = Registration.name.contains(wanted.text, autoescape=True)
        conditions.append(or_(by_name, Registration.uscc.contains(code, autoescape=True)))
    if wanted.overdue:
        conditions.append(Deadline.due_on < on)
    return conditions


def state_counts(actor: Actor) -> dict[State, int]:
    """How many applications of the region are in each state that an office sees."""
    rows = db.session.execute(
        select(Registration.state, func.count()).where(*_scope(actor)).group_by(Registration.state)
    )
    found = {State(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in VISIBLE}


def counts(actor: Actor, *, on: date) -> Counts:
    """What waits for the actor's office."""
    late = (
        select(func.count())
        .select_from(Registration)
        .join(Deadline, and_(Deadline.subject_kind == KIND, Deadline.subject_id == Registration.id))
        .where(*_scope(actor), Deadline.closed_at.is_(None), Deadline.due_on < on)
    )
    return Counts(state_counts(actor)[State.SUBMITTED], db.session.scalar(late) or 0)


def registrations_in_scope(actor: Actor) -> Select[Registration]:
    """The applications of the actor's region that were sent and not taken back."""
    return select(Registration).where(*_scope(actor))


def registration_for(actor: Actor, registration_id: int) -> Registration:
    """One application of the actor's region that was sent and not taken back, or 404."""
    found = db.session.scalar(registrations_in_scope(actor).where(Registration.id == registration_id))
    if found is None:
        abort(404)
    return found


def recalled_for(actor: Actor, registration_id: int) -> Registration | None:
    """An application that its people took back, for the officer who was deciding on it; its content is theirs."""
    return db.session.scalar(
        select(Registration).where(
            Registration.id == registration_id,
            Registration.sent_at.is_not(None),
            Registration.state.in_([State.DRAFT.value, State.DISCARDED.value]),
            actor.region_filter(Registration.office_region),
        )
    )


def lamp(on: date) -> Lamp:
    """Tells how urgent a deadline is on a day; calendar and rule are read once for a whole page."""
    calendar = load_calendar()
    try:
        lead = rule_for(Rule.WARNING_LEAD, on).amount
    except UnknownRule:
        lead = 0
    return lambda deadline: urgency(deadline.due_on, on=on, warning_days=lead, calendar=calendar)


def entry_of(registration: Registration) -> Institution | None:
    """The entry of the register for the code, wherever it is: the register is public."""
    return db.session.scalar(select(Institution).where(Institution.uscc == registration.uscc))


def comparison(registration: Registration, entry: Institution | None) -> list[Line]:
    """The application fact by fact; beside an entry, what the register says now."""
    wanted = facts_of(registration)
    present = public_facts(entry) if entry is not None else None
    lines = [
        _line(field, getattr(present, field, ""), getattr(wanted, field))
        for field in TEXT_FIELDS
        if field != "introduction"
    ]
    places = _line(
        "region_code",
        place_name(entry.region_code) if entry is not None else "",
        place_name(registration.region_code) or registration.region_code,
    )
    categories = _line("categories", _names(present.categories) if present else "", _names(wanted.categories))
    introduction = _line("introduction", present.introduction if present else "", wanted.introduction)
    return [*lines[:2], places, categories, *lines[2:], introduction]


def _line(field: str, present: str, wanted: str) -> Line:
    return Line(FIELD_LABELS[field], present, wanted, phone_note(wanted) if field == "phone" else "")


def _names(codes: Sequence[str]) -> str:
    return "、".join(category_name(code) for code in codes)


def namesakes(registration: Registration) -> Sequence[Institution]:
    """Entries of the same name under another code, wherever they are."""
    return db.session.scalars(
        select(Institution)
        .where(Institution.name == registration.name, Institution.uscc != registration.uscc)
        .order_by(Institution.uscc)
        .limit(5)
    ).all()


def doubles(registration: Registration) -> Doubles:
    """Other open applications and other confirmed accounts for the same code: one of them may be an impostor."""
    waiting = (State.SUBMITTED.value, State.RETURNED.value)
    applications = db.session.scalars(
        select(Registration)
        .where(
            Registration.uscc == registration.uscc,
            Registration.id != registration.id,
            Registration.state.in_(waiting),
        )
        .order_by(Registration.sent_at)
        .limit(10)
    ).all()
    accounts = db.session.scalars(
        select(Account)
        .where(
            Account.uscc == registration.uscc,
            Account.id != registration.account_id,
            Account.confirmed.is_(True),
            Account.active.is_(True),
        )
        .order_by(Account.id)
        .limit(10)
    ).all()
    people = {each.id: each.role for each in (registration.account, *accounts)}
    people |= {each.account_id: each.account.role for each in applications}
    one_of_each = len(people) == len(set(people.values()))
    one_office = all(each.office_region == registration.office_region for each in applications)
    return Doubles(applications, accounts, one_of_each and one_office)


def name_checks(registration: Registration, entry: Institution | None, *, hidden: bool) -> list[NameCheck]:
    """Whether who calls himself the legal representative bears the name that is applied for and registered.

    `hidden`: what is applied for is being changed and nobody else's to read. Nothing for an agent.
    """
    if registration.account.role != Role.LEGAL_REP.value:
        return []
    sources = {
        "申请填写的法定代表人": "" if hidden else registration.legal_representative,
        "名录登记的法定代表人": entry.legal_representative if entry is not None else "",
    }
    own = _bare(registration.account.name)
    return [NameCheck(source, name, _bare(name) == own) for source, name in sources.items() if name]


def _bare(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def done_by(actor: Actor, registration: Registration, move_name: str) -> bool:
    """Whether this very person made this very move last: the second of two clicks."""
    last = db.session.scalar(
        select(AuditEvent)
        .where(AuditEvent.subject_kind == KIND, AuditEvent.subject_id == str(registration.id))
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    return last is not None and last.action == f"{KIND}.{move_name}" and last.actor_id == actor.account_id
