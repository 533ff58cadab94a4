"""The pages of months: what an office closes, what those above see, and one frozen month with its hash and corrections."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.ledger.models import LedgerMonth
from credit_register.ledger.months import form, services
from tests.accounts.signing_in import signed_in
from tests.ledger.months.building import LINE, SAMPLE, at, make_case, make_contact, run, write_form
from tests.spotchecks.checking import post

INDEX = "/staff/ledger/months"


def only_month() -> LedgerMonth:
    db.session.expire_all()
    return db.session.scalars(select(LedgerMonth).order_by(LedgerMonth.id.desc()).limit(1)).one()


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(LedgerMonth)) or 0


class TestIndex:
    def test_an_empty_ledger_says_what_to_do(self, office: FlaskClient) -> None:
        page = office.get(INDEX).text
        assert "下级没有治理对象" in page
        assert "没有导入的历史台账" in page
        assert "2026年2月" in page

    def test_the_months_since_the_first_case_are_listed_with_their_limits_and_what_is_late(
        self, office: FlaskClient
    ) -> None:
        make_case()  # on the ledger since January
        page = office.get(INDEX).text
        assert page.count('<button type="submit" class="btn btn-primary">关账') == 1
        assert page.count('<button type="submit" class="btn btn-outline-primary">关账') == 1
        assert "逾期未关账" in page
        assert "2026-03-05，最迟 2026-03-06" in page
        assert "2025年12月" not in page

    def test_what_is_not_yet_late_is_no_reproach(self, app: Flask, office: FlaskClient) -> None:
        make_case(opened_on=at("2026-02-10T10:00").date())
        with clock_at(at("2026-03-03T09:00")):
            page = office.get(INDEX).text
        assert "逾期" not in page.split("下级上报情况")[0].replace("未关账", "", 1)

    def test_those_above_see_who_has_not_reported_first_with_the_contact(
        self, city: Account, above: FlaskClient, moment: datetime
    ) -> None:
        make_case()
        make_case(region_code="510700")
        make_contact("510700", name="绵阳联系人")
        services.close_month("2026-02", actor=city.actor, now=moment)
        page = above.get(INDEX).text.split("下级上报情况")[1]
        assert re.findall(r'<th scope="row">(?:<a [^>]+>)?([^<]+)', page)[:2] == [
            "四川省绵阳市",
            "四川省成都市",
        ]
        assert "2 个有治理对象的地区，其中未报 1 个" in page
        assert "绵阳联系人" in page
        assert "尚未指定" in page
        earlier = above.get(f"{INDEX}?month=2026-01").text
        assert "其中未报 2 个" in earlier

    def test_the_nation_sees_its_provinces_and_the_corps(self, app: Flask, moment: datetime) -> None:
        make_case(region_code="660000")
        make_case(region_code="510104")
        page = signed_in(app, Role.NATIONAL).get(INDEX).text
        assert "新疆生产建设兵团" in page
        assert "2 个有治理对象的地区" in page

    def test_districts_of_a_municipality_stand_below_it_by_themselves(
        self, app: Flask, moment: datetime
    ) -> None:
        make_case(region_code="110101")
        page = signed_in(app, Role.PROVINCIAL, region="110000").get(INDEX).text
        assert "北京市东城区" in page

    def test_a_month_that_is_none_is_a_bad_parameter(self, office: FlaskClient) -> None:
        assert office.get(f"{INDEX}?month=2026-13").status_code == 400

    def test_who_may_not_close_is_offered_no_button(self, app: Flask, office: FlaskClient) -> None:
        reader = signed_in(app, Role.INSPECTOR)
        page = reader.get(INDEX).text
        assert "由有关账权限的人员办理" in page
        assert post(reader, f"{INDEX}/close", {"month": "2026-02"}).status_code == 403

    def test_the_ledger_of_now_can_be_taken_along_for_the_own_region_only(self, office: FlaskClient) -> None:
        case = make_case()
        answer = office.get(f"{INDEX}/present.xlsx")
        sheet = load_workbook(io.BytesIO(answer.data)).active
        assert sheet is not None
        assert sheet["B5"].value == case.name
        assert office.get(f"{INDEX}/present.xlsx?region=3301").status_code == 404

    def test_what_closing_would_freeze_can_be_looked_at_before(self, office: FlaskClient) -> None:
        case = make_case()
        make_case(opened_on=date(2026, 3, 2))
        page = office.get(INDEX).text
        address = f"{INDEX}/present.xlsx?month=2026-02"
        assert f'href="{address}"' in page
        sheet = load_workbook(io.BytesIO(office.get(address).data)).active
        assert sheet is not None
        assert (sheet["A2"].value, sheet["B5"].value, sheet["A6"].value) == (
            "时间：2026年2月28日",
            case.name,
            form.NOTES[0],
        )
        assert office.get(f"{INDEX}/present.xlsx?month=2026-13").status_code == 400


class TestMonth:
    @pytest.fixture
    def closed(self, city: Account, moment: datetime) -> LedgerMonth:
        make_case(remark="写错")
        return services.close_month("2026-02", actor=city.actor, now=moment)

    def test_an_office_closes_a_month_and_a_second_click_is_told_who_was_first(
        self, office: FlaskClient
    ) -> None:
        make_case()
        answer = post(office, f"{INDEX}/close", {"month": "2026-02"}, follow_redirects=True)
        assert "2026年2月台账已关账，共 1 户" in answer.text
        again = post(office, f"{INDEX}/close", {"month": "2026-02"}, follow_redirects=True)
        assert "已由关账人甲于" in again.text
        assert count() == 1
        assert (
            "还没有结束" in post(office, f"{INDEX}/close", {"month": "2026-03"}, follow_redirects=True).text
        )
        early = post(office, f"{INDEX}/close", {"month": "2025-01"}, follow_redirects=True)
        assert "2025年1月本单位还没有台账" in early.text
        assert "不是月份" in post(office, f"{INDEX}/close", {"month": "x"}, follow_redirects=True).text

    def test_the_page_shows_the_hash_and_the_text_that_gives_it(
        self, office: FlaskClient, closed: LedgerMonth
    ) -> None:
        page = office.get(f"{INDEX}/{closed.id}").text
        assert closed.sha256 in page
        assert "sha256sum" in page
        assert closed.rows[0][1] in page
        assert form.UNCONFIRMED_NOTE in page
        text = office.get(f"{INDEX}/{closed.id}/canonical.json").data
        assert hashlib.sha256(text).hexdigest() == closed.sha256

    def test_a_correction_keeps_the_old_number_and_shows_what_differs(
        self, office: FlaskClient, closed: LedgerMonth
    ) -> None:
        case = make_case(remark="后来才知道", opened_on=at("2026-02-27T09:00").date())
        path = f"{INDEX}/{closed.id}"
        answer = post(office, f"{path}/correct", {"version": 0, "reason": "漏列一户"}, follow_redirects=True)
        assert "已保存更正第 1 号" in answer.text
        made = only_month()
        page = office.get(path).text
        assert "已有更正第 1 号" in page
        found = office.get(f"{INDEX}/{made.id}/compare").text
        assert case.name in found
        assert "没有列入" in found
        assert office.get(f"{INDEX}/{closed.id}/compare").status_code == 400
        assert office.get(f"{INDEX}/{made.id}/compare?with=1").status_code == 200

    def test_a_correction_without_reason_or_too_late_keeps_what_was_typed(
        self, app: Flask, office: FlaskClient, city: Account, closed: LedgerMonth, moment: datetime
    ) -> None:
        path = f"{INDEX}/{closed.id}/correct"
        answer = post(office, path, {"version": 0, "reason": ""})
        assert answer.status_code == 422
        assert "请填写更正的理由" in answer.text
        same = post(office, path, {"version": 0, "reason": "没有改动"})
        assert same.status_code == 409
        assert "没有需要更正的" in same.text
        assert "没有改动</textarea>" in same.text
        make_case(opened_on=at("2026-02-27T09:00").date())
        services.correct_month(closed, number=0, reason="漏列", actor=city.actor, now=moment)
        late = post(office, path, {"version": 0, "reason": "我的理由"})
        assert late.status_code == 409
        assert "关账人甲刚刚已办理更正第 1 号" in late.text
        assert "我的理由</textarea>" in late.text
        assert (
            post(office, path, {"version": 0, "reason": "漏列"}).status_code == 302
        )  # the second of two clicks

    def test_those_above_read_a_month_and_correct_it_not_and_a_neighbour_sees_nothing(
        self, app: Flask, above: FlaskClient, closed: LedgerMonth
    ) -> None:
        page = above.get(f"{INDEX}/{closed.id}").text
        assert closed.sha256 in page
        assert "办理更正" not in page
        assert (
            post(above, f"{INDEX}/{closed.id}/correct", {"version": 0, "reason": "代改"}).status_code == 403
        )
        neighbour = signed_in(app, Role.LOCAL, region="510700")
        for part in ("", "/sheet.xlsx", "/canonical.json", "/compare"):
            assert neighbour.get(f"{INDEX}/{closed.id}{part}").status_code == 404

    def test_an_imported_month_shows_its_doubts_and_comes_back_word_for_word(
        self, app: Flask, office: FlaskClient, tmp_path: Path
    ) -> None:
        line = [*LINE[:4], None, *LINE[5:], "否", "是", None]
        source = write_form(tmp_path / "a.xlsx", [line])
        run(app, "import", "ledger", "--region", "510100", "--month", "2026-01", source)
        month = only_month()
        page = office.get(f"{INDEX}/{month.id}").text
        assert "第 5 行，纠正行为履行义务：已退出台账" in page
        assert "导入的历史台账，原样保存" in page
        answer = office.get(f"{INDEX}/{month.id}/sheet.xlsx")
        assert (
            load_workbook(io.BytesIO(answer.data)).active["A1"].value
            == load_workbook(source).active["A1"].value
        )  # type: ignore[index,union-attr]
        assert "2026年1月" in office.get(INDEX).text.split("导入的历史台账")[1]

    def test_a_long_ledger_has_pages(self, app: Flask, office: FlaskClient, tmp_path: Path) -> None:
        lines = [[f"示例公司{number:03}", *LINE[1:], "否", "否", None] for number in range(150)]
        source = write_form(tmp_path / "a.xlsx", lines)
        run(app, "import", "ledger", "--region", "510100", "--month", "2026-01", source)
        path = f"{INDEX}/{only_month().id}"
        first, second = office.get(path).text, office.get(f"{path}?page=2").text
        assert "示例公司000" in first
        assert "示例公司149" not in first
        assert "示例公司149" in second
        assert "这一页没有内容" in office.get(f"{path}?page=9").text


def test_the_sample_of_a_province_is_not_confused_with_its_own_months(app: Flask, above: FlaskClient) -> None:
    run(app, "import", "ledger", "--region", "510100", "--month", "2026-10", SAMPLE)
    page = above.get(INDEX).text
    assert "2026年10月" in page.split("导入的历史台账")[1]
    assert above.get(f"{INDEX}/{only_month().id}").status_code == 200
