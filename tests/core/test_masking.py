"""Public pages show of a person what the rules allow, and a scan finds what a person overlooked."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_register.core.masking import (
    PersonalData,
    find_personal_data,
    mask_bank_card,
    mask_email,
    mask_identity,
    mask_named_numbers,
    mask_person,
    mask_personal_data,
    mask_phone,
)

# Invented: the check character is right, the person does not exist.
IDENTITY = "11010519491231002X"
CARD = "6222020000000000000"


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三", "张**"), ("欧阳娜娜", "欧**"), (" 张 ", "张**"), ("", ""), ("阿不都·热合曼", "阿**")],
)
def test_a_name_shows_its_first_character(name: str, masked: str) -> None:
    assert mask_person(name) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13812345678", "138****5678"),
        ("138 1234 5678", "138****5678"),
        ("+86-138-1234-5678", "138****5678"),
        ("１３８１２３４５６７８", "138****5678"),
        ("010-12345678", "****78"),
        ("12345", "****"),
        ("", ""),
    ],
)
def test_a_telephone_number_shows_its_ends(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [(IDENTITY, "1****************X"), ("H12345678", "H*******8"), ("12", "**"), ("", ""), ("1 2 3", "1*3")],
)
def test_an_identity_number_shows_first_and_last(number: str, masked: str) -> None:
    assert mask_identity(number) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("zhang@example.cn", "z***@example.cn"),
        ("a@b.cn", "a***@b.cn"),
        ("zhang＠example.cn", "z***@example.cn"),
        ("没有地址", "***"),
        ("@b.cn", "***"),
        ("", ""),
    ],
)
def test_an_address_shows_its_first_letter_and_its_domain(address: str, masked: str) -> None:
    assert mask_email(address) == masked


def test_a_card_shows_its_last_four_digits() -> None:
    assert mask_bank_card("6222 0200 0000 0000 000") == "**** 0000"
    assert mask_bank_card("123") == "***"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (f"身份证{IDENTITY}，", ["IDENTITY"]),
        ("身份证 110105 19491231 002x", ["IDENTITY"]),
        ("１１０１０５１９４９１２３１００２Ｘ", ["IDENTITY"]),
        ("110105194912310021", []),
        ("110105194913310029", []),
        ("请打13812345678联系", ["MOBILE"]),
        ("138-1234-5678 / +86 13912345678", ["MOBILE", "MOBILE"]),
        ("12812345678", []),
        ("0.13812345678", []),
        ("913812345678", []),
        (f"卡号{CARD}", ["BANK_CARD"]),
        ("6222 0200 0000 0000 000", ["BANK_CARD"]),
        ("4111-1111-1111-1111", ["BANK_CARD"]),
        ("4111-1111-1111-1112", []),
        ("邮箱zhang.san@mail.example.cn。", ["EMAIL"]),
        ("微信@张三 a@b", []),
        ("统一社会信用代码91110000600037341L", []),
        ("电话010-12345678，2021-03-05，第 20210305001 号", []),
        (f"{IDENTITY} zhang@example.cn 13812345678", ["IDENTITY", "EMAIL", "MOBILE"]),
        ("139.0000.2222、139·0000·2222、139/0000/2222", ["MOBILE", "MOBILE", "MOBILE"]),
        ("139 / 0000 — 2222，139。0000。2222", ["MOBILE", "MOBILE"]),
        ("139\u200b0000\u200b2222", ["MOBILE"]),
        ("1\u20603\ufe0f9\u00ad0\u34000000", []),
        ("1\u20603\ufe0f9\u00ad0\u200d0002\u3164222", ["MOBILE"]),
        ("①③⑨００００٢٢٢٢", ["MOBILE"]),
        ("zhang\u200b@exam\u00adple.cn", ["EMAIL"]),
        ("110105 . 1949\u200b1231/002X", ["IDENTITY"]),
        ("4111/1111/1111/1111", []),
        ("收费 3.1390000 元，2021.03.05，139.00 元，1390.0002.222", []),
    ],
)
def test_personal_data_is_found_and_nothing_else(text: str, kinds: list[str]) -> None:
    assert [finding.kind.name for finding in find_personal_data(text)] == kinds


def test_a_finding_names_its_place() -> None:
    text = f"他的号码是１３８１２３４５６７８，证件{IDENTITY}"
    phone, identity = find_personal_data(text)
    assert text[phone.start : phone.end] == "１３８１２３４５６７８"
    assert text[identity.start : identity.end] == IDENTITY
    assert (phone.kind.label, identity.kind.label) == ("手机号", "身份证号")
    assert mask_personal_data(text) == "他的号码是138****5678，证件1****************X"


def test_a_finding_names_its_place_in_the_text_as_it_was_written() -> None:
    text = "\u200b打\u202e139\u200b0000·2222\u2060，写\u200bzhang\u00ad@example.cn\u200b。"
    phone, address = find_personal_data(text)
    assert text[phone.start : phone.end] == "139\u200b0000·2222"
    assert text[address.start : address.end] == "zhang\u00ad@example.cn"
    assert mask_personal_data(text) == "\u200b打\u202e139****2222\u2060，写\u200bz***@example.cn\u200b。"


def test_every_kind_has_a_chinese_label() -> None:
    assert all(kind.label for kind in PersonalData)


@given(st.text(), st.sampled_from([IDENTITY, CARD, "13812345678", "zhang@example.cn"]), st.text())
def test_after_masking_nothing_is_left_to_find(before: str, secret: str, after: str) -> None:
    masked = mask_personal_data(f"{before}，{secret}，{after}")
    assert secret not in masked or secret in before + after
    assert find_personal_data(masked) == []


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        # Wrong check digits throughout: nothing but the word tells what they are.
        ("经理（身份证号码：510104199001011235）收款", "经理（身份证号码：5****************5）收款"),
        ("居民身份证５１０１０４ 19900101 123x。", "居民身份证5****************x。"),
        ("证件号510104900101123、510104199001011235", "证件号5*************3、5****************5"),
        ("银行卡账号 6222 0000 0000 1111 与 622200001112", "银行卡账号 **** 1111 与 **** 1112"),
        ("汇入账号\u200b123456789012345678901", "汇入账号\u200b**** 8901"),
        # Not theirs: too short, too long, another sentence, another code.
        ("身份证于 2026-03-05 丢失", "身份证于 2026-03-05 丢失"),
        ("身份证5101041990010112351", "身份证5101041990010112351"),
        ("核对了身份证；编号510104199001011235", "核对了身份证；编号510104199001011235"),
        ("身份证、统一社会信用代码915101007000000011", "身份证、统一社会信用代码915101007000000011"),
        ("账户余额 12000 元", "账户余额 12000 元"),
        ("没有号码", "没有号码"),
    ],
)
def test_numbers_behind_their_names_are_masked_whatever_their_check_digit(text: str, masked: str) -> None:
    assert mask_named_numbers(text) == masked
    assert mask_named_numbers(masked) == masked


@given(st.text())
def test_findings_are_in_order_and_apart(text: str) -> None:
    found = find_personal_data(text)
    assert all(one.end <= next_one.start for one, next_one in pairwise(found))


@pytest.mark.parametrize(
    "pattern", ["1", "6222 ", "a@", "a.", "a@b.", "138-", "1 ", "身份证", "账号1", "卡号 123456789012、"]
)
def test_no_pattern_keeps_the_search_busy(pattern: str) -> None:
    started = time.perf_counter()
    find_personal_data(pattern * (100_000 // len(pattern)))
    mask_named_numbers(pattern * (100_000 // len(pattern)))
    assert time.perf_counter() - started < 3
