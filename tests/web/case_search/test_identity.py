"""Who reported is in no index: a named report is filed as a citizen files it, and the name is looked for everywhere."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.core import search
from credit_register.core.database import db
from credit_register.core.outbox import IndexName
from credit_register.reports.models import Identity, Report
from tests.accounts.signing_in import send, signed_in
from tests.reports.citizens import seed_deadline_rules, send_report, shown_receipt
from tests.web.case_search.cases import index_cases, index_folder, links, look_for
from tests.web.case_search.test_index import files_of, lose_the_index

NAME = "欧阳金丝雀"
PHONE = "13987654321"
FACTS = "对方以石榴树计划为名收取押金，随后失去联系，合同写明退款却一直未退。"


@pytest.fixture
def receipt(app: Flask, client: FlaskClient) -> str:
    """The receipt of a named report that is in the index."""
    seed_deadline_rules()
    answer = send_report(
        client, facts=FACTS, anonymous="0", contact_name=NAME, contact_phone=PHONE, region="510100"
    )
    assert answer.status_code == 303, answer.text
    assert (db.session.query(Identity).one().name, db.session.query(Identity).one().phone) == (NAME, PHONE)
    given = shown_receipt(client)
    index_cases()
    return given


def test_neither_name_nor_phone_nor_receipt_is_in_any_byte_of_the_index(app: Flask, receipt: str) -> None:
    search.rebuild()
    root = index_folder().parent
    stored = {
        path: path.read_bytes() for folder in ("search", "search-cases") for path in files_of(root / folder)
    }
    everything = b"".join(stored.values())
    assert "石榴树".encode() in everything  # what was written in the case is there, uncompressed
    secrets = (
        NAME,
        NAME[2:],
        NAME[:2],
        "ouyangjinsique",
        PHONE,
        PHONE[3:],
        receipt,
        receipt.lower(),
        receipt.replace("-", ""),
        receipt.replace("-", "").lower(),
    )
    for secret in secrets:
        for encoding in ("utf-8", "utf-16-le", "gb18030"):
            assert secret.encode(encoding) not in everything, secret


@pytest.mark.parametrize("lost", [False, True])
def test_no_answer_names_who_reported_and_nobody_is_found_by_it(app: Flask, receipt: str, lost: bool) -> None:
    report = db.session.query(Report).one()
    client = signed_in(app, Role.NATIONAL)
    if lost:
        lose_the_index(app)
    for text in (NAME, NAME[2:], "ouyangjinsique", PHONE, "139****4321", PHONE[-4:], receipt):
        for more in ({}, {"kind": "report"}):
            page = look_for(client, text, **more)
            assert links(page) == [], text
            if text not in (NAME, NAME[2:]):
                assert NAME[2:] not in unquote(page)
            if text != PHONE:
                assert PHONE not in page
    page = look_for(client, report.subject_name)
    assert links(page) == [f"/staff/reports/{report.id}"]
    assert NAME not in page
    assert PHONE not in page


def test_a_revealed_identity_stays_out_of_the_index(app: Flask, receipt: str) -> None:
    report = db.session.query(Report).one()
    client = signed_in(app, Role.LOCAL, region=report.region_code)
    address = f"/staff/reports/{report.id}"
    answer = send(client, f"{address}/reveal", {"reason": "需要联系核实"}, page=address)
    assert NAME in answer.text
    index_cases()
    assert search.check(IndexName.CASES).ok
    assert not any(NAME.encode() in path.read_bytes() for path in files_of(index_folder()))
