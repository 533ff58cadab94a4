"""What officers do with a single record: take it down, bring it back, note that its obligations are met."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NoReturn

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.audit import services as audit
from credit_register.audit.moves import NotPermitted, ReasonMissing
from credit_register.core.calendar.queries import load_calendar
from credit_register.core.clock import local_date
from credit_register.core.database import begin_writing, db
from credit_register.core.deadlines.queries import due, rule_for
from credit_register.core.deadlines.rules import Rule
from credit_register.core.files import (
    DOCUMENTS,
    PICTURES,
    FileError,
    FilePolicy,
    StoredFile,
    store_upload,
)
from credit_register.core.lifecycle import MoveNotAllowed, check_version, stale_told
from credit_register.core.plain_text import one_line, paragraphs
from credit_register.credit_records.leaving import follow
from credit_register.credit_records.lifecycle import CREDIT_RECORD, KIND, UNMENDED_STATES, is_repairable
from credit_register.credit_records.models import CreditRecord, RecordState
from credit_register.credit_records.publication import (
    bring_back,
    public_facts,
    region_of,
    settle_record,
    take_off,
)
from credit_register.credit_records.queries import taken_off_by
from credit_register.credit_records.refusals import RecordRefused, SamePerson
from credit_register.institutions.entries import Upload

PROOF = FilePolicy(max_bytes=10 * 1024 * 1024, max_count=1, kinds=PICTURES | DOCUMENTS)
LONGEST_NOTE = 300
SHORTEST_NUMBER, LONGEST_PROOF = (
    4,
    80,
)  # of the revoking document; both with the note fit where the history keeps them
MEETING_PERMISSIONS = (Permission.RECORD_CONFIRM, Permission.LEDGER_WORK)


@dataclass(frozen=True)
class Revocation:
    """The document that revokes or changes the one of a record: its proof, and when the office received it."""

    received_on: date
    number: str
    office: str


@dataclass(frozen=True)
class Removal:
    """The period in which a record leaves whose document was revoked: its last day, and where the law says so."""

    due_on: date
    words: str


def removal_period(received_on: date) -> Removal:
    """How long an office has from the day on which it received the revocation."""
    rule = rule_for(Rule.DOCUMENT_REVOKED_REMOVAL, received_on)
    last = due(rule, received_on, load_calendar()).day
    return Removal(last, f"{rule.title}：自{rule.starts_with}起 {rule.amount} 个工作日内。{rule.source}")


def annul_reason(revocation: Revocation, reason: str) -> str:
    """What the history keeps of a revoked document."""
    received = f"{revocation.received_on} 收到{one_line(revocation.office)}的撤销、变更文书"
    return f"{received}（{one_line(revocation.number)}）：{reason}"


def annul_record(
    record: CreditRecord, *, revocation: Revocation, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """Take a record down because its document was revoked; the number and office of what revokes it are the proof.

    Commits. Raises RecordRefused, MoveNotAllowed, StaleVersion, NotPermitted or ReasonMissing.
    """
    if not record.decided_on <= revocation.received_on <= local_date(now):
        raise RecordRefused("day", f"日期须在 {record.decided_on} 至 {local_date(now)} 之间")
    if not SHORTEST_NUMBER <= len(one_line(revocation.number)) <= LONGEST_PROOF:
        raise RecordRefused(
            "document",
            f"请填写撤销文书的文号，{SHORTEST_NUMBER} 至 {LONGEST_PROOF} 字，例如“示例撤〔2026〕1号”",
        )
    if not 2 <= len(one_line(revocation.office)) <= LONGEST_PROOF:
        raise RecordRefused("office", f"请填写作出撤销文书的机关，2 至 {LONGEST_PROOF} 字")
    if not paragraphs(reason):
        raise ReasonMissing
    take_off(record, "annul", reason=annul_reason(revocation, reason), actor=actor, now=now, version=version)
    db.session.commit()


def restore_record(record: CreditRecord, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Bring back what was taken down by mistake: never the person who did that. Commits.

    Raises SamePerson, MoveNotAllowed, StaleVersion, NotPermitted or ReasonMissing.
    """

    def second_look() -> None:
        if actor.account_id is not None and taken_off_by(record) == actor.account_id:
            raise SamePerson

    bring_back(
        record,
        "restore",
        reason=reason,
        actor=actor,
        now=now,
        version=version,
        values={"removed_on": None, "removal_document": ""},
        judge=second_look,
    )
    db.session.commit()


def may_meet(record: CreditRecord, actor: Actor) -> bool:
    """Whether the actor could note that the obligations of this record are met."""
    return (
        any(actor.can(one) for one in MEETING_PERMISSIONS) and is_repairable(record) and record.met_on is None
    )


def may_unmeet(record: CreditRecord, actor: Actor) -> bool:
    """Whether the actor could take that back."""
    return (
        any(actor.can(one) for one in MEETING_PERMISSIONS)
        and record.state in (*UNMENDED_STATES, RecordState.EXPIRED, RecordState.REMOVED)
        and record.met_on is not None
    )


def refuse_meeting(actor: Actor) -> NoReturn:
    """Say why obligations cannot be noted; raises NotPermitted or MoveNotAllowed."""
    if not any(actor.can(one) for one in MEETING_PERMISSIONS):
        raise NotPermitted
    raise MoveNotAllowed("这条记录现在不能登记履行义务，请核对最新情况。")


def meet_reason(met_on: date, note: str) -> str:
    """What the history keeps of fulfilled obligations."""
    return f"{met_on} 履行完毕或达成和解：{note}"


def bring_proof(uploads: list[Upload], *, actor: Actor, now: datetime) -> StoredFile:
    """Clean and store the proof before anything is locked: the request began with `read_first`; raises RecordRefused."""
    if len(uploads) != 1:
        raise RecordRefused("files", "请上传一个证明文件；多页的请合并为一个 PDF")
    upload = uploads[0]
    try:
        stored = store_upload(
            upload.stream,
            upload.filename,
            PROOF,
            purpose="record_met",
            now=now,
            stored_by=actor.account_id,
        )
    except FileError as error:
        raise RecordRefused("files", f"{error}。其余内容已保留，请重新选择文件") from error
    db.session.expunge(stored)
    begin_writing()
    return stored


def meet_obligations(
    record: CreditRecord,
    *,
    met_on: date,
    note: str,
    proof: StoredFile,
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Note since when the obligations are fulfilled or a settlement is reached, with its proof. Commits.

    It stays public until its period is over or it is repaired; one whose longest period is over already is closed,
    and a penalty that was removed stays so.
    Raises RecordRefused, MoveNotAllowed, StaleVersion or NotPermitted.
    """
    _hold(record, version, actor)
    if not may_meet(record, actor):
        refuse_meeting(actor)
    if not record.decided_on <= met_on <= local_date(now):
        raise RecordRefused("day", f"日期须在 {record.decided_on} 至 {local_date(now)} 之间")
    before = public_facts(record)
    record.met_on, record.met_note, record.met_file = met_on, note, proof
    _record(record, "meet", meet_reason(met_on, note), actor=actor, now=now)
    if record.state == RecordState.LAPSED:
        words = CREDIT_RECORD.move("expire", record.state).label
        left = {"left_on": record.left_on}
        take_off(record, "expire", reason=f"{words}，已纠正", actor=actor, now=now, values=left)
    else:
        settle_record(record, actor=actor, now=now, before=before)
        follow([record], actor=actor, now=now)
    db.session.commit()


def take_back_meeting(
    record: CreditRecord, *, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """The obligations were not met after all; the rules decide what becomes of the record. Commits.

    Raises MoveNotAllowed, StaleVersion, NotPermitted or ReasonMissing.
    """
    _hold(record, version, actor)
    if not paragraphs(reason):
        raise ReasonMissing
    if not may_unmeet(record, actor):
        raise MoveNotAllowed("这条记录现在没有可以撤销的履行登记，请核对最新情况。")
    before = public_facts(record)
    record.met_on, record.met_note, record.met_file = None, "", None
    _record(record, "unmeet", reason, actor=actor, now=now)
    if record.state == RecordState.EXPIRED:
        bring_back(record, "reopen", reason=reason, actor=actor, now=now)
    else:
        settle_record(record, actor=actor, now=now, before=before)
    db.session.commit()


def _hold(record: CreditRecord, version: int, actor: Actor) -> None:
    """Let nobody else change the record until this deed is written; refuses a page that is old."""
    if not any(actor.can(one) for one in MEETING_PERMISSIONS):
        raise NotPermitted
    db.session.refresh(record, with_for_update={"of": CreditRecord})
    check_version(record, version)


def _record(record: CreditRecord, deed: str, reason: str, *, actor: Actor, now: datetime) -> None:
    with stale_told():
        db.session.flush()
    audit.record(
        f"{KIND}.{deed}",
        actor=actor,
        at=now,
        subject_kind=KIND,
        subject_id=record.id,
        region=region_of(record),
        detail={"reason": reason},
    )
