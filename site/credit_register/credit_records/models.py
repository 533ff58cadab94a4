"""Rows of credit records, of the batches that bring them, and of what each row of a batch would do."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from credit_register.accounts.models import Account
from credit_register.core.database import Model, Versioned, one_of
from credit_register.core.files import StoredFile
from credit_register.institutions.models import Institution


class RecordKind(StrEnum):
    """What a record is: the first three are dishonesty, the others facts of the registration that staff need."""

    PENALTY = "penalty"
    SEVERE = "severe"
    ABNORMAL = "abnormal"
    BANKRUPT = "bankrupt"
    DEREGISTERED = "deregistered"
    REVOKED = "revoked"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return {
            RecordKind.PENALTY: "行政处罚",
            RecordKind.SEVERE: "严重失信主体名单",
            RecordKind.ABNORMAL: "经营异常名录",
            RecordKind.BANKRUPT: "进入破产程序",
            RecordKind.DEREGISTERED: "已注销",
            RecordKind.REVOKED: "已吊销",
        }[self]

    @property
    def is_adverse(self) -> bool:
        """Whether it is a record of dishonesty with a period of publication; the others are never public."""
        return self in ADVERSE_KINDS


ADVERSE_KINDS = (RecordKind.PENALTY, RecordKind.SEVERE, RecordKind.ABNORMAL)
# What brings an institution onto the ledger (发改办财金〔2021〕156号 二（一）).
SCREENED_KINDS = (RecordKind.PENALTY, RecordKind.SEVERE)


class Degree(StrEnum):
    """How grave the dishonesty is (《信用修复管理办法》，国家发展改革委令2025年第36号)."""

    MINOR = "minor"
    GENERAL = "general"
    SEVERE = "severe"

    @property
    def label(self) -> str:
        """The Chinese word."""
        return {Degree.MINOR: "轻微", Degree.GENERAL: "一般", Degree.SEVERE: "严重"}[self]


class RecordState(StrEnum):
    """Where a record stands; only `published` may be public, and that only within its period."""

    PUBLISHED = "published"
    WITHHELD = "withheld"
    REPAIRED = "repaired"
    ANNULLED = "annulled"
    OBJECTED = "objected"
    REMOVED = "removed"
    EXPIRED = "expired"
    LAPSED = "lapsed"


class BatchKind(StrEnum):
    """What a file of records holds."""

    PENALTIES = "penalties"
    SEVERE_LIST = "severe_list"
    FACTS = "facts"
    REPAIRS = "repairs"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return {
            BatchKind.PENALTIES: "行政处罚（双公示）",
            BatchKind.SEVERE_LIST: "严重失信主体名单",
            BatchKind.FACTS: "登记状态事实（异常、破产、注销、吊销）",
            BatchKind.REPAIRS: "信用修复结果",
        }[self]


class BatchState(StrEnum):
    """The state of a received file; while it takes effect a part of its rows has, see `RecordRow.outcome`."""

    RECEIVED = "received"
    TAKING_EFFECT = "taking_effect"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


# Not all that a file says stands in the records yet, and nobody has refused it.
UNDONE_BATCHES = (BatchState.RECEIVED.value, BatchState.TAKING_EFFECT.value)


class RowVerdict(StrEnum):
    """What confirming a batch would make of one of its rows."""

    NEW = "new"
    CHANGED = "changed"
    REMOVAL = "removal"  # the full list no longer has the record
    UNKNOWN = "unknown"  # a repair of a record that nobody knows


class RowOutcome(StrEnum):
    """What became of a row when its batch was confirmed."""

    CREATED = "created"
    CHANGED = "changed"
    REPAIRED = "repaired"
    REMOVED = "removed"
    KEPT = "kept"  # the full list no longer has the record, and the second person let it stand
    UNKNOWN = "unknown"  # a repair that waits for its record
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"  # a file that came later has spoken already
    ELSEWHERE = "elsewhere"
    AMBIGUOUS = "ambiguous"
    PLACED = "placed"  # a repair that waited, and whose record has come


# In the summary of a full list: the numbers of records that it has although they were taken down here.
STILL_LISTED = "still_listed"
# In the summary of a batch: how many repairs waited for the records that it brought.
PLACED = "placed"


def new_public_id() -> str:
    """A name that tells nothing."""
    return secrets.token_urlsafe(16)


class RecordBatch(Model, Versioned):
    """A received file. Nothing of it is a record before a second person has confirmed it.

    `full_list` says that the file is the whole list of its sender, so that what is missing in it was removed there.
    `received_by_id` is None where the operator's command brought it. `summary` holds the counts of the reading.
    `with_removals` is the second person's word on what the full list no longer has; None before the decision.
    """

    __tablename__ = "record_batch"
    __table_args__ = (
        one_of("kind", BatchKind),
        one_of("state", BatchState),
        CheckConstraint("decided_by_id <> received_by_id", name="two_persons"),
        CheckConstraint("(state = 'received') = (decided_at IS NULL)", name="decided_has_a_date"),
        CheckConstraint("state = 'received' OR decided_by_id IS NOT NULL", name="decided_by_somebody"),
        Index(None, "region_code", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default=BatchState.RECEIVED.value)
    region_code: Mapped[str] = mapped_column(String(6))
    full_list: Mapped[bool] = mapped_column(default=False)
    file_id: Mapped[int] = mapped_column(ForeignKey(StoredFile.id))
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    summary: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    received_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    received_by: Mapped[str] = mapped_column(String(120))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    reason: Mapped[str] = mapped_column(String(400), default="")
    with_removals: Mapped[bool | None]

    file: Mapped[StoredFile] = relationship()
    rows: Mapped[list[RecordRow]] = relationship(
        back_populates="batch", order_by="RecordRow.row_number", cascade="all, delete-orphan"
    )


class CreditRecord(Model, Versioned):
    """One confirmed record. `key` is that of domain.md §8: 决定书文号 + 处罚机关代码 + 统一社会信用代码 for a penalty.

    Amounts are in 万元. `region_code` is that of the office that received it; once matched, the institution's counts.
    `listed_until` is the end of publication as the sender gave it; `earliest_on` and `latest_on` are the first day on
    which repair may be applied for and the last day of publication by the version of the rules that began on
    `rules_from`. `kept_by` names the sector's rule by which a record that was not mended stays public after its
    latest day. `met_on` is the day on which obligations were fulfilled or a settlement was reached.
    """

    __tablename__ = "credit_record"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        one_of("kind", RecordKind),
        one_of("state", RecordState),
        one_of("degree", Degree),
        CheckConstraint("length(uscc) = 18", name="uscc_length"),
        CheckConstraint("length(name) > 0", name="name_present"),
        CheckConstraint("fine >= 0 AND confiscated >= 0", name="amounts_not_negative"),
        CheckConstraint("latest_on >= earliest_on", name="period_in_order"),
        CheckConstraint(
            "(kind IN ('penalty', 'severe', 'abnormal')) = (degree IS NOT NULL)",
            name="dishonesty_has_a_degree",
        ),
        CheckConstraint("state <> 'published' OR latest_on IS NOT NULL", name="published_within_a_period"),
        CheckConstraint(
            "state <> 'published' OR institution_id IS NOT NULL", name="published_of_an_institution"
        ),
        CheckConstraint("state <> 'published' OR degree IS NOT NULL", name="published_dishonesty"),
        CheckConstraint("(state IN ('published', 'withheld')) = (left_on IS NULL)", name="left_has_a_date"),
        Index(None, "institution_id", "state"),
        Index(None, "uscc"),
        Index(None, "state", "latest_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=new_public_id)
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(240))
    state: Mapped[str] = mapped_column(String(20))
    uscc: Mapped[str] = mapped_column(String(18))
    name: Mapped[str] = mapped_column(String(120))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey(Institution.id))
    region_code: Mapped[str] = mapped_column(String(6))
    list_name: Mapped[str] = mapped_column(String(120), default="")
    document_number: Mapped[str] = mapped_column(String(120), default="")
    authority: Mapped[str] = mapped_column(String(120))
    authority_code: Mapped[str] = mapped_column(String(18), default="")
    decided_on: Mapped[date]
    degree: Mapped[str | None] = mapped_column(String(10))
    conduct: Mapped[str] = mapped_column(String(400), default="")
    facts: Mapped[str] = mapped_column(Text, default="")
    basis: Mapped[str] = mapped_column(Text, default="")
    penalty_kinds: Mapped[str] = mapped_column(String(200), default="")
    content: Mapped[str] = mapped_column(Text, default="")
    fine: Mapped[Decimal | None] = mapped_column(Numeric(16, 6))
    confiscated: Mapped[Decimal | None] = mapped_column(Numeric(16, 6))
    licence: Mapped[str] = mapped_column(String(200), default="")
    valid_until: Mapped[date | None]
    listed_until: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(120), default="")
    remark: Mapped[str] = mapped_column(Text, default="")  # never public
    removed_on: Mapped[date | None]
    removal_document: Mapped[str] = mapped_column(String(120), default="")
    earliest_on: Mapped[date | None]
    latest_on: Mapped[date | None]
    rules_from: Mapped[date | None]
    kept_by: Mapped[str] = mapped_column(String(200), default="")
    met_on: Mapped[date | None]
    met_note: Mapped[str] = mapped_column(String(400), default="")
    met_file_id: Mapped[int | None] = mapped_column(ForeignKey(StoredFile.id))
    left_on: Mapped[date | None]
    left_reason: Mapped[str] = mapped_column(String(400), default="")
    batch_id: Mapped[int] = mapped_column(ForeignKey("record_batch.id"))  # the last one that changed it
    confirmed_at: Mapped[datetime]

    institution: Mapped[Institution | None] = relationship()
    batch: Mapped[RecordBatch] = relationship()
    met_file: Mapped[StoredFile | None] = relationship()


class RecordRow(Model):
    """A good row of a batch that would change something: what confirming it does to which record.

    `content` is the row as plain data; `digest` (hexadecimal) is the SHA-256 of its canonical JSON, by which the same
    row is known when it comes again. `outcome` is None until the row has taken effect, in whose transaction it is set.
    """

    __tablename__ = "record_row"
    __table_args__ = (
        UniqueConstraint("batch_id", "row_number"),
        one_of("verdict", RowVerdict),
        one_of("outcome", RowOutcome),
        Index(None, "batch_id", "verdict"),
        Index(None, "batch_id", "outcome"),
        Index(None, "key"),
        Index(None, "uscc"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("record_batch.id", ondelete="CASCADE"))
    row_number: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(240))
    uscc: Mapped[str] = mapped_column(String(18))
    name: Mapped[str] = mapped_column(String(120))
    known: Mapped[bool]  # whether the register had the institution when the file came
    content: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    changes: Mapped[str] = mapped_column(Text, default="")  # before → after, in words
    outcome: Mapped[str | None] = mapped_column(String(20))

    batch: Mapped[RecordBatch] = relationship(back_populates="rows")


class RuleCount(Model):
    """By which rules all running records were last counted anew; `digest` is that of period.RuleBook."""

    __tablename__ = "record_rule_count"

    id: Mapped[int] = mapped_column(primary_key=True)
    counted_at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(String(64))
    records: Mapped[int]  # how many of them changed
