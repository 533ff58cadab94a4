"""The public side of a result: what everybody may know of it, and its events in the public log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_

from credit_register.core.clock import local_date
from credit_register.reports.models import Report
from credit_register.reports.outcomes.lifecycle import KIND
from credit_register.reports.outcomes.models import PROVEN, PublishedOutcome
from credit_register.reports.routing import office_name
from credit_register.transparency.services import record_public_event, withdraw_public_events


def stands() -> ColumnElement[bool]:
    """Whether the decision of which a result tells is still that of its report; for queries that join both.

    A decision that was taken back has no date, and another one has another: nothing has to be told to the result.
    """
    return and_(
        Report.decided_at.is_not(None),
        Report.decided_at == PublishedOutcome.decided_at,
        Report.outcome.in_([outcome.value for outcome in PROVEN]),
    )


def public_content(outcome: PublishedOutcome) -> dict[str, Any]:
    """Everything that the public reads of a result: neither who reported nor when, and no officer."""
    return {
        "uscc": outcome.institution.uscc,
        "kind": outcome.kind,
        "matter": outcome.matter,
        "verdict": outcome.verdict,
        "found": outcome.found,
        "measure": outcome.measure,
        "reply": "" if outcome.reply_withheld else outcome.reply,
        "reply_withheld": outcome.reply_withheld,
        "working_days": outcome.working_days,
        "office": office_name(outcome.region_code),
        "published_on": outcome.published_on.isoformat() if outcome.published_on else None,
        "ends_on": outcome.ends_on.isoformat(),
    }


def log_publication(outcome: PublishedOutcome, *, now: datetime) -> None:
    """Write what became public into the public log; the caller commits."""
    record_public_event(
        f"{KIND}.publish",
        subject_kind=KIND,
        subject_key=outcome.public_id,
        payload=public_content(outcome),
        at=now,
    )


def take_back(outcome: PublishedOutcome, *, now: datetime) -> None:
    """Of what was public only the hash stays, and a dated event that names nobody; the caller commits."""
    withdraw_public_events(KIND, outcome.public_id, at=now)
    record_public_event(
        f"{KIND}.withdraw",
        subject_kind=KIND,
        subject_key=outcome.public_id,
        payload={"withdrawn_on": local_date(now).isoformat()},
        at=now,
    )
