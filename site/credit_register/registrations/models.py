"""The row of an application for registration."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from credit_register.accounts.models import Account
from credit_register.core.database import Model, Versioned, one_of
from credit_register.core.files import StoredFile
from credit_register.institutions.models import Institution


class State(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DISCARDED = "discarded"


class Kind(StrEnum):
    """What an application asks for; it follows from the register and the account, nobody chooses it."""

    NEW = "new"
    CLAIM = "claim"
    CHANGE = "change"

    @property
    def label(self) -> str:
        """The Chinese word."""
        return {
            Kind.NEW: "新登记",
            Kind.CLAIM: "认领名录中的登记",
            Kind.CHANGE: "更新登记信息",
        }[self]


OPEN_STATES = (State.DRAFT.value, State.SUBMITTED.value, State.RETURNED.value)
_OPEN = text("state IN ('draft', 'submitted', 'returned')")


class Registration(Model, Versioned):
    """An application of an account for its institution, from the draft to the decision.

    `region_code` is where the institution says it sits, `office_region` the region whose office decides: for an
    institution that is in the register already the region that the register names. `reason` is the last one given
    by the office. A draft may hold anything that was typed, as long as it fits.
    """

    __tablename__ = "registration"
    __table_args__ = (
        one_of("state", State),
        one_of("kind", Kind),
        CheckConstraint(
            "state IN ('draft', 'discarded') OR (sent_at IS NOT NULL AND licence_file_id IS NOT NULL)",
            name="sent_is_complete",
        ),
        CheckConstraint(
            "(state = 'accepted') = (accepted_as IS NOT NULL)", name="accepted_leads_to_an_entry"
        ),
        # One application at a time for an account, however often a form is sent.
        Index("uq_registration_open", "account_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(None, "office_region", "state", "sent_at"),
        Index(None, "uscc"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    kind: Mapped[str] = mapped_column(String(10), default=Kind.NEW.value)
    state: Mapped[str] = mapped_column(String(20), default=State.DRAFT.value)
    uscc: Mapped[str] = mapped_column(String(18))
    name: Mapped[str] = mapped_column(String(120), default="")
    legal_representative: Mapped[str] = mapped_column(String(60), default="")
    region_code: Mapped[str] = mapped_column(String(6), default="")
    office_region: Mapped[str] = mapped_column(String(6), default="")
    categories: Mapped[list[str]] = mapped_column(default=list)
    address: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(60), default="")
    introduction: Mapped[str] = mapped_column(Text, default="")
    licence_file_id: Mapped[int | None] = mapped_column(ForeignKey(StoredFile.id))
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(400), default="")
    accepted_as: Mapped[int | None] = mapped_column(ForeignKey(Institution.id), index=True)

    account: Mapped[Account] = relationship()
    licence_file: Mapped[StoredFile | None] = relationship()

    @property
    def is_open(self) -> bool:
        """Whether it is still to be sent or decided."""
        return self.state in OPEN_STATES

    @property
    def in_the_making(self) -> bool:
        """Whether its people have changed it since the office saw it last: nobody else reads what was not sent."""
        if self.state == State.RETURNED.value:
            return self.decided_at is not None and self.saved_at > self.decided_at
        return self.state in (State.DRAFT.value, State.DISCARDED.value)
