"""When a record is public, and how it comes and goes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from credit_register.access.actor import OPERATOR
from credit_register.audit.queries import deeds
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.credit_records.models import CreditRecord
from credit_register.credit_records.period import MINOR_PUBLICATION, NEVER, SECTOR_RULES
from credit_register.credit_records.publication import (
    bring_back,
    counts_as_dishonest,
    is_visible,
    public_facts,
    settle_record,
    take_off,
    visible,
)
from credit_register.institutions.models import Institution
from tests.credit_records.conftest import MOMENT
from tests.credit_records.settings import decide, fresh, log_of
from tests.factories import make_record

TODAY = MOMENT.date()


def in_public(on: date = TODAY) -> list[int]:
    return list(db.session.scalars(select(CreditRecord.id).where(visible(on))))


def settle(record: CreditRecord, now: datetime) -> bool:
    with clock_at(now):
        changed = settle_record(record, actor=OPERATOR, now=now)
        db.session.commit()
    return changed


def test_a_confirmed_record_of_an_institution_is_public_and_in_the_log(agency: Institution) -> None:
    record = make_record(agency, fine=Decimal(100), confiscated=Decimal("12.5"), remark="内部备注")
    assert in_public() == [record.id]
    assert is_visible(record, TODAY)
    assert log_of(record) == [("publish", public_facts(record))]
    facts = public_facts(record)
    assert (facts["fine_10k_yuan"], facts["confiscated_10k_yuan"]) == ("100", "12.5")
    assert "内部备注" not in str(facts)
    assert public_facts(fresh(record)) == facts


def test_to_settle_again_changes_nothing(agency: Institution, moment: datetime) -> None:
    record = make_record(agency)
    version = record.version
    assert not settle(record, moment)
    assert fresh(record).version == version
    assert [kind for kind, _ in log_of(record)] == ["publish"]


def test_a_record_without_institution_becomes_public_when_it_is_matched(
    agency: Institution, moment: datetime
) -> None:
    record = make_record(None)
    assert (in_public(), log_of(record)) == ([], [])
    record.institution = agency
    assert settle(record, moment)
    assert in_public() == [record.id]


def test_on_the_last_day_it_is_public_and_on_the_next_it_is_not_before_any_clock_ran(
    agency: Institution,
) -> None:
    record = make_record(agency, listed_until=TODAY)
    assert in_public(TODAY) == [record.id]
    assert in_public(TODAY + timedelta(days=1)) == []
    assert not is_visible(record, TODAY + timedelta(days=1))


@pytest.mark.parametrize(("met_on", "state"), [(TODAY, "expired"), (None, "lapsed")])
def test_at_the_end_the_mended_record_expires_and_the_unmended_one_lapses(
    agency: Institution, moment: datetime, met_on: date | None, state: str
) -> None:
    record = make_record(agency, listed_until=TODAY, met_on=met_on)
    assert settle(record, moment + timedelta(days=1))
    assert (record.state, record.left_on) == (state, TODAY + timedelta(days=1))
    assert record.left_reason
    assert log_of(record) == [("publish", None), ("withdraw", {"withdrawn_on": "2026-11-27"})]
    assert not settle(record, moment + timedelta(days=2))


def test_a_record_that_was_never_public_leaves_without_a_word_in_the_log(moment: datetime) -> None:
    record = make_record(None, listed_until=TODAY)
    settle(record, moment + timedelta(days=1))
    assert (record.state, log_of(record)) == ("lapsed", [])


def test_the_sectors_rule_keeps_what_is_not_mended_and_its_source_is_public(
    agency: Institution, moment: datetime
) -> None:
    decide(SECTOR_RULES, "示例市场监督｜继续公示｜示例办法第十条", moment)
    record = make_record(agency, listed_until=TODAY)
    assert record.kept_by == ""  # within the period nothing has to keep it
    later = moment + timedelta(days=1)
    assert settle(record, later)
    assert in_public(TODAY + timedelta(days=400)) == [record.id]
    last = log_of(record)[-1]
    assert last[0] == "change"
    assert last[1] is not None
    assert last[1]["kept_by"] == "示例办法第十条"
    assert log_of(record)[0] == ("publish", None)  # what it said before is withdrawn
    record.met_on = later.date()
    settle(record, later)
    assert (record.state, record.kept_by, in_public()) == ("expired", "", [])


def test_a_sectors_rule_that_says_stop_lets_it_lapse(agency: Institution, moment: datetime) -> None:
    decide(SECTOR_RULES, "示例市场监督｜停止公示｜示例通知\n成都市示｜继续公示｜其他", moment)
    record = make_record(agency, listed_until=TODAY)
    settle(record, moment + timedelta(days=1))
    assert record.state == "lapsed"


def test_minor_dishonesty_is_withheld_as_soon_as_the_authority_says_so(
    agency: Institution, moment: datetime
) -> None:
    record = make_record(agency, degree="minor", decided_on=TODAY, listed_until=TODAY + timedelta(days=30))
    assert record.state == "published"
    decide(MINOR_PUBLICATION, NEVER, moment, valid_from=TODAY + timedelta(days=1))
    assert not settle(record, moment)
    assert settle(record, moment + timedelta(days=1))
    assert (record.state, record.left_on, in_public()) == ("withheld", None, [])
    assert log_of(record)[0] == ("publish", None)


def test_a_change_of_the_facts_replaces_what_the_log_says(agency: Institution, moment: datetime) -> None:
    record = make_record(agency)
    record.content = "罚款2万元"
    assert settle(record, moment)
    assert log_of(record) == [("publish", None), ("change", public_facts(record))]


def test_a_period_that_is_counted_anew_is_in_the_history_and_in_the_log(
    agency: Institution, moment: datetime
) -> None:
    record = make_record(agency, decided_on=date(2026, 5, 31))
    record.listed_until = date(2027, 1, 1)
    settle(record, moment)
    assert log_of(record)[-1] == ("change", public_facts(record))
    assert [deed.reason for deed in deeds("credit_record", record.id)][-1] == (
        "公示至 2027-05-31 → 2027-01-01"
    )


@pytest.mark.parametrize("move", ["repair", "annul", "uphold_objection", "remove"])
def test_what_is_taken_off_is_gone_at_once_and_comes_back_only_when_it_is_brought(
    agency: Institution, moment: datetime, move: str
) -> None:
    record = make_record(agency)
    take_off(record, move, reason="示例文书", actor=OPERATOR, now=moment)
    db.session.commit()
    assert (in_public(), record.left_on, record.left_reason) == ([], TODAY, "示例文书")
    assert not settle(record, moment)
    assert not any(content for kind, content in log_of(record) if kind == "publish")
    bring_back(record, "restore", reason="撤错了", actor=OPERATOR, now=moment)
    db.session.commit()
    assert (in_public(), record.left_on, record.left_reason) == ([record.id], None, "")
    assert log_of(record)[-1] == ("publish", public_facts(record))


def test_what_comes_back_after_its_end_does_not_become_public(agency: Institution, moment: datetime) -> None:
    record = make_record(agency, decided_on=date(2018, 1, 1), state="annulled")
    bring_back(record, "restore", reason="撤错了", actor=OPERATOR, now=moment)
    db.session.commit()
    assert (record.state, in_public()) == ("lapsed", [])


def test_a_version_that_somebody_saw_before_is_refused(agency: Institution, moment: datetime) -> None:
    record = make_record(agency)
    with pytest.raises(StaleVersion):
        take_off(record, "annul", reason="示例", actor=OPERATOR, now=moment, version=record.version - 1)
    db.session.rollback()
    assert in_public() == [record.id]


def test_what_is_expired_cannot_be_repaired(agency: Institution, moment: datetime) -> None:
    record = make_record(agency, state="expired")
    with pytest.raises(MoveNotAllowed):
        take_off(record, "repair", reason="示例", actor=OPERATOR, now=moment)


def test_a_change_before_a_step_does_not_look_like_a_second_officer(
    agency: Institution, moment: datetime
) -> None:
    record = make_record(agency)
    record.removal_document = "示例移出决定"
    take_off(record, "remove", reason="移出名单", actor=OPERATOR, now=moment)
    db.session.commit()
    assert fresh(record).removal_document == "示例移出决定"


def test_what_lost_its_ground_is_no_dishonesty(agency: Institution) -> None:
    assert counts_as_dishonest(make_record(agency))
    assert counts_as_dishonest(make_record(agency, state="repaired"))
    assert not counts_as_dishonest(make_record(agency, state="annulled"))
    assert not counts_as_dishonest(make_record(agency, state="objected"))
    assert not counts_as_dishonest(make_record(agency, kind="bankrupt"))


def test_a_record_that_was_loaded_beside_its_institution_can_be_taken_off(
    agency: Institution, moment: datetime
) -> None:
    record_id = make_record(agency).id
    db.session.expunge_all()
    record = db.session.scalars(
        select(CreditRecord).where(CreditRecord.id == record_id).options(joinedload(CreditRecord.institution))
    ).one()
    take_off(record, "remove", reason="移出名单", actor=OPERATOR, now=moment)
    db.session.commit()
    assert fresh(record).state == "removed"
