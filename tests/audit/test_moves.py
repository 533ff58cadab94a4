"""The same move of many rows: as one by one, or none of them."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import text

from credit_register.access.actor import OPERATOR, Actor
from credit_register.access.roles import Role
from credit_register.audit.moves import NotPermitted, ReasonMissing, Step, make_moves
from credit_register.core.database import db
from credit_register.core.lifecycle import LifecycleError, MoveNotAllowed, StaleVersion
from credit_register.credit_records.lifecycle import CREDIT_RECORD, KIND
from credit_register.credit_records.models import CreditRecord
from credit_register.registrations.lifecycle import APPLICATION
from tests.accounts.signing_in import make_account
from tests.factories import make_institution, make_record, make_registration
from tests.institutions.importing import audits

INSPECTOR = Actor(account_id=3, name="李工", role=Role.INSPECTOR, region="510100")


@pytest.fixture
def pair(app: Flask, clock: datetime) -> list[CreditRecord]:
    """Two records that are not public."""
    return [make_record(make_institution(), settle=False, state="withheld") for _ in range(2)]


def move(steps: list[Step[CreditRecord]], name: str, now: datetime, actor: Actor = OPERATOR) -> None:
    make_moves(CREDIT_RECORD, steps, name, kind=KIND, actor=actor, now=now)


def states() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(text("SELECT state FROM credit_record ORDER BY id")))


def test_each_row_gets_its_values_its_version_and_its_trace(
    pair: list[CreditRecord], clock: datetime
) -> None:
    seen = [record.version for record in pair]
    steps = [
        Step(record, region, reason, {"left_on": clock.date(), "left_reason": reason})
        for record, region, reason in zip(pair, ("510100", "330100"), ("甲", "乙"), strict=True)
    ]
    move(steps, "remove", clock)
    db.session.commit()
    assert [(record.state, record.left_reason) for record in pair] == [("removed", "甲"), ("removed", "乙")]
    assert [record.version for record in pair] == [version + 1 for version in seen]
    assert [
        (event.subject_id, event.region_code, event.detail, event.actor_name)
        for event in audits("credit_record.remove")
    ] == [
        (str(pair[0].id), "510100", {"reason": "甲"}, "系统运维"),
        (str(pair[1].id), "330100", {"reason": "乙"}, "系统运维"),
    ]


def test_a_row_that_somebody_changed_in_between_stops_them_all(
    pair: list[CreditRecord], clock: datetime
) -> None:
    assert [record.version for record in pair]  # read before the other one writes
    db.session.execute(
        text("UPDATE credit_record SET version = version + 1 WHERE id = :id"), {"id": pair[1].id}
    )
    steps = [Step(record, None, values={"left_on": clock.date()}) for record in pair]
    with pytest.raises(StaleVersion):
        move(steps, "expire", clock)
    assert states() == ["withheld", "withheld"]
    assert not audits("credit_record.expire")


def test_what_one_of_them_may_not_do_none_does(pair: list[CreditRecord], clock: datetime) -> None:
    with pytest.raises(MoveNotAllowed):
        move([Step(record, None) for record in pair], "restore", clock)
    with pytest.raises(NotPermitted):
        move([Step(record, None, "错") for record in pair], "annul", clock, INSPECTOR)
    with pytest.raises(ReasonMissing):
        move([Step(pair[0], None, "错"), Step(pair[1], None, " ")], "annul", clock)
    move([], "annul", clock)
    assert states() == ["withheld", "withheld"]


def test_a_move_that_starts_a_deadline_is_made_one_by_one(app: Flask, clock: datetime) -> None:
    account = make_account(Role.AGENT, email="agent@example.cn").account
    application = make_registration(account, state="draft")
    with pytest.raises(LifecycleError, match="one by one"):
        make_moves(
            APPLICATION, [Step(application, None)], "send", kind="registration", actor=OPERATOR, now=clock
        )
