"""Files of a letter: the proof of delivery, what the addressee sent as its answer, and the letter as it was issued."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from credit_register.access.actor import Actor
from credit_register.core.database import begin_writing, db
from credit_register.core.files import (
    DOCUMENTS,
    PICTURES,
    FileError,
    FileKind,
    FilePolicy,
    StoredFile,
    store_made,
    store_upload,
)
from credit_register.institutions.entries import Upload
from credit_register.letters.models import FileRole, Letter, LetterFile
from credit_register.letters.refusals import LetterRefused

# Of one step; the answer may be supplemented with more.
LETTER_FILES: Final = FilePolicy(
    max_bytes=10 * 1024 * 1024, max_count=5, kinds=PICTURES | DOCUMENTS | {FileKind.XLSX}
)
MOST_FILES: Final = 30  # of a letter
LAYOUT_FILES: Final = FilePolicy(max_bytes=1024 * 1024, max_count=1, kinds=frozenset({FileKind.DOCX}))
_LONGEST_NAME: Final = 60


def bring_files(
    uploads: Sequence[Upload], policy: FilePolicy, *, field: str, purpose: str, actor: Actor, now: datetime
) -> list[StoredFile]:
    """Check, clean and store what was sent, all or none, before anything is locked; raises LetterRefused.

    The request began with `read_first`; from here on it writes. The rows wait outside the session, and bytes that no
    row comes to name are swept.
    """
    if len(uploads) > policy.max_count:
        raise LetterRefused(field, f"一次最多 {policy.max_count} 个文件，请合并为一个 PDF 或者分次补记")
    brought = []
    for upload in uploads:
        try:
            stored = store_upload(
                upload.stream, upload.filename, policy, purpose=purpose, now=now, stored_by=actor.account_id
            )
        except FileError as error:
            name = upload.filename[:_LONGEST_NAME]
            raise LetterRefused(field, f"“{name}”：{error}。其余内容已保留，请重新选择文件") from error
        db.session.expunge(stored)
        brought.append(stored)
    begin_writing()
    return brought


def add_files(letter: Letter, brought: Sequence[StoredFile], role: FileRole) -> None:
    """Put what was brought to a letter; raises LetterRefused. The caller commits."""
    if len(letter.files) + len(brought) > MOST_FILES:
        raise LetterRefused("files", f"一件函最多 {MOST_FILES} 个文件，已有 {len(letter.files)} 个")
    letter.files.extend(LetterFile(file=stored, role=role.value) for stored in brought)
    db.session.flush()


def keep_document(letter: Letter, content: bytes, number: str, *, now: datetime) -> None:
    """Keep the letter as it is issued; the caller commits."""
    stored = store_made(content, f"{number}.docx", FileKind.DOCX, purpose="letter_document", now=now)
    letter.files.append(LetterFile(file=stored, role=FileRole.DOCUMENT.value))
    db.session.flush()
