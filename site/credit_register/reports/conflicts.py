"""Whether somebody has judged already what an objection is about.

A later domain that judges institutions registers its question here; without one nobody has.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from credit_register.access.actor import Actor
from credit_register.core.clock import local_date
from credit_register.reports.models import Kind, Report

# Whether the account had a part in a published judgement of the institution, up to the day.
Question = Callable[[int, int, date], bool]
_questions: dict[str, Question] = {}


def register_question(name: str, question: Question) -> None:
    """Let a domain be asked; one of the same name takes the place of the one before."""
    _questions[name] = question


def has_judged(actor: Actor, report: Report) -> bool:
    """Whether the officer had a part in what the institution may be objecting to."""
    if report.kind != Kind.OBJECTION or report.institution_id is None or actor.account_id is None:
        return False
    day = local_date(report.received_at)
    return any(question(actor.account_id, report.institution_id, day) for question in _questions.values())
