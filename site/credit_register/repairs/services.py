"""Writes of repair applications: entered, answered by the authority, confirmed by a second person; each commits once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.audit import services as audit
from credit_register.audit.moves import NotPermitted, make_move
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.queries import UnknownRule
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import (
    close_deadlines,
    pause_deadlines,
    resume_deadlines,
    start_deadline,
)
from credit_register.core.lifecycle import MoveNotAllowed, check_version, stale_told
from credit_register.core.masking import find_personal_data
from credit_register.credit_records.lifecycle import is_repairable
from credit_register.credit_records.models import CreditRecord
from credit_register.credit_records.publication import take_off
from credit_register.institutions.entries import Upload
from credit_register.notices.services import tell, tell_institution
from credit_register.repairs.lifecycle import KIND, REPAIR, RUNNING_STATES
from credit_register.repairs.models import Paper, RepairApplication
from credit_register.repairs.papers import Uploads, add_files, bring_files
from credit_register.repairs.refusals import AlreadyRunning, RepairRefused, SamePerson

LONGEST_REASON = 400


@dataclass(frozen=True)
class Entry:
    """An application as it was made elsewhere: when, to whom, under which reference."""

    applied_on: date
    applied_to: str
    reference: str = ""


@dataclass(frozen=True)
class Answer:
    """What the authority said: when, who, by which document, and the words."""

    on: date
    by: str
    number: str = ""
    text: str = ""


def enter_application(
    record: CreditRecord, entry: Entry, *, uploads: Uploads, actor: Actor, now: datetime
) -> RepairApplication:
    """Enter that repair of a record was applied for; the authority's period for its reply begins with that day.

    Of two clicks the second gets what the first has entered. Raises RepairRefused, AlreadyRunning, MoveNotAllowed
    where nothing is to be repaired, or NotPermitted. Commits.
    """
    _judge_who(record, actor)
    _judge_words(reference=entry.reference, applied_to=entry.applied_to)
    brought = bring_files(uploads, actor=actor, now=now)
    # Held, so that of two people the second sees what the first has entered.
    db.session.refresh(record, with_for_update=True)
    _judge_record(record)
    if not record.decided_on <= entry.applied_on <= local_date(now):
        raise RepairRefused("applied_on", f"申请日期须在认定日期（{record.decided_on}）和今天之间，请核对")
    running = db.session.scalar(
        select(RepairApplication).where(
            RepairApplication.record_id == record.id,
            RepairApplication.state.in_([state.value for state in RUNNING_STATES]),
        )
    )
    if running is not None:
        db.session.rollback()
        if _same(running, entry, actor):
            return running
        raise AlreadyRunning
    assert actor.account_id is not None
    assert record.institution_id is not None
    application = RepairApplication(
        record_id=record.id,
        institution_id=record.institution_id,
        applied_on=entry.applied_on,
        applied_to=entry.applied_to,
        reference=entry.reference,
        entered_by_id=actor.account_id,
        entered_at=now,
    )
    db.session.add(application)
    db.session.flush()
    add_files(application, brought)
    _start(application, Rule.REPAIR_REPLY, entry.applied_on)
    audit.record(
        f"{KIND}.apply",
        actor=actor,
        at=now,
        subject_kind=KIND,
        subject_id=application.id,
        region=_region(application),
        detail={"reason": f"{entry.applied_on} 向{entry.applied_to}申请"},
    )
    if actor.can(Permission.REPAIR_RECORD):
        _tell(application, "主管部门登记了本机构的信用修复申请", now)
    _commit()
    return application


def _judge_who(record: CreditRecord, actor: Actor) -> None:
    institution = record.institution
    own = institution is not None and actor.acts_for(institution.uscc)
    if institution is None or actor.account_id is None or not (own or actor.can(Permission.REPAIR_RECORD)):
        raise NotPermitted


def _judge_record(record: CreditRecord) -> None:
    if not is_repairable(record):
        raise MoveNotAllowed("这条记录现在不需要修复，您的操作没有生效。请查看本页的说明。")


def _same(running: RepairApplication, entry: Entry, actor: Actor) -> bool:
    entered = Entry(running.applied_on, running.applied_to, running.reference)
    return entered == entry and running.entered_by_id == actor.account_id


def retract_application(application: RepairApplication, *, version: int, actor: Actor, now: datetime) -> None:
    """The institution takes back an entry by mistake. Raises NotPermitted, StaleVersion or MoveNotAllowed. Commits."""
    if not actor.acts_for(application.institution.uscc):
        raise NotPermitted
    values = {"decision": "机构撤回登记"}
    _step(application, "retract", version=version, actor=actor, now=now, values=values)
    close_deadlines(KIND, application.id, closed_at=now)
    _commit()


def discard_application(
    application: RepairApplication, *, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """End an entry by mistake. Raises RepairRefused, StaleVersion, MoveNotAllowed or ReasonMissing. Commits."""
    _judge_words(reason=reason)
    values = {"decision": reason}
    _step(application, "discard", version=version, actor=actor, now=now, reason=reason, values=values)
    close_deadlines(KIND, application.id, closed_at=now)
    _tell(application, "一项信用修复申请的登记已销案", now)
    _commit()


def accept_application(
    application: RepairApplication, answer: Answer, *, version: int, actor: Actor, now: datetime
) -> None:
    """Record that the authority accepted; its period for the decision begins with that day.

    Raises RepairRefused, StaleVersion or MoveNotAllowed. Commits.
    """
    values = {"accepted_on": answer.on, "decided_by": answer.by}
    _answer(application, "accept", answer, version=version, actor=actor, now=now, values=values)
    close_deadlines(KIND, application.id, closed_at=now)
    _start(application, Rule.REPAIR_DECISION, answer.on)
    _tell(application, "认定单位受理了信用修复申请", now)
    _commit()


def refuse_application(
    application: RepairApplication, answer: Answer, *, version: int, actor: Actor, now: datetime
) -> None:
    """Record that the authority did not accept. Raises as `accept_application`. Commits."""
    _answer(application, "refuse", answer, version=version, actor=actor, now=now)
    close_deadlines(KIND, application.id, closed_at=now)
    _tell(application, "认定单位没有受理信用修复申请", now)
    _commit()


def deny_repair(
    application: RepairApplication,
    answer: Answer,
    *,
    uploads: Sequence[Upload] = (),
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Record that the authority decided not to repair. Raises as `accept_application`. Commits."""
    brought = bring_files({Paper.DECISION: uploads}, actor=actor, now=now)
    _answer(application, "deny", answer, version=version, actor=actor, now=now)
    add_files(application, brought)
    close_deadlines(KIND, application.id, closed_at=now)
    _tell(application, "认定单位决定不予修复", now)
    _commit()


def propose_repair(
    application: RepairApplication,
    answer: Answer,
    *,
    uploads: Sequence[Upload],
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Enter that the authority has repaired, with its document and a proof; a second person has to confirm it.

    Proof that was brought with an earlier proposal still counts. Raises RepairRefused, StaleVersion or
    MoveNotAllowed. Commits.
    """
    if not answer.number:
        raise RepairRefused("number", "请填写认定单位修复决定的文号")
    if not uploads and not any(each.paper == Paper.DECISION for each in application.files):
        raise RepairRefused("decision", "请上传修复决定或信用中国修复结果的扫描件、截图，复核人员凭它核对")
    brought = bring_files({Paper.DECISION: uploads}, actor=actor, now=now)
    values = {**_decision(answer), "proposed_by_id": actor.account_id}
    _answer(application, "propose", answer, version=version, actor=actor, now=now, values=values)
    add_files(application, brought)
    # The authority has answered; should the second person find that it has not, its period goes on.
    pause_deadlines(
        KIND, application.id, Rule.REPAIR_REPLY, Rule.REPAIR_DECISION, on=local_date(now), at=now, late=True
    )
    _commit()


def confirm_repair(application: RepairApplication, *, version: int, actor: Actor, now: datetime) -> None:
    """Confirm a repair that somebody else entered: the record leaves everything public at once.

    Raises SamePerson, StaleVersion, or MoveNotAllowed where the record left in another way. Commits.
    """

    def judge() -> None:
        if application.proposed_by_id == actor.account_id:
            raise SamePerson

    _step(
        application,
        "confirm",
        version=version,
        actor=actor,
        now=now,
        values={"confirmed_by_id": actor.account_id},
        judge=judge,
    )
    reason = f"{application.decided_by}于 {application.decided_on} 决定修复，{application.document_number}"
    take_off(application.record, "repair", reason=reason, actor=actor, now=now)
    close_deadlines(KIND, application.id, closed_at=now)
    _tell(application, "一条信用记录已修复，停止公示", now)
    _tell_proposer(application, "您登记的修复结果已复核确认", actor, now)
    _commit()


def send_back_repair(
    application: RepairApplication, *, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """Give an entered repair back; the authority's period goes on. Raises as `discard_application`. Commits."""
    _judge_words(reason=reason)
    _tell_proposer(application, "您登记的修复结果已退回，请核对后再送复核", actor, now)
    move = "send_back" if application.accepted_on else "send_back_applied"
    values = {"proposed_by_id": None, "decided_on": None}
    _step(application, move, version=version, actor=actor, now=now, reason=reason, values=values)
    resume_deadlines(KIND, application.id, on=local_date(now), later=False)
    _commit()


def _answer(
    application: RepairApplication,
    move: str,
    answer: Answer,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    values: dict[str, Any] | None = None,
) -> None:
    """One answer of the authority: its day is checked on the locked row, its words stand in the timeline."""
    _judge_words(by=answer.by, number=answer.number, reason=answer.text)

    def judge() -> None:
        first = application.accepted_on or application.applied_on
        if not first <= answer.on <= local_date(now):
            word = "受理" if application.accepted_on else "申请"
            raise RepairRefused("on", f"日期须在{word}日期（{first}）和今天之间，请核对")

    said = "，".join(filter(None, (f"{answer.by} {answer.on}", answer.number, answer.text)))
    # Where the table of moves asks for a reason, the words of the authority are it.
    needs_words = any(each.name == move and each.reason for each in REPAIR.moves)
    if needs_words and not answer.text:
        raise RepairRefused("reason", "请填写认定单位的理由，机构会看到这段文字")
    _step(
        application,
        move,
        version=version,
        actor=actor,
        now=now,
        reason=said,
        values=_decision(answer) if values is None else values,
        judge=judge,
    )


def _decision(answer: Answer) -> dict[str, Any]:
    return {
        "decided_on": answer.on,
        "decided_by": answer.by,
        "document_number": answer.number,
        "decision": answer.text,
    }


def _step(
    application: RepairApplication,
    move: str,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    reason: str = "",
    values: dict[str, Any] | None = None,
    judge: Callable[[], None] | None = None,
) -> None:
    def judge_all() -> None:
        check_version(application, version)
        # Held: an import that repairs the record at the same moment has either done so or waits.
        db.session.refresh(application.record, with_for_update=True)
        if move not in ("retract", "discard") and not is_repairable(application.record):
            raise MoveNotAllowed("这条记录已另行办结（见本页说明），不需要再办理，您的操作没有生效。")
        if judge is not None:
            judge()

    make_move(
        REPAIR,
        application,
        move,
        kind=KIND,
        region=_region(application),
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values=values,
        judge=judge_all,
    )


def _start(application: RepairApplication, rule: Rule, day: date) -> None:
    try:
        start_deadline(subject_kind=KIND, subject_id=application.id, rule=rule, started_on=day)
    except UnknownRule:
        return  # the day lies before the first version: no period is known, and the entry is true all the same


def _judge_words(**texts: str) -> None:
    for field, text in texts.items():
        if kinds := dict.fromkeys(finding.kind.label for finding in find_personal_data(text)):
            raise RepairRefused(field, f"内容里有{'、'.join(kinds)}，属于个人信息，请删去后再提交")


def _region(application: RepairApplication) -> str:
    return application.institution.region_code


def staff_path(application: RepairApplication) -> str:
    """The page of an application for the office, for a message."""
    return f"/staff/repairs/{application.id}"


def workspace_path(application: RepairApplication) -> str:
    """The page of its record for the institution, for a message."""
    return f"/workspace/repairs/{application.record_id}"


def _tell(application: RepairApplication, title: str, now: datetime) -> None:
    tell_institution(application.institution.uscc, title=title, path=workspace_path(application), now=now)


def _tell_proposer(application: RepairApplication, title: str, actor: Actor, now: datetime) -> None:
    proposer = application.proposed_by_id
    if proposer is not None and proposer != actor.account_id:
        tell([proposer], title=title, path=staff_path(application), now=now)


def _commit() -> None:
    with stale_told():
        db.session.commit()
