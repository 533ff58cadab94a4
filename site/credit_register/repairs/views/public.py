"""What everybody may know of repair: who decides, what it takes, and that it is free."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from credit_register.access.gate import PUBLIC, access
from credit_register.core.clock import today
from credit_register.repairs import queries
from credit_register.repairs.guidance import FREE, WHO_DECIDES

blueprint = Blueprint("repairs", __name__)


@blueprint.get("/help/repair")
@access(PUBLIC)
def help_page() -> ResponseReturnValue:
    """How repair goes, for institutions and for whoever is offered a paid one."""
    return render_template(
        "repairs/help.html",
        periods=queries.general_periods(on=today()),
        free=FREE,
        who_decides=WHO_DECIDES,
    )
