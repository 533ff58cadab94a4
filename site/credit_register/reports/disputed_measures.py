"""Published measures as something to doubt or to object to; one that was wrong is taken down with the objection."""

from __future__ import annotations

from datetime import datetime

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.core.clock import today
from credit_register.institutions.models import Institution
from credit_register.ledger.measures.public_queries import public_measure
from credit_register.ledger.measures.publicity import take_down_measure
from credit_register.ledger.measures.words import name_of
from credit_register.ledger.models import Measure
from credit_register.reports.disputable import Line, LineKind, register_lines


def register_measures() -> None:
    """Let published measures be doubted."""
    register_lines(LineKind("measure", _line, _withdraw, Permission.LEDGER_EXIT))


def _line(institution: Institution, public_id: str) -> Line | None:
    measure = _measure(institution, public_id)
    if measure is None:
        return None
    text = f"{name_of(measure)}，{measure.office}（{measure.published_on}）"
    return Line(f"measure:{public_id}", "治理措施", text)


def _measure(institution: Institution, public_id: str) -> Measure | None:
    found = public_measure(public_id, on=today())
    return found if found is not None and found.case.institution_id == institution.id else None


def _withdraw(institution: Institution, public_id: str, reason: str, actor: Actor, now: datetime) -> None:
    measure = _measure(institution, public_id)
    assert measure is not None
    take_down_measure(measure, reason=reason, version=measure.version, actor=actor, now=now)
