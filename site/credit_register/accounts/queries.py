"""Which accounts there are, within the administrator's region."""

from __future__ import annotations

from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, or_, select, true

from credit_register.access.actor import Actor
from credit_register.accounts.models import Account
from credit_register.core import regions
from credit_register.core.database import db


def _scope(actor: Actor) -> ColumnElement[bool]:
    # Accounts of institutions carry no region; the office of the whole nation looks after them.
    if actor.is_operator or actor.region == regions.NATION:
        return true()
    return actor.region_filter(Account.region_code)


def accounts(actor: Actor, *, page: int, text: str = "", role: str = "") -> Pagination:
    """Accounts by e-mail; the text narrows by e-mail, name or code."""
    query = select(Account).where(_scope(actor))
    if text:
        query = query.where(
            or_(
                *(
                    column.contains(text, autoescape=True)
                    for column in (Account.email, Account.name, Account.uscc)
                )
            )
        )
    if role:
        query = query.where(Account.role == role)
    return db.paginate(query.order_by(Account.email), page=page, per_page=40, error_out=False)


def account_for(actor: Actor, account_id: int) -> Account:
    """One account in the administrator's region, or 404."""
    found = db.session.scalar(select(Account).where(Account.id == account_id, _scope(actor)))
    if found is None:
        abort(404)
    return found
