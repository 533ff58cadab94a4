"""A form that a browser sends again and again, because it heard no answer, is one report with one receipt."""

from __future__ import annotations

import threading
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from credit_register.audit.models import AuditEvent
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline
from credit_register.core.files import StoredFile
from credit_register.reports.models import Identity, Report, ReportFile
from tests.reports.citizens import form_of, report_fields, seed_deadline_rules, shown_receipt

TIMES = 16


def browsers(app: Flask, count: int) -> list[FlaskClient]:
    """So many copies of one browser that has the form open, each with the same cookies."""
    first = app.test_client()
    form_of(first)
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = first.get_cookie(name)
    assert cookie is not None
    copies = [app.test_client() for _ in range(count - 1)]
    for copy in copies:
        copy.set_cookie(name, cookie.value)
    return [first, *copies]


def send_at_once(app: Flask, senders: list[FlaskClient], fields: dict[str, Any]) -> list[int]:
    """Send the same fields from all of them at the same moment; gives the statuses."""
    gate, statuses = threading.Barrier(len(senders)), []

    def send(sender: FlaskClient) -> None:
        with app.app_context():
            gate.wait()
            statuses.append(sender.post("/reports/new", data=fields).status_code)

    threads = [threading.Thread(target=send, args=(sender,)) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def test_the_same_form_sent_sixteen_times_at_once_is_one_report_with_one_receipt(app: Flask) -> None:
    seed_deadline_rules()
    senders = browsers(app, TIMES)
    fields = report_fields(
        senders[0],
        anonymous="0",
        contact_name="王示例",
        contact_phone="13800005678",
        contact_address="示例路 5 号",
    )
    db.session.remove()
    assert send_at_once(app, senders, fields) == [303] * TIMES
    assert len({shown_receipt(sender) for sender in senders}) == 1
    for model in (Report, Identity, Deadline):
        assert db.session.scalar(select(func.count()).select_from(model)) == 1, model
    received = select(func.count()).where(AuditEvent.action == "report.receive")
    assert db.session.scalar(received) == 1
    assert db.session.scalar(select(func.count()).select_from(ReportFile)) == 0
    assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 0
