"""A measure is public only when two persons decided so, while its period lasts, and nowhere afterwards."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.moves import NotPermitted
from credit_register.core import search
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed
from credit_register.institutions.adverse import with_adverse_decision
from credit_register.institutions.models import Institution
from credit_register.ledger.measures import publicity, services
from credit_register.ledger.measures.recording import Public
from credit_register.ledger.measures.refusals import MeasureRefused, SamePerson
from credit_register.ledger.models import LedgerCase, Measure, MeasureKind
from credit_register.reports.disputable import line_of
from credit_register.transparency.models import PublicEvent
from search_index import Query
from tests.accounts.signing_in import client_of, make_account
from tests.factories import make_case, make_institution
from tests.ledger.measures.measuring import (
    PUBLIC_TEXT,
    REASON,
    TODAY,
    UNTIL,
    move,
    published,
    record,
    titles,
)

SECTION = "治理措施"


def page_of(client: FlaskClient, agency: Institution) -> str:
    return client.get(f"/institutions/{agency.uscc}").text


def api_of(client: FlaskClient, agency: Institution) -> list[dict[str, object]]:
    found = client.get(f"/api/v1/institutions/{agency.uscc}")
    assert found.status_code == 200
    return list(json.loads(found.text)["governance_measures"])


def events(measure: Measure) -> list[tuple[str, bool]]:
    """The events of a measure in the public log, and whether their content is still there."""
    rows = db.session.scalars(
        select(PublicEvent).where(PublicEvent.subject_key == measure.public_id).order_by(PublicEvent.id)
    )
    return [(row.kind.rpartition(".")[2], row.salt is not None) for row in rows]


def propose(measure: Measure, actor: Actor, now: datetime, **changes: object) -> None:
    values = {"text": PUBLIC_TEXT, "until": UNTIL, **changes}
    publicity.propose_publication(measure, version=measure.version, actor=actor, now=now, **values)  # type: ignore[arg-type]


def test_nothing_of_a_measure_is_public_before_a_second_person_has_decided(
    case: LedgerCase,
    agency: Institution,
    first: Account,
    second: Account,
    client: FlaskClient,
    moment: datetime,
) -> None:
    before = page_of(client, agency)
    assert SECTION not in before
    measure = record(case, MeasureKind.CIRCULAR, first, moment)
    propose(measure, first.actor, moment)
    assert page_of(client, agency) == before
    assert api_of(client, agency) == []
    assert events(measure) == []
    assert with_adverse_decision() == set()
    publicity.publish_measure(measure, reason=REASON, version=measure.version, actor=second.actor, now=moment)
    page = page_of(client, agency)
    assert SECTION in page
    assert PUBLIC_TEXT in page
    assert measure.text not in page
    assert "经办人甲" not in page
    (shown,) = api_of(client, agency)
    assert (shown["kind"], shown["text"], shown["state"]) == ("circular", PUBLIC_TEXT, "done")
    assert (shown["published_on"], shown["public_until"]) == ("2026-03-12", "2027-03-12")
    assert events(measure) == [("published", True)]
    assert with_adverse_decision() == {agency.id}
    assert titles(first) == ["您提出的治理措施公示已复核并公示"]


def test_the_person_who_proposed_does_not_publish_not_even_past_the_program(
    case: LedgerCase, second: Account, moment: datetime
) -> None:
    measure = record(case, MeasureKind.CIRCULAR, second, moment)
    propose(measure, second.actor, moment)
    with pytest.raises(SamePerson):
        publicity.publish_measure(
            measure, reason=REASON, version=measure.version, actor=second.actor, now=moment
        )
    db.session.rollback()
    measure.public_state, measure.published_by_id, measure.published_on = "published", second.id, TODAY
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_an_inspector_publishes_nothing(
    case: LedgerCase, first: Account, second: Account, moment: datetime
) -> None:
    measure = record(case, MeasureKind.CIRCULAR, second, moment)
    propose(measure, second.actor, moment)
    with pytest.raises(NotPermitted):
        publicity.publish_measure(
            measure, reason=REASON, version=measure.version, actor=first.actor, now=moment
        )
    db.session.rollback()


def test_withdrawn_it_is_gone_from_page_api_and_log_and_may_be_proposed_anew_by_anybody(
    case: LedgerCase,
    agency: Institution,
    first: Account,
    second: Account,
    client: FlaskClient,
    moment: datetime,
) -> None:
    measure = published(case, MeasureKind.CIRCULAR, first, second, moment)
    assert PUBLIC_TEXT in page_of(client, agency)
    publicity.withdraw_publication(
        measure, reason="原认定有误。", version=measure.version, actor=second.actor, now=moment
    )
    assert SECTION not in page_of(client, agency)
    assert api_of(client, agency) == []
    assert with_adverse_decision() == set()
    assert events(measure) == [("published", False), ("withdrawn", True)]
    propose(measure, second.actor, moment)
    assert measure.public_state == "proposed"


def test_after_its_last_day_it_is_gone_with_or_without_the_worker(
    case: LedgerCase,
    agency: Institution,
    first: Account,
    second: Account,
    client: FlaskClient,
    moment: datetime,
) -> None:
    measure = published(case, MeasureKind.CIRCULAR, first, second, moment)
    assert publicity.end_publications(moment) == 0
    later = datetime.combine(UNTIL + timedelta(days=1), moment.timetz())
    with clock_at(later):
        assert SECTION not in page_of(client, agency)
        assert api_of(client, agency) == []
        assert with_adverse_decision() == set()
        assert line_of(agency, f"measure:{measure.public_id}") is None
        assert publicity.end_publications(later) == 1
        assert publicity.end_publications(later) == 0
    db.session.expire_all()
    assert measure.public_state == "withdrawn"
    assert events(measure) == [("published", False), ("withdrawn", True)]


def test_what_is_cancelled_never_becomes_public(
    case: LedgerCase, first: Account, second: Account, moment: datetime
) -> None:
    measure = record(case, MeasureKind.CIRCULAR, first, moment)
    propose(measure, first.actor, moment)
    services.cancel_measure(measure, reason=REASON, version=measure.version, actor=first.actor, now=moment)
    assert (measure.state, measure.public_state) == ("cancelled", "hidden")
    with pytest.raises(MoveNotAllowed):
        propose(measure, first.actor, moment)
    db.session.rollback()


def test_what_is_public_is_withdrawn_before_it_is_cancelled(
    case: LedgerCase, first: Account, second: Account, moment: datetime
) -> None:
    measure = published(case, MeasureKind.CIRCULAR, first, second, moment)
    with pytest.raises(MoveNotAllowed, match="先由有复核权限的人员"):
        services.cancel_measure(
            measure, reason=REASON, version=measure.version, actor=first.actor, now=moment
        )
    db.session.rollback()


@pytest.mark.parametrize("kind", [MeasureKind.HANDOVER, MeasureKind.JOINT, MeasureKind.INTERVIEW])
def test_what_is_not_decided_cannot_be_proposed(
    case: LedgerCase, first: Account, moment: datetime, kind: MeasureKind
) -> None:
    measure = record(case, kind, first, moment)
    with pytest.raises(MoveNotAllowed):
        propose(measure, first.actor, moment)
    db.session.rollback()
    assert not publicity.may_be_published(measure)


def test_an_impersonator_has_no_public_record(first: Account, moment: datetime) -> None:
    assert not publicity.may_be_published(record(make_case(), MeasureKind.ORDER, first, moment))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "太短"}, "public_text"),
        ({"text": PUBLIC_TEXT + "联系 13800000000"}, "public_text"),
        ({"until": TODAY}, "public_until"),
        ({"until": date(2029, 3, 13)}, "public_until"),
    ],
)
def test_what_the_public_is_to_read_is_checked(
    case: LedgerCase, first: Account, moment: datetime, changes: dict[str, object], field: str
) -> None:
    measure = record(case, MeasureKind.CIRCULAR, first, moment)
    with pytest.raises(MeasureRefused) as refusal:
        propose(measure, first.actor, moment, **changes)
    assert refusal.value.field == field


def test_dishonest_facts_are_proposed_with_the_same_click(
    case: LedgerCase, first: Account, moment: datetime
) -> None:
    measure = record(case, MeasureKind.PUBLICATION, first, moment, public=Public(PUBLIC_TEXT, UNTIL))
    assert (measure.state, measure.public_state, measure.public_text) == ("done", "proposed", PUBLIC_TEXT)


def test_the_public_is_told_of_the_correction_and_not_of_the_report(
    case: LedgerCase,
    agency: Institution,
    first: Account,
    second: Account,
    person: Account,
    client: FlaskClient,
    moment: datetime,
) -> None:
    order = published(case, MeasureKind.ORDER, first, second, moment)
    before = page_of(client, agency)
    assert "限期纠正中" in before
    services.report_correction(
        order, text="已纠正。", uploads=(), version=order.version, actor=person.actor, now=moment
    )
    assert page_of(client, agency) == before
    services.fulfil_order(order, reason=REASON, version=order.version, actor=first.actor, now=moment)
    assert "已纠正" in page_of(client, agency)
    assert events(order) == [("published", True), ("fulfilled", True)]
    assert with_adverse_decision() == set()


def test_a_supervision_counts_against_the_institution_while_it_is_in_force(
    case: LedgerCase,
    agency: Institution,
    first: Account,
    second: Account,
    client: FlaskClient,
    moment: datetime,
) -> None:
    measure = published(case, MeasureKind.SUPERVISION, first, second, moment)
    assert with_adverse_decision() == {agency.id}
    services.end_supervision(measure, reason=REASON, version=measure.version, actor=first.actor, now=moment)
    assert with_adverse_decision() == set()
    assert "已解除" in page_of(client, agency)


def test_it_stands_last_among_equals_while_it_is_public(
    case: LedgerCase,
    agency: Institution,
    first: Account,
    inspector: FlaskClient,
    office: FlaskClient,
    moment: datetime,
) -> None:
    code, other = (
        agency.uscc,
        make_institution(name="成都示例被治理信用管理二有限公司", uscc="91510100MZZZZZZZZ6").uscc,
    )
    measure = record(case, MeasureKind.CIRCULAR, first, moment)
    number = measure.id
    search.rebuild()

    def order() -> list[str]:
        search.apply_outbox()
        assert search.check().ok
        return [hit.key for hit in search.engine().search(Query("示例")).hits]

    def take(client: FlaskClient, name: str, **fields: str) -> None:
        assert move(client, db.session.get_one(Measure, number), name, **fields).status_code == 302

    assert order() == [code, other]
    take(inspector, "propose_publication", public_text=PUBLIC_TEXT, public_until="2027-03-12")
    assert order() == [code, other], "nobody may read from the order that something is being looked into"
    take(office, "publish")
    assert order() == [other, code]
    take(office, "withdraw")
    assert order() == [code, other]


def test_a_published_line_can_be_doubted_and_taken_down(
    case: LedgerCase, agency: Institution, first: Account, second: Account, moment: datetime
) -> None:
    hidden = record(case, MeasureKind.ORDER, first, moment)
    assert line_of(agency, f"measure:{hidden.public_id}") is None
    measure = published(case, MeasureKind.CIRCULAR, first, second, moment)
    line = line_of(agency, f"measure:{measure.public_id}")
    assert line is not None
    assert line.words == "治理措施：通报批评，成都市示例信用主管部门（2026-03-12）"
    assert line_of(make_institution(), f"measure:{measure.public_id}") is None


def test_two_persons_publish_on_the_pages_and_the_second_click_is_one(
    case: LedgerCase, first: Account, inspector: FlaskClient, office: FlaskClient, moment: datetime
) -> None:
    measure = record(case, MeasureKind.CIRCULAR, first, moment)
    proposed = move(
        inspector, measure, "propose_publication", public_text=PUBLIC_TEXT, public_until="2027-03-12"
    )
    assert proposed.status_code == 302
    assert move(inspector, measure, "publish").status_code == 403
    seen = db.session.get_one(Measure, measure.id).version
    assert move(office, measure, "publish", version=seen).status_code == 302
    assert move(office, measure, "publish", version=seen).status_code == 302
    other = make_account(Role.PROVINCIAL, email="third@example.cn", name="复核人丙")
    late = move(client_of(inspector.application, other.account), measure, "refuse_publication", version=seen)
    assert late.status_code == 409
    assert "复核人乙" in late.text
    assert REASON in late.text


def test_verification_tells_of_a_measure_only_while_it_is_in_public(
    case: LedgerCase,
    agency: Institution,
    first: Account,
    second: Account,
    client: FlaskClient,
    moment: datetime,
) -> None:
    record(case, MeasureKind.CIRCULAR, first, moment)
    assert "治理措施" not in client.get(f"/verify?q={agency.uscc}").text
    published(case, MeasureKind.CIRCULAR, first, second, moment)
    assert f"通报批评（已通报，{TODAY} 公开）" in client.get(f"/verify?q={agency.uscc}").text
    with clock_at(datetime.combine(UNTIL + timedelta(days=1), moment.timetz())):
        assert "通报批评" not in client.get(f"/verify?q={agency.uscc}").text
