"""The one blueprint of the staff pages of the register, which several files fill."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from credit_register.core.database import db
from credit_register.institutions.conflicts import Conflict
from credit_register.institutions.entries import EntryRefused

blueprint = Blueprint("institutions_staff", __name__)


def refuse(form: Any, refusal: EntryRefused) -> None:
    """Put a service's refusal beside the field it is about; nothing of the attempt stays in the session."""
    db.session.rollback()
    field = form[refusal.field]
    if refusal.field == "categories":
        field.refusals.append(str(refusal))
    else:
        field.errors = [*field.errors, str(refusal)]


def status_of(form: Any, conflict: Conflict | None) -> int:
    """The HTTP status of a form's page: shown, sent back with errors, or overtaken by somebody else."""
    if conflict is not None:
        return 409
    return 422 if form.errors else 200
