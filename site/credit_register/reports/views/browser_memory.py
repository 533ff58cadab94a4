"""What a browser session remembers for half an hour: the receipt just given, and the case just opened.

The cookie is signed but can be read, so that both stand in it encrypted.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from flask import session

from credit_register.core.encryption import CannotDecrypt, field_cipher

LIFETIME: Final = timedelta(minutes=30)


class Remembered(StrEnum):
    """What there is to remember; the values are the keys in the session."""

    RECEIPT = "report_receipt"
    CASE = "report_case"


def remember(what: Remembered, value: str, *, now: datetime) -> None:
    """Keep a text from now on; what was there before is forgotten."""
    session[what.value] = field_cipher().encrypt(json.dumps([what.value, value, now.timestamp()]))


def recall(what: Remembered, *, now: datetime) -> str | None:
    """The text, unless its time is over."""
    token = session.get(what.value)
    if not isinstance(token, str):
        return None
    try:
        kept_as, value, since = json.loads(field_cipher().decrypt(token))
    except (CannotDecrypt, ValueError):
        forget(what)
        return None
    if kept_as != what.value or now.timestamp() - since > LIFETIME.total_seconds():
        forget(what)
        return None
    return str(value)


def forget(what: Remembered) -> None:
    """Nothing of it stays in the session."""
    session.pop(what.value, None)
