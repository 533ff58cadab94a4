"""Files of a check: what an office keeps as evidence, and what an institution sends to show its correction."""

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
from credit_register.spotchecks.models import CheckFile, Side, SpotCheck
from credit_register.spotchecks.refusals import CheckRefused

_KINDS = PICTURES | DOCUMENTS | {FileKind.XLSX}
EVIDENCE = FilePolicy(max_bytes=10 * 1024 * 1024, max_count=10, kinds=_KINDS)  # of one check
PROOFS = FilePolicy(max_bytes=8 * 1024 * 1024, max_count=5, kinds=_KINDS)  # of one report of a correction
LONGEST_NAME = 60


def bring_files(
    uploads: Sequence[Upload], side: Side, policy: FilePolicy, *, actor: Actor, now: datetime
) -> list[StoredFile]:
    """Check, clean and store what was sent, all or none, before anything is locked; raises CheckRefused.

    Cleaning pictures takes seconds, in which others want to write: the request began with `read_first`, and
    from here on it writes. The rows wait outside the session; bytes that no row comes to name are swept.
    """
    if len(uploads) > policy.max_count:
        raise _too_many(policy, 0)
    brought = []
    for upload in uploads:
        try:
            stored = store_upload(
                upload.stream,
                upload.filename,
                policy,
                purpose=f"spot_check_{side.value}",
                now=now,
                stored_by=actor.account_id,
            )
        except FileError as error:
            name = upload.filename[:LONGEST_NAME]
            raise CheckRefused("files", f"“{name}”：{error}。其余内容已保留，请重新选择全部文件") from error
        db.session.expunge(stored)
        brought.append(stored)
    begin_writing()
    return brought


def add_files(check: SpotCheck, brought: Sequence[StoredFile], side: Side, policy: FilePolicy) -> None:
    """Put what was brought to a check; raises CheckRefused. The caller commits, or rolls back."""
    already = sum(each.side == side for each in check.files) if side is Side.OFFICE else 0
    if already + len(brought) > policy.max_count:
        raise _too_many(policy, already)
    check.files.extend(CheckFile(file=stored, side=side.value) for stored in brought)
    db.session.flush()


def _too_many(policy: FilePolicy, already: int) -> CheckRefused:
    has = f"，已有 {already} 个" if already else ""
    return CheckRefused("files", f"最多 {policy.max_count} 个文件{has}。请去掉多余的文件，或合并为一个 PDF")


def files_hint(policy: FilePolicy, total: str) -> str:
    """What may be sent, for the hint beside a file field; the form as a whole has a limit of its own."""
    size = policy.max_bytes // 1024**2
    return f"{'、'.join(policy.labels)}；最多 {policy.max_count} 个，每个不超过 {size} MB，合计不超过 {total}"
