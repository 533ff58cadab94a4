"""What the holder of a receipt sees of a report, and writes to the office."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO, Final

from sqlalchemy import func, select

from credit_register.access.actor import CITIZEN
from credit_register.audit import services as audit
from credit_register.audit.labels import ACTION_LABELS
from credit_register.audit.models import AuditEvent
from credit_register.audit.moves import make_move
from credit_register.core.database import begin_writing, db
from credit_register.core.deadlines.models import Deadline
from credit_register.core.deadlines.queries import open_deadlines
from credit_register.core.deadlines.rules import Rule
from credit_register.core.files import StoredFile
from credit_register.core.uscc import check as check_code
from credit_register.notices.services import tell
from credit_register.reports import attachments
from credit_register.reports.lifecycle import KIND, REPORT
from credit_register.reports.models import (
    OVER,
    Author,
    Kind,
    Matter,
    Message,
    Outcome,
    Report,
    ReportFile,
    State,
)
from credit_register.reports.receipts import receipt_hash
from credit_register.reports.routing import office_name

ACTION_LABELS[f"{KIND}.reply"] = "举报质疑异议：提交人留言"

_TOLD: Final = frozenset(
    {State.ANSWERED, State.CLOSED}
)  # the decision is the reporter's once it was answered
_AGAIN: Final = (f"{KIND}.revise", f"{KIND}.reopen")
# What the office has to do by a day, as the reporter reads it.
_PROMISES: Final = {
    Rule.REPORT_ACCEPTANCE.value: "告知是否受理",
    Rule.REPORT_INVESTIGATION.value: "完成核查",
    Rule.REPORT_NAMED_ANSWER.value: "答复处理结果",
    Rule.OBJECTION_MARK.value: "在有异议的信息旁作出标注",
    Rule.OBJECTION_DECISION_SELF.value: "作出异议处理决定",
    Rule.OBJECTION_DECISION_ASSISTED.value: "作出异议处理决定（需要协查）",
}


class CaseOver(Exception):
    """The case takes no more messages."""

    def __init__(self) -> None:
        super().__init__("这件事项已经结束，不能再留言。如有新的情况，请另行提交，并写明与这一件有关。")


@dataclass(frozen=True)
class Promise:
    """What the office does by which day; `days_late` is 0 while there is time."""

    text: str
    due_on: date
    provisional: bool
    days_late: int


@dataclass(frozen=True)
class Talk:
    """One message; who of the office wrote it is not told."""

    at: datetime
    mine: bool
    text: str


@dataclass(frozen=True)
class Case:
    """A report as its sender may see it: no officer, no note, nothing undecided."""

    id: int
    state: State
    state_label: str
    kind: Kind
    matter: Matter
    subject_name: str
    subject_uscc: str
    doubtful_code: bool
    facts: str
    anonymous: bool
    received_at: datetime
    office: str
    promises: tuple[Promise, ...]
    outcome: str
    decision: str
    mark: str
    marked_on: date | None
    again: bool
    files: tuple[str, ...]
    talk: tuple[Talk, ...]

    @property
    def is_over(self) -> bool:
        """Whether nothing more can be written."""
        return self.state in OVER

    @property
    def waits_for_reporter(self) -> bool:
        """Whether the office has asked something."""
        return self.state is State.AWAITING_REPORTER


def find_report(receipt: str) -> int | None:
    """The report that a well-formed receipt belongs to."""
    return db.session.scalar(select(Report.id).where(Report.receipt_hash == receipt_hash(receipt)))


def case_of(report_id: int, *, today: date) -> Case | None:
    """What the holder of the receipt sees; the caller has checked that it is the holder."""
    report = db.session.get(Report, report_id)
    if report is None:
        return None
    state = State(report.state)
    institution = report.institution
    told = state in _TOLD
    return Case(
        id=report.id,
        state=state,
        state_label=REPORT.label(state),
        kind=Kind(report.kind),
        matter=Matter(report.matter),
        subject_name=report.subject_name or (institution.name if institution else ""),
        subject_uscc=report.subject_uscc,
        doubtful_code=bool(report.subject_uscc) and not check_code(report.subject_uscc).ok,
        facts=report.facts,
        anonymous=report.anonymous,
        received_at=report.received_at,
        office=office_name(report.region_code),
        promises=tuple(
            _promise(deadline, today)
            for deadline in open_deadlines(KIND, report.id)
            # Of whom the register does not have nothing is published that could be marked.
            if report.institution_id is not None or deadline.rule.name != Rule.OBJECTION_MARK
        ),
        outcome=Outcome(report.outcome).label if told and report.outcome else "",
        decision=report.decision if told else "",
        mark=report.mark,
        marked_on=report.marked_on,
        again=state in (State.INVESTIGATING, State.AWAITING_REPORTER) and _looked_into_again(report_id),
        files=tuple(attached.file.original_name for attached in report.files),
        talk=tuple(
            Talk(message.at, message.author == Author.REPORTER.value, message.text)
            for message in report.messages
        ),
    )


def _looked_into_again(report_id: int) -> bool:
    """Whether there was a decision, an answer or a refusal before."""
    wanted = select(AuditEvent.id).where(
        AuditEvent.subject_kind == KIND,
        AuditEvent.subject_id == str(report_id),
        AuditEvent.action.in_(_AGAIN),
    )
    return db.session.scalar(wanted.limit(1)) is not None


def _promise(deadline: Deadline, today: date) -> Promise:
    text = _PROMISES.get(deadline.rule.name, deadline.rule.title)
    return Promise(text, deadline.due_on, deadline.provisional, max((today - deadline.due_on).days, 0))


def write(report_id: int, text: str, *, uploads: Sequence[tuple[BinaryIO, str]] = (), now: datetime) -> None:
    """The reporter writes to the office; an answer to its question puts the case back into its hands.

    The same message sent twice stands once. Raises CaseOver, FilesRefused, or a FileError of the store.
    """
    looked_at = attachments.examine(uploads)
    if _state(report_id) in OVER:
        raise CaseOver
    files = attachments.store(looked_at, after=_file_count(report_id), now=now)
    begin_writing()
    report = db.session.get_one(Report, report_id)
    # From here on no officer can move the case, and nobody can send the same message again.
    db.session.refresh(report, with_for_update=True)
    if State(report.state) in OVER:
        db.session.rollback()
        raise CaseOver
    if _said_before(report, text, looked_at):
        db.session.rollback()
        return
    if len(report.files) + len(files) > attachments.MOST_FILES:
        db.session.rollback()
        raise attachments.FilesRefused(
            [f"一件事项最多附 {attachments.MOST_FILES} 个文件，请合并后再上传，或说明材料怎样交接"]
        )
    if State(report.state) is State.AWAITING_REPORTER:
        make_move(
            REPORT,
            report,
            "supplement",
            kind=KIND,
            region=report.region_code,
            version=report.version,
            actor=CITIZEN,
            now=now,
        )
    else:
        audit.record(
            f"{KIND}.reply",
            actor=CITIZEN,
            at=now,
            subject_kind=KIND,
            subject_id=report.id,
            region=report.region_code,
        )
    db.session.add(Message(report_id=report.id, at=now, author=Author.REPORTER.value, text=text))
    db.session.add_all(ReportFile(report_id=report.id, file=file) for file in files)
    if report.handler_id is not None:
        tell([report.handler_id], title="提交人有新留言", path=f"/staff/reports/{report.id}", now=now)
    db.session.commit()


def _state(report_id: int) -> State:
    return State(db.session.scalars(select(Report.state).where(Report.id == report_id)).one())


def _file_count(report_id: int) -> int:
    query = select(func.count()).select_from(ReportFile).where(ReportFile.report_id == report_id)
    return db.session.scalar(query) or 0


def _said_before(report: Report, text: str, files: Sequence[attachments.Attachment]) -> bool:
    """Whether the last message of the case is this very one, with the same files: a double click."""
    last = db.session.scalars(
        select(Message).where(Message.report_id == report.id).order_by(Message.id.desc()).limit(1)
    ).first()
    if last is None or last.author != Author.REPORTER.value or last.text != text:
        return False
    wanted = {file.sha256 for file in files}
    present = db.session.scalar(
        select(func.count(StoredFile.sha256.distinct()))
        .join(ReportFile, ReportFile.file_id == StoredFile.id)
        .where(ReportFile.report_id == report.id, StoredFile.sha256.in_(wanted))
    )
    return present == len(wanted)
