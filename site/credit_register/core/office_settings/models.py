"""Rows of settings: one value of one region from one day on; the newest that has begun is in force."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from credit_register.core.database import Model


class OfficeSetting(Model):
    """What an office decided; never altered, a later row takes its place. `set_by` is the account's name."""

    __tablename__ = "office_setting"
    __table_args__ = (
        CheckConstraint("length(region_code) = 6", name="region_length"),
        CheckConstraint("length(reason) > 0", name="reason_present"),
        Index(None, "name", "region_code", "valid_from"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    region_code: Mapped[str] = mapped_column(String(6))
    valid_from: Mapped[date]
    value: Mapped[Any] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(400))  # the document or the decision it rests on
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(120))
