"""How an index lies in a folder as tantivy keeps it."""

from __future__ import annotations

import json
import os
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tantivy

from search_index.analyzer import VERSION, Analysis
from search_index.engines.tantivy_guard import guarded
from search_index.engines.tantivy_schema import SCHEMA, fields
from search_index.engines.tantivy_state import TantivyState

_META = "meta.json"
_MEMORY = 15_000_000  # the least that tantivy takes
_BULK_MEMORY = 25_000_000


class _Writer:
    """Changes that tantivy commits together; its threads end with the commit, merges included."""

    def __init__(self, folder: str, memory: int) -> None:
        self._writer = guarded(guarded(tantivy.Index.open, folder).writer, memory, 1)

    def remove(self, key: str) -> None:
        guarded(self._writer.delete_documents_by_term, "key", key)

    def add(self, analysis: Analysis) -> None:
        guarded(self._writer.add_document, fields(analysis))

    def commit(self) -> None:
        guarded(self._writer.commit)
        guarded(self._writer.wait_merging_threads)

    def abandon(self) -> None:
        guarded(self._writer.rollback)
        guarded(
            self._writer.wait_merging_threads
        )  # lets go of the lock, whoever keeps the error and so the writer


class TantivyFormat:
    """tantivy in a folder, read through mmap."""

    name = f"tantivy{VERSION}"

    def create(self, folder: str) -> None:
        """An empty index."""
        tantivy.Index(SCHEMA, path=folder)

    def writer(self, folder: str, *, bulk: bool) -> _Writer:
        """A writer of this folder; the index has at most two segments of a size for each time it grew eightfold."""
        return _Writer(folder, _BULK_MEMORY if bulk else _MEMORY)

    def stamp(self, folder: str) -> Hashable:
        """What tells one version of tantivy's list of segments from the next."""
        found = (Path(folder) / _META).stat()
        return found.st_mtime_ns, found.st_size, found.st_ino

    def open(self, folder: str, before: Any) -> TantivyState:
        """The state after the last commit."""
        segments = json.loads((Path(folder) / _META).read_bytes())["segments"]
        return TantivyState(
            guarded(guarded(tantivy.Index.open, folder).searcher),
            _files(folder, segments),
            has_deletions=any(one["deletes"] for one in segments),
        )

    def sound(self, state: Any) -> bool:
        """Whether the files still have their sizes: one that was cut short would end the process that maps it."""
        try:
            return all(_look(path) == known for path, known in state.files.items())
        except OSError:
            return False


def _files(folder: str, segments: Sequence[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    """The files of the segments that are listed now, with sizes and times."""
    names = tuple(segment["segment_id"].replace("-", "") for segment in segments)
    return {one.path: _look(one.path) for one in os.scandir(folder) if one.name.startswith(names)}


def _look(path: str) -> tuple[int, int]:
    found = os.stat(path)  # noqa: PTH116 -- a hundred times a second, a Path costs more than the call
    return found.st_size, found.st_mtime_ns
