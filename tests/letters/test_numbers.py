"""Numbers without a gap and without a twin, also when several issue at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.letters import services
from credit_register.letters.models import Kind, Letter, LetterSeries
from credit_register.letters.numbers import take_number
from tests.accounts.signing_in import make_account
from tests.letters.writing import CLUE, fresh, issued, submitted

AT_ONCE = 6


def at_once(app: Flask, deeds: list[Callable[[], object]]) -> list[str]:
    """Do several things at the same moment, each in a thread and a session of its own."""
    db.session.remove()
    gate = threading.Barrier(len(deeds))
    said: list[str] = []

    def run(deed: Callable[[], object]) -> None:
        with app.app_context():
            gate.wait()
            try:
                deed()
                said.append("done")
            except Exception as error:  # noqa: BLE001 -- whatever it is, the test must see it
                db.session.rollback()
                said.append(type(error).__name__)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


def issuing(letter_id: int, version: int, account_id: int, moment: datetime) -> Callable[[], object]:
    def issue() -> None:
        person = db.session.get_one(Account, account_id).actor
        db.session.rollback()
        letter = db.session.get_one(Letter, letter_id)
        services.issue_letter(letter, version=version, actor=person, now=moment)

    return issue


def numbers() -> list[str]:
    found = filter(None, db.session.scalars(select(Letter.number)))
    return sorted(found, key=lambda number: (len(number), number))


@pytest.fixture
def issuers(second: Account) -> list[Account]:
    return [
        second,
        *(make_account(Role.LOCAL, email=f"issuer{each}@example.cn").account for each in range(1, AT_ONCE)),
    ]


@pytest.mark.parametrize("begun", [False, True])
def test_officers_who_issue_at_the_same_moment_get_the_next_numbers_in_a_row(
    app: Flask, moment: datetime, first: Account, issuers: list[Account], begun: bool
) -> None:
    if begun:
        issued(first, issuers[0], moment)
    letters = [make(first, moment, place) for place in range(AT_ONCE)]
    deeds = [
        issuing(letter.id, letter.version, person.id, moment)
        for letter, person in zip(letters, issuers, strict=True)
    ]
    assert at_once(app, deeds) == ["done"] * AT_ONCE
    assert numbers() == [f"510100信提函〔2026〕{each}号" for each in range(1, AT_ONCE + 1 + begun)]


def make(first: Account, moment: datetime, place: int) -> Letter:
    """A submitted letter that differs from the others."""
    return submitted(first, moment, clues=[replace(CLUE, description=f"第{place}条线索。")])


def test_of_two_who_issue_the_same_letter_one_does_and_no_number_is_lost(
    app: Flask, moment: datetime, first: Account, issuers: list[Account]
) -> None:
    letter = submitted(first, moment)
    deeds = [issuing(letter.id, letter.version, person.id, moment) for person in issuers[:2]]
    writer_id, third_id = first.id, issuers[2].id
    said = at_once(app, deeds)
    assert said.count("done") == 1
    assert set(said) - {"done"} <= {"MoveNotAllowed", "StaleVersion"}
    other = make(db.session.get_one(Account, writer_id), moment, 99)
    issuing(other.id, other.version, third_id, moment)()
    assert numbers() == ["510100信提函〔2026〕1号", "510100信提函〔2026〕2号"]


def test_a_number_that_was_taken_in_vain_is_given_again(moment: datetime, first: Account) -> None:
    assert take_number(Kind.OVERDUE, region="510100", year=2026).endswith("〕1号")
    db.session.rollback()
    for expected in ("〕1号", "〕2号"):
        assert take_number(Kind.OVERDUE, region="510100", year=2026).endswith(expected)
        db.session.commit()
    take_number(Kind.OVERDUE, region="510100", year=2026)
    db.session.rollback()
    assert take_number(Kind.OVERDUE, region="510100", year=2026).endswith("〕3号")


def test_each_office_each_year_and_each_kind_counts_for_itself(
    moment: datetime, first: Account, second: Account
) -> None:
    issued(first, second, moment)
    province = make_account(Role.PROVINCIAL, email="province@example.cn").account
    other = make_account(Role.NATIONAL, email="nation@example.cn").account
    assert issued(province, other, moment, region="510000").number == "510000信提函〔2026〕1号"
    assert issued(first, second, moment, kind=Kind.OVERDUE).number == "510100信险函〔2026〕1号"
    later = moment + timedelta(days=365)
    with clock_at(later):
        letter = issued(first, second, later)
    assert fresh(letter).number == "510100信提函〔2027〕1号"
    assert len(db.session.scalars(select(LetterSeries)).all()) == 4
