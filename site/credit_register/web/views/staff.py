"""The desk of an office: what needs doing in its region, and the working calendar."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission

blueprint = Blueprint("staff", __name__)


@blueprint.get("/staff")
@access(Permission.STAFF_HOME)
def home() -> ResponseReturnValue:
    """What needs doing in the region."""
    return render_template("staff/home.html", actor=current_actor())


@blueprint.get("/staff/calendar")
@access(Permission.CALENDAR_READ)
def calendar() -> ResponseReturnValue:
    """The working calendar and the deadline rules."""
    return render_template("staff/calendar.html")


@blueprint.post("/staff/calendar")
@access(Permission.CALENDAR_IMPORT)
def import_calendar() -> ResponseReturnValue:
    """Import the table of a year."""
    return render_template("staff/calendar.html")
