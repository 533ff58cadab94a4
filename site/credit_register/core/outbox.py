"""Changes on their way to a search index: rows written in the transaction of the change itself.

Either a service says which keys changed (`enqueue`), or the session itself notices it: of a model that is followed
(`follow`) no change can be written without its row in the outbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import String, insert, inspect
from sqlalchemy import event as events
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, UOWTransaction, mapped_column

from credit_register.core import clock
from credit_register.core.database import Model, db, one_of


class IndexName(StrEnum):
    """An index; they lie apart and no answer mixes them."""

    INSTITUTIONS = "institutions"
    CASES = "cases"

    @property
    def counted(self) -> str:
        """How its documents are counted."""
        return {IndexName.INSTITUTIONS: "家机构", IndexName.CASES: "件案件"}[self]


class SearchOutbox(Model):
    """One key whose document may have changed; the worker reads the row as it is then."""

    __tablename__ = "search_outbox"
    __table_args__ = (one_of("index_name", IndexName),)

    id: Mapped[int] = mapped_column(primary_key=True)
    index_name: Mapped[str] = mapped_column(String(20), default=IndexName.INSTITUTIONS.value)
    key: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]


class UnnoticedChange(Exception):
    """A statement would change rows, all of whose changes are followed, past the session; change them one by one."""


Keys = Callable[[Sequence[Any]], Iterable[str]]


@dataclass(frozen=True)
class _Following:
    index: IndexName
    keys: Keys
    only: frozenset[str]


_followed: dict[type[Model], dict[IndexName, _Following]] = {}


def follow(model: type[Model], index: IndexName, keys: Keys, *, only: Iterable[str] = ()) -> None:
    """From now on every written change of a row of the model lets `keys` say which documents changed.

    With `only`, a change of one of these columns of a row that was there before. Saying it again replaces it.
    """
    _followed.setdefault(model, {})[index] = _Following(index, keys, frozenset(only))


def enqueue(keys: Iterable[str], *, at: datetime, index: IndexName = IndexName.INSTITUTIONS) -> None:
    """Say that these documents changed; the caller commits."""
    _write(db.session(), index, keys, at)


def _write(session: Session, index: IndexName, keys: Iterable[str], at: datetime) -> None:
    rows = [{"index_name": index.value, "key": key, "created_at": at} for key in dict.fromkeys(keys)]
    if rows:
        # Past the session, which makes no objects of them: whoever files a report holds the lock of the database here.
        session.connection().execute(insert(SearchOutbox), rows)


@events.listens_for(db.session, "after_flush")
def _note_changes(session: Session, context: UOWTransaction) -> None:
    """Here new rows have their numbers, and what was changed on the others is still known."""
    changed: dict[type[Model], list[Any]] = {}
    fresh = set(session.new)
    modified = (row for row in session.dirty if type(row) in _followed and session.is_modified(row))
    for row in (*fresh, *modified, *session.deleted):
        if type(row) in _followed:
            changed.setdefault(type(row), []).append(row)
    for model, rows in changed.items():
        for following in _followed[model].values():
            concerned = [row for row in rows if not following.only or _differs(row, following.only, fresh)]
            if concerned:
                _write(session, following.index, following.keys(concerned), clock.now())


def _differs(row: Any, columns: frozenset[str], fresh: set[Any]) -> bool:
    attributes = inspect(row).attrs
    return row not in fresh and any(attributes[name].history.has_changes() for name in columns)


@events.listens_for(db.session, "do_orm_execute")
def _refuse_unnoticed_changes(state: ORMExecuteState) -> None:
    if not (state.is_update or state.is_delete or state.is_insert) or state.bind_mapper is None:
        return
    model = state.bind_mapper.class_
    if any(not following.only for following in _followed.get(model, {}).values()):
        raise UnnoticedChange(model.__name__)
