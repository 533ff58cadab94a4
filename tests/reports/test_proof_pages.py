"""The proof goes along with the receipt, to nobody else, and anybody verifies it."""

from __future__ import annotations

import io
import json
import logging
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from structlog.testing import capture_logs

from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.reports.models import FilingProof
from credit_register.reports.views import tracking_limits
from credit_register.reports.views.public_proofs import FILE_NAMES
from tests.accounts.signing_in import csrf_token
from tests.conftest import MOMENT
from tests.reports.citizens import (
    FACTS,
    file_report,
    form_of,
    open_case,
    picture,
    report_fields,
    seed_deadline_rules,
    send_report,
    shown_receipt,
    the_report,
    write,
)


@pytest.fixture(autouse=True)
def rules(app: Flask) -> None:
    seed_deadline_rules()


def verify(client: FlaskClient, **fields: object) -> dict[str, str]:
    """What the page finds, by what it is about."""
    token = csrf_token(client, "/reports/proof")
    answer = client.post("/reports/proof", data={"csrf_token": token, **fields})
    assert answer.status_code == 200, answer.text
    return dict(re.findall(r'data-(signature|content)="(\w+)"', answer.text))


def kept() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(FilingProof)) or 0


class TestTakingAlong:
    def test_a_program_that_knows_only_the_published_fields_is_offered_both_files(
        self, app: Flask, client: FlaskClient
    ) -> None:
        with clock_at(MOMENT):
            receipt = file_report(client, files=(io.BytesIO(picture()), "合同.jpg"))
            page = client.get("/reports/receipt").text
            proof, content = (client.get(f"/reports/receipt/{part}") for part in ("proof", "content"))
        assert 'href="/reports/receipt/proof"' in page
        assert "仅在需要公开内容时出示" in page
        for answer in (proof, content):
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.headers["Content-Disposition"].isascii()  # gunicorn takes nothing else
            assert answer.mimetype == "application/json"
        assert verify(app.test_client(), proof=proof.text, content=content.text) == {
            "signature": "valid",
            "content": "same",
        }
        assert json.loads(proof.text)["filed_at"] == "2026-03-12T02:30:00Z"
        shown = json.loads(content.text)["content"]
        assert shown["facts"] == FACTS
        assert shown["files"] == [the_report().files[0].file.sha256]
        assert receipt not in proof.text + content.text
        assert receipt.replace("-", "") not in proof.text + content.text

    def test_later_it_is_taken_from_the_opened_case_word_for_word_the_same(
        self, app: Flask, client: FlaskClient
    ) -> None:
        receipt = file_report(client)
        at_once = [client.get(f"/reports/receipt/{part}").text for part in ("proof", "content")]
        other = app.test_client()
        open_case(other, receipt)
        write(other, "补充一句。", files=(io.BytesIO(picture()), "补充.jpg"))
        assert 'href="/reports/track/content"' in other.get("/reports/track").text
        assert [other.get(f"/reports/track/{part}").text for part in ("proof", "content")] == at_once

    def test_no_other_browser_and_nobody_after_half_an_hour_gets_it(
        self, app: Flask, client: FlaskClient
    ) -> None:
        with clock_at(MOMENT):
            open_case(client, file_report(client))
        paths = [f"/reports/{page}/{part}" for page in ("receipt", "track") for part in ("proof", "content")]
        with clock_at(MOMENT + timedelta(minutes=31)):
            for visitor in (client, app.test_client()):
                for path in paths:
                    answer = visitor.get(path)
                    assert (answer.status_code, answer.location) == (303, "/reports/track")
                    assert FACTS not in answer.text

    def test_who_reported_stands_in_neither_file(self, client: FlaskClient) -> None:
        file_report(client, anonymous="0", contact_name="王示例", contact_phone="13800005678")
        both = "".join(client.get(f"/reports/receipt/{part}").text for part in ("proof", "content"))
        for secret in ("王示例", "13800005678", "anonymous"):
            assert secret not in both

    @pytest.mark.parametrize("declined", ["0", ["0"]])
    def test_whoever_declines_leaves_nothing_behind(self, client: FlaskClient, declined: object) -> None:
        file_report(client, proof=declined)
        assert kept() == 0
        assert "/reports/receipt/proof" not in client.get("/reports/receipt").text
        answer = client.get("/reports/receipt/proof")
        assert answer.status_code == 404
        assert "没有存证凭证" in answer.text

    @pytest.mark.parametrize("wanted", [None, "1", ["0", "1"], "wild"])
    def test_a_ticked_box_and_no_word_of_it_both_mean_yes(self, client: FlaskClient, wanted: object) -> None:
        file_report(client, proof=wanted)
        assert kept() == 1

    def test_the_choice_is_kept_on_an_error_and_sent_as_a_browser_sends_it(self, client: FlaskClient) -> None:
        page = client.get("/reports/new").text
        box = r'<input type="hidden" name="proof" value="0">\s*<div class="form-check"><input([^>]*name="proof"[^>]*)>'
        found = re.search(box, page)
        assert found
        assert "checked" in found[1]
        assert 'value="1"' in found[1]
        found = re.search(box, send_report(client, facts="短", proof="0").text)
        assert found
        assert "checked" not in found[1]
        assert 'value="1"' in found[1]

    def test_the_table_holds_no_content_that_can_be_read(self, client: FlaskClient) -> None:
        file_report(client)
        with db.engine.connect() as connection:
            everything = str(connection.execute(text("SELECT * FROM filing_proof")).all())
        assert FACTS[:12] not in everything
        assert "filing-proof" in everything

    def test_the_same_form_sent_again_keeps_one_proof(self, client: FlaskClient) -> None:
        fields = report_fields(client)
        client.post("/reports/new", data=fields)
        first = client.get("/reports/receipt/proof").text
        client.post("/reports/new", data={**fields, "proof": "0"})
        assert client.get("/reports/receipt/proof").text == first
        assert kept() == 1

    def test_no_log_tells_of_it(self, client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        with capture_logs() as lines:
            file_report(client)
            proof, content = (client.get(f"/reports/receipt/{part}").text for part in ("proof", "content"))
            verify(client, proof=proof, content=content)
        written = str(lines) + caplog.text
        secrets = json.loads(proof)["content_sha256"], json.loads(content)["salt"], FACTS[:12]
        assert [secret for secret in secrets if secret in written] == []


class TestVerifying:
    def test_files_and_pasted_texts_are_the_same(self, app: Flask, client: FlaskClient) -> None:
        file_report(client)
        proof, content = (client.get(f"/reports/receipt/{part}").data for part in ("proof", "content"))
        found = verify(
            app.test_client(),
            proof_file=(io.BytesIO(b"\xef\xbb\xbf" + proof), "存证凭证.json"),
            content_file=(io.BytesIO(content), "内容副本.json"),
        )
        assert found == {"signature": "valid", "content": "same"}
        changed = json.loads(proof) | {"filed_at": "2020-01-01T00:00:00Z"}
        assert verify(client, proof=json.dumps(changed)) == {"signature": "invalid"}

    def test_what_was_given_stays_in_the_form(self, client: FlaskClient) -> None:
        token = csrf_token(client, "/reports/proof")
        answer = client.post(
            "/reports/proof",
            data={"csrf_token": token, "proof": "不是凭证", "content_file": (io.BytesIO(b"abc"), "a.json")},
        )
        assert "读不出存证凭证" in answer.text
        assert "不是凭证</textarea>" in answer.text
        assert "abc</textarea>" in answer.text

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({}, "请粘贴存证凭证的全文"),
            ({"proof_file": (b"\xff\xfe\x00", "a.json")}, "不是文字"),
            ({"proof_file": (b"x" * 300_000, "a.json")}, "太大"),
            ({"proof": "{}", "content_file": (picture(), "a.json")}, "不是文字"),
        ],
    )
    def test_what_cannot_be_read_is_told_beside_its_field(
        self, client: FlaskClient, fields: dict[str, object], sentence: str
    ) -> None:
        data = {
            name: (io.BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value
            for name, value in fields.items()
        }
        token = csrf_token(client, "/reports/proof")
        answer = client.post("/reports/proof", data={"csrf_token": token, **data})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert 'role="alert"' in answer.text

    @pytest.mark.parametrize(
        "wild",
        [
            "[" * 50_000,
            '{"a":1,"a":2}',
            '{"a":1.5}',
            '{"a":"\\ud800"}',
            "\ud800",
            "信" * 100_000,
            "x" * 300_000,
        ],
    )
    def test_hostile_text_gets_a_sentence_and_never_an_error(self, client: FlaskClient, wild: str) -> None:
        raw = wild.encode("utf-8", "surrogatepass")
        assert verify(client, proof=raw) == {"signature": "unreadable"}
        token = csrf_token(client, "/reports/proof")
        answer = client.post("/reports/proof", data={"csrf_token": token, "proof": raw, "content": raw})
        assert answer.status_code == 200

    def test_the_public_keys_may_be_fetched_and_cached(self, client: FlaskClient) -> None:
        file_report(client)
        answer = client.get("/reports/proof/keys")
        assert "public" in answer.headers["Cache-Control"]
        names = [key["key"] for key in answer.get_json()["keys"]]
        assert json.loads(client.get("/reports/receipt/proof").text)["key"] == names[0]

    def test_pages_lead_to_it(self, client: FlaskClient) -> None:
        file_report(client)
        for path in ("/help", "/reports/receipt", "/reports/track"):
            assert 'href="/reports/proof"' in client.get(path).text, path

    def test_too_many_from_one_client_are_held_with_the_text_kept(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tracking_limits, "VERIFICATIONS_OF_A_CLIENT", "2 per hour")
        data = {"csrf_token": csrf_token(client, "/reports/proof"), "proof": "甲乙丙"}
        answers = [client.post("/reports/proof", data=data) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        answer = answers[-1]
        assert "甲乙丙</textarea>" in answer.text


class TestReceiptPage:
    def test_the_code_has_a_text_beside_it_and_the_script_stands_where_it_leads(
        self, client: FlaskClient
    ) -> None:
        file_report(client)
        page = client.get("/reports/receipt").text
        picture = re.search(r'<svg role="img" aria-labelledby="code-title".*?</svg>', page, re.DOTALL)
        assert picture
        assert "二维码：用手机扫描" in picture[0]
        assert shown_receipt(client) not in picture[0]
        assert "receipt-address.js" in client.get("/reports/track").text
        assert form_of(client, "/reports/track")


def test_the_files_have_names_of_their_own() -> None:
    assert len(set(FILE_NAMES.values())) == 2
