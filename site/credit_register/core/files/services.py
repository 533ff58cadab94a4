"""Taking files in, handing them out, and clearing away what belongs to no row."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import BinaryIO, Final, cast

from flask import Flask, Response, current_app
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from credit_register.core.database import db
from credit_register.core.files.errors import (
    FileBroken,
    FileError,
    FileInfected,
    FileTooLarge,
    TooManyFiles,
)
from credit_register.core.files.models import FileKind, FilePolicy, ScanState, StoredFile
from credit_register.core.files.names import content_disposition, display_name
from credit_register.core.files.recognition import cleaned, recognise
from credit_register.core.files.scanning import ClamdScanner
from credit_register.core.files.store import FileStore, store_for
from credit_register.core.settings import ClamdAddress

_LOG: Final = logging.getLogger(__name__)
_ORIGINAL: Final = ".original"
_CLEAN: Final = ".clean"
_DOOMED: Final = "credit_register.doomed_files"
_BATCH: Final = 200


def init_files(app: Flask, files_url: str, clamd: ClamdAddress | None = None) -> None:
    """Give the application its file store and its scanner; raises SettingsError where an address is malformed."""
    app.extensions["file_store"] = store_for(files_url)
    app.extensions["file_scanner"] = ClamdScanner(clamd) if clamd is not None else None


def file_store() -> FileStore:
    """The store of the current application."""
    return cast(FileStore, current_app.extensions["file_store"])


def file_scanner() -> ClamdScanner | None:
    """The virus scanner of the current application, where one is configured."""
    return cast("ClamdScanner | None", current_app.extensions["file_scanner"])


def store_upload(
    stream: BinaryIO,
    filename: str,
    policy: FilePolicy,
    *,
    purpose: str,
    now: datetime,
    stored_by: int | None = None,
    already: int = 0,
) -> StoredFile:
    """Check a file, seal the original, store a cleaned copy, and add its row to the session without a commit.

    A file that the scanner cannot be asked about is taken and waits for it. `already` is how many files the same form
    or row has. Raises a FileError; nothing is stored then. Where the transaction fails later, the bytes remain as an
    orphan that `sweep_orphans` removes.
    """
    if already >= policy.max_count:
        raise TooManyFiles(policy.max_count)
    content = stream.read(policy.max_bytes + 1)
    if len(content) > policy.max_bytes:
        raise FileTooLarge(policy.max_bytes)
    kind = recognise(content, filename, policy)
    clean = cleaned(content, kind, policy)
    if not clean:
        raise FileBroken
    scan, scanned_at = _scanned(content, clean, now)
    stored = StoredFile(
        public_id=secrets.token_urlsafe(16),
        purpose=purpose,
        original_name=display_name(filename, kind),
        media_type=kind.media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        clean_size=len(clean),
        clean_sha256=hashlib.sha256(clean).hexdigest(),
        stored_at=now,
        stored_by=stored_by,
        scan=scan.value,
        scanned_at=scanned_at,
    )
    store = file_store()
    try:
        store.put(stored.public_id + _ORIGINAL, content)
        if _has_clean_copy(stored):
            store.put(stored.public_id + _CLEAN, clean)
    except FileError:
        _delete(store, stored.public_id)
        raise
    db.session.add(stored)
    return stored


def store_made(content: bytes, filename: str, kind: FileKind, *, purpose: str, now: datetime) -> StoredFile:
    """Keep a file that the program itself made, as it is; its row is added to the session without a commit.

    Raises StorageFull or StorageUnavailable.
    """
    digest = hashlib.sha256(content).hexdigest()
    stored = StoredFile(
        public_id=secrets.token_urlsafe(16),
        purpose=purpose,
        original_name=display_name(filename, kind),
        media_type=kind.media_type,
        size=len(content),
        sha256=digest,
        clean_size=len(content),
        clean_sha256=digest,
        stored_at=now,
    )
    file_store().put(stored.public_id + _ORIGINAL, content)
    db.session.add(stored)
    return stored


def store_uploads(
    uploads: Sequence[tuple[BinaryIO, str]],
    policy: FilePolicy,
    *,
    purpose: str,
    now: datetime,
    stored_by: int | None = None,
) -> list[StoredFile]:
    """Store the files of one form, all or none; too many are refused before one is read."""
    if len(uploads) > policy.max_count:
        raise TooManyFiles(policy.max_count)
    taken: list[StoredFile] = []
    try:
        for stream, filename in uploads:
            taken.append(
                store_upload(stream, filename, policy, purpose=purpose, now=now, stored_by=stored_by)
            )
    except FileError:
        for stored in taken:
            db.session.expunge(stored)
            _delete(file_store(), stored.public_id)
        raise
    return taken


def open_clean(stored: StoredFile) -> BinaryIO:
    """The copy that may be handed out; raises FileInfected, FileMissing or StorageUnavailable."""
    if stored.is_infected:
        raise FileInfected
    return file_store().open(stored.public_id + (_CLEAN if _has_clean_copy(stored) else _ORIGINAL))


def read_clean(stored: StoredFile) -> bytes:
    """The same for the program's own reading, never for an answer: `hand_out` makes those. Raises like `open_clean`."""
    with open_clean(stored) as stream:
        return stream.read()


def open_original(stored: StoredFile) -> BinaryIO:
    """The sealed original with all it gives away; only behind an audited reveal. Raises like `open_clean`."""
    if stored.is_infected:
        raise FileInfected
    return file_store().open(stored.public_id + _ORIGINAL)


def hand_out(stored: StoredFile) -> Response:
    """The cleaned copy as a download; raises FileInfected, FileMissing or StorageUnavailable, which have their pages."""
    return Response(open_clean(stored), headers=download_response_headers(stored), direct_passthrough=True)


def read_all(public_id: str, *, has_clean_copy: bool) -> Iterator[bytes]:
    """Everything that is stored of a file, for the scanner; raises FileMissing or StorageUnavailable."""
    for suffix in (_ORIGINAL, _CLEAN) if has_clean_copy else (_ORIGINAL,):
        with file_store().open(public_id + suffix) as stream:
            yield stream.read()


def download_response_headers(stored: StoredFile) -> dict[str, str]:
    """Headers under which no browser shows, guesses or runs a file, and no cache keeps it."""
    charset = "; charset=utf-8" if stored.media_type.startswith("text/") else ""
    return {
        "Content-Type": stored.media_type + charset,
        "Content-Length": str(stored.clean_size),
        "Content-Disposition": content_disposition(stored.original_name),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    }


def remove(stored: StoredFile) -> None:
    """Delete the row without a commit; the bytes go once the transaction has been committed."""
    session = db.session()
    session.info.setdefault(_DOOMED, []).append((file_store(), stored.public_id))
    session.delete(stored)


def sweep_orphans(older_than: datetime) -> int:
    """Remove bytes that no row names, and fragments of interrupted writes; returns how many names went.

    `older_than` must leave running uploads alone: an hour ago is enough.
    """
    store = file_store()
    removed = store.clear_fragments(older_than)
    for names in _batches(store.names(older_than)):
        wanted = {name.partition(".")[0] for name in names}
        query = select(StoredFile.public_id).where(StoredFile.public_id.in_(wanted))
        orphans = wanted - set(db.session.scalars(query))
        for name in names:
            if name.partition(".")[0] in orphans:
                store.delete(name)
                removed += 1
    return removed


def _scanned(content: bytes, clean: bytes, now: datetime) -> tuple[ScanState, datetime | None]:
    """What the scanner says of the file as it came and of the copy that is handed out; raises VirusFound."""
    scanner = file_scanner()
    if scanner is None:
        return ScanState.NONE, None
    return scanner.scan_upload([content] if clean == content else [content, clean], now=now)


def _has_clean_copy(stored: StoredFile) -> bool:
    return stored.clean_sha256 != stored.sha256


def _delete(store: FileStore, public_id: str) -> None:
    for suffix in (_ORIGINAL, _CLEAN):
        store.delete(public_id + suffix)


def _batches(names: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while batch := list(islice(rest, _BATCH)):
        yield batch


@event.listens_for(Session, "after_commit")
def _delete_doomed(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint was released; the row may still come back
        return
    for store, public_id in session.info.pop(_DOOMED, ()):
        try:
            _delete(store, public_id)
        except FileError:
            # The row is gone and committed; the sweep takes the bytes later.
            _LOG.warning("stored file could not be deleted; the next sweep will")


@event.listens_for(Session, "after_rollback")
def _spare_doomed(session: Session) -> None:
    session.info.pop(_DOOMED, None)
