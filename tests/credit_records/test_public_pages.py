"""What everybody sees of records: the agency's page, its order in the list, the API and the form of objections."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.actor import OPERATOR
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.core.outbox import SearchOutbox
from credit_register.credit_records.models import CreditRecord
from credit_register.credit_records.period import SECTOR_RULES
from credit_register.credit_records.publication import settle_record, take_off
from credit_register.credit_records.settling import settle_records
from credit_register.institutions.adverse import with_adverse_decision
from credit_register.institutions.models import Institution
from credit_register.reports.disputable import line_of, withdraw_line
from tests.credit_records.conftest import MOMENT
from tests.credit_records.settings import decide, fresh
from tests.factories import confirmed_batch, make_institution, make_record, make_report

TODAY = MOMENT.date()


def page(client: FlaskClient, institution: Institution) -> str:
    return client.get(f"/institutions/{institution.uscc}").text


def api(client: FlaskClient, institution: Institution) -> dict[str, object]:
    answer: dict[str, object] = client.get(f"/api/v1/institutions/{institution.uscc}").json
    return answer


def both_lists(region: str = "510000") -> None:
    confirmed_batch("penalties", region_code=region)
    confirmed_batch("severe_list", region_code=region)


def test_a_record_in_public_is_on_the_page_with_its_dates_and_the_ways_to_object(
    client: FlaskClient, agency: Institution
) -> None:
    record = make_record(agency, decided_on=date(2026, 5, 31), met_on=TODAY, remark="内部备注")
    shown = page(client, agency)
    for words in (
        "公示中的失信信息 1 条",
        "一般失信",
        record.document_number,
        record.authority,
        "2026-05-31",
        "2026-08-31</span> 起可申请修复",
        '公示至 <span class="number">2027-05-31',
        "已履行义务",
        f"item=record:{record.public_id}",
        "kind=objection",
    ):
        assert words in shown, words
    assert "内部备注" not in shown


def test_repair_that_is_not_yet_possible_is_told_with_its_day(
    client: FlaskClient, agency: Institution
) -> None:
    make_record(agency, decided_on=date(2026, 11, 1))
    assert '可申请修复自 <span class="number">2027-02-01' in page(client, agency)


def test_without_records_the_page_says_so_with_the_date_of_the_lists(
    client: FlaskClient, agency: Institution, moment: datetime
) -> None:
    both_lists()
    confirmed_batch("facts")
    shown = page(client, agency)
    assert "没有公示中的失信信息" in shown
    assert "无公示中的失信信息" in shown
    assert "2026-11-26" in shown
    make_record(None, uscc=agency.uscc)
    make_record(agency, degree="minor")
    make_record(agency, listed_until=TODAY - timedelta(days=1), decided_on=TODAY - timedelta(days=90))
    for state in ("repaired", "annulled", "objected", "removed", "expired"):
        make_record(agency, state=state)
    make_record(agency, kind="abnormal", degree="minor")
    make_record(agency, kind="bankrupt")
    assert page(client, agency) == shown


def test_without_the_lists_of_the_region_nothing_is_called_clean(
    client: FlaskClient, agency: Institution
) -> None:
    both_lists("330000")
    confirmed_batch("penalties", region_code="510000")
    shown = page(client, agency)
    assert "尚未接收这家机构所在地区的严重失信主体名单" in shown
    assert "没有公示中的失信信息" not in shown
    assert "无公示中的失信信息" not in shown
    assert api(client, agency)["credit_records_date"] is None


LEAVING: dict[str, Callable[[CreditRecord, datetime], None]] = {
    move: (lambda record, now, move=move: take_off(record, move, reason="示例", actor=OPERATOR, now=now))
    for move in ("repair", "annul", "uphold_objection", "remove")
}


@pytest.mark.parametrize("move", sorted(LEAVING))
def test_what_leaves_is_gone_at_once_from_page_order_and_api(
    client: FlaskClient, agency: Institution, moment: datetime, move: str
) -> None:
    record = make_record(agency)
    agency_id, key = agency.id, f"record:{record.public_id}"
    assert record.document_number in page(client, agency)
    facts = api(client, agency)["credit_records"]
    assert isinstance(facts, list)
    assert [one["document_number"] for one in facts] == [record.document_number]
    assert agency_id in with_adverse_decision()
    assert line_of(agency, key) is not None
    db.session.execute(SearchOutbox.__table__.delete())
    LEAVING[move](record, moment)
    db.session.commit()
    assert agency.uscc in db.session.scalars(
        select(SearchOutbox.key).where(SearchOutbox.index_name == "institutions")
    )
    assert record.document_number not in page(client, agency)
    assert api(client, agency)["credit_records"] == []
    assert agency_id not in with_adverse_decision()
    assert line_of(fresh(record).institution or agency, key) is None


def test_what_is_over_is_gone_before_the_job_ran_and_the_job_moves_the_order(
    client: FlaskClient, agency: Institution, moment: datetime
) -> None:
    record = make_record(agency, listed_until=TODAY)
    assert record.document_number in page(client, agency)
    later = moment + timedelta(days=1)
    with clock_at(later):
        assert record.document_number not in page(client, agency)
        assert api(client, agency)["credit_records"] == []
        assert with_adverse_decision() == set()
        db.session.execute(SearchOutbox.__table__.delete())
        db.session.commit()
        settle_records(later)
    assert agency.uscc in db.session.scalars(
        select(SearchOutbox.key).where(SearchOutbox.index_name == "institutions")
    )


def test_a_record_kept_by_the_sector_shows_why(
    client: FlaskClient, agency: Institution, moment: datetime
) -> None:
    decide(SECTOR_RULES, "示例市场监督｜继续公示｜示例办法第十条", moment)
    record = make_record(agency, listed_until=TODAY - timedelta(days=1))
    shown = page(client, agency)
    assert "按行业规定继续公示：示例办法第十条" in shown
    assert record.document_number in shown


def test_a_change_of_the_record_shows_on_the_page_that_is_kept(
    client: FlaskClient, agency: Institution, moment: datetime
) -> None:
    record = make_record(agency)
    page(client, agency)
    record.content = "罚款三万元整"
    settle_record(record, actor=OPERATOR, now=moment)
    db.session.commit()
    assert "罚款三万元整" in page(client, agency)


def test_the_api_gives_the_public_facts_and_the_dates(client: FlaskClient, agency: Institution) -> None:
    both_lists()
    record = make_record(agency)
    answer = api(client, agency)
    assert answer["credit_records_date"] == "2026-11-26"
    assert answer["credit_records_dates"] == {
        "penalties": "2026-11-26",
        "severe_list": "2026-11-26",
        "facts": None,
    }
    facts = answer["credit_records"]
    assert isinstance(facts, list)
    assert facts[0]["id"] == record.public_id
    assert facts[0]["fine_10k_yuan"] == "1"
    assert "remark" not in facts[0]
    described = client.get("/openapi.json").json["components"]["schemas"]
    assert set(described["CreditRecord"]["properties"]) == set(facts[0])
    assert "credit_records_date" in described["Institution"]["properties"]


def test_the_form_of_an_objection_quotes_the_record(client: FlaskClient, agency: Institution) -> None:
    record = make_record(agency)
    form = client.get(f"/reports/new?kind=objection&uscc={agency.uscc}&item=record:{record.public_id}").text
    assert record.document_number in form
    other = make_institution()
    assert line_of(other, f"record:{record.public_id}") is None


def test_an_upheld_objection_takes_the_record_off(app: Flask, agency: Institution, moment: datetime) -> None:
    record = make_record(agency)
    report = make_report(
        kind="objection",
        subject_uscc=agency.uscc,
        institution_id=agency.id,
        disputed_key=f"record:{record.public_id}",
        disputed_text="失信信息",
    )
    withdraw_line(report, reason="文书对象有误", actor=OPERATOR, now=moment)
    db.session.commit()
    assert fresh(record).state == "objected"
    assert fresh(record).left_reason == "文书对象有误"


def test_comparison_and_verification_say_it_in_a_line(client: FlaskClient, agency: Institution) -> None:
    other = make_institution()
    nowhere = make_institution(region_code="330100")
    both_lists()
    make_record(agency)
    make_record(other, degree="minor")
    compared = client.get(
        f"/institutions/compare?uscc={agency.uscc}&uscc={other.uscc}&uscc={nowhere.uscc}"
    ).text
    assert compared.count("公示中的失信信息 1 条") == 1
    assert compared.count("无公示中的失信信息") == 1
    assert compared.count("尚未接收所在地区的全量名单") == 1
    assert "公示中的失信信息 1 条" in client.get(f"/verify?q={agency.uscc}").text
    assert "无公示中的失信信息" in client.get(f"/verify?q={other.uscc}").text
    assert "失信信息" not in client.get(f"/verify?q={nowhere.uscc}").text


def test_verification_tells_what_there_is_up_to_when_and_that_it_is_no_ban(
    client: FlaskClient, agency: Institution
) -> None:
    both_lists()
    make_record(agency)
    make_record(agency, document_number="示例罚〔2026〕2号")
    make_record(agency, kind="severe", degree="severe", list_name="严重违法失信名单")
    shown = client.get(f"/verify?q={agency.uscc}").text
    assert "行政处罚 2 条" in shown
    assert "严重失信主体名单 1 条" in shown
    assert "名单截至 2026-11-26" in shown
    assert "重要参考，不是禁止合作的依据" in shown
    assert "尚未接收" not in shown


def test_verification_names_the_list_that_is_missing(client: FlaskClient, agency: Institution) -> None:
    confirmed_batch("penalties")
    make_record(agency)
    shown = client.get(f"/verify?q={agency.uscc}").text
    assert "行政处罚 1 条" in shown
    assert "尚未接收所在地区的严重失信主体名单（全量），没有显示不等于没有" in shown
    assert "名单截至" not in shown
