"""The ledger of a region: the list, and one case."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.ledger.cases import queries
from credit_register.ledger.views.case_parts import parts_of

blueprint = Blueprint("ledger_staff", __name__)


@blueprint.get("/staff/ledger/<int:case_id>")
@access(Permission.LEDGER_READ)
def show(case_id: int) -> ResponseReturnValue:
    """One case: the conditions of its exit, its records, its measures, what was done."""
    actor = current_actor()
    case = queries.case_for(actor, case_id)
    return render_template("ledger/case.html", actor=actor, case=case, parts=parts_of(actor, case))
