"""Telling people: the message stands on the site at once, the mail follows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update

from credit_register.access.actor import Actor
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.notices.models import Mail, Notice

LONGEST_TITLE, LONGEST_TEXT = 120, 600  # as the columns are
# A browser reads a second slash or a backslash as the beginning of another host.
_PATH_HERE = re.compile(r"/(?![/\\])[^\\\s\x00-\x1f]{0,199}")


def tell(account_ids: Iterable[int], *, title: str, text: str = "", path: str = "", now: datetime) -> None:
    """Put a message into the inbox of each account and a mail into the queue; the caller commits.

    `path` is of the page on this site to look at. Neither the title nor the text may hold anything that must
    stay protected: no receipt, no reporter, no fact of an undecided case. The mail holds the title only.
    """
    if path and not leads_into_this_site(path):
        raise ValueError("a message leads to a page of this site only")
    title, text = _fit(" ".join(title.split()), LONGEST_TITLE), _fit(text.strip(), LONGEST_TEXT)
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


def mark_read(notice: Notice, *, now: datetime) -> None:
    """The person has opened the message. Commits."""
    unread = update(Notice).where(Notice.id == notice.id, Notice.read_at.is_(None))
    # A page view only reads. On SQLite a transaction that has read cannot always go on to write; this one begins
    # with the write, and so waits its turn.
    db.session.rollback()
    db.session.execute(unread.values(read_at=now))
    db.session.commit()


def mark_all_read(*, actor: Actor, until: int, now: datetime) -> int:
    """The person has seen all messages up to the one of this number; gives how many were unread. Commits."""
    marked = db.session.scalars(
        update(Notice)
        .where(Notice.account_id == actor.account_id, Notice.read_at.is_(None), Notice.id <= until)
        .values(read_at=now)
        .returning(Notice.id)
    ).all()
    db.session.commit()
    return len(marked)


def leads_into_this_site(path: str) -> bool:
    """Whether a path is one of this site and nothing else."""
    return _PATH_HERE.fullmatch(path) is not None


def _fit(text: str, most: int) -> str:
    """A name of an institution may be long; a message that is cut is better than a deed that fails."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
