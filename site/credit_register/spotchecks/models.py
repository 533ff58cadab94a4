"""Rows of checks and their evidence."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from credit_register.accounts.models import Account
from credit_register.core.database import Model, Versioned, one_of
from credit_register.core.files import StoredFile
from credit_register.institutions.models import Institution
from credit_register.reports.models import Report


class State(StrEnum):
    """Where a check stands."""

    OPEN = "open"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    ORDERED = "ordered"
    RESPONDED = "responded"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    """The eight results of the usual dictionary of random inspections; the eighth is from memory (未确认)."""

    NO_PROBLEM = "no_problem"
    NOT_DISCLOSED = "not_disclosed"
    FALSEHOOD = "falsehood"
    UNREACHABLE = "unreachable"
    ORDERED_TO_CORRECT = "ordered_to_correct"
    UNCOOPERATIVE = "uncooperative"
    NO_SUCH_BUSINESS = "no_such_business"
    PENDING = "pending"

    @property
    def label(self) -> str:
        """The Chinese words."""
        return {
            Verdict.NO_PROBLEM: "未发现问题",
            Verdict.NOT_DISCLOSED: "未按规定公示应当公示的信息",
            Verdict.FALSEHOOD: "公示信息隐瞒真实情况、弄虚作假",
            Verdict.UNREACHABLE: "通过登记的住所（经营场所）无法联系",
            Verdict.ORDERED_TO_CORRECT: "发现问题已责令改正",
            Verdict.UNCOOPERATIVE: "不配合检查情节严重",
            Verdict.NO_SUCH_BUSINESS: "未发现开展本次抽查涉及的经营活动",
            Verdict.PENDING: "发现问题待后续处理",
        }[self]

    @property
    def adverse(self) -> bool:
        """Whether it says something negative, which a second person must confirm before anyone sees it."""
        return self not in (Verdict.NO_PROBLEM, Verdict.NO_SUCH_BUSINESS)

    @property
    def orders(self) -> bool:
        """Whether it says that a correction was ordered, which must then be so from the same moment."""
        return self is Verdict.ORDERED_TO_CORRECT


class Matter(StrEnum):
    """What is checked."""

    FEES = "fees"
    LICENCES = "licences"
    FACTS = "facts"
    COMMITMENT = "commitment"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The Chinese word."""
        return {
            Matter.FEES: "服务产品与收费标准",
            Matter.LICENCES: "许可和备案",
            Matter.FACTS: "基本登记信息",
            Matter.COMMITMENT: "信用承诺履行情况",
            Matter.OTHER: "其他公示信息",
        }[self]


class Side(StrEnum):
    """Who handed in a file."""

    OFFICE = "office"
    INSTITUTION = "institution"


def new_public_id() -> str:
    """A name for the public log that tells nothing."""
    return secrets.token_urlsafe(16)


class SpotCheck(Model, Versioned):
    """One check of one institution in one matter.

    `snapshot` is the public content of the institution on the day the check was opened and `snapshot_number` its
    version: what was declared stays as it was, whatever is changed later. `declared` says the part that is checked in
    words. `finding` is the reason of the verdict and public with it. `correction` is what the institution must do,
    from the proposal on where the verdict itself says that it was ordered. `public_id` names the check in the public log:
    the numbers of the rows have gaps, from which readers could count the undecided ones.
    """

    __tablename__ = "spot_check"
    __table_args__ = (
        one_of("state", State),
        one_of("matter", Matter),
        one_of("verdict", Verdict),
        CheckConstraint(
            "state IN ('open', 'cancelled') OR (verdict IS NOT NULL AND length(found) > 0)",
            name="concluded_has_a_verdict",
        ),
        CheckConstraint(
            "(published_on IS NULL) = (state IN ('open', 'proposed', 'cancelled'))",
            name="published_has_a_date",
        ),
        CheckConstraint("confirmed_by_id <> concluded_by_id", name="two_persons"),
        CheckConstraint(
            "published_on IS NULL OR verdict IN ('no_problem', 'no_such_business') OR confirmed_by_id IS NOT NULL",
            name="adverse_was_confirmed",
        ),
        CheckConstraint(
            "state <> 'published' OR verdict <> 'ordered_to_correct'", name="ordered_verdict_has_its_order"
        ),
        Index(None, "region_code", "state"),
        Index(None, "institution_id", "state"),
        Index(None, "published_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=new_public_id)
    institution_id: Mapped[int] = mapped_column(ForeignKey(Institution.id))
    region_code: Mapped[str] = mapped_column(String(6))
    report_id: Mapped[int | None] = mapped_column(ForeignKey(Report.id), index=True)  # never public
    state: Mapped[str] = mapped_column(String(20), default=State.OPEN.value)
    matter: Mapped[str] = mapped_column(String(20))
    matter_text: Mapped[str] = mapped_column(String(60), default="")
    declared: Mapped[str] = mapped_column(Text)
    snapshot: Mapped[dict[str, Any]]
    snapshot_number: Mapped[int]
    found: Mapped[str] = mapped_column(Text, default="")
    verdict: Mapped[str | None] = mapped_column(String(20))
    finding: Mapped[str] = mapped_column(String(600), default="")
    opened_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    opened_at: Mapped[datetime]
    concluded_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    concluded_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    published_on: Mapped[date | None]
    correction: Mapped[str] = mapped_column(String(600), default="")
    response: Mapped[str] = mapped_column(Text, default="")
    corrected_on: Mapped[date | None]
    withdrawn_on: Mapped[date | None]

    institution: Mapped[Institution] = relationship()
    files: Mapped[list[CheckFile]] = relationship(order_by="CheckFile.file_id", back_populates="check")


class CheckFile(Model):
    """A file of a check: evidence of the office, or what the institution sent to show its correction."""

    __tablename__ = "spot_check_file"
    __table_args__ = (one_of("side", Side),)

    check_id: Mapped[int] = mapped_column(ForeignKey(SpotCheck.id), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey(StoredFile.id), primary_key=True)
    side: Mapped[str] = mapped_column(String(12))

    check: Mapped[SpotCheck] = relationship(back_populates="files")
    file: Mapped[StoredFile] = relationship(lazy="joined", innerjoin=True)
