"""Reporting, the receipt, and following the case."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("reports", __name__)
