"""Whoever reported is taken out of every text that others read."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from credit_register.core.database import db
from credit_register.reports import receipts
from credit_register.reports.models import Identity, State
from credit_register.reports.redaction import HIDDEN, Reporter, recognisable, redact, spans
from tests.factories import make_report
from tests.reports.citizens import (
    file_report,
    form_of,
    open_case,
    put_into,
    seed_deadline_rules,
    the_report,
    write,
)

WHO = Reporter("王示例", "138 0000 5678", "四川省成都市武侯区示例路 5 号 3 栋 402")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("我是王示例，请查处。", f"我是{HIDDEN}，请查处。"),
        ("我叫王 示 例。", f"我叫{HIDDEN}。"),
        ("电话13800005678或者138-0000-5678", f"电话{HIDDEN}或者{HIDDEN}"),
        ("电话１３８０００05678。", f"电话{HIDDEN}。"),
        ("+86 138 0000 5678", f"+86 {HIDDEN}"),
        ("我住四川省成都市武侯区示例路5号3栋402", f"我住{HIDDEN}"),
        ("我住武侯区示例路 5 号 3 栋 402 室", f"我住武侯区{HIDDEN} 室"),
        ("编号 9138000056781 不是电话", "编号 9138000056781 不是电话"),
        ("王先生和示例公司", "王先生和示例公司"),
    ],
)
def test_name_telephone_and_address_go_however_they_are_written(text: str, left: str) -> None:
    assert redact(text, WHO) == left


@pytest.mark.parametrize("who", [Reporter(), Reporter("王", "12345", "成都"), Reporter(" ", "-", "路")])
def test_what_is_too_short_to_be_anybody_is_left(who: Reporter) -> None:
    text = "王先生 12345 成都路"
    assert redact(text, who) == text


@pytest.mark.parametrize("phone", ["028-1234567", "0281234567", "010 12345678"])
def test_a_landline_goes_with_and_without_the_code_of_its_place(phone: str) -> None:
    digits = phone[-8:] if phone.startswith("010") else phone[-7:]
    assert digits not in redact(f"请打{phone}。", Reporter(phone=phone))


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(["王示例", "王 示例", "13800005678"]))
def test_nothing_is_left_of_it_wherever_it_stands(before: str, after: str, written: str) -> None:
    from credit_register.core.plain_text import paragraphs

    text = paragraphs(f"{before}。{written}。{after}")
    left = redact(text, WHO)
    assert written not in left
    assert all(0 <= start < end <= len(text) for start, end in spans(text, WHO))


_BODY = "7KQ2MZ9RXH4TWB3CPV6"
RECEIPT = _BODY + receipts.check_character(_BODY)


@pytest.mark.parametrize(
    "written",
    [
        RECEIPT,
        RECEIPT.lower(),
        receipts.grouped(RECEIPT),
        " ".join(RECEIPT),
        receipts.grouped(RECEIPT).replace("-", " – "),
        "".join(chr(ord(each) + 0xFEE0) for each in RECEIPT),
        receipts.grouped(RECEIPT).replace("-", "\n"),
    ],
)
@pytest.mark.parametrize("who", [WHO, Reporter()])
def test_a_receipt_goes_too_because_whoever_reads_it_could_open_the_case(written: str, who: Reporter) -> None:
    assert receipts.check(written).receipt == RECEIPT
    assert redact(f"上次的回执码：{written}，请一并处理。", who) == f"上次的回执码：{HIDDEN}，请一并处理。"
    assert redact(f"receipt case {written}", who) == f"receipt case {HIDDEN}"


def test_what_only_looks_like_a_receipt_stays() -> None:
    other = ("3" if RECEIPT[0] != "3" else "4") + RECEIPT[1:]
    for text in (f"订单号 {other}", f"编号 9{RECEIPT}", f"{RECEIPT}X", "23456789 ABCDEFGH"):
        assert redact(text, WHO) == text


class TestAtTheDoor:
    def test_the_row_holds_what_staff_read_and_the_original_is_encrypted(self, client: FlaskClient) -> None:
        facts = "我叫王示例，13800005678，2026 年 3 月被收取 3000 元“修复费”。"
        receipt = file_report(
            client,
            kind="report",
            anonymous="0",
            contact_name="王示例",
            contact_phone="13800005678",
            facts=facts,
        )
        row = the_report()
        assert row.facts == f"我叫{HIDDEN}，{HIDDEN}，2026 年 3 月被收取 3000 元“修复费”。"
        assert db.session.get_one(Identity, row.id).facts == facts
        open_case(client, receipt)
        write(client, "我是王示例，补充一份合同。")
        assert the_report().messages[-1].text == f"我是{HIDDEN}，补充一份合同。"

    def test_the_request_for_a_review_is_read_by_others_too(self, client: FlaskClient) -> None:
        seed_deadline_rules()
        receipt = file_report(client, anonymous="0", contact_name="王示例", contact_phone="13800005678")
        put_into(State.ANSWERED, the_report())
        open_case(client, receipt)
        asked = {"reason": f"我是王示例，13800005678，回执码 {receipt}，对方仍在收费。"}
        for _ in range(2):  # a double click
            answer = client.post("/reports/track/review", data={**form_of(client, "/account/login"), **asked})
            assert answer.status_code == 303, answer.text
        assert the_report().review_request == f"我是{HIDDEN}，{HIDDEN}，回执码 {HIDDEN}，对方仍在收费。"

    def test_who_is_not_named_in_the_text_leaves_no_second_copy(self, client: FlaskClient) -> None:
        file_report(client, anonymous="0", contact_name="王示例", contact_phone="13800005678")
        assert db.session.get_one(Identity, the_report().id).facts is None


class TestWhatAnInstitutionWouldRecognise:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("请说明电话 13900001111 是谁的。", "手机号"),
            ("有人说对方来电称可以包修复征信收取三千元后失去联系，请说明。", "原话相同"),
            ("请说明合同 HT-2026-00981 的履行情况。", "HT-2026-00981"),
            ("请说明 3127.55 元的来历。", "3127.55"),
        ],
    )
    def test_each_reason_is_told_to_the_officer(self, app: Flask, text: str, reason: str) -> None:
        report = make_report(
            facts="对方来电称，可以包修复征信，收取三千元后失去联系。转账 3127.55 元。",
            subject_contract="ht-2026-00981",
        )
        found = recognisable(report, text)
        assert found, "nothing was found"
        assert reason in found[0]

    def test_own_words_pass(self, app: Flask) -> None:
        report = make_report(facts="对方来电称，可以包修复征信，收取三千元后失去联系。")
        assert recognisable(report, "请说明贵机构今年 3 月收费的项目、标准和依据。") == []
