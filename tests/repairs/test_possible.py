"""Who could repair and has not: the list of a region, its sheet, and a reminder at most once in 30 days."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import clock_at, local_date
from credit_register.core.database import db
from credit_register.credit_records.models import CreditRecord
from credit_register.institutions.models import Institution
from credit_register.notices.models import Notice
from credit_register.repairs import possible
from credit_register.repairs.guidance import Standing
from credit_register.repairs.possible import LACKING, READY, PossibleFilter, Reminded
from credit_register.repairs.queries import guides
from tests.accounts.signing_in import signed_in
from tests.factories import make_institution, make_record
from tests.repairs.repairing import apply, post, ripe_record

LIST = "/staff/repairs/possible"


def found(client: FlaskClient, query: str = "") -> list[int]:
    page = client.get(f"{LIST}?{query}").text
    return [int(number) for number in re.findall(r'<a href="/staff/repairs/records/(\d+)"', page)]


def told(account: Account) -> list[str]:
    return list(db.session.scalars(select(Notice.title).where(Notice.account_id == account.id)))


class TestTheList:
    def test_it_holds_what_can_be_applied_for_today_and_nothing_else(
        self, agency: Institution, own: Actor, inspector: FlaskClient, moment: datetime
    ) -> None:
        ready = ripe_record(agency)
        lacking = ripe_record(agency, met_on=None)
        lapsed = ripe_record(agency, state="lapsed")
        make_record(agency)  # its day has not come
        apply(ripe_record(agency), own)
        dropped = ripe_record(agency, state="removed")  # its list has it no more, which mends no penalty
        ripe_record(agency, kind="severe", state="removed")
        for state in ("repaired", "annulled", "objected", "expired"):
            ripe_record(agency, state=state)
        make_record(agency, kind="bankrupt", degree=None)
        ripe_record(make_institution(region_code="330100"))
        make_record(None, decided_on=local_date(moment) - timedelta(days=120))
        assert set(found(inspector)) == {ready.id, lacking.id, lapsed.id, dropped.id}
        assert set(found(inspector, "lacking=ready")) == {ready.id, lapsed.id, dropped.id}
        assert found(inspector, "lacking=lacking") == [lacking.id]

    def test_the_list_and_the_guidance_agree(
        self, agency: Institution, second: Account, moment: datetime
    ) -> None:
        bare = make_institution()
        for institution in (agency, bare):
            for changes in (
                {},
                {"met_on": None},
                {"state": "withheld", "degree": "minor"},
                {"state": "removed"},
                {"state": "removed", "kind": "severe"},
            ):
                ripe_record(institution, **changes)
            make_record(institution)
        records = db.session.scalars(select(CreditRecord)).all()
        on = local_date(moment)
        standings = {number: guidance.standing for number, guidance in guides(records, on=on).items()}
        for lacking, standing in ((READY, Standing.CAN_APPLY), (LACKING, Standing.PREPARE)):
            listed = possible.all_possible(second.actor, PossibleFilter(lacking=lacking), on=on)
            assert {each.id for each in listed} == {
                number for number, each in standings.items() if each is standing
            }
        assert possible.counts(second.actor, on=on) == {
            READY: list(standings.values()).count(Standing.CAN_APPLY),
            LACKING: list(standings.values()).count(Standing.PREPARE),
        }

    def test_it_is_narrowed_by_region_and_text(self, app: Flask, agency: Institution) -> None:
        here = ripe_record(agency)
        there = ripe_record(make_institution(name="绵阳示例信用管理有限公司", region_code="510700"))
        province = signed_in(app, Role.PROVINCIAL)
        page = province.get(LIST).text
        assert "成都市 1 条" in page
        assert "绵阳市 1 条" in page
        assert found(province, "region=5107") == [there.id]
        assert found(province, "q=绵阳") == [there.id]
        assert found(province, f"q={here.document_number}") == [here.id]

    def test_an_empty_one_says_why(self, inspector: FlaskClient) -> None:
        assert "没有可以申请而未申请的记录" in inspector.get(LIST).text

    def test_the_sheet_says_the_same(self, record: CreditRecord, inspector: FlaskClient) -> None:
        answered = inspector.get(f"{LIST}.xlsx")
        assert answered.status_code == 200
        sheet = load_workbook(io.BytesIO(answered.data)).active
        assert sheet is not None
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        assert rows[2][:3] == ["地区", "机构名称", "统一社会信用代码"]
        assert rows[3][1:3] == [record.name, record.uscc]
        assert "无" in rows[3]
        assert len(rows) == 4

    def test_an_auditor_reads_it_and_reminds_nobody(self, record: CreditRecord, app: Flask) -> None:
        auditor = signed_in(app, Role.AUDITOR)
        assert found(auditor) == [record.id]
        assert "提醒所选" not in auditor.get(LIST).text
        assert post(auditor, f"{LIST}/remind", {"record": record.id}).status_code == 403


class TestAReminder:
    def test_it_reaches_the_institution_and_stands_in_the_audit(
        self, record: CreditRecord, person: Account, inspector: FlaskClient
    ) -> None:
        answered = post(inspector, f"{LIST}/remind", {"record": record.id}, follow_redirects=True)
        assert "已提醒 1 条" in answered.text
        assert told(person) == ["1 条信用记录已到可以申请修复的日期"]
        row = db.session.scalars(
            select(AuditEvent).where(AuditEvent.action == "repair_application.remind")
        ).one()
        assert (row.subject_kind, row.subject_id, row.region_code) == (
            "credit_record",
            str(record.id),
            "510100",
        )
        assert "2026-11-26" in inspector.get(LIST).text

    def test_several_records_of_one_institution_make_one_message(
        self, agency: Institution, person: Account, second: Account, moment: datetime
    ) -> None:
        records = [ripe_record(agency) for _ in range(3)]
        done = possible.remind([each.id for each in records], actor=second.actor, now=moment)
        assert done == Reminded(told=3)
        assert told(person) == ["3 条信用记录已到可以申请修复的日期"]

    def test_the_same_record_is_told_of_once_in_thirty_days(
        self, record: CreditRecord, person: Account, second: Account, moment: datetime
    ) -> None:
        for days, expected in ((0, Reminded(told=1)), (29, Reminded(lately=1)), (30, Reminded(told=1))):
            at = moment + timedelta(days=days)
            with clock_at(at):
                assert possible.remind([record.id], actor=second.actor, now=at) == expected
        assert len(told(person)) == 2

    def test_an_institution_without_an_account_is_named_and_nothing_is_recorded(
        self, record: CreditRecord, second: Account, moment: datetime
    ) -> None:
        assert possible.remind([record.id], actor=second.actor, now=moment) == Reminded(nobody=1)
        assert db.session.scalars(select(AuditEvent).where(AuditEvent.action.endswith(".remind"))).all() == []

    def test_what_was_applied_for_meanwhile_is_not_reminded_of(
        self, record: CreditRecord, own: Actor, second: Account, moment: datetime
    ) -> None:
        apply(record, own)
        assert possible.remind([record.id], actor=second.actor, now=moment) == Reminded(gone=1)

    def test_a_record_of_another_region_is_as_an_unknown_one(self, second: Account, moment: datetime) -> None:
        other = ripe_record(make_institution(region_code="330100"))
        assert possible.remind([other.id, 999_999], actor=second.actor, now=moment) == Reminded()

    @pytest.mark.parametrize("data", [{}, {"record": "x"}, {"record": "9" * 30}])
    def test_nothing_chosen_is_told(self, inspector: FlaskClient, data: dict[str, str]) -> None:
        answered = post(inspector, f"{LIST}/remind", data, follow_redirects=True)
        assert "请先在列表中勾选记录" in answered.text
