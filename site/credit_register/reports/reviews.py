"""复核: whoever sent a report asks once that another officer looks at its result.

A review of this register; it is no 信访复查 and takes nobody's right to that or to a court.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy import select

from credit_register.access.actor import CITIZEN, Actor
from credit_register.audit.models import AuditEvent
from credit_register.core.calendar.queries import load_calendar
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.queries import UnknownRule, due, rule_for
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import close_deadlines
from credit_register.notices.services import tell
from credit_register.reports.lifecycle import KIND, REPORT
from credit_register.reports.models import Message, Report, ReviewResult
from credit_register.reports.redaction import redact, reporter_of
from credit_register.reports.refusals import StepRefused
from credit_register.reports.steps import investigate_again, let_run, say, step, tell_objector
from credit_register.reports.triage import UNDONE

FEWEST, MOST = 4, 1000


class ReviewRefused(Exception):
    """No review can be asked for; the text says why."""


class SameDecider(StepRefused):
    """Whoever decided does not review the decision."""

    def __init__(self) -> None:
        super().__init__("原处理结果由您作出，须由另一名有复核权限的工作人员复核。您的操作没有生效。")


def last_day(report: Report) -> date | None:
    """Until when a review may be asked for; None where there is nothing to review, or one was asked for already."""
    if report.review_requested_at is not None or not _is_told(report):
        return None
    told = _told_on(report)
    if told is None:
        return None
    try:
        rule = rule_for(Rule.REPORT_REVIEW_REQUEST, told)
    except UnknownRule:
        return None
    return due(rule, told, load_calendar()).day


def request_review(report_id: int, *, text: str, now: datetime) -> None:
    """The holder of the receipt asks for a review; raises ReviewRefused. The same asked twice is asked once. Commits."""
    report = db.session.get_one(Report, report_id)
    db.session.refresh(report, with_for_update=True)
    text = redact(text, reporter_of(report_id))
    if report.review_requested_at is not None:
        if report.review_request == text:
            db.session.rollback()
            return  # the second of two clicks
        raise ReviewRefused("已经申请过复核，每件事项只能申请一次。")
    last = last_day(report)
    if last is None:
        raise ReviewRefused("这件事项现在不能申请复核。")
    if local_date(now) > last:
        raise ReviewRefused(f"申请复核的期限到 {last} 为止，已经过了。有新的情况，请另行提交。")
    values = {
        "review_requested_at": now,
        "review_request": text,
        "original_decider_id": report.concluded_by_id or _decider_on_record(report),
        "handler_id": None,  # whoever decided is not to review it
        "closed_at": None,
    }
    former = report.handler_id
    step(report, "request_review", version=report.version, actor=CITIZEN, now=now, values=values)
    close_deadlines(KIND, report.id, closed_at=now)
    try:
        let_run(report, Rule.REPORT_REVIEW, now=now)
    except UnknownRule:
        # A gap in the office's table of rules must not turn a citizen away.
        structlog.get_logger("reports").error("no deadline rule in force", rule=Rule.REPORT_REVIEW.value)
    if former is not None:
        tell(
            [former], title="您经办的事项被申请复核，由他人复核", path=f"/staff/reports/{report.id}", now=now
        )
    db.session.commit()


def uphold(report: Report, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Find that the result was right; whoever asked reads why. Raises SameDecider. Commits."""
    values: dict[str, Any] = {
        "review_result": ReviewResult.UPHELD.value,
        "reviewed_by_id": actor.account_id,
        "handler_id": actor.account_id,
        "closed_at": now if was_refused(report) else None,
    }
    _review(report, upholding(report), reason, values, version=version, actor=actor, now=now)
    say(report, f"复核结果：维持原处理结果。{reason}", actor=actor, now=now)
    tell_objector(report, title="您申请的复核已有结果", now=now)
    close_deadlines(KIND, report.id, closed_at=now)
    db.session.commit()


def reexamine(report: Report, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Find that it must be looked into again, by the reviewer from now on. Raises SameDecider. Commits."""
    values: dict[str, Any] = {
        **UNDONE,
        "review_result": ReviewResult.REEXAMINED.value,
        "reviewed_by_id": actor.account_id,
        "handler_id": actor.account_id,
        "referral": None,
        "merged_into_id": None,  # from here on it goes its own way
    }
    _review(report, "reexamine", reason, values, version=version, actor=actor, now=now)
    say(report, f"复核结果：撤销原处理结果，重新核查。{reason}", actor=actor, now=now)
    tell_objector(report, title="您申请的复核已有结果", now=now)
    close_deadlines(KIND, report.id, closed_at=now)
    investigate_again(report, now=now)
    db.session.commit()


def was_refused(report: Report) -> bool:
    """Whether what is reviewed is that the report was not taken up."""
    return report.outcome is None


def upholding(report: Report) -> str:
    """The move that leaves the result as it was."""
    return "uphold_refusal" if was_refused(report) else "uphold"


def may_review(report: Report, actor: Actor) -> bool:
    """Whether the person is another than who decided."""
    return report.original_decider_id is None or report.original_decider_id != actor.account_id


def _review(
    report: Report,
    name: str,
    reason: str,
    values: dict[str, Any],
    *,
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    def judge() -> None:
        if not may_review(report, actor):
            raise SameDecider

    step(report, name, version=version, actor=actor, now=now, reason=reason, values=values, judge=judge)


def _decider_on_record(report: Report) -> int | None:
    """Who decided or refused before that stood in the row."""
    return db.session.scalar(
        select(AuditEvent.actor_id)
        .where(
            AuditEvent.subject_kind == KIND,
            AuditEvent.subject_id == str(report.id),
            AuditEvent.action.in_((f"{KIND}.decide", f"{KIND}.refuse")),
        )
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )


def _is_told(report: Report) -> bool:
    return any(move.name == "request_review" for move in REPORT.moves_from(report.state))


def _told_on(report: Report) -> date | None:
    """The day on which the reporter was told: that of the office's last message, or of the end where there is none."""
    said = db.session.scalar(
        select(Message.at)
        .where(Message.report_id == report.id, Message.account_id.is_not(None))
        .order_by(Message.id.desc())
        .limit(1)
    )
    told = said or report.closed_at or report.decided_at
    return local_date(told) if told is not None else None
