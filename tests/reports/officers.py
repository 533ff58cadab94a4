"""What an officer's browser does with a report."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.audit.models import AuditEvent
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadlines
from credit_register.reports.models import Report
from tests.accounts.signing_in import send


def fresh(report: Report) -> Report:
    """The report as the database has it now."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Report, report.id)


def runs(report: Report) -> dict[str, date]:
    """The open deadlines by rule."""
    db.session.rollback()
    db.session.expire_all()
    return {each.rule.name: each.due_on for each in open_deadlines("report", report.id)}


def act(client: FlaskClient, report: Report, step: str, **fields: Any) -> Any:
    """Send the form of one step of the case page."""
    page = f"/staff/reports/{report.id}"
    fields.setdefault("version", fresh(report).version)
    return send(client, f"{page}/{step}", fields, page=page)


def done(report: Report, step: str, client: FlaskClient, **fields: Any) -> Report:
    """A step that must succeed."""
    answer = act(client, report, step, **fields)
    assert answer.status_code == 302, answer.text
    return fresh(report)


def recorded(report: Report, name: str) -> AuditEvent:
    """The only record of one deed."""
    found = db.session.scalars(
        select(AuditEvent).where(
            AuditEvent.action == f"report.{name}", AuditEvent.subject_id == str(report.id)
        )
    ).all()
    assert len(found) == 1, (name, len(found))
    return found[0]
