"""What an import changes in the register, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.core.database import db
from credit_register.institutions.imports.results import Level
from credit_register.institutions.models import Institution, InstitutionVersion, UnmatchedProduct
from tests.core.codes import uscc
from tests.institutions.importing import NOW, csv_file, institution, product_row, roster_row, take, traces

CHENGDU = Actor(account_id=None, name="成都工作人员", role=Role.LOCAL, region="510100")
MIANYANG = Actor(account_id=None, name="绵阳工作人员", role=Role.LOCAL, region="510700")


def test_a_new_institution_is_registered_on_the_day_of_the_import(app: Flask, tmp_path: Path) -> None:
    counts, _ = take(csv_file(tmp_path, [roster_row(成立日期="2001-02-03", 曾用名="旧名甲公司；旧名乙公司")]))
    found = institution()
    assert (counts.new, counts.published) == (1, 1)
    assert (found.status, found.status_reason) == ("registered", "批量导入登记名单")
    assert found.registered_on == found.status_since == date(2026, 3, 12)
    assert found.founded_on == date(2001, 2, 3)
    assert found.former_names == ["旧名甲公司", "旧名乙公司"]
    assert found.short_name == "示例第1"
    assert found.revision == 1
    assert traces() == {"Institution": 1, "InstitutionVersion": 1, "PublicEvent": 1, "SearchOutbox": 1}
    version = db.session.scalars(select(InstitutionVersion)).one()
    assert (version.number, version.reason, version.by_label) == (1, "批量导入登记名单", "系统运维")
    assert version.content["name"] == found.name


def test_blank_cells_and_missing_columns_erase_nothing(app: Flask, tmp_path: Path) -> None:
    full = roster_row(
        法定代表人="张三", 住所="示例路1号", 联系电话="028-12345678", 官网="https://a.cn", 简介="甲"
    )
    take(csv_file(tmp_path, [full]))
    before = traces()
    for poorer in (roster_row(), dict.fromkeys(full, "") | roster_row()):
        counts, _ = take(csv_file(tmp_path, [poorer]))
        assert counts.unchanged == 1
    assert traces() == before
    assert institution().phone == "028-12345678"


def test_a_changed_row_makes_one_version_and_says_what_changed(app: Flask, tmp_path: Path) -> None:
    take(csv_file(tmp_path, [roster_row(联系电话="028-12345678")]))
    counts, _ = take(csv_file(tmp_path, [roster_row(联系电话="028-87654321")]))
    assert (counts.changed, counts.published) == (1, 1)
    assert traces()["InstitutionVersion"] == traces()["PublicEvent"] == traces()["SearchOutbox"] == 2
    assert institution().revision == 2


def test_a_new_name_moves_the_old_one_into_the_former_names(app: Flask, tmp_path: Path) -> None:
    take(csv_file(tmp_path, [roster_row(机构名称="成都示例老甲征信有限公司")]))
    take(csv_file(tmp_path, [roster_row(机构名称="成都示例新甲征信有限公司")]))
    found = institution()
    assert (found.name, found.former_names) == ("成都示例新甲征信有限公司", ["成都示例老甲征信有限公司"])
    assert found.short_name == "示例新甲"
    take(csv_file(tmp_path, [roster_row(机构名称="成都示例老甲征信有限公司")]))
    assert institution().former_names == ["成都示例新甲征信有限公司"]


def test_a_short_name_that_people_chose_survives_a_new_name(app: Flask, tmp_path: Path) -> None:
    take(csv_file(tmp_path, [roster_row(简称="小甲")]))
    take(csv_file(tmp_path, [roster_row(机构名称="成都示例新甲征信有限公司")]))
    assert institution().short_name == "小甲"


def test_categories_are_added_and_never_taken_away(app: Flask, tmp_path: Path) -> None:
    take(csv_file(tmp_path, [roster_row(服务类别="企业征信", 备案号="备1号")]))
    counts, notes = take(csv_file(tmp_path, [roster_row(服务类别="信用报告")]))
    assert counts.changed == 1
    assert [category.code for category in institution().categories] == ["01", "09"]
    assert institution().categories[0].licence_number == "备1号"
    assert [note.level for note in notes] == [Level.WARNING]
    assert "登记信息中另有类别“企业征信”，本表没有，未作改动" in notes[0].message
    _, notes = take(csv_file(tmp_path, [roster_row(服务类别="信用报告")]))
    assert ["未作改动" in note.message for note in notes] == [True]  # also where nothing else changes


def test_an_equal_name_under_another_code_is_pointed_out_and_imported(app: Flask, tmp_path: Path) -> None:
    same = "成都示例同名信用管理有限公司"
    counts, notes = take(csv_file(tmp_path, [roster_row(1, 机构名称=same), roster_row(2, 机构名称=same)]))
    assert counts.accepted == 2
    assert [(note.row, note.level) for note in notes] == [(3, Level.WARNING)]
    assert "与第 2 行机构名称相同而代码不同" in notes[0].message
    _, notes = take(csv_file(tmp_path, [roster_row(3, 机构名称=same)]))
    assert [note.level for note in notes] == [Level.WARNING]
    assert f"名录中另有同名机构（{min(uscc(serial=1), uscc(serial=2))}）" in notes[0].message
    assert not take(csv_file(tmp_path, [roster_row(4), roster_row(5)]))[1]


def test_a_changed_licence_must_be_verified_again(app: Flask, tmp_path: Path) -> None:
    row = roster_row(服务类别="企业征信", 备案号="备1号")
    take(csv_file(tmp_path, [row]))
    institution().categories[0].verified_on = date(2026, 1, 1)
    db.session.commit()
    take(csv_file(tmp_path, [row]))
    assert institution().categories[0].verified_on == date(2026, 1, 1)
    take(csv_file(tmp_path, [row | {"备案号": "备2号"}]))
    assert institution().categories[0].verified_on is None


def test_an_import_does_not_bring_back_who_left_the_register(app: Flask, tmp_path: Path) -> None:
    take(csv_file(tmp_path, [roster_row()]))
    institution().status = "deregistered"
    db.session.commit()
    counts, notes = take(csv_file(tmp_path, [roster_row(简介="新简介")]))
    assert counts.changed == 1
    assert institution().status == "deregistered"
    assert "不改变登记状态" in notes[0].message


def test_staff_import_only_what_lies_in_their_region(app: Flask, tmp_path: Path) -> None:
    take(csv_file(tmp_path, [roster_row(3, 区划代码="510700")]))
    rows = [
        roster_row(1, 区划代码="510104"),
        roster_row(2, 区划代码="510700"),
        roster_row(3, 区划代码="510104", 简介="抢注"),
    ]
    counts, notes = take(csv_file(tmp_path, rows), actor=CHENGDU)
    assert (counts.accepted, counts.rejected) == (1, 2)
    assert [(note.row, note.column) for note in notes] == [(3, "区划代码"), (4, "统一社会信用代码")]
    assert "四川省绵阳市" in notes[0].message
    assert institution(3).introduction == ""
    assert institution(3).region_code == "510700"


def test_products_of_another_region_are_refused(app: Flask, tmp_path: Path) -> None:
    take(csv_file(tmp_path, [roster_row(1), roster_row(2, 区划代码="510700")]))
    counts, notes = take(csv_file(tmp_path, [product_row(1), product_row(2)]), "products", actor=CHENGDU)
    assert (counts.accepted, counts.rejected) == (1, 1)
    assert notes[0].row == 3
    assert not institution(2).products


def test_products_wait_for_their_institution_and_find_it(app: Flask, tmp_path: Path) -> None:
    rows = [product_row(1), product_row(1, 产品名称="信用管理师驻场"), product_row(2)]
    counts, _ = take(csv_file(tmp_path, rows), "products")
    assert (counts.accepted, counts.unknown_institution) == (0, 3)
    assert not any(traces().values())
    again, _ = take(csv_file(tmp_path, rows), "products")
    assert again.unknown_institution == 3
    counts, _ = take(csv_file(tmp_path, [roster_row(1)]))
    assert counts.matched_products == 2
    found = institution()
    assert [product.name for product in found.products] == ["信用管理体系咨询", "信用管理师驻场"]
    assert found.revision == 1
    assert traces()["InstitutionVersion"] == 1
    assert [one.uscc for one in db.session.scalars(select(UnmatchedProduct))] == [uscc(serial=2)]
    counts, _ = take(csv_file(tmp_path, rows), "products")
    assert (counts.unchanged, counts.unknown_institution) == (2, 1)


def test_products_that_wait_also_find_an_institution_that_another_way_registered(
    app: Flask, tmp_path: Path
) -> None:
    take(csv_file(tmp_path, [product_row(1)]), "products")
    db.session.add(
        Institution(
            uscc=uscc(serial=1),
            name="成都示例第1信用管理有限公司",
            region_code="510104",
            status_since=date(2026, 1, 1),
            registered_on=date(2026, 1, 1),
            published_at=NOW,
        )
    )
    db.session.commit()
    counts, _ = take(csv_file(tmp_path, [roster_row(1)]))
    assert counts.matched_products == 1
    assert len(institution().products) == 1


def test_an_office_lays_no_products_in_wait_for_another_region(app: Flask, tmp_path: Path) -> None:
    take(csv_file(tmp_path, [product_row(1)]), "products", actor=MIANYANG)
    take(csv_file(tmp_path, [product_row(1, 收费标准="1")]), "products", actor=CHENGDU)
    counts, _ = take(csv_file(tmp_path, [roster_row(1)]))
    assert counts.matched_products == 1
    assert [str(product.fee_low) for product in institution().products] == ["1.0000"]
    assert [one.region_code for one in db.session.scalars(select(UnmatchedProduct))] == ["510700"]


def test_of_two_offices_that_sent_the_same_product_the_later_one_counts(app: Flask, tmp_path: Path) -> None:
    province = replace(CHENGDU, region="510000")
    take(csv_file(tmp_path, [product_row(收费标准="1")]), "products", actor=CHENGDU, now=NOW)
    later = NOW + timedelta(days=1)
    take(csv_file(tmp_path, [product_row(收费标准="2")]), "products", actor=province, now=later)
    take(csv_file(tmp_path, [roster_row()]), now=later)
    assert [str(product.fee_low) for product in institution().products] == ["2.0000"]
    assert not db.session.scalars(select(UnmatchedProduct)).all()


def test_a_product_is_known_by_institution_name_and_category(app: Flask, tmp_path: Path) -> None:
    take(csv_file(tmp_path, [roster_row(服务类别="信用管理咨询;信用报告")]))
    first = [product_row(), product_row(服务类别="信用报告")]
    counts, _ = take(csv_file(tmp_path, first), "products")
    assert counts.new == 2
    assert institution().revision == 2
    counts, _ = take(csv_file(tmp_path, [product_row(收费标准="100"), first[1]]), "products")
    assert (counts.changed, counts.unchanged) == (1, 1)
    assert [product.fee.text for product in institution().products] == ["100 元/年", "98,000 元/年"]
    assert institution().revision == 3


def test_blank_cells_of_a_product_leave_unit_and_remark(app: Flask, tmp_path: Path) -> None:
    take(csv_file(tmp_path, [roster_row()]))
    take(csv_file(tmp_path, [product_row(计费单位="元/家", 收费说明="含差旅")]), "products")
    counts, _ = take(csv_file(tmp_path, [product_row(计费单位="", 收费说明="")]), "products")
    assert counts.unchanged == 1
    (product,) = institution().products
    assert (product.unit, product.included) == ("元/家", "含差旅")


def test_a_product_of_a_category_that_is_not_registered_is_taken_with_a_warning(
    app: Flask, tmp_path: Path
) -> None:
    take(csv_file(tmp_path, [roster_row()]))
    counts, notes = take(csv_file(tmp_path, [product_row(服务类别="企业征信")]), "products")
    assert counts.accepted == 1
    assert [(note.row, note.level, note.column) for note in notes] == [(2, Level.WARNING, "服务类别")]


def test_a_file_longer_than_a_chunk_is_imported_whole(app: Flask, tmp_path: Path) -> None:
    rows = [roster_row(serial) for serial in range(1, 2502)]
    counts, _ = take(csv_file(tmp_path, rows))
    assert counts.new == 2501
    rows[1700] = roster_row(1701, 简介="变更")
    counts, _ = take(csv_file(tmp_path, [*rows, roster_row(3000)]))
    assert (counts.new, counts.changed, counts.unchanged) == (1, 1, 2500)
    assert traces()["InstitutionVersion"] == 2503
