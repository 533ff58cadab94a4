"""Officers who act at the same moment: one case for each subject, one decision, and no exit that slips through."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.database import db
from credit_register.credit_records.lifecycle import CREDIT_RECORD
from credit_register.credit_records.lifecycle import KIND as RECORD_KIND
from credit_register.credit_records.models import CreditRecord
from credit_register.credit_records.publication import bring_back
from credit_register.institutions.models import Institution
from credit_register.ledger.cases import exit as exits
from credit_register.ledger.cases.screening import screen
from credit_register.ledger.conditions import all_met
from credit_register.ledger.facts import facts_of
from credit_register.ledger.measures.services import end_supervision
from credit_register.ledger.models import LedgerCase, Measure, MeasureKind
from tests.accounts.signing_in import make_account
from tests.factories import make_institution
from tests.ledger.cases.casework import (
    REASON,
    all_cases,
    fresh,
    impersonator,
    make_record,
    newest,
    proposed,
    pushed,
    ready,
)
from tests.ledger.measures.measuring import fresh as fresh_measure
from tests.ledger.measures.measuring import record as record_measure


def at_once(app: Flask, deeds: list[Callable[[], object]]) -> list[str]:
    """Do several things at the same moment, each in a thread and a session of its own; says how each ended."""
    db.session.remove()
    gate = threading.Barrier(len(deeds))
    said: dict[int, str] = {}

    def run(place: int, deed: Callable[[], object]) -> None:
        with app.app_context():
            gate.wait()
            try:
                deed()
                said[place] = "done"
            except Exception as error:  # noqa: BLE001 -- whatever it is, the test must see it
                db.session.rollback()
                said[place] = type(error).__name__
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=entry) for entry in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [said[place] for place in sorted(said)]


def person(account_id: int) -> Account:
    found = db.session.get_one(Account, account_id)
    db.session.expunge(found)
    db.session.rollback()
    return found


def test_two_screenings_make_one_case_for_each_institution(
    app: Flask, moment: datetime, province: Account
) -> None:
    for _ in range(5):
        make_record(make_institution())
    account_id = province.id

    def screening() -> None:
        screen("510000", actor=person(account_id).actor, now=moment)

    assert at_once(app, [screening] * 3) == ["done"] * 3
    cases = all_cases()
    assert len(cases) == 5
    assert len({case.institution_id for case in cases}) == 5
    assert len({case.round_id for case in cases}) == 1
    assert all(len(case.records) == 1 for case in cases)


def test_two_screenings_add_a_new_record_once(
    app: Flask, moment: datetime, institution: Institution, province: Account
) -> None:
    make_record(institution)
    pushed(province, moment)
    make_record(institution)
    account_id = province.id

    def screening() -> None:
        screen("510000", actor=person(account_id).actor, now=moment)

    assert at_once(app, [screening] * 3) == ["done"] * 3
    assert len(newest().records) == 2


def test_of_two_who_open_the_same_impersonator_one_does_and_the_other_is_led_there(
    app: Flask, moment: datetime, worker: Account, second: Account
) -> None:
    ids = (worker.id, second.id)

    def opening(account_id: int, name: str) -> Callable[[], object]:
        return lambda: impersonator(person(account_id), moment, name=name)

    deeds = [opening(ids[0], "示例（冒名）团队"), opening(ids[1], "示例 (冒名) 团队")]
    assert sorted(at_once(app, deeds)) == ["CaseRefused", "done"]
    assert len(all_cases()) == 1


@pytest.fixture
def waiting(
    institution: Institution, people: Account, province: Account, worker: Account, moment: datetime
) -> LedgerCase:
    """A case whose exit was proposed."""
    make_record(institution)
    return proposed(ready(pushed(province, moment), people), worker, moment)


def deciding(case: LedgerCase, account: Account, moment: datetime) -> Callable[[], object]:
    case_id, version, account_id = case.id, case.version, account.id

    def decide() -> None:
        who = person(account_id).actor
        exits.decide_exit(
            db.session.get_one(LedgerCase, case_id), reason=REASON, version=version, actor=who, now=moment
        )

    return decide


def test_of_two_who_decide_one_does_and_the_other_is_told(
    app: Flask, waiting: LedgerCase, second: Account, moment: datetime
) -> None:
    third = make_account(Role.LOCAL, email="third@example.cn").account
    said = at_once(app, [deciding(waiting, second, moment), deciding(waiting, third, moment)])
    assert said.count("done") == 1
    assert set(said) - {"done"} <= {"MoveNotAllowed", "StaleVersion"}
    assert fresh(waiting).state == "exited"


@pytest.mark.parametrize("attempt", range(3))
def test_a_record_that_comes_back_in_the_moment_of_the_decision_does_not_slip_through(
    app: Flask, waiting: LedgerCase, second: Account, moment: datetime, attempt: int
) -> None:
    record_id, case_id = waiting.records[0].record_id, waiting.id
    reviewer_id = second.id

    def restore() -> None:
        who = person(reviewer_id).actor
        record = db.session.get_one(CreditRecord, record_id)
        bring_back(record, "restore", reason="误撤。", actor=who, now=moment)
        db.session.commit()

    said = at_once(app, [deciding(waiting, second, moment), restore])
    case = db.session.get_one(LedgerCase, case_id)
    record = db.session.get_one(CreditRecord, record_id)
    assert said[1] == "done"
    assert CREDIT_RECORD.label(record.state) in ("公示中", "不公示")
    assert RECORD_KIND == "credit_record"
    # Either the exit came first and the record is a relapse, or the record did and the case fell back.
    assert (said[0], case.state) in (("done", "exited"), ("ConditionsUnmet", "open"))
    if case.state == "open":
        assert not all_met(facts_of([case], on=moment.date())[case.id])


def test_a_new_record_and_a_decision_at_once_leave_no_gap(
    app: Flask, waiting: LedgerCase, second: Account, province: Account, moment: datetime
) -> None:
    assert waiting.institution is not None
    make_record(waiting.institution)
    account_id, case_id = province.id, waiting.id

    def screening() -> None:
        screen("510000", actor=person(account_id).actor, now=moment)

    said = at_once(app, [deciding(waiting, second, moment), screening])
    assert said[1] == "done"
    assert said[0] in ("ConditionsUnmet", "MoveNotAllowed")
    assert db.session.get_one(LedgerCase, case_id).state == "open"
    screen("510000", actor=person(account_id).actor, now=moment)
    assert len(db.session.get_one(LedgerCase, case_id).records) == 2


def test_a_supervision_that_an_officer_ends_at_the_moment_of_the_exit_ends_once(
    app: Flask,
    moment: datetime,
    institution: Institution,
    people: Account,
    province: Account,
    worker: Account,
    second: Account,
) -> None:
    make_record(institution)
    case = pushed(province, moment)
    measure = record_measure(case, MeasureKind.SUPERVISION, worker, moment)
    case_id, measure_id = proposed(ready(case, people), worker, moment).id, measure.id
    ids, versions = (worker.id, second.id), (fresh(case).version, fresh_measure(measure).version)

    def leave() -> None:
        found = db.session.get_one(LedgerCase, case_id)
        actor = person(ids[1]).actor
        exits.decide_exit(found, reason=REASON, version=versions[0], actor=actor, now=moment)

    def end() -> None:
        found = db.session.get_one(Measure, measure_id)
        actor = person(ids[0]).actor
        end_supervision(found, reason=REASON, version=versions[1], actor=actor, now=moment)

    left, ended = at_once(app, [leave, end])
    assert (left, newest().state) == ("done", "exited")
    assert ended in ("done", "StaleVersion", "MoveNotAllowed")
    deeds = db.session.scalars(
        select(AuditEvent.action).where(
            AuditEvent.action.in_(["ledger_measure.lift", "ledger_measure.end"]),
            AuditEvent.subject_id == str(measure_id),
        )
    ).all()
    assert deeds == (["ledger_measure.end"] if ended == "done" else ["ledger_measure.lift"])
    assert db.session.get_one(Measure, measure_id).state == "ended"
