"""Two who sign at the same moment."""

from __future__ import annotations

import threading

from flask import Flask

from credit_register.accounts.models import Account
from credit_register.commitments.models import Commitment, State
from credit_register.core.database import db
from tests.commitments.signing import again, make_house, public_events, sign


def at_once(app: Flask, *deeds: tuple[int, int]) -> list[str]:
    """Let accounts sign commitments at the same moment, each in a thread and a session of its own."""
    db.session.remove()
    gate = threading.Barrier(len(deeds))
    found: list[str] = []

    def run(commitment_id: int, account_id: int) -> None:
        with app.app_context():
            person = db.session.get_one(Account, account_id).actor
            db.session.rollback()
            gate.wait()
            try:
                sign(db.session.get_one(Commitment, commitment_id), person)
                found.append("signed")
            except Exception as error:  # noqa: BLE001 - whatever it is, the test must see it
                found.append(repr(error))
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=deed) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


class TestRaces:
    def test_both_parties_may_sign_at_the_same_moment(self, app: Flask) -> None:
        house = make_house()
        commitment = house.start()
        deeds = [(commitment.id, house.agent_account.id), (commitment.id, house.representative_account.id)]
        assert at_once(app, *deeds) == ["signed", "signed"]
        published = again(commitment)
        assert published.state == State.PUBLISHED
        assert len(published.signatures) == 2
        assert len(public_events(str(published.number))) == 1

    def test_institutions_of_one_region_that_publish_at_once_get_numbers_of_their_own(
        self, app: Flask
    ) -> None:
        houses = [make_house() for _ in range(3)]
        commitments = [one.start() for one in houses]
        for one, commitment in zip(houses, commitments, strict=True):
            sign(commitment, one.agent)
        deeds = [
            (commitment.id, one.representative_account.id)
            for one, commitment in zip(houses, commitments, strict=True)
        ]
        assert at_once(app, *deeds) == ["signed"] * 3
        numbers = sorted(str(again(commitment).number) for commitment in commitments)
        assert [number[-6:] for number in numbers] == ["000001", "000002", "000003"]
