"""The written answer: printed by whoever reported or sent by the office, and naming nobody."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.core.database import db
from tests.accounts.signing_in import signed_in
from tests.reports.citizens import file_report, open_case, seed_deadline_rules, the_report
from tests.reports.officers import done

NAMED = {"anonymous": "0", "contact_name": "王示例", "contact_phone": "13800005678"}


@pytest.fixture
def citizen(client: FlaskClient) -> FlaskClient:
    seed_deadline_rules()
    open_case(client, file_report(client, **NAMED))
    report = the_report()
    report.region_code = "510100"
    db.session.commit()
    return client


def test_it_is_there_with_the_answer_and_reads_the_same_on_both_sides(
    app: Flask, citizen: FlaskClient
) -> None:
    officer = signed_in(app, Role.LOCAL)
    report = done(the_report(), "take", officer)
    assert citizen.get("/reports/track/answer").status_code == 404
    done(report, "decide", officer, outcome="partly", reason="多收的 500 元属实，其余未发现。")
    assert officer.get(f"/staff/reports/{report.id}/answer").status_code == 404, "decided is not answered"
    assert "多收的 500 元属实" not in citizen.get("/reports/track").text
    done(report, "answer", officer, text="已责令退还。")
    for page in (citizen.get("/reports/track/answer"), officer.get(f"/staff/reports/{report.id}/answer")):
        assert page.status_code == 200
        for words in (
            "部分属实",
            "多收的 500 元属实，其余未发现。",
            "已责令退还。",
            "四川省成都市信用主管部门",
        ):
            assert words in page.text, words
        assert "申请一次复核" in page.text
        article = page.text.split("data-written-answer")[1].split("</article>")[0]
        for secret in ("王示例", "13800005678", "市县牵头单位人员甲", report.number):
            assert secret not in article
    assert 'href="/reports/track/answer"' in citizen.get("/reports/track").text


def test_without_an_open_case_one_is_asked_for_the_receipt(client: FlaskClient) -> None:
    assert client.get("/reports/track/answer").location == "/reports/track"


def test_an_office_elsewhere_has_no_such_report(app: Flask, citizen: FlaskClient) -> None:
    officer = signed_in(app, Role.LOCAL)
    report = done(the_report(), "take", officer)
    done(report, "decide", officer, outcome="upheld", reason="属实。")
    done(report, "answer", officer, text="已处理。")
    elsewhere = signed_in(app, Role.LOCAL, email="elsewhere@example.cn", region="330100")
    assert elsewhere.get(f"/staff/reports/{report.id}/answer").status_code == 404
