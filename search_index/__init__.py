"""Search over a register of Chinese companies: one analyzer, planner and ranking, several engines."""

from search_index.engines import open_engine
from search_index.model import (
    FACETS,
    SORTS,
    STATUSES,
    CheckReport,
    Delete,
    Document,
    Engine,
    FacetValue,
    Hit,
    IndexUnavailable,
    Query,
    Results,
    Segment,
    Suggestion,
    Upsert,
)
from search_index.names import derive_short_name
from search_index.slips import distance

__all__ = [
    "FACETS",
    "SORTS",
    "STATUSES",
    "CheckReport",
    "Delete",
    "Document",
    "Engine",
    "FacetValue",
    "Hit",
    "IndexUnavailable",
    "Query",
    "Results",
    "Segment",
    "Suggestion",
    "Upsert",
    "derive_short_name",
    "distance",
    "open_engine",
]
