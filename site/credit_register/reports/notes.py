"""Notes of officers inside a case; nobody else reads them, and a report handed to another region leaves them behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.accounts.models import Account
from credit_register.core import regions
from credit_register.core.database import db
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import Report
from credit_register.reports.steps import record
from credit_register.reports.work_models import Note

MOST = 2000


@dataclass(frozen=True)
class Noted:
    """One note as officers read it."""

    at: datetime
    person: str
    text: str


def add_note(report: Report, *, text: str, actor: Actor, now: datetime) -> None:
    """Write a note; the same written twice in a row by one person stands once. Commits."""
    db.session.refresh(report, with_for_update=True)
    last = db.session.scalar(
        select(Note).where(Note.report_id == report.id).order_by(Note.id.desc()).limit(1)
    )
    if last is not None and (last.account_id, last.text) == (actor.account_id, text):
        return
    assert actor.account_id is not None
    assert actor.region is not None
    db.session.add(
        Note(report_id=report.id, at=now, account_id=actor.account_id, region_code=actor.region, text=text)
    )
    # The words stay out of the audit: it goes along to other regions.
    record(report, f"{KIND}.note", actor=actor, now=now, detail={})
    db.session.commit()


def notes_of(actor: Actor, report: Report) -> Sequence[Noted]:
    """The notes of the actor's office, those above it and below it, the oldest first."""
    rows = db.session.execute(
        select(Note.at, Account.name, Note.text, Note.region_code)
        .join(Account, Account.id == Note.account_id)
        .where(Note.report_id == report.id)
        .order_by(Note.id)
    )
    return [
        Noted(at, name, text)
        for at, name, text, region in rows
        if actor.sees_region(region) or regions.covers(region, report.region_code)
    ]
