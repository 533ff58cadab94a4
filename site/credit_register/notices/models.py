"""Rows of messages: what stands in a person's inbox on the site, and the mail that says so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from credit_register.accounts.models import Account
from credit_register.core.database import Model

_WAITING = text("sent_at IS NULL AND gave_up_at IS NULL")


class Notice(Model):
    """A message to one account; it names the matter and its page, never a content that must stay protected."""

    __tablename__ = "notice"
    __table_args__ = (Index(None, "account_id", "read_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"))
    at: Mapped[datetime]
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(String(600), default="")
    path: Mapped[str] = mapped_column(String(200), default="")  # of the page that it leads to, on this site
    read_at: Mapped[datetime | None]


class Mail(Model):
    """A mail that announces a notice: waiting, sent, or given up after failures; the worker sends it."""

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_waiting", "next_attempt_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey(Notice.id, ondelete="CASCADE"), unique=True)
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    gave_up_at: Mapped[datetime | None]
