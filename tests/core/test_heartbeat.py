"""The worker's sign of life."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import insert

from credit_register.core import heartbeat
from credit_register.core.clock import now
from credit_register.core.database import db


def test_of_two_workers_that_start_together_neither_fails_at_the_first_sign(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def the_other_is_faster(row: heartbeat.Heartbeat) -> None:
        with db.engine.connect() as other:
            other.execute(insert(heartbeat.Heartbeat), {"name": "worker", "at": now()})
            other.commit()
        db.session.add(row)

    monkeypatch.setattr(db.session, "merge", the_other_is_faster)
    assert heartbeat.beat_if_due("worker", now=now())
    assert heartbeat.is_alive("worker", now=now())
    assert not heartbeat.beat_if_due("worker", now=now())
