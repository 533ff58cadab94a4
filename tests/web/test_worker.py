"""The worker keeps every index, and trouble with one does not hold up the other."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Flask

from credit_register.core import search
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.heartbeat import is_alive
from credit_register.core.outbox import IndexName
from credit_register.web.worker import IndexKeeper
from tests.factories import make_institution, make_report


def until(true: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        db.session.rollback()
        if true():
            return True
        time.sleep(0.1)
    return False


def test_an_index_that_cannot_be_built_does_not_keep_the_other_from_following(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*arguments: object) -> int:
        raise OSError("no space left")

    monkeypatch.setattr(search.engine(IndexName.CASES), "rebuild", full_disk)
    keepers = [IndexKeeper(app, name) for name in IndexName]
    for keeper in keepers:
        keeper.start()
    try:
        institution = make_institution()
        make_report()
        assert until(lambda: search.is_available() and search.waiting() == 0)
        assert search.check().documents == 1
        assert not search.is_available(IndexName.CASES)
        assert search.waiting(IndexName.CASES) == 1
        assert is_alive("worker", now=now())
    finally:
        for keeper in keepers:
            keeper.stop()
    assert institution.uscc
