"""What staff ask about the cases of their region."""

from __future__ import annotations

from flask import abort
from sqlalchemy import Select, select

from credit_register.access.actor import Actor
from credit_register.core.database import db
from credit_register.ledger.models import LedgerCase


def cases_in_scope(actor: Actor) -> Select[LedgerCase]:
    """The cases of the actor's region."""
    return select(LedgerCase).where(actor.region_filter(LedgerCase.region_code))


def case_for(actor: Actor, case_id: int) -> LedgerCase:
    """One case of the actor's region, or 404."""
    found = db.session.scalar(cases_in_scope(actor).where(LedgerCase.id == case_id))
    if found is None:
        abort(404)
    return found
