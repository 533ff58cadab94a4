"""The numbers of the home page: only what is decided is counted, so that nobody can infer a case that is not."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock_time

from flask import current_app
from sqlalchemy import func, select

from credit_register.core.clock import SHANGHAI
from credit_register.core.database import db
from credit_register.institutions import alarms
from credit_register.institutions.alarms import ShownAlarm
from credit_register.institutions.models import Institution, Status
from credit_register.institutions.queries import COUNTS_LIVE
from credit_register.reports.models import Report
from credit_register.reports.models import State as ReportState
from credit_register.spotchecks.public_queries import CheckCounts, counts_since

WARNINGS_SHOWN = 3
_FINISHED = [state.value for state in (ReportState.ANSWERED, ReportState.CLOSED, ReportState.REFUSED)]


@dataclass(frozen=True)
class Supervision:
    """What supervision came to, as sums over the whole nation."""

    since: date
    committed: int
    checks: CheckCounts
    reports: int


@dataclass(frozen=True)
class Warnings:
    """The newest warnings of impostors in force, and how many there are."""

    total: int
    newest: tuple[ShownAlarm, ...]


def supervision(on: date) -> Supervision:
    """The numbers since the same day a year ago; counted anew when they are a minute old, as the register's."""
    held: tuple[float, date, Supervision] | None = current_app.extensions.get("supervision_counts")
    moment = time.monotonic()
    if held is None or held[1] != on or moment - held[0] > COUNTS_LIVE:
        held = (moment, on, _count(on))
        current_app.extensions["supervision_counts"] = held
    return held[2]


def warnings_in_force(on: date) -> Warnings:
    """Asked each time: a warning that was withdrawn must not stand here a moment longer."""
    found = alarms.in_force(on)
    return Warnings(len(found), tuple(alarms.shown(found[:WARNINGS_SHOWN])))


def _count(on: date) -> Supervision:
    since = _year_before(on)
    committed = select(func.count()).where(
        Institution.status == Status.REGISTERED.value, Institution.committed.is_(True)
    )
    finished_at = func.coalesce(Report.decided_at, Report.closed_at, Report.received_at)
    finished = select(func.count()).where(
        Report.state.in_(_FINISHED), finished_at >= datetime.combine(since, clock_time(), SHANGHAI)
    )
    return Supervision(
        since,
        db.session.scalar(committed) or 0,
        counts_since(since),
        db.session.scalar(finished) or 0,
    )


def _year_before(day: date) -> date:
    """The same day a year ago; of 29 February the 28th."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
