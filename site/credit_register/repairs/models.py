"""Rows of the tracker of repair applications; this site decides none of them, the deciding authority does."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from credit_register.accounts.models import Account
from credit_register.core.database import Model, Versioned, one_of
from credit_register.core.files import StoredFile
from credit_register.credit_records.models import CreditRecord
from credit_register.institutions.models import Institution


class RepairState(StrEnum):
    """Where an application stands with the deciding authority."""

    APPLIED = "applied"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CONFIRMING = "confirming"
    REPAIRED = "repaired"
    NOT_REPAIRED = "not_repaired"
    CLOSED = "closed"  # entered by mistake, or the record left in another way


class Paper(StrEnum):
    """The documents of an application: two, and what the authority answered."""

    OBLIGATIONS = "obligations"
    COMMITMENT = "commitment"
    DECISION = "decision"

    @property
    def label(self) -> str:
        """The Chinese words."""
        return {
            Paper.OBLIGATIONS: "义务履行完毕的证明",
            Paper.COMMITMENT: "信用承诺书",
            Paper.DECISION: "认定单位的决定",
        }[self]


_RUNNING = "state IN ('applied', 'accepted', 'confirming')"


class RepairApplication(Model, Versioned):
    """One application for one record, as the institution or staff say that it was made elsewhere.

    `accepted_on` is the day on which the authority accepted; `decided_on`, `decided_by` and `document_number` are its
    decision, not to accept or about the repair.
    A repair that was entered by hand waits in `confirming` until a second person has seen its proof. `closed` ends an
    entry without any decision of the authority; `decision` then says why.
    """

    __tablename__ = "repair_application"
    __table_args__ = (
        one_of("state", RepairState),
        CheckConstraint(
            "state IN ('applied', 'closed') OR decided_on IS NOT NULL", name="decided_has_a_date"
        ),
        CheckConstraint("decided_on >= applied_on", name="decided_after_application"),
        CheckConstraint(
            "state NOT IN ('confirming', 'repaired') OR (proposed_by_id IS NOT NULL AND length(document_number) > 0)",
            name="repair_was_proposed",
        ),
        CheckConstraint("state <> 'repaired' OR confirmed_by_id IS NOT NULL", name="repair_was_confirmed"),
        CheckConstraint("confirmed_by_id <> proposed_by_id", name="two_persons"),
        CheckConstraint("length(applied_to) > 0", name="applied_somewhere"),
        Index(
            "uq_repair_application_running",
            "record_id",
            unique=True,
            sqlite_where=text(_RUNNING),
            postgresql_where=text(_RUNNING),
        ),
        Index(None, "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey(CreditRecord.id), index=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey(Institution.id), index=True)
    state: Mapped[str] = mapped_column(String(20), default=RepairState.APPLIED.value)
    applied_on: Mapped[date]
    applied_to: Mapped[str] = mapped_column(String(120))
    reference: Mapped[str] = mapped_column(String(80), default="")
    entered_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    entered_at: Mapped[datetime]
    accepted_on: Mapped[date | None]
    decided_on: Mapped[date | None]
    decided_by: Mapped[str] = mapped_column(String(120), default="")
    document_number: Mapped[str] = mapped_column(String(120), default="")
    decision: Mapped[str] = mapped_column(String(600), default="")
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    record: Mapped[CreditRecord] = relationship()
    institution: Mapped[Institution] = relationship()
    files: Mapped[list[RepairFile]] = relationship(
        back_populates="application", order_by="RepairFile.file_id"
    )


class RepairFile(Model):
    """One document of an application."""

    __tablename__ = "repair_file"
    __table_args__ = (one_of("paper", Paper),)

    application_id: Mapped[int] = mapped_column(ForeignKey("repair_application.id"), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey(StoredFile.id), primary_key=True)
    paper: Mapped[str] = mapped_column(String(20))

    application: Mapped[RepairApplication] = relationship(back_populates="files")
    file: Mapped[StoredFile] = relationship()
