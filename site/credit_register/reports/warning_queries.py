"""What the public and officers ask about warnings of impostors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Select, func, or_, select

from credit_register.access.actor import Actor
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.database import db
from credit_register.institutions.alarms import ShownAlarm, shown
from credit_register.institutions.models import Institution
from credit_register.reports.lifecycle import WARNING_KIND
from credit_register.reports.models import ImpostorWarning, WarningState
from credit_register.reports.routing import office_name
from credit_register.reports.warning_alarms import alarm_of
from credit_register.reports.warning_grounds import Ground, ground_of
from credit_register.reports.warning_lapses import LIVING, lapses

PUBLIC_PER_PAGE = 20
PER_PAGE = 40
ALL, LAPSED = "all", "lapsed"  # beside the states, in the filter of the queue


@dataclass(frozen=True)
class PublicWarning:
    """A warning as the public reads it."""

    shown: ShownAlarm
    reason: str
    office: str


@dataclass(frozen=True)
class PublicPage:
    """One page of the public list."""

    items: Sequence[PublicWarning]
    page: int
    pages: int
    total: int


@dataclass(frozen=True)
class WarningFilter:
    """How the queue is narrowed; an empty state means what is proposed or published."""

    text: str = ""
    state: str = ""
    kind: str = ""


def public_warnings(text: str, *, kind: str = "", page: int, on: date) -> PublicPage:
    """What is published and not over, newest first; nothing depends on the worker having ended it."""
    query = select(ImpostorWarning).where(
        ImpostorWarning.state == WarningState.PUBLISHED.value, ImpostorWarning.ends_on >= on
    )
    if kind:
        query = query.where(ImpostorWarning.kind == kind)
    if text:
        query = query.where(matches(text))
    query = query.order_by(ImpostorWarning.published_on.desc(), ImpostorWarning.id.desc())
    found = db.paginate(query, page=page, per_page=PUBLIC_PER_PAGE, error_out=False)
    ready = shown([alarm_of(row) for row in found.items])
    items = [
        PublicWarning(each, row.reason, office_name(row.region_code))
        for each, row in zip(ready, found.items, strict=True)
    ]
    return PublicPage(items, page, found.pages, found.total or 0)


def queue(actor: Actor, wanted: WarningFilter, *, page: int) -> Pagination:
    """The warnings of the actor's region; what waits for a second person comes first."""
    query = warnings_in_scope(actor)
    if wanted.state == LAPSED:
        query = query.where(ImpostorWarning.id.in_(_lapsed_in_scope(actor)))
    elif wanted.state != ALL:
        query = query.where(
            ImpostorWarning.state == wanted.state if wanted.state else ImpostorWarning.state.in_(LIVING)
        )
    if wanted.kind:
        query = query.where(ImpostorWarning.kind == wanted.kind)
    if wanted.text:
        query = query.where(matches(wanted.text))
    waiting = ImpostorWarning.state != WarningState.PROPOSED.value
    query = query.order_by(waiting, ImpostorWarning.id.desc())
    return db.paginate(query, page=page, per_page=PER_PAGE, error_out=False)


def waiting_count(actor: Actor) -> int:
    """How many warnings of the region wait for this person: who proposed one may not judge it."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(ImpostorWarning)
            .where(
                actor.region_filter(ImpostorWarning.region_code),
                ImpostorWarning.state == WarningState.PROPOSED.value,
                ImpostorWarning.proposed_by_id != actor.account_id,
            )
        )
        or 0
    )


def lapsed_count(actor: Actor) -> int:
    """How many proposed and published warnings of the region their ground carries no longer."""
    return len(_lapsed_in_scope(actor))


def lapsed_among(warnings: Sequence[ImpostorWarning]) -> set[int]:
    """The same of these warnings, by their numbers."""
    return set(lapses(ImpostorWarning.id.in_([warning.id for warning in warnings])))


def _lapsed_in_scope(actor: Actor) -> list[int]:
    return list(lapses(actor.region_filter(ImpostorWarning.region_code)))


def warnings_in_scope(actor: Actor) -> Select[ImpostorWarning]:
    """The warnings of the actor's region."""
    return select(ImpostorWarning).where(actor.region_filter(ImpostorWarning.region_code))


def warning_for(actor: Actor, warning_id: int) -> ImpostorWarning:
    """One warning of the actor's region, or 404."""
    found = db.session.scalar(warnings_in_scope(actor).where(ImpostorWarning.id == warning_id))
    if found is None:
        abort(404)
    return found


def ground_for(actor: Actor, warning: ImpostorWarning) -> Ground | None:
    """What the warning rests on, where the actor may still see it."""
    ground = ground_of(warning)
    if ground is None or not actor.sees_region(ground.region):
        return None
    return ground


def lapsed(warning: ImpostorWarning) -> str:
    """What has happened to the ground of a proposed or published warning that was found true no longer."""
    return lapses(ImpostorWarning.id == warning.id).get(warning.id, "")


def warnings_on(ground: Ground) -> Sequence[ImpostorWarning]:
    """The warnings that came of a ground, the oldest first."""
    return db.session.scalars(
        select(ImpostorWarning).where(ground.led_to()).order_by(ImpostorWarning.id)
    ).all()


def names_of(*account_ids: int | None) -> dict[int, str]:
    """The names of officers by account."""
    wanted = [each for each in account_ids if each is not None]
    rows = db.session.execute(select(Account.id, Account.name).where(Account.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def namesake(name: str) -> Institution | None:
    """A registered institution that bears the name of the pretender: it could be harmed by the warning."""
    return db.session.scalar(select(Institution).where(Institution.name == name).limit(1))


def registered(code: str) -> Institution | None:
    """The registered institution with this code."""
    return db.session.scalar(select(Institution).where(Institution.uscc == code)) if code else None


def did_last(actor: Actor, warning_id: int, move: str, *, reason: str) -> bool:
    """Whether the actor's own deed was the last one: the form that comes now was sent twice."""
    row = db.session.scalar(
        select(AuditEvent)
        .where(AuditEvent.subject_kind == WARNING_KIND, AuditEvent.subject_id == str(warning_id))
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    return (
        row is not None
        and row.action == f"{WARNING_KIND}.{move}"
        and row.actor_id == actor.account_id
        and str(row.detail.get("reason", "")) == reason
    )


def matches(text: str) -> ColumnElement[bool]:
    """What the lists find for a text: who poses, and as whom."""
    return or_(
        ImpostorWarning.pretender.contains(text, autoescape=True),
        ImpostorWarning.imitated_name.contains(text, autoescape=True),
        ImpostorWarning.imitated_uscc == text.upper(),
    )
