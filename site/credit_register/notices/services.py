"""Telling people: the message stands on the site at once, the mail follows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.notices.models import Mail, Notice


def tell(account_ids: Iterable[int], *, title: str, text: str = "", path: str = "", now: datetime) -> None:
    """Put a message into the inbox of each account and a mail into the queue; the caller commits.

    `path` is of the page on this site to look at. Neither the title nor the text may hold anything that must
    stay protected: no receipt, no reporter, no fact of an undecided case. The mail holds the title only.
    """
    for account_id in sorted(set(account_ids)):
        notice = Notice(account_id=account_id, at=now, title=title, text=text, path=path)
        db.session.add(notice)
        db.session.flush()
        db.session.add(Mail(notice_id=notice.id, created_at=now, next_attempt_at=now))


def tell_institution(uscc: str, *, title: str, text: str = "", path: str = "", now: datetime) -> None:
    """Tell the confirmed people of an institution; the caller commits."""
    people = db.session.scalars(
        select(Account.id).where(Account.uscc == uscc, Account.active.is_(True), Account.confirmed.is_(True))
    )
    tell(people, title=title, text=text, path=path, now=now)
