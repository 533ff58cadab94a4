"""The objections of one's own institution, for reading."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.core.paging import page_number
from credit_register.reports import workspace_queries as queries
from credit_register.reports.views import workspace_inquiries
from credit_register.reports.views.workspace_blueprint import blueprint

# Its views hang themselves into the blueprint.
__all__ = ["blueprint", "workspace_inquiries"]


@blueprint.get("/workspace/objections")
@access(Permission.WORKSPACE)
def index() -> ResponseReturnValue:
    """What the institution has objected to, how far it is, and the answers."""
    actor = current_actor()
    found = queries.own_objections(actor, page=page_number())
    return render_template(
        "reports/workspace_objections.html",
        actor=actor,
        found=found,
        objections=queries.as_read(found.items) if found is not None else [],
        page_url=lambda page: url_for("reports_workspace.index", page=page),
    )
