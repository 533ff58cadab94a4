"""Recording public changes, in the transaction of the change."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from credit_register.core.database import db
from credit_register.transparency.models import PublicEvent


def canonical_json(payload: Mapping[str, Any]) -> str:
    """JSON with sorted keys, no blanks and no escapes of Chinese: one text for one content (as RFC 8785)."""
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def leaf_digest(salt: bytes, payload: str) -> bytes:
    """SHA-256 over the 16 byte salt and the canonical JSON in UTF-8."""
    return hashlib.sha256(salt + payload.encode()).digest()


def record_public_event(
    kind: str, *, subject_kind: str, subject_key: str, payload: Mapping[str, Any], at: datetime
) -> PublicEvent:
    """Add the row of one public change to the session; the caller commits."""
    event = PublicEvent(**_values(kind, subject_kind, subject_key, payload, at))
    db.session.add(event)
    return event


def record_public_events(
    kind: str, *, subject_kind: str, changes: Iterable[tuple[str, Mapping[str, Any]]], at: datetime
) -> None:
    """Write the rows of many public changes, each given by subject key and payload; the caller commits."""
    rows = [_values(kind, subject_kind, key, payload, at) for key, payload in changes]
    if rows:
        db.session.execute(insert(PublicEvent), rows)


def _values(
    kind: str, subject_kind: str, subject_key: str, payload: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    text = canonical_json({"at": at.isoformat(), "content": payload, "kind": kind, "subject": subject_key})
    salt = secrets.token_bytes(16)
    return {
        "at": at,
        "kind": kind,
        "subject_kind": subject_kind,
        "subject_key": subject_key,
        "payload": text,
        "salt": salt,
        "digest": leaf_digest(salt, text),
    }


def withdraw_public_events(subject_kind: str, subject_key: str, *, at: datetime) -> int:
    """Remove payload and salt of a subject's events; the hash and the dated withdrawal stay."""
    return withdraw_events_of_many(subject_kind, [subject_key], at=at)


def withdraw_events_of_many(subject_kind: str, subject_keys: Sequence[str], *, at: datetime) -> int:
    """The same of many subjects, as many as one question to the database may name."""
    if not subject_keys:
        return 0
    events = db.session.scalars(
        select(PublicEvent).where(
            PublicEvent.subject_kind == subject_kind,
            PublicEvent.subject_key.in_(subject_keys),
            PublicEvent.withdrawn_at.is_(None),
        )
    ).all()
    for event in events:
        event.payload, event.salt, event.withdrawn_at = None, None, at
    return len(events)
