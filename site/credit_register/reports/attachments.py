"""Files that come with a report or a message: what is taken, each refused file named, and what waits for its report.

A browser cannot show a chosen file again. What came with a preview, or with a form that had faults, is therefore held:
stored and cleaned like any other file, named in the form by an encrypted token, and removed after a day.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import BinaryIO, Final

from sqlalchemy import select

from credit_register.core.database import begin_writing, db, read_first
from credit_register.core.encryption import CannotDecrypt, field_cipher
from credit_register.core.files import (
    DOCUMENTS,
    PICTURES,
    FileKind,
    FilePolicy,
    FileRefused,
    FileTooLarge,
    StoredFile,
    TooManyFiles,
    drop_held,
    remove_held,
    store_uploads,
)
from credit_register.core.files.names import extension_of
from credit_register.core.files.recognition import recognise
from credit_register.core.plain_text import one_line

FILES: Final = FilePolicy(
    max_bytes=10 * 1024 * 1024, max_count=5, kinds=PICTURES | DOCUMENTS | {FileKind.TEXT}
)
MOST_FILES: Final = 20  # of one report, with all its messages
PURPOSE: Final = "report"
HELD: Final = "report_held"
GONE: Final = "先前选的文件已经不在了（只暂存 24 小时），请重新选择；不需要文件的，可以直接再提交一次。"
_SEALED_AS: Final = "report held files"
_SHOWN_NAME: Final = 60


class FilesRefused(Exception):
    """One or more files cannot be taken; each sentence names its file. Nothing was stored."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("；".join(sentences))
        self.sentences = tuple(sentences)


@dataclass(frozen=True)
class Attachment:
    """A file that was looked at and not stored yet; `sha256` is that of its bytes."""

    stream: BinaryIO
    filename: str
    sha256: str


@dataclass(frozen=True)
class HeldFile:
    """A file that waits for its report; `name` is what the citizen calls it and stands in the token alone."""

    public_id: str
    sha256: str
    name: str
    size: int


class HeldLost(Exception):
    """A token that names no files of this form: altered, or of another form."""


def examine(uploads: Sequence[tuple[BinaryIO, str]], *, already: int = 0) -> list[Attachment]:
    """Look at every file of a form, so that all refusals are told at once; raises FilesRefused.

    `already` is how many files the form holds.
    """
    if already + len(uploads) > FILES.max_count:
        raise FilesRefused([str(TooManyFiles(FILES.max_count))])
    looked_at, refusals = [], []
    for stream, filename in uploads:
        content = stream.read(FILES.max_bytes + 1)
        stream.seek(0)
        try:
            if len(content) > FILES.max_bytes:
                raise FileTooLarge(FILES.max_bytes)
            recognise(content, filename, FILES)
        except FileRefused as refusal:
            refusals.append(_named(filename, refusal))
        else:
            looked_at.append(Attachment(stream, filename, hashlib.sha256(content).hexdigest()))
    if refusals:
        raise FilesRefused(refusals)
    return looked_at


def store(
    attachments: Sequence[Attachment],
    *,
    after: int = 0,
    called: str = "附件",
    now: datetime,
    stored_by: int | None = None,
) -> list[StoredFile]:
    """Store all or none, without a commit; raises FilesRefused, or a FileError of the store.

    Names of files tell who took a picture, when and of whom: what is stored is called by its number in the case,
    counted from behind the `after` files that the case has.
    """
    numbered = [
        (one.stream, f"{called}{number}{extension_of(one.filename)}")
        for number, one in enumerate(attachments, start=after + 1)
    ]
    try:
        return store_uploads(numbered, FILES, purpose=PURPOSE, now=now, stored_by=stored_by)
    except FileRefused as refusal:
        # They are read in their order, so the last one that was read is the one that was refused.
        read = [one for one in attachments if one.stream.tell()]
        raise FilesRefused([_named(read[-1].filename, refusal)]) from refusal


def hold(
    uploads: Sequence[tuple[BinaryIO, str]], *, already: int, now: datetime
) -> tuple[list[HeldFile], list[str]]:
    """Keep the good files of a form for a day, and give a sentence for each of the others.

    Commits. Nothing is locked while files are cleaned, within a request that began with `read_first`. Raises a
    FileError of the store.
    """
    rows: list[StoredFile] = []
    held: list[HeldFile] = []
    refusals: list[str] = []
    for stream, filename in uploads:
        stream.seek(0)
        try:
            if already + len(rows) >= FILES.max_count:
                raise TooManyFiles(FILES.max_count)
            # The row does not tell what the citizen called the file: nothing was filed yet.
            named = [(stream, f"暂存{extension_of(filename)}")]
            [row] = store_uploads(named, FILES, purpose=HELD, now=now)
        except FileRefused as refusal:
            refusals.append(_named(filename, refusal))
        else:
            rows.append(row)
            held.append(HeldFile(row.public_id, row.sha256, _shown(filename), row.size))
    if rows:
        begin_writing()
        db.session.rollback()
        db.session.add_all(rows)
        db.session.commit()
        read_first()
    return held, refusals


def seal(held: Sequence[HeldFile], *, key: str) -> str:
    """The held files of the form with this key as text that only this site can read or write."""
    if not held:
        return ""
    return field_cipher().encrypt(json.dumps([_SEALED_AS, key, [astuple(file) for file in held]]))


def unseal(token: str, *, key: str) -> tuple[HeldFile, ...]:
    """What `seal` wrote for the form with this key; raises HeldLost."""
    if not token:
        return ()
    try:
        purpose, bound_to, files = json.loads(field_cipher().decrypt(token))
    except (CannotDecrypt, TypeError, ValueError) as error:
        raise HeldLost from error
    if (purpose, bound_to) != (_SEALED_AS, key):
        raise HeldLost
    return tuple(HeldFile(*file) for file in files)


def still_held(held: Sequence[HeldFile]) -> tuple[HeldFile, ...]:
    """Those that still wait for their report."""
    if not held:
        return ()
    wanted = [file.public_id for file in held]
    query = select(StoredFile.public_id).where(StoredFile.public_id.in_(wanted), StoredFile.purpose == HELD)
    there = set(db.session.scalars(query))
    return tuple(file for file in held if file.public_id in there)


def take(held: Sequence[HeldFile]) -> list[StoredFile]:
    """Make held files those of a report, called by their numbers; the caller commits.

    No file becomes part of two reports: the rows are locked, and whoever comes second finds none. Raises FilesRefused.
    """
    wanted = [file.public_id for file in held]
    query = select(StoredFile).where(StoredFile.public_id.in_(wanted), StoredFile.purpose == HELD)
    rows = {row.public_id: row for row in db.session.scalars(query.with_for_update())} if wanted else {}
    if len(rows) < len(wanted):
        raise FilesRefused([GONE])
    taken = [rows[public_id] for public_id in wanted]
    for number, row in enumerate(taken, start=1):
        row.purpose = PURPOSE
        row.original_name = f"附件{number}{extension_of(row.original_name)}"
    return taken


def drop(public_ids: Collection[str]) -> None:
    """Remove held files that their owner wants no more, with their bytes; commits."""
    begin_writing()
    db.session.rollback()
    remove_held(HELD, StoredFile.public_id.in_(public_ids))
    read_first()


def drop_held_files(moment: datetime) -> int:
    """Remove the files that have waited for a day; returns how many."""
    return drop_held(HELD, moment)


def _named(filename: str, refusal: FileRefused) -> str:
    return f"“{_shown(filename)}”没有收下：{refusal}"


def _shown(filename: str) -> str:
    name = one_line(filename)
    return name if len(name) <= _SHOWN_NAME else "…" + name[-_SHOWN_NAME:]
