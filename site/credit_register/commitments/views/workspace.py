"""The commitments of an institution: making, reading, signing."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("commitments_workspace", __name__)
