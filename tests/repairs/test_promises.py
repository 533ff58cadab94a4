"""What no sequence of deeds and no two people at once can bring about."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from credit_register.access.actor import OPERATOR, Actor
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.audit.moves import NotPermitted
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.credit_records.models import CreditRecord
from credit_register.credit_records.publication import bring_back, is_visible, take_off, visible
from credit_register.institutions.models import Institution
from credit_register.repairs import possible, services
from credit_register.repairs.following import follow_records
from credit_register.repairs.lifecycle import KIND, RUNNING_STATES
from credit_register.repairs.models import RepairApplication
from credit_register.repairs.refusals import AlreadyRunning, RepairRefused, SamePerson
from credit_register.transparency.models import PublicEvent
from tests.repairs.repairing import answer, apply, confirm, propose, ripe_record

REFUSALS = (
    AlreadyRunning,
    RepairRefused,
    SamePerson,
    MoveNotAllowed,
    StaleVersion,
    NotPermitted,
)
DEEDS = (
    "apply",
    "accept",
    "refuse",
    "propose",
    "confirm",
    "send_back",
    "deny",
    "retract",
    "discard",
    "batch",
    "annul",
    "restore",
    "clock",
)
PEOPLE = ("agent", "inspector", "office")


def do(deed: str, actor: Actor, record: CreditRecord, moment: datetime) -> None:
    """One deed at the newest application of a record, or at the record itself."""
    newest = db.session.scalar(
        select(RepairApplication)
        .where(RepairApplication.record_id == record.id)
        .order_by(RepairApplication.id.desc())
        .limit(1)
    )
    match deed:
        case "apply":
            apply(record, actor)
        case "batch":
            take_off(record, "repair", reason="批次", actor=OPERATOR, now=moment)
        case "annul":
            take_off(record, "annul", reason="文书撤销", actor=actor, now=moment)
        case "restore":
            bring_back(record, "restore", reason="撤下有误", actor=actor, now=moment)
        case "clock":
            follow_records(moment)
        case _ if newest is not None:
            at_application(deed, newest, actor, moment)
    db.session.commit()


def at_application(deed: str, application: RepairApplication, actor: Actor, moment: datetime) -> None:
    version = application.version
    if deed == "propose":
        propose(application, actor)
    elif deed == "confirm":
        confirm(application, actor)
    elif deed == "retract":
        services.retract_application(application, version=version, actor=actor, now=moment)
    elif deed in ("send_back", "discard"):
        take = services.send_back_repair if deed == "send_back" else services.discard_application
        take(application, reason="示例理由", version=version, actor=actor, now=moment)
    else:
        take_answer = {
            "accept": services.accept_application,
            "refuse": services.refuse_application,
            "deny": services.deny_repair,
        }[deed]
        take_answer(application, answer(text="示例理由"), version=version, actor=actor, now=moment)


def check_promises(record: CreditRecord, last: str, moment: datetime) -> None:
    """A confirmed repair is visible nowhere and was seen by two; one application runs at most."""
    db.session.expire_all()
    applications = db.session.scalars(
        select(RepairApplication)
        .where(RepairApplication.record_id == record.id)
        .order_by(RepairApplication.id)
    ).all()
    running = [each for each in applications if each.state in RUNNING_STATES]
    assert len(running) <= 1
    for each in applications:
        if each.state == "repaired":
            assert each.confirmed_by_id is not None
            assert each.confirmed_by_id != each.proposed_by_id
            assert any(file.paper == "decision" for file in each.files)
    today = local_date(moment)
    listed = db.session.scalars(select(CreditRecord.id).where(visible(today))).all()
    assert (record.id in listed) == is_visible(record, today)
    if applications and applications[-1].state == "repaired" and last == "confirm":
        assert record.state == "repaired"
    if record.state != "published":
        assert record.id not in listed
        events = db.session.scalars(
            select(PublicEvent).where(PublicEvent.subject_key == record.public_id).order_by(PublicEvent.id)
        ).all()
        assert events[-1].kind == "credit_record.withdraw"
        assert all(event.payload is None for event in events[:-1])
    if last == "clock" and running:
        assert record.state in ("published", "withheld", "lapsed")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(st.tuples(st.sampled_from(DEEDS), st.sampled_from(PEOPLE)), max_size=9))
def test_no_sequence_of_deeds_shows_what_was_repaired_or_repairs_without_two_persons(
    agency: Institution,
    own: Actor,
    first: Account,
    second: Account,
    moment: datetime,
    deeds: list[tuple[str, str]],
) -> None:
    people = {"agent": own, "inspector": first.actor, "office": second.actor}
    record = ripe_record(agency)
    way = [("apply", "agent"), ("propose", "inspector"), *deeds]  # from where the interesting deeds begin
    for deed, person in way:
        try:
            do(deed, people[person], record, moment)
        except REFUSALS:
            db.session.rollback()
        check_promises(record, deed, moment)


Deed = Callable[[], object]


def at_once(app: Flask, *deeds: Deed) -> list[str]:
    """Do things at the same moment, each in a thread and a session of its own; gives how each ended."""
    db.session.remove()
    gate = threading.Barrier(len(deeds))
    found: list[str] = []

    def run(deed: Deed) -> None:
        with app.app_context():
            gate.wait()
            try:
                deed()
                db.session.commit()
                found.append("done")
            except REFUSALS:
                db.session.rollback()
                found.append("refused")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


class TestTwoAtOnce:
    def test_of_two_who_enter_an_application_one_does(
        self, app: Flask, record: CreditRecord, own: Actor, second: Account
    ) -> None:
        number, officer = record.id, second.actor
        deeds = [
            lambda actor=actor: apply(db.session.get_one(CreditRecord, number), actor)
            for actor in (own, officer)
        ]
        assert at_once(app, *deeds) == ["done", "refused"]
        assert db.session.scalar(select(func.count()).select_from(RepairApplication)) == 1

    def test_a_confirmation_and_a_batch_take_the_record_off_once(
        self, app: Flask, record: CreditRecord, own: Actor, first: Account, second: Account, moment: datetime
    ) -> None:
        made = apply(record, own)
        propose(made, first.actor)
        number, application_id, officer = record.id, made.id, second.actor
        ended = at_once(
            app,
            lambda: confirm(db.session.get_one(RepairApplication, application_id), officer),
            lambda: take_off(
                db.session.get_one(CreditRecord, number), "repair", reason="批次", actor=OPERATOR, now=moment
            ),
        )
        assert ended == ["done", "refused"]
        db.session.expire_all()
        kept = db.session.get_one(CreditRecord, number)
        assert kept.state == "repaired"
        withdrawals = select(func.count()).where(
            PublicEvent.subject_key == kept.public_id, PublicEvent.kind == "credit_record.withdraw"
        )
        assert db.session.scalar(withdrawals) == 1

    def test_two_officers_remind_once(
        self,
        app: Flask,
        record: CreditRecord,
        person: Account,
        first: Account,
        second: Account,
        moment: datetime,
    ) -> None:
        number, officers = record.id, (first.actor, second.actor)
        deeds = [lambda actor=actor: possible.remind([number], actor=actor, now=moment) for actor in officers]
        assert at_once(app, *deeds) == ["done", "done"]
        reminded = select(func.count()).where(AuditEvent.action == f"{KIND}.remind")
        assert db.session.scalar(reminded) == 1
