"""Rows of reports, of who reported, of what was said both ways, and of warnings of impostors."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from credit_register.accounts.models import Account
from credit_register.core.clock import local_date
from credit_register.core.database import Model, Versioned, one_of
from credit_register.core.encryption import EncryptedText
from credit_register.core.files import StoredFile
from credit_register.institutions.models import Institution
from credit_register.institutions.warning_kinds import WarningKind as WarningKind  # noqa: PLC0414 -- found here too
from credit_register.ledger.models import LedgerCase


class Kind(StrEnum):
    """What a citizen sends in (发改办财金〔2021〕156号 二(六)、四)."""

    REPORT = "report"
    QUESTION = "question"
    OBJECTION = "objection"

    @property
    def label(self) -> str:
        """The Chinese word."""
        return {Kind.REPORT: "举报", Kind.QUESTION: "质疑", Kind.OBJECTION: "异议"}[self]


class Matter(StrEnum):
    """What it is about."""

    FALSE_DISCLOSURE = "false_disclosure"
    IMPERSONATION = "impersonation"
    BREACH = "breach"
    UNLAWFUL_FEE = "unlawful_fee"
    FORGED_REPORT = "forged_report"
    DATA_LEAK = "data_leak"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The Chinese word."""
        return {
            Matter.FALSE_DISCLOSURE: "公示信息不实",
            Matter.IMPERSONATION: "冒用名义、假冒机构",
            Matter.BREACH: "违反信用承诺",
            Matter.UNLAWFUL_FEE: "违规收费",
            Matter.FORGED_REPORT: "出具虚假报告",
            Matter.DATA_LEAK: "泄露个人信息",
            Matter.OTHER: "其他",
        }[self]


class Outcome(StrEnum):
    """What the office found."""

    UPHELD = "upheld"
    PARTLY = "partly"
    UNFOUNDED = "unfounded"
    UNPROVEN = "unproven"
    NOTED = "noted"

    @property
    def label(self) -> str:
        """The Chinese word."""
        return {
            Outcome.UPHELD: "情况属实",
            Outcome.PARTLY: "部分属实",
            Outcome.UNFOUNDED: "未发现所反映的情况",
            Outcome.UNPROVEN: "无法查实",
            Outcome.NOTED: "不作属实与否的认定，处理意见见说明",
        }[self]


class State(StrEnum):
    """Where a report stands."""

    RECEIVED = "received"
    INVESTIGATING = "investigating"
    AWAITING_REPORTER = "awaiting_reporter"
    AWAITING_INSTITUTION = "awaiting_institution"
    MERGED = "merged"
    DECIDED = "decided"
    ANSWERED = "answered"
    REVIEWING = "reviewing"
    CLOSED = "closed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


# Neither side writes any more: the reporter could not answer.
OVER = (State.CLOSED, State.REFUSED, State.WITHDRAWN)
# Nothing is decided and the reporter may take the report back.
UNDECIDED = (State.RECEIVED, State.INVESTIGATING, State.AWAITING_REPORTER, State.AWAITING_INSTITUTION)
# The result is the reporter's once it was answered, and stays so while it is reviewed.
TOLD = (State.ANSWERED, State.REVIEWING, State.CLOSED)
# While an objection is being looked into, the information may bear a mark.
MARKABLE = UNDECIDED
_MARKED = text("marked_on IS NOT NULL")
_OBJECTED = text("objector_id IS NOT NULL")
_MERGED = text("merged_into_id IS NOT NULL")
_WITH_CODE = text("subject_uscc <> ''")
_WITH_SITE = text("subject_site <> ''")
_WITH_PHONE = text("subject_phone <> ''")


class Referral(StrEnum):
    """Whose business a report is that is not taken up (domain of 12315, of the central bank, of petitions, of the police)."""

    CONSUMER = "consumer"
    CENTRAL_BANK = "central_bank"
    PETITION = "petition"
    POLICE = "police"
    OTHER = "other"

    @property
    def label(self) -> str:
        """Who it is and how to reach it."""
        return {
            Referral.CONSUMER: "消费投诉：全国 12315 平台（www.12315.cn），或拨打 12315",
            Referral.CENTRAL_BANK: "征信、评级业务：中国人民银行当地分支机构，或拨打 12363",
            Referral.PETITION: "信访事项：当地信访部门，或国家信访局网站（www.gjxfj.gov.cn）",
            Referral.POLICE: "涉嫌犯罪：公安机关，紧急情况拨打 110",
            Referral.OTHER: "其他部门（在原因中写明）",
        }[self]


class ReviewResult(StrEnum):
    """How a review ended."""

    UPHELD = "upheld"
    REEXAMINED = "reexamined"


class Author(StrEnum):
    """Who wrote a message."""

    REPORTER = "reporter"
    OFFICE = "office"


class WarningState(StrEnum):
    """Where a warning stands."""

    PROPOSED = "proposed"
    PUBLISHED = "published"
    REJECTED = "rejected"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class Report(Model, Versioned):
    """What was sent in and what became of it; who sent it stands apart, encrypted.

    `receipt_hash` is the keyed hash of the receipt: nobody who reads the table can open a case with it.
    `idempotency_hash` is that of the form's key, so that a form sent twice is one report; `content_hash` tells
    whether both times the same was sent. `region_code` is the region whose office handles it. `mark` stands in
    public beside the disputed information while an objection is open; `mark_key` names it in the public log.
    `facts` names the reporter nowhere: what did stands in `Identity`. `disputed_key` names the published line
    that is doubted or objected to (disputable.py), `disputed_text` is how it read then. `concluded_by_id` decided
    or refused; `original_decider_id` is who did before the review, and must not do it again.
    """

    __tablename__ = "report"
    __table_args__ = (
        one_of("kind", Kind),
        one_of("matter", Matter),
        one_of("state", State),
        one_of("outcome", Outcome),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided_has_an_outcome"),
        CheckConstraint("length(facts) > 0", name="facts_present"),
        CheckConstraint("subject_uscc <> '' OR subject_name <> ''", name="subject_present"),
        CheckConstraint(
            "(marked_on IS NULL) = (mark = '') AND (marked_on IS NULL) = (mark_key IS NULL)",
            name="mark_whole",
        ),
        CheckConstraint(
            "marked_on IS NULL OR (kind = 'objection' AND institution_id IS NOT NULL"
            f" AND state IN ({', '.join(repr(state.value) for state in MARKABLE)}))",
            name="mark_of_an_open_objection",
        ),
        one_of("referral", Referral),
        one_of("review_result", ReviewResult),
        CheckConstraint("state <> 'merged' OR merged_into_id IS NOT NULL", name="merged_into_another"),
        CheckConstraint("merged_into_id <> id", name="merged_not_into_itself"),
        CheckConstraint(
            "state <> 'reviewing' OR review_requested_at IS NOT NULL", name="review_was_asked_for"
        ),
        CheckConstraint("reviewed_by_id <> original_decider_id", name="review_by_another"),
        CheckConstraint(
            "review_result IS NULL OR review_result <> 'reexamined' OR concluded_by_id <> original_decider_id",
            name="decided_again_by_another",
        ),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_of_five"),
        CheckConstraint("(rating IS NULL) = (rated_at IS NULL)", name="rating_has_a_date"),
        Index("ix_report_merged", "merged_into_id", sqlite_where=_MERGED, postgresql_where=_MERGED),
        # Everything about one subject: the queue, the list beside a case and the surges ask for it. What most rows
        # leave empty is indexed only where it stands.
        Index(None, "subject_name"),
        Index("ix_report_code", "subject_uscc", sqlite_where=_WITH_CODE, postgresql_where=_WITH_CODE),
        Index("ix_report_site", "subject_site", sqlite_where=_WITH_SITE, postgresql_where=_WITH_SITE),
        Index("ix_report_phone", "subject_phone", sqlite_where=_WITH_PHONE, postgresql_where=_WITH_PHONE),
        Index(None, "received_at"),
        Index(None, "region_code", "state", "received_at"),
        Index(None, "institution_id", "state"),
        Index(None, "state", "decided_at"),
        # Few reports bear a mark or came from an institution; the profile of each agency asks for its marks.
        Index("ix_report_marked", "institution_id", sqlite_where=_MARKED, postgresql_where=_MARKED),
        Index("ix_report_objector", "objector_id", sqlite_where=_OBJECTED, postgresql_where=_OBJECTED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    matter: Mapped[str] = mapped_column(String(20), default=Matter.OTHER.value)
    state: Mapped[str] = mapped_column(String(20), default=State.RECEIVED.value)
    region_code: Mapped[str] = mapped_column(String(6))
    subject_uscc: Mapped[str] = mapped_column(String(18), default="")
    subject_name: Mapped[str] = mapped_column(String(120), default="")
    # What an impostor leaves behind, where the register has nobody.
    subject_site: Mapped[str] = mapped_column(String(200), default="")
    subject_phone: Mapped[str] = mapped_column(String(60), default="")
    subject_account: Mapped[str] = mapped_column(String(120), default="")
    subject_contract: Mapped[str] = mapped_column(String(120), default="")
    disputed_key: Mapped[str] = mapped_column(String(60), default="")
    disputed_text: Mapped[str] = mapped_column(String(200), default="")
    institution_id: Mapped[int | None] = mapped_column(ForeignKey(Institution.id))
    facts: Mapped[str] = mapped_column(Text)
    anonymous: Mapped[bool]
    objector_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    receipt_hash: Mapped[str] = mapped_column(String(64), unique=True)
    idempotency_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
    handler_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id), index=True)
    outcome: Mapped[str | None] = mapped_column(String(20))
    decision: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None]
    concluded_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    referral: Mapped[str | None] = mapped_column(String(20))
    closed_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("report.id"))
    review_requested_at: Mapped[datetime | None]
    review_request: Mapped[str] = mapped_column(Text, default="")
    review_result: Mapped[str | None] = mapped_column(String(20))
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    original_decider_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    rating: Mapped[int | None]
    rating_words: Mapped[str] = mapped_column(String(500), default="")
    rated_at: Mapped[datetime | None]
    mark: Mapped[str] = mapped_column(String(200), default="")
    marked_on: Mapped[date | None]
    mark_key: Mapped[str | None] = mapped_column(String(40), unique=True)

    @property
    def number(self) -> str:
        """How officers name the report among themselves; it opens nothing and is no receipt."""
        return f"{local_date(self.received_at).year}-{self.id:06}"

    institution: Mapped[Institution | None] = relationship()
    handler: Mapped[Account | None] = relationship(foreign_keys=[handler_id])
    messages: Mapped[list[Message]] = relationship(order_by="Message.id", back_populates="report")
    files: Mapped[list[ReportFile]] = relationship(order_by="ReportFile.file_id", back_populates="report")


class Identity(Model):
    """Who reported: encrypted, in a table of its own, read only by an audited reveal."""

    __tablename__ = "report_identity"

    report_id: Mapped[int] = mapped_column(ForeignKey(Report.id), primary_key=True)
    name: Mapped[str] = mapped_column(EncryptedText)
    phone: Mapped[str] = mapped_column(EncryptedText)
    address: Mapped[str | None] = mapped_column(EncryptedText)
    # The facts as they were typed, where they named the reporter.
    facts: Mapped[str | None] = mapped_column(EncryptedText)


class FilingProof(Model):
    """The signed proof of what was sent, and the content it speaks of; no row where the citizen wanted none.

    `content` is the canonical JSON of what was typed, with its salt, as of that day: it stays the same whatever becomes
    of the report. It is encrypted because whoever reads it can prove from a proof what was reported.
    """

    __tablename__ = "filing_proof"
    __table_args__ = (CheckConstraint("length(document) > 0", name="document_present"),)

    report_id: Mapped[int] = mapped_column(ForeignKey(Report.id, ondelete="CASCADE"), primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(EncryptedText)


class Message(Model):
    """One message between the office and the reporter."""

    __tablename__ = "report_message"
    __table_args__ = (
        one_of("author", Author),
        CheckConstraint("(author = 'office') = (account_id IS NOT NULL)", name="office_is_somebody"),
        Index(None, "report_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey(Report.id))
    at: Mapped[datetime]
    author: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    text: Mapped[str] = mapped_column(Text)

    report: Mapped[Report] = relationship(back_populates="messages")


class ReportFile(Model):
    """A file that the reporter sent, with the report or later."""

    __tablename__ = "report_file"

    report_id: Mapped[int] = mapped_column(ForeignKey(Report.id), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey(StoredFile.id), primary_key=True)

    report: Mapped[Report] = relationship(back_populates="files")
    file: Mapped[StoredFile] = relationship(lazy="joined", innerjoin=True)


def _new_public_id() -> str:
    return secrets.token_urlsafe(16)


class ImpostorWarning(Model, Versioned):
    """A public warning of somebody who poses as an agency: proposed by one person, published by another.

    It rests on a decided report or on a case of the ledger. `reason` and `conduct` are public; `ends_on` is the last day
    on which it is shown. `public_id` names the warning on pages and in the public log: the numbers of the rows have
    gaps, from which readers could count what was proposed.
    """

    __tablename__ = "impostor_warning"
    __table_args__ = (
        one_of("kind", WarningKind),
        one_of("state", WarningState),
        CheckConstraint("report_id IS NULL OR case_id IS NULL", name="one_source"),
        CheckConstraint("length(pretender) > 0", name="pretender_present"),
        CheckConstraint("length(reason) > 0", name="reason_present"),
        CheckConstraint(
            "(published_on IS NULL) = (state IN ('proposed', 'rejected'))", name="published_has_a_date"
        ),
        CheckConstraint("confirmed_by_id <> proposed_by_id", name="two_persons"),
        CheckConstraint(
            "published_on IS NULL OR confirmed_by_id IS NOT NULL", name="published_was_confirmed"
        ),
        Index(None, "state", "ends_on"),
        Index(None, "region_code", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=_new_public_id)
    kind: Mapped[str] = mapped_column(String(20), default=WarningKind.IMPERSONATION.value)
    report_id: Mapped[int | None] = mapped_column(ForeignKey(Report.id), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey(LedgerCase.id), index=True)
    region_code: Mapped[str] = mapped_column(String(6))
    state: Mapped[str] = mapped_column(String(20), default=WarningState.PROPOSED.value)
    pretender: Mapped[str] = mapped_column(String(120))
    imitated_name: Mapped[str] = mapped_column(String(120), default="")
    imitated_uscc: Mapped[str] = mapped_column(String(18), default="")
    conduct: Mapped[str] = mapped_column(String(600))
    reason: Mapped[str] = mapped_column(String(600))
    ends_on: Mapped[date]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    proposed_at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    published_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str] = mapped_column(String(400), default="")
