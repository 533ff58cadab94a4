"""No sequence of deeds uses the number of a letter twice, loses one, or gives one to a letter that was not issued."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.moves import NotPermitted
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.core.files import FileError
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.letters import services
from credit_register.letters.models import Kind, Letter, LetterClue, LetterFile, LetterSeries
from credit_register.letters.refusals import WrongPerson
from credit_register.letters.template_services import LayoutUnusable
from tests.accounts.signing_in import make_account
from tests.letters.writing import CLUE, draft

# What a person is told, and what breaks off after the number was taken; whatever else a deed raises is a fault.
REFUSALS = (WrongPerson, MoveNotAllowed, NotPermitted, StaleVersion, LayoutUnusable, FileError, OSError)
NUMBER = re.compile(r"(\d{6})(信提函|信险函)〔(\d{4})〕([1-9]\d*)号")
SERIES = {"信提函": Kind.IMPERSONATION, "信险函": Kind.OVERDUE}
REASON = "请补充线索的来源。"
EXAMPLES = 12
YEARS = 2  # that an example may pass
PLACES = st.integers(min_value=0, max_value=9)
CITY, _, PROVINCE, _ = range(4)  # a city's inspector and who issues there, the province, the nation
PEOPLE = st.integers(min_value=0, max_value=3)
BREAKS = [
    ("document_of", LayoutUnusable("版式不能使用")),
    ("keep_document", OSError("no space left")),
    ("tell", OSError("connection lost")),
]


class Office(RuleBasedStateMachine):
    """Officers of a city, its province and the nation who draft and issue."""

    people: tuple[int, ...]
    start: datetime
    serials = itertools.count(1)
    issued = 0

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.now = self.start
        self.years = 0
        self.letters: list[int] = []
        self.given: dict[int, str] = {}

    @initialize()
    def begin(self) -> None:
        """Of each office and kind one letter is issued and one waits."""
        self.stack.enter_context(clock_at(self.now))
        for drafter, kind in itertools.product((CITY, PROVINCE), Kind):
            for issuer in (drafter + 1, None):
                self.a_letter_is_drafted(drafter, kind, submitted=True)
                if issuer is not None:
                    self._try(services.issue_letter, len(self.letters) - 1, issuer)

    def teardown(self) -> None:
        """Leave no letter behind, so that a run that failed fails again."""
        db.session.rollback()
        type(self).issued += len(self.given)
        for model in (LetterFile, LetterClue, Letter, LetterSeries):
            db.session.connection().execute(delete(model))
        db.session.commit()
        self.stack.close()

    def _person(self, place: int) -> Account:
        return db.session.get_one(Account, self.people[place])

    def _letter(self, place: int) -> Letter | None:
        return db.session.get_one(Letter, self.letters[place % len(self.letters)]) if self.letters else None

    def _try(self, deed: Any, letter_place: int, person: int, **values: Any) -> None:
        letter = self._letter(letter_place)
        if letter is None:
            return
        given = {"version": letter.version, "actor": self._person(person).actor, "now": self.now, **values}
        try:
            deed(letter, **given)
        except REFUSALS:
            db.session.rollback()

    @rule(drafter=PEOPLE, kind=st.sampled_from(Kind), submitted=st.booleans())
    def a_letter_is_drafted(self, drafter: int, kind: Kind, submitted: bool) -> None:
        person = self._person(drafter)
        region = "510000" if drafter >= PROVINCE else "510100"
        clue = replace(CLUE, description=f"第{next(self.serials)}条线索。")
        letter = draft(person, self.now, kind=kind, region=region, clues=[clue])
        self.letters.append(letter.id)
        if submitted:
            self._try(services.submit_letter, len(self.letters) - 1, drafter)

    @rule(place=PLACES, person=PEOPLE)
    def a_letter_is_submitted(self, place: int, person: int) -> None:
        self._try(services.submit_letter, place, person)

    @rule(place=PLACES, person=PEOPLE)
    def a_letter_is_issued(self, place: int, person: int) -> None:
        self._try(services.issue_letter, place, person)

    @rule(person=PEOPLE)
    def all_that_waits_is_issued(self, person: int) -> None:
        for place in range(len(self.letters)):
            self._try(services.issue_letter, place, person)

    @rule(place=PLACES, person=PEOPLE)
    def an_old_page_issues(self, place: int, person: int) -> None:
        self._try(services.issue_letter, place, person, version=0)

    @rule(place=PLACES, person=PEOPLE, broken=st.sampled_from(BREAKS))
    def issuing_breaks_off_after_the_number_was_taken(
        self, place: int, person: int, broken: tuple[str, Exception]
    ) -> None:
        name, error = broken
        with patch.object(services, name, side_effect=error):
            self._try(services.issue_letter, place, person)

    @rule(place=PLACES, person=PEOPLE)
    def a_letter_is_sent_back(self, place: int, person: int) -> None:
        self._try(services.send_back_letter, place, person, reason=REASON)

    @rule(place=PLACES, person=PEOPLE)
    def a_letter_is_recalled(self, place: int, person: int) -> None:
        self._try(services.recall_letter, place, person)

    @rule(place=PLACES, person=PEOPLE)
    def a_letter_is_discarded(self, place: int, person: int) -> None:
        self._try(services.discard_letter, place, person, reason=REASON)

    @rule()
    def the_year_turns(self) -> None:
        if self.years < YEARS:
            self.years += 1
            self.now += timedelta(days=365)
            self.stack.enter_context(clock_at(self.now))

    @invariant()
    def every_series_runs_from_one_without_gap_or_twin(self) -> None:
        db.session.rollback()
        found: defaultdict[tuple[str, str, int], list[int]] = defaultdict(list)
        rows = db.session.execute(
            select(Letter.number, Letter.kind, Letter.region_code, Letter.issued_on).where(
                Letter.number.is_not(None)
            )
        )
        for number, kind, region, issued_on in rows:
            read = NUMBER.fullmatch(number)
            assert read is not None, number
            office, word, year, serial = read.groups()
            assert (SERIES[word], int(year), office) == (kind, issued_on.year, region)
            found[kind, region, int(year)].append(int(serial))
        for series, serials in found.items():
            assert sorted(serials) == list(range(1, len(serials) + 1)), series
        counted = {
            (row.kind, row.region_code, row.year): row.last
            for row in db.session.scalars(select(LetterSeries))
        }
        assert counted == {series: len(serials) for series, serials in found.items()}

    @invariant()
    def only_what_was_issued_has_a_number_and_keeps_it(self) -> None:
        rows = db.session.execute(
            select(Letter.id, Letter.state, Letter.number).where(Letter.id.in_(self.letters))
        )
        for letter_id, state, number in rows:
            assert (state == "issued") == (number is not None)
            if number is not None:
                assert self.given.setdefault(letter_id, number) == number
        assert len(set(self.given.values())) == len(self.given)


def test_whatever_is_done_in_whatever_order_numbers_are_in_a_row(
    app: Flask, moment: datetime, first: Account, second: Account
) -> None:
    province = make_account(Role.PROVINCIAL, email="province@example.cn").account
    nation = make_account(Role.NATIONAL, email="nation@example.cn").account

    class HereAndNow(Office):
        people = (first.id, second.id, province.id, nation.id)
        start = moment

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        HereAndNow,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert HereAndNow.issued >= 4 * EXAMPLES  # not in vain: both kinds of both offices in each run
