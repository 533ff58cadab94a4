"""Rows of deadlines: the rules by period of validity, and what is running."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from credit_register.core.database import Model, Versioned, one_of
from credit_register.core.deadlines.rules import Unit

_OPEN = text("closed_at IS NULL")


class DeadlineRule(Model):
    """One version of a rule; the date of the event decides which version counts (domain.md §0)."""

    __tablename__ = "deadline_rule"
    __table_args__ = (
        UniqueConstraint("name", "valid_from"),
        one_of("unit", Unit),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint("extendable_by >= 0", name="extension_not_negative"),
        CheckConstraint(
            "legal_limit IS NULL OR amount + extendable_by <= legal_limit", name="within_legal_limit"
        ),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity_in_order"),
        CheckConstraint("length(source) > 0", name="source_present"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(120))
    starts_with: Mapped[str] = mapped_column(String(120))  # 起算事件
    amount: Mapped[int]
    unit: Mapped[str] = mapped_column(String(20))
    extendable_by: Mapped[int] = mapped_column(default=0)
    legal_limit: Mapped[int | None]  # 法定上限：含延长，与 amount 同单位；空为法规未见上限
    source: Mapped[str] = mapped_column(Text)
    confirmed: Mapped[bool]  # 已与法规原文核对；系统设计值、转载和凭记忆的数值为否
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]  # 含当日


class Deadline(Model, Versioned):
    """A period that runs, or ran, for one row of a domain; `subject_kind` is that row's table.

    One that is paused counts as closed until it goes on, so that nothing that asks for what runs finds it.
    `extended_by` and `paused_for` are in the unit of the rule.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        CheckConstraint("due_on >= started_on", name="end_after_start"),
        CheckConstraint("extended_by >= 0", name="extension_not_negative"),
        CheckConstraint("paused_for >= 0", name="pause_not_negative"),
        CheckConstraint("paused_on IS NULL OR closed_at IS NOT NULL", name="paused_does_not_run"),
        # One rule runs once at a time for a subject, whoever starts it twice.
        Index(
            "uq_deadline_open",
            "subject_kind",
            "subject_id",
            "rule_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_deadline_open_due_on", "due_on", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(None, "subject_kind", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    rule_id: Mapped[int] = mapped_column(ForeignKey("deadline_rule.id"), index=True)
    started_on: Mapped[date]
    due_on: Mapped[date]
    provisional: Mapped[bool]
    extended_by: Mapped[int] = mapped_column(default=0)
    paused_for: Mapped[int] = mapped_column(default=0)
    paused_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]

    rule: Mapped[DeadlineRule] = relationship(lazy="joined", innerjoin=True)
