"""The evidence of a case: one list of what each side brought, and what officers add to it."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.core.database import db
from credit_register.reports.work_models import Evidence
from tests.accounts.signing_in import send, signed_in
from tests.factories import make_report
from tests.reports.citizens import file_report, open_case, picture, the_report
from tests.reports.officers import done, recorded


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, Role.INSPECTOR)


def bring(officer: FlaskClient, report_id: int, words: str = "冒名网站首页截图", *names: str) -> object:
    page = f"/staff/reports/{report_id}"
    files = [(io.BytesIO(picture(8 + place)), name) for place, name in enumerate(names or ("截图.jpg",))]
    return send(officer, f"{page}/evidence", {"words": words, "files": files}, page=page)


def test_it_stands_in_one_list_with_its_fingerprint_and_the_sender_does_not_see_it(
    app: Flask, client: FlaskClient, officer: FlaskClient
) -> None:
    receipt = file_report(client, files=(io.BytesIO(picture()), "我的照片.jpg"))
    report = the_report()
    report.region_code = "510100"
    db.session.commit()
    assert bring(officer, report.id).status_code == 302
    page = officer.get(f"/staff/reports/{report.id}").text
    assert page.index("附件1.jpg") < page.index("证据1.jpg")
    assert "办理人员 核查人员甲提供：冒名网站首页截图" in page
    assert "截图.jpg" not in page, "names of files are not kept"
    row = db.session.query(Evidence).one()
    assert row.file.sha256[:16] in page
    assert recorded(report, "add_evidence").detail["sha256"] == [row.file.sha256]
    with officer.get(f"/staff/reports/{report.id}/files/{row.file_id}") as handed:
        assert handed.data.startswith(b"\xff\xd8")
    open_case(client, receipt)
    assert "证据1.jpg" not in client.get("/reports/track").text


def test_it_goes_along_to_another_region(app: Flask, officer: FlaskClient) -> None:
    report = make_report()
    bring(officer, report.id)
    done(report, "forward", officer, region="330100", reason="对方在杭州")
    there = signed_in(app, Role.LOCAL, email="hangzhou@example.cn", region="330100")
    assert "证据1.jpg" in there.get(f"/staff/reports/{report.id}").text
    assert officer.get(f"/staff/reports/{report.id}").status_code == 404


@pytest.mark.parametrize(
    ("words", "name", "sentence"),
    [
        ("", "截图.jpg", "请说明文件是什么"),
        ("木马程序", "x.exe", "没有收下"),
        ("字" * 201, "截图.jpg", "2 至 200 字"),
    ],
)
def test_what_is_wrong_stands_beside_the_field(
    officer: FlaskClient, words: str, name: str, sentence: str
) -> None:
    report = make_report()
    page = f"/staff/reports/{report.id}"
    content = b"MZ\x90\x00" if name.endswith("exe") else picture()
    answer = send(
        officer, f"{page}/evidence", {"words": words, "files": (io.BytesIO(content), name)}, page=page
    )
    assert answer.status_code == 422
    assert sentence in answer.text
    assert words in answer.text
    assert db.session.query(Evidence).count() == 0


def test_without_a_file_nothing_is_added(officer: FlaskClient) -> None:
    report = make_report()
    page = f"/staff/reports/{report.id}"
    answer = send(officer, f"{page}/evidence", {"words": "没有文件"}, page=page)
    assert answer.status_code == 422
    assert "请选择要添加的文件" in answer.text


def test_an_auditor_only_looks(app: Flask) -> None:
    report = make_report()
    auditor = signed_in(app, Role.AUDITOR)
    assert "添加证据" not in auditor.get(f"/staff/reports/{report.id}").text
    assert bring(auditor, report.id).status_code == 403
