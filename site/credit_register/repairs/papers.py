"""Files of an application: the two documents that went to the authority, and what the authority answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from credit_register.access.actor import Actor
from credit_register.core.database import begin_writing, db
from credit_register.core.files import DOCUMENTS, PICTURES, FileError, FilePolicy, StoredFile, store_upload
from credit_register.institutions.entries import Upload
from credit_register.repairs.models import Paper, RepairApplication, RepairFile
from credit_register.repairs.refusals import RepairRefused

PAPERS = FilePolicy(max_bytes=8 * 1024 * 1024, max_count=3, kinds=PICTURES | DOCUMENTS)  # of each paper
LONGEST_NAME = 60

Uploads = Mapping[Paper, Sequence[Upload]]


def bring_files(uploads: Uploads, *, actor: Actor, now: datetime) -> list[tuple[Paper, StoredFile]]:
    """Check, clean and store what was sent, all or none, before anything is locked; raises RepairRefused.

    The request began with `read_first`, and from here on it writes. The rows wait outside the session.
    """
    brought = []
    for paper, sent in uploads.items():
        if len(sent) > PAPERS.max_count:
            raise RepairRefused(paper.value, f"最多 {PAPERS.max_count} 个文件，请合并为一个 PDF")
        for upload in sent:
            try:
                stored = store_upload(
                    upload.stream,
                    upload.filename,
                    PAPERS,
                    purpose=f"repair_{paper.value}",
                    now=now,
                    stored_by=actor.account_id,
                )
            except FileError as error:
                name = upload.filename[:LONGEST_NAME]
                raise RepairRefused(
                    paper.value, f"“{name}”：{error}。其余内容已保留，请重新选择全部文件"
                ) from error
            db.session.expunge(stored)
            brought.append((paper, stored))
    begin_writing()
    return brought


def add_files(application: RepairApplication, brought: Sequence[tuple[Paper, StoredFile]]) -> None:
    """Put what was brought to an application; the caller commits, or rolls back."""
    application.files.extend(RepairFile(file=stored, paper=paper.value) for paper, stored in brought)
    db.session.flush()


def files_hint() -> str:
    """What may be sent, for the hint beside a file field."""
    size = PAPERS.max_bytes // 1024**2
    return f"{'、'.join(PAPERS.labels)}；最多 {PAPERS.max_count} 个，每个不超过 {size} MB"
