"""The applications of a region, and deciding them."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("registrations_staff", __name__)
