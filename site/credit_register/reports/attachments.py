"""Files that come with a report or a message: what is taken, and each refused file named."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Final

from credit_register.core.files import (
    DOCUMENTS,
    PICTURES,
    FileKind,
    FilePolicy,
    FileRefused,
    FileTooLarge,
    StoredFile,
    TooManyFiles,
    store_uploads,
)
from credit_register.core.files.names import extension_of
from credit_register.core.files.recognition import recognise

FILES: Final = FilePolicy(
    max_bytes=10 * 1024 * 1024, max_count=5, kinds=PICTURES | DOCUMENTS | {FileKind.TEXT}
)
MOST_FILES: Final = 20  # of one report, with all its messages
PURPOSE: Final = "report"
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


def examine(uploads: Sequence[tuple[BinaryIO, str]]) -> list[Attachment]:
    """Look at every file of a form, so that all refusals are told at once; raises FilesRefused."""
    if len(uploads) > FILES.max_count:
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
    attachments: Sequence[Attachment], *, after: int = 0, now: datetime, stored_by: int | None = None
) -> list[StoredFile]:
    """Store all or none, without a commit; raises FilesRefused, or a FileError of the store.

    Names of files tell who took a picture, when and of whom: what is stored is called by its number in the case,
    counted from behind the `after` files that the case has.
    """
    numbered = [
        (one.stream, f"附件{number}{extension_of(one.filename)}")
        for number, one in enumerate(attachments, start=after + 1)
    ]
    try:
        return store_uploads(numbered, FILES, purpose=PURPOSE, now=now, stored_by=stored_by)
    except FileRefused as refusal:
        # They are read in their order, so the last one that was read is the one that was refused.
        read = [one for one in attachments if one.stream.tell()]
        raise FilesRefused([_named(read[-1].filename, refusal)]) from refusal


def _named(filename: str, refusal: FileRefused) -> str:
    shown = filename if len(filename) <= _SHOWN_NAME else "…" + filename[-_SHOWN_NAME:]
    return f"“{shown}”没有收下：{refusal}"
