"""Who works on reports: the people of an office to whom one may hand a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission, Role
from credit_register.accounts.models import Account
from credit_register.core import regions
from credit_register.core.database import db
from credit_register.reports.models import Report
from credit_register.reports.queue_filter import FINISHED, in_scope

HANDLERS: Final = tuple(role.value for role in Role if Permission.REPORT_HANDLE in role.permissions)
# A list that a person can read; the own office comes first, because its code is the smallest of the region.
OFFERED: Final = 60


@dataclass(frozen=True)
class Officer:
    """A person as a list names them; `count` are the cases in hand, where they were counted."""

    id: int
    name: str
    region: str
    active: bool
    count: int = 0


def officers(actor: Actor, *, region: str = "") -> list[Officer]:
    """The people of the region who may be given a case, the own office first, at most OFFERED."""
    query = select(Account.id, Account.name, Account.region_code, Account.active).where(*_at_work(actor))
    if region and actor.sees_region(region):
        query = query.where(regions.within(Account.region_code, region))
    rows = db.session.execute(query.order_by(Account.region_code, Account.name, Account.id).limit(OFFERED))
    return [Officer(number, name, code or regions.NATION, active) for number, name, code, active in rows]


def officer_for(actor: Actor, account_id: int) -> Account | None:
    """An active person of the actor's region who may handle reports."""
    return db.session.scalar(select(Account).where(Account.id == account_id, *_at_work(actor)))


def is_known_handler(actor: Actor, account_id: int) -> bool:
    """Whether the queue may be narrowed by a person: of the region, or with a case in it, at work or not."""
    here = select(Report.id).where(Report.handler_id == account_id, *in_scope(actor)).exists()
    staff = Account.region_code.is_not(None) & actor.region_filter(Account.region_code)
    query = select(Account.id).where(Account.id == account_id, or_(staff, here))
    return db.session.scalar(query) is not None


def name_of(account_id: int) -> str:
    """What a person is called."""
    return db.session.scalar(select(Account.name).where(Account.id == account_id)) or ""


def busy_officers(actor: Actor) -> Sequence[Officer]:
    """Everybody with unfinished cases in the region, at work or not, with how many."""
    rows = db.session.execute(
        select(Account.id, Account.name, Account.region_code, Account.active, func.count())
        .join_from(Report, Account, Account.id == Report.handler_id)
        .where(*unfinished(actor))
        .group_by(Account.id, Account.name, Account.region_code, Account.active)
        .order_by(Account.region_code, Account.name, Account.id)
    )
    return [
        Officer(number, name, code or regions.NATION, active, count)
        for number, name, code, active, count in rows
    ]


def unfinished(actor: Actor) -> list[ColumnElement[bool]]:
    """The cases of the region that may still come back to whoever handles them, the merged ones included."""
    return [*in_scope(actor), Report.state.not_in([state.value for state in FINISHED])]


def staff_of(*region_codes: str) -> Sequence[int]:
    """The accounts of the offices of exactly these regions that handle reports."""
    return db.session.scalars(
        select(Account.id)
        .where(Account.active.is_(True), Account.role.in_(HANDLERS), Account.region_code.in_(region_codes))
        .order_by(Account.id)
    ).all()


def _at_work(actor: Actor) -> list[ColumnElement[bool]]:
    return [
        Account.active.is_(True),
        Account.role.in_(HANDLERS),
        actor.region_filter(Account.region_code),
    ]
