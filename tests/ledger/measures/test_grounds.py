"""What is public of a measure leaves with what it tells of, in the same transaction, and those who published it are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.actor import OPERATOR, Actor
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed
from credit_register.credit_records.models import CreditRecord
from credit_register.credit_records.publication import bring_back, take_off, take_off_all
from credit_register.credit_records.services import Revocation, annul_record, meet_obligations
from credit_register.credit_records.settling import settle_records
from credit_register.institutions.adverse import with_adverse_decision
from credit_register.institutions.models import Institution
from credit_register.ledger.lifecycle import MEASURE_KIND
from credit_register.ledger.measures import publicity
from credit_register.ledger.measures.grounds import GROUNDLESS, MENDED
from credit_register.ledger.measures.recording import Public
from credit_register.ledger.models import CaseRecord, LedgerCase, Measure, MeasureKind
from credit_register.notices.models import Notice
from credit_register.transparency.models import PublicEvent
from tests.factories import make_record
from tests.ledger.cases.casework import make_batch
from tests.ledger.measures.measuring import PUBLIC_TEXT, REASON, TODAY, UNTIL, fresh, record, titles

TELLING = [MeasureKind.CIRCULAR, MeasureKind.PUBLICATION]
WITHDRAWN, RECALLED = "一项治理措施的公示已自动撤下", "一项治理措施的公示提议已自动撤回"


def bring(case: LedgerCase, agency: Institution, **overrides: object) -> CreditRecord:
    """A record of the institution that the case is about, committed."""
    found = make_record(agency, **overrides)
    db.session.add(CaseRecord(case_id=case.id, record_id=found.id, added_on=TODAY))
    db.session.commit()
    return found


@pytest.fixture
def penalty(case: LedgerCase, agency: Institution) -> CreditRecord:
    return bring(case, agency)


def proposed(
    case: LedgerCase, kind: MeasureKind, by: Account, now: datetime, text: str = PUBLIC_TEXT
) -> Measure:
    if kind is MeasureKind.PUBLICATION:
        return record(case, kind, by, now, public=Public(text, UNTIL))
    measure = record(case, kind, by, now)
    publicity.propose_publication(
        measure, text=text, until=UNTIL, version=measure.version, actor=by.actor, now=now
    )
    return measure


def publish(measure: Measure, second: Account, now: datetime) -> Measure:
    publicity.publish_measure(measure, reason=REASON, version=measure.version, actor=second.actor, now=now)
    return measure


def public_state(measure: Measure) -> str:
    return fresh(measure).public_state


def annul(one: CreditRecord, actor: Actor, now: datetime) -> None:
    annul_record(
        one,
        revocation=Revocation(now.date(), "示例撤〔2026〕1号", "成都市示例法院"),
        reason="处罚决定已撤销",
        version=one.version,
        actor=actor,
        now=now,
    )


def object_to(one: CreditRecord, actor: Actor, now: datetime) -> None:
    take_off(one, "uphold_objection", reason=REASON, actor=actor, now=now)
    db.session.commit()


def repair(one: CreditRecord, actor: Actor, now: datetime) -> None:
    take_off(one, "repair", reason="已修复", actor=actor, now=now)
    db.session.commit()


def repair_by_list(one: CreditRecord, actor: Actor, now: datetime) -> None:
    take_off_all([(one, "修复信息")], "repair", actor=actor, now=now, values={})
    db.session.commit()


@pytest.mark.parametrize("kind", TELLING)
@pytest.mark.parametrize(
    ("leave", "reason"),
    [(annul, GROUNDLESS), (object_to, GROUNDLESS), (repair, MENDED), (repair_by_list, MENDED)],
)
def test_a_measure_that_tells_of_a_record_leaves_every_public_place_with_it(
    case: LedgerCase,
    penalty: CreditRecord,
    agency: Institution,
    first: Account,
    second: Account,
    person: Account,
    client: FlaskClient,
    moment: datetime,
    kind: MeasureKind,
    leave: Callable[[CreditRecord, Actor, datetime], None],
    reason: str,
) -> None:
    measure = publish(proposed(case, kind, first, moment), second, moment)
    places = (
        f"/institutions/{agency.uscc}",
        f"/api/v1/institutions/{agency.uscc}",
        f"/verify?q={agency.uscc}",
    )
    title = kind.label
    assert all(title in client.get(place).text or kind.value in client.get(place).text for place in places)
    leave(penalty, second.actor, moment)
    assert public_state(measure) == "withdrawn"
    for place in places:
        page = client.get(place).text
        assert PUBLIC_TEXT not in page
        assert title not in page
    assert json.loads(client.get(places[1]).text)["governance_measures"] == []
    assert with_adverse_decision() == set()
    events = db.session.scalars(
        select(PublicEvent).where(PublicEvent.subject_key == measure.public_id).order_by(PublicEvent.id)
    )
    assert [(row.kind.rpartition(".")[2], row.salt is not None) for row in events] == [
        ("published", False),
        ("withdrawn", True),
    ]
    deed = db.session.scalars(
        select(AuditEvent)
        .where(AuditEvent.subject_kind == MEASURE_KIND, AuditEvent.subject_id == str(measure.id))
        .order_by(AuditEvent.id.desc())
    ).first()
    assert deed is not None
    assert (deed.action, deed.detail["reason"]) == (f"{MEASURE_KIND}.lose_ground", reason)
    for officer in (first, second):
        assert titles(officer).count(WITHDRAWN) == 1
    told = db.session.scalars(select(Notice).where(Notice.title == WITHDRAWN)).first()
    assert told is not None
    assert reason in told.text
    assert told.path == f"/staff/ledger/measures/{measure.id}"
    assert "一项治理措施的公示已撤下" in titles(person)


@pytest.mark.parametrize("kind", TELLING)
@pytest.mark.parametrize("leave", [annul, repair])
def test_what_was_only_proposed_is_off_and_cannot_be_published(
    case: LedgerCase,
    penalty: CreditRecord,
    first: Account,
    second: Account,
    moment: datetime,
    kind: MeasureKind,
    leave: Callable[[CreditRecord, Actor, datetime], None],
) -> None:
    measure = proposed(case, kind, first, moment)
    seen = measure.version
    leave(penalty, second.actor, moment)
    assert public_state(measure) == "hidden"
    assert RECALLED in titles(first)
    assert not publicity.may_be_published(measure)
    with pytest.raises(MoveNotAllowed):
        publish(measure, second, moment)
    db.session.rollback()
    with pytest.raises(MoveNotAllowed, match="均已修复、履行或者撤下"):
        publicity.propose_publication(
            measure, text=PUBLIC_TEXT, until=UNTIL, version=seen + 1, actor=first.actor, now=moment
        )
    db.session.rollback()


def test_one_mended_record_among_several_leaves_them_and_the_last_one_takes_them(
    case: LedgerCase,
    penalty: CreditRecord,
    agency: Institution,
    first: Account,
    second: Account,
    moment: datetime,
) -> None:
    other = bring(case, agency)
    measure = publish(proposed(case, MeasureKind.CIRCULAR, first, moment), second, moment)
    repair(penalty, second.actor, moment)
    assert public_state(measure) == "published"
    repair(other, second.actor, moment)
    assert public_state(measure) == "withdrawn"


def test_one_annulled_record_among_several_takes_them_and_the_rest_may_be_told_anew(
    case: LedgerCase,
    penalty: CreditRecord,
    agency: Institution,
    first: Account,
    second: Account,
    moment: datetime,
) -> None:
    other = bring(case, agency)
    measure = publish(proposed(case, MeasureKind.CIRCULAR, first, moment), second, moment)
    annul(penalty, second.actor, moment)
    assert public_state(measure) == "withdrawn"
    publicity.propose_publication(
        measure, text=PUBLIC_TEXT, until=UNTIL, version=measure.version, actor=first.actor, now=moment
    )
    publish(measure, second, moment)
    bring_back(penalty, "restore", reason=REASON, actor=OPERATOR, now=moment)
    db.session.commit()
    repair(penalty, second.actor, moment)
    assert public_state(measure) == "published", "the other one is not mended"
    assert other.state == "published"


def test_what_an_office_did_stays_unless_its_text_names_the_annulled_document(
    case: LedgerCase, penalty: CreditRecord, first: Account, second: Account, moment: datetime
) -> None:
    text = f"因{penalty.document_number}行政处罚，责令该机构限期纠正。"
    naming = publish(proposed(case, MeasureKind.ORDER, first, moment, text=text), second, moment)
    plain = publish(proposed(case, MeasureKind.SUPERVISION, first, moment), second, moment)
    annul(penalty, second.actor, moment)
    assert public_state(naming) == "withdrawn"
    assert public_state(plain) == "published"
    assert fresh(naming).state == "announced"


def test_what_was_repaired_leaves_what_an_office_did(
    case: LedgerCase, penalty: CreditRecord, first: Account, second: Account, moment: datetime
) -> None:
    text = f"因{penalty.document_number}行政处罚，责令该机构限期纠正。"
    order = publish(proposed(case, MeasureKind.ORDER, first, moment, text=text), second, moment)
    repair(penalty, second.actor, moment)
    assert public_state(order) == "published"


def meet(one: CreditRecord, actor: Actor, now: datetime) -> None:
    meet_obligations(
        one,
        met_on=TODAY,
        note="已达成和解",
        proof=make_batch().file,
        version=one.version,
        actor=actor,
        now=now,
    )


def test_a_judgment_that_is_fulfilled_takes_it_off_while_the_record_is_public_still(
    case: LedgerCase, agency: Institution, first: Account, second: Account, moment: datetime
) -> None:
    entry = bring(case, agency, kind="severe")
    measure = publish(proposed(case, MeasureKind.PUBLICATION, first, moment), second, moment)
    meet(entry, second.actor, moment)
    assert entry.state == "published"
    assert public_state(measure) == "withdrawn"


def test_a_penalty_that_was_paid_takes_it_off_when_its_period_ends_and_not_before(
    case: LedgerCase, penalty: CreditRecord, first: Account, second: Account, moment: datetime
) -> None:
    measure = publish(proposed(case, MeasureKind.PUBLICATION, first, moment), second, moment)
    meet(penalty, second.actor, moment)
    assert public_state(measure) == "published"
    assert penalty.latest_on is not None
    later = datetime.combine(penalty.latest_on + timedelta(days=1), moment.timetz())
    with clock_at(later):
        assert settle_records(later) == 1
        assert public_state(measure) == "withdrawn"
    assert db.session.get_one(CreditRecord, penalty.id).state == "expired"


def test_a_period_that_ends_unmended_leaves_it(
    case: LedgerCase, penalty: CreditRecord, first: Account, second: Account, moment: datetime
) -> None:
    measure = publish(proposed(case, MeasureKind.CIRCULAR, first, moment), second, moment)
    assert penalty.latest_on is not None
    later = datetime.combine(penalty.latest_on + timedelta(days=1), moment.timetz())
    with clock_at(later):
        assert settle_records(later) == 1
    assert public_state(measure) == "published"
    assert db.session.get_one(CreditRecord, penalty.id).state == "lapsed"


def test_the_page_offers_no_publication_of_what_is_mended(
    case: LedgerCase, penalty: CreditRecord, second: Account, inspector: FlaskClient, moment: datetime
) -> None:
    number, kinds = case.id, f"/staff/ledger/{case.id}/measures/new"
    address = f"{kinds}?kind=publication"
    assert "登记并提出公示" in inspector.get(address).text
    repair(db.session.get_one(CreditRecord, penalty.id), second.actor, moment)
    assert "登记并提出公示" not in inspector.get(address).text
    assert db.session.get_one(LedgerCase, number).state == "open"
