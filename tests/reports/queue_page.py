"""Reading the page of the queue, and sending its form, as a browser does."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from credit_register.core.database import db
from credit_register.reports.models import Report
from tests.accounts.signing_in import send

REASON = "按分工统一办理"


def subjects(page: str) -> list[str]:
    """The subjects of the rows, in order."""
    return [
        re.sub(r"<[^>]+>|未在名录", "", cell.split(' <a class="tag"')[0]).strip()
        for cell in re.findall(r'<td data-label="对象"><div>(.*?)</div>', page, re.S)
    ]


def rows(*reports: Report) -> list[str]:
    """The boxes of these reports, with the version that the page shows now."""
    db.session.rollback()
    return [f"{report.id}-{report.version}" for report in reports]


def send_bulk(client: FlaskClient, deed: str, chosen: list[str], **fields: Any) -> TestResponse:
    """Tick rows and send the form below the queue."""
    data = {"deed": deed, "row": chosen, "reason": REASON, **fields}
    return send(client, "/staff/reports/bulk", data, page="/staff/reports?state=all")


def fresh(report: Report) -> Report:
    """The report as the database has it now."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Report, report.id)
