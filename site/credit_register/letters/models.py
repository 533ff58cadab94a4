"""Rows of letters, their clues, their reminders, and the counters of their numbers."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from credit_register.accounts.models import Account
from credit_register.core.database import Model, Versioned, one_of
from credit_register.core.files import StoredFile

_NOT_ISSUED = "('draft', 'awaiting_issue', 'discarded')"
_HAS_ARRIVED = "('delivered', 'answered')"


class Kind(StrEnum):
    """The two letters that 发改办财金〔2021〕156号 knows; they differ in what they tell and ask for."""

    IMPERSONATION = "impersonation"
    OVERDUE = "overdue"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return {Kind.IMPERSONATION: "提示函", Kind.OVERDUE: "风险提示函"}[self]

    @property
    def occasion(self) -> str:
        """What it is written for."""
        return {Kind.IMPERSONATION: "冒名线索", Kind.OVERDUE: "逾期未整改"}[self]


class State(StrEnum):
    """Where a letter stands."""

    DRAFT = "draft"
    AWAITING_ISSUE = "awaiting_issue"
    ISSUED = "issued"
    DELIVERED = "delivered"
    ANSWERED = "answered"
    DISCARDED = "discarded"


class Delivery(StrEnum):
    """How a letter reached its addressee."""

    EXCHANGE = "exchange"
    POST = "post"
    IN_PERSON = "in_person"
    ELECTRONIC = "electronic"

    @property
    def label(self) -> str:
        """The Chinese word."""
        return {
            Delivery.EXCHANGE: "公文交换",
            Delivery.POST: "邮寄",
            Delivery.IN_PERSON: "当面",
            Delivery.ELECTRONIC: "电子",
        }[self]


class Result(StrEnum):
    """What the addressee answered."""

    HANDLED = "handled"
    BEING_HANDLED = "being_handled"
    NOT_CONFIRMED = "not_confirmed"
    REFERRED = "referred"

    @property
    def label(self) -> str:
        """The Chinese words."""
        return {
            Result.HANDLED: "查实并已查处",
            Result.BEING_HANDLED: "查实正在查处",
            Result.NOT_CONFIRMED: "未查实",
            Result.REFERRED: "不属其职责转办",
        }[self]


class ChaseMeans(StrEnum):
    """How the office asked again for an answer."""

    LETTER = "letter"
    PHONE = "phone"

    @property
    def label(self) -> str:
        """The Chinese word."""
        return {ChaseMeans.LETTER: "催办函", ChaseMeans.PHONE: "电话催办"}[self]


class FileRole(StrEnum):
    """What a file of a letter is: the letter as it was issued, the proof that it arrived, a part of the answer."""

    DOCUMENT = "document"
    DELIVERY = "delivery"
    ANSWER = "answer"

    @property
    def label(self) -> str:
        """The Chinese words."""
        return {
            FileRole.DOCUMENT: "签发的函",
            FileRole.DELIVERY: "送达回证",
            FileRole.ANSWER: "反馈的书面材料",
        }[self]


class TemplatePart(StrEnum):
    """What of a letter an office replaces."""

    WORDS = "words"
    LAYOUT = "layout"

    @property
    def label(self) -> str:
        """The Chinese words."""
        return {TemplatePart.WORDS: "标题和正文", TemplatePart.LAYOUT: "版式"}[self]


class Letter(Model, Versioned):
    """One letter of one office.

    `region_code` is the office's. Until it is issued, `body` may hold the marks of `wording.MARKS`, which are filled in
    for reading; issuing freezes what was read. `office` is how the office signs.
    """

    __tablename__ = "letter"
    __table_args__ = (
        one_of("kind", Kind),
        one_of("state", State),
        one_of("delivery", Delivery),
        one_of("result", Result),
        CheckConstraint(
            "state IN ('draft', 'discarded') OR (length(addressee) > 0 AND length(title) > 0 AND length(body) > 0"
            " AND length(office) > 0 AND length(contact_name) > 0 AND length(contact_phone) > 0"
            " AND submitted_by_id IS NOT NULL)",
            name="submitted_is_complete",
        ),
        CheckConstraint(f"(number IS NULL) = (state IN {_NOT_ISSUED})", name="issued_has_a_number"),
        CheckConstraint("(number IS NULL) = (issued_by_id IS NULL)", name="issued_by_somebody"),
        CheckConstraint("(number IS NULL) = (issued_on IS NULL)", name="issued_has_a_date"),
        CheckConstraint(
            "issued_by_id <> drafted_by_id AND issued_by_id <> submitted_by_id", name="two_persons"
        ),
        CheckConstraint(
            f"(delivered_on IS NOT NULL) = (state IN {_HAS_ARRIVED})", name="delivered_has_a_date"
        ),
        CheckConstraint("(delivered_on IS NULL) = (delivery IS NULL)", name="delivered_somehow"),
        CheckConstraint("delivered_on >= issued_on", name="delivered_after_issue"),
        CheckConstraint("(answered_on IS NOT NULL) = (state = 'answered')", name="answered_has_a_date"),
        CheckConstraint("(answered_on IS NULL) = (result IS NULL)", name="answered_with_a_result"),
        CheckConstraint("answered_on >= delivered_on", name="answered_after_delivery"),
        Index(None, "region_code", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default=State.DRAFT.value)
    region_code: Mapped[str] = mapped_column(String(6))
    addressee: Mapped[str] = mapped_column(String(120), default="")
    title: Mapped[str] = mapped_column(String(120), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    office: Mapped[str] = mapped_column(String(120), default="")
    contact_name: Mapped[str] = mapped_column(String(60), default="")
    contact_phone: Mapped[str] = mapped_column(String(60), default="")
    number: Mapped[str | None] = mapped_column(String(40), unique=True)
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    drafted_at: Mapped[datetime]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    issued_on: Mapped[date | None]
    delivery: Mapped[str | None] = mapped_column(String(20))
    delivered_on: Mapped[date | None]
    answered_on: Mapped[date | None]
    result: Mapped[str | None] = mapped_column(String(20))
    answer: Mapped[str] = mapped_column(Text, default="")

    drafted_by: Mapped[Account] = relationship(foreign_keys=[drafted_by_id])
    issued_by: Mapped[Account | None] = relationship(foreign_keys=[issued_by_id])
    clues: Mapped[list[LetterClue]] = relationship(
        order_by="LetterClue.id", back_populates="letter", cascade="all, delete-orphan"
    )
    chases: Mapped[list[LetterChase]] = relationship(order_by="LetterChase.id", back_populates="letter")
    files: Mapped[list[LetterFile]] = relationship(order_by="LetterFile.file_id", back_populates="letter")

    def clues_from(self, *sources: tuple[str, int | None]) -> list[LetterClue]:
        """Its clues that come from one of some things, each a kind and a number."""
        return [clue for clue in self.clues if (clue.source_kind, clue.source_id) in sources]

    def files_as(self, role: FileRole) -> list[LetterFile]:
        """Its files of one kind, the oldest first."""
        return [each for each in self.files if each.role == role]

    @property
    def awaits_result(self) -> bool:
        """Whether it was answered, but of a clue only that it is still being looked into."""
        open_clues = [clue for clue in self.clues if clue.result == Result.BEING_HANDLED]
        return self.state == State.ANSWERED and bool(open_clues)

    @property
    def clue_count(self) -> int:
        """How many clues the annex lists."""
        return len(self.clues)

    @property
    def entity_count(self) -> int:
        """How many market entities they are about: those with one code, or without a code one name, are one."""
        coded = {clue.uscc for clue in self.clues if clue.uscc}
        names_of_coded = {clue.name for clue in self.clues if clue.uscc}
        bare = {clue.name for clue in self.clues if not clue.uscc} - names_of_coded
        return len(coded) + len(bare)


class LetterClue(Model):
    """One clue of the annex. `source_kind` and `source_id` say where it comes from, as ("report", 12); it may be typed.

    They are no foreign keys: what clues come from belongs to later domains. `result` is there once the letter is
    answered: an addressee may have settled one clue and still be looking into another.
    """

    __tablename__ = "letter_clue"
    __table_args__ = (
        one_of("result", Result),
        CheckConstraint("(answered_on IS NULL) = (result IS NULL)", name="answered_with_a_result"),
        UniqueConstraint("letter_id", "source_kind", "source_id"),
        CheckConstraint("length(name) > 0", name="name_present"),
        CheckConstraint("length(description) > 0", name="description_present"),
        CheckConstraint("(source_kind = '') = (source_id IS NULL)", name="source_whole_or_none"),
        Index(None, "source_kind", "source_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey(Letter.id))
    name: Mapped[str] = mapped_column(String(120))
    uscc: Mapped[str] = mapped_column(String(18), default="")
    description: Mapped[str] = mapped_column(String(600))
    source_kind: Mapped[str] = mapped_column(String(20), default="")
    source_id: Mapped[int | None]
    result: Mapped[str | None] = mapped_column(String(20))
    answered_on: Mapped[date | None]  # the day of the answer that gave its present result

    letter: Mapped[Letter] = relationship(back_populates="clues")

    @property
    def result_label(self) -> str:
        """What was answered to it, in words; empty before."""
        return Result(self.result).label if self.result else ""


class LetterChase(Model):
    """One time that the office asked again for an answer."""

    __tablename__ = "letter_chase"
    __table_args__ = (
        one_of("means", ChaseMeans),
        CheckConstraint("length(text) > 0", name="text_present"),
        Index(None, "letter_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey(Letter.id))
    means: Mapped[str] = mapped_column(String(20))
    chased_on: Mapped[date]
    text: Mapped[str] = mapped_column(String(600))
    chased_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    recorded_at: Mapped[datetime]

    letter: Mapped[Letter] = relationship(back_populates="chases")


class LetterSeries(Model):
    """The last number that an office gave to a kind of letter in a year; whoever issues the next one holds the row."""

    __tablename__ = "letter_series"
    __table_args__ = (one_of("kind", Kind), CheckConstraint("last > 0", name="begins_with_one"))

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    region_code: Mapped[str] = mapped_column(String(6), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class LetterFile(Model):
    """A file of a letter. The document is what was issued, byte by byte, whatever the layout is changed to later."""

    __tablename__ = "letter_file"
    __table_args__ = (
        one_of("role", FileRole),
        Index(
            "uq_letter_file_document",
            "letter_id",
            unique=True,
            sqlite_where=text("role = 'document'"),
            postgresql_where=text("role = 'document'"),
        ),
    )

    letter_id: Mapped[int] = mapped_column(ForeignKey(Letter.id), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey(StoredFile.id), primary_key=True)
    role: Mapped[str] = mapped_column(String(20))

    letter: Mapped[Letter] = relationship(back_populates="files")
    file: Mapped[StoredFile] = relationship()


class LetterTemplate(Model):
    """What an office put in the place of the program's words or layout; never altered, the newest number is in force.

    `taken_back` says that from here the office has none of its own: that of the office above holds, else the program's.
    """

    __tablename__ = "letter_template"
    __table_args__ = (
        one_of("kind", Kind),
        one_of("part", TemplatePart),
        UniqueConstraint("region_code", "kind", "part", "number"),
        CheckConstraint("number > 0", name="number_from_one"),
        CheckConstraint("length(reason) > 0", name="reason_present"),
        CheckConstraint(
            "taken_back OR part <> 'words' OR (length(title) > 0 AND length(body) > 0)",
            name="words_are_there",
        ),
        CheckConstraint(
            "(file_id IS NOT NULL) = (part = 'layout' AND NOT taken_back)", name="layout_has_a_file"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(String(6))
    kind: Mapped[str] = mapped_column(String(20))
    part: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    taken_back: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(String(120), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    file_id: Mapped[int | None] = mapped_column(ForeignKey(StoredFile.id))
    reason: Mapped[str] = mapped_column(String(400))
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    made_by: Mapped[str] = mapped_column(String(120))

    file: Mapped[StoredFile | None] = relationship()
