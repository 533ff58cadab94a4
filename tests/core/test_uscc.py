"""The unified social credit code: the agreed vectors, and what the check digit promises."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_register.core.uscc import UsccProblem, UsccWarning, check, normalise
from tests.core.codes import CHARSET, uscc

VECTORS = list(
    csv.DictReader(
        (Path(__file__).parent / "data" / "uscc_vectors.csv").read_text(encoding="utf-8").splitlines()
    )
)

codes = st.builds(
    uscc,
    division=st.sampled_from(["110000", "510104", "659001", "820000"]),
    serial=st.integers(0, 999_999),
    kind=st.sampled_from(["91", "92", "51", "52", "N2", "Y1", "A9"]),
)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
def test_every_agreed_vector_is_judged_as_agreed(vector: dict[str, str]) -> None:
    found = check(vector["code"])
    expected = vector["expected"]
    if expected.startswith("E_"):
        assert found.problem == UsccProblem(expected.removeprefix("E_"))
        assert found.warnings == ()
    else:
        assert found.problem is None
        assert (UsccWarning.CHECK11 in found.warnings) == (expected == "W_CHECK11")
    if expected == "OK_AFTER_NORMALISE":
        assert found.code == "91350100M000100Y43"


def test_there_are_twenty_eight_vectors() -> None:
    assert len(VECTORS) == 28


@given(code=codes)
def test_a_built_code_passes_without_warning(code: str) -> None:
    found = check(code)
    assert found.ok
    assert found.code == code
    assert found.warnings == ()
    assert found.message == ""


@given(code=codes, position=st.integers(0, 17), character=st.sampled_from(CHARSET))
def test_a_single_wrong_character_is_always_found(code: str, position: int, character: str) -> None:
    wrong = code[:position] + character + code[position + 1 :]
    assert check(wrong).ok == (wrong == code)


@given(code=codes, position=st.integers(0, 16))
def test_two_neighbours_that_changed_places_are_always_found(code: str, position: int) -> None:
    wrong = code[:position] + code[position + 1] + code[position] + code[position + 2 :]
    assert check(wrong).ok == (wrong == code)


@given(text=st.text())
def test_any_text_is_judged_and_a_refusal_is_explained(text: str) -> None:
    found = check(text)
    assert found.ok or found.message.endswith("。")


@given(text=st.text(alphabet=CHARSET + CHARSET.lower() + "０１ＡＹ -\u3000\u200b\n"))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    "written",
    [
        "91350100m000100y43",
        "９１３５０１００Ｍ０００１００Ｙ４３",
        " 9135 0100-M000‐100Y—43\n",
        "9135\u200b0100\ufeffM000\u00ad100Y\u221243",
        "9135\u30000100\u00a0M000100Y43\t",
    ],
)
def test_what_people_paste_becomes_the_one_stored_form(written: str) -> None:
    assert normalise(written) == "91350100M000100Y43"


@pytest.mark.parametrize("division", ["990000", "660000", "000000", "100100"])
def test_a_province_outside_the_standard_is_refused(division: str) -> None:
    assert check(uscc(division)).problem is UsccProblem.PROVINCE


def test_a_national_registrar_needs_no_division() -> None:
    assert check(uscc("100000", kind="51")).warnings == ()


@pytest.mark.parametrize("division", ["320594", "110103"])
def test_a_division_that_is_not_in_the_book_is_only_warned_of(division: str) -> None:
    found = check(uscc(division))
    assert found.ok
    assert found.warnings == (UsccWarning.DIVISION_UNKNOWN,)
    assert "第 3 至 8 位" in found.warning_messages[0]


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("", ["请填写 18 位"]),
        ("91350100M000100Y4", ["现为 17 位", "少了 1 位"]),
        ("91350100M000100Y430", ["现为 19 位", "多了 1 位"]),
        ("9135O100M000100Y43", ["第 5 位", "“O”", "可能是“0”"]),
        ("91350100M000100Y4?", ["第 18 位", "“?”"]),
        ("9135010AM000100Y4K", ["第 8 位", "“A”", "应为数字"]),
        ("91110000600037341M", ["第 18 位应为“L”", "现为“M”"]),
        ("94350100M000100Y4R", ["“94”", "公司为 91"]),
        ("91990000M000100Y4N", ["“99”", "省级代码"]),
    ],
)
def test_the_message_says_where_and_how_to_mend_it(code: str, parts: list[str]) -> None:
    message = check(code).message
    for part in parts:
        assert part in message
