"""The published measures on the page of an institution."""

from __future__ import annotations

from credit_register.core.clock import today
from credit_register.institutions.profile import register_section
from credit_register.ledger.measures import public_queries

MEASURES = "治理措施"


def register_measures() -> None:
    """Let published measures stand on the page of their institution; without one the page says nothing of them."""
    register_section(
        28,
        MEASURES,
        "ledger/measure_section.html",
        lambda code: public_queries.measures_of(code, on=today()),
        stamp=public_queries.stamp,
        only_content=True,
    )
