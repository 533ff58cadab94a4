"""A receipt survives paper and telephone: every single slip is seen, and says where to look."""

from __future__ import annotations

import random
import re
import string

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from credit_register.reports.receipts import (
    ALPHABET,
    LENGTH,
    RANDOM,
    check,
    check_character,
    derive,
    grouped,
    normalise,
    receipt_hash,
)
from tests.bench.guessing import well_formed
from tests.bench.receipt_rows import years_until_a_hit

BODIES = st.text(ALPHABET, min_size=RANDOM, max_size=RANDOM)


def receipt_of(body: str) -> str:
    return body + check_character(body)


def test_the_alphabet_has_no_character_that_is_taken_for_another() -> None:
    assert len(set(ALPHABET)) == 31
    assert set(ALPHABET) == set(string.digits + string.ascii_uppercase) - set("01ILO")


@given(BODIES)
def test_every_receipt_passes_its_own_check(body: str) -> None:
    assert check(receipt_of(body)).ok
    assert len(receipt_of(body)) == LENGTH


def test_of_one_receipt_every_wrong_character_and_every_swap_is_found() -> None:
    receipt = receipt_of("7QX4K9M2WTBR5HNC3PD")
    wrong = {
        receipt[:place] + other + receipt[place + 1 :]
        for place in range(LENGTH)
        for other in ALPHABET
        if other != receipt[place]
    }
    swapped = {
        receipt[:one] + receipt[two] + receipt[one + 1 : two] + receipt[one] + receipt[two + 1 :]
        for one in range(LENGTH)
        for two in range(one + 1, LENGTH)
        if receipt[one] != receipt[two]
    }
    assert (len(wrong), len(swapped)) == (600, 189)
    assert not [text for text in wrong | swapped if check(text).ok]


@given(BODIES, st.integers(0, LENGTH - 1), st.integers(1, 30))
def test_a_wrong_character_is_found_anywhere(body: str, place: int, step: int) -> None:
    receipt = receipt_of(body)
    other = ALPHABET[(ALPHABET.index(receipt[place]) + step) % 31]
    answer = check(receipt[:place] + other + receipt[place + 1 :])
    assert answer.message.startswith("有一个字符抄错或两个字符颠倒")


@given(BODIES, st.integers(0, LENGTH - 1), st.integers(0, LENGTH - 1))
def test_two_characters_that_changed_places_are_found(body: str, one: int, two: int) -> None:
    letters = list(receipt_of(body))
    if letters[one] == letters[two]:
        return
    letters[one], letters[two] = letters[two], letters[one]
    assert not check("".join(letters)).ok


@pytest.mark.parametrize("join", ["-", " ", "", ".", "—", "\u3000", "\u200b", " - ", "·"])
@given(body=BODIES)
def test_it_is_read_however_it_is_grouped(join: str, body: str) -> None:
    receipt = receipt_of(body)
    written = join.join(grouped(receipt).split("-"))
    wide = "".join(chr(ord(each) + 0xFEE0) if each.isascii() and each.isalnum() else each for each in written)
    for text in (written, written.lower(), f"  {written}\n", wide):
        assert check(text).ok
        assert normalise(text) == receipt


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "请填写回执码"),
        (" - - ", "请填写回执码"),
        ("ABCD-EFGH", "现在读到 8 个，少了 12 个"),
        ("A" * 21, "现在读到 21 个，多了 1 个"),
        ("ABCD-EF0H-JKMN-PQRS-TUVW", "第 2 组第 3 个字符“0”不会出现"),
        ("ABCD-EFGH-JKMN-PQRS-TUVl", "第 5 组第 4 个字符“L”不会出现"),
        ("中BCD-EFGH-JKMN-PQRS-TUVW", "第 1 组第 1 个字符“中”不会出现在回执码中：回执码只用数字和大写字母"),
    ],
)
def test_what_is_wrong_is_said_precisely(typed: str, sentence: str) -> None:
    assert sentence in check(typed).message


@given(st.text(max_size=400))
def test_no_text_whatever_breaks_the_check(text: str) -> None:
    answer = check(text)
    assert answer.ok == (answer.message == "")


def test_whoever_is_measured_guessing_guesses_well_formed_ones() -> None:
    chance = random.Random(5)
    guesses = [well_formed(chance) for _ in range(200)]
    assert len(set(guesses)) == 200
    assert all(check(guess).ok for guess in guesses)
    assert years_until_a_hit(1000) == pytest.approx(6.87e11, rel=0.01)


def test_one_form_has_one_receipt_and_the_hash_tells_it_to_nobody(app: Flask) -> None:
    receipt = derive("key", "content")
    assert receipt == derive("key", "content")
    assert check(receipt).ok
    others = {derive("key", "other"), derive("other", "content"), derive("keyc", "ontent")}
    assert len(others | {receipt}) == 4
    hashed = receipt_hash(receipt)
    assert re.fullmatch(r"[0-9a-f]{64}", hashed)
    assert hashed != receipt_hash(derive("key", "other"))


def test_receipts_spread_over_the_whole_alphabet_at_every_place(app: Flask) -> None:
    many = [derive(str(number), "content") for number in range(1000)]
    assert len(set(many)) == 1000
    assert all({receipt[place] for receipt in many} == set(ALPHABET) for place in range(LENGTH))
