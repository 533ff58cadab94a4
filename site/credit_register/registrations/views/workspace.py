"""The application of an institution, as its people see it."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("registration", __name__)
