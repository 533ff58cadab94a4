"""What staff ask about the commitments of their region."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from credit_register.access.actor import Actor
from credit_register.commitments.models import Commitment, State
from credit_register.commitments.running_out import REMINDED_BEFORE
from credit_register.core import regions, uscc
from credit_register.core.database import db
from credit_register.institutions.models import Institution

PER_PAGE = 40


class View(StrEnum):
    """A part of the queue."""

    IN_FORCE = "in_force"
    EXPIRING = "expiring"
    HALF_SIGNED = "half_signed"
    DRAFT = "draft"
    ENDED = "ended"

    @property
    def label(self) -> str:
        """The Chinese words of the filter."""
        return {
            View.IN_FORCE: "公示中",
            View.EXPIRING: f"{REMINDED_BEFORE.days} 天内到期",
            View.HALF_SIGNED: "待另一方签署",
            View.DRAFT: "待签署",
            View.ENDED: "已结束",
        }[self]


@dataclass(frozen=True)
class QueueFilter:
    """How the queue is narrowed; an empty part does not narrow."""

    text: str = ""
    view: str = ""
    region: str = ""


def queue(actor: Actor, wanted: QueueFilter, *, page: int, on: date) -> Pagination:
    """The commitments of the actor's region, those in force first; a part in force is ordered by its end."""
    conditions = _within(actor)
    if wanted.view:
        conditions.append(_condition(View(wanted.view), on))
    if wanted.region:
        conditions.append(regions.within(Institution.region_code, wanted.region))
    if wanted.text:
        conditions.append(matches(wanted.text))
    in_force = Commitment.state == State.PUBLISHED.value
    order: tuple[ColumnElement[Any], ...] = (in_force.desc(), Commitment.id.desc())
    if wanted.view in (View.IN_FORCE.value, View.EXPIRING.value):
        order = (Commitment.valid_until.asc(), Commitment.id.asc())
    query = select(Commitment).join(Commitment.institution).where(*conditions).order_by(*order)
    return db.paginate(query, page=page, per_page=PER_PAGE, error_out=False)


def view_counts(actor: Actor, *, on: date) -> dict[View, int]:
    """How many commitments of the region are in each part of the queue."""
    query = select(func.count()).select_from(Commitment).join(Commitment.institution)
    return {view: db.session.scalar(query.where(*_within(actor), _condition(view, on))) or 0 for view in View}


def commitment_for(actor: Actor, commitment_id: int) -> Commitment:
    """One commitment of the actor's region, or 404."""
    found = db.session.scalar(
        select(Commitment)
        .join(Commitment.institution)
        .where(Commitment.id == commitment_id, actor.region_filter(Institution.region_code))
    )
    if found is None:
        abort(404)
    return found


def commitments_in_scope(actor: Actor) -> Select[Commitment]:
    """The commitments of the actor's region, joined with their institutions."""
    return select(Commitment).join(Commitment.institution).where(*_within(actor))


def matches(text: str) -> ColumnElement[bool]:
    """What the queue finds for a text, of commitments joined with their institutions."""
    found = [
        Institution.name.contains(text, autoescape=True),
        Commitment.number.contains(text, autoescape=True),
    ]
    if code := uscc.normalise(text):
        found.append(Institution.uscc.contains(code, autoescape=True))
    return or_(*found)


def _within(actor: Actor) -> list[ColumnElement[bool]]:
    return [actor.region_filter(Institution.region_code), Commitment.state != State.DISCARDED.value]


def _condition(view: View, on: date) -> ColumnElement[bool]:
    in_force = Commitment.state == State.PUBLISHED.value
    match view:
        case View.IN_FORCE:
            return in_force
        case View.EXPIRING:
            return and_(in_force, Commitment.valid_until <= on + REMINDED_BEFORE)
        case View.HALF_SIGNED:
            return Commitment.state == State.HALF_SIGNED.value
        case View.DRAFT:
            return Commitment.state == State.DRAFT.value
        case View.ENDED:
            ended = (State.EXPIRED, State.REPLACED, State.WITHDRAWN)
            return Commitment.state.in_([state.value for state in ended])
