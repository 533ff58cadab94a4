"""Codes and names that stand inside a sentence."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from search_index.places import place_prefix
from search_index.plan import AllOf, AnyOf, Clause, Has, Tier, any_of, code_clause, in_labels
from search_index.state import State

_SENTENCE_FROM = 6
_FORM_IN_SENTENCE = range(3, 41)
_MAX_SENTENCE = 100
_LONGEST_PLACED = 8
_CODE = re.compile("[0-9a-z]{8,}")


def codes_inside(words: tuple[str, ...], state: State[Any, Any]) -> Tier | None:
    """Documents whose code stands inside what was typed."""
    codes = [code for word in words for code in _CODE.findall(word)]
    clauses = [clause for clause in map(code_clause, codes) if clause and state.count(state.find(clause))]
    return Tier("code", any_of(list(clauses))) if clauses else None


def names_inside(typed: str, state: State[Any, Any]) -> Tier | None:
    """Documents whose name or short form stands inside what was typed, the longest form there is."""
    if len(typed) < _SENTENCE_FROM:
        return None
    typed = typed[:_MAX_SENTENCE]
    unknown = [at for at in range(len(typed) - 1) if not state.frequency("name", typed[at : at + 2])]
    # Between two unknown pairs of characters every pair is known: only there can a name stand.
    borders = [-1, *unknown, len(typed) - 1]
    runs = [typed[left + 1 : right + 1] for left, right in pairwise(borders)]
    for length in reversed(_FORM_IN_SENTENCE):
        parts = {run[at : at + length] for run in runs for at in range(len(run) - length + 1)}
        terms = [f"{kind}:{part}" for part in sorted(parts) for kind in ("n", "s")]
        found = AnyOf(tuple(Has("exact", term) for term in terms if state.frequency("exact", term)))
        if found.clauses and state.count(state.find(found)):
            return Tier("name", found)
    return _placed_inside(typed, state)


def _placed_inside(typed: str, state: State[Any, Any]) -> Tier | None:
    """A short name that stands behind the place of its institution, the longest there is."""
    for start in range(len(typed)):
        length = len(place_prefix(typed[start:]))
        for end in range(min(len(typed), start + length + _LONGEST_PLACED), start + length + 1, -1):
            placed = name_at_place(typed[start:end]) if length else None
            if placed and state.count(state.find(placed)):
                return Tier("short_name", placed)
    return None


def name_at_place(typed: str) -> Clause | None:
    """A name typed behind the place of an institution whose own name does not say where it is."""
    place = place_prefix(typed)
    rest = typed[len(place) :]
    if not place or len(rest) < 2:
        return None
    return AllOf((in_labels(place), AnyOf((Has("exact", f"n:{rest}"), Has("exact", f"s:{rest}")))))
