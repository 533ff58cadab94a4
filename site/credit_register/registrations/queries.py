"""What people of an institution may ask about applications: their own account's, and no other's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, select

from credit_register.access.actor import Actor
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline, DeadlineRule
from credit_register.core.deadlines.queries import UnknownRule, open_deadline, rule_for
from credit_register.core.deadlines.rules import Rule
from credit_register.registrations.lifecycle import KIND
from credit_register.registrations.models import OPEN_STATES, Registration, State


def _own(actor: Actor) -> ColumnElement[bool]:
    return Registration.account_id == actor.account_id


def open_registration(actor: Actor, *, lock: bool = False) -> Registration | None:
    """The application of this account that is not decided yet; with `lock` it is held to the end of the transaction."""
    query = select(Registration).where(_own(actor), Registration.state.in_(OPEN_STATES))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(query)


def latest_registration(actor: Actor) -> Registration | None:
    """The application that the account's page is about: the open one, else the last one that was decided."""
    return db.session.scalar(
        select(Registration)
        .where(_own(actor), Registration.state != State.DISCARDED.value)
        .order_by(Registration.state.in_(OPEN_STATES).desc(), Registration.id.desc())
        .limit(1)
    )


def earlier_registrations(actor: Actor, *, besides: Registration | None) -> Sequence[Registration]:
    """The account's decided applications, newest first."""
    decided = (State.ACCEPTED.value, State.REFUSED.value)
    query = select(Registration).where(_own(actor), Registration.state.in_(decided))
    if besides is not None:
        query = query.where(Registration.id != besides.id)
    return db.session.scalars(query.order_by(Registration.id.desc()).limit(20)).all()


def review_deadline(registration: Registration) -> Deadline | None:
    """By when the office decides, while it has to."""
    return open_deadline(KIND, registration.id, Rule.REGISTRATION_REVIEW)


def review_rule(on: date) -> DeadlineRule | None:
    """How long a review may take; None where the table of rules does not say."""
    try:
        return rule_for(Rule.REGISTRATION_REVIEW, on)
    except UnknownRule:
        return None
