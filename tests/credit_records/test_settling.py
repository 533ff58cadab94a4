"""The job that lets records go and counts them anew."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import Flask
from sqlalchemy import event, select

from credit_register.access.roles import Role
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.core.deadlines.models import DeadlineRule
from credit_register.credit_records.models import CreditRecord, RuleCount
from credit_register.credit_records.period import BY_CHANGE, RULES_BY, SECTOR_RULES
from credit_register.credit_records.settling import settle_records
from credit_register.institutions.models import Institution
from credit_register.notices.models import Notice
from credit_register.web.jobs import JOBS
from tests.accounts.signing_in import make_account
from tests.credit_records.conftest import MOMENT
from tests.credit_records.settings import decide, fresh, log_of
from tests.factories import make_institution, make_record

TODAY = MOMENT.date()


def run(moment: datetime) -> int:
    with clock_at(moment):
        return settle_records(moment)


def test_it_is_among_the_jobs() -> None:
    assert JOBS["settle_records"] is settle_records


def test_what_is_over_leaves_and_running_again_does_nothing(agency: Institution, moment: datetime) -> None:
    unmended = make_record(agency, listed_until=TODAY)
    mended = make_record(agency, listed_until=TODAY, met_on=TODAY)
    lasting = make_record(agency)
    assert run(moment) == 0
    assert run(moment + timedelta(days=1)) == 2
    assert [fresh(one).state for one in (unmended, mended, lasting)] == ["lapsed", "expired", "published"]
    assert run(moment + timedelta(days=1)) == 0


def test_the_nearest_office_is_told_how_many_ended_unmended_and_no_names(
    agency: Institution, moment: datetime
) -> None:
    local = make_account(Role.LOCAL, email="local@example.cn").account
    province = make_account(Role.PROVINCIAL, email="province@example.cn").account
    make_account(Role.INSPECTOR, email="inspector@example.cn")
    elsewhere = make_institution(region_code="510300")
    make_record(agency, listed_until=TODAY)
    make_record(agency, listed_until=TODAY)
    make_record(elsewhere, listed_until=TODAY)
    make_record(agency, listed_until=TODAY, met_on=TODAY)
    run(moment + timedelta(days=1))
    run(moment + timedelta(days=1))
    told = {notice.account_id: notice for notice in db.session.scalars(select(Notice).order_by(Notice.id))}
    assert {key: notice.title for key, notice in told.items()} == {
        local.id: "2 条信用记录公示期满，尚未纠正",
        province.id: "1 条信用记录公示期满，尚未纠正",
    }
    assert all(agency.name not in notice.title + notice.text for notice in told.values())
    assert told[local.id].path == "/staff/records?state=lapsed"


def test_a_setting_is_counted_from_its_day_on(agency: Institution, moment: datetime) -> None:
    record = make_record(agency, decided_on=date(2026, 3, 31))
    run(moment)
    decide(RULES_BY, BY_CHANGE, moment, valid_from=TODAY + timedelta(days=1))
    assert run(moment) == 0
    assert fresh(record).latest_on == date(2029, 3, 31)
    assert run(moment + timedelta(days=1)) == 1
    assert (fresh(record).latest_on, fresh(record).rules_from) == (date(2027, 3, 31), date(2026, 4, 1))
    content = log_of(record)[-1][1]
    assert content is not None
    assert content["publish_until"] == "2027-03-31"
    assert run(moment + timedelta(days=1)) == 0
    assert [row.records for row in db.session.scalars(select(RuleCount).order_by(RuleCount.id))] == [0, 1]


def test_a_new_version_of_a_rule_is_counted_from_its_day_on(agency: Institution, moment: datetime) -> None:
    decide(RULES_BY, BY_CHANGE, moment)
    record = make_record(agency, decided_on=date(2026, 5, 31))
    run(moment)
    old = db.session.scalars(
        select(DeadlineRule).where(
            DeadlineRule.name == "publication_maximum_general", DeadlineRule.valid_to.is_(None)
        )
    ).one()
    old.valid_to = TODAY
    values = {
        column.name: getattr(old, column.name)
        for column in DeadlineRule.__table__.columns
        if column.name != "id"
    }
    db.session.add(
        DeadlineRule(**{**values, "amount": 8, "valid_from": TODAY + timedelta(days=1), "valid_to": None})
    )
    db.session.commit()
    assert run(moment) == 0
    assert run(moment + timedelta(days=1)) == 1
    assert fresh(record).latest_on == date(2027, 1, 31)


def test_a_sectors_rule_that_ends_lets_the_kept_ones_go(agency: Institution, moment: datetime) -> None:
    decide(SECTOR_RULES, "示例市场监督｜继续公示｜示例办法", moment)
    record = make_record(agency, listed_until=TODAY)
    later = moment + timedelta(days=1)
    run(later)
    assert (fresh(record).state, fresh(record).kept_by) == ("published", "示例办法")
    assert run(later + timedelta(days=1)) == 0
    decide(SECTOR_RULES, "示例市场监督｜停止公示｜示例通知", moment, valid_from=TODAY + timedelta(days=3))
    run(moment + timedelta(days=3))
    assert fresh(record).state == "lapsed"


def test_of_many_only_those_due_are_read(app: Flask, agency: Institution, moment: datetime) -> None:
    for _ in range(30):
        make_record(agency)
    make_record(agency, listed_until=TODAY)
    run(moment)
    loaded: list[int] = []

    def note(target: CreditRecord, context: object) -> None:
        loaded.append(target.id)

    db.session.expunge_all()
    event.listen(CreditRecord, "load", note)
    try:
        assert run(moment + timedelta(days=1)) == 1
    finally:
        event.remove(CreditRecord, "load", note)
    assert len(set(loaded)) == 1
