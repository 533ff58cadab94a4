"""Checks of one's own institution: what was found, and reporting the correction."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("spotchecks_workspace", __name__)
