"""From the upload to the download: who sends, who opens, and what both read of the virus scanner."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.files import StoredFile, file_scanner, init_files, store_upload
from credit_register.core.settings import ClamdAddress, load_settings
from credit_register.spotchecks.evidence import EVIDENCE
from credit_register.spotchecks.models import CheckFile
from credit_register.web.factory import create_app
from credit_register.web.jobs import run_due
from tests.accounts.signing_in import make_account, signed_in
from tests.core.clamd_server import MARK, Scanner, clamd
from tests.factories import make_check, make_institution
from tests.institutions import importing
from tests.institutions.test_staff_pages import PDF, save
from tests.registrations.applying import CODE, apply, decide, licence, the_row
from tests.reports.citizens import (
    FACTS,
    file_report,
    open_case,
    picture,
    seed_deadline_rules,
    send_report,
    the_report,
)
from tests.spotchecks import checking

NOBODY = ("127.0.0.1", 1)  # a port on which nothing listens
WORDS = ("已查毒", "未启用查毒", "待查毒", "发现病毒")


@pytest.fixture
def scanner() -> Iterator[Scanner]:
    with clamd() as running:
        yield running


@pytest.fixture
def citizen(app: Flask) -> FlaskClient:
    seed_deadline_rules()
    return app.test_client()


def scan_with(app: Flask, address: ClamdAddress | None) -> None:
    """As after a restart with another CLAMAV_URL."""
    init_files(app, app.extensions["settings"].files_url, address)


def find_viruses(app: Flask, scanner: Scanner) -> None:
    """The scanner is back, and everything that waits for it turns out to be infected."""
    scanner.infected = lambda content: True
    scan_with(app, scanner.address)
    assert run_due(now())["scan_waiting_files"] >= 1


def about_chengdu() -> dict[str, str]:
    return {"subject_uscc": make_institution(region_code="510100").uscc}


def waiting_file(name: str) -> StoredFile:
    """A picture that an office has added."""
    return store_upload(checking.picture()[0], name, EVIDENCE, purpose="spot_check_office", now=now())


def refused(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 410
    assert "查毒时发现这个文件带有病毒，不能打开" in answer.text
    assert "Content-Disposition" not in answer.headers


class TestReports:
    @pytest.mark.parametrize(("configured", "word"), [(True, "已查毒"), (False, "未启用查毒")])
    def test_staff_read_beside_a_file_what_the_scanner_said_and_citizens_do_not(
        self, app: Flask, citizen: FlaskClient, scanner: Scanner, *, configured: bool, word: str
    ) -> None:
        scan_with(app, scanner.address if configured else None)
        receipt = file_report(citizen, files=(io.BytesIO(picture()), "照片.jpg"), **about_chengdu())
        officer, report = signed_in(app, Role.LOCAL), the_report()
        page = officer.get(f"/staff/reports/{report.id}").text
        path = f"/staff/reports/{report.id}/files/{report.files[0].file_id}"
        assert f'<a href="{path}">附件1.jpg</a>' in page
        assert [each for each in WORDS if each in page] == [word]
        answer = officer.get(path, buffered=True)
        assert (answer.status_code, answer.data[:2]) == (200, b"\xff\xd8")
        theirs = citizen.get("/reports/track").text + open_case(citizen, receipt).text
        assert not [each for each in WORDS if each in theirs]

    def test_an_infected_file_is_told_beside_its_field_and_the_rest_is_kept(
        self, app: Flask, citizen: FlaskClient, scanner: Scanner
    ) -> None:
        scan_with(app, scanner.address)
        files = [(io.BytesIO(picture()), "好的.jpg"), (io.BytesIO(b"text " + MARK), "说明.txt")]
        answer = send_report(citizen, files=files)
        assert answer.status_code == 422
        assert "“说明.txt”没有收下：查毒程序提示这个文件可能带有病毒，没有保存" in answer.text
        assert "“好的.jpg”没有收下" not in answer.text
        assert FACTS in answer.text
        kept = db.session.scalars(select(StoredFile)).all()
        assert [(file.purpose, file.scan) for file in kept] == [("report_held", "clean")], (
            "the good one is held"
        )

    def test_a_file_that_waits_may_be_opened_until_a_virus_is_found(
        self, app: Flask, citizen: FlaskClient, scanner: Scanner
    ) -> None:
        scan_with(app, NOBODY)
        file_report(citizen, files=(io.BytesIO(picture()), "照片.jpg"), **about_chengdu())
        officer, report = signed_in(app, Role.LOCAL), the_report()
        page, path = (
            f"/staff/reports/{report.id}",
            f"/staff/reports/{report.id}/files/{report.files[0].file_id}",
        )
        assert "待查毒，打开请谨慎" in officer.get(page).text
        assert officer.get(path, buffered=True).status_code == 200
        find_viruses(app, scanner)
        shown = officer.get(page).text
        assert "附件1.jpg" in shown
        assert "发现病毒，不能打开" in shown
        assert path not in shown, "what cannot be opened is no link"
        refused(officer, path)

    def test_a_file_that_turns_out_clean_says_so(
        self, app: Flask, citizen: FlaskClient, scanner: Scanner
    ) -> None:
        scan_with(app, NOBODY)
        file_report(citizen, files=(io.BytesIO(picture()), "照片.jpg"), **about_chengdu())
        scan_with(app, scanner.address)
        assert run_due(now())["scan_waiting_files"] == 1
        assert "已查毒" in signed_in(app, Role.LOCAL).get(f"/staff/reports/{the_report().id}").text


def test_evidence_and_proofs_of_a_check_carry_their_state_for_the_office_only(
    app: Flask, scanner: Scanner
) -> None:
    checking.seed(now())
    institution = make_institution()
    inspector, second = (make_account(role).account for role in (Role.INSPECTOR, Role.PROVINCIAL))
    check = make_check(
        institution,
        opened_by_id=inspector.id,
        confirmed_by_id=second.id,
        state="ordered",
        correction="请更正公示的收费标准。",
    )
    office = signed_in(app, Role.LOCAL)
    agent = signed_in(app, Role.AGENT, uscc_code=institution.uscc)
    scan_with(app, NOBODY)
    theirs = f"/workspace/spotchecks/{check.id}"
    answer = {"text": "已更正并退款。", "version": "1", "files": checking.picture("凭证.png")}
    assert checking.post(agent, f"{theirs}/respond", answer).status_code == 302
    file_id = checking.fresh(check).files[0].file_id
    db.session.add(CheckFile(check_id=check.id, file=waiting_file("截图.png"), side="office"))
    db.session.commit()
    page = office.get(f"/staff/spotchecks/{check.id}").text
    assert page.count("待查毒，打开请谨慎") == 2
    find_viruses(app, scanner)
    page = office.get(f"/staff/spotchecks/{check.id}").text
    assert page.count("发现病毒，不能打开") == 2
    refused(office, f"/staff/spotchecks/{check.id}/files/{file_id}")
    page = agent.get(theirs).text
    assert "凭证.png" in page
    assert not [word for word in WORDS if word in page]
    refused(agent, f"{theirs}/files/{file_id}")


def test_a_licence_found_infected_is_not_taken_for_the_same_one_when_it_is_sent_again(
    app: Flask, scanner: Scanner
) -> None:
    seed_deadline_rules()
    applicant = signed_in(app, Role.AGENT, uscc_code=CODE, confirmed=False)
    officer = signed_in(app, Role.REVIEWER)
    scan_with(app, NOBODY)
    assert apply(applicant, action="send").status_code == 302
    find_viruses(app, scanner)
    registration = the_row()
    page = officer.get(f"/staff/registrations/{registration.id}").text
    assert "发现病毒，不能打开" in page
    refused(officer, f"/staff/registrations/{registration.id}/licence")
    refused(applicant, "/workspace/registration/licence")
    own = applicant.get("/workspace/registration").text
    assert not [word for word in WORDS if word in own]
    assert decide(officer, registration, "return", "请换一份营业执照扫描件").status_code == 302
    again = apply(applicant, action="send")
    assert again.status_code == 422
    assert "查毒程序提示这个文件可能带有病毒" in again.text
    scanner.infected = lambda content: False
    assert apply(applicant, action="send", licence_file=licence()).status_code == 302
    assert "已查毒" in officer.get(f"/staff/registrations/{the_row().id}").text


def test_a_code_of_conduct_found_infected_is_given_to_nobody(app: Flask, scanner: Scanner) -> None:
    officer, institution = signed_in(app, Role.LOCAL), make_institution()
    scan_with(app, NOBODY)
    changes = {"conduct_title": "诚信准则", "conduct_file": (io.BytesIO(PDF), "准则.pdf")}
    assert save(officer, institution, changes).status_code == 302
    page = f"/staff/institutions/{institution.id}"
    for path in (page, f"{page}/edit"):
        assert "待查毒，打开请谨慎" in officer.get(path).text
    find_viruses(app, scanner)
    for path in (page, f"{page}/edit"):
        assert "发现病毒，不能打开" in officer.get(path).text
    refused(officer, f"{page}/conduct")
    refused(app.test_client(), f"/institutions/{institution.uscc}/conduct")


def test_a_file_whose_bytes_are_gone_has_a_page_that_says_so(
    app: Flask, citizen: FlaskClient, instance_path: Path
) -> None:
    file_report(citizen, files=(io.BytesIO(b"text"), "说明.txt"), **about_chengdu())
    report = the_report()
    for path in (instance_path / "files").rglob("*.original"):
        path.unlink()
    answer = signed_in(app, Role.LOCAL).get(f"/staff/reports/{report.id}/files/{report.files[0].file_id}")
    assert answer.status_code == 503
    assert "文件内容暂时无法读取" in answer.text


def test_an_import_of_a_file_found_infected_is_refused(app: Flask, scanner: Scanner, tmp_path: Path) -> None:
    scan_with(app, NOBODY)
    officer = importing.signed_in(app, "510100")
    sent = importing.upload(officer, importing.csv_file(tmp_path, [importing.roster_row(1)]))
    assert sent.status_code == 302
    find_viruses(app, scanner)
    assert "带有病毒" in importing.press(officer, f"{sent.location}/confirm").text
    assert not any(importing.traces().values())
    again = importing.upload(officer, importing.csv_file(tmp_path, [importing.roster_row(2)]))
    assert again.status_code == 422
    assert "没有保存" in again.text


def test_the_setting_gives_the_application_its_scanner(
    database_url: str, instance_path: Path, scanner: Scanner
) -> None:
    environment = {"DATABASE_URL": database_url, "INSTANCE_PATH": str(instance_path), "SAMPLE": "no"}
    with create_app(load_settings({**environment, "CLAMAV_URL": scanner.url})).app_context():
        configured = file_scanner()
        assert configured
        assert configured.virus_in(MARK, patience=5)
        db.engine.dispose()
