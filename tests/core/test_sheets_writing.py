"""Sheets that are written keep codes and dates, run nothing, and come back as they were."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from credit_register.core.sheets import (
    Column,
    HeaderSpec,
    Kind,
    csv_lines,
    escape_formula,
    read_sheet,
    unescape_formula,
    write_csv,
    write_xlsx,
)

COLUMNS = (
    Column("机构名称", required=True),
    Column("统一社会信用代码", required=True, kind=Kind.CODE),
    Column("收费标准", kind=Kind.NUMBER),
    Column("成立日期", kind=Kind.DATE),
)
LINE = ("示例征信有限公司", "911100006000373410", Decimal("200.50"), date(2021, 3, 5))
HOSTILE = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "'=1", '=cmd|"/c calc"!A1']


def written(target: io.BytesIO) -> Worksheet:
    sheet = load_workbook(target).active
    assert isinstance(sheet, Worksheet)
    return sheet


def test_a_workbook_keeps_codes_as_text_and_dates_as_dates() -> None:
    target = io.BytesIO()
    assert write_xlsx(target, COLUMNS, [LINE, (None, "", None, None)], title="名单[2021]") == 2
    sheet = written(target)
    assert sheet.title == "名单2021"
    assert sheet["A1"].value == "名单[2021]"
    assert [str(cells) for cells in sheet.merged_cells.ranges] == ["A1:D1"]
    assert sheet.freeze_panes == "A3"
    assert [cell.value for cell in sheet[2]] == [column.name for column in COLUMNS]
    name, code, fee, day = sheet[3]
    assert (name.value, name.data_type) == (LINE[0], "s")
    assert (code.value, code.data_type, code.number_format) == (LINE[1], "s", "@")
    assert (fee.value, fee.data_type) == (200.5, "n")
    assert (day.value, day.number_format) == (datetime(2021, 3, 5), "yyyy-mm-dd")  # noqa: DTZ001 - openpyxl's


def test_columns_of_one_group_stand_under_one_title() -> None:
    target = io.BytesIO()
    columns = (
        Column("治理对象"),
        Column("重点约谈", group="措施"),
        Column("信用修复", group="措施"),
        Column("备注"),
    )
    write_xlsx(target, columns, [("甲", "已约谈", "", "无")], title="台账", subtitle="时间：2026年10月")
    sheet = written(target)
    assert {str(cells) for cells in sheet.merged_cells.ranges} == {
        "A1:D1",
        "A2:D2",
        "A3:A4",
        "B3:C3",
        "D3:D4",
    }
    target.seek(0)


def test_a_workbook_of_two_header_rows_is_read_back(tmp_path: Path) -> None:
    columns = (
        Column("治理对象"),
        Column("重点约谈", group="措施"),
        Column("信用修复", group="措施"),
        Column("备注"),
    )
    line = ("甲", "已约谈", None, "无")
    write_xlsx(tmp_path / "a.xlsx", columns, [line], title="台账", subtitle="时间：2026年10月")
    with read_sheet(tmp_path / "a.xlsx", HeaderSpec(columns)) as sheet:
        assert sheet.header_row == 4
        assert [tuple(row.values.values()) for row in sheet] == [line]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", list(Kind))
def test_no_cell_of_a_workbook_runs(text: str, kind: Kind) -> None:
    target = io.BytesIO()
    write_xlsx(target, [Column("备注", kind=kind)], [[text]], title=text)
    sheet = written(target)
    for cell in (sheet["A1"], sheet["A3"]):
        assert cell.data_type == "s"
        assert not str(cell.value).startswith(("=", "@", "\t", "\r", "＝"))


@pytest.mark.parametrize("text", ["-", "——", "--", "+86-10-12345678", "-(010) 1234"])
def test_a_dash_and_a_telephone_number_stay_as_they_are_in_a_workbook(text: str) -> None:
    target = io.BytesIO()
    write_xlsx(target, [Column("备注")], [[text]])
    assert written(target)["A2"].value == text


def test_what_xml_cannot_hold_is_left_out_and_too_long_text_is_cut() -> None:
    target = io.BytesIO()
    write_xlsx(target, [Column("备注")], [["甲\x00\x0b\ud800乙"], ["长" * 40_000]])
    sheet = written(target)
    assert sheet["A2"].value == "甲乙"
    assert len(str(sheet["A3"].value)) == 32_766


def test_a_csv_has_a_byte_order_mark_and_escapes_formulas() -> None:
    stream = io.StringIO(newline="")
    columns = [Column(name) for name in "甲乙丙丁戊己"]
    moment = datetime(2021, 3, 4, 16, 0, tzinfo=UTC)
    line = ["=1+1", "含,逗号", True, Decimal("1E+2"), moment, -5]
    assert write_csv(stream, columns, [line]) == 1
    assert stream.getvalue() == (
        '\ufeff甲,乙,丙,丁,戊,己\r\n\'=1+1,"含,逗号",是,100,2021-03-05 00:00:00,-5\r\n'
    )


def test_a_csv_can_be_streamed_line_by_line() -> None:
    def endless() -> object:
        while True:
            yield LINE

    lines = csv_lines(COLUMNS, endless())  # type: ignore[arg-type] # a generator typed loosely
    assert next(lines).startswith("\ufeff机构名称")
    assert next(lines) == next(lines) == "示例征信有限公司,911100006000373410,200.50,2021-03-05\r\n"


def test_a_row_of_the_wrong_length_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="shorter"):
        write_csv(io.StringIO(), COLUMNS, [("甲",)])
    with pytest.raises(ValueError, match="shorter"):
        write_xlsx(io.BytesIO(), COLUMNS, [("甲",)])


@pytest.mark.parametrize("text", HOSTILE)
def test_a_dangerous_text_is_escaped_once_and_restored(text: str) -> None:
    assert escape_formula(text) == "'" + text
    assert unescape_formula(escape_formula(text)) == text


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r ＝a甲"), max_size=8))
def test_escaping_is_undone_exactly(text: str) -> None:
    assert unescape_formula(escape_formula(text)) == text
    assert not escape_formula(text).startswith(("=", "+", "-", "@", "\t", "\r"))


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"]), min_size=1, max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.lists(TEXT, min_size=1, max_size=5), st.booleans())
@example(HOSTILE, True)
@example(HOSTILE, False)
def test_text_survives_a_file(tmp_path: Path, texts: list[str], workbook: bool) -> None:
    path = tmp_path / "a"
    columns = (Column("名称"), Column("备注"))
    lines = [("行", text) for text in texts]
    if workbook:
        write_xlsx(path, columns, lines)
    else:
        with path.open("w", encoding="utf-8", newline="") as stream:
            write_csv(stream, columns, lines)
    with read_sheet(path, HeaderSpec(columns)) as sheet:
        read = [row.text("备注") for row in sheet]
    assert [text.strip() for text in read] == [text.strip() for text in texts]
