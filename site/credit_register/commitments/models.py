"""Rows of commitments and their signatures."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from credit_register.accounts.models import Account
from credit_register.core.database import Model, Versioned, one_of
from credit_register.institutions.models import Institution


class State(StrEnum):
    """Where a commitment stands."""

    DRAFT = "draft"
    HALF_SIGNED = "half_signed"
    PUBLISHED = "published"
    EXPIRED = "expired"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"


class Party(StrEnum):
    """Who signs: both must (发改办财金〔2021〕156号 三)."""

    INSTITUTION = "institution"
    LEGAL_REPRESENTATIVE = "legal_representative"

    @property
    def label(self) -> str:
        """The Chinese word."""
        return "机构" if self is Party.INSTITUTION else "法定代表人"


_UNSIGNED = text("state IN ('draft', 'half_signed')")
_IN_FORCE = text("state = 'published'")


class Commitment(Model, Versioned):
    """One commitment of one institution: the text is frozen when it is made and never changes.

    `sha256` is the hash (hexadecimal) of `text` in UTF-8; `facts` are the entries of the register that stand in the
    text. `number` is its public address, given when it is published; `valid_until` is the last day in force.
    """

    __tablename__ = "commitment"
    __table_args__ = (
        one_of("state", State),
        CheckConstraint(
            "(number IS NULL) = (state IN ('draft', 'half_signed', 'discarded'))", name="public_has_a_number"
        ),
        CheckConstraint("(number IS NULL) = (published_on IS NULL)", name="public_has_a_date"),
        CheckConstraint("(number IS NULL) = (valid_until IS NULL)", name="public_has_an_end"),
        Index(
            "uq_commitment_unsigned",
            "institution_id",
            unique=True,
            sqlite_where=_UNSIGNED,
            postgresql_where=_UNSIGNED,
        ),
        Index(
            "uq_commitment_in_force",
            "institution_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        Index(None, "institution_id", "state"),
        Index(None, "state", "valid_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey(Institution.id))
    number: Mapped[str | None] = mapped_column(String(40), unique=True)
    template_version: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default=State.DRAFT.value)
    facts: Mapped[dict[str, Any]]
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    published_on: Mapped[date | None]
    valid_until: Mapped[date | None]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str] = mapped_column(String(400), default="")

    institution: Mapped[Institution] = relationship()
    signatures: Mapped[list[Signature]] = relationship(
        back_populates="commitment", order_by="Signature.id", lazy="selectin"
    )


class Signature(Model):
    """One party's signature: which account, in whose name, over which text."""

    __tablename__ = "commitment_signature"
    __table_args__ = (
        UniqueConstraint("commitment_id", "party"),
        CheckConstraint("party IN ('institution', 'legal_representative')", name="party"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitment.id"))
    party: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    signer_name: Mapped[str] = mapped_column(String(60))
    signed_at: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(String(64))

    commitment: Mapped[Commitment] = relationship(back_populates="signatures")
