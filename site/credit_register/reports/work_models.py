"""Rows of an office's work on reports: notes, questions to institutions, tags, extensions, filters, surges."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from credit_register.accounts.models import Account
from credit_register.core.database import Model, Versioned
from credit_register.core.files import StoredFile
from credit_register.institutions.models import Institution
from credit_register.reports.models import Report

LONGEST_TAG = 20
LONGEST_QUERY = 3000  # in an address each Chinese character is nine
_WAITING = text("decided_at IS NULL")
_UNANSWERED = text("answered_at IS NULL AND given_up_at IS NULL")


class Note(Model):
    """What officers tell one another about a case; `region_code` is the office that wrote it.

    A report that is handed to another region leaves the notes behind: they may judge, and nobody there needs them.
    """

    __tablename__ = "report_note"
    __table_args__ = (
        Index(None, "report_id", "id"),
        CheckConstraint("length(text) > 0", name="text_present"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey(Report.id))
    at: Mapped[datetime]
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    region_code: Mapped[str] = mapped_column(String(6))
    text: Mapped[str] = mapped_column(Text)


class Inquiry(Model, Versioned):
    """One question to the institution that a report is about, and its answer. Who reported is nowhere in it."""

    __tablename__ = "report_inquiry"
    __table_args__ = (
        CheckConstraint("length(question) > 0", name="question_present"),
        CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answered_has_words"),
        CheckConstraint("answered_at IS NULL OR answered_by_id IS NOT NULL", name="answered_by_somebody"),
        CheckConstraint("answered_at IS NULL OR given_up_at IS NULL", name="answered_or_given_up"),
        # One question at a time: the next one follows the answer.
        Index(
            "uq_report_inquiry_open",
            "report_id",
            unique=True,
            sqlite_where=_UNANSWERED,
            postgresql_where=_UNANSWERED,
        ),
        Index(None, "institution_id", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey(Report.id), index=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey(Institution.id))
    question: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    due_on: Mapped[date]
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    given_up_at: Mapped[datetime | None]

    report: Mapped[Report] = relationship()
    institution: Mapped[Institution] = relationship()
    files: Mapped[list[InquiryFile]] = relationship(order_by="InquiryFile.file_id", back_populates="inquiry")

    @property
    def is_open(self) -> bool:
        """Whether the institution may still answer."""
        return self.answered_at is None and self.given_up_at is None


class InquiryFile(Model):
    """A file that came with an institution's answer."""

    __tablename__ = "report_inquiry_file"

    inquiry_id: Mapped[int] = mapped_column(ForeignKey(Inquiry.id), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey(StoredFile.id), primary_key=True)

    inquiry: Mapped[Inquiry] = relationship(back_populates="files")
    file: Mapped[StoredFile] = relationship(lazy="joined", innerjoin=True)


class Evidence(Model):
    """A file that an officer put to a case, and what it shows; it goes along to another region."""

    __tablename__ = "report_evidence"
    __table_args__ = (CheckConstraint("length(words) > 0", name="words_present"),)

    report_id: Mapped[int] = mapped_column(ForeignKey(Report.id), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey(StoredFile.id), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    words: Mapped[str] = mapped_column(String(200))

    file: Mapped[StoredFile] = relationship(lazy="joined", innerjoin=True)


class Tag(Model):
    """A word by which an office sorts its reports."""

    __tablename__ = "report_tag"
    __table_args__ = (Index(None, "word"), CheckConstraint("length(word) > 0", name="word_present"))

    report_id: Mapped[int] = mapped_column(ForeignKey(Report.id), primary_key=True)
    word: Mapped[str] = mapped_column(String(LONGEST_TAG), primary_key=True)


class SavedFilter(Model):
    """A view of the queue that a person keeps under a name; `query` is what stands behind the question mark."""

    __tablename__ = "report_filter"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    name: Mapped[str] = mapped_column(String(30))
    query: Mapped[str] = mapped_column(String(LONGEST_QUERY))


class Extension(Model):
    """More time for an investigation: asked for by one person, approved or refused by another."""

    __tablename__ = "report_extension"
    __table_args__ = (
        CheckConstraint("days > 0", name="days_positive"),
        CheckConstraint("length(reason) > 0", name="reason_present"),
        CheckConstraint("decided_by_id <> requested_by_id", name="two_persons"),
        CheckConstraint(
            "(decided_at IS NULL) = (approved IS NULL) AND (approved IS NULL OR approved = false"
            " OR decided_by_id IS NOT NULL)",
            name="decision_whole",
        ),
        Index(
            "uq_report_extension_waiting",
            "report_id",
            unique=True,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index(None, "report_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey(Report.id))
    requested_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    requested_at: Mapped[datetime]
    days: Mapped[int]  # in the unit of the rule that is extended
    reason: Mapped[str] = mapped_column(String(400))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    decided_at: Mapped[datetime | None]
    approved: Mapped[bool | None]


class Surge(Model):
    """Many reports on one subject within a week: raised once for the region and the week."""

    __tablename__ = "report_surge"
    __table_args__ = (UniqueConstraint("region_code", "subject_key", "week"), Index(None, "week"))

    id: Mapped[int] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(String(6))
    # What the queue is narrowed by: the institution's code, else what was typed as code, name, site or telephone.
    subject_key: Mapped[str] = mapped_column(String(200))
    subject_name: Mapped[str] = mapped_column(String(200))
    week: Mapped[date]  # its Monday
    count: Mapped[int]
    raised_at: Mapped[datetime]
