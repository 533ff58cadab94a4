"""From a report of an impostor to the letter to the regulator, and back."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.core.database import db
from credit_register.letters.models import Letter
from tests.accounts.signing_in import send, signed_in
from tests.factories import make_institution, make_report
from tests.letters.writing import FORM

FACTS = "来电的人说自己姓刘，让我把 3000 元转到他的账户，我有录音。"


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, Role.LOCAL)


def test_one_click_drafts_the_letter_and_both_know_one_another(officer: FlaskClient) -> None:
    report = make_report(
        matter="impersonation",
        state="investigating",
        named=True,
        subject_name="示例征信修复中心",
        facts=FACTS,
        subject_site="https://repair.example.cn",
        subject_phone="13900001111",
        subject_contract="HT-2026-00981",
    )
    page = officer.get(f"/staff/reports/{report.id}").text
    assert "拟写提示函，提请监管部门查处" in page
    form = officer.get(f"/staff/letters/new?source=report:{report.id}").text
    assert "示例征信修复中心" in form
    assert "https://repair.example.cn" in form
    for secret in ("我有录音", "王示例", "13800000000", "13900001111", "HT-2026-00981"):
        assert secret not in form
    page = f"/staff/letters/new?source=report:{report.id}"
    clue = {"clues-0-source": f"report:{report.id}", "clues-0-name": "示例征信修复中心"}
    answer = send(officer, page, {**FORM, **clue}, page=page)
    assert answer.status_code == 302, answer.text
    letter = db.session.query(Letter).one()
    assert [(clue.source_kind, clue.source_id) for clue in letter.clues] == [("report", report.id)]
    page = officer.get(f"/staff/reports/{report.id}").text
    assert f"/staff/letters/{letter.id}" in page
    assert f"/staff/reports/{report.id}" in officer.get(f"/staff/letters/{letter.id}").text


def test_the_victim_is_not_taken_for_the_impostor(app: Flask, officer: FlaskClient) -> None:
    victim = make_institution(name="成都示例被冒用信用管理有限公司")
    report = make_report(
        matter="impersonation", state="decided", institution_id=victim.id, subject_uscc=victim.uscc
    )
    form = officer.get(f"/staff/letters/new?source=report:{report.id}").text
    assert "假借“成都示例被冒用信用管理有限公司”名义者" in form
    assert f'value="{victim.uscc}"' not in form


@pytest.mark.parametrize(
    ("matter", "state", "outcome"),
    [
        ("unlawful_fee", "investigating", None),
        ("impersonation", "received", None),
        ("impersonation", "closed", "unfounded"),
        ("impersonation", "refused", None),
    ],
)
def test_what_is_neither_true_nor_probable_leads_to_no_letter(
    officer: FlaskClient, matter: str, state: str, outcome: str | None
) -> None:
    report = make_report(matter=matter, state=state, **({"outcome": outcome} if outcome else {}))
    assert "拟写提示函" not in officer.get(f"/staff/reports/{report.id}").text


def test_a_report_of_another_region_proposes_nothing(officer: FlaskClient) -> None:
    foreign = make_report(
        matter="impersonation", state="investigating", region_code="330100", subject_name="杭州示例冒名者"
    )
    assert "杭州示例冒名者" not in officer.get(f"/staff/letters/new?source=report:{foreign.id}").text
