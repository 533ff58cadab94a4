"""The blueprint of the pages on which institutions read what concerns them in reports."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("reports_workspace", __name__)
