"""Workbooks are read as they are shown, formulas excepted; hostile ones are never unpacked."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from credit_register.core.sheets import (
    BrokenSheet,
    Column,
    EmptySheet,
    EncryptedWorkbook,
    HeaderSpec,
    Kind,
    MacroWorkbook,
    MissingColumns,
    SheetError,
    SheetLimits,
    SheetTooLarge,
    SuspiciousWorkbook,
    WrongFileType,
    read_sheet,
)

TITLES = ("机构名称", "统一社会信用代码", "收费标准", "成立日期")
SPEC = HeaderSpec(
    (
        Column("机构名称", required=True),
        Column("统一社会信用代码", required=True, kind=Kind.CODE),
        Column("收费标准", kind=Kind.NUMBER),
        Column("成立日期", kind=Kind.DATE),
    )
)
FORMULA = '=HYPERLINK("http://evil.example","点我")'


def workbook(path: Path, *lines: tuple[object, ...], merge: tuple[str, ...] = ()) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in lines:
        sheet.append(line)
    for cells in merge:
        sheet.merge_cells(cells)
    book.save(path)
    return path


def cells(path: Path, spec: HeaderSpec = SPEC) -> list[list[object]]:
    with read_sheet(path, spec) as sheet:
        return [list(row.values.values()) for row in sheet]


def rewrite(path: Path, part: str, old: bytes, new: bytes) -> Path:
    """Change the bytes of one part, as no library would write them."""
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"


def test_cells_come_in_the_type_of_their_column(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        TITLES,
        ("甲", 911100006, 0.1 + 0.2, date(2021, 3, 5)),
        (2021.0, 510100.0, 5, datetime(2021, 3, 5, 8, 30)),  # noqa: DTZ001 - as the workbook has it
        (date(2021, 3, 5), 12.5, "面议", 44260),
        (datetime(2021, 3, 5, 8, 30), "91", True, "2021年3月5日"),  # noqa: DTZ001 - as above
        (time(8, 30), " 9111\u3000", None, None),
    )
    assert cells(path) == [
        ["甲", "911100006", Decimal("0.3"), date(2021, 3, 5)],
        ["2021", "510100", Decimal("5"), date(2021, 3, 5)],
        ["2021-03-05", "12.5", "面议", 44260],
        ["2021-03-05 08:30:00", "91", "TRUE", "2021年3月5日"],
        ["08:30:00", "9111", None, None],
    ]


def test_a_code_kept_as_a_number_is_clean_text_with_a_note_where_digits_were_lost(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", TITLES, ("甲", 77), ("乙", 911100006000373), ("丙", 9.111e17))
    rewrite(path, SHEET, b"<v>77</v>", b"<v>91110000600037341</v>")
    with read_sheet(path, SPEC) as sheet:
        first, second, third = sheet
    assert third.values["统一社会信用代码"] == "911100000000000000"
    assert first.values["统一社会信用代码"] == "91110000600037341"
    assert "前 15 位" in first.notes[0].message
    assert second.values["统一社会信用代码"] == "911100006000373"
    assert second.notes == ()


def test_title_rows_above_a_header_are_passed_and_rows_numbered_as_shown(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        ("某省名单",),
        (),
        TITLES,
        ("甲", "1"),
        (),
        ("乙", "2"),
        (" ", None),
        merge=("A1:D1",),
    )
    with read_sheet(path, SPEC) as sheet:
        assert sheet.header_row == 3
        assert [(row.number, row.text("机构名称")) for row in sheet] == [(4, "甲"), (6, "乙")]


def test_a_header_of_two_rows_is_read_with_its_merged_titles(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        ("台账",),
        ("机构名称", "措施", None, "是否退出"),
        (None, "约谈", "修复", None),
        ("甲", "已约谈", None, "否"),
        merge=("A1:D1", "A2:A3", "B2:C2", "D2:D3"),
    )
    spec = HeaderSpec((Column("机构名称"), Column("约谈"), Column("措施修复"), Column("是否退出")))
    with read_sheet(path, spec) as sheet:
        assert sheet.header_row == 3
        assert sheet.ignored_columns == ()
        [row] = sheet
    assert row.number == 4
    assert list(row.values.values()) == ["甲", "已约谈", None, "否"]


def test_a_cell_merged_downwards_counts_for_each_of_its_rows(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        TITLES,
        ("甲", "1", 5),
        (None, "2", 6),
        (None, "3", 7),
        (None, "4", 8),
        merge=("A2:A4",),
    )
    assert [row[0] for row in cells(path)] == ["甲", "甲", "甲", None]


def test_a_formula_is_its_text_and_never_its_cached_result(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", TITLES, (FORMULA, "=A2", "=1+1", "=TODAY()"))
    assert cells(path) == [[FORMULA, "=A2", "=1+1", "=TODAY()"]]
    rewrite(path, SHEET, b"<v />", b"<v>42</v>")
    assert cells(path) == [[FORMULA, "=A2", Decimal("42"), 42]]


def test_a_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", TITLES, ("占位", "1", 2))
    rewrite(path, SHEET, "占位".encode(), b"=1+1")
    assert cells(path)[0][0] == "=1+1"


def test_the_first_visible_sheet_with_the_header_is_read(tmp_path: Path) -> None:
    book = Workbook()
    notes = book.active
    assert notes is not None
    notes.append(["填写说明"])
    hidden = book.create_sheet("隐藏")
    hidden.sheet_state = "hidden"
    for name in ("隐藏", "名单"):
        sheet = book[name] if name in book.sheetnames else book.create_sheet(name)
        sheet.append(TITLES)
        sheet.append([name, "1"])
    book.save(tmp_path / "a.xlsx")
    with read_sheet(tmp_path / "a.xlsx", SPEC) as sheet:
        assert sheet.title == "名单"
        assert [row.text("机构名称") for row in sheet] == ["名单"]


def test_the_most_telling_error_of_several_sheets_is_given(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["机构名称", "成立日期"])
    book.create_sheet("空")
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(MissingColumns, match="统一社会信用代码"):
        read_sheet(tmp_path / "a.xlsx", SPEC)


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptySheet):
        read_sheet(workbook(tmp_path / "a.xlsx"), SPEC)


def test_a_wrong_dimension_does_not_hide_rows(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", TITLES, ("甲", "1", 2, None))
    for wrong in (b'ref="A1"', b'ref="A1:XFD1048576"'):
        rewrite(path, SHEET, b'ref="A1:D2"' if wrong == b'ref="A1"' else b'ref="A1"', wrong)
        assert len(cells(path)) == 1


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        (SHEET, b'r="2"', b'r="99999999999"'),
        (SHEET, b"</sheetData>", b""),
        (SHEET, b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet'),
        (SHEET, b'r="A2"', b'r="ZZZZZZZ2"'),
        (SHEET, b'<c r="B2" t="n"><v>7', b'<c r="B2" t="s"><v>7'),
        (SHEET, b"<v>7</v>", b"<v>" + b"7" * 5000 + b"</v>"),
        (SHEET, b"<v>7</v>", b"<v>seven</v>"),
        ("xl/workbook.xml", b"<sheets>", b"<sheet>"),
        ("[Content_Types].xml", b"sheet.main+xml", b"other+xml"),
        (
            "xl/styles.xml",
            b"<styleSheet",
            b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><styleSheet',
        ),
    ],
)
def test_a_malformed_workbook_is_broken_and_nothing_worse(
    tmp_path: Path, part: str, old: bytes, new: bytes
) -> None:
    path = rewrite(workbook(tmp_path / "a.xlsx", TITLES, ("甲", 7)), part, old, new)
    with pytest.raises(BrokenSheet, match="已损坏或不完整"):
        cells(path)


def test_a_false_offset_in_the_archive_is_a_broken_file(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", TITLES, ("甲", "1"))
    content = bytearray(path.read_bytes())
    directory = content.rfind(b"PK\x05\x06") + 16
    content[directory : directory + 4] = b"\xff\xff\xff\x7f"
    path.write_bytes(content)
    with pytest.raises(BrokenSheet):
        cells(path)


def test_other_archives_are_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(WrongFileType, match="压缩包或其他 Office 文件"):
        read_sheet(path, SPEC)


def test_an_encrypted_archive_says_so(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", TITLES)
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(EncryptedWorkbook, match="打开密码"):
        read_sheet(path, SPEC)


def test_macros_are_refused_by_content_under_any_name(tmp_path: Path) -> None:
    for name in ("名单.xlsx", "名单.xlsm", "名单.csv"):
        path = workbook(tmp_path / "a.xlsx", TITLES, ("甲", "1")).rename(tmp_path / name)
        with ZipFile(path, "a") as archive:
            archive.writestr("xl/vbaProject.bin", b"x")
        with pytest.raises(MacroWorkbook, match="另存为不含宏的"):
            read_sheet(path, SPEC)
    path = workbook(tmp_path / "b.xlsx", TITLES, ("甲", "1"))
    plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    rewrite(path, "[Content_Types].xml", plain, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")
    with pytest.raises(MacroWorkbook):
        read_sheet(path, SPEC)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", TITLES)
    with ZipFile(path, "a", ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", b"\0" * 40_000_000)
    with pytest.raises(SuspiciousWorkbook, match="压缩方式异常"):
        read_sheet(path, SPEC)
    with pytest.raises(SheetTooLarge, match="解压后超过"):
        read_sheet(path, SPEC, limits=SheetLimits(unpacked_bytes=1_000_000))


def test_a_part_that_openpyxl_would_hold_in_memory_is_limited(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", TITLES)
    with pytest.raises(SuspiciousWorkbook):
        read_sheet(path, SPEC, limits=SheetLimits(other_part_bytes=1000, ratio=10_000))
    with ZipFile(path, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", b" " * 2000)
    with pytest.raises(SheetTooLarge, match="文字内容"):
        read_sheet(path, SPEC, limits=SheetLimits(shared_text_bytes=1000))


def test_two_parts_of_one_name_are_suspicious(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", TITLES)
    with pytest.warns(UserWarning, match="Duplicate name"), ZipFile(path, "a") as archive:
        archive.writestr(SHEET, b"<worksheet/>")
    with pytest.raises(SuspiciousWorkbook):
        read_sheet(path, SPEC)


def test_too_many_rows_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", TITLES, ("甲", "1"), ("乙", "2"))
    with pytest.raises(SheetTooLarge, match="超过 1 行"):
        list(read_sheet(path, SPEC, limits=SheetLimits(rows=1)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.data())
def test_a_damaged_workbook_is_rows_or_a_sheet_error(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "a.xlsx"
    if not path.exists():  # one sound file for all examples: each save has another time in it
        workbook(tmp_path / "b.xlsx", TITLES, ("甲", 7, 1.5, date(2021, 3, 5)), (FORMULA, "1", "=1", None))
    with ZipFile(tmp_path / "b.xlsx") as archive:
        parts = {name: bytearray(archive.read(name)) for name in archive.namelist()}
    whole = data.draw(st.booleans(), label="damage the archive itself")
    target = (
        bytearray((tmp_path / "b.xlsx").read_bytes())
        if whole
        else parts[data.draw(st.sampled_from(sorted(parts)))]
    )
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(target) - 1))
        target[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
        if not target:
            break
    if whole:
        path.write_bytes(target)
    else:
        with ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, bytes(content))
    with suppress(SheetError):
        cells(path)
