"""How the queue of an office is narrowed, as conditions of the database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, literal_column, or_, select, union

from credit_register.access.actor import Actor
from credit_register.core import regions, uscc
from credit_register.core.clock import SHANGHAI
from credit_register.institutions.models import Institution, InstitutionCategory
from credit_register.reports.full_text import Hits
from credit_register.reports.models import Report, State
from credit_register.reports.work_models import Tag

ALL = "all"
MINE = "mine"
NOBODY = "nobody"
OVERDUE = "overdue"
SOON = "soon"
RECENTLY = "90"
RECENT_DAYS: Final = 90
FINISHED = (State.CLOSED, State.REFUSED, State.WITHDRAWN)
# What is merged is worked on with the report that leads.
OPEN = tuple(state for state in State if state not in (*FINISHED, State.MERGED))
SHUT = [state.value for state in (*FINISHED, State.MERGED)]
# In these states nothing runs; the newest comes first.
NOTHING_RUNS = frozenset({State.ANSWERED, State.MERGED, *FINISHED})
_NUMBER = re.compile(r"(20\d{2}-)?0*(\d{1,9})", re.ASCII)
_NOTHING: ColumnElement[str] = literal_column("''")  # as the partial indexes say it


@dataclass(frozen=True)
class QueueFilter:
    """How the queue is narrowed; an empty part does not narrow, an empty state means what is open.

    `handler` is MINE, NOBODY or the number of an account; `subject` is a code, a name, a site or a telephone, whole.
    """

    text: str = ""
    state: str = ""
    kind: str = ""
    matter: str = ""
    region: str = ""
    handler: str = ""
    due: str = ""
    tag: str = ""
    category: str = ""
    subject: str = ""
    decided: str = ""

    @property
    def states(self) -> tuple[State, ...]:
        """The wanted states."""
        if self.state == ALL:
            return tuple(State)
        return (State(self.state),) if self.state else OPEN

    @property
    def only_by_state(self) -> bool:
        """Whether nothing but state and region narrows, so that the counts by state tell the total."""
        return not any(value for name, value in vars(self).items() if name not in ("state", "region"))


def conditions_of(
    actor: Actor, wanted: QueueFilter, *, on: date, hits: Hits | None
) -> list[ColumnElement[bool]]:
    """What a report of the queue fulfils; `hits` are those of the index, None where the database looks itself."""
    conditions = in_scope(actor, wanted.region)
    if wanted.state and wanted.state != ALL:
        conditions.append(Report.state == wanted.state)
    elif not wanted.state:
        # Not IN: with that, SQLite leaves the index of the region for that of the state.
        conditions.append(Report.state.not_in(SHUT))
    if wanted.kind:
        conditions.append(Report.kind == wanted.kind)
    if wanted.matter:
        conditions.append(Report.matter == wanted.matter)
    if wanted.handler:
        conditions.append(_handled_by(actor, wanted.handler))
    if wanted.tag:
        conditions.append(Report.id.in_(select(Tag.report_id).where(Tag.word == wanted.tag)))
    if wanted.category:
        registered = select(InstitutionCategory.institution_id)
        conditions.append(
            Report.institution_id.in_(registered.where(InstitutionCategory.code == wanted.category))
        )
    if wanted.subject:
        conditions.append(about(wanted.subject))
    if wanted.decided:
        conditions.append(Report.decided_at >= recently(on))
    if wanted.text:
        conditions.append(matches(wanted.text) if hits is None else _found(wanted.text, hits))
    return conditions


def in_scope(actor: Actor, region: str = "") -> list[ColumnElement[bool]]:
    """The actor's region, and the one looked for."""
    conditions = [actor.region_filter(Report.region_code)]
    if region:
        conditions.append(regions.within(Report.region_code, region))
    return conditions


def recently(on: date) -> datetime:
    """Since when a decision counts as a recent one."""
    return datetime.combine(on - timedelta(days=RECENT_DAYS), time(), SHANGHAI)


def about(subject: str) -> ColumnElement[bool]:
    """Everything about one subject: who it is by code or name, or what an impostor left behind.

    One question for each index: joined by OR, neither database would use them.
    """
    code = uscc.normalise(subject)
    known = select(Institution.id).where(or_(Institution.uscc == code, Institution.name == subject))
    asked: list[Select[int]] = [
        select(Report.id).where(Report.subject_name == subject),
        select(Report.id).where(Report.institution_id.in_(known)),
        select(Report.id).where(Report.subject_site == subject, Report.subject_site != _NOTHING),
        select(Report.id).where(Report.subject_phone == subject, Report.subject_phone != _NOTHING),
    ]
    if code:
        asked.append(select(Report.id).where(Report.subject_uscc == code, Report.subject_uscc != _NOTHING))
    return Report.id.in_(union(*asked))


def matches(text: str) -> ColumnElement[bool]:
    """What the database finds for a text: the subject's name or code, the number of the case."""
    number = _NUMBER.fullmatch(text)
    if number and number[1]:
        return Report.id == int(number[2])
    found = [Report.subject_name.contains(text, autoescape=True)]
    if code := uscc.normalise(text):
        found.append(Report.subject_uscc.contains(code, autoescape=True))
    if number:
        found.append(Report.id == int(number[2]))
    return or_(*found)


def is_number(text: str) -> bool:
    """Whether a text names one case, which needs no index."""
    number = _NUMBER.fullmatch(text)
    return number is not None and bool(number[1])


def _found(text: str, hits: Hits) -> ColumnElement[bool]:
    ids = list(hits.ids)
    if number := _NUMBER.fullmatch(text):
        ids.append(int(number[2]))  # the index is a moment behind what has just come in
    return Report.id.in_(ids)


def _handled_by(actor: Actor, handler: str) -> ColumnElement[bool]:
    if handler == NOBODY:
        return Report.handler_id.is_(None)
    return Report.handler_id == (actor.account_id if handler == MINE else int(handler))
