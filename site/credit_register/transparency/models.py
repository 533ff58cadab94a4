"""One row for each public change: canonical JSON, salt and hash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from credit_register.core.database import Model


class PublicEvent(Model):
    """A public change; a later withdrawal removes payload and salt and leaves hash and date."""

    __tablename__ = "public_event"
    __table_args__ = (
        Index(None, "subject_kind", "subject_key"),
        CheckConstraint("(payload IS NULL) = (withdrawn_at IS NOT NULL)", name="withdrawn_without_payload"),
        CheckConstraint("(payload IS NULL) = (salt IS NULL)", name="salt_with_payload"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(40))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_key: Mapped[str] = mapped_column(String(60))
    payload: Mapped[str | None] = mapped_column(Text)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    withdrawn_at: Mapped[datetime | None]
