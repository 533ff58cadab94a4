"""Text tables are read whatever their encoding and separator, and unreadable ones are refused in Chinese."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credit_register.core.sheets import (
    BrokenSheet,
    Column,
    EmptySheet,
    EncryptedWorkbook,
    HeaderSpec,
    Kind,
    LegacyWorkbook,
    MissingColumns,
    NoHeader,
    SheetError,
    SheetLimits,
    SheetRow,
    SheetTooLarge,
    UndecodableText,
    UnreadableFile,
    WrongFileType,
    read_sheet,
)

SPEC = HeaderSpec(
    (
        Column("机构名称", ("名称", "单位名称"), required=True),
        Column("统一社会信用代码", ("信用代码", "USCC"), required=True, kind=Kind.CODE),
        Column("收费标准", kind=Kind.NUMBER),
        Column("成立日期", kind=Kind.DATE),
    )
)
HEADER = "机构名称,统一社会信用代码,收费标准,成立日期"
LINE = "示例征信有限公司,91110000600037341L,200,2021-03-05"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def put(folder: Path, content: str | bytes, name: str = "表.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(path: Path, spec: HeaderSpec = SPEC) -> list[SheetRow]:
    with read_sheet(path, spec) as sheet:
        return list(sheet)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_usual_encoding_separator_and_line_end_is_read(
    tmp_path: Path, encoding: str, delimiter: str, end: str
) -> None:
    text = (HEADER + end + LINE + end).replace(",", delimiter)
    [row] = rows(put(tmp_path, text.encode(encoding)))
    assert row.number == 2
    assert row.values == {
        "机构名称": "示例征信有限公司",
        "统一社会信用代码": "91110000600037341L",
        "收费标准": "200",
        "成立日期": "2021-03-05",
    }


def test_the_encoding_is_decided_by_the_whole_file_and_not_by_its_beginning(tmp_path: Path) -> None:
    ascii_part = "name,USCC\n" + "abc,1\n" * 300_000
    spec = HeaderSpec((Column("name", required=True), Column("USCC", required=True)))
    found = rows(put(tmp_path, ascii_part.encode() + "示例征信,2\n".encode("gb18030")), spec)
    assert found[-1].values["name"] == "示例征信"


def test_separators_inside_a_value_do_not_mislead(tmp_path: Path) -> None:
    [row] = rows(put(tmp_path, f"{HEADER}\n甲;乙;丙,9111;0000,,\n"))
    assert row.values["机构名称"] == "甲;乙;丙"


def test_rows_are_numbered_as_the_spreadsheet_shows_them(tmp_path: Path) -> None:
    text = f'标题\n\n{HEADER}\n甲,1,,\n"乙\n乙",2,,\n\n,,,\n丙,3,,\n,,,\n\n'
    assert [(row.number, row.text("机构名称")) for row in rows(put(tmp_path, text))] == [
        (4, "甲"),
        (5, "乙\n乙"),
        (8, "丙"),
    ]


def test_titles_are_recognised_by_alias_whatever_their_width_blanks_and_stars(tmp_path: Path) -> None:
    text = " 单位 名称*,ｕｓｃｃ：,收费标准（元）,备注\n甲,1,5,x\n"
    sheet = read_sheet(put(tmp_path, text), SPEC)
    assert sheet.columns == ("机构名称", "统一社会信用代码", "收费标准")
    assert sheet.ignored_columns == ("备注",)
    [row] = sheet
    assert "成立日期" not in row.values
    assert row.text("成立日期") == ""


def test_the_canonical_name_beats_an_alias_and_the_first_of_two_equal_titles_counts(tmp_path: Path) -> None:
    text = "名称,机构名称,信用代码,信用代码\n旧,新,1,2\n"
    sheet = read_sheet(put(tmp_path, text), SPEC)
    assert sheet.ignored_columns == ("名称", "信用代码")
    [row] = sheet
    assert row.text("机构名称") == "新"
    assert row.text("统一社会信用代码") == "1"


def test_a_row_of_data_under_the_header_is_not_taken_for_its_second_row(tmp_path: Path) -> None:
    [row] = rows(put(tmp_path, "机构名称,信用代码,收费\n甲,1,收费标准\n"))
    assert row.number == 2


def test_a_short_row_has_blanks_and_a_long_one_loses_what_has_no_title(tmp_path: Path) -> None:
    short, long = rows(put(tmp_path, f"{HEADER}\n甲\n乙,2,3,2021-03-05,多,余\n"))
    assert list(short.values.values()) == ["甲", None, None, None]
    assert list(long.values.values()) == ["乙", "2", "3", "2021-03-05"]


def test_a_sheet_can_be_iterated_twice(tmp_path: Path) -> None:
    sheet = read_sheet(put(tmp_path, f"{HEADER}\n{LINE}\n"), SPEC)
    assert list(sheet) == list(sheet) != []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("'91110000600037341L", "91110000600037341L"),
        ("\t91110000600037341L\t", "91110000600037341L"),
        ("510100.0", "510100"),
        ("'", None),
    ],
)
def test_codes_are_freed_from_what_spreadsheet_programs_add(
    tmp_path: Path, written: str, read: str | None
) -> None:
    [row] = rows(put(tmp_path, f"{HEADER}\n甲,{written},,\n"))
    assert row.values["统一社会信用代码"] == read
    assert row.notes == ()


def test_a_code_in_scientific_notation_is_noted(tmp_path: Path) -> None:
    [row] = rows(put(tmp_path, f"{HEADER}\n甲,9.1110E+16,,\n"))
    assert [note.column for note in row.notes] == ["统一社会信用代码"]
    assert "可能已经丢失" in row.notes[0].message


def test_an_escaped_formula_comes_back_as_the_text_it_was(tmp_path: Path) -> None:
    first, second = rows(put(tmp_path, f"{HEADER}\n'=1+1,1,,\n'引号开头',2,,\n"))
    assert first.values["机构名称"] == "=1+1"
    assert second.values["机构名称"] == "'引号开头'"


def test_missing_columns_are_named_with_the_titles_that_were_seen(tmp_path: Path) -> None:
    with pytest.raises(MissingColumns) as refused:
        read_sheet(put(tmp_path, "名称,收费标准,地址\n甲,1,2\n"), SPEC)
    assert refused.value.missing == ("统一社会信用代码",)
    assert str(refused.value) == (
        "表头缺少：统一社会信用代码。文件中的表头是：名称、收费标准、地址。请补上所缺的列后重新导入"
    )


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        (b"", EmptySheet, "没有内容"),
        (b"\xef\xbb\xbf", EmptySheet, "没有内容"),
        (b"\n\n , ,\n", EmptySheet, "没有内容"),
        ("只是一段文字\n".encode() * 30, NoHeader, "表头应含有：机构名称、统一社会信用代码"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", WrongFileType, "图片"),
        (b"%PDF-1.7\n", WrongFileType, "PDF"),
        (b"Rar!\x1a\x07", WrongFileType, "压缩包"),
        (b"MZ\x90\x00\x03", WrongFileType, "程序"),
        (b"abc\x00def", WrongFileType, "不是表格"),
        (b"\xef\xbb\xbf<html><table>", WrongFileType, "网页"),
        (b"<?xml version='1.0'?><Workbook/>", WrongFileType, "网页"),
        (OLE + b"\x00" * 600, LegacyWorkbook, "另存为 .xlsx"),
        (OLE + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"), EncryptedWorkbook, "取消密码"),
        (HEADER.encode("utf-16"), UndecodableText, "CSV UTF-8"),
        (HEADER.encode() + b"\n\xff\xff\xff", UndecodableText, "CSV UTF-8"),
        (b"PK\x03\x04 no zip", BrokenSheet, "重新导出"),
        (f'{HEADER}\n"'.encode() + b"x\n" * 2000, BrokenSheet, "第 2 行的引号没有成对"),
        (f'{HEADER}\n"'.encode() + b"x" * 200_000, BrokenSheet, "引号没有成对，或内容过长"),
        (b"x" * (2 * 1024**2), BrokenSheet, "有一行过长"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(
    tmp_path: Path, content: bytes, error: type[SheetError], says: str
) -> None:
    with pytest.raises(error, match=says):
        rows(put(tmp_path, content, "名单.xlsx"))


@pytest.mark.parametrize("name", ["没有.csv", ""])
def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableFile, match="无法打开文件"):
        read_sheet(tmp_path / name, SPEC)


def test_too_many_bytes_or_rows_are_refused(tmp_path: Path) -> None:
    path = put(tmp_path, f"{HEADER}\n{LINE}\n{LINE}\n")
    with pytest.raises(SheetTooLarge, match="0 MB"):
        read_sheet(path, SPEC, limits=SheetLimits(file_bytes=10))
    with pytest.raises(SheetTooLarge, match="超过 1 行"):
        list(read_sheet(path, SPEC, limits=SheetLimits(rows=1)))
    assert len(list(read_sheet(path, SPEC, limits=SheetLimits(rows=2)))) == 2


def test_too_many_rows_are_refused_before_one_is_delivered(tmp_path: Path) -> None:
    path = put(tmp_path, f"{HEADER}\n{LINE}\n{LINE}\n{LINE}\n")
    with pytest.raises(SheetTooLarge, match="超过 2 行"):
        read_sheet(path, SPEC, limits=SheetLimits(rows=2))


def test_lines_that_hold_nothing_do_not_count_as_rows(tmp_path: Path) -> None:
    path = put(tmp_path, f"{HEADER}\n{LINE}\n" + ",,,,\n\n \n" * 50)
    assert len(list(read_sheet(path, SPEC, limits=SheetLimits(rows=1)))) == 1


def test_a_long_file_is_read_without_being_held(tmp_path: Path) -> None:
    path = put(tmp_path, HEADER + "\n" + (LINE + "," * 7 + "\n") * 30_000)
    sheet = read_sheet(path, SPEC)
    tracemalloc.start()
    try:
        assert sum(1 for _ in sheet) == 30_000
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.one_of(
        st.binary(max_size=400),
        st.text(max_size=200).map(lambda text: f"{HEADER}\n{text}".encode("utf-8", "surrogatepass")),
        st.binary(max_size=200).map(lambda tail: HEADER.encode("gb18030") + b"\n" + tail),
    )
)
def test_any_bytes_are_rows_or_a_sheet_error(tmp_path: Path, content: bytes) -> None:
    with suppress(SheetError):
        assert all(any(row.values.values()) for row in rows(put(tmp_path, content)))


def test_a_header_needs_columns_each_once() -> None:
    for columns in ((), (Column("甲"), Column("甲"))):
        with pytest.raises(ValueError, match="each name once"):
            HeaderSpec(columns)
