"""The public side of a check: what everybody may know of it, and its events in the public log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.spotchecks.lifecycle import KIND
from credit_register.spotchecks.models import SpotCheck, State
from credit_register.spotchecks.words import matter_words
from credit_register.transparency.services import record_public_event, withdraw_public_events


def office_of(check: SpotCheck) -> str:
    """The office that published the verdict, never the person."""
    account = db.session.get(Account, check.confirmed_by_id or check.concluded_by_id)
    return account.actor.public_label if account else ""


def public_facts(check: SpotCheck) -> dict[str, Any]:
    """Everything that is public about a decided check, as plain data; what is not here is not public.

    What was found in detail and how the institution answered are not: they may name people.
    """
    return {
        "uscc": check.institution.uscc,
        "matter": matter_words(check.matter, check.matter_text),
        "declared_version": check.snapshot_number,
        "verdict": check.verdict,
        "finding": check.finding,
        "published_on": check.published_on.isoformat() if check.published_on else None,
        "office": office_of(check),
        "correction": correction_state(check),
        "corrected_on": check.corrected_on.isoformat() if check.corrected_on else None,
    }


def correction_state(check: SpotCheck) -> str:
    """`none`, `ordered` or `corrected`: that the institution has reported is not decided and not public."""
    if check.state in (State.ORDERED, State.RESPONDED):
        return "ordered"
    return "corrected" if check.state == State.CORRECTED else "none"


def log_event(check: SpotCheck, event: str, *, now: datetime) -> None:
    """Write the present public facts into the public log; the caller commits."""
    record_public_event(
        f"{KIND}.{event}",
        subject_kind=KIND,
        subject_key=check.public_id,
        payload=public_facts(check),
        at=now,
    )


def withdraw(check: SpotCheck, *, now: datetime) -> None:
    """Take the content of all events of a check out of the log and leave a dated withdrawal; the caller commits."""
    withdraw_public_events(KIND, check.public_id, at=now)
    record_public_event(
        f"{KIND}.withdrawn", subject_kind=KIND, subject_key=check.public_id, payload={}, at=now
    )
