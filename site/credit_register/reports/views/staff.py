"""The triage queue of a region, and handling one report."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("reports_staff", __name__)
