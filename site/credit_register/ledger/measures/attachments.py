"""Files of a measure: what an office keeps or gives to the institution, and what the institution sends with its answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from credit_register.access.actor import Actor
from credit_register.core.database import begin_writing, db
from credit_register.core.files import (
    DOCUMENTS,
    PICTURES,
    FileError,
    FileKind,
    FilePolicy,
    StoredFile,
    store_upload,
)
from credit_register.institutions.entries import Upload
from credit_register.ledger.measures.refusals import MeasureRefused
from credit_register.ledger.models import Measure, MeasureFile

_KINDS = PICTURES | DOCUMENTS | {FileKind.XLSX}
OFFICE_FILES = FilePolicy(max_bytes=10 * 1024 * 1024, max_count=10, kinds=_KINDS)  # of one step of the office
PROOFS = FilePolicy(max_bytes=8 * 1024 * 1024, max_count=5, kinds=_KINDS)  # of one answer of the institution
LONGEST_NAME = 60


def bring_files(
    uploads: Sequence[Upload], policy: FilePolicy, *, purpose: str, actor: Actor, now: datetime
) -> list[StoredFile]:
    """Check, clean and store what was sent, all or none, before anything is locked; raises MeasureRefused.

    Cleaning pictures takes seconds, in which others want to write: the request began with `read_first`, and from
    here on it writes. The rows wait outside the session; bytes that no row comes to name are swept.
    """
    if len(uploads) > policy.max_count:
        raise MeasureRefused("files", f"最多 {policy.max_count} 个文件。请去掉多余的文件，或合并为一个 PDF")
    brought = []
    for upload in uploads:
        try:
            stored = store_upload(
                upload.stream,
                upload.filename,
                policy,
                purpose=purpose,
                now=now,
                stored_by=actor.account_id,
            )
        except FileError as error:
            name = upload.filename[:LONGEST_NAME]
            raise MeasureRefused("files", f"“{name}”：{error}。其余内容已保留，请重新选择全部文件") from error
        db.session.expunge(stored)
        brought.append(stored)
    begin_writing()
    return brought


def add_files(
    measure: Measure, brought: Sequence[StoredFile], *, by_institution: bool = False, shown: bool = False
) -> None:
    """Put what was brought to a measure; the caller commits, or rolls back."""
    measure.files.extend(
        MeasureFile(file=stored, by_institution=by_institution, shown=shown) for stored in brought
    )
    db.session.flush()


def files_hint(policy: FilePolicy, total: str) -> str:
    """What may be sent, for the hint beside a file field; the form as a whole has a limit of its own."""
    size = policy.max_bytes // 1024**2
    return f"{'、'.join(policy.labels)}；最多 {policy.max_count} 个，每个不超过 {size} MB，合计不超过 {total}"
