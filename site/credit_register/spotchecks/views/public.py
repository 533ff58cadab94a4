"""The decided checks, for everybody."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("inspections", __name__)
