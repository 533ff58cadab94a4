"""The person on whose behalf something is read or written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, true

from credit_register.access.roles import Permission, Role
from credit_register.core import regions


@dataclass(frozen=True)
class Actor:
    """An account in its role: staff act in a region (and all below it), institution people for one code.

    Without a role nobody may anything; only the operator, who owns the database, may all.
    `confirmed` is false while nobody has checked that a person who opened an account acts for its institution.
    """

    account_id: int | None
    name: str
    role: Role | None
    region: str | None = None
    uscc: str | None = None
    confirmed: bool = True
    is_operator: bool = False

    def can(self, permission: Permission) -> bool:
        """Whether the role grants the permission."""
        return self.is_operator or (self.role is not None and permission in self.role.permissions)

    def acts_for(self, code: str) -> bool:
        """Whether the person may act for the institution of this code, and somebody has confirmed it."""
        return self.confirmed and self.uscc is not None and self.uscc == code

    def sees_region(self, code: str) -> bool:
        """Whether a row of this region is within the actor's scope."""
        return self.is_operator or (self.region is not None and regions.covers(self.region, code))

    def region_filter(self, column: Any) -> ColumnElement[bool]:
        """The SQL condition that keeps a query within the actor's scope."""
        if self.is_operator:
            return true()
        return regions.within(column, self.region) if self.region is not None else ~true()

    @property
    def audit_role(self) -> str:
        """How the audit names the role."""
        return self.role.value if self.role else ("operator" if self.is_operator else "public")

    @property
    def public_label(self) -> str:
        """How published history names the actor: the office, never the person."""
        if self.is_operator:
            return "系统运维"
        if self.role is None:
            return self.name
        if self.role.is_staff:
            return f"{regions.full_name(self.region or regions.NATION)}信用主管部门"
        return "机构自行填报"


# Commands and the worker act for the operator of the system, who owns the database anyway.
OPERATOR = Actor(account_id=None, name="系统运维", role=None, is_operator=True)
# A citizen, who files a report or holds its receipt; the audit writes this name and never another.
CITIZEN = Actor(account_id=None, name="公众", role=None, confirmed=False)
