"""Which institutions stand last among equal matches, because an adverse decision about them is published.

A later domain that publishes such decisions registers its question here; without one there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Select

from credit_register.core.database import db

# The numbers of institutions with a published adverse decision; nothing undecided, withdrawn or mended is among them.
Question = Callable[[], Select[int]]
_questions: dict[str, Question] = {}


def register_adverse(name: str, question: Question) -> None:
    """Let a domain be asked; one of the same name takes the place of the one before."""
    _questions[name] = question


def with_adverse_decision(ids: Sequence[int] | None = None) -> set[int]:
    """Those of these institutions (of all, when left out) about whom one is published."""
    found: set[int] = set()
    for question in _questions.values():
        rows = question()
        found |= set(
            db.session.scalars(rows if ids is None else rows.where(rows.selected_columns[0].in_(ids)))
        )
    return found
