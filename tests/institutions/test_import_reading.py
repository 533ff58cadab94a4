"""What is read out of the files of offices, whatever program wrote them; no database is needed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from credit_register.core.sheets import SheetLimits
from credit_register.institutions.imports.product_row import ProductRow
from credit_register.institutions.imports.reading import read_file
from credit_register.institutions.imports.results import Counts, ImportRefused, Level, Note
from credit_register.institutions.imports.roster_row import RosterRow
from credit_register.institutions.imports.spool import Spool
from tests.core.codes import uscc
from tests.institutions.importing import csv_file, product_row, roster_row, xlsx_file

TODAY = date(2026, 3, 12)


def read(path: Path, kind: str = "institutions") -> tuple[list[RosterRow], list[Note], Counts]:
    with Spool() as spool:
        counts = read_file(path, kind, spool, today=TODAY, limits=SheetLimits())
        rows = [RosterRow.load(row) for _, row in spool.good_rows()] if kind == "institutions" else []
        return rows, list(spool.notes(tuple(Level))), counts


def read_products(path: Path) -> tuple[list[ProductRow], list[Note]]:
    with Spool() as spool:
        read_file(path, "products", spool, today=TODAY, limits=SheetLimits())
        return [ProductRow.load(row) for _, row in spool.good_rows()], list(spool.notes(tuple(Level)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_every_usual_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    (row,), notes, _ = read(csv_file(tmp_path, [roster_row(住所="𠮷林路1号")], encoding=encoding))
    assert row.fields["name"] == "成都示例第1信用管理有限公司"
    assert row.fields["address"] == "𠮷林路1号"
    assert not notes


def test_headers_may_bear_other_usual_names_and_stand_under_title_rows(tmp_path: Path) -> None:
    lines = [
        ["四川省信用服务机构登记名单"],
        ["填报单位：示例", None, None],
        [
            "序号",
            "企业名称 *",
            "社会信用代码",
            "所属区划",
            "业务类别",
            "法人",
            "注册地址",
            "电话",
            "网址",
            "备用",
        ],
        [1, "四川示例甲有限公司", uscc(), 510104, "01；03", "张三", "示例路1号", 2812345678, "www.a.cn", "x"],
    ]
    (row,), notes, counts = read(xlsx_file(tmp_path, lines))
    assert not notes
    assert counts.ignored_columns == ["序号", "备用"]
    assert row.categories == ("01", "03")
    assert row.fields == {
        "name": "四川示例甲有限公司",
        "region_code": "510104",
        "legal_representative": "张三",
        "address": "示例路1号",
        "phone": "2812345678",
        "website": "https://www.a.cn",
    }


@pytest.mark.parametrize(
    "written",
    ["９１１１００００ＭＡ", " 9111 0000 ma", "9111-0000MA"],
)
def test_codes_are_freed_from_width_case_blanks_and_hyphens(tmp_path: Path, written: str) -> None:
    code = uscc()
    (row,), _, _ = read(csv_file(tmp_path, [roster_row(统一社会信用代码=written + code[10:])]))
    assert row.uscc == code


@pytest.mark.parametrize(
    "cell", [date(2021, 3, 5), 44260, "44260", "2021年3月5日", "2021/3/5", "２０２１－０３－０５", "20210305"]
)
def test_dates_are_read_however_a_clerk_writes_them(tmp_path: Path, cell: object) -> None:
    titles = [*roster_row(), "成立日期"]
    (row,), _, _ = read(xlsx_file(tmp_path, [titles, [*roster_row().values(), cell]]))
    assert row.fields["founded_on"] == date(2021, 3, 5)


def test_a_code_that_the_spreadsheet_made_a_number_is_read_or_refused_with_its_reason(tmp_path: Path) -> None:
    lines = [list(roster_row()), ["示例甲公司", 911100006000373411, "510104", "信用报告"]]
    rows, (note,), _ = read(xlsx_file(tmp_path, lines))
    assert not rows
    assert (note.row, note.column) == (2, "统一社会信用代码")
    assert "前 15 位" in note.message


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("企业征信;信用评级", ("01", "03")),
        ("企业征信、信用评级，信用调查/尽调", ("01", "03", "04")),
        ("担保、信用保险、保理", ("90",)),
        ("信用报告 信用培训\n第三方评估", ("09", "10", "12")),
        ("1,9", ("01", "09")),
        ("信用报告；信用报告；", ("09",)),
        ("信用 管理 咨询", ("06",)),
        ("企业征信/信用评级", ("01", "03")),
    ],
)
def test_categories_are_split_with_care(tmp_path: Path, cell: str, codes: tuple[str, ...]) -> None:
    (row,), _, _ = read(csv_file(tmp_path, [roster_row(服务类别=cell)]))
    assert row.categories == codes


FAULTS = {
    "机构名称": [
        "",
        "甲",
        "长" * 121,
        "=1+1",
        "+86公司",
        "-公司",
        "@公司",
        "＝公司",
        "甲\n乙公司",
        "甲\u2028公司",
    ],
    "统一社会信用代码": ["", "123", uscc()[:-1] + "I", "000000000000000000"],
    "区划代码": ["", "999999", "000000", "51", "某地"],
    "服务类别": ["", "征信", "信用报告；别的"],
    "成立日期": ["2026-03-13", "2021", "去年", "2199-13-40"],
    "联系电话": ["请来电", "12", "1" * 61],
    "官网": ["javascript:alert(1)", "ftp://a.cn", "http://", "https://甲 乙.cn", "http://u@a.cn", "示例"],
    "住所": ["=VLOOKUP(A1,B:B,1)", "长" * 201],
    "法定代表人": ["=张三", "+张三", "长" * 61],
    "简介": ["=1", "长" * 5001],
}


@pytest.mark.parametrize(
    ("column", "cell"), [(name, cell) for name, cells in FAULTS.items() for cell in cells]
)
def test_a_wrong_cell_is_told_by_row_and_column_with_a_sentence(
    tmp_path: Path, column: str, cell: str
) -> None:
    file = csv_file(tmp_path, [roster_row(**{column: cell})])
    rows, notes, counts = read(file)
    assert not rows
    assert counts.rejected == 1
    assert [(note.row, note.level, note.column) for note in notes] == [(2, Level.REJECTED, column)]
    assert notes[0].message.endswith("。")


@pytest.mark.parametrize("cell", ["无", "暂无", "-", "——", "/", "  "])
def test_words_for_nothing_are_nothing(tmp_path: Path, cell: str) -> None:
    optional = dict.fromkeys(
        ("法定代表人", "成立日期", "住所", "联系电话", "官网", "首席信用监督官", "简介", "曾用名"), cell
    )
    (row,), notes, _ = read(csv_file(tmp_path, [roster_row(**optional)]))
    assert set(row.fields) == {"name", "region_code"}
    assert not row.former_names
    assert not notes


def test_every_wrong_cell_of_a_row_is_told_and_the_row_counts_once(tmp_path: Path) -> None:
    _, notes, counts = read(csv_file(tmp_path, [roster_row(机构名称="", 区划代码="1", 官网="ftp://x.cn")]))
    assert counts.rejected == 1
    assert {note.column for note in notes} == {"机构名称", "区划代码", "官网"}


def test_names_keep_one_form_of_brackets_and_blanks(tmp_path: Path) -> None:
    (row,), _, _ = read(csv_file(tmp_path, [roster_row(机构名称=" 示例(四川) 信用\u200b管理有限公司 ")]))
    assert row.fields["name"] == "示例（四川）信用管理有限公司"


def test_what_nobody_can_see_does_not_enter_the_register(tmp_path: Path) -> None:
    hidden = "\u202e\u2066\u2060\u3164\u00ad"
    cells = {"简介": f"第一段{hidden}\n第二{hidden}段", "住所": f"示例{hidden}路 1 号", "法定代表人": hidden}
    (row,), notes, _ = read(csv_file(tmp_path, [roster_row(**cells)]))
    assert row.fields["introduction"] == "第一段\n第二段"
    assert row.fields["address"] == "示例路 1 号"
    assert "legal_representative" not in row.fields
    assert not notes
    (product,), _ = read_products(
        csv_file(tmp_path, [product_row(收费标准=f"200{hidden}元/{hidden}份", 计费单位="", 收费说明=hidden)])
    )
    assert (product.fee.text, product.included) == ("200 元/份", "")


def test_a_formula_is_found_behind_what_nobody_can_see(tmp_path: Path) -> None:
    rows, notes, _ = read(csv_file(tmp_path, [roster_row(简介="\u2060=1+1", 住所="\u3164=1+1")]))
    assert not rows
    assert {note.column for note in notes} == {"简介", "住所"}


def test_a_region_may_be_given_by_its_full_name(tmp_path: Path) -> None:
    (row,), _, _ = read(csv_file(tmp_path, [roster_row(区划代码="四川省成都市锦江区")]))
    assert row.fields["region_code"] == "510104"


def test_a_code_with_a_soft_doubt_is_taken_and_the_doubt_told(tmp_path: Path) -> None:
    code = uscc(division="110103")  # a district that was merged into another
    rows, notes, _ = read(csv_file(tmp_path, [roster_row(统一社会信用代码=code)]))
    assert [row.uscc for row in rows] == [code]
    assert [(note.level, note.column) for note in notes] == [(Level.WARNING, "统一社会信用代码")]


def test_of_two_rows_with_one_code_the_first_good_one_is_kept(tmp_path: Path) -> None:
    rows, notes, counts = read(
        csv_file(tmp_path, [roster_row(1, 机构名称=""), roster_row(1), roster_row(1, 简介="又一次")])
    )
    assert [row.fields.get("introduction") for row in rows] == [None]
    assert [(note.row, note.level) for note in notes] == [(2, Level.REJECTED), (4, Level.DUPLICATE)]
    assert (counts.rejected, counts.duplicate) == (1, 1)
    assert "第 3 行" in notes[1].message


def test_licences_go_to_the_category_that_needs_them(tmp_path: Path) -> None:
    one = roster_row(服务类别="企业征信;信用报告", 备案号="备1号", 发证机关="某分行", 有效期至="2027年1月1日")
    several = roster_row(
        2, 服务类别="企业征信;信用评级", 备案号="企业征信：备2号；信用评级：备3号", 有效期至="长期"
    )
    unclear = roster_row(3, 服务类别="企业征信;信用评级", 备案号="备4号")
    rows, notes, _ = read(csv_file(tmp_path, [one, several, unclear]))
    assert rows[0].licences == {
        "01": {
            "licence_number": "备1号",
            "licence_issuer": "某分行",
            "licence_expires_on": date(2027, 1, 1),
        }
    }
    assert rows[1].licences == {"01": {"licence_number": "备2号"}, "03": {"licence_number": "备3号"}}
    assert [(note.row, note.column) for note in notes] == [(4, "备案号")]


def test_a_category_that_needs_a_filing_and_names_none_is_doubted(tmp_path: Path) -> None:
    rows = [roster_row(服务类别="企业征信", 备案号=""), roster_row(2, 备案号="备1号")]
    found, notes, _ = read(csv_file(tmp_path, rows))
    assert len(found) == 2
    assert [(note.row, note.level) for note in notes] == [(2, Level.WARNING), (3, Level.WARNING)]
    assert not found[1].licences


@pytest.mark.parametrize(
    ("basis", "standard", "unit", "text"),
    [
        ("按份", "200", "元/份", "200 元/份"),
        ("按份", "200-500元", "", "200–500 元/份"),
        ("按比例", "8", "%/回款额", "8 %/回款额"),
        ("面议", "", "", "面议"),
        ("", "面议", "", "面议"),
        ("免费", "", "", "免费"),
        ("按次", "0.0", "元/次", "免费"),
        ("按年", "9.8万", "元/年", "98,000 元/年"),
    ],
)
def test_fees_are_read_as_they_are_written(
    tmp_path: Path, basis: str, standard: str, unit: str, text: str
) -> None:
    rows, notes = read_products(
        csv_file(tmp_path, [product_row(收费方式=basis, 收费标准=standard, 计费单位=unit)])
    )
    assert [row.fee.text for row in rows] == [text], notes


PRODUCT_FAULTS = {
    "产品名称": ["", "=1+1", "长" * 121],
    "服务类别": ["", "别的", "信用报告;信用培训"],
    "收费方式": ["", "看着给"],
    "收费标准": ["", "很贵", "500-200", "0.00001"],
    "计费单位": ["美元/年"],
    "收费说明": ["长" * 1001],
}


@pytest.mark.parametrize(
    ("column", "cell"), [(name, cell) for name, cells in PRODUCT_FAULTS.items() for cell in cells]
)
def test_a_wrong_cell_of_a_product_is_told(tmp_path: Path, column: str, cell: str) -> None:
    rows, notes = read_products(csv_file(tmp_path, [product_row(**{column: cell})]))
    assert not rows
    assert [(note.row, note.level, note.column) for note in notes] == [(2, Level.REJECTED, column)]


def test_more_rows_than_allowed_are_refused(tmp_path: Path) -> None:
    file = csv_file(tmp_path, [roster_row(serial) for serial in range(1, 5)])
    with Spool() as spool, pytest.raises(ImportRefused, match="超过 3 行"):
        read_file(file, "institutions", spool, today=TODAY, limits=SheetLimits(rows=3))
