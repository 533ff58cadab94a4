"""The written answer (书面答复): what whoever reported may print, and what an office sends by post; it names nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.reports.models import TOLD, Author, Kind, Message, Outcome, Report
from credit_register.reports.reviews import last_day
from credit_register.reports.routing import office_name


@dataclass(frozen=True)
class WrittenAnswer:
    """Everything that stands on the paper; `review_until` is None where no review can be asked for any more."""

    kind: str
    subject: str
    received_on: date
    outcome: str
    decision: str
    words: tuple[str, ...]
    office: str
    answered_on: date
    review_until: date | None


def written_answer(report: Report, *, today: date) -> WrittenAnswer | None:
    """The answer of a report that has one."""
    if report.state not in TOLD or report.decided_at is None or not report.outcome:
        return None
    said = db.session.execute(
        select(Message.at, Message.text)
        .where(
            Message.report_id == report.id,
            Message.author == Author.OFFICE.value,
            Message.at >= report.decided_at,
        )
        .order_by(Message.id)
    ).all()
    if not said:
        return None
    until = last_day(report)
    institution = report.institution
    return WrittenAnswer(
        kind=Kind(report.kind).label,
        subject=institution.name if institution else report.subject_name or report.subject_uscc,
        received_on=local_date(report.received_at),
        outcome=Outcome(report.outcome).label,
        decision=report.decision,
        words=tuple(text for _, text in said),
        office=office_name(report.region_code),
        answered_on=local_date(said[0].at),
        review_until=until if until is not None and today <= until else None,
    )
