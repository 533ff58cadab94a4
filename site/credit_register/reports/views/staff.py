"""The page of one report; the queue, the steps and the other deeds stand beside it."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.institutions.profile import register_section
from credit_register.reports import marks
from credit_register.reports import staff_queries as queries
from credit_register.reports.views import offices, staff_deeds, staff_moves
from credit_register.reports.views import queue as queue_views
from credit_register.reports.views.staff_blueprint import blueprint
from credit_register.reports.views.staff_case import Page, show_case

# Their views hang themselves into the blueprint.
__all__ = ["blueprint", "offices", "queue_views", "staff_deeds", "staff_moves"]

register_section(
    5, "异议标注", "reports/profile_marks.html", marks.marks_of, stamp=marks.stamp, only_content=True
)


@blueprint.get("/staff/reports/<int:report_id>")
@access(Permission.REPORT_READ)
def show(report_id: int) -> ResponseReturnValue:
    """One report with everything that officers may know of it."""
    return show_case(queries.report_for(current_actor(), report_id), Page())
