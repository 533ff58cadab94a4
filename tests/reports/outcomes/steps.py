"""What people do with the result of a report."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.accounts.models import Account
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.reports.models import Report
from credit_register.reports.outcomes.models import PublishedOutcome
from credit_register.transparency.models import PublicEvent
from tests.accounts.signing_in import send
from tests.factories import make_outcome, make_report

TEXT = {
    "found": "经查，在公示的收费之外另收“加急费” 500 元。",
    "measure": "责令退还多收的费用，按公示标准收费。",
}
REPLY = "已全部退还，并对业务人员作了培训。"
REASON = "事实清楚，同意办理。"


def upheld(institution: Institution, **overrides: Any) -> Report:
    values = {
        "state": "decided",
        "outcome": "upheld",
        "matter": "unlawful_fee",
        "institution_id": institution.id,
        "subject_uscc": institution.uscc,
        "region_code": institution.region_code,
    }
    return make_report(**{**values, **overrides})


def propose(client: FlaskClient, report: Report, **changes: str) -> Any:
    return send(client, f"/staff/outcomes/new?report={report.id}", {**TEXT, **changes}, page="/account")


def act(client: FlaskClient, outcome: PublishedOutcome, move: str, **fields: Any) -> Any:
    values = {"reason": REASON, "version": str(fresh(outcome).version), **fields}
    return send(client, f"/staff/outcomes/{outcome.id}/{move}", values, page="/account")


def answer(client: FlaskClient, outcome: PublishedOutcome, text: str = REPLY, **fields: Any) -> Any:
    values = {"reply": text, "version": str(fresh(outcome).version), **fields}
    return send(client, f"/workspace/outcomes/{outcome.id}/reply", values, page="/account")


def fresh(outcome: PublishedOutcome) -> PublishedOutcome:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(PublishedOutcome, outcome.id)


def only_outcome() -> PublishedOutcome:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(PublishedOutcome)).one()


def published(
    institution: Institution, first: Account, second: Account, **overrides: Any
) -> PublishedOutcome:
    """A result in public of an upheld report."""
    on_report = {name: overrides.pop(name) for name in ("received_at", "decided_at") if name in overrides}
    kind = {name: overrides[name] for name in ("kind", "matter") if name in overrides}
    report = upheld(institution, **on_report, **kind)
    return make_outcome(
        report, proposed_by_id=first.id, confirmed_by_id=second.id, state="published", **overrides
    )


def events(outcome: PublishedOutcome) -> list[PublicEvent]:
    found = select(PublicEvent).where(
        PublicEvent.subject_kind == "published_outcome", PublicEvent.subject_key == outcome.public_id
    )
    return list(db.session.scalars(found.order_by(PublicEvent.id)))


def content(event: PublicEvent) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(event.payload or "{}")["content"]
    return found


def public_pages(outcome: PublishedOutcome, institution: Institution) -> tuple[str, ...]:
    """Everywhere where the public could meet a result."""
    return (
        "/",
        "/reports/outcomes",
        f"/reports/outcomes?q={institution.uscc}",
        f"/reports/outcomes/{outcome.public_id}",
        f"/institutions/{institution.uscc}",
        f"/institutions/{institution.uscc}/history",
        f"/institutions?q={institution.uscc}",
        f"/verify?q={institution.uscc}",
        f"/api/v1/institutions/{institution.uscc}",
        f"/api/v1/verify?q={institution.uscc}",
    )


def days_ago(count: int) -> date:
    return (now() - timedelta(days=count)).date()
