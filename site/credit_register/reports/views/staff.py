"""The triage queue of a region, and handling one report."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.queue_filters import regions_below
from credit_register.access.roles import Permission
from credit_register.core.clock import today
from credit_register.core.paging import page_number
from credit_register.institutions.profile import register_section
from credit_register.reports import marks
from credit_register.reports import staff_queries as queries
from credit_register.reports.models import Kind, Matter, State
from credit_register.reports.running import lamps
from credit_register.reports.triage_queue import COUNTED_TO, counts_by_state, overdue_count, queue
from credit_register.reports.views import staff_deeds, staff_moves
from credit_register.reports.views.queue_address import (
    HANDLERS,
    URGENCIES,
    filter_of_address,
    parameters_of,
    way_back,
)
from credit_register.reports.views.staff_blueprint import blueprint
from credit_register.reports.views.staff_case import Page, show_case, words

# Their views hang themselves into the blueprint.
__all__ = ["blueprint", "staff_deeds", "staff_moves"]

register_section(
    5, "异议标注", "reports/profile_marks.html", marks.marks_of, stamp=marks.stamp, only_content=True
)


@blueprint.get("/staff/reports")
@access(Permission.REPORT_READ)
def index() -> ResponseReturnValue:
    """The reports of the region as a queue."""
    actor = current_actor()
    wanted = filter_of_address()
    chosen = parameters_of(wanted)
    counts = counts_by_state(actor)
    return render_template(
        "reports/staff_index.html",
        actor=actor,
        found=queue(actor, wanted, page=page_number(), lamps=lamps(today()), counts=counts),
        counts=counts,
        overdue=overdue_count(actor, on=today(), counts=counts),
        counted_to=COUNTED_TO,
        wanted=wanted,
        chosen=chosen,
        kinds=list(Kind),
        matters=list(Matter),
        states=list(State),
        handlers=HANDLERS,
        urgencies=URGENCIES,
        regions_below=regions_below(actor, wanted.region),
        back=way_back(),
        page_url=lambda page: url_for("reports_staff.index", page=page, **chosen),
        **words(),
    )


@blueprint.get("/staff/reports/<int:report_id>")
@access(Permission.REPORT_READ)
def show(report_id: int) -> ResponseReturnValue:
    """One report with everything that officers may know of it."""
    return show_case(queries.report_for(current_actor(), report_id), Page())
