"""A commitment for everybody: its page and its print."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("commitments", __name__)
