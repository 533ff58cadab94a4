"""The book of regions: names, scope by prefix, filters, and an operator's own list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from credit_register.core import regions
from credit_register.core.regions import (
    UnknownRegion,
    covers,
    full_name,
    parse_filter,
    scope_prefix,
    short_name,
)
from credit_register.core.settings import SettingsError

SMALL = """code,name,level,parent_code
000000,全国,nation,
510000,四川省,province,000000
510100,成都市,city,510000
510199,示例区,county,510100
"""


@pytest.fixture
def own_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file that REGIONS_FILE names; the list shipped is read again afterwards."""
    file = tmp_path / "regions.csv"
    monkeypatch.setenv("REGIONS_FILE", str(file))
    regions.book.cache_clear()
    yield file
    regions.book.cache_clear()


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("510107", "四川省成都市武侯区"),
        ("110000", "北京市"),
        ("110100", "北京市"),
        ("110101", "北京市东城区"),
        ("500229", "重庆市城口县"),
        ("419001", "河南省济源市"),
        ("659001", "新疆维吾尔自治区石河子市"),
        ("660000", "新疆生产建设兵团"),
        ("810000", "香港特别行政区"),
        ("000000", "全国"),
    ],
)
def test_a_full_name_leaves_out_levels_that_nobody_writes(code: str, name: str) -> None:
    assert full_name(code) == name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("510000", "四川"),
        ("110000", "北京"),
        ("110100", "北京"),
        ("150000", "内蒙古"),
        ("450000", "广西"),
        ("640000", "宁夏"),
        ("650000", "新疆"),
        ("820000", "澳门"),
        ("660000", "兵团"),
        ("510100", "成都"),
        ("232700", "大兴安岭"),
        ("513200", "阿坝"),
        ("422800", "恩施"),
        ("652700", "博尔塔拉"),
        ("653000", "克孜勒苏"),
        ("654000", "伊犁"),
        ("510107", "武侯区"),
        ("000000", "全国"),
    ],
)
def test_a_short_name_is_what_people_say(code: str, name: str) -> None:
    assert short_name(code) == name


def test_every_region_of_the_book_has_both_names() -> None:
    assert all(full_name(code) and short_name(code) for code in regions.book().regions)


def test_the_nation_has_thirty_four_provinces_and_the_corps_reports_beside_them() -> None:
    assert len(regions.provinces()) == 34
    assert {unit.code for unit in regions.reporting_units()} - {
        each.code for each in regions.provinces()
    } == {regions.CORPS}


def test_children_come_in_the_order_of_their_codes() -> None:
    cities = [child.code for child in regions.children("510000")]
    assert cities[0] == "510100"
    assert cities == sorted(cities)
    assert regions.children("510107") == ()


def test_an_unknown_code_is_found_by_nobody() -> None:
    assert regions.find("110103") is None
    with pytest.raises(UnknownRegion, match="110103"):
        regions.region("110103")
    with pytest.raises(UnknownRegion):
        regions.children("999999")


@pytest.mark.parametrize(
    ("code", "prefix"),
    [("000000", ""), ("510000", "51"), ("510100", "5101"), ("510104", "510104"), ("660000", "66")],
)
def test_scope_goes_by_prefix(code: str, prefix: str) -> None:
    assert scope_prefix(code) == prefix


@pytest.mark.parametrize(
    ("scope", "code", "covered"),
    [
        ("000000", "510104", True),
        ("510000", "510104", True),
        ("510100", "510104", True),
        ("510104", "510104", True),
        ("510104", "510100", False),
        ("510100", "510000", False),
        ("510100", "510700", False),
        ("650000", "660000", False),
        ("660000", "659001", False),
    ],
)
def test_an_office_covers_what_lies_below_it(scope: str, code: str, covered: bool) -> None:
    assert covers(scope, code) is covered


@pytest.mark.parametrize(
    ("scope", "code"), [("", "510104"), ("51", "510104"), ("510000", ""), ("５１００００", "510104")]
)
def test_a_scope_that_is_no_code_never_means_the_whole_nation(scope: str, code: str) -> None:
    with pytest.raises(UnknownRegion):
        covers(scope, code)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("51", "510000"),
        ("5101", "510100"),
        ("510104", "510104"),
        ("510000", "510000"),
        (" ５１ ", "510000"),
        ("66", "660000"),
        ("000000", "000000"),
    ],
)
def test_a_filter_takes_a_code_or_its_beginning(typed: str, code: str) -> None:
    assert parse_filter(typed) == code


@pytest.mark.parametrize("typed", ["", "5", "510", "99", "110103", "四川", "51-", "5101040", "51' OR 1=1"])
def test_another_filter_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(UnknownRegion, match=r"没有行政区划.*请填写"):
        parse_filter(typed)


def test_an_operator_may_replace_the_list(own_list: Path) -> None:
    own_list.write_text(SMALL, encoding="utf-8-sig")
    assert full_name("510199") == "四川省成都市示例区"
    assert regions.find("110000") is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("code,name,level\n", "缺少列 parent_code"),
        ("code,name,level,parent_code\n", "缺少 000000"),
        (SMALL + "51019,短码区,county,510100\n", "第 6 行：代码“51019”不是六位数字"),
        (SMALL + "510199,重复区,county,510100\n", "第 6 行：代码 510199 重复"),
        (SMALL + "510198,,county,510100\n", "第 6 行：名称为空"),
        (SMALL + "510198,某区,city,510100\n", "级别“city”与代码 510198 不符"),
        (SMALL + "510198,某区,county,520100\n", "上级“520100”不在表中"),
        (SMALL + "510198,某区,county,\n", "上级“”不在表中"),
        (SMALL + "520198,某区,county,510100\n", "不在其上级 510100 的代码范围内"),
        (SMALL + "510198,某区,county,510199\n", "不在其上级 510199 的代码范围内"),
    ],
)
def test_a_broken_list_says_what_is_wrong_with_it(own_list: Path, text: str, complaint: str) -> None:
    own_list.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match="REGIONS_FILE") as caught:
        regions.find("510000")
    assert complaint in str(caught.value)
    assert str(own_list) in str(caught.value)


def test_a_list_in_another_encoding_or_missing_is_named(own_list: Path) -> None:
    with pytest.raises(SettingsError, match="无法打开"):
        regions.find("510000")
    own_list.write_bytes(SMALL.encode("gb18030"))
    with pytest.raises(SettingsError, match="UTF-8"):
        regions.find("510000")
