"""What nobody can see does not stay in a text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_register.core.plain_text import is_hidden, one_line, paragraphs, visible

# One of each kind that has been used to hide or to turn words round.
HIDDEN = (
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\u00ad\u061c\u180e\ufeff\u034f"
    "\u115f\u1160\u3164\uffa0\u2800\ufffc\ufe0f\u2065\U000e0041\U000e0100\U0001d159\x00\x07\x1b\x7f\ud800"
)


@pytest.mark.parametrize("character", HIDDEN, ids=ascii)
def test_a_hidden_character_goes_and_feigns_nothing(character: str) -> None:
    assert is_hidden(character)
    assert visible(f"示{character}例") == "示例"
    assert paragraphs(f" {character} \u3000{character}{character}\u00a0") == ""
    assert one_line(f"{character} 甲{character}  乙 {character}") == "甲 乙"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x0b", "\x0c", "\x85"], ids=ascii)
def test_every_end_of_a_line_is_the_same(end: str) -> None:
    assert visible(f"甲{end}乙") == "甲\n乙"
    assert one_line(f"甲{end}乙") == "甲 乙"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "收费 3,000 元\t（含税）\n第二段",
        "𠮷㐂𰻞龘",
        "阿不都·热合曼",
        "ئۇيغۇرچە",
        "བོད་ཡིག",
        "👍",
        "①％～“”",
    ],
)
def test_what_can_be_seen_stays(text: str) -> None:
    assert visible(text) == text


def test_letters_are_composed() -> None:
    assert visible("Cafe\u0301") == "Café"
    assert visible("e\u200b\u0301") == "é"


@given(st.text())
def test_what_is_clean_stays_clean(text: str) -> None:
    once = visible(text)
    assert visible(once) == once
    assert not any(is_hidden(each) for each in once)
    assert unicodedata.is_normalized("NFC", once)
