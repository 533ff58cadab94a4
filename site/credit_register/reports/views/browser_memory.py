"""What a browser session remembers for half an hour: the receipt just given, and the case just opened.

The cookie is signed but can be read, so that both stand in it encrypted. Each look at the case keeps it open, for
four hours at most: a copy of the cookie would otherwise keep it open for ever. Whoever signs in or out begins anew:
the next person at a shared computer finds nothing.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from flask import Flask, session
from flask.sansio.app import App
from flask_login import user_logged_out
from flask_security import user_authenticated

from credit_register.core.encryption import CannotDecrypt, field_cipher

LIFETIME: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=4)


class Remembered(StrEnum):
    """What there is to remember; the values are the keys in the session."""

    RECEIPT = "report_receipt"
    CASE = "report_case"


def remember(what: Remembered, value: str, *, now: datetime) -> None:
    """Keep a text from now on; what was there before is forgotten."""
    _keep(what, value, since=now.timestamp(), seen=now.timestamp())


def recall(what: Remembered, *, now: datetime, keep: bool = False) -> str | None:
    """The text, unless its time is over; `keep` lets its half hour begin again."""
    token = session.get(what.value)
    if not isinstance(token, str):
        return None
    try:
        kept_as, value, since, seen = json.loads(field_cipher().decrypt(token))
    except (CannotDecrypt, ValueError):
        forget(what)
        return None
    moment = now.timestamp()
    if (
        kept_as != what.value
        or moment - seen > LIFETIME.total_seconds()
        or moment - since > LONGEST.total_seconds()
    ):
        forget(what)
        return None
    if keep:
        _keep(what, value, since=since, seen=moment)
    return str(value)


def forget(what: Remembered) -> None:
    """Nothing of it stays in the session."""
    session.pop(what.value, None)


def forget_with_the_person(app: App) -> None:
    """From now on a sign-in or a sign-out leaves nothing of a report in the browser."""
    user_authenticated.connect(_forget_all, app, weak=False)
    user_logged_out.connect(_forget_all, app, weak=False)


def _forget_all(app: Flask, **signal: object) -> None:
    for what in Remembered:
        forget(what)


def _keep(what: Remembered, value: str, *, since: float, seen: float) -> None:
    session[what.value] = field_cipher().encrypt(json.dumps([what.value, value, since, seen]))
