"""What is said of a name or code: registered only when everything agrees, near with its difference, else unknown."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from credit_register.core import search
from credit_register.core.paging import BadParameter
from credit_register.institutions import verification
from credit_register.institutions.models import Institution
from credit_register.institutions.verification.reading import read
from tests.core.codes import uscc
from tests.factories import make_institution

NAME = "成都示例甲子征信有限公司"


@pytest.fixture
def agency(app: Flask) -> Institution:
    made = make_institution(
        name=NAME,
        former_names=["成都示例旧名信用咨询有限公司", "四川（示例）资信事务所"],
        region_code="510104",
        categories=("01",),
    )
    make_institution(name="绵阳示例天府信用评级（集团）有限公司", region_code="510700", categories=("03",))
    search.rebuild()
    return made


def marked(segments: object) -> list[str]:
    return [segment.text for segment in segments if segment.marked]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        NAME,
        f"  {NAME}\n",
        "成都示例甲子 征信有限公司",
        f"名称：{NAME}",
        f"昨天有人打电话说是{NAME}的客服，问我要不要办理",
        f"我公司（{NAME}）",
        "绵阳示例天府信用评级(集团)有限公司",
        "成都示例旧名信用咨询有限公司",
        "四川(示例)资信事务所",
    ],
)
def test_a_name_of_the_register_is_registered(agency: Institution, text: str) -> None:
    answer = verification.verify(text)
    assert answer.result == "registered", answer
    assert len(answer.found) == 1
    assert answer.near == ()


def test_a_code_is_found_however_it_is_written(agency: Institution) -> None:
    code = agency.uscc
    wide = "".join(chr(ord(char) + 0xFEE0) for char in code)
    spaced = " ".join(code[at : at + 4] for at in range(0, 18, 4))
    for text in (
        code,
        code.lower(),
        wide,
        spaced,
        f"代码是{code}，请核实",
        f"统一社会信用代码：{spaced}",
        f"{code}\n{NAME}",
    ):
        answer = verification.verify(text)
        assert (answer.result, answer.codes) == ("registered", (code,)), text
        assert [one.institution.uscc for one in answer.found] == [code]


def test_the_answer_does_not_need_the_index(app: Flask) -> None:
    made = make_institution(name=NAME)
    assert verification.verify(f"是{NAME}吗").found[0].institution.uscc == made.uscc
    assert verification.verify("成都示例甲丑征信有限公司").result == "near"


@pytest.mark.parametrize("status", ["suspended", "deregistered", "withdrawn"])
def test_an_entry_that_is_not_in_force_is_never_called_registered(app: Flask, status: str) -> None:
    made = make_institution(name=NAME, status=status, status_reason="核实", status_since=date(2026, 1, 1))
    for text in (NAME, made.uscc, f"{NAME} {made.uscc}"):
        answer = verification.verify(text)
        assert answer.result == "near"
        assert [one.in_force for one in answer.found] == [False]


@pytest.mark.parametrize(
    ("text", "typed", "registered"),
    [
        ("成都示例甲丑征信有限公司", ["丑"], ["子"]),
        ("成都示例甲子信用有限公司", ["信用"], ["征信"]),
        ("成都示例甲子征信公司", [], ["有限"]),
        ("成都新示例甲子征信有限公司", ["新"], []),
        ("新成都示例甲子征信有限公司", ["新"], []),
        ("成都示例甲子征信有限公司北京分公司", ["北京分公司"], []),
        ("我收到成都示例甲丑征信有限公司", ["丑"], ["子"]),
    ],
)
def test_a_near_name_shows_where_it_differs(
    agency: Institution, text: str, typed: list[str], registered: list[str]
) -> None:
    answer = verification.verify(text)
    assert answer.result == "near", answer
    nearest = answer.near[0]
    assert nearest.institution.name == NAME
    if typed != ["信用"]:
        assert (marked(nearest.typed), marked(nearest.registered)) == (typed, registered)
    assert nearest.differences


def test_the_same_trade_name_in_another_place_and_trade_is_near(agency: Institution) -> None:
    answer = verification.verify("北京示例甲子信用修复有限公司")
    assert answer.result == "near"
    assert answer.near[0].institution.name == NAME


def test_a_short_name_alone_proves_nothing(agency: Institution) -> None:
    answer = verification.verify("示例甲子")
    assert (answer.result, answer.near[0].kind) == ("near", "short_name")
    assert "全称和代码" in answer.near[0].differences[0]


def test_pinyin_finds_but_does_not_confirm(agency: Institution) -> None:
    answer = verification.verify("shilijiazi")
    assert answer.result == "near"
    assert answer.near[0].kind == "pinyin"


@pytest.mark.parametrize(
    "text",
    [
        "宇宙无敌征信修复有限公司",
        "成都明月清风征信有限公司",
        "信用服务有限公司",
        "有限公司",
        "征信",
        "公司",
        "你好，请问你们是做什么的",
        "asdfghjkl",
        "13800138000",
        "6222 0212 3456 7890 123",
        "！？…",
        "\U0001f600" * 20,
        "的" * 300,
    ],
)
def test_nonsense_is_near_to_nobody(agency: Institution, text: str) -> None:
    answer = verification.verify(text)
    assert (answer.result, answer.found, answer.near) == ("unknown", (), ())


def test_a_wrong_check_character_is_explained_and_the_right_code_shown(agency: Institution) -> None:
    wrong = agency.uscc[:-1] + ("0" if agency.uscc[-1] != "0" else "1")
    answer = verification.verify(wrong)
    assert answer.result == "near"
    assert "校验码不符" in answer.code_problems[0]
    assert answer.near[0].institution.uscc == agency.uscc
    assert answer.near[0].differences[0].startswith("第 18 位")


@pytest.mark.parametrize("at", [0, 2, 9, 16, 17])
def test_one_wrong_character_of_a_code_is_found_and_its_place_told(agency: Institution, at: int) -> None:
    char = "8" if agency.uscc[at] != "8" else "7"
    answer = verification.verify(agency.uscc[:at] + char + agency.uscc[at + 1 :])
    assert [one.institution.uscc for one in answer.near] == [agency.uscc]
    assert answer.near[0].differences == (f"第 {at + 1} 位：您提供的是“{char}”，登记的是“{agency.uscc[at]}”",)


def test_a_missing_an_extra_and_a_look_alike_character_are_found(agency: Institution) -> None:
    code = agency.uscc
    for wrong in (code[:7] + code[8:], code[:7] + "9" + code[7:], code.replace("0", "O")):
        answer = verification.verify(wrong)
        assert answer.result == "near", wrong
        assert answer.near[0].institution.uscc == code
        assert answer.code_problems


def test_a_valid_code_of_nobody_is_unknown(agency: Institution) -> None:
    answer = verification.verify(uscc(serial=987_654))
    assert answer.result == "unknown"
    assert "不在名录中" in answer.code_problems[0]


def test_a_name_with_anothers_code_is_told_loudly(agency: Institution) -> None:
    other = make_institution(name="上海示例丙卯商账管理有限公司")
    answer = verification.verify(f"我们是{NAME}，统一社会信用代码{other.uscc}")
    assert answer.result == "near"
    assert answer.conflicts == (
        f"代码 {other.uscc} 登记在“{other.name}”名下，不属于“{NAME}”（其登记代码是 {agency.uscc}）。",
    )


def test_a_name_of_the_register_with_a_code_of_nobody_is_a_conflict(agency: Institution) -> None:
    stranger = uscc(serial=987_654)
    answer = verification.verify(f"{NAME} {stranger}")
    assert answer.result == "near"
    assert agency.uscc in answer.conflicts[0]


def test_an_unknown_name_with_a_registered_code_is_a_conflict(agency: Institution) -> None:
    answer = verification.verify(f"宇宙无敌信用服务有限公司，代码 {agency.uscc}")
    assert answer.result == "near"
    assert "宇宙无敌信用服务有限公司" in answer.conflicts[0]


def test_words_around_a_code_are_no_name(agency: Institution) -> None:
    answer = verification.verify(f"有个公司的代码 {agency.uscc} 是真的吗")
    assert (answer.result, answer.conflicts) == ("registered", ())


def test_two_entries_of_one_name_are_both_shown(agency: Institution) -> None:
    twin = make_institution(name=NAME, region_code="510700")
    answer = verification.verify(NAME)
    assert {one.institution.uscc for one in answer.found} == {agency.uscc, twin.uscc}


def test_the_longest_of_nested_names_is_meant(agency: Institution) -> None:
    make_institution(name="示例甲子征信有限公司")
    assert [one.institution.name for one in verification.verify(NAME).found] == [NAME]


@pytest.mark.parametrize("text", ["", "   \n", "长" * 301])
def test_an_empty_or_over_long_text_is_refused(app: Flask, text: str) -> None:
    with pytest.raises(BadParameter):
        verification.verify(text)


def test_a_sentence_is_read_into_codes_and_phrases() -> None:
    found = read("您好！我们是成都示例甲子征信有限公司，代码：91510104MA0000019X，电话 028-1234567")
    assert found.codes == ("91510104MA0000019X",)
    assert found.name == "我们是成都示例甲子征信有限公司"
