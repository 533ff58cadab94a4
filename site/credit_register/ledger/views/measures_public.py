"""The published measures on the page of an institution."""

from __future__ import annotations

from credit_register.core.clock import today
from credit_register.institutions.profile import InShort, register_section
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
        in_short=_in_short,
    )


def _in_short(data: object) -> InShort | None:
    """Each measure in a line."""
    assert isinstance(data, list)
    lines = tuple(
        f"{one.title}（{one.standing.word}，{one.published_on} 公开）"
        for one in data
        if isinstance(one, public_queries.PublicMeasure)
    )
    return InShort(MEASURES, lines) if lines else None
