"""Where Whoosh indexes lie on disk: generations beside each other, one of them current, one writer."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from whoosh import fields, formats
from whoosh.codec.whoosh3 import W3Codec
from whoosh.columns import VarBytesColumn
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex
from whoosh.util.filelock import try_for

from search_index.analyzer import TERM_FIELDS, VERSION
from search_index.model import IndexUnavailable

_CURRENT = "CURRENT"
_LOCK = "WRITER"
_RETIRED = "RETIRED"
# Readers look for a new generation twice a second; ten minutes spare even one that was stopped for long.
_KEEP_RETIRED = 600.0


class Terms(fields.FieldType):  # type: ignore[misc]  # whoosh has no types
    """A field whose value is the ready set of its terms: the shared analyzer has already cut them."""

    indexed = True

    def __init__(self) -> None:
        super().__init__(format=formats.Existence(), analyzer=None, scorable=False, stored=False)

    def index(self, value: set[str], **_: object) -> Iterator[tuple[bytes, int, float, bytes]]:
        """One posting without frequency or position for each term."""
        return ((term.encode("utf-8", "replace"), 1, 1.0, b"") for term in value)


def schema() -> fields.Schema:
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

    def create_file(self, name: str, *args: Any, **options: Any) -> Any:
        self._names.add(name)
        return super().create_file(name, *args, **options)

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        super().rename_file(oldname, newname, safe)
        self._names.discard(oldname)
        self._names.add(newname)

    def delete_file(self, name: str) -> None:
        super().delete_file(name)
        self._names.discard(name)

    def file_exists(self, name: str) -> bool:
        return name in self._names


class Lengthless(W3Codec):  # type: ignore[misc]  # whoosh has no types
    """Whoosh's own format, written without asking for the length of a field, which only scoring would use."""

    length_stats = False


class Store:
    """The folder of one search index."""

    def __init__(self, folder: str) -> None:
        self.root = Path(folder)

    def current(self) -> str:
        """The name of the live generation; IndexUnavailable when there is none this code can read."""
        try:
            name = (self.root / _CURRENT).read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise IndexUnavailable(f"no search index in {self.root}; rebuild it") from error
        if not name.startswith(f"v{VERSION}-") or not name.replace("-", "").isalnum():
            raise IndexUnavailable(f"the search index in {self.root} is of another version; rebuild it")
        return name

    def open(self, name: str) -> FileIndex:
        """A generation for reading; without mmap, which kills the process when a file is cut short."""
        return FileStorage(str(self.root / name), supports_mmap=False).open_index()

    def open_to_write(self, name: str) -> FileIndex:
        """The Whoosh index of a generation, for the one writer."""
        return _Tracked(str(self.root / name)).open_index()

    def create(self, name: str) -> FileIndex:
        """An empty Whoosh index in a new folder."""
        folder = self.root / name
        folder.mkdir(parents=True)
        return _Tracked(str(folder)).create_index(schema())

    def discard(self, name: str) -> None:
        """Remove a generation that was never published."""
        shutil.rmtree(self.root / name, ignore_errors=True)

    @contextmanager
    def writing(self, wait: float) -> Iterator[None]:
        """Be the only writer, waiting at most `wait` seconds; the lock ends with its process."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = FileStorage(str(self.root)).lock(_LOCK)
            taken = try_for(lock.acquire, timeout=wait, delay=0.02)
        except OSError as error:
            raise IndexUnavailable(f"the search index in {self.root} cannot be written: {error}") from error
        if not taken:
            raise IndexUnavailable(f"the search index in {self.root} is being written by another process")
        try:
            yield
        finally:
            lock.release()

    def new_name(self) -> str:
        """A name for the next generation."""
        return f"v{VERSION}-{time.time_ns():020d}-{secrets.token_hex(4)}"

    def publish(self, name: str) -> None:
        """Make a finished generation the live one, in one step that a reader sees whole or not at all."""
        fresh = self.root / f"{_CURRENT}.new"
        with fresh.open("w", encoding="ascii") as pointer:
            pointer.write(name)
            pointer.flush()
            os.fsync(pointer.fileno())
        fresh.replace(self.root / _CURRENT)

    def sweep(self, live: str) -> None:
        """Delete what no reader can hold any more: long retired generations, and those never finished."""
        for folder in self.root.glob("v*-*"):
            if folder.name == live or not folder.is_dir():
                continue
            mark = folder / _RETIRED
            try:
                if not mark.exists():
                    mark.touch()
                elif time.time() - mark.stat().st_mtime > _KEEP_RETIRED:
                    shutil.rmtree(folder)
            except OSError:
                continue  # Another sweep will find it again.
