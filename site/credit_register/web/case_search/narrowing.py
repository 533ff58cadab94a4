"""The words of a queue of reports, answered by the index of the cases: told to the earlier domain."""

from __future__ import annotations

from functools import partial
from typing import Final

from credit_register.access.actor import Actor
from credit_register.core import search
from credit_register.core.outbox import IndexName
from credit_register.reports.documents import REPORTS
from credit_register.reports.full_text import Hits, register_finder
from credit_register.web.case_search.index import case_of_key
from search_index import IndexUnavailable, Query

_AT_ONCE: Final = 100  # as many as the library gives in one answer


def register_full_text() -> None:
    """Let the queue of the reports ask the index."""
    register_finder(reports_with)


def reports_with(actor: Actor, text: str, region: str, most: int) -> Hits | None:
    """The best reports in which the text was found as typed, in the part of the actor's region that is wanted.

    As in the search of staff, the region is a condition of the question itself, and similar words do not count.
    """
    place = region if region and actor.sees_region(region) else actor.region
    if place is None or not actor.can(REPORTS.permission):
        return Hits((), 0)
    asked = partial(Query, text=text, region=place, category=REPORTS.category, per_page=_AT_ONCE)
    engine = search.engine(IndexName.CASES)
    try:
        results = engine.search(asked())
        if results.relaxed:
            return Hits((), 0)
        pages = range(2, -(-min(most, results.total) // _AT_ONCE) + 1)
        hits = [*results.hits, *(hit for page in pages for hit in engine.search(asked(page=page)).hits)]
    except IndexUnavailable:
        return None
    return Hits([case_of_key(hit.key)[1] for hit in hits][:most], results.total)
