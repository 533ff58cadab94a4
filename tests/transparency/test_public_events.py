from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from flask import Flask

from credit_register.core.database import db
from credit_register.transparency.models import PublicEvent
from credit_register.transparency.services import (
    canonical_json,
    leaf_digest,
    record_public_event,
    withdraw_events_of_many,
    withdraw_public_events,
)

MOMENT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def test_equal_content_has_one_canonical_text() -> None:
    assert (
        canonical_json({"b": 1, "a": "示例"}) == canonical_json({"a": "示例", "b": 1}) == '{"a":"示例","b":1}'
    )


def test_a_number_that_json_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        canonical_json({"a": float("nan")})


def test_the_digest_covers_salt_and_content(app: Flask) -> None:
    event = record_public_event(
        "institution.published",
        subject_kind="institution",
        subject_key="K",
        payload={"name": "示例"},
        at=MOMENT,
    )
    db.session.commit()
    assert event.payload is not None
    assert event.salt is not None
    assert len(event.salt) == 16
    assert event.digest == hashlib.sha256(event.salt + event.payload.encode()).digest()
    assert event.digest != leaf_digest(event.salt, event.payload.replace("示例", "别的"))


def test_a_withdrawal_leaves_the_hash_and_the_date_and_nothing_else(app: Flask) -> None:
    for key in ("K", "K", "L"):
        record_public_event("x", subject_kind="institution", subject_key=key, payload={"n": key}, at=MOMENT)
    db.session.commit()
    assert withdraw_public_events("institution", "K", at=MOMENT) == 2
    db.session.commit()
    rows = db.session.query(PublicEvent).order_by(PublicEvent.id).all()
    assert [(row.payload is None, row.salt is None, row.withdrawn_at) for row in rows] == [
        (True, True, MOMENT),
        (True, True, MOMENT),
        (False, False, None),
    ]
    assert all(len(row.digest) == 32 for row in rows)


def test_many_are_withdrawn_with_one_question_and_no_other(app: Flask) -> None:
    for key in ("K", "L", "M"):
        record_public_event("x", subject_kind="institution", subject_key=key, payload={"n": key}, at=MOMENT)
    db.session.commit()
    assert withdraw_events_of_many("institution", [], at=MOMENT) == 0
    assert withdraw_events_of_many("institution", ["K", "L"], at=MOMENT) == 2
    assert withdraw_events_of_many("report", ["M"], at=MOMENT) == 0
    db.session.commit()
    rows = db.session.query(PublicEvent).order_by(PublicEvent.id).all()
    assert [row.payload is None for row in rows] == [True, True, False]
