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
from credit_register.core.database import begin_writing, db
from credit_register.core.deadlines.models import Deadline
from credit_register.core.deadlines.queries import open_deadline, open_deadlines, paused_deadlines
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import close_deadlines
from credit_register.core.files import StoredFile
from credit_register.core.uscc import check as check_code
from credit_register.notices.services import tell
from credit_register.reports import attachments, marks
from credit_register.reports.extensions import lapse
from credit_register.reports.lifecycle import KIND, REPORT
from credit_register.reports.merging import split
from credit_register.reports.models import (
    OVER,
    TOLD,
    UNDECIDED,
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
from credit_register.reports.redaction import redact, reporter_of
from credit_register.reports.reviews import last_day as last_day_for_review
from credit_register.reports.routing import office_name
from credit_register.reports.steps import record, step
from credit_register.reports.waiting import wait_no_longer

ACTION_LABELS[f"{KIND}.reply"] = "举报质疑异议：提交人留言"

_RATED_IN: Final = frozenset({State.ANSWERED, State.CLOSED})
_AGAIN: Final = (f"{KIND}.revise", f"{KIND}.reopen", f"{KIND}.reexamine")
# What the office has to do by a day, as the reporter reads it.
_PROMISES: Final = {
    Rule.REPORT_ACCEPTANCE.value: "告知是否受理",
    Rule.REPORT_INVESTIGATION.value: "完成核查",
    Rule.REPORT_NAMED_ANSWER.value: "答复处理结果",
    Rule.OBJECTION_MARK.value: "在有异议的信息旁作出标注",
    Rule.OBJECTION_DECISION_SELF.value: "作出异议处理决定",
    Rule.OBJECTION_DECISION_ASSISTED.value: "作出异议处理决定（需要协查）",
    Rule.REPORT_REVIEW.value: "作出复核决定",
}
# Not the office's own: the reporter's time to answer stands beside the question, that of the institution is its own.
_NOT_PROMISED: Final = (Rule.REPORT_SUPPLEMENT.value, Rule.REPORT_INQUIRY.value)


class CaseOver(Exception):
    """The case takes no more messages."""

    def __init__(self) -> None:
        super().__init__("这件事项已经结束，不能再留言。如有新的情况，请另行提交，并写明与这一件有关。")


class CannotWithdraw(Exception):
    """What is decided is no longer the reporter's to take back."""

    def __init__(self) -> None:
        super().__init__("这件事项已经作出决定或者结束，不能撤回。")


class CannotRate(Exception):
    """It was rated already, or there is no answer to rate."""

    def __init__(self) -> None:
        super().__init__("答复以后可以评价一次。这件事项还没有答复，或者已经评价过。")


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
    answer_by: date | None  # until when the office waits for the reporter
    outcome: str
    decision: str
    mark: str
    marked_on: date | None
    again: bool
    files: tuple[str, ...]
    talk: tuple[Talk, ...]
    disputed: str
    traces: tuple[tuple[str, str], ...]
    review_until: date | None  # the last day to ask for a review, while one can be asked for
    review_request: str
    rating: int | None
    may_rate: bool
    may_withdraw: bool

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
    state = _shown_state(report)
    institution = report.institution
    told = state in TOLD
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
            for deadline in _clocks(report)
            # Of whom the register does not have nothing is published that could be marked.
            if (report.institution_id is not None or deadline.rule.name != Rule.OBJECTION_MARK)
            and deadline.rule.name not in _NOT_PROMISED
        ),
        answer_by=_answer_by(report),
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
        disputed=report.disputed_text,
        traces=traces_of(report),
        review_until=_review_until(report, today),
        review_request=report.review_request,
        rating=report.rating,
        may_rate=report.rating is None and state in _RATED_IN,
        may_withdraw=report.state in (*UNDECIDED, State.MERGED),
    )


def traces_of(report: Report) -> tuple[tuple[str, str], ...]:
    """What the subject left behind, each with its word."""
    found = (
        ("网址", report.subject_site),
        ("电话", report.subject_phone),
        ("账号", report.subject_account),
        ("合同编号", report.subject_contract),
    )
    return tuple((label, text) for label, text in found if text)


def _shown_state(report: Report) -> State:
    """That there are other reports on the same facts is nobody's to learn from this one."""
    state = State(report.state)
    return State.INVESTIGATING if state is State.MERGED else state


def _clocks(report: Report) -> Sequence[Deadline]:
    """What runs for a report; for a merged one what would run, so that it looks like any other."""
    if report.state != State.MERGED:
        return open_deadlines(KIND, report.id)
    return paused_deadlines(KIND, report.id) or open_deadlines(KIND, report.merged_into_id or 0)


def _answer_by(report: Report) -> date | None:
    running = open_deadline(KIND, report.id, Rule.REPORT_SUPPLEMENT)
    return running.due_on if running is not None else None


def _review_until(report: Report, today: date) -> date | None:
    last = last_day_for_review(report)
    return last if last is not None and today <= last else None


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
    text = redact(text, reporter_of(report.id))
    if _said_before(report, text, looked_at):
        db.session.rollback()
        return
    if len(report.files) + len(files) > attachments.MOST_FILES:
        db.session.rollback()
        raise attachments.FilesRefused(
            [f"一件事项最多附 {attachments.MOST_FILES} 个文件，请合并后再上传，或说明材料怎样交接"]
        )
    if State(report.state) is State.AWAITING_REPORTER:
        step(report, "supplement", version=report.version, actor=CITIZEN, now=now)
        wait_no_longer(report, now=now)
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
    handler_id = _handler(report)
    if handler_id is not None:
        tell([handler_id], title="提交人有新留言", path=f"/staff/reports/{report.id}", now=now)
    db.session.commit()


def _handler(report: Report) -> int | None:
    """Who handles a report; a merged one is handled with the one that leads."""
    lead = db.session.get(Report, report.merged_into_id) if report.state == State.MERGED else None
    return lead.handler_id if lead is not None and lead.handler_id is not None else report.handler_id


def withdraw(report_id: int, *, now: datetime) -> None:
    """The reporter takes back what is not decided yet; what was merged into it goes on. Raises CaseOver. Commits."""
    report = db.session.get_one(Report, report_id)
    db.session.refresh(report, with_for_update=True)
    if report.state == State.WITHDRAWN:
        db.session.rollback()
        return  # the second of two clicks
    if report.state not in (*UNDECIDED, State.MERGED):
        db.session.rollback()
        raise CannotWithdraw
    mark_key = report.mark_key
    values = {"closed_at": now, "merged_into_id": None, **marks.UNMARKED}
    step(report, "withdraw", version=report.version, actor=CITIZEN, now=now, values=values)
    marks.take_back(mark_key, now=now)
    wait_no_longer(report, now=now)
    close_deadlines(KIND, report.id, closed_at=now)
    lapse(report, now=now)
    split(report, actor=CITIZEN, now=now)
    if report.handler_id is not None:
        tell([report.handler_id], title="提交人撤回了事项", path=f"/staff/reports/{report.id}", now=now)
    db.session.commit()


def rate(report_id: int, *, stars: int, words: str, now: datetime) -> None:
    """The reporter rates, once, how an answered report was handled. Raises CannotRate. Commits."""
    report = db.session.get_one(Report, report_id)
    db.session.refresh(report, with_for_update=True)
    if report.rating is not None or State(report.state) not in _RATED_IN:
        db.session.rollback()
        raise CannotRate
    report.rating, report.rated_at = stars, now
    report.rating_words = redact(words, reporter_of(report.id))
    record(report, f"{KIND}.rate", actor=CITIZEN, now=now, detail={"stars": stars})
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
