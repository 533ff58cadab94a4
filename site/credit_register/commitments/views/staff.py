"""The commitments of a region."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("commitments_staff", __name__)
