"""While files of a check are cleaned, everybody else can write."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.spotchecks import evidence
from tests.accounts.signing_in import client_of
from tests.factories import make_check
from tests.spotchecks.checking import CLEAN, FINDING, move, only_check, picture, post


@pytest.fixture
def cleaned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were cleaned; in the middle of each somebody else writes to the same institution."""
    store, seen = evidence.store_upload, []

    def store_while_others_write(*arguments: Any, **options: Any) -> Any:
        with db.engine.connect() as other:
            if db.engine.dialect.name == "sqlite":
                other.exec_driver_sql("PRAGMA busy_timeout=0")
            else:
                other.execute(text("SET lock_timeout = '100ms'"))
            other.execute(text("UPDATE institution SET phone = '028-00000000'"))
            other.rollback()
            if db.engine.dialect.name == "sqlite":
                other.exec_driver_sql("PRAGMA busy_timeout=10000")
            else:
                other.execute(text("RESET lock_timeout"))
        seen.append(arguments[1])
        return store(*arguments, **options)

    monkeypatch.setattr(evidence, "store_upload", store_while_others_write)
    return seen


def test_opening_adding_and_concluding_hold_nobody_up(
    app: Flask, agency: Institution, first: Account, cleaned: list[str]
) -> None:
    inspector = client_of(app, first)
    opened = {"uscc": agency.uscc, "matter": "fees", "files": picture("一.png")}
    assert post(inspector, "/staff/spotchecks/new", opened).status_code == 302
    assert move(inspector, only_check(), "files", files=picture("二.png")).status_code == 302
    concluded = {"found": CLEAN, "verdict": "no_problem", "reason": FINDING, "files": picture("三.png")}
    assert move(inspector, only_check(), "conclude", **concluded).status_code == 302
    assert cleaned == ["一.png", "二.png", "三.png"]
    assert len(only_check().files) == 3


def test_an_institutions_answer_holds_nobody_up(
    agency: Institution, first: Account, second: Account, agent: FlaskClient, cleaned: list[str]
) -> None:
    check = make_check(agency, opened_by_id=first.id, confirmed_by_id=second.id, state="ordered")
    answer = {"text": "已更正并退款。", "version": "1", "files": picture("凭证.png")}
    path = f"/workspace/spotchecks/{check.id}/respond"
    assert post(agent, path, answer).status_code == 302
    assert cleaned == ["凭证.png"]
    assert only_check().state == "responded"
