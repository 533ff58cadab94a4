"""The Whoosh engine: a folder of generations, one writer, and any number of reading threads and processes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from search_index.analyzer import analyse
from search_index.engines.whoosh_answers import Answers
from search_index.engines.whoosh_snapshot import SegmentData, Snapshot
from search_index.engines.whoosh_store import Lengthless, Store
from search_index.model import (
    CheckReport,
    Delete,
    Document,
    IndexUnavailable,
    Query,
    Results,
    Suggestion,
    Upsert,
)

_LOOK_EVERY = 0.5
_WAIT_TO_APPLY = 1.0
_WAIT_TO_REBUILD = 15.0
_REBUILD_MEMORY_MB = 192
_PROGRESS_STEP = 100
_OPEN_ATTEMPTS = 5
# Without Whoosh's own lock: the store holds one already, and Whoosh's stays locked when a full disk stops a writer.
_WRITER: dict[str, Any] = {"codec": Lengthless(), "_lk": False}


class WhooshEngine:
    """Search in a folder on local disk; safe to call from several threads and to share between processes."""

    def __init__(self, folder: str) -> None:
        self._store = Store(folder)
        self._loading = threading.Lock()
        self._answers: Answers | None = None
        self._state: tuple[str, int] | None = None
        self._segments: dict[str, SegmentData] = {}
        self._look_at = 0.0
        self._failure = ""
        self._process = os.getpid()

    # Reading.

    def search(self, query: Query) -> Results:
        """Answer one page of a query with exact counts; IndexUnavailable."""
        return self._current().search(query)

    def suggest(self, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """At most 50 names for what was typed so far, best first; IndexUnavailable."""
        return self._current().suggest(text, limit)

    def check(self, expected: Iterable[tuple[str, int]]) -> CheckReport:
        """Compare (key, revision) pairs of the register with what the index holds now; IndexUnavailable."""
        self._look_at = 0.0
        snapshot = self._current().snapshot
        held = {snapshot.rows[n].key: snapshot.rows[n].revision for n in snapshot.numbers}
        documents = len(held)
        missing: list[str] = []
        stale: list[str] = []
        for key, revision in expected:
            found = held.pop(key, None)
            if found is None:
                missing.append(key)
            elif found != revision:
                stale.append(key)
        return CheckReport(documents, tuple(sorted(missing)), tuple(sorted(stale)), tuple(sorted(held)))

    def _current(self) -> Answers:
        """The latest state; while one thread opens a new one, the others go on with the old."""
        if self._process != os.getpid():
            self._after_fork()
        answers = self._answers
        if time.monotonic() < self._look_at:
            if self._failure:
                raise IndexUnavailable(self._failure)
            if answers is not None:
                return answers
        if not self._loading.acquire(blocking=answers is None or self._look_at == 0.0):
            assert answers is not None
            return answers
        try:
            return self._load()
        except IndexUnavailable as error:
            self._answers = self._state = None
            self._failure = str(error)
            self._look_at = time.monotonic() + _LOOK_EVERY
            raise
        finally:
            self._loading.release()

    def _after_fork(self) -> None:
        """Open the files anew: parent and child would move one file position under each other's feet."""
        self._loading = threading.Lock()
        self._answers = self._state = None
        self._look_at = 0.0
        self._process = os.getpid()

    def _load(self) -> Answers:
        cause: Exception | None = None
        for attempt in range(_OPEN_ATTEMPTS):
            name = self._store.current()
            try:
                index = self._store.open(name)
                state = (name, index.latest_generation())
                if self._answers is None or state != self._state:
                    snapshot = Snapshot(index, self._segments)
                    self._answers, self._state, self._segments = Answers(snapshot), state, snapshot.segments
                self._failure = ""
                self._look_at = time.monotonic() + _LOOK_EVERY
                return self._answers
            # A commit may have replaced the files between two looks; Whoosh then raises anything.
            except Exception as error:  # noqa: BLE001
                cause = error
                time.sleep(0.01 * attempt)
        raise IndexUnavailable(
            f"the search index in {self._store.root} is damaged: {cause}; rebuild it"
        ) from cause

    # Writing.

    def apply(self, changes: Sequence[Upsert | Delete]) -> None:
        """Apply the changes in order in one commit; IndexUnavailable when missing, broken or locked."""
        latest: dict[str, Document | None] = {}
        for change in changes:
            key = change.key if isinstance(change, Delete) else change.document.key
            latest[key] = None if isinstance(change, Delete) else change.document
        if not latest:
            return
        prepared = [
            (key, None if document is None else _fields(document)) for key, document in latest.items()
        ]
        with self._store.writing(_WAIT_TO_APPLY):
            name = self._store.current()
            try:
                writer = self._store.open_to_write(name).writer(**_WRITER)
                try:
                    for key, fields in prepared:
                        writer.delete_by_term("key", key)
                        if fields is not None:
                            writer.add_document(**fields)
                    writer.commit()
                except BaseException:
                    _abandon(writer)
                    raise
            except Exception as error:  # Whoosh raises whatever a damaged file leads it to.
                raise IndexUnavailable(
                    f"the search index in {self._store.root} cannot be changed: {error}"
                ) from error
        self._look_at = 0.0

    def rebuild(self, documents: Iterable[Document], progress: Callable[[int], None] | None = None) -> int:
        """Build beside the live index and swap it in; the number of documents, of equal keys the last one.

        `progress` is called with the number done so far, every hundred. IndexUnavailable when another writes.
        """
        with self._store.writing(_WAIT_TO_REBUILD):
            name = self._store.new_name()
            index = self._store.create(name)
            writer = index.writer(limitmb=_REBUILD_MEMORY_MB, **_WRITER)
            done = 0
            try:
                seen: dict[str, int] = {}
                for done, document in enumerate(documents, 1):
                    seen[document.key] = done
                    writer.add_document(**_fields(document))
                    if progress is not None and done % _PROGRESS_STEP == 0:
                        progress(done)
                writer.commit()
            except BaseException:
                _abandon(writer)
                self._store.discard(name)
                raise
            if progress is not None:
                progress(done)
            if len(seen) != done:
                _drop_doubles(index, set(seen.values()))
            index.close()
            self._store.publish(name)
            self._store.sweep(name)
        self._look_at = 0.0
        return len(seen)

    def close(self) -> None:
        """Let go of the open files once the last search that uses them has ended."""
        self._answers = self._state = None
        self._segments = {}


def _fields(document: Document) -> dict[str, Any]:
    analysis = analyse(document)
    fields: dict[str, Any] = {f"{name}_": terms for name, terms in analysis.terms.items()}
    return fields | {"key": document.key, "row": analysis.row.dump(), "body": analysis.body.dump()}


def _abandon(writer: Any) -> None:
    """Close the files of a writer that failed; what made it fail, such as a full disk, may stop this too."""
    with suppress(Exception):
        writer.cancel()


def _drop_doubles(index: Any, last: set[int]) -> None:
    """Keep of documents with one key only the last; documents are numbered in the order they were added."""
    writer = index.writer(**_WRITER)
    for number in range(index.doc_count_all()):
        if number + 1 not in last:
            writer.delete_document(number)
    writer.commit(merge=False)
