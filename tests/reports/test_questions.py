"""The small questions have one answer, which counts however it is written."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_register.reports import questions
from credit_register.reports.questions import FAMILIES, Question, ask, in_words, is_right, normalise


def many(family: int) -> list[Question]:
    return [FAMILIES[family](random.Random(seed)) for seed in range(200)]


def test_there_are_several_families_and_the_choice_is_open() -> None:
    assert len(FAMILIES) >= 3
    texts = {ask(random.Random(seed)).text for seed in range(300)}
    assert len(texts) > 100


@pytest.mark.parametrize("family", range(len(FAMILIES)))
def test_every_question_is_plain_chinese_and_its_answer_is_right(family: int) -> None:
    for question in many(family):
        assert question.text[-1] in "？。"
        assert not re.search("[0-9A-Za-z<>]", question.text)
        assert all(is_right(answer, question.answers) for answer in question.answers)
        assert not is_right("", question.answers)
        assert not is_right("不知道", question.answers)


def test_the_answers_are_what_a_person_would_say() -> None:
    for question in many(0):
        one, sign, other = re.findall("^(.+)([加减])(.+)等于几", question.text)[0]
        numbers = [int(normalise(word)) for word in (one, other)]
        right = sum(numbers) if sign == "加" else numbers[0] - numbers[1]
        assert is_right(str(right), question.answers)
        assert not is_right(str(right + 1), question.answers)
    for question in many(1):
        phrase, place = re.findall("“(.+)”的第(.)个字", question.text)[0]
        assert is_right(phrase["一二三四五六".index(place)], question.answers)
    for question in many(2):
        named = question.text.split("，")[0].split("、")
        assert sum(is_right(word, question.answers) for word in named) == 1
    for question in many(3):
        day = "一二三四五六".index(question.text[2])
        for answer in (f"星期{'一二三四五六'[day + 1]}", f"周{'一二三四五六'[day + 1]}", str(day + 2)):
            assert is_right(answer, question.answers)
    for question in many(4):
        numbers = [int(normalise(word)) for word in re.findall("(.+)和(.+)，哪个", question.text)[0]]
        assert is_right(in_words(max(numbers)), question.answers)
        assert not is_right(in_words(min(numbers)), question.answers)


@pytest.mark.parametrize(
    "typed",
    [
        "12",
        "１２",
        " 1 2 ",
        "十二",
        "一十二",
        "拾贰",
        "012",
        "等于12。",
        "答案：十二",
        "= 12",
        "「十二」",
        "⑫",
    ],
)
def test_digits_full_width_digits_and_chinese_numerals_are_one_answer(typed: str) -> None:
    assert is_right(typed, ("12",))


@given(st.integers(0, 99))
def test_every_number_in_words_is_read_back(number: int) -> None:
    assert normalise(in_words(number)) == str(number)


@pytest.mark.parametrize("typed", ["两", "二", "2", "贰"])
def test_two_has_two_words(typed: str) -> None:
    assert normalise(typed) == "2"


@given(st.text())
def test_no_answer_whatever_breaks_the_reading(typed: str) -> None:
    assert isinstance(questions.normalise(typed), str)
