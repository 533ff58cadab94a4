"""The workspace of an institution: its public record as clients see it, and what is missing in it."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.core.clock import today
from credit_register.institutions import staff_queries as queries

blueprint = Blueprint("workspace", __name__)


@blueprint.get("/workspace")
@access(Permission.WORKSPACE)
def home() -> ResponseReturnValue:
    """The record of the person's own institution, or what to do while there is none."""
    actor = current_actor()
    institution = queries.own_institution(actor)
    return render_template(
        "workspace/home.html",
        actor=actor,
        institution=institution,
        gaps=queries.gaps(institution, on=today()) if institution else [],
        versions=queries.versions(institution)[:5] if institution else [],
    )


@blueprint.get("/workspace/products")
@access(Permission.WORKSPACE)
def products() -> ResponseReturnValue:
    """The published products and fees of the person's own institution, for reading."""
    actor = current_actor()
    return render_template("workspace/products.html", actor=actor, institution=queries.own_institution(actor))
