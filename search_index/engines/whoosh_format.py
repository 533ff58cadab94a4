"""How an index lies in a folder as Whoosh keeps it."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

from whoosh import fields, formats
from whoosh.codec.whoosh3 import W3Codec
from whoosh.columns import VarBytesColumn
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex

from search_index.analyzer import TERM_FIELDS, VERSION, Analysis
from search_index.engines.whoosh_state import WhooshState

_BULK_MEMORY_MB = 192


class Terms(fields.FieldType):  # type: ignore[misc]  # whoosh has no types
    """A field whose value is the ready set of its terms: the shared analyzer has already cut them."""

    indexed = True

    def __init__(self) -> None:
        super().__init__(format=formats.Existence(), analyzer=None, scorable=False, stored=False)

    def index(self, value: set[str], **_: object) -> Iterator[tuple[bytes, int, float, bytes]]:
        """One posting without frequency or position for each term."""
        return ((term.encode("utf-8", "replace"), 1, 1.0, b"") for term in value)


def _schema() -> fields.Schema:
    """Few small fields without positions; what is filtered, sorted or shown stands in two columns."""
    # Offsets are derived from the lengths: the variant that stores them would limit a column to 4 GB.
    columns = {name: fields.COLUMN(VarBytesColumn(allow_offsets=False)) for name in ("row", "body")}
    terms = {f"{name}_": Terms() for name in TERM_FIELDS}
    return fields.Schema(key=fields.ID(unique=True), **terms, **columns)


class _Tracked(FileStorage):  # type: ignore[misc]  # whoosh has no types
    """A folder that only this writer changes: Whoosh asks whether a file exists once for every posting."""

    def __init__(self, path: str) -> None:
        super().__init__(path, supports_mmap=False)
        self._names = set(self.list())
        self._settled = set(self._names)

    def create_file(self, name: str, *args: Any, **options: Any) -> Any:
        self._names.add(name)
        self._settled.discard(name)
        return super().create_file(name, *args, **options)

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        super().rename_file(oldname, newname, safe)
        self._names.discard(oldname)
        self._names.add(newname)
        self._settled.discard(newname)

    def delete_file(self, name: str) -> None:
        super().delete_file(name)
        self._names.discard(name)

    def file_exists(self, name: str) -> bool:
        return name in self._names

    def settle(self) -> None:
        """Wait until everything is on the disk: what the index acknowledged must outlive a power cut."""
        for name in self.list():
            if name not in self._settled:
                _settle(self._file(name))
                self._settled.add(name)
        _settle(self.folder)

    def _file(self, name: str) -> str:
        return str(Path(self.folder) / name)


def _settle(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Lengthless(W3Codec):  # type: ignore[misc]  # whoosh has no types
    """Whoosh's own format, written without asking for the length of a field, which only scoring would use."""

    length_stats = False


class _Writer:
    """Changes that Whoosh commits as one segment."""

    def __init__(self, folder: str, limit: dict[str, int]) -> None:
        # Without Whoosh's own lock: its folder is locked already, and Whoosh's lock outlives a full disk.
        self._storage = _Tracked(folder)
        self._writer = self._storage.open_index().writer(codec=_Lengthless(), _lk=False, **limit)

    def remove(self, key: str) -> None:
        self._writer.delete_by_term("key", key)

    def add(self, analysis: Analysis) -> None:
        row = analysis.row
        terms = {f"{name}_": found for name, found in analysis.terms.items()}
        self._writer.add_document(key=row.key, row=row.dump(), body=analysis.body.dump(), **terms)

    def commit(self) -> None:
        self._writer.commit()
        self._storage.settle()

    def abandon(self) -> None:
        self._writer.cancel()


class WhooshFormat:
    """Whoosh in a folder, read without mmap, which kills the process when a file is cut short."""

    name = f"whoosh{VERSION}"

    def create(self, folder: str) -> None:
        """An empty index."""
        _Tracked(folder).create_index(_schema()).close()

    def writer(self, folder: str, *, bulk: bool) -> _Writer:
        """A writer of this folder."""
        return _Writer(folder, {"limitmb": _BULK_MEMORY_MB} if bulk else {})

    def stamp(self, folder: str) -> Hashable:
        """The number of the last commit."""
        return int(self._index(folder).latest_generation())

    def open(self, folder: str, before: Any) -> WhooshState:
        """The state after the last commit; segments never change, so what was read of them serves again."""
        return WhooshState(self._index(folder), before.segments if before else {})

    def sound(self, state: Any) -> bool:
        """True: a damaged file shows itself when it is read."""
        return True

    def _index(self, folder: str) -> FileIndex:
        return FileStorage(folder, supports_mmap=False).open_index()
