"""Officers who act at the same moment: one wins, the others are told, and nothing is done twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from flask import Flask
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.ledger.measures import publicity, services
from credit_register.ledger.measures.recording import record_measure
from credit_register.ledger.models import LedgerCase, Measure, MeasureKind
from credit_register.transparency.models import PublicEvent
from tests.accounts.signing_in import make_account
from tests.ledger.measures.measuring import LEVELS, PUBLIC_TEXT, REASON, UNTIL, new, record

AT_ONCE = 3
DONE, TOLD = "done", "told"


def at_once(app: Flask, deeds: Sequence[Callable[[], object]]) -> list[str]:
    """What becomes of deeds that begin together, each in a thread of its own."""
    barrier, said = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], object]) -> None:
        with app.app_context():
            barrier.wait()
            try:
                deed()
                said.append(DONE)
            except (StaleVersion, MoveNotAllowed):
                db.session.rollback()
                said.append(TOLD)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    db.session.expire_all()
    return sorted(said)


def officers() -> list[int]:
    return [make_account(Role.LOCAL, email=f"officer{each}@example.cn").account.id for each in range(AT_ONCE)]


def test_of_several_levels_chosen_at_once_one_is_in_force(
    app: Flask, case: LedgerCase, moment: datetime
) -> None:
    case_id = case.id

    def choosing(account_id: int, level: str) -> Callable[[], object]:
        def choose() -> None:
            person = db.session.get_one(Account, account_id).actor
            chosen = new(MeasureKind.SUPERVISION, level=level)
            record_measure(db.session.get_one(LedgerCase, case_id), chosen, actor=person, now=moment)

        return choose

    deeds = [choosing(*each) for each in zip(officers(), LEVELS, strict=True)]
    db.session.rollback()
    assert at_once(app, deeds) == [DONE, TOLD, TOLD]
    (measure,) = db.session.scalars(select(Measure)).all()
    assert (measure.state, measure.case_id) == ("done", case_id)


def test_the_same_click_several_times_at_once_records_one_order(
    app: Flask, case: LedgerCase, first: Account, moment: datetime
) -> None:
    case_id, account_id = case.id, first.id

    def order() -> None:
        person = db.session.get_one(Account, account_id).actor
        record_measure(
            db.session.get_one(LedgerCase, case_id), new(MeasureKind.ORDER), actor=person, now=moment
        )

    db.session.rollback()
    assert at_once(app, [order] * AT_ONCE) == [DONE] * AT_ONCE
    assert db.session.query(Measure).count() == 1


def test_published_and_cancelled_at_once_it_is_one_of_the_two(
    app: Flask, case: LedgerCase, first: Account, moment: datetime
) -> None:
    measure = record(case, MeasureKind.CIRCULAR, first, moment)
    publicity.propose_publication(
        measure, text=PUBLIC_TEXT, until=UNTIL, version=measure.version, actor=first.actor, now=moment
    )
    number, version = measure.id, measure.version

    def acting(account_id: int, service: Callable[..., None]) -> Callable[[], object]:
        def act() -> None:
            person = db.session.get_one(Account, account_id).actor
            found = db.session.get_one(Measure, number)
            service(found, reason=REASON, version=version, actor=person, now=moment)

        return act

    one, two, three = officers()
    deeds = [
        acting(one, publicity.publish_measure),
        acting(two, publicity.publish_measure),
        acting(three, services.cancel_measure),
    ]
    db.session.rollback()
    assert at_once(app, deeds) == [DONE, TOLD, TOLD]
    found = db.session.get_one(Measure, number)
    assert (found.state, found.public_state) in {("done", "published"), ("cancelled", "hidden")}
    public = found.public_state == "published"
    assert db.session.query(PublicEvent).filter_by(subject_key=found.public_id).count() == int(public)
