"""What changed between published versions, in words, and pages of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask import Flask

from credit_register.core.database import db
from credit_register.institutions import history
from credit_register.institutions.history import Change
from credit_register.institutions.imports.writing_institutions import STATUS_REASON
from credit_register.institutions.models import Institution, InstitutionCategory
from tests.factories import make_institution, make_product, republish


def last_changes(institution: Institution) -> set[Change]:
    return set(history.history_of(institution).versions[0].changes)


def test_the_first_version_changes_nothing(app: Flask) -> None:
    found = history.history_of(make_institution())
    assert [(version.number, version.changes, version.reason) for version in found.versions] == [
        (1, (), "登记")
    ]


def test_changed_facts_are_told_with_before_and_after(app: Flask) -> None:
    institution = make_institution(phone="028-1", website="")
    institution.phone, institution.website = "028-2", "https://new.example.cn"
    institution.former_names = ["旧名甲", "旧名乙"]
    institution.status, institution.status_reason = "suspended", "核实中"
    institution.region_code = "510104"
    republish(institution)
    assert last_changes(institution) == {
        Change("联系电话", "028-1", "028-2"),
        Change("官网", "", "https://new.example.cn"),
        Change("曾用名", "", "旧名甲、旧名乙"),
        Change("登记状态", "登记机构", "暂停登记"),
        Change("状态原因", "", "核实中"),
        Change("所在地区", "四川省成都市", "四川省成都市锦江区"),
    }


def test_that_a_list_was_imported_is_told_as_no_reason_of_a_status(app: Flask) -> None:
    institution = make_institution(status_reason=STATUS_REASON)
    institution.status, institution.status_reason = "suspended", "核实中"
    republish(institution)
    assert Change("状态原因", "", "核实中") in last_changes(institution)


def test_categories_and_licences_are_told_by_name(app: Flask) -> None:
    institution = make_institution(categories=("03", "06"))
    institution.categories[0].licence_number = "川信评备 7 号"
    institution.categories[0].verified_on = date(2026, 3, 1)
    institution.categories.remove(institution.categories[1])
    institution.categories.append(InstitutionCategory(code="10"))
    republish(institution)
    assert last_changes(institution) == {
        Change("信用评级：许可或备案编号", "", "川信评备 7 号"),
        Change("信用评级：核验日期", "", "2026-03-01"),
        Change("服务类别", "信用管理咨询", ""),
        Change("服务类别", "", "信用培训"),
    }


def test_products_are_told_with_their_fees(app: Flask) -> None:
    institution = make_institution()
    kept = make_product(institution, name="留", fee_low="100")
    gone = make_product(institution, name="去")
    kept.fee_high = Decimal("150")
    institution.products.remove(gone)
    make_product(institution, name="新", included="含税")
    assert last_changes(institution) == {
        Change("服务产品“留”（信用管理咨询）", "100 元/份", "100–150 元/份"),
        Change("服务产品“去”（信用管理咨询）", "200 元/份", ""),
        Change("服务产品“新”（信用管理咨询）", "", "200 元/份；含税"),
    }


def test_versions_come_in_pages_and_the_last_of_a_page_knows_the_one_before(app: Flask) -> None:
    institution = make_institution(phone="0")
    for number in range(1, 6):
        institution.phone = str(number)
        republish(institution)
    second = history.history_of(institution, page=2, per_page=2)
    assert (second.total, second.pages) == (6, 3)
    assert [version.number for version in second.versions] == [4, 3]
    assert second.versions[1].changes == (Change("联系电话", "1", "2"),)
    assert history.history_of(institution, page=9).versions == ()


def test_a_version_that_does_not_exist_is_none(app: Flask) -> None:
    institution = make_institution()
    for number in (0, -1, 2, 2**31, 10**21):
        assert history.published_version(institution, number) is None


def test_publishing_the_same_again_makes_no_version(app: Flask) -> None:
    institution = make_institution()
    republish(institution)
    assert history.history_of(institution).total == 1
    assert db.session.get(Institution, institution.id) is institution
