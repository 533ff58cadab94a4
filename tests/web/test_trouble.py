"""Trouble on our side: the page says what it is, and what was typed comes back to be sent again."""

from __future__ import annotations

from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import select, update

from credit_register.access.roles import Role
from credit_register.audit.models import AuditEvent
from credit_register.core.database import db
from credit_register.core.deadlines.models import DeadlineRule
from credit_register.core.encryption import FieldCipher
from credit_register.reports.models import State
from credit_register.spotchecks.models import SpotCheck
from tests.accounts.signing_in import client_of, hidden, make_account, send, signed_in
from tests.factories import make_check, make_institution, make_report

SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


def test_without_the_key_nobody_is_shown_or_recorded_and_the_reason_comes_back(app: Flask) -> None:
    report = make_report(named=True, state=State.INVESTIGATING.value)
    page = f"/staff/reports/{report.id}"
    officer = signed_in(app, Role.LOCAL)
    app.extensions["field_cipher"] = FieldCipher([Fernet.generate_key().decode()])
    answer = send(officer, f"{page}/reveal", {"reason": "需要当面核实"}, page=page, headers=SAME_SITE)
    assert answer.status_code == 503
    assert "核对 FIELD_KEYS" in answer.text
    assert "需要当面核实" in answer.text
    assert not db.session.scalars(select(AuditEvent).where(AuditEvent.action == "report.reveal")).all()
    assert officer.get(page).status_code == 200


def test_without_the_rule_of_a_period_the_deed_waits_and_its_words_come_back(app: Flask) -> None:
    make_report()  # lays the table of rules
    inspector, second = (make_account(role).account for role in (Role.INSPECTOR, Role.PROVINCIAL))
    check = make_check(
        make_institution(), opened_by_id=inspector.id, confirmed_by_id=second.id, state="published"
    )
    db.session.execute(
        update(DeadlineRule).where(DeadlineRule.name == "correction").values(name="correction_renamed")
    )
    db.session.commit()
    client, page = client_of(app, inspector), f"/staff/spotchecks/{check.id}"
    version = hidden(client.get(page).text, "version")
    answer = send(
        client,
        f"{page}/order",
        {"reason": "请更正收费标准", "version": version},
        page=page,
        headers=SAME_SITE,
    )
    assert answer.status_code == 503
    assert "时限规则表中没有" in answer.text
    assert "请更正收费标准" in answer.text
    assert db.session.get_one(SpotCheck, check.id).state == "published"


def test_a_case_that_was_handed_on_meanwhile_gives_back_what_was_written(app: Flask) -> None:
    report = make_report(state=State.INVESTIGATING.value)
    page = f"/staff/reports/{report.id}"
    officer = signed_in(app, Role.LOCAL)
    version = hidden(officer.get(page).text, "version")
    report.region_code = "330100"
    db.session.commit()
    words = "经核对合同和转账记录，情况属实。"
    answer = send(officer, f"{page}/decide", {"reason": words, "version": version}, page="/account")
    assert answer.status_code == 404
    assert "可能刚刚转往其他地区" in answer.text
    assert words in answer.text
