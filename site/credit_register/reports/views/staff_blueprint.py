"""The blueprint of the pages on which officers handle reports, and the ways back from a step."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from credit_register.reports.views.queue_address import way_back

blueprint = Blueprint("reports_staff", __name__)


def to_case(report_id: int, anchor: str | None = None) -> ResponseReturnValue:
    """Back to the case, from which the way to the same part of the queue still leads."""
    return redirect(url_for("reports_staff.show", report_id=report_id, _anchor=anchor, **way_back()))


def to_queue() -> ResponseReturnValue:
    """Back to the same part of the queue."""
    return redirect(url_for("reports_staff.index", **way_back()))
