"""Opening an account for one's own institution."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("account_opening", __name__)
