"""Taking a case out of the denominator for a proven reason, and putting it back; by the province or the nation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.audit.moves import NotPermitted
from credit_register.core.clock import local_date
from credit_register.core.database import begin_writing, db
from credit_register.core.files import DOCUMENTS, PICTURES, FileError, FileKind, FilePolicy, StoredFile
from credit_register.core.files import store_upload as store
from credit_register.credit_records.models import CreditRecord, RecordKind, RecordState
from credit_register.institutions.entries import Upload
from credit_register.ledger.cases.exit import tell_proposer
from credit_register.ledger.cases.opening import WORKSPACE_PATH
from credit_register.ledger.cases.refusals import CaseRefused
from credit_register.ledger.cases.steps import commit, judged, step
from credit_register.ledger.measures.lifting import BY_PRUNING, lift_measures
from credit_register.ledger.models import CaseState, LedgerCase, PruneReason
from credit_register.notices.services import tell_institution

PROOF = FilePolicy(
    max_bytes=10 * 1024 * 1024, max_count=1, kinds=PICTURES | DOCUMENTS | {FileKind.XLSX, FileKind.PDF}
)
PROVEN_BY = {
    PruneReason.BANKRUPT: RecordKind.BANKRUPT,
    PruneReason.UNREACHABLE: RecordKind.ABNORMAL,
    PruneReason.DEREGISTERED: RecordKind.DEREGISTERED,
    PruneReason.REVOKED: RecordKind.REVOKED,
}
# Who is on the list for a report that was not filed is not lost.
_LOST_CONTACT = re.compile(r"(?:住所|经营场所)[^。；;]*无法[^。；;，,]{0,12}联系")
_NO_PROOF = (RecordState.REPAIRED, RecordState.ANNULLED, RecordState.OBJECTED, RecordState.REMOVED)


def proving_facts(case: LedgerCase) -> dict[PruneReason, Sequence[CreditRecord]]:
    """The confirmed facts of the register that prove a reason to prune, by reason."""
    if case.institution_id is None:
        return {}
    rows = db.session.scalars(
        select(CreditRecord)
        .where(
            CreditRecord.institution_id == case.institution_id,
            CreditRecord.kind.in_([kind.value for kind in PROVEN_BY.values()]),
            CreditRecord.state.not_in([state.value for state in _NO_PROOF]),
        )
        .order_by(CreditRecord.decided_on.desc(), CreditRecord.id.desc())
    ).all()
    found = {
        reason: [row for row in rows if row.kind == kind.value and _proves(row, reason)]
        for reason, kind in PROVEN_BY.items()
    }
    return {reason: facts for reason, facts in found.items() if facts}


def _proves(record: CreditRecord, reason: PruneReason) -> bool:
    if reason is not PruneReason.UNREACHABLE:
        return True
    return _LOST_CONTACT.search("".join(record.facts.split())) is not None


def prune_case(
    case: LedgerCase,
    *,
    prune_reason: PruneReason,
    note: str,
    upload: Upload | None,
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Take a case out of the denominator; a reason that no fact of the register proves needs a file. Commits.

    What still runs at the case ends with it. The file is cleaned before anything is locked: the request began with `read_first`.
    Raises CaseRefused, StaleVersion, MoveNotAllowed or NotPermitted.
    """
    if actor.account_id is None:
        raise NotPermitted
    note = judged(note, "note")
    if prune_reason is PruneReason.OTHER and not note:
        raise CaseRefused("note", "选择“其他”的，请写明理由")
    file = _bring(upload, actor=actor, now=now)
    proposer: int | None = None

    def judge() -> None:
        nonlocal proposer
        proposer = case.exit_proposed_by_id if case.state == CaseState.EXIT_PROPOSED else None
        if file is None and not proving_facts(case).get(prune_reason):
            raise CaseRefused("file", _WANTED[prune_reason])
        if file is not None:
            db.session.add(file)
            db.session.flush()
            values["prune_file_id"] = file.id

    values = {
        "prune_reason": prune_reason.value,
        "prune_note": note,
        "prune_file_id": None,
        "pruned_by_id": actor.account_id,
        "pruned_on": local_date(now),
        "exit_proposed_by_id": None,
    }
    reason = f"{prune_reason.label}：{note}" if note else prune_reason.label
    step(case, "prune", version=version, actor=actor, now=now, reason=reason, values=values, judge=judge)
    lift_measures(case, reason=BY_PRUNING, actor=actor, now=now)
    if proposer is not None:
        tell_proposer(proposer, case, "您提出退出的案件已剔除，提出的退出不再办理", actor, now)
    why = "" if prune_reason is PruneReason.OTHER else f"理由：{prune_reason.label}。"
    _tell_institution(case, "贵机构已从专项治理台账剔除", f"{why}对剔除有疑问的，请向主管部门反映。", now)
    commit()


_WANTED = {
    reason: "名录中没有能够证明的登记事实，请上传证明文件"
    if reason in PROVEN_BY
    else "选择“其他”的，请上传证明文件"
    for reason in PruneReason
}
_WANTED[PruneReason.UNREACHABLE] = (
    "名录中没有写明“通过登记的住所或者经营场所无法联系”的经营异常登记事实，请上传证明文件"
)


def _bring(upload: Upload | None, *, actor: Actor, now: datetime) -> StoredFile | None:
    """Check, clean and store the proof; raises CaseRefused."""
    if upload is None:
        begin_writing()
        return None
    try:
        stored = store(
            upload.stream,
            upload.filename,
            PROOF,
            purpose="ledger_prune",
            now=now,
            stored_by=actor.account_id,
        )
    except FileError as error:
        raise CaseRefused("file", f"{error}。其余内容已保留，请重新选择文件") from error
    db.session.expunge(stored)
    begin_writing()
    return stored


def unprune_case(case: LedgerCase, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Put a pruned case back; the note and the proof stay with it, the measures that ended do not run again. Commits.

    Raises CaseRefused, StaleVersion, MoveNotAllowed, NotPermitted or ReasonMissing.
    """
    step(
        case,
        "unprune",
        version=version,
        actor=actor,
        now=now,
        reason=judged(reason, "reason"),
        values={"prune_reason": None, "pruned_by_id": None, "pruned_on": None},
    )
    _tell_institution(
        case,
        "贵机构已恢复到专项治理台账",
        "请查看尚未满足的退出条件，按页面指引逐项办理。剔除时没有完成的责令纠正，主管部门会重新责令。",
        now,
    )
    commit()


def _tell_institution(case: LedgerCase, title: str, text: str, now: datetime) -> None:
    if case.institution is not None:
        tell_institution(case.institution.uscc, title=title, text=text, path=WORKSPACE_PATH, now=now)
