"""Rows of published results of reports."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from credit_register.accounts.models import Account
from credit_register.core.database import Model, Versioned, one_of
from credit_register.institutions.models import Institution
from credit_register.reports.models import Kind, Matter, Outcome, Report

# What may become public at all. An objection is the institution's own word, and of an impersonation it is the victim.
KINDS = (Kind.REPORT, Kind.QUESTION)
MATTERS = tuple(matter for matter in Matter if matter is not Matter.IMPERSONATION)
PROVEN = (Outcome.UPHELD, Outcome.PARTLY)


class OutcomeState(StrEnum):
    """Where a result stands on its way to the public."""

    PROPOSED = "proposed"
    PUBLISHED = "published"
    REJECTED = "rejected"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


def new_public_id() -> str:
    """A name that tells nothing."""
    return secrets.token_urlsafe(16)


def _among(column: str, values: tuple[StrEnum, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(value.value) for value in values)})", name=column)


class PublishedOutcome(Model, Versioned):
    """The result of one report as the public may read it: proposed by one person, published by another.

    `found`, `measure` and `reply` become public; `reply` is the institution's, written while the result is proposed,
    and not shown where `reply_withheld`. `decided_at` is that of the decision it tells of: after another decision it
    tells of nothing. `working_days` are counted from receipt to decision, once. `region_code` is the office's.
    `public_id` names it on pages and in the public log: the numbers of the rows have gaps, from which readers could
    count what was proposed.
    """

    __tablename__ = "published_outcome"
    __table_args__ = (
        one_of("state", OutcomeState),
        _among("kind", KINDS),
        CheckConstraint("matter <> 'impersonation'", name="of_no_impersonation"),
        _among("verdict", PROVEN),
        CheckConstraint("length(found) > 0", name="found_present"),
        CheckConstraint("length(measure) > 0", name="measure_present"),
        CheckConstraint("(reply = '') = (replied_at IS NULL)", name="reply_has_a_date"),
        CheckConstraint("working_days >= 0", name="days_not_negative"),
        CheckConstraint(
            "(published_on IS NULL) = (state IN ('proposed', 'rejected'))", name="published_has_a_date"
        ),
        CheckConstraint("confirmed_by_id <> proposed_by_id", name="two_persons"),
        CheckConstraint(
            "published_on IS NULL OR confirmed_by_id IS NOT NULL", name="published_was_confirmed"
        ),
        Index(None, "institution_id", "state"),
        Index(None, "region_code", "state"),
        Index(None, "state", "published_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=new_public_id)
    report_id: Mapped[int] = mapped_column(ForeignKey(Report.id), unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey(Institution.id))
    region_code: Mapped[str] = mapped_column(String(6))
    state: Mapped[str] = mapped_column(String(20), default=OutcomeState.PROPOSED.value)
    kind: Mapped[str] = mapped_column(String(10))
    matter: Mapped[str] = mapped_column(String(20))
    verdict: Mapped[str] = mapped_column(String(20))
    found: Mapped[str] = mapped_column(String(600))
    measure: Mapped[str] = mapped_column(String(600))
    reply: Mapped[str] = mapped_column(String(600), default="")
    replied_at: Mapped[datetime | None]
    reply_withheld: Mapped[bool] = mapped_column(default=False)
    decided_at: Mapped[datetime]
    working_days: Mapped[int]
    ends_on: Mapped[date]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    proposed_at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    published_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str] = mapped_column(String(400), default="")

    report: Mapped[Report] = relationship()
    institution: Mapped[Institution] = relationship()
