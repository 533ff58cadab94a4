"""The text: canonical, complete, frozen."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import date

from flask import Flask

from credit_register.commitments.wording import (
    WORDINGS,
    differences,
    digest,
    period_text,
    render,
    wording_for,
)
from tests.factories import make_institution

FACTS = {
    "name": "成都示例信用管理有限公司",
    "uscc": "91510100MA00000000",
    "address": "四川省成都市示例路 1 号",
    "categories": ["06", "10"],
    "legal_representative": "李示例",
    "correction": {"amount": 10, "unit": "working_day"},
    "validity": {"amount": 12, "unit": "month"},
}


def test_the_text_names_the_institution_and_holds_twelve_clauses() -> None:
    text = render(WORDINGS[0], FACTS)
    for said in ("成都示例信用管理有限公司", "91510100MA00000000", "四川省成都市示例路 1 号", "李示例"):
        assert said in text
    assert "信用管理咨询、信用培训" in text
    assert "变更后 10 个工作日内更新" in text
    assert "有效期 12 个月" in text
    clauses = [line for line in text.splitlines() if line.partition("、")[0] in _NUMERALS]
    assert [line.partition("、")[0] for line in clauses] == _NUMERALS
    assert "同意将本承诺及践诺情况" in text  # without it there is no ground to publish
    assert "{" not in text


_NUMERALS = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]


def test_the_text_is_canonical_whatever_the_register_holds() -> None:
    odd = {**FACTS, "name": "Cafe\u0301 示例\r\n有限公司 ", "address": "a{name}\u2028b"}
    text = render(WORDINGS[0], odd)
    assert unicodedata.is_normalized("NFC", text)
    assert "承诺机构：Café 示例 有限公司\n" in text
    assert "住所：a{name} b\n" in text
    assert "\r" not in text
    assert all(line == line.rstrip() for line in text.split("\n"))
    assert text.endswith("2026-1\n")
    assert digest(text) == hashlib.sha256(text.encode("utf-8")).hexdigest()


def test_a_day_before_the_first_version_gets_the_first() -> None:
    assert wording_for(date(2020, 1, 1)) is WORDINGS[0]
    assert wording_for(date(2030, 1, 1)) is WORDINGS[-1]
    assert period_text({"amount": 12, "unit": "month"}) == "12 个月"


def test_what_the_register_says_differently_is_named(app: Flask) -> None:
    institution = make_institution(categories=("06",))
    facts = {
        "name": institution.name,
        "uscc": institution.uscc,
        "address": "",
        "categories": ["06", "10"],
        "legal_representative": "王示例",
    }
    found = {one.label: (one.before, one.after) for one in differences(facts, institution)}
    assert found == {
        "住所": ("未填报", institution.address),
        "服务类别": ("信用管理咨询、信用培训", "信用管理咨询"),
        "法定代表人": ("王示例", "李示例"),
    }
