"""Checks: the queue of a region, a new one, and its steps."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("spotchecks_staff", __name__)
