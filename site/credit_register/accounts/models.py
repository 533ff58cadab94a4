"""The account row, as Flask-Security needs it, with exactly one role."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_security import AsaList, RoleMixin, SQLAlchemyUserDatastore, UserMixin
from sqlalchemy import CheckConstraint, String
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.core.database import Model, db, one_of


class Account(Model, UserMixin):
    """A person who signs in; staff have a region, people of an institution have its code.

    `confirmed` is false from the moment a person opens an account until an office has accepted what
    the person sent in as proof of acting for the institution.
    """

    __tablename__ = "account"
    __table_args__ = (
        one_of("role", Role),
        CheckConstraint(
            "(role IN ('agent', 'legal_rep')) = (uscc IS NOT NULL)", name="institution_people_have_a_code"
        ),
        CheckConstraint(
            "(role IN ('agent', 'legal_rep')) = (region_code IS NULL)", name="staff_have_a_region"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    password: Mapped[str] = mapped_column(String(255))
    password_set_at: Mapped[datetime]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    region_code: Mapped[str | None] = mapped_column(String(6))
    uscc: Mapped[str | None] = mapped_column(String(18), index=True)
    confirmed: Mapped[bool] = mapped_column(default=True)
    sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_counter: Mapped[int | None]
    mf_recovery_codes: Mapped[Any] = mapped_column(MutableList.as_mutable(AsaList()), nullable=True)

    @property
    def roles(self) -> list[Any]:  # type: ignore[override]  # the library has a column here
        """Flask-Security's own role rows are not used: permissions follow `role` through the matrix."""
        return []

    @property
    def actor(self) -> Actor:
        """The account as the gate, the services and the queries see it."""
        return Actor(
            account_id=self.id,
            name=self.name,
            role=Role(self.role),
            region=self.region_code,
            uscc=self.uscc,
            confirmed=self.confirmed,
        )

    def check_tf_required(
        self, tf_setup_methods: list[tuple[str, str]], tf_fresh: bool
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Staff always need the second factor, save in the sample set-up; others once they chose one."""
        return (self.needs_second_factor or bool(tf_setup_methods)), tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        """Whether the second factor may not be switched off."""
        return self.needs_second_factor

    @property
    def needs_second_factor(self) -> bool:
        """Whether this account may not sign in with a password alone."""
        return Role(self.role).is_staff and not self.sample


class AccountDatastore(SQLAlchemyUserDatastore):
    """Flask-Security's store without its role table."""

    def __init__(self) -> None:
        super().__init__(db, Account, RoleMixin)

    def find_role(self, role: str) -> None:
        """There are no role rows."""
