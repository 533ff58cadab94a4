"""Where the bytes of files lie: under random names, outside the web root, whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, Protocol
from urllib.parse import unquote, urlsplit

from credit_register.core.files.errors import FileMissing, StorageFull, StorageUnavailable
from credit_register.core.settings import SettingsError

_TEMPORARY: Final = ".part-"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FileStore(Protocol):
    """Keeps bytes under a name of at least four ASCII characters without a slash."""

    def put(self, name: str, content: bytes) -> None:
        """Store durably before returning; raises StorageFull or StorageUnavailable, and then kept nothing."""

    def open(self, name: str) -> BinaryIO:
        """Open for reading; raises FileMissing or StorageUnavailable."""

    def delete(self, name: str) -> None:
        """Remove what is there; a name that is not there is no error."""

    def names(self, before: datetime) -> Iterator[str]:
        """The names stored before a moment."""

    def clear_fragments(self, before: datetime) -> int:
        """Remove what interrupted writes left before a moment; returns how many."""


class LocalFileStore:
    """A folder of this machine, or a file system that its web processes share."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, name: str, content: bytes) -> None:
        target = self._path(name)
        fresh = target.with_name(_TEMPORARY + secrets.token_hex(8))
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(content)
                    stream.flush()
                    os.fsync(stream.fileno())
                fresh.replace(target)
            except BaseException:
                with suppress(OSError):
                    fresh.unlink(missing_ok=True)
                raise
            self._sync_folders(target.parent)
        except OSError as error:
            raise (StorageFull if error.errno in _FULL else StorageUnavailable) from error

    def open(self, name: str) -> BinaryIO:
        try:
            return self._path(name).open("rb")
        except FileNotFoundError:
            raise FileMissing from None
        except OSError as error:
            raise StorageUnavailable from error

    def delete(self, name: str) -> None:
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise StorageUnavailable from error

    def names(self, before: datetime) -> Iterator[str]:
        for path in self._old(before):
            if not path.name.startswith(_TEMPORARY):
                yield path.name

    def clear_fragments(self, before: datetime) -> int:
        fragments = [path for path in self._old(before) if path.name.startswith(_TEMPORARY)]
        for path in fragments:
            path.unlink(missing_ok=True)
        return len(fragments)

    def _path(self, name: str) -> Path:
        if len(name) < 4 or name.startswith(".") or not name.isascii() or "/" in name or "\\" in name:
            raise ValueError(f"not a name of the file store: {name!r}")
        return self._root / name[:2] / name[2:4] / name

    def _old(self, before: datetime) -> Iterator[Path]:
        for path in self._root.glob("??/??/*"):
            with suppress(FileNotFoundError):  # another process removed it
                if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
                    yield path

    def _sync_folders(self, folder: Path) -> None:
        # The name of a new file, and of its new folders, is durable only once the folder that lists it is.
        for listed in (folder, folder.parent, self._root):
            descriptor = os.open(listed, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def store_for(url: str) -> FileStore:
    """The store that FILES_URL names; raises SettingsError."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc or not parts.path.startswith("/") or parts.path == "/":
        raise SettingsError("FILES_URL 须以 file:/// 开头并写明文件夹，例如 file:///var/lib/register/files")
    return LocalFileStore(Path(unquote(parts.path)))
