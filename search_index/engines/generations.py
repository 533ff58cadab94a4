"""Where indexes lie on disk: generations beside each other, one of them current, one writer."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search_index.model import IndexUnavailable

_CURRENT = "CURRENT"
_LOCK = "WRITER"
_RETIRED = "RETIRED"
# Readers look for a new generation twice a second; ten minutes spare even one that was stopped for long.
_KEEP_RETIRED = 600.0
_LOOK_FOR_LOCK = 0.02


class Generations:
    """The folder of one search index; `form` names the engine and version that its files are written for."""

    def __init__(self, folder: str, form: str) -> None:
        self.root = Path(folder)
        self._form = form

    def current(self) -> str:
        """The folder of the live generation; IndexUnavailable when there is none this code can read."""
        try:
            name = (self.root / _CURRENT).read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise IndexUnavailable(f"no search index in {self.root}; rebuild it") from error
        if not name.startswith(f"{self._form}-") or not name.replace("-", "").isalnum():
            raise IndexUnavailable(
                f"the search index in {self.root} is of another engine or version; rebuild it"
            )
        return str(self.root / name)

    @contextmanager
    def writing(self, wait: float) -> Iterator[None]:
        """Be the only writer, waiting at most `wait` seconds; the lock ends with its process."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = (self.root / _LOCK).open("ab")
        except OSError as error:
            raise IndexUnavailable(f"the search index in {self.root} cannot be written: {error}") from error
        with lock:
            until = time.monotonic() + wait
            while not _taken(lock.fileno()):
                if time.monotonic() > until:
                    raise IndexUnavailable(
                        f"the search index in {self.root} is being written by another process"
                    )
                time.sleep(_LOOK_FOR_LOCK)
            yield

    def fresh(self) -> str:
        """An empty folder for the next generation, which nobody reads until it is published."""
        folder = self.root / f"{self._form}-{time.time_ns():020d}-{secrets.token_hex(4)}"
        folder.mkdir(parents=True)
        return str(folder)

    def publish(self, folder: str) -> None:
        """Make a finished generation the live one, in one step that a reader sees whole or not at all."""
        pointer = self.root / f"{_CURRENT}.new"
        with pointer.open("w", encoding="ascii") as stream:
            stream.write(Path(folder).name)
            stream.flush()
            os.fsync(stream.fileno())
        pointer.replace(self.root / _CURRENT)
        directory = os.open(self.root, os.O_RDONLY)
        try:
            os.fsync(directory)  # the new name, too, must outlive a power cut
        finally:
            os.close(directory)

    def discard(self, folder: str) -> None:
        """Remove a generation that was never published."""
        shutil.rmtree(folder, ignore_errors=True)

    def sweep(self) -> None:
        """Delete what no reader can hold any more: long retired generations, and those never finished."""
        live = Path(self.current())
        for folder in self.root.glob("*-*-*"):
            if folder == live or not folder.is_dir():
                continue
            mark = folder / _RETIRED
            try:
                if not mark.exists():
                    mark.touch()
                elif time.time() - mark.stat().st_mtime > _KEEP_RETIRED:
                    shutil.rmtree(folder)
            except OSError:
                continue  # Another sweep will find it again.


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
