"""The page on which the auditor reads who did what."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.queue_filters import one_of
from credit_register.access.roles import Permission
from credit_register.audit import labels, queries
from credit_register.core.dates import NotADate, parse_date
from credit_register.core.paging import BadParameter, page_number

blueprint = Blueprint("audit", __name__)


@blueprint.get("/staff/audit")
@access(Permission.AUDIT_READ)
def index() -> ResponseReturnValue:
    """The audit of the reader's region, newest first."""
    wanted = queries.AuditFilter(
        action=one_of("action", labels.ACTION_LABELS),
        person=request.args.get("person", "").strip(),
        subject_kind=one_of("subject_kind", labels.SUBJECT_LABELS),
        subject=request.args.get("subject", "").strip(),
        since=_day("since"),
        until=_day("until"),
    )
    found = queries.events(current_actor(), wanted, page=page_number())
    chosen = {name: value for name, value in vars(wanted).items() if value}
    return render_template(
        "audit/index.html",
        found=found,
        wanted=wanted,
        narrowed=bool(chosen),
        labels=labels,
        page_url=lambda page: url_for("audit.index", page=page, **chosen),
    )


def _day(name: str) -> date | None:
    try:
        return parse_date(request.args.get(name, ""))
    except NotADate as error:
        raise BadParameter(name, str(error)) from error
