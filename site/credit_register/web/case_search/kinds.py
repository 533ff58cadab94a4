"""The kinds of cases that staff look for, in the order of the page."""

from __future__ import annotations

from typing import Any

from credit_register.access.actor import Actor
from credit_register.access.case_kinds import CaseKind
from credit_register.commitments.documents import COMMITMENTS
from credit_register.credit_records.documents import RECORDS
from credit_register.ledger.cases.documents import CASES
from credit_register.letters.documents import LETTERS
from credit_register.registrations.documents import REGISTRATIONS
from credit_register.repairs.documents import REPAIRS
from credit_register.reports.documents import REPORTS
from credit_register.reports.outcomes.documents import OUTCOMES
from credit_register.reports.warning_documents import WARNINGS
from credit_register.spotchecks.documents import CHECKS

# One line for each kind of case.
KINDS: tuple[CaseKind[Any], ...] = (
    REPORTS,
    REGISTRATIONS,
    COMMITMENTS,
    CHECKS,
    WARNINGS,
    LETTERS,
    OUTCOMES,
    RECORDS,
    CASES,
    REPAIRS,
)
KIND_OF = {kind.name: kind for kind in KINDS}


def permitted(actor: Actor) -> list[CaseKind[Any]]:
    """The kinds whose cases the actor's role may read."""
    return [kind for kind in KINDS if actor.can(kind.permission)]
