"""Files that wait for their report: chosen once, attached once, and gone after a day."""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from credit_register.core.clock import clock_at, now
from credit_register.core.database import db
from credit_register.core.encryption import field_cipher
from credit_register.core.files import StorageFull, StoredFile, held, open_clean
from credit_register.reports import attachments, filing
from credit_register.reports.attachments import HeldFile
from credit_register.reports.filing import Submission
from credit_register.reports.filing_proofs import Part, part_of
from credit_register.reports.models import Kind, Matter, Report
from credit_register.reports.views import held_uploads
from credit_register.web.jobs import run_due
from tests.conftest import MOMENT
from tests.reports.citizens import (
    FACTS,
    fields_of,
    picture,
    preview,
    report_fields,
    seed_deadline_rules,
    send_report,
    shown_receipt,
    the_report,
)

Change = Callable[[str], str]


@pytest.fixture(autouse=True)
def rules(app: Flask) -> None:
    seed_deadline_rules()


def photo(name: str = "合影.jpg", side: int = 8) -> tuple[io.BytesIO, str]:
    return io.BytesIO(picture(side)), name


def send(client: FlaskClient, fields: dict[str, Any], **more: Any) -> Any:
    return client.post("/reports/new", data={**fields, **more})


def stored() -> list[tuple[str, str]]:
    """Purpose and name of every file, in the order they came."""
    db.session.rollback()
    db.session.expire_all()
    rows = db.session.scalars(select(StoredFile).order_by(StoredFile.id))
    return [(row.purpose, row.original_name) for row in rows]


def attached() -> list[str]:
    return [one.file.original_name for one in the_report().files]


def reports() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Report)) or 0


class TestChosenOnce:
    def test_a_file_of_the_preview_becomes_one_of_the_report(self, client: FlaskClient) -> None:
        page = preview(client, files=[photo(), (io.BytesIO("聊天".encode()), "聊天记录.txt")]).text
        assert stored() == [("report_held", "暂存.jpg"), ("report_held", "暂存.txt")]
        assert send(client, fields_of(page)).status_code == 303
        assert stored() == [("report", "附件1.jpg"), ("report", "附件2.txt")]
        file = the_report().files[0].file
        with open_clean(file) as stream:
            assert stream.read()
        assert file.clean_sha256 != file.sha256

    def test_a_form_with_faults_keeps_the_good_ones_and_takes_more(self, client: FlaskClient) -> None:
        page = send_report(client, facts="短", files=[photo(), (io.BytesIO(b"MZ\x90\x00"), "程序.exe")]).text
        assert "“程序.exe”没有收下" in page
        assert "合影.jpg" in page
        assert "已收到 1 个，还可以再选 4 个" in page
        again = send(client, fields_of(page, facts=FACTS), files=photo("第二张.jpg", side=9))
        assert again.status_code == 303
        assert attached() == ["附件1.jpg", "附件2.jpg"]

    def test_the_button_for_the_register_keeps_them_too(self, client: FlaskClient) -> None:
        page = send(client, report_fields(client), find="1", files=photo()).text
        assert "合影.jpg" in page
        send(client, fields_of(page))
        assert attached() == ["附件1.jpg"]

    def test_they_go_along_through_any_number_of_pages(self, client: FlaskClient) -> None:
        page = preview(client, files=photo()).text
        for step in ("edit", "preview", "edit"):
            page = send(client, fields_of(page, step=step)).text
            assert "合影.jpg" in page
        assert len(stored()) == 1
        send(client, fields_of(page))
        assert attached() == ["附件1.jpg"]

    def test_more_than_five_together_are_told_and_five_are_kept(self, client: FlaskClient) -> None:
        page = preview(client, files=[photo(f"{number}.jpg") for number in range(3)]).text
        answer = send(client, fields_of(page), files=[photo(f"又{number}.jpg") for number in range(3)])
        assert answer.status_code == 422
        assert "“又2.jpg”没有收下：最多上传 5 个文件" in answer.text
        assert "“又1.jpg”没有收下" not in answer.text
        assert send(client, fields_of(answer.text)).status_code == 303
        assert len(attached()) == 5

    def test_one_that_is_wanted_no_more_is_deleted_at_once(
        self, client: FlaskClient, instance_path: Path
    ) -> None:
        page = preview(client, files=[photo("甲.jpg"), photo("乙.jpg", side=9)]).text
        page = send(client, fields_of(page, step="edit")).text
        [first] = re.findall(r'name="drop_file" value="([^"]+)" id="drop-1"', page)
        page = send(client, fields_of(page, step="preview", drop_file=first)).text
        assert ("甲.jpg" in page, "乙.jpg" in page) == (False, True)
        assert len(stored()) == 1
        assert not list(instance_path.rglob(f"{first}*"))
        send(client, fields_of(page))
        assert attached() == ["附件1.jpg"]

    def test_nobody_drops_a_file_of_another_form(self, client: FlaskClient) -> None:
        preview(client, files=photo())
        foreign = db.session.scalars(select(StoredFile.public_id)).one()
        preview(client, drop_file=foreign)
        assert len(stored()) == 1


class TestReceipts:
    def test_the_same_form_gives_the_same_receipt_however_its_files_came(self, client: FlaskClient) -> None:
        fields = report_fields(client)
        assert send(client, fields, files=photo()).status_code == 303
        receipt = shown_receipt(client)
        page = send(client, fields, step="preview", files=photo()).text
        for _ in range(2):
            assert send(client, fields_of(page)).status_code == 303
            assert shown_receipt(client) == receipt
        assert reports() == 1
        assert attached() == ["附件1.jpg"]

    def test_a_preview_sent_twice_attaches_its_file_once(self, client: FlaskClient) -> None:
        page = preview(client, files=photo()).text
        receipts = set()
        for _ in range(2):
            assert send(client, fields_of(page)).status_code == 303
            receipts.add(shown_receipt(client))
        assert len(receipts) == 1
        assert attached() == ["附件1.jpg"]

    def test_two_at_the_same_moment_attach_it_once(self, app: Flask, client: FlaskClient) -> None:
        preview(client, files=photo())
        row = db.session.scalars(select(StoredFile)).one()
        held = (HeldFile(row.public_id, row.sha256, "合影.jpg", row.size),)
        db.session.rollback()
        sent = Submission(Kind.REPORT, Matter.OTHER, "", "示例某某", FACTS, anonymous=True, held=held)
        given, failed = at_once(app, [(sent, "one-key")] * 4)
        assert not failed
        assert len(set(given)) == 1
        assert attached() == ["附件1.jpg"]

    def test_no_file_becomes_part_of_two_reports(self, app: Flask, client: FlaskClient) -> None:
        preview(client, files=photo())
        row = db.session.scalars(select(StoredFile)).one()
        held = (HeldFile(row.public_id, row.sha256, "合影.jpg", row.size),)
        db.session.rollback()
        sent = Submission(Kind.REPORT, Matter.OTHER, "", "示例某某", FACTS, anonymous=True, held=held)
        given, failed = at_once(app, [(sent, f"key-{number}") for number in range(4)])
        assert len(given) == 1
        assert [type(each) for each in failed] == [attachments.FilesRefused] * 3
        assert reports() == 1

    def test_after_a_report_was_filed_the_form_asks_for_its_files_anew(self, client: FlaskClient) -> None:
        page = preview(client, files=photo()).text
        send(client, fields_of(page))
        answer = send(client, fields_of(page, facts="另一件完全不同的事情。"))
        assert answer.status_code == 422
        assert "这份表单已经提交过，内容不同" in answer.text
        assert attachments.GONE in answer.text
        assert send(client, fields_of(answer.text)).status_code == 303
        assert reports() == 2


def at_once(app: Flask, sendings: list[tuple[Submission, str]]) -> tuple[list[str], list[Exception]]:
    """File in threads that start together."""
    gate, given, failed = threading.Barrier(len(sendings)), list[str](), list[Exception]()

    def run(sent: Submission, key: str) -> None:
        with app.test_request_context("/reports/new", method="POST"):
            gate.wait()
            try:
                given.append(filing.file_report(sent, idempotency_key=key, actor=None, now=now()))
            except Exception as error:  # noqa: BLE001 - whatever it is, the test must see it
                db.session.rollback()
                failed.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=sending) for sending in sendings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given, failed


def test_the_proof_names_a_held_file_like_one_that_was_just_chosen(client: FlaskClient) -> None:
    page = preview(client, files=photo()).text
    send(client, fields_of(page), files=photo("第二张.jpg", side=9))
    content = part_of(the_report().id, Part.CONTENT)
    assert content
    for side in (8, 9):
        assert hashlib.sha256(picture(side)).hexdigest() in content


class TestTokens:
    @pytest.mark.parametrize(
        "change",
        [
            lambda token: token[:-4] + "AAAA",
            lambda token: token[:40],
            lambda token: "f1:wild",
            lambda token: "信" * 5000,
            lambda token: field_cipher().encrypt("[]"),
            lambda token: field_cipher().encrypt(json.dumps(["report_case", "key", []])),
        ],
    )
    def test_an_altered_one_loses_the_files_and_says_so(self, client: FlaskClient, change: Change) -> None:
        page = preview(client, files=photo()).text
        fields = fields_of(page)
        answer = send(client, {**fields, "held": change(fields["held"])})
        assert answer.status_code == 422
        assert attachments.GONE in answer.text
        assert reports() == 0
        assert send(client, fields_of(answer.text)).status_code == 303  # once told, it is filed without
        assert attached() == []

    def test_that_of_another_form_brings_nothing(self, app: Flask, client: FlaskClient) -> None:
        theirs = fields_of(preview(client, files=photo()).text)["held"]
        other = app.test_client()
        answer = send(other, report_fields(other), held=theirs)
        assert answer.status_code == 422
        assert "合影.jpg" not in answer.text
        assert stored() == [("report_held", "暂存.jpg")]

    def test_it_tells_nothing_to_whoever_reads_the_page(self, client: FlaskClient) -> None:
        fields = fields_of(preview(client, files=photo()).text)
        public_id = db.session.scalars(select(StoredFile.public_id)).one()
        assert fields["held"].startswith("f1:")
        assert public_id not in fields["held"]

    @pytest.mark.parametrize("step", ["edit", "preview"])
    def test_a_lost_one_is_told_on_every_page(self, client: FlaskClient, step: str) -> None:
        answer = send(client, report_fields(client), held="wild", step=step)
        assert attachments.GONE in answer.text


class TestTime:
    def test_after_a_day_they_are_gone_with_their_bytes(
        self, client: FlaskClient, instance_path: Path
    ) -> None:
        with clock_at(MOMENT):
            page = preview(client, files=photo()).text
        public_id = db.session.scalars(select(StoredFile.public_id)).one()
        db.session.rollback()
        assert run_due(MOMENT + timedelta(hours=24))["drop_held_files"] == 0
        assert run_due(MOMENT + timedelta(hours=24, seconds=1))["drop_held_files"] == 1
        assert run_due(MOMENT + timedelta(days=2))["drop_held_files"] == 0
        assert stored() == []
        assert not list(instance_path.rglob(f"{public_id}*"))
        with clock_at(MOMENT + timedelta(hours=25)):
            answer = send(client, fields_of(page))
            assert answer.status_code == 422
            assert attachments.GONE in answer.text
            assert FACTS in answer.text
            assert send(client, fields_of(answer.text)).status_code == 303

    def test_those_of_a_report_stay(self, client: FlaskClient) -> None:
        with clock_at(MOMENT):
            send(client, fields_of(preview(client, files=photo()).text))
        db.session.rollback()
        assert attachments.drop_held_files(MOMENT + timedelta(days=400)) == 0
        assert attached() == ["附件1.jpg"]

    def test_many_go_in_one_run(self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(held, "_BATCH", 2)
        with clock_at(MOMENT):
            preview(client, files=[(io.BytesIO(b"text"), f"{number}.txt") for number in range(5)])
        db.session.rollback()
        assert attachments.drop_held_files(MOMENT + timedelta(days=2)) == 5


class TestTrouble:
    def test_a_full_disk_keeps_what_was_typed(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object, **__: object) -> None:
            raise StorageFull

        monkeypatch.setattr(attachments, "store_uploads", full)
        answer = preview(client, files=photo())
        assert answer.status_code == 503
        assert "存储空间不足" in answer.text
        assert FACTS in answer.text
        assert stored() == []

    def test_a_flood_of_files_is_not_kept(self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(held_uploads, "HOLDS", held_uploads.parse("1 per hour"))
        assert preview(client, files=photo()).status_code == 200
        answer = preview(client, files=photo())
        assert answer.status_code == 422
        assert held_uploads.CHOOSE_AGAIN in answer.text
        assert len(stored()) == 1
