"""The evidence of a case in one list: what its sender, the institution and the officers brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Final

from sqlalchemy import func, select

from credit_register.access.actor import Actor
from credit_register.accounts.models import Account
from credit_register.core.database import begin_writing, db
from credit_register.core.files import StoredFile
from credit_register.reports import attachments
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import Report, ReportFile
from credit_register.reports.steps import record
from credit_register.reports.work_models import Evidence, Inquiry, InquiryFile

CALLED: Final = "证据"
MOST: Final = 30  # files of the office on one case
LONGEST_WORDS: Final = 200


@dataclass(frozen=True)
class Item:
    """One file with who brought it, in words, and what it shows where the office said so."""

    file: StoredFile
    brought_by: str
    words: str = ""

    @property
    def fingerprint(self) -> str:
        """The beginning of the SHA-256 of the file as it came; the row keeps all of it."""
        return self.file.sha256[:16]


def evidence_of(report: Report) -> Sequence[Item]:
    """All files of a case, in the order in which they came."""
    sent = select(StoredFile).join(ReportFile, ReportFile.file_id == StoredFile.id)
    items = [
        Item(file, "提交人") for file in db.session.scalars(sent.where(ReportFile.report_id == report.id))
    ]
    answered = (
        select(StoredFile)
        .join(InquiryFile, InquiryFile.file_id == StoredFile.id)
        .join(Inquiry, Inquiry.id == InquiryFile.inquiry_id)
        .where(Inquiry.report_id == report.id)
    )
    items += [Item(file, "机构") for file in db.session.scalars(answered)]
    own = select(Evidence, Account.name).join(Account, Account.id == Evidence.account_id)
    items += [
        Item(each.file, f"办理人员 {name}", each.words)
        for each, name in db.session.execute(own.where(Evidence.report_id == report.id))
    ]
    return sorted(items, key=lambda item: (item.file.stored_at, item.file.id))


def add_evidence(
    report: Report,
    uploads: Sequence[tuple[BinaryIO, str]],
    *,
    words: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Put files to a case; raises FilesRefused, or a FileError of the store. Commits.

    Within a request that began with `read_first` nothing is locked while files are cleaned.
    """
    if not uploads:
        raise attachments.FilesRefused(["请选择要添加的文件"])
    looked_at = attachments.examine(uploads)
    report_id = report.id
    present = _count(report_id)
    if present + len(looked_at) > MOST:
        raise attachments.FilesRefused(
            [f"一件事项最多添加 {MOST} 个证据文件，已有 {present} 个，请合并后再上传"]
        )
    files = attachments.store(looked_at, after=present, called=CALLED, now=now, stored_by=actor.account_id)
    begin_writing()
    report = db.session.get_one(Report, report_id)
    db.session.refresh(report, with_for_update=True)
    db.session.add_all(files)
    db.session.flush()
    assert actor.account_id is not None
    db.session.add_all(
        Evidence(report_id=report_id, file_id=file.id, account_id=actor.account_id, words=words)
        for file in files
    )
    record(
        report,
        f"{KIND}.add_evidence",
        actor=actor,
        now=now,
        detail={"sha256": [each.sha256 for each in files]},
    )
    db.session.commit()


def _count(report_id: int) -> int:
    query = select(func.count()).select_from(Evidence).where(Evidence.report_id == report_id)
    return db.session.scalar(query) or 0
