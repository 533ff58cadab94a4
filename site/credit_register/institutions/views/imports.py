"""Interim stand-in until the real page file arrives (overwrite it)."""
from flask import Blueprint
from credit_register.access.gate import access
from credit_register.access.roles import Permission
blueprint = Blueprint("imports", __name__)
@blueprint.get("/staff/imports")
@access(Permission.INSTITUTION_IMPORT)
def index() -> str: return "x"
