"""Rows of the ledger: rounds and their contacts, cases with their records, measures, and frozen months."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import JSON

from credit_register.accounts.models import Account
from credit_register.core.database import Model, Versioned, one_of
from credit_register.core.files import StoredFile
from credit_register.credit_records.models import CreditRecord
from credit_register.institutions.models import Institution
from credit_register.ledger.measure_kinds import InterviewForm as InterviewForm  # noqa: PLC0414 -- found here too
from credit_register.ledger.measure_kinds import MeasureKind as MeasureKind  # noqa: PLC0414 -- as above
from credit_register.ledger.measure_kinds import MeasureState as MeasureState  # noqa: PLC0414 -- as above
from credit_register.ledger.measure_kinds import PublicState as PublicState  # noqa: PLC0414 -- as above


class Subject(StrEnum):
    """Whom a case is about: an institution with bad records, or somebody who poses as one and may have no code."""

    INSTITUTION = "institution"
    IMPERSONATOR = "impersonator"

    @property
    def label(self) -> str:
        """The Chinese words."""
        return {Subject.INSTITUTION: "失信机构", Subject.IMPERSONATOR: "冒名主体"}[self]


class Origin(StrEnum):
    """How a case came onto the ledger; both count in the exit rate."""

    PUSHED = "pushed"
    OPENED = "opened"

    @property
    def label(self) -> str:
        """The Chinese words."""
        return {Origin.PUSHED: "筛查推送", Origin.OPENED: "自主纳入"}[self]


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    EXIT_PROPOSED = "exit_proposed"
    EXITED = "exited"
    PRUNED = "pruned"


class PruneReason(StrEnum):
    """Why a case is taken out of the denominator (发改办财金〔2021〕156号 二（一）)."""

    BANKRUPT = "bankrupt"
    UNREACHABLE = "unreachable"
    DEREGISTERED = "deregistered"
    REVOKED = "revoked"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The Chinese words."""
        return {
            PruneReason.BANKRUPT: "已进入破产程序",
            PruneReason.UNREACHABLE: "因长期失联被列入经营异常名录",
            PruneReason.DEREGISTERED: "已注销",
            PruneReason.REVOKED: "已吊销",
            PruneReason.OTHER: "其他（须写明理由并附证明）",
        }[self]


class MonthOrigin(StrEnum):
    """How the ledger of a month came to be: closed here, or imported as it was written elsewhere."""

    CLOSED = "closed"
    IMPORTED = "imported"


def new_public_id() -> str:
    """A name that tells nothing."""
    return secrets.token_urlsafe(16)


class LedgerRound(Model, Versioned):
    """One campaign of special governance; cases are opened in the newest one."""

    __tablename__ = "ledger_round"
    __table_args__ = (CheckConstraint("ended_on >= started_on", name="end_after_start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120), unique=True)
    started_on: Mapped[date]
    ended_on: Mapped[date | None]


class LedgerContact(Model, Versioned):
    """The one named contact of an office in a round; an office's own data, never public."""

    __tablename__ = "ledger_contact"
    __table_args__ = (
        UniqueConstraint("round_id", "region_code"),
        CheckConstraint("length(name) > 0 AND length(phone) > 0", name="complete"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("ledger_round.id"))
    region_code: Mapped[str] = mapped_column(String(6))
    office: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(60))
    phone: Mapped[str] = mapped_column(String(60))
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(120))


_ON_THE_LEDGER = "state IN ('open', 'exit_proposed')"


class LedgerCase(Model, Versioned):
    """One governed subject in one episode; a relapse opens the next episode and keeps the one before.

    `region_code` is the office that is responsible. `ground` says why it is on the ledger. `source_kind` and
    `source_id` name what a case of an impersonator came from, as ("report", 12); they are no foreign keys, for what
    cases come from may belong to later domains.
    """

    __tablename__ = "ledger_case"
    __table_args__ = (
        one_of("subject", Subject),
        one_of("origin", Origin),
        one_of("state", CaseState),
        one_of("prune_reason", PruneReason),
        UniqueConstraint("institution_id", "episode"),
        UniqueConstraint("source_kind", "source_id"),
        Index(
            "uq_ledger_case_running",
            "institution_id",
            unique=True,
            sqlite_where=text(_ON_THE_LEDGER),
            postgresql_where=text(_ON_THE_LEDGER),
        ),
        CheckConstraint("length(name) > 0", name="name_present"),
        CheckConstraint("length(ground) > 0", name="ground_present"),
        CheckConstraint(
            "(subject = 'institution') = (institution_id IS NOT NULL)", name="institution_is_known"
        ),
        CheckConstraint("episode > 0", name="episode_counts_from_one"),
        CheckConstraint("(state = 'pruned') = (prune_reason IS NOT NULL)", name="pruned_for_a_reason"),
        CheckConstraint("(prune_reason IS NULL) = (pruned_by_id IS NULL)", name="pruned_by_somebody"),
        CheckConstraint(
            "prune_reason IS NULL OR prune_reason <> 'other' OR (length(prune_note) > 0 AND prune_file_id IS NOT NULL)",
            name="other_reason_is_proven",
        ),
        CheckConstraint("(state = 'exited') = (exited_on IS NOT NULL)", name="exited_has_a_date"),
        CheckConstraint(
            "state NOT IN ('exit_proposed', 'exited') OR exit_proposed_by_id IS NOT NULL",
            name="exit_was_proposed",
        ),
        CheckConstraint("state <> 'exited' OR exit_decided_by_id IS NOT NULL", name="exit_was_decided"),
        CheckConstraint("exit_decided_by_id <> exit_proposed_by_id", name="two_persons"),
        CheckConstraint("(source_kind = '') = (source_id IS NULL)", name="source_whole_or_none"),
        Index(None, "region_code", "state"),
        Index(None, "uscc"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("ledger_round.id"))
    subject: Mapped[str] = mapped_column(String(20))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey(Institution.id))
    uscc: Mapped[str] = mapped_column(String(18), default="")
    name: Mapped[str] = mapped_column(String(120))
    region_code: Mapped[str] = mapped_column(String(6))
    episode: Mapped[int] = mapped_column(default=1)
    origin: Mapped[str] = mapped_column(String(20))
    ground: Mapped[str] = mapped_column(Text)
    source_kind: Mapped[str] = mapped_column(String(20), default="")
    source_id: Mapped[int | None]
    opened_on: Mapped[date]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    state: Mapped[str] = mapped_column(String(20), default=CaseState.OPEN.value)
    remark: Mapped[str] = mapped_column(String(400), default="")  # 备注 of attachment 1
    prune_reason: Mapped[str | None] = mapped_column(String(20))
    prune_note: Mapped[str] = mapped_column(String(400), default="")
    prune_file_id: Mapped[int | None] = mapped_column(ForeignKey(StoredFile.id))
    pruned_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    pruned_on: Mapped[date | None]
    exit_proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    exit_decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    exited_on: Mapped[date | None]

    round: Mapped[LedgerRound] = relationship()
    institution: Mapped[Institution | None] = relationship()
    prune_file: Mapped[StoredFile | None] = relationship()
    records: Mapped[list[CaseRecord]] = relationship(
        back_populates="case", order_by="CaseRecord.record_id", cascade="all, delete-orphan"
    )
    measures: Mapped[list[Measure]] = relationship(back_populates="case", order_by="Measure.id")


class CaseRecord(Model):
    """A record that a case is about; it stays one after it was repaired (失信记录数 of attachment 1)."""

    __tablename__ = "ledger_case_record"

    case_id: Mapped[int] = mapped_column(ForeignKey("ledger_case.id"), primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey(CreditRecord.id), primary_key=True, index=True)
    added_on: Mapped[date]

    case: Mapped[LedgerCase] = relationship(back_populates="records")
    record: Mapped[CreditRecord] = relationship()


_SUPERVISION_IN_FORCE = "kind = 'supervision' AND state = 'done'"


class Measure(Model, Versioned):
    """One measure of an office at a case.

    `text` is what the institution is told; `present`, `minutes` and `promises` are what an interview brought: who was
    there on both sides, what was said, what was promised. `level`, `frequency` and `suspended` belong to key
    supervision, in the words of the scheme of the region. `addressee` is to whom a circular, a handover or a suggestion
    of joint measures goes, `reference` its document number or the measure of the national basic list. `public_text` is
    what the public reads once two persons have decided so, `public_until` the last day of that.
    """

    __tablename__ = "ledger_measure"
    __table_args__ = (
        one_of("kind", MeasureKind),
        one_of("form", InterviewForm),
        one_of("state", MeasureState),
        one_of("public_state", PublicState),
        CheckConstraint("(kind = 'interview') = (form IS NOT NULL)", name="interview_has_a_form"),
        CheckConstraint("(kind = 'supervision') = (length(level) > 0)", name="supervision_has_a_level"),
        CheckConstraint("kind = 'supervision' OR NOT suspended", name="suspended_by_supervision"),
        CheckConstraint("length(text) > 0 AND length(office) > 0", name="complete"),
        CheckConstraint("state <> 'done' OR done_on IS NOT NULL", name="done_has_a_date"),
        CheckConstraint("state <> 'ended' OR ended_on IS NOT NULL", name="ended_has_a_date"),
        CheckConstraint(
            "public_state = 'hidden' OR (length(public_text) > 0 AND public_proposed_by_id IS NOT NULL"
            " AND public_until IS NOT NULL)",
            name="public_was_proposed",
        ),
        CheckConstraint(
            "public_state NOT IN ('published', 'withdrawn') OR (published_by_id IS NOT NULL AND published_on IS NOT NULL)",
            name="published_by_somebody",
        ),
        CheckConstraint("published_by_id <> public_proposed_by_id", name="two_persons"),
        CheckConstraint(
            "public_state <> 'published' OR state <> 'cancelled'", name="cancelled_is_not_public"
        ),
        CheckConstraint(
            "kind NOT IN ('circular', 'handover', 'joint') OR length(addressee) > 0", name="goes_to_somebody"
        ),
        CheckConstraint("kind <> 'joint' OR length(reference) > 0", name="suggestion_names_its_measure"),
        CheckConstraint("state <> 'missed' OR kind = 'interview'", name="only_interviews_are_missed"),
        Index(
            "uq_ledger_measure_supervision",
            "case_id",
            unique=True,
            sqlite_where=text(_SUPERVISION_IN_FORCE),
            postgresql_where=text(_SUPERVISION_IN_FORCE),
        ),
        Index(None, "case_id", "kind"),
        Index(None, "public_state", "published_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=new_public_id)
    case_id: Mapped[int] = mapped_column(ForeignKey("ledger_case.id"))
    kind: Mapped[str] = mapped_column(String(20))
    form: Mapped[str | None] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default=MeasureState.ANNOUNCED.value)
    planned_on: Mapped[date]
    hour: Mapped[str] = mapped_column(String(40), default="")  # as people write it: 上午 9:30
    place: Mapped[str] = mapped_column(String(200), default="")
    office: Mapped[str] = mapped_column(String(120))
    contact_name: Mapped[str] = mapped_column(String(60), default="")
    contact_phone: Mapped[str] = mapped_column(String(60), default="")
    addressee: Mapped[str] = mapped_column(String(200), default="")
    reference: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(Text)
    shown: Mapped[bool] = mapped_column(default=False)  # stands in the inbox of the institution
    present: Mapped[str] = mapped_column(String(400), default="")
    minutes: Mapped[str] = mapped_column(Text, default="")
    promises: Mapped[str] = mapped_column(Text, default="")
    level: Mapped[str] = mapped_column(String(40), default="")
    frequency: Mapped[str] = mapped_column(String(80), default="")
    suspended: Mapped[bool] = mapped_column(default=False)
    response: Mapped[str] = mapped_column(Text, default="")
    responded_at: Mapped[datetime | None]
    done_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    recorded_at: Mapped[datetime]
    public_state: Mapped[str] = mapped_column(String(20), default=PublicState.HIDDEN.value)
    public_text: Mapped[str] = mapped_column(String(600), default="")
    public_proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    published_on: Mapped[date | None]
    public_until: Mapped[date | None]

    case: Mapped[LedgerCase] = relationship(back_populates="measures")
    files: Mapped[list[MeasureFile]] = relationship(back_populates="measure", order_by="MeasureFile.file_id")


class MeasureFile(Model):
    """A file of a measure; `by_institution` where the institution handed it in, `shown` where it went to the institution."""

    __tablename__ = "ledger_measure_file"

    measure_id: Mapped[int] = mapped_column(ForeignKey("ledger_measure.id"), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey(StoredFile.id), primary_key=True)
    by_institution: Mapped[bool] = mapped_column(default=False)
    shown: Mapped[bool] = mapped_column(default=False)

    measure: Mapped[Measure] = relationship(back_populates="files")
    file: Mapped[StoredFile] = relationship()


class LedgerMonth(Model):
    """The ledger of a region at the end of a month, frozen; never altered, a numbered correction takes its place.

    The database itself refuses to change or delete a row (triggers in the migration).

    `rows` are the lines of attachment 1, each cell as it stood; `header` is all around them (`ledger/months/sheet.py`);
    `width` is 10 or 11 columns. `sha256` (hexadecimal) is that of the canonical JSON of title, date line, header and rows. `figures`
    are the counts and the exit rate of the moment.
    """

    __tablename__ = "ledger_month"
    __table_args__ = (
        one_of("origin", MonthOrigin),
        UniqueConstraint("region_code", "month", "origin", "number"),
        CheckConstraint("length(month) = 7", name="month_as_yyyy_mm"),
        CheckConstraint("width IN (10, 11)", name="width"),
        CheckConstraint("number = 0 OR length(reason) > 0", name="correction_has_a_reason"),
        CheckConstraint("number >= 0", name="number_from_zero"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(String(6))
    month: Mapped[str] = mapped_column(String(7))
    origin: Mapped[str] = mapped_column(String(20))
    number: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(200))
    date_line: Mapped[str] = mapped_column(String(120))
    width: Mapped[int] = mapped_column(default=11)
    header: Mapped[Any] = mapped_column(JSON)
    rows: Mapped[Any] = mapped_column(JSON)
    figures: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(400), default="")
    file_id: Mapped[int | None] = mapped_column(ForeignKey(StoredFile.id))
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    made_by: Mapped[str] = mapped_column(String(120))


class PlatformStatus(StrEnum):
    """What the national platform has said of a row."""

    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class PlatformBatch(Model):
    """A numbered file for the national platform; `since` and `until`, both inclusive, bound what was new in it."""

    __tablename__ = "platform_batch"
    __table_args__ = (UniqueConstraint("region_code", "year", "serial"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(String(6))
    year: Mapped[int]
    serial: Mapped[int]
    number: Mapped[str] = mapped_column(String(40), unique=True)
    since: Mapped[date]
    until: Mapped[date]
    sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(120))

    rows: Mapped[list[PlatformRow]] = relationship(
        back_populates="batch", order_by="PlatformRow.line", cascade="all, delete-orphan"
    )


class PlatformRow(Model):
    """One line of a batch and what the platform answered."""

    __tablename__ = "platform_row"
    __table_args__ = (
        UniqueConstraint("batch_id", "line"),
        one_of("status", PlatformStatus),
        CheckConstraint("status <> 'rejected' OR length(error) > 0", name="rejected_for_a_reason"),
        Index(None, "subject_kind", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("platform_batch.id"))
    line: Mapped[int]
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(20), default=PlatformStatus.SENT.value)
    error: Mapped[str] = mapped_column(String(400), default="")
    answered_at: Mapped[datetime | None]

    batch: Mapped[PlatformBatch] = relationship(back_populates="rows")
