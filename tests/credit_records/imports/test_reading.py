"""Rows of penalties, lists, facts and repairs, read cell by cell; nothing of the register is looked at."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from credit_register.core.sheets import SheetLimits
from credit_register.credit_records.imports.degree import derived_degree, kinds_of
from credit_register.credit_records.imports.line import Line, key_of
from credit_register.credit_records.imports.reading import Read, read_file
from credit_register.credit_records.imports.results import FileRefused
from credit_register.credit_records.models import BatchKind, Degree
from credit_register.institutions.facts import BadFact
from credit_register.institutions.imports.results import Level
from credit_register.institutions.imports.spool import Spool
from tests.core.codes import uscc
from tests.credit_records.imports.bringing import (
    AUTHORITY,
    IDENTITY,
    fact,
    listed,
    penalty,
    repaired,
)
from tests.institutions.importing import Row, csv_file, xlsx_file

CODE = uscc(division="510100", serial=41)
TODAY = date(2026, 3, 12)


class Found:
    """What reading a file gave."""

    def __init__(self, path: Path, kind: BatchKind) -> None:
        with Spool() as spool:
            self.read: Read = read_file(path, kind, spool, today=TODAY, limits=SheetLimits())
            self.lines = [Line.load(row) for _, row in spool.good_rows()]
            self.notes = list(spool.notes(tuple(Level)))

    @property
    def errors(self) -> list[str]:
        return [f"{note.column}：{note.message}" for note in self.notes if note.level is Level.REJECTED]

    @property
    def doubts(self) -> list[str]:
        return [note.message for note in self.notes if note.level is Level.WARNING]

    @property
    def content(self) -> dict[str, Any]:
        assert not self.errors
        [line] = self.lines
        return line.content


def found(folder: Path, *rows: Row, kind: BatchKind = BatchKind.PENALTIES) -> Found:
    return Found(csv_file(folder, rows), kind)


class TestPenalties:
    def test_the_national_fields_are_read(self, tmp_path: Path) -> None:
        result = found(tmp_path, penalty(CODE))
        [line] = result.lines
        assert (line.kind, line.uscc, line.name) == ("penalty", CODE, "成都示例第一信用管理有限公司")
        assert line.key == f"示例罚〔2026〕1号|{AUTHORITY}|{CODE}"
        assert result.content == {
            "document_number": "示例罚〔2026〕1号",
            "authority": "示例市监局",
            "authority_code": AUTHORITY,
            "decided_on": "2026-02-02",
            "degree": "general",
            "degree_derived": True,
            "conduct": "虚假宣传",
            "facts": "在宣传中夸大服务效果。",
            "basis": "《示例条例》第八条",
            "penalty_kinds": "罚款",
            "content": "罚款 1.5 万元",
            "fine": "1.5",
            "confiscated": None,
            "licence": "",
            "valid_until": None,
            "listed_until": "2027-02-02",
            "source": "示例信用中心",
            "remark": "",
        }

    def test_chinese_titles_say_the_same(self, tmp_path: Path) -> None:
        titles = {
            "CF_XDR_MC": "行政相对人名称",
            "CF_XDR_LB": "行政相对人类别",
            "CF_XDR_SHXYM": "统一社会信用代码",
            "CF_WSH": "行政处罚决定书文号",
            "CF_WFXW": "违法行为类型",
            "CF_SY": "违法事实",
            "CF_YJ": "处罚依据",
            "CF_CFLB": "处罚类别",
            "CF_NR": "处罚内容",
            "CF_NR_FK": "罚款金额（万元）",
            "CF_JDRQ": "处罚决定日期",
            "CF_GSJZQ": "公示截止期",
            "CF_CFJG": "处罚机关",
            "CF_CFJGDM": "处罚机关统一社会信用代码",
            "CF_SJLY": "数据来源单位",
        }
        row = penalty(CODE)
        chinese = found(tmp_path, {titles[name]: value for name, value in row.items()})
        assert chinese.lines == found(tmp_path, row).lines

    def test_the_names_of_2016_are_mapped_and_what_has_no_place_becomes_the_remark(
        self, tmp_path: Path
    ) -> None:
        content = found(
            tmp_path,
            {
                "CF_WSH": "示例罚[2017]9号",
                "CF_CFMC": "虚假宣传案",
                "CF_CFLB1": "罚款",
                "CF_CFLB2": "责令停产停业",
                "CF_SY": "虚假宣传",
                "CF_YJ": "《示例法》",
                "CF_XDR_MC": "成都示例第一信用管理有限公司",
                "CF_XDR_SHXYM": CODE,
                "CF_FR": "张示例",
                "CF_JG": "罚款二万元，停业一个月",
                "CF_JDRQ": "2017/5/6",
                "CF_XZJG": "示例工商局",
                "CF_ZT": "0",
                "DFBM": "510100",
                "SJC": "2017-05-07",
                "BZ": "",
            },
        ).content
        assert content["penalty_kinds"] == "罚款、责令停产停业"
        assert content["degree"] == "severe"
        assert content["content"] == "罚款二万元，停业一个月"
        assert (content["authority"], content["authority_code"]) == ("示例工商局", "")
        assert content["remark"] == "处罚名称：虚假宣传案"
        assert content["source"] == "地方编码 510100"
        assert "张示例" not in str(content)

    @pytest.mark.parametrize(
        ("cells", "said"),
        [
            ({"CF_ZT": "1"}, "CF_ZT：当前状态不是“正常”"),
            ({"CF_CFLB": "02"}, "CF_CFLB：处罚类别是数字代码"),
            ({"CF_CFLB": ""}, "处罚类别为空，无从判断失信等级"),
            ({"失信等级": "很重"}, "失信等级：失信等级“很重”无法识别"),
            ({"CF_WSH": ""}, "CF_WSH：行政处罚决定书文号为空，请填写。"),
            ({"CF_CFJG": "无"}, "CF_CFJG：处罚机关为空，请填写。"),
            ({"CF_JDRQ": ""}, "处罚决定日期为空，请填写"),
            ({"CF_JDRQ": "2026-03-13"}, "晚于今天"),
            ({"CF_JDRQ": "2026-13-01"}, "不是有效日期"),
            ({"CF_GSJZQ": "2026-02-01"}, "公示截止期早于处罚决定日期 2026-02-02"),
            ({"CF_NR_FK": "一万"}, "不是金额"),
            ({"CF_NR_FK": "-1"}, "超出范围"),
            ({"CF_NR_FK": "15000元"}, "单位是元，请换算成万元"),
            ({"CF_NR_FK": "1.1234567"}, "小数超过 6 位"),
            ({"CF_XDR_SHXYM": CODE[:-1]}, "应为 18 位"),
            ({"CF_CFJGDM": "某某"}, "处罚机关代码“某某”无法识别"),
            ({"CF_XDR_MC": "=1+1"}, "CF_XDR_MC"),
        ],
    )
    def test_a_wrong_cell_is_told_beside_its_own_title(
        self, tmp_path: Path, cells: dict[str, object], said: str
    ) -> None:
        result = found(tmp_path, penalty(CODE, **cells))
        assert not result.lines
        assert said in "".join(result.errors)
        assert all(message.endswith("。") for message in result.errors)
        assert result.read.counts.rejected == 1

    @pytest.mark.parametrize(
        ("written", "amount"),
        [("1.50", "1.5"), ("1,234.5", "1234.5"), ("０．５", "0.5"), ("3万元", "3"), ("0", "0"), ("", None)],
    )
    def test_amounts_are_ten_thousands(self, tmp_path: Path, written: str, amount: str | None) -> None:
        assert found(tmp_path, penalty(CODE, CF_NR_FK=written)).content["fine"] == amount

    def test_amounts_in_yuan_are_refused_before_they_are_read(self, tmp_path: Path) -> None:
        row = {"罚款金额（元）" if name == "CF_NR_FK" else name: cell for name, cell in penalty(CODE).items()}
        with pytest.raises(FileRefused, match="单位须为万元"):
            found(tmp_path, row)

    @pytest.mark.parametrize(
        ("cells", "degree", "derived", "remark"),
        [
            ({"CF_CFLB": "警告"}, "minor", True, ""),
            ({"CF_CFLB": "警告;通报批评"}, "minor", True, ""),
            ({"CF_CFLB": "警告、罚款"}, "general", True, ""),
            ({"CF_CFLB": "吊销许可证件"}, "severe", True, ""),
            ({"CF_CFLB": "警告", "BZ": "严重"}, "severe", False, ""),
            ({"CF_CFLB": "警告", "BZ": "情节严重"}, "minor", True, "情节严重"),
            ({"CF_CFLB": "警告", "失信等级": "一般", "BZ": "严重"}, "general", False, "严重"),
            ({"CF_CFLB": "", "失信等级": "轻微"}, "minor", False, ""),
        ],
    )
    def test_the_degree_is_what_the_sender_says_else_what_the_kinds_say(
        self, tmp_path: Path, cells: dict[str, object], degree: str, derived: bool, remark: str
    ) -> None:
        content = found(tmp_path, penalty(CODE, **cells)).content
        assert (content["degree"], content["degree_derived"], content["remark"]) == (degree, derived, remark)

    def test_full_width_codes_and_day_numbers_of_a_workbook_are_read(self, tmp_path: Path) -> None:
        wide = "".join(chr(ord(each) + 0xFEE0) for each in CODE)
        row = penalty(wide, CF_JDRQ=46055, CF_NR_FK=17.369157)
        result = Found(xlsx_file(tmp_path, [list(row), list(row.values())]), BatchKind.PENALTIES)
        assert result.lines[0].uscc == CODE
        assert (result.content["decided_on"], result.content["fine"]) == ("2026-02-02", "17.369157")

    def test_the_same_record_twice_is_told(self, tmp_path: Path) -> None:
        result = found(tmp_path, penalty(CODE), penalty(CODE, CF_WSH="示例罚 [2026] １号"))
        assert len(result.lines) == 1
        assert result.errors == ["CF_WSH：与第 2 行是同一条记录，本行没有导入；请核对后只保留一行。"]


class TestPersonalData:
    def test_a_natural_person_is_refused_and_nothing_of_the_row_is_repeated(self, tmp_path: Path) -> None:
        result = found(
            tmp_path,
            penalty(CODE, CF_XDR_LB="自然人", CF_XDR_MC="张示例", CF_XDR_SHXYM="", CF_XDR_ZJHM=IDENTITY),
            penalty(IDENTITY, 2, CF_XDR_MC="李示例", CF_XDR_LB=""),
        )
        assert not result.lines
        said = "".join(result.errors)
        assert said.count("行政相对人是自然人") == 2
        assert "张示例" not in said
        assert "李示例" not in said
        assert IDENTITY not in said
        assert not result.read.refused_names

    def test_personal_columns_are_not_read_and_named(self, tmp_path: Path) -> None:
        result = found(
            tmp_path, penalty(CODE, CF_FRDB="王示例", CF_FR_ZJHM=IDENTITY, CF_FR_ZJLX="身份证", 其他="甲")
        )
        assert result.read.counts.personal_columns == ["CF_FRDB", "CF_FR_ZJHM", "CF_FR_ZJLX"]
        assert result.read.counts.ignored_columns == ["其他"]
        assert "王示例" not in str(result.lines)
        assert IDENTITY not in str(result.lines)

    def test_numbers_in_free_texts_are_masked(self, tmp_path: Path) -> None:
        content = found(
            tmp_path,
            penalty(CODE, CF_SY=f"经理证件号{IDENTITY}，电话13812345678。", BZ=f"身份证{IDENTITY}"),
        ).content
        assert IDENTITY not in str(content)
        assert "13812345678" not in str(content)
        assert "138****5678" in content["facts"]

    def test_numbers_that_are_named_are_masked_even_where_their_check_digit_is_wrong(
        self, tmp_path: Path
    ) -> None:
        row = penalty(CODE, CF_SY="身份证号510104199001011235", CF_NR="退至账号6222000000001111")
        content = found(tmp_path, row).content
        assert (content["facts"], content["content"]) == ("身份证号5****************5", "退至账号**** 1111")

    def test_a_published_text_that_tells_where_somebody_lives_is_doubted(self, tmp_path: Path) -> None:
        doubted = found(tmp_path, penalty(CODE, CF_SY="上门至其住址收费。"))
        assert any("提到住址" in doubt for doubt in doubted.doubts)
        assert doubted.lines
        for row in (penalty(CODE), penalty(CODE, BZ="住址另报")):
            assert not any("提到住址" in doubt for doubt in found(tmp_path, row).doubts)

    def test_a_number_in_a_wrong_cell_is_masked_in_the_message(self, tmp_path: Path) -> None:
        said = "".join(found(tmp_path, penalty(CODE, CF_JDRQ=IDENTITY, CF_CFJGDM=f"证{IDENTITY}")).errors)
        assert said
        assert IDENTITY not in said


class TestTheSevereList:
    def test_a_row_is_severe_and_may_say_when_it_left(self, tmp_path: Path) -> None:
        row = listed(CODE, 移出日期="2026/2/28", 移出文号="示例移〔2026〕1号")
        result = found(tmp_path, row, kind=BatchKind.SEVERE_LIST)
        [line] = result.lines
        assert line.key == f"严重失信主体名单〔示例〕|示例执〔2026〕1号|示例法院|{CODE}"
        assert line.content["degree"] == "severe"
        assert (line.content["removed_on"], line.content["removal_document"]) == (
            "2026-02-28",
            "示例移〔2026〕1号",
        )

    @pytest.mark.parametrize(
        ("cells", "said"),
        [
            ({"移出日期": "2026-01-14"}, "移出日期早于列入日期 2026-01-15"),
            ({"移出日期": "2026-03-13"}, "晚于今天"),
            ({"名单名称": ""}, "名单名称为空"),
            ({"列入日期": "去年"}, "不是有效日期"),
        ],
    )
    def test_a_wrong_cell_is_told(self, tmp_path: Path, cells: dict[str, object], said: str) -> None:
        result = found(tmp_path, listed(CODE, **cells), kind=BatchKind.SEVERE_LIST)
        assert said in "".join(result.errors)


class TestFactsAndRepairs:
    @pytest.mark.parametrize(
        ("written", "kind", "degree"),
        [
            ("列入经营异常名录", "abnormal", "general"),
            ("破产", "bankrupt", None),
            ("已注销", "deregistered", None),
            ("吊销", "revoked", None),
        ],
    )
    def test_each_kind_of_fact_is_known(
        self, tmp_path: Path, written: str, kind: str, degree: str | None
    ) -> None:
        result = found(tmp_path, fact(CODE, written), kind=BatchKind.FACTS)
        assert (result.lines[0].kind, result.content["degree"]) == (kind, degree)

    def test_an_unknown_kind_is_told(self, tmp_path: Path) -> None:
        result = found(tmp_path, fact(CODE, "搬迁"), kind=BatchKind.FACTS)
        assert "请填写：经营异常、破产、注销、吊销" in "".join(result.errors)

    def test_without_a_number_the_day_tells_two_facts_apart(self, tmp_path: Path) -> None:
        rows = [fact(CODE, "经营异常", 文号=""), fact(CODE, "经营异常", 文号="", 日期="2026-02-05")]
        assert len(found(tmp_path, *rows, kind=BatchKind.FACTS).lines) == 2

    def test_a_repair_says_which_record_when_and_who(self, tmp_path: Path) -> None:
        result = found(tmp_path, repaired(CODE), kind=BatchKind.REPAIRS)
        assert result.lines[0].kind == "repair"
        assert result.content == {
            "document_number": "示例罚〔2026〕1号",
            "authority_code": AUTHORITY,
            "repaired_on": "2026-03-01",
            "repair_document": "示例修〔2026〕3号",
            "office": "示例市监局",
        }


class TestFiles:
    def test_a_file_in_gb18030_is_read(self, tmp_path: Path) -> None:
        path = csv_file(tmp_path, [listed(CODE)], encoding="gb18030")
        assert Found(path, BatchKind.SEVERE_LIST).lines[0].name == "成都示例第一信用管理有限公司"

    def test_a_file_without_rows_is_refused(self, tmp_path: Path) -> None:
        workbook = Workbook()
        assert workbook.active is not None
        workbook.active.append(list(penalty(CODE)))
        workbook.save(tmp_path / "empty.xlsx")
        with pytest.raises(FileRefused, match="没有数据行"):
            Found(tmp_path / "empty.xlsx", BatchKind.PENALTIES)

    def test_a_file_of_another_kind_is_refused_with_its_titles(self, tmp_path: Path) -> None:
        with pytest.raises(FileRefused, match="表头缺少"):
            found(tmp_path, listed(CODE), kind=BatchKind.PENALTIES)


def test_a_long_key_keeps_its_length_and_its_difference() -> None:
    first, second = key_of("名" * 120, "文" * 120, "甲"), key_of("名" * 120, "文" * 120, "乙")
    assert len(first) == len(second) == 240
    assert first != second


def test_kinds_are_told_apart_however_they_are_joined() -> None:
    assert kinds_of("罚款;没收违法所得", "警告，罚款") == ["罚款", "没收违法所得", "警告"]
    assert derived_degree([]) is Degree.GENERAL
    with pytest.raises(BadFact):
        kinds_of("1")
