"""Which messages a person has: the own ones, and no others."""

from __future__ import annotations

from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import exists, func, select

from credit_register.access.actor import Actor
from credit_register.core.database import db
from credit_register.notices.models import Mail, Notice

PER_PAGE = 20


def messages(actor: Actor, *, page: int) -> Pagination:
    """The person's messages, newest first."""
    query = select(Notice).where(Notice.account_id == actor.account_id)
    return db.paginate(
        query.order_by(Notice.at.desc(), Notice.id.desc()), page=page, per_page=PER_PAGE, error_out=False
    )


def message_for(actor: Actor, notice_id: int) -> Notice:
    """One message of the person, or 404."""
    found = db.session.scalar(
        select(Notice).where(Notice.id == notice_id, Notice.account_id == actor.account_id)
    )
    if found is None:
        abort(404)
    return found


def unread_count(actor: Actor) -> int:
    """How many messages the person has not opened; every page of a signed-in person asks."""
    return (
        db.session.scalar(
            select(func.count(Notice.id)).where(
                Notice.account_id == actor.account_id, Notice.read_at.is_(None)
            )
        )
        or 0
    )


def newest_number(actor: Actor) -> int:
    """The number of the person's newest message; 0 while there is none."""
    return db.session.scalar(select(func.max(Notice.id)).where(Notice.account_id == actor.account_id)) or 0


def mail_goes_astray(actor: Actor) -> bool:
    """Whether a mail to this person was given up, so that the person should have the address corrected."""
    lost = exists().where(
        Mail.notice_id == Notice.id, Notice.account_id == actor.account_id, Mail.gave_up_at.is_not(None)
    )
    return bool(db.session.scalar(select(lost)))
