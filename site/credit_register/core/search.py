"""The bridge between the database and the search indexes: sources of documents, outbox, readiness.

There are several indexes (`IndexName`), each with engine, source and lock of its own. Every function here serves the
public one of the institutions unless another is named.
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app
from sqlalchemy import delete, func, select

from credit_register.core.database import db, reading
from credit_register.core.outbox import IndexName, SearchOutbox
from credit_register.core.settings import Settings, SettingsError
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
INSTITUTIONS = IndexName.INSTITUTIONS


@dataclass(frozen=True)
class Source:
    """How the owner of the documents reads them: some by key, all of them, all keys with their revision."""

    some: Callable[[Sequence[str]], Iterable[Document]]
    everything: Callable[[], Iterable[Document]]
    revisions: Callable[[], Iterable[tuple[str, int]]]


@dataclass(frozen=True)
class _OpenIndex:
    engine: Engine
    source: Source
    lock: Path
    folder: Path | None


def init_search(app: Flask, settings: Settings, source: Source, name: IndexName = INSTITUTIONS) -> None:
    """Open the index of this name where SEARCH_URL says; a missing index is reported when it is used."""
    url = index_url(settings.search_url, name)
    opened = _OpenIndex(
        open_engine(url),
        source,
        settings.instance_path / f"{_with_suffix('search', name)}.lock",
        _folder(url) if name is not INSTITUTIONS else None,
    )
    app.extensions.setdefault("search_indexes", {})[name] = opened


def index_url(search_url: str, name: IndexName) -> str:
    """Where an index lies: the institutions at SEARCH_URL itself, any other beside it, `…/search-cases`."""
    if name is INSTITUTIONS:
        return search_url
    place = re.split(r"[?#]", search_url, maxsplit=1)[0]
    prefix, ending = place.rstrip("/"), search_url[len(place) :]
    if not urlsplit(prefix).path.strip("/"):
        raise SettingsError(
            "SEARCH_URL 须写明索引所在的文件夹或前缀，例如 whoosh:////var/lib/register/search"
        )
    return _with_suffix(prefix, name) + ending


def _with_suffix(text: str, name: IndexName) -> str:
    return text if name is INSTITUTIONS else f"{text}-{name.value}"


def _folder(url: str) -> Path | None:
    """The folder of an index that lies on this machine."""
    parts = urlsplit(url)
    return Path(unquote(parts.path)[1:]) if not parts.netloc and parts.path.startswith("//") else None


def names() -> tuple[IndexName, ...]:
    """The indexes of this application, the public one first."""
    return tuple(current_app.extensions["search_indexes"])


def _index(name: IndexName) -> _OpenIndex:
    found: _OpenIndex = current_app.extensions["search_indexes"][name]
    return found


def engine(name: IndexName = INSTITUTIONS) -> Engine:
    """The engine of an index."""
    return _index(name).engine


def source(name: IndexName = INSTITUTIONS) -> Source:
    """Where the documents of an index come from."""
    return _index(name).source


@contextmanager
def _one_writer(name: IndexName) -> Iterator[None]:
    """Hold an index of this machine for writing.

    Reading the rows and writing their documents must be one step: of two workers that overlap,
    the slower one would put an older document over a newer one. Who waits here holds nothing of the
    database, because the one that writes needs it to finish.
    """
    db.session.rollback()
    with _index(name).lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def apply_outbox(name: IndexName = INSTITUTIONS, after_batch: Callable[[], object] = lambda: None) -> int:
    """Bring waiting changes into an index, oldest first; gives how many rows were done.

    `after_batch` is called after each batch, when nothing is half done.

    A row leaves the outbox only after the index has committed, so a process killed in between
    applies the same change again, which changes nothing. What comes in meanwhile is left for the next time: many
    small commits of the index cost more than one. Raises `IndexUnavailable`.
    """
    done = 0
    with _one_writer(name):
        while True:
            batch = _apply_batch(name)
            done += batch
            after_batch()
            if batch < BATCH:
                return done


def _apply_batch(name: IndexName) -> int:
    oldest = select(SearchOutbox.id, SearchOutbox.key).where(SearchOutbox.index_name == name.value)
    with reading():  # it ends before the index writes: nothing stays locked meanwhile
        rows = db.session.execute(oldest.order_by(SearchOutbox.id).limit(BATCH)).all()
        keys = list(dict.fromkeys(row.key for row in rows))
        found = {document.key: document for document in source(name).some(keys)} if keys else {}
    if rows:
        engine(name).apply([Upsert(found[key]) if key in found else Delete(key) for key in keys])
        _done([row.id for row in rows])
    return len(rows)


def _done(ids: Sequence[int]) -> None:
    """Rows leave the outbox by their own numbers: one with a smaller number may be committed only later."""
    for start in range(0, len(ids), BATCH):
        db.session.execute(delete(SearchOutbox).where(SearchOutbox.id.in_(ids[start : start + BATCH])))
    db.session.commit()


def rebuild(progress: Callable[[int], None] | None = None, name: IndexName = INSTITUTIONS) -> int:
    """Build an index anew from the database and swap it in; gives the number of documents."""
    with _one_writer(name):
        if folder := _index(name).folder:  # what is not public is nobody else's on the machine
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with reading():
            # What was waiting before the build began is in it; what came later stays for the worker.
            waited = db.session.scalars(
                select(SearchOutbox.id).where(SearchOutbox.index_name == name.value)
            ).all()
            documents = engine(name).rebuild(source(name).everything(), progress)
        _done(waited)
    return documents


def is_available(name: IndexName = INSTITUTIONS) -> bool:
    """Whether an index answers."""
    try:
        engine(name).search(Query(per_page=1))
    except IndexUnavailable:
        return False
    return True


def heal(name: IndexName = INSTITUTIONS) -> bool:
    """Build an index anew where it is missing or broken; gives whether that was needed."""
    if is_available(name):
        return False
    rebuild(name=name)
    return True


def check(name: IndexName = INSTITUTIONS) -> CheckReport:
    """Compare database and index; changes that still wait in the outbox count as stale."""
    with reading():
        return engine(name).check(source(name).revisions())


def waiting(name: IndexName = INSTITUTIONS) -> int:
    """How many changes wait for the worker."""
    rows = select(func.count()).select_from(SearchOutbox).where(SearchOutbox.index_name == name.value)
    with reading():
        return db.session.scalar(rows) or 0


def delay(name: IndexName = INSTITUTIONS, *, now: datetime) -> timedelta:
    """For how long the change that waits longest has been waiting for the worker."""
    times = select(SearchOutbox.created_at).where(SearchOutbox.index_name == name.value)
    with reading():
        oldest = db.session.scalar(times.order_by(SearchOutbox.id).limit(1))
    return max(now - oldest, timedelta(0)) if oldest else timedelta(0)
