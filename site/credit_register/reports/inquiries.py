"""Questions of an office to the institution that a report is about, and the institution's answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO, Final

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.accounts.models import Account
from credit_register.core.database import begin_writing, db
from credit_register.core.deadlines.queries import open_deadline
from credit_register.core.deadlines.rules import Rule
from credit_register.core.lifecycle import check_version
from credit_register.notices.services import tell, tell_institution
from credit_register.reports import attachments, redaction
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import Report
from credit_register.reports.refusals import StepRefused
from credit_register.reports.steps import let_run, step, stop
from credit_register.reports.work_models import Inquiry, InquiryFile

FEWEST, MOST = 4, 2000
NOBODY_TO_ASK: Final = (
    "名录中没有这家机构，或者它还没有经确认的账号，不能在线核实；可以办理提示函或者电话核实。"
)


class InquiryRefused(StepRefused):
    """The question cannot be sent as it is."""

    field = "text"


class InquiryOver(Exception):
    """The office no longer waits for this answer, or has it already."""

    def __init__(self) -> None:
        super().__init__("这件核实已经结束，不能再答复。需要补充说明的，请联系主管部门。")


def can_be_asked(report: Report) -> bool:
    """Whether the institution is in the register and somebody confirmed can read the question there."""
    if report.institution is None:
        return False
    people = select(Account.id).where(
        Account.uscc == report.institution.uscc, Account.active.is_(True), Account.confirmed.is_(True)
    )
    return db.session.scalar(people.limit(1)) is not None


def ask_institution(report: Report, *, text: str, version: int, actor: Actor, now: datetime) -> Inquiry:
    """Ask the institution in words by which nobody recognises the reporter; raises InquiryRefused."""
    if report.institution is None or not can_be_asked(report):
        raise InquiryRefused(NOBODY_TO_ASK)
    if telling := redaction.recognisable(report, text):
        raise InquiryRefused("；".join(telling))
    question = redaction.redact(text, redaction.reporter_of(report.id))
    step(report, "inquire", version=version, actor=actor, now=now)
    let_run(report, Rule.REPORT_INQUIRY, now=now)
    db.session.flush()
    running = open_deadline(KIND, report.id, Rule.REPORT_INQUIRY)
    assert running is not None
    assert actor.account_id is not None
    assert report.institution_id is not None
    inquiry = Inquiry(
        report_id=report.id,
        institution_id=report.institution_id,
        question=question,
        asked_at=now,
        asked_by_id=actor.account_id,
        due_on=running.due_on,
    )
    db.session.add(inquiry)
    db.session.flush()
    tell_institution(
        report.institution.uscc,
        title="主管部门向贵机构核实情况，请在期限内答复",
        path=f"/workspace/inquiries/{inquiry.id}",
        now=now,
    )
    db.session.commit()
    return inquiry


def answer_inquiry(
    inquiry: Inquiry,
    *,
    text: str,
    uploads: Sequence[tuple[BinaryIO, str]] = (),
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """The institution answers; the investigation goes on. Raises InquiryOver, StaleVersion, or a refusal of a file.

    Within a request that began with `read_first` nothing is locked while files are cleaned.
    """
    looked_at = attachments.examine(uploads)
    if not inquiry.is_open:
        raise InquiryOver
    files = attachments.store(looked_at, now=now, stored_by=actor.account_id)
    begin_writing()
    inquiry = db.session.get_one(Inquiry, inquiry.id)
    report = db.session.get_one(Report, inquiry.report_id)
    db.session.refresh(report, with_for_update=True)
    db.session.refresh(inquiry, with_for_update=True)
    if not inquiry.is_open:
        db.session.rollback()
        raise InquiryOver
    check_version(inquiry, version)
    inquiry.answer, inquiry.answered_at, inquiry.answered_by_id = text, now, actor.account_id
    db.session.add_all(InquiryFile(inquiry_id=inquiry.id, file=file) for file in files)
    step(report, "institution_reply", version=report.version, actor=actor, now=now)
    stop(report, Rule.REPORT_INQUIRY, now=now)
    if report.handler_id is not None:
        tell([report.handler_id], title="机构已答复核实函", path=f"/staff/reports/{report.id}", now=now)
    db.session.commit()


def give_up(report: Report, *, now: datetime) -> None:
    """The office waits no longer: an open question can no longer be answered. The caller commits."""
    waiting = db.session.scalar(
        select(Inquiry).where(
            Inquiry.report_id == report.id, Inquiry.answered_at.is_(None), Inquiry.given_up_at.is_(None)
        )
    )
    if waiting is not None:
        waiting.given_up_at = now
        tell_institution(
            waiting.institution.uscc,
            title="核实函已结束，不需要再答复",
            path=f"/workspace/inquiries/{waiting.id}",
            now=now,
        )
    stop(report, Rule.REPORT_INQUIRY, now=now)
