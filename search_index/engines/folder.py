"""An engine over a folder on local disk: one writer, and any number of reading threads and processes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from search_index.analyzer import Analysis, analyse
from search_index.answers import Answers
from search_index.engines.generations import Generations
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
from search_index.state import State

_LOOK_EVERY = 0.5
_WAIT_TO_APPLY = 1.0
_WAIT_TO_REBUILD = 15.0
_PROGRESS_STEP = 100
_OPEN_ATTEMPTS = 5


class Writer(Protocol):
    """Changes to an index that become visible together."""

    def remove(self, key: str) -> None:
        """Take the document that was there before out of the index."""

    def add(self, analysis: Analysis) -> None:
        """Put a document in."""

    def commit(self) -> None:
        """Make the changes last."""

    def abandon(self) -> None:
        """Let go of files and locks after a failure."""


class Format(Protocol):
    """How an engine keeps an index in a folder; whatever it meets there it may raise as any exception."""

    name: str

    def create(self, folder: str) -> None:
        """Make an empty index in an empty folder."""

    def writer(self, folder: str, *, bulk: bool) -> Writer:
        """Open for changes, with more memory when they are many."""

    def stamp(self, folder: str) -> Hashable:
        """Something cheap that differs after a change."""

    def open(self, folder: str, before: State[Any, Any] | None) -> State[Any, Any]:
        """The index as it is now; `before` is an earlier state of which parts may serve again."""

    def sound(self, state: State[Any, Any]) -> bool:
        """Whether the files of an opened state are still as they were when it was opened."""


class FolderEngine:
    """Search in a folder on local disk; safe to call from several threads and to share between processes."""

    def __init__(self, folder: str, form: Format) -> None:
        self._generations = Generations(folder, form.name)
        self._format = form
        self._loading = threading.Lock()
        self._answers: Answers[Any, Any] | None = None
        self._stamp: Hashable = None
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
        held = dict(self._current().state.revisions())
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

    def _current(self) -> Answers[Any, Any]:
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
            self._answers = self._stamp = None
            self._failure = str(error)
            self._look_at = time.monotonic() + _LOOK_EVERY
            raise
        finally:
            self._loading.release()

    def _after_fork(self) -> None:
        """Open the files anew: parent and child would move one file position under each other's feet."""
        self._loading = threading.Lock()
        self._answers = self._stamp = None
        self._look_at = 0.0
        self._process = os.getpid()

    def _load(self) -> Answers[Any, Any]:
        cause: Exception | None = None
        for attempt in range(_OPEN_ATTEMPTS):
            folder = self._generations.current()
            try:
                stamp = (folder, self._format.stamp(folder))
                if self._answers is None or stamp != self._stamp:
                    before = None if self._answers is None else self._answers.state
                    self._answers, self._stamp = Answers(self._format.open(folder, before)), stamp
                elif not self._format.sound(self._answers.state):
                    raise IndexUnavailable("files changed that never change")
                self._failure = ""
                self._look_at = time.monotonic() + _LOOK_EVERY
                return self._answers
            # A commit may have replaced the files between two looks; an engine then raises anything.
            except Exception as error:  # noqa: BLE001
                cause = error
                self._answers = None
                time.sleep(0.01 * attempt)
        raise IndexUnavailable(
            f"the search index in {self._generations.root} is damaged: {cause}; rebuild it"
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
        prepared = {key: None if one is None else analyse(one) for key, one in latest.items()}
        with self._generations.writing(_WAIT_TO_APPLY):
            folder = self._generations.current()
            try:
                self._replace(folder, prepared)
            except Exception as error:  # An engine raises whatever a damaged file leads it to.
                raise IndexUnavailable(
                    f"the search index in {self._generations.root} cannot be changed: {error}"
                ) from error
        self._look_at = 0.0

    def rebuild(self, documents: Iterable[Document], progress: Callable[[int], None] | None = None) -> int:
        """Build beside the live index and swap it in; the number of documents, of equal keys the last one.

        `progress` is called with the number done so far, every hundred. IndexUnavailable when another writes.
        """
        seen: set[str] = set()
        again: dict[str, Analysis | None] = {}
        with self._generations.writing(_WAIT_TO_REBUILD):
            folder = self._generations.fresh()
            try:
                self._format.create(folder)
                with self._committed(folder, bulk=True) as writer:
                    for document in _told(documents, progress):
                        analysis = analyse(document)
                        if document.key in seen:
                            again[document.key] = analysis
                        else:
                            seen.add(document.key)
                            writer.add(analysis)
                if again:
                    self._replace(folder, again)
            except BaseException:
                self._generations.discard(folder)
                raise
            self._generations.publish(folder)
            self._generations.sweep()
        self._look_at = 0.0
        return len(seen)

    def _replace(self, folder: str, changes: dict[str, Analysis | None]) -> None:
        with self._committed(folder) as writer:
            for key, analysis in changes.items():
                writer.remove(key)
                if analysis is not None:
                    writer.add(analysis)

    @contextmanager
    def _committed(self, folder: str, *, bulk: bool = False) -> Iterator[Writer]:
        writer = self._format.writer(folder, bulk=bulk)
        try:
            yield writer
            writer.commit()
        except BaseException:
            with suppress(Exception):  # What made it fail, such as a full disk, may stop this too.
                writer.abandon()
            raise

    def close(self) -> None:
        """Let go of the open files once the last search that uses them has ended."""
        self._answers = self._stamp = None


def _told(documents: Iterable[Document], progress: Callable[[int], None] | None) -> Iterator[Document]:
    """The documents; how many were done is told every hundred and at the end."""
    done = 0
    for done, document in enumerate(documents, 1):
        yield document
        if progress is not None and done % _PROGRESS_STEP == 0:
            progress(done)
    if progress is not None:
        progress(done)
