"""Sending the mail that announces messages: claim the row, send, mark the row.

At least once. The claim is one UPDATE that only one worker can win, and it puts the next attempt off by `LEASE`, so
that no two workers send the same mail. A worker that dies between sending and marking leaves a claimed row behind,
which is sent a second time after the lease: a reminder twice is a nuisance, a reminder never may cost an institution
its deadline. Both copies carry one Message-ID, by which many mail systems show only one.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import policy
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

import structlog
from flask import current_app
from sqlalchemy import ColumnElement, and_, delete, func, select, update

from credit_register.accounts.models import Account
from credit_register.core.clock import SHANGHAI
from credit_register.core.database import db
from credit_register.core.settings import Settings
from credit_register.notices.models import Mail, Notice
from credit_register.notices.posts import FolderPost, NotSent, SmtpPost

BATCH = 200
# Seconds. Other jobs wait meanwhile, and the next round is a minute away; a mail begun at the last moment still has
# the rest of the talk (posts.py) to leave.
LONGEST_ROUND = 20.0
LEASE = timedelta(minutes=10)  # longer than the slowest talk with a server takes
# After each failure; after the last one the mail is given up, on the fifth day.
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
    timedelta(hours=24),
)
ATTEMPTS = len(WAITS) + 1
KEPT = timedelta(days=90)
FOLDER = "mail"  # under the instance folder


@dataclass(frozen=True)
class Letter:
    """All that is needed to send one mail, so that no transaction is open meanwhile."""

    mail_id: int
    attempt: int
    created_at: datetime
    title: str
    email: str
    sample: bool


def send_mail(moment: datetime) -> int:
    """Send what is due, for twenty seconds at most; gives how many mails left."""
    settings: Settings = current_app.extensions["settings"]
    folder = FolderPost(settings.instance_path / FOLDER)
    _forget_old(folder, moment)
    sent, end = 0, time.monotonic() + LONGEST_ROUND
    with SmtpPost(settings.mail_server) if settings.mail_server else nullcontext(folder) as post:
        for mail_id in _due(moment):
            letter = _claim(mail_id, moment)
            if letter is None:
                continue
            try:
                # Nobody's mailbox stands behind the address of a sample account.
                (folder if letter.sample else post).send(
                    compose(letter, settings, moment), file_name(letter.mail_id, letter.created_at)
                )
            except NotSent as trouble:
                _note_failure(letter, trouble, moment)
                if trouble.stop:
                    break
            else:
                _note_sent(letter, moment)
                sent += 1
            if time.monotonic() >= end:
                break
    return sent


def file_name(mail_id: int, created_at: datetime) -> str:
    """The name of a mail's file in the folder; the same for each attempt."""
    return f"{created_at.astimezone(SHANGHAI):%Y%m%d}-{mail_id:08d}.eml"


def compose(letter: Letter, settings: Settings, moment: datetime) -> EmailMessage:
    """The mail itself: title, name of the site, where to look. Nothing of the matter stands in it.

    Raises NotSent for an address that no mail can carry.
    """
    host = urlsplit(settings.public_url).hostname or "localhost"
    sender = settings.mail_from or f"noreply@{host}"
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = f"{letter.title}（{settings.site_name}）"
    message["From"] = Address(display_name=settings.site_name, addr_spec=sender)
    try:
        message["To"] = Address(addr_spec=letter.email)
    except (ValueError, HeaderParseError):
        raise NotSent("address unusable", final=True) from None
    message["Date"] = format_datetime(moment.astimezone(SHANGHAI))
    message["Message-ID"] = (
        f"<notice-{letter.mail_id}-{int(letter.created_at.timestamp())}@{sender.split('@')[1]}>"
    )
    message["Auto-Submitted"] = "auto-generated"
    where = (
        f"请登录后查看：{settings.public_url}/account/messages" if settings.public_url else "请登录本站查看。"
    )
    message.set_content(f"{letter.title}\n\n{where}\n\n{settings.site_name}\n", cte="base64")
    return message


def mail_counts() -> dict[str, int]:
    """How many mails wait, how many left within the last ninety days, how many were given up."""
    return {
        name: db.session.scalar(select(func.count(Mail.id)).where(condition)) or 0
        for name, condition in (
            ("waiting", _is_waiting()),
            ("sent", Mail.sent_at.is_not(None)),
            ("gave_up", Mail.gave_up_at.is_not(None)),
        )
    }


def retry_mail(*, now: datetime) -> int:
    """Put what was given up into the queue again, from the beginning; gives how many. Commits."""
    again = db.session.scalars(
        update(Mail)
        .where(Mail.gave_up_at.is_not(None))
        .values(gave_up_at=None, attempts=0, next_attempt_at=now)
        .returning(Mail.id)
    ).all()
    db.session.commit()
    return len(again)


def _is_waiting() -> ColumnElement[bool]:
    return and_(Mail.sent_at.is_(None), Mail.gave_up_at.is_(None))


def _due(moment: datetime) -> list[int]:
    due = db.session.scalars(
        select(Mail.id)
        .where(_is_waiting(), Mail.next_attempt_at <= moment)
        .order_by(Mail.next_attempt_at, Mail.id)
        .limit(BATCH)
    ).all()
    db.session.rollback()  # a server may take its time; nothing is locked meanwhile
    return list(due)


def _claim(mail_id: int, moment: datetime) -> Letter | None:
    """Make the mail ours for the time of the lease. Commits; None when another worker was first."""
    attempt = db.session.scalar(
        update(Mail)
        .where(Mail.id == mail_id, _is_waiting(), Mail.next_attempt_at <= moment)
        .values(attempts=Mail.attempts + 1, next_attempt_at=moment + LEASE)
        .returning(Mail.attempts)
    )
    if attempt is None:
        db.session.rollback()
        return None
    row = db.session.execute(
        select(Mail.created_at, Notice.title, Account.email, Account.sample, Account.active)
        .join(Notice, Mail.notice_id == Notice.id)
        .join(Account, Notice.account_id == Account.id)
        .where(Mail.id == mail_id)
    ).one()
    wanted = True
    if not row.active:  # a closed account hears nothing more
        db.session.execute(delete(Mail).where(Mail.id == mail_id))
        wanted = False
    elif attempt > ATTEMPTS:  # every attempt so far has ended the worker
        db.session.execute(update(Mail).where(Mail.id == mail_id).values(gave_up_at=moment))
        wanted = False
    db.session.commit()
    if not wanted:
        return None
    return Letter(mail_id, attempt, row.created_at, row.title, row.email, row.sample)


def _note_sent(letter: Letter, moment: datetime) -> None:
    db.session.execute(update(Mail).where(Mail.id == letter.mail_id).values(sent_at=moment, gave_up_at=None))
    db.session.commit()


def _note_failure(letter: Letter, trouble: NotSent, moment: datetime) -> None:
    """Put the mail off, or give it up. Commits."""
    gives_up = trouble.final or letter.attempt >= ATTEMPTS
    changes = {"gave_up_at": moment} if gives_up else {"next_attempt_at": moment + WAITS[letter.attempt - 1]}
    # Where the lease ran out meanwhile, another worker has the mail and its own word on it.
    db.session.execute(
        update(Mail)
        .where(Mail.id == letter.mail_id, Mail.attempts == letter.attempt, Mail.sent_at.is_(None))
        .values(changes)
    )
    db.session.commit()
    structlog.get_logger("mail").warning(
        "mail not sent", mail=letter.mail_id, attempt=letter.attempt, reason=trouble.reason, gave_up=gives_up
    )


def _forget_old(folder: FolderPost, moment: datetime) -> None:
    """Delete mail of more than ninety days, sent or given up long ago; the message itself stays. Commits."""
    oldest = db.session.execute(select(Mail.id, Mail.created_at).order_by(Mail.id).limit(BATCH)).all()
    old = [row for row in oldest if row.created_at < moment - KEPT]
    for row in old:
        folder.remove(file_name(row.id, row.created_at))
    if old:
        db.session.execute(delete(Mail).where(Mail.id.in_([row.id for row in old])))
        db.session.commit()
    else:
        db.session.rollback()
