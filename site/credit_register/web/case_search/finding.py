"""What staff find: a question to the index for each kind that the role may read, within the region of the office.

Role and region are conditions of the question itself. Of the answer only what was found as typed is taken: whether the
library looks for similar words, and which name it then proposes, depends on documents outside the region too, and
would tell of them. The rows are loaded in the scope of the actor once more, because the index follows them by seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select

from credit_register.access.actor import Actor
from credit_register.access.case_kinds import Case, CaseKind
from credit_register.core import search
from credit_register.core.database import db
from credit_register.core.outbox import IndexName
from credit_register.web.case_search.index import case_of_key
from search_index import Hit, IndexUnavailable, Query, Results, Segment

FIRST: Final = 5
PER_PAGE: Final = 20
_MOST_WORDS: Final = 6
RELEVANCE: Final = "relevance"
NEWEST: Final = "newest"


@dataclass(frozen=True)
class Question:
    """What was typed, and which page in which order of a single kind is wanted."""

    text: str
    page: int = 1
    per_page: int = FIRST
    sort: str = RELEVANCE


@dataclass(frozen=True)
class FoundCase:
    """A case of the list: its title with what was found marked, and a stretch of text that explains it."""

    case: Case
    title: tuple[Segment, ...]
    snippet: tuple[Segment, ...] = ()


@dataclass(frozen=True)
class Found:
    """What was found of one kind."""

    kind: CaseKind[Any]
    rows: Sequence[FoundCase]
    total: int
    question: Question

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.total // self.question.per_page)


@dataclass(frozen=True)
class Answer:
    """What was found of each kind; `degraded`: by the database, while there is no index."""

    found: Sequence[Found]
    degraded: bool = False

    @property
    def total(self) -> int:
        """How many cases were found altogether."""
        return sum(each.total for each in self.found)


def find(actor: Actor, kinds: Sequence[CaseKind[Any]], question: Question) -> Answer:
    """What the actor finds of some kinds; kinds that the role may not read are left out."""
    allowed = [kind for kind in kinds if actor.can(kind.permission)]
    try:
        return Answer([_by_index(actor, kind, question) for kind in allowed])
    except IndexUnavailable:
        return Answer([_by_database(actor, kind, question) for kind in allowed], degraded=True)


def _by_index(actor: Actor, kind: CaseKind[Any], question: Question) -> Found:
    results = _search(actor, kind, question)
    hits = {case_of_key(hit.key)[1]: hit for hit in results.hits}
    cases = _cases(actor, kind, list(hits))
    rows = [_with_marks(cases[number], hit) for number, hit in hits.items() if number in cases]
    # What has just left the region, or was taken back, is no longer counted either.
    return Found(kind, rows, results.total - (len(hits) - len(rows)), question)


def _search(actor: Actor, kind: CaseKind[Any], question: Question) -> Results:
    nothing = Results(0, question.page, question.per_page, (), {})
    if actor.region is None and not actor.is_operator:
        return nothing
    results = search.engine(IndexName.CASES).search(
        Query(
            text=question.text,
            region=actor.region,
            category=kind.category,
            sort=question.sort,
            page=question.page,
            per_page=question.per_page,
        )
    )
    return nothing if results.relaxed else results


def _cases(actor: Actor, kind: CaseKind[Any], numbers: Sequence[int]) -> dict[int, Case]:
    """Cases by their number, of those that the actor may see."""
    query = kind.in_scope(actor).where(kind.model.id.in_(numbers)).options(*kind.loading)
    return {row.id: kind.describe(row) for row in db.session.scalars(query)} if numbers else {}


def _with_marks(case: Case, hit: Hit) -> FoundCase:
    shown = "".join(segment.text for segment in hit.name) == case.title
    explained = "".join(segment.text for segment in hit.snippet)
    # Numbers and words stand in the line anyway.
    snippet = () if hit.matched_by == "former_name" or explained in case.words else hit.snippet
    return FoundCase(case, hit.name if shown else (Segment(case.title),), snippet)


def _by_database(actor: Actor, kind: CaseKind[Any], question: Question) -> Found:
    """Names, codes and numbers that contain every word; newest first."""
    words = question.text.split()[:_MOST_WORDS]
    query = kind.in_scope(actor).where(*map(kind.contains, words))
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    page = query.with_only_columns(kind.model.id).order_by(kind.model.id.desc())
    numbers = db.session.scalars(
        page.limit(question.per_page).offset((question.page - 1) * question.per_page)
    ).all()
    cases = _cases(actor, kind, numbers)
    rows = [FoundCase(cases[each], (Segment(cases[each].title),)) for each in numbers if each in cases]
    return Found(kind, rows, total, question)
