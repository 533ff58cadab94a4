"""The bridge between the database and the search index: sources of documents, outbox, readiness."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import delete, func, select

from credit_register.core.database import db, reading
from credit_register.core.outbox import SearchOutbox
from credit_register.core.settings import Settings
from search_index import (
    CheckReport,
    Delete,
    Document,
    Engine,
    IndexUnavailable,
    Query,
    Upsert,
    open_engine,
)

BATCH = 500


@dataclass(frozen=True)
class Source:
    """How the owner of the documents reads them: some by key, all of them, all keys with their revision."""

    some: Callable[[Sequence[str]], Iterable[Document]]
    everything: Callable[[], Iterable[Document]]
    revisions: Callable[[], Iterable[tuple[str, int]]]


def init_search(app: Flask, settings: Settings, source: Source) -> None:
    """Open the engine that SEARCH_URL names; a missing index is reported when it is used."""
    app.extensions["search_engine"] = open_engine(settings.search_url)
    app.extensions["search_source"] = source
    app.extensions["search_lock"] = settings.instance_path / "search.lock"


def engine() -> Engine:
    """The engine of this application."""
    found: Engine = current_app.extensions["search_engine"]
    return found


def source() -> Source:
    """Where the documents of this application come from."""
    found: Source = current_app.extensions["search_source"]
    return found


@contextmanager
def _one_writer() -> Iterator[None]:
    """Hold the index of this machine for writing.

    Reading the rows and writing their documents must be one step: of two workers that overlap,
    the slower one would put an older document over a newer one. Who waits here holds nothing of the
    database, because the one that writes needs it to finish.
    """
    db.session.rollback()
    with Path(current_app.extensions["search_lock"]).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def apply_outbox(after_batch: Callable[[], object] = lambda: None) -> int:
    """Bring waiting changes into the index, oldest first; gives how many rows were done.

    `after_batch` is called after each batch, when nothing is half done.

    A row leaves the outbox only after the index has committed, so a process killed in between
    applies the same change again, which changes nothing. Raises `IndexUnavailable`.
    """
    done = 0
    with _one_writer():
        while batch := _apply_batch():
            done += batch
            after_batch()
    return done


def _apply_batch() -> int:
    oldest = select(SearchOutbox.id, SearchOutbox.key).order_by(SearchOutbox.id).limit(BATCH)
    with reading():  # it ends before the index writes: nothing stays locked meanwhile
        rows = db.session.execute(oldest).all()
        keys = list(dict.fromkeys(row.key for row in rows))
        found = {document.key: document for document in source().some(keys)} if keys else {}
    if rows:
        engine().apply([Upsert(found[key]) if key in found else Delete(key) for key in keys])
        _take_out([row.id for row in rows])
    return len(rows)


def _take_out(done: Sequence[int]) -> None:
    """Rows leave the outbox by their own numbers: one with a smaller number may be committed only later."""
    for start in range(0, len(done), BATCH):
        db.session.execute(delete(SearchOutbox).where(SearchOutbox.id.in_(done[start : start + BATCH])))
    db.session.commit()


def rebuild(progress: Callable[[int], None] | None = None) -> int:
    """Build the index anew from the database and swap it in; gives the number of documents."""
    with _one_writer():
        with reading():
            # What was waiting before the build began is in it; what came later stays for the worker.
            waited = db.session.scalars(select(SearchOutbox.id)).all()
            documents = engine().rebuild(source().everything(), progress)
        _take_out(waited)
    return documents


def available() -> bool:
    """Whether the index can answer."""
    try:
        engine().search(Query(per_page=1))
    except IndexUnavailable:
        return False
    return True


def heal() -> bool:
    """Build the index anew where it is missing or broken; gives whether that was needed."""
    if available():
        return False
    rebuild()
    return True


def check() -> CheckReport:
    """Compare database and index; changes that still wait in the outbox count as stale."""
    with reading():
        return engine().check(source().revisions())


def waiting() -> int:
    """How many changes wait for the worker."""
    with reading():
        return db.session.scalar(select(func.count()).select_from(SearchOutbox)) or 0


def delay(*, now: datetime) -> timedelta:
    """For how long the change that waits longest has been waiting for the worker."""
    with reading():
        oldest = db.session.scalar(select(SearchOutbox.created_at).order_by(SearchOutbox.id).limit(1))
    return max(now - oldest, timedelta(0)) if oldest else timedelta(0)
