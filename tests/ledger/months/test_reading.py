"""Attachment 1 as offices send it: what is counted, what is doubted, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from credit_register.ledger.months import form
from credit_register.ledger.months.reading import LedgerUnreadable, read_ledger
from tests.ledger.months.building import LINE, SAMPLE, write_form


def read(path: Path) -> Any:
    return read_ledger(path, region="510100")


def test_the_sample_has_twenty_lines_five_exits_and_nothing_to_doubt() -> None:
    found = read(SAMPLE)
    assert (found.rows, found.exited) == (20, 5)
    assert not found.warnings
    assert not found.errors
    assert found.sheet.title == "四川省成都市信用服务机构失信问题专项治理台账"
    assert found.sheet.date_line == "时间：2026年10月13日"
    assert found.sheet.width == 11
    assert found.sheet.value(found.sheet.rows[0], form.SUPERVISION) == "是 已暂停其开展相关业务"


@pytest.mark.parametrize(
    ("place", "value", "column"),
    [
        (4, None, form.CORRECTION),
        (4, "尚未纠正", form.CORRECTION),
        (5, None, form.COMMITMENT),
        (5, "否", form.COMMITMENT),
        (6, "已经修复0条失信记录", form.REPAIR),
        (6, None, form.REPAIR),
        (2, "若干", form.REPAIR),
    ],
)
def test_an_exit_without_proof_is_warned_of(tmp_path: Path, place: int, value: Any, column: str) -> None:
    line = [*LINE, "否", "是", None]
    line[place] = value
    found = read(write_form(tmp_path / "a.xlsx", [line]))
    assert found.exited == 1
    assert [(remark.row, remark.column) for remark in found.warnings] == [(5, column)]
    line[-2] = "否"
    assert not read(write_form(tmp_path / "b.xlsx", [line])).warnings


def test_who_has_no_code_and_no_record_is_not_asked_for_a_commitment(tmp_path: Path) -> None:
    line = ["某冒名团队", None, None, None, None, None, None, "否", "是", "提示函已反馈"]
    found = read(write_form(tmp_path / "a.xlsx", [line]))
    assert (found.rows, found.exited, list(found.warnings)) == (1, 1, [])


class TestTenColumns:
    def test_a_form_without_key_supervision_is_taken_as_it_is(self, tmp_path: Path) -> None:
        found = read(
            write_form(tmp_path / "a.xlsx", [[*LINE, "是", "无"], [*LINE, "否", None]], supervision=False)
        )
        assert (found.rows, found.exited, found.sheet.width) == (2, 1, 10)
        assert "10 列" in found.warnings[0].message
        assert found.sheet.value(found.sheet.rows[0], form.REMARK) == "无"

    def test_supervision_below_the_title_of_the_exit_is_known_by_what_stands_there(
        self, tmp_path: Path
    ) -> None:
        lines = [[*LINE, "是 已暂停其开展相关业务", "否", "备注文字"], [*LINE, "否", "是", None]]
        found = read(write_form(tmp_path / "a.xlsx", lines, supervision=False))
        assert (found.rows, found.exited, found.sheet.width) == (2, 1, 10)
        assert found.sheet.value(found.sheet.rows[0], form.SUPERVISION) == "是 已暂停其开展相关业务"
        assert found.sheet.value(found.sheet.rows[0], form.REMARK) == "备注文字"
        assert not found.errors

    def test_a_title_merged_over_supervision_leaves_its_column_where_it_is(self, tmp_path: Path) -> None:
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(["四川省成都市信用服务机构失信问题专项治理台账"])
        sheet.append([*form.COLUMNS[:4], form.GROUP, None, None, None, None, form.EXIT, form.REMARK])
        sheet.append([None] * 4 + [form.INTERVIEW, form.CORRECTION, form.COMMITMENT, form.REPAIR])
        sheet.merge_cells("H3:I3")
        sheet.append([1, *LINE, "是", "是", None])
        book.save(tmp_path / "a.xlsx")
        found = read(tmp_path / "a.xlsx")
        assert (found.rows, found.exited) == (1, 1)
        assert found.sheet.value(found.sheet.rows[0], form.SUPERVISION) == "是"


def test_title_and_date_may_stand_anywhere_above_and_notes_below_are_no_lines(tmp_path: Path) -> None:
    path = write_form(
        tmp_path / "a.xlsx",
        [[*LINE, "否", "否", None]],
        above=[
            [None],
            ["附件1"],
            ["四川省成都市信用服务机构失信问题专项治理台账"],
            [None, None, "填报时间：2026年2月6日"],
        ],
        below=[["合计", 1], [None], ["填表说明：", "1.约谈填单位"], ["1.“重点约谈”填写单位。"]],
    )
    found = read(path)
    assert found.rows == 1
    assert found.sheet.title == "四川省成都市信用服务机构失信问题专项治理台账"
    assert found.sheet.date_line == "填报时间：2026年2月6日"
    assert not found.errors
    assert len(found.sheet.header["below"]) == 4


def test_faults_are_told_with_row_and_column(tmp_path: Path) -> None:
    bad_code = ["成都示例乙有限公司", "91510100MA0090014M", *LINE[2:], "否", "否", None]
    nameless = [None, *LINE[1:], "否", "否", None]
    undecided = [*LINE, "否", "也许", None]
    found = read(write_form(tmp_path / "a.xlsx", [bad_code, nameless, undecided]))
    assert [(error.row, error.column) for error in found.errors] == [
        (5, form.CODE),
        (6, form.NAME),
        (7, form.EXIT),
    ]
    assert (found.rows, found.exited) == (2, 0)


def test_another_regions_title_and_formulas_are_doubted(tmp_path: Path) -> None:
    path = write_form(
        tmp_path / "a.xlsx",
        [[*LINE, "否", "否", "=1+1"]],
        above=[["浙江省杭州市信用服务机构失信问题专项治理台账"]],
    )
    messages = [remark.message for remark in read(path).warnings]
    assert "没有“四川省成都市”" in messages[0]
    assert "公式" in messages[1]


def test_a_number_counts_whatever_its_format(tmp_path: Path) -> None:
    path = write_form(tmp_path / "a.xlsx", [[*LINE[:2], 2, *LINE[3:], "否", "是", None]])
    book = load_workbook(path)
    book.active["D5"].number_format = "0"  # type: ignore[index]
    book.save(path)
    assert ["2 条失信记录中只修复了 1 条" in remark.message for remark in read(path).warnings] == [True]


def test_further_sheets_with_content_are_warned_of_and_empty_ones_not(tmp_path: Path) -> None:
    path = write_form(tmp_path / "a.xlsx", [[*LINE, "否", "否", None]])
    assert not read(path).warnings
    book = load_workbook(path)
    book.create_sheet("空表")
    book.save(path)
    assert not read(path).warnings
    book.create_sheet("绵阳市").append(["四川省绵阳市台账"])
    hidden = book.create_sheet("选项")
    hidden["C900"] = "是"
    hidden.sheet_state = "hidden"
    book.save(path)
    (warning,) = read(path).warnings
    assert (warning.row, warning.column) == (0, "工作表")
    assert "工作表“绵阳市”、“选项”，没有读取" in warning.message
    assert "只保存了“Sheet”" in warning.message


def test_what_is_no_such_form_is_refused_with_a_sentence(tmp_path: Path) -> None:
    text = tmp_path / "a.csv"
    text.write_text("序号,治理对象,是否退出台账\n1,甲,否\n", encoding="utf-8")
    with pytest.raises(LedgerUnreadable, match=r"另存为 \.xlsx"):
        read(text)
    book = Workbook()
    book.active.append(["机构名称", "地址"])  # type: ignore[union-attr]
    book.save(tmp_path / "b.xlsx")
    with pytest.raises(LedgerUnreadable, match="表头"):
        read(tmp_path / "b.xlsx")
    with pytest.raises(LedgerUnreadable, match="无法打开"):
        read(tmp_path / "missing.xlsx")
