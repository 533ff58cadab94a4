"""The last weeks of the sample: deeds with their moment, done in the order in which they would have happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import SHANGHAI, local_date
from credit_register.core.database import db
from credit_register.institutions.models import Institution, Status

Deed = Callable[[datetime], object]


@dataclass
class Story:
    """Collects deeds, then does them one after the other, each with its own moment as the clock."""

    now: datetime
    _deeds: list[tuple[datetime, int, Deed]] = field(default_factory=list)

    def on(self, days_ago: float, deed: Deed) -> None:
        """Let a deed happen so many days ago, by day and never after the present moment."""
        moment = self.now - timedelta(days=days_ago)
        hour = 9 + len(self._deeds) % 8
        moment = datetime.combine(local_date(moment), time(hour, 7 * len(self._deeds) % 60), SHANGHAI)
        self._deeds.append((min(moment, self.now), len(self._deeds), deed))

    def tell(self) -> None:
        """Do them all."""
        for moment, _, deed in sorted(self._deeds, key=lambda entry: entry[:2]):
            deed(moment)


def staff(role: Role, region: str) -> Actor:
    """The sample's member of staff in a role and region."""
    account = db.session.scalars(
        select(Account).where(Account.role == role.value, Account.region_code == region).order_by(Account.id)
    ).first()
    assert account is not None
    return account.actor


def institutions_of(province: str, count: int, *, after: int = 0) -> list[Institution]:
    """Registered institutions of a province, by code; the same ones each time."""
    return list(
        db.session.scalars(
            select(Institution)
            .where(
                Institution.region_code.startswith(province), Institution.status == Status.REGISTERED.value
            )
            .order_by(Institution.uscc)
            .offset(after)
            .limit(count)
        )
    )
