"""Warnings of impostors: the public list, and the pages of staff."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("warnings", __name__)
