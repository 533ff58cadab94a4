"""The list answered by the database alone, for the time when the search index cannot: plain words, exact counts."""

from __future__ import annotations

import functools
import json
import operator
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, case, cast, func, or_, select, true

from credit_register.core.database import db
from credit_register.institutions.models import Institution, InstitutionCategory
from search_index import FacetValue, Hit, Query, Results, Segment, Suggestion

_MOST_WORDS = 6
_MOST_PAIRS = 30


def search(query: Query) -> Results:
    """One page of entries whose name, short name, former names or code contain every word.

    Sorting by fee is not offered here, because stored fees compare only after conversion; the name decides.
    """
    conditions = _conditions(query)
    everything = list(conditions.values())
    total = db.session.scalar(select(func.count()).select_from(Institution).where(*everything)) or 0
    rows = db.session.execute(
        select(Institution.uscc, Institution.name)
        .where(*everything)
        .order_by(*_order(query))
        .limit(query.per_page)
        .offset((query.page - 1) * query.per_page)
    )
    hits = tuple(Hit(row.uscc, mark(row.name, query.text)) for row in rows)
    return Results(total, query.page, query.per_page, hits, _facets(query, conditions))


def suggest(text: str, limit: int) -> tuple[Suggestion, ...]:
    """Names that contain what was typed, those that begin with it first."""
    query = Query(text=text, per_page=limit)
    rows = db.session.execute(
        select(Institution.uscc, Institution.name)
        .where(*_conditions(query).values())
        .order_by(*_order(query))
        .limit(limit)
    )
    return tuple(Suggestion(row.uscc, row.name, mark(row.name, text)) for row in rows)


def resembling(text: str, limit: int) -> list[str]:
    """The codes of the entries whose names share the most pairs of neighbouring characters with the text."""
    pairs = list(dict.fromkeys(text[at : at + 2] for at in range(len(text) - 1)))[:_MOST_PAIRS]
    if not pairs:
        return []
    found = [Institution.name.contains(pair, autoescape=True) for pair in pairs]
    shared = functools.reduce(operator.add, (case((condition, 1), else_=0) for condition in found))
    return list(
        db.session.scalars(
            select(Institution.uscc).where(or_(*found)).order_by(shared.desc(), Institution.name).limit(limit)
        )
    )


def mark(name: str, text: str) -> tuple[Segment, ...]:
    """The name with the words that it contains marked."""
    on = [False] * len(name)
    folded = name.casefold()
    if len(folded) == len(name):
        for word in text.casefold().split()[:_MOST_WORDS]:
            at = folded.find(word)
            while at >= 0:
                on[at : at + len(word)] = [True] * len(word)
                at = folded.find(word, at + 1)
    pieces: list[Segment] = []
    start = 0
    for at in range(1, len(name) + 1):
        if at == len(name) or on[at] != on[start]:
            pieces.append(Segment(name[start:at], on[start]))
            start = at
    return tuple(pieces)


def contains(word: str) -> ColumnElement[bool]:
    """The condition that an entry contains one word."""
    found = [
        Institution.name.icontains(word, autoescape=True),
        Institution.short_name.icontains(word, autoescape=True),
        Institution.uscc.startswith(word.upper(), autoescape=True),
    ]
    if not word.isascii():
        # JSON text holds Chinese as \uXXXX on both databases, so the word is looked for in the same spelling;
        # a plain letter or bracket would be found in the spelling itself.
        spelled = json.dumps(word)[1:-1]
        found.append(cast(Institution.former_names, Text).contains(spelled, autoescape=True))
    return or_(*found)


def _conditions(query: Query) -> dict[str, ColumnElement[bool]]:
    """The conditions by the facet they belong to, so that a facet can leave its own out."""
    found: dict[str, ColumnElement[bool]] = {}
    for number, word in enumerate(query.text.split()[:_MOST_WORDS]):
        found[f"word {number}"] = contains(word)
    if prefix := _prefix(query.region):
        found["region"] = Institution.region_code.startswith(prefix)
    if query.category:
        found["category"] = Institution.categories.any(InstitutionCategory.code == query.category)
    if query.status:
        found["status"] = Institution.status == query.status
    if query.committed is not None:
        found["committed"] = Institution.committed == query.committed
    return found


def _order(query: Query) -> list[Any]:
    if query.sort == "newest":
        return [Institution.registered_on.desc(), Institution.name, Institution.uscc]
    if query.text and query.sort == "relevance":
        closeness = case(
            (Institution.name == query.text, 0),
            (Institution.short_name == query.text, 1),
            (Institution.name.startswith(query.text, autoescape=True), 2),
            else_=3,
        )
        return [closeness, func.length(Institution.name), Institution.name, Institution.uscc]
    return [Institution.name, Institution.uscc]


def _prefix(region: str | None) -> str:
    prefix = region or ""
    while prefix.endswith("00"):
        prefix = prefix[:-2]
    return prefix


def _facets(query: Query, conditions: dict[str, ColumnElement[bool]]) -> dict[str, tuple[FacetValue, ...]]:
    digits = min(len(_prefix(query.region)) + 2, 6)
    below = func.substr(Institution.region_code, 1, digits)
    counted = {
        # Below the chosen region one steps down; the other facets show what else could be chosen.
        "region": _count(select(below, func.count()).group_by(below), conditions),
        "category": _count(
            select(InstitutionCategory.code, func.count())
            .join(Institution)
            .group_by(InstitutionCategory.code),
            _without(conditions, "category"),
        ),
        "status": _count(
            select(Institution.status, func.count()).group_by(Institution.status),
            _without(conditions, "status"),
        ),
        "committed": _count(
            select(cast(Institution.committed, Integer), func.count()).group_by(Institution.committed),
            _without(conditions, "committed"),
        ),
    }
    counted["region"] = [(value.ljust(6, "0"), count) for value, count in counted["region"]]
    return {
        name: tuple(
            FacetValue(value, count) for value, count in sorted(values, key=lambda one: (-one[1], one[0]))
        )
        for name, values in counted.items()
    }


def _without(conditions: dict[str, ColumnElement[bool]], name: str) -> dict[str, ColumnElement[bool]]:
    return {key: condition for key, condition in conditions.items() if key != name}


def _count(statement: Select[Any, int], conditions: dict[str, ColumnElement[bool]]) -> list[tuple[str, int]]:
    rows = db.session.execute(statement.where(*(list(conditions.values()) or [true()])))
    return [(str(value), count) for value, count in rows]
