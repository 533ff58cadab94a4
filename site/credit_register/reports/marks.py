"""The mark beside information that an institution disputes: set by an officer, gone with the decision.

A mark says that somebody disputes and that it is being looked into, not who is right (上海市社会信用条例第三十六条).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import bindparam, select

from credit_register.core.clock import local_date
from credit_register.core.database import db, look
from credit_register.core.deadlines.queries import open_deadline
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import close_deadline
from credit_register.core.lifecycle import check_version, stale_told
from credit_register.institutions.models import Institution
from credit_register.reports.lifecycle import KIND, MARK_KIND, REPORT
from credit_register.reports.models import MARKABLE, Kind, Report, State
from credit_register.reports.routing import office_name
from credit_register.transparency.services import record_public_event, withdraw_public_events

FEWEST, MOST = 4, 200

# What a step that ends the objection writes into the row together with the new state.
UNMARKED: Final = MappingProxyType({"mark": "", "marked_on": None, "mark_key": None})

_STAMP = (
    select(Report.mark_key)
    .join(Institution, Institution.id == Report.institution_id)
    .where(Institution.uscc == bindparam("code"), Report.marked_on.is_not(None))
    .order_by(Report.id)
)


class MarkRefused(Exception):
    """There is nothing that could bear a mark; the text says why."""


@dataclass(frozen=True)
class Mark:
    """One mark as everybody reads it: it names neither person nor report."""

    text: str
    since: date


def markable(report: Report) -> bool:
    """Whether the report is an open objection against what the register publishes of an institution."""
    return report.kind == Kind.OBJECTION and report.institution_id is not None and report.state in MARKABLE


def set_mark(report: Report, *, text: str, version: int, now: datetime) -> None:
    """Mark what is disputed, or put better words in the place of a mark; the caller audits and commits.

    Raises MarkRefused, or StaleVersion when the person saw another version.
    """
    db.session.refresh(report, with_for_update=True)
    check_version(report, version)
    if not markable(report):
        state = REPORT.label(State(report.state))
        raise MarkRefused(f"只能标注对名录中机构的、尚未作出决定的异议；这一件现在是“{state}”，没有标注。")
    assert report.institution is not None  # a foreign key, and markable
    take_back(report.mark_key, now=now)
    report.mark, report.marked_on, report.mark_key = text, local_date(now), secrets.token_hex(16)
    with stale_told():
        db.session.flush()
    running = open_deadline(KIND, report.id, Rule.OBJECTION_MARK)
    if running is not None:
        close_deadline(running, closed_at=now)
    record_public_event(
        f"{MARK_KIND}.publish",
        subject_kind=MARK_KIND,
        subject_key=report.mark_key,
        payload={
            "institution": report.institution.uscc,
            "mark": text,
            "marked_on": report.marked_on.isoformat(),
            "office": office_name(report.region_code),
        },
        at=now,
    )


def take_back(key: str | None, *, now: datetime) -> None:
    """Of a mark that is no longer shown only the hash stays in the public log, and a dated withdrawal."""
    if key is None:
        return
    withdraw_public_events(MARK_KIND, key, at=now)
    record_public_event(
        f"{MARK_KIND}.withdraw",
        subject_kind=MARK_KIND,
        subject_key=key,
        payload={"withdrawn_on": local_date(now).isoformat()},
        at=now,
    )


def marks_of(code: str) -> Sequence[Mark]:
    """The marks that stand on the page of an institution, the oldest first."""
    rows = db.session.execute(
        select(Report.mark, Report.marked_on)
        .join(Institution, Institution.id == Report.institution_id)
        .where(Institution.uscc == code, Report.marked_on.is_not(None))
        .order_by(Report.marked_on, Report.id)
    )
    return [Mark(text, since) for text, since in rows if since is not None]


def stamp(code: str) -> str:
    """A text that differs after every change of an institution's marks."""
    return " ".join(row.mark_key for row in look(_STAMP, code=code))
