"""The staff pages of the register: queue, entry, forms that lose nothing, and two officers at one entry."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from credit_register.access.actor import OPERATOR
from credit_register.access.roles import Role
from credit_register.core.clock import today
from credit_register.core.database import db
from credit_register.institutions.models import (
    Institution,
    InstitutionCategory,
    InstitutionVersion,
    ServiceProduct,
)
from tests.accounts.signing_in import csrf_token, hidden, send, signed_in
from tests.core.codes import uscc
from tests.core.handmade_files import PDF
from tests.factories import make_institution, make_product

REASON = "机构报送的变更材料"


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, Role.LOCAL)


def fields(page: str) -> dict[str, Any]:
    """What a browser would send back of the form on a page, unchanged."""
    main = page[page.index("<main") : page.index("</main>")]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input\b[^>]*>", main):
        name, value = re.search(r'\bname="([^"]+)"', tag), re.search(r'\bvalue="([^"]*)"', tag)
        kind = re.search(r'\btype="([^"]+)"', tag)
        if name and (kind is None or kind[1] not in ("checkbox", "file", "submit") or " checked" in tag):
            found[name[1]] = value[1] if value else "y"
    texts = re.findall(r'<textarea\b[^>]*\bname="([^"]+)"[^>]*>\r?\n?(.*?)</textarea>', main, re.S)
    found.update(texts)
    for name, options in re.findall(r'<select\b[^>]*\bname="([^"]+)"[^>]*>(.*?)</select>', main, re.S):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        first = re.search(r'<option[^>]*value="([^"]*)"', options)
        found[name] = (chosen or first or ["", ""])[1]
    return {name: value for name, value in found.items() if not name.endswith("file")}


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page)


def row(institution: Institution) -> Institution:
    db.session.expire_all()
    return db.session.get_one(Institution, institution.id)


class TestQueue:
    def test_it_holds_the_region_and_nothing_beyond(self, officer: FlaskClient) -> None:
        make_institution(name="成都示例本地信用有限公司")
        make_institution(name="杭州示例外地信用有限公司", region_code="330100")
        assert names(officer.get("/staff/institutions").text) == ["成都示例本地信用有限公司"]
        assert names(officer.get("/staff/institutions?region=33").text) == []

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("q=找得到", ["成都示例找得到信用有限公司"]),
            ("q=曾经叫过", ["成都示例找得到信用有限公司"]),
            ("q=100%25", []),
            ("status=suspended", ["成都示例停了信用有限公司"]),
            ("category=10", ["成都示例停了信用有限公司"]),
            ("region=510104", ["成都示例停了信用有限公司"]),
        ],
    )
    def test_each_filter_narrows(self, officer: FlaskClient, query: str, expected: list[str]) -> None:
        make_institution(name="成都示例找得到信用有限公司", former_names=["成都曾经叫过这个有限公司"])
        make_institution(
            name="成都示例停了信用有限公司", status="suspended", categories=("10",), region_code="510104"
        )
        assert names(officer.get(f"/staff/institutions?{query}").text) == expected

    def test_a_code_is_found_however_it_is_typed(self, officer: FlaskClient) -> None:
        institution = make_institution()
        spaced = f"{institution.uscc[:8]} {institution.uscc[8:].lower()}"
        page = officer.get("/staff/institutions", query_string={"q": spaced}).text
        assert names(page) == [institution.name]

    def test_needs_are_told_apart_and_an_entry_that_left_needs_nothing(self, officer: FlaskClient) -> None:
        def licensed(name: str, days: int | None, verified: date | None, **more: Any) -> None:
            expiry = None if days is None else today() + timedelta(days=days)
            category = InstitutionCategory(
                code="01", licence_number="备1", licence_expires_on=expiry, verified_on=verified
            )
            make_product(make_institution(name=name, categories=(category,), **more))

        licensed("成都示例昨天到期有限公司", -1, today())
        licensed("成都示例今天到期有限公司", 0, today())
        licensed("成都示例六十天有限公司", 60, today())
        licensed("成都示例六十一天有限公司", 61, today())
        licensed("成都示例没核验有限公司", None, None)
        licensed("成都示例已注销有限公司", -1, None, status="deregistered")
        make_institution(name="成都示例没产品有限公司")
        expected = {
            "licence_expired": {"成都示例昨天到期有限公司"},
            "licence_expiring": {"成都示例今天到期有限公司", "成都示例六十天有限公司"},
            "unverified": {"成都示例没核验有限公司"},
            "no_products": {"成都示例没产品有限公司"},
        }
        home = officer.get("/staff").text
        for need, found in expected.items():
            assert set(names(officer.get(f"/staff/institutions?needs={need}").text)) == found, need
            assert re.search(rf'needs={need}"><span class="big-number">{len(found)}<', home), need

    def test_forty_rows_stand_on_a_page(self, officer: FlaskClient) -> None:
        for number in range(41):
            make_institution(name=f"成都示例{number:02}号信用有限公司")
        assert len(names(officer.get("/staff/institutions").text)) == 40
        assert names(officer.get("/staff/institutions?page=2").text) == ["成都示例40号信用有限公司"]

    @pytest.mark.parametrize("query", ["status=gone", "category=77", "needs=love", "region=ab", "page=0"])
    def test_a_parameter_that_cannot_be_read_is_refused(self, officer: FlaskClient, query: str) -> None:
        assert officer.get(f"/staff/institutions?{query}").status_code == 400


class TestEntry:
    def test_staff_see_the_supervisor_and_who_did_what(self, app: Flask, officer: FlaskClient) -> None:
        institution = make_institution(chief_supervisor="张三丰")
        page = officer.get(f"/staff/institutions/{institution.id}").text
        assert "张三丰" in page
        assert "张三丰" not in officer.get(f"/institutions/{institution.uscc}").text
        save(officer, institution, {"phone": "028-7654321"})
        after = officer.get(f"/staff/institutions/{institution.id}").text
        assert "市县牵头单位人员甲" in after
        assert REASON in after

    def test_rows_of_another_region_are_not_there(self, officer: FlaskClient) -> None:
        foreign = make_institution(region_code="330100")
        product = make_product(foreign)
        base = f"/staff/institutions/{foreign.id}"
        for path in ("", "/edit", "/conduct", "/products", "/products/new", f"/products/{product.id}/edit"):
            assert officer.get(base + path).status_code == 404, path
        answer = send(
            officer, f"{base}/suspend", {"reason": REASON, "version": 1, "seen": 1}, page="/account"
        )
        assert answer.status_code == 404

    def test_a_product_is_reached_only_through_its_own_institution(self, officer: FlaskClient) -> None:
        mine, other = make_institution(), make_institution(region_code="330100")
        product = make_product(other)
        assert officer.get(f"/staff/institutions/{mine.id}/products/{product.id}/edit").status_code == 404


def save(client: FlaskClient, institution: Institution, changes: dict[str, Any], **options: Any) -> Any:
    """Open the form, change some of it, send it."""
    path = f"/staff/institutions/{institution.id}/edit"
    return client.post(path, data={**fields(client.get(path).text), "reason": REASON, **changes}, **options)


class TestEditing:
    def test_every_field_comes_back_as_it_was_and_changes_nothing(self, officer: FlaskClient) -> None:
        category = InstitutionCategory(
            code="01",
            licence_number="川备1号",
            licence_expires_on=date(2030, 1, 2),
            verified_on=date(2026, 1, 2),
        )
        institution = make_institution(
            categories=(category, "06"),
            former_names=["旧名一", "旧名二"],
            chief_supervisor="张三丰",
            conduct_title="准则",
            conduct_date=date(2025, 5, 6),
            introduction="第一段\n\n第二段",
            voluntary="# 标题\n\n- 一\n- 二",
        )
        answer = save(officer, institution, {})
        assert answer.status_code == 302
        assert "内容没有变化" in officer.get(answer.location).text
        assert db.session.scalar(select(func.count()).select_from(InstitutionVersion)) == 1

    def test_a_correction_is_public_at_once(self, officer: FlaskClient) -> None:
        institution = make_institution()
        name = institution.name
        changes = {
            "name": " 成都示例新名  信用有限公司 ",
            "former_names": "成都示例旧名信用有限公司\n\n",
            "founded_on": "2012年3月5日",
            "categories-c10-registered": "y",
            "voluntary": "**自愿**公示<script>alert(1)</script>",
        }
        answer = save(officer, institution, changes)
        assert answer.status_code == 302, answer.text
        changed = row(institution)
        assert changed.name == "成都示例新名信用有限公司"
        assert changed.former_names == ["成都示例旧名信用有限公司", name]
        assert changed.founded_on == date(2012, 3, 5)
        assert [each.code for each in changed.categories] == ["06", "10"]
        staff_page = officer.get(answer.location).text
        assert "<strong>自愿</strong>" in staff_page
        assert "<script>alert" not in staff_page
        assert "成都示例新名" in officer.get(f"/institutions/{institution.uscc}").text

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"name": ""}, "请填写机构名称"),
            ({"reason": "短"}, "原因须为 4 至 400 字"),
            ({"reason": ""}, "请填写原因"),
            ({"founded_on": "去年"}, "“去年”不是有效日期"),
            ({"region_code": "5101"}, "须为六位数字"),
            ({"region_code": "330100"}, "所在地区须在本辖区内"),
            ({"website": "javascript:alert(1)"}, "不是网址"),
            ({"website": "ftp://example.cn"}, "只能是 http:// 或 https:// 开头"),
            ({"name": "=cmd|calc"}, "会被表格软件当作公式"),
            ({"former_names": "@SUM(A1)"}, "会被表格软件当作公式"),
            ({"phone": "abc"}, "联系电话“abc”无法识别"),
            ({"conduct_title": "=A1"}, "行为准则名称是公式"),
            ({"short_name": "长" * 61}, "简称最多 60 个字"),
            ({"categories-c06-licence_number": "=1"}, "许可或备案号是公式"),
            ({"categories-c06-registered": None}, "请至少选择一个服务类别"),
            ({"categories-c01-registered": "y", "categories-c01-verified_on": "昨天"}, "企业征信，核验日期"),
            ({"version": ""}, "页面已过期"),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
        self, officer: FlaskClient, changes: dict[str, Any], sentence: str
    ) -> None:
        institution = make_institution()
        sent = {"address": "四川省成都市刚刚填好的地址", **changes}
        path = f"/staff/institutions/{institution.id}/edit"
        data = {**fields(officer.get(path).text), "reason": REASON, **sent}
        answer = officer.post(path, data={name: value for name, value in data.items() if value is not None})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "刚刚填好的地址" in answer.text
        assert row(institution).address != "四川省成都市刚刚填好的地址"

    def test_a_new_name_keeps_the_old_one_unless_it_was_misspelt(self, officer: FlaskClient) -> None:
        institution = make_institution(
            name="成都示例甲信用管理有限公司", former_names=["成都示例初名有限公司"]
        )
        page = officer.get(f"/staff/institutions/{institution.id}/edit").text
        assert "更正笔误" in page
        save(officer, institution, {"name": "成都示例乙信用管理有限公司"})
        assert row(institution).former_names == ["成都示例初名有限公司", "成都示例甲信用管理有限公司"]
        save(officer, institution, {"name": "成都示例丙信用管理有限公司", "misspelt": "y"})
        assert row(institution).former_names == ["成都示例初名有限公司", "成都示例甲信用管理有限公司"]

    def test_a_name_that_another_institution_has_is_saved_with_a_warning(self, officer: FlaskClient) -> None:
        other = make_institution(name="成都示例同名信用管理有限公司", region_code="330100")
        institution = make_institution()
        answer = save(officer, institution, {"name": other.name})
        page = officer.get(answer.location).text
        assert "另有同名机构" in page
        assert other.uscc in page
        answer = save(officer, institution, {"phone": "028-7654321"})
        assert "另有同名机构" not in officer.get(answer.location).text

    def test_an_old_fault_does_not_stop_another_correction(self, officer: FlaskClient) -> None:
        institution = make_institution(phone="电话另询")
        assert save(officer, institution, {"address": "四川省成都市新址"}).status_code == 302
        assert (row(institution).phone, row(institution).address) == ("电话另询", "四川省成都市新址")

    def test_a_double_click_on_a_new_name_saves_once(self, officer: FlaskClient) -> None:
        institution = make_institution()
        path = f"/staff/institutions/{institution.id}/edit"
        name = "成都示例更名信用管理有限公司"
        data = {**fields(officer.get(path).text), "reason": REASON, "name": name}
        assert [officer.post(path, data=data).status_code for _ in range(2)] == [302, 302]
        assert db.session.scalar(select(func.count()).select_from(InstitutionVersion)) == 2
        late = {**data, "phone": "028-7654321"}
        assert officer.post(path, data=late).status_code == 409

    def test_the_second_officer_is_told_who_was_first_and_loses_nothing(self, app: Flask) -> None:
        institution = make_institution(phone="028-1000000", address="旧址", website="")
        first = signed_in(app, Role.LOCAL)
        second = signed_in(app, Role.REVIEWER)
        path = f"/staff/institutions/{institution.id}/edit"
        late = {**fields(second.get(path).text), "reason": REASON}
        save(first, institution, {"phone": "028-2000000", "website": "https://first.example.cn"})
        answer = second.post(path, data={**late, "phone": "028-3000000", "address": "新址"})
        assert answer.status_code == 409
        assert "市县牵头单位人员甲" in answer.text
        assert "028-2000000" in answer.text
        assert "双方都改了：<strong>联系电话</strong>" in answer.text
        again = fields(answer.text)
        assert (again["phone"], again["address"]) == ("028-3000000", "新址")
        assert again["website"] == "https://first.example.cn"
        assert row(institution).phone == "028-2000000"
        assert second.post(path, data=again).status_code == 302
        merged = row(institution)
        assert (merged.phone, merged.address, merged.website) == (
            "028-3000000",
            "新址",
            "https://first.example.cn",
        )

    def test_a_double_click_saves_once(self, officer: FlaskClient) -> None:
        institution = make_institution()
        path = f"/staff/institutions/{institution.id}/edit"
        data = {**fields(officer.get(path).text), "reason": REASON, "phone": "028-9999999"}
        assert [officer.post(path, data=data).status_code for _ in range(2)] == [302, 302]
        assert db.session.scalar(select(func.count()).select_from(InstitutionVersion)) == 2

    def test_a_document_is_uploaded_and_downloaded(self, officer: FlaskClient) -> None:
        institution = make_institution()
        changes = {"conduct_title": "诚信准则", "conduct_file": (io.BytesIO(PDF), "准则.pdf")}
        assert save(officer, institution, changes).status_code == 302
        answer = officer.get(f"/staff/institutions/{institution.id}/conduct")
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.data.startswith(b"%PDF")
        answer.close()

    def test_a_renamed_program_is_refused_beside_the_field(self, officer: FlaskClient) -> None:
        changes = {"conduct_title": "准则", "conduct_file": (io.BytesIO(b"MZ\x90\x00"), "准则.pdf")}
        answer = save(officer, make_institution(), changes)
        assert answer.status_code == 422
        assert "附件需要重新选择" in answer.text


class TestNewEntry:
    def form(self, client: FlaskClient, **changes: Any) -> dict[str, Any]:
        return {
            **fields(client.get("/staff/institutions/new").text),
            "uscc": uscc(serial=31),
            "name": "成都示例手工信用管理有限公司",
            "region_code": "510104",
            "categories-c06-registered": "y",
            "reason": REASON,
            **changes,
        }

    def test_it_is_entered_once_however_often_it_is_sent(self, officer: FlaskClient) -> None:
        data = self.form(officer)
        places = {officer.post("/staff/institutions/new", data=data).location for _ in range(2)}
        assert len(places) == 1
        institution = db.session.scalars(select(Institution)).one()
        assert institution.short_name
        assert officer.get(f"/institutions/{institution.uscc}").status_code == 200

    def test_a_mistyped_code_is_explained(self, officer: FlaskClient) -> None:
        answer = officer.post("/staff/institutions/new", data=self.form(officer, uscc="91510100MA00"))
        assert answer.status_code == 422
        assert "少了 6 位" in answer.text

    def test_a_code_that_is_there_already_leads_to_its_page(self, officer: FlaskClient) -> None:
        present = make_institution()
        answer = officer.post("/staff/institutions/new", data=self.form(officer, uscc=present.uscc))
        assert answer.status_code == 422
        assert f'href="/staff/institutions/{present.id}"' in answer.text


class TestStatus:
    def send(self, client: FlaskClient, institution: Institution, move: str, **changes: Any) -> Any:
        path = f"/staff/institutions/{institution.id}"
        page = client.get(path).text
        data = {name: hidden(page, name) for name in ("version", "seen")} | {"reason": REASON, **changes}
        return client.post(f"{path}/{move}", data={"csrf_token": csrf_token(client, path), **data})

    def test_buttons_are_the_moves_on_offer(self, officer: FlaskClient) -> None:
        institution = make_institution(status="suspended")
        page = officer.get(f"/staff/institutions/{institution.id}").text
        offered = re.findall(r'formaction="/staff/institutions/\d+/(\w+)"', page)
        assert offered == ["resume", "deregister", "withdraw"]

    def test_a_move_is_public_with_its_reason(self, officer: FlaskClient) -> None:
        institution = make_institution()
        answer = self.send(officer, institution, "suspend")
        assert answer.status_code == 302
        assert REASON in officer.get(f"/institutions/{institution.uscc}").text
        assert row(institution).status == "suspended"

    def test_reason_and_version_are_enough(self, officer: FlaskClient) -> None:
        institution = make_institution()
        path = f"/staff/institutions/{institution.id}"
        assert 'data-state="registered"' in officer.get(path).text
        data = {"csrf_token": csrf_token(officer, path), "reason": REASON, "version": institution.version}
        assert officer.post(f"{path}/suspend", data=data).status_code == 302
        assert 'data-state="suspended"' in officer.get(path).text
        answer = officer.post(f"{path}/resume", data=data)
        assert answer.status_code == 409
        assert "暂停" in answer.text
        del data["version"]
        answer = officer.post(f"{path}/resume", data=data)
        assert answer.status_code == 422
        assert "页面版本" in answer.text

    def test_a_move_needs_its_reason(self, officer: FlaskClient) -> None:
        institution = make_institution()
        assert self.send(officer, institution, "suspend", reason="").status_code == 422
        assert row(institution).status == "registered"

    def test_a_move_that_is_not_on_offer_is_refused(self, officer: FlaskClient) -> None:
        answer = self.send(officer, make_institution(), "resume")
        assert answer.status_code == 409
        assert "不能“恢复登记”" in answer.text

    def test_the_second_officer_is_told_and_keeps_the_reason(self, app: Flask, officer: FlaskClient) -> None:
        institution = make_institution()
        page = officer.get(f"/staff/institutions/{institution.id}").text
        save(officer, institution, {"phone": "028-2000000"})
        answer = officer.post(
            f"/staff/institutions/{institution.id}/suspend",
            data={
                "csrf_token": hidden(page, "csrf_token"),
                "version": hidden(page, "version"),
                "seen": hidden(page, "seen"),
                "reason": "不应丢失的原因",
            },
        )
        assert answer.status_code == 409
        assert "不应丢失的原因" in answer.text
        assert "028-2000000" in answer.text
        assert row(institution).status == "registered"


class TestProducts:
    def form(self, client: FlaskClient, path: str, **changes: Any) -> Any:
        return client.post(path, data={**fields(client.get(path).text), "reason": REASON, **changes})

    @pytest.mark.parametrize(
        ("typed", "shown"),
        [
            ({"basis": "per_report", "fee_low": "200"}, "200 元/份"),
            ({"basis": "per_year", "fee_low": "0.5万", "fee_high": "2万"}, "5,000–20,000 元/年"),
            ({"basis": "percentage", "fee_low": "5", "fee_high": "8", "unit": "%/回款额"}, "5–8 %/回款额"),
            ({"basis": "negotiable"}, "面议"),
            ({"basis": "free"}, "免费"),
        ],
    )
    def test_a_fee_is_typed_in_parts_and_reads_as_one(
        self, officer: FlaskClient, typed: dict[str, str], shown: str
    ) -> None:
        institution = make_institution()
        base = f"/staff/institutions/{institution.id}/products"
        assert self.form(officer, f"{base}/new", name="信用管理顾问", **typed).status_code == 302
        assert shown in officer.get(base).text
        product = row(institution).products[0]
        assert self.form(officer, f"{base}/{product.id}/edit").status_code == 302
        assert row(institution).products[0].fee.text == shown

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"fee_low": ""}, "收费标准为空"),
            ({"fee_low": "很便宜"}, "无法识别"),
            ({"fee_low": "", "fee_high": "500"}, "请同时填写收费金额"),
            ({"fee_low": "500", "fee_high": "200"}, "上限小于下限"),
            ({"fee_low": "200", "unit": "美元"}, "计费单位应以“元/”开头"),
            ({"basis": "negotiable", "fee_low": "200"}, "请把金额留空"),
            ({"fee_low": "200", "name": ""}, "请填写产品名称"),
            ({"fee_low": "200", "name": "=1+1"}, "产品名称不能以“=”开头"),
        ],
    )
    def test_a_fee_that_cannot_be_read_is_explained(
        self, officer: FlaskClient, typed: dict[str, str], sentence: str
    ) -> None:
        institution = make_institution()
        path = f"/staff/institutions/{institution.id}/products/new"
        answer = self.form(officer, path, **{"name": "顾问", "included": "保留的说明", **typed})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "保留的说明" in answer.text

    def test_a_double_click_adds_one_product(self, officer: FlaskClient) -> None:
        institution = make_institution()
        path = f"/staff/institutions/{institution.id}/products/new"
        data = {**fields(officer.get(path).text), "reason": REASON, "name": "顾问", "fee_low": "200"}
        assert [officer.post(path, data=data).status_code for _ in range(2)] == [302, 302]
        assert db.session.scalar(select(func.count()).select_from(ServiceProduct)) == 1

    def test_withdrawing_asks_for_a_reason_and_then_does_it(self, officer: FlaskClient) -> None:
        institution = make_institution()
        product = make_product(institution, name="旧产品")
        base = f"/staff/institutions/{institution.id}/products"
        path = f"{base}/{product.id}/withdraw"
        assert self.form(officer, path, reason="").status_code == 422
        assert self.form(officer, path).status_code == 302
        assert "已撤下“旧产品”" in officer.get(base).text
        assert row(institution).products == []

    def test_a_product_changed_meanwhile_is_shown_before_it_is_overwritten(
        self, officer: FlaskClient
    ) -> None:
        institution = make_institution()
        product = make_product(institution)
        path = f"/staff/institutions/{institution.id}/products/{product.id}/edit"
        late = {**fields(officer.get(path).text), "reason": REASON, "fee_low": "300"}
        self.form(officer, path, fee_low="250")
        answer = officer.post(path, data=late)
        assert answer.status_code == 409
        assert "250 元/份" in answer.text
        assert officer.post(path, data=fields(answer.text)).status_code == 302
        assert row(institution).products[0].fee.text == "300 元/份"


class TestWorkspace:
    def test_an_institution_sees_its_own_entry_and_what_it_lacks(self, app: Flask) -> None:
        institution = make_institution(phone="")
        client = signed_in(app, Role.AGENT, uscc_code=institution.uscc)
        page = client.get("/workspace").text
        assert institution.name in page
        assert "没有公示服务产品和收费标准" in page
        assert "没有公示：联系电话" in page
        assert f'href="/institutions/{institution.uscc}"' in page

    def test_who_is_not_in_the_register_learns_what_to_do(self, app: Flask) -> None:
        client = signed_in(app, Role.AGENT, uscc_code=uscc(serial=77))
        for path in ("/workspace", "/workspace/products"):
            answer = client.get(path)
            assert answer.status_code == 200
            assert "还没有进入名录" in answer.text

    def test_fees_are_shown_for_reading_only(self, app: Flask) -> None:
        institution = make_institution()
        make_product(institution)
        client = signed_in(app, Role.LEGAL_REP, uscc_code=institution.uscc)
        page = client.get("/workspace/products").text
        assert "200 元/份" in page
        assert "修改" not in page


def test_an_expired_form_keeps_what_was_typed_and_can_be_sent_again(app: Flask, officer: FlaskClient) -> None:
    institution = make_institution(actor=OPERATOR)
    path = f"/staff/institutions/{institution.id}/edit"
    data = {**fields(officer.get(path).text), "reason": REASON, "introduction": "很长的\n介绍 <b>&"}
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    officer.delete_cookie("register_session")
    answer = officer.post(path, data=data, headers=own)
    assert answer.status_code == 401
    assert "没有丢失" in answer.text
    assert 'target="_blank"' in answer.text
    again = {
        name: value.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        for name, value in fields(answer.text).items()
    }
    assert again["introduction"] == data["introduction"]
    signing_in = send(officer, "/account/login", {"email": "local@example.cn", "password": "Correct-Horse-7"})
    assert signing_in.status_code == 302
    assert officer.post(path, data=again, headers=own).status_code == 302
    assert row(institution).introduction == data["introduction"]


def test_another_site_cannot_have_its_form_confirmed_by_a_click(officer: FlaskClient) -> None:
    institution = make_institution()
    path = f"/staff/institutions/{institution.id}/suspend"
    data = {"reason": "外站伪造的请求", "version": str(institution.version), "seen": "1"}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}):
        answer = officer.post(path, data=data, headers=headers)
        assert answer.status_code == 400
        assert "重新提交" not in answer.text
        assert "外站伪造的请求" not in answer.text
