"""More time for an investigation or an objection: asked for with a reason, approved by a second person, told to the sender.

At most what the rule allows, once, and before the end (《市场监督管理投诉举报处理暂行办法》：可延 15 个工作日一次).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.audit.moves import NotPermitted
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline
from credit_register.core.deadlines.queries import open_deadlines
from credit_register.core.deadlines.rules import Unit
from credit_register.core.deadlines.services import ExtensionNotAllowed, extend_deadline
from credit_register.notices.services import tell
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import Report
from credit_register.reports.steps import record, say, tell_objector
from credit_register.reports.work_models import Extension


class ExtensionRefused(Exception):
    """The decision about more time cannot be made by this person or at this moment; the text says why."""


class NoSuchRequest(ExtensionRefused):
    """Nobody waits for this decision any more."""

    def __init__(self) -> None:
        super().__init__("这项延期申请已经办理。您的操作没有生效。")


class SamePerson(ExtensionRefused):
    """Whoever asks for more time does not approve it."""

    def __init__(self) -> None:
        super().__init__("这项延期由您申请，须由另一名有权限的工作人员批准。您的操作没有生效。")


def extendable(report: Report) -> Deadline | None:
    """The running clock that may be made longer, where there is one; a report is given more time once."""
    if any(each.approved for each in extensions_of(report)):
        return None
    return next(
        (
            each
            for each in open_deadlines(KIND, report.id)
            if each.rule.extendable_by and not each.extended_by
        ),
        None,
    )


def waiting_for(report: Report) -> Extension | None:
    """The request that waits for a decision."""
    return db.session.scalar(
        select(Extension).where(Extension.report_id == report.id, Extension.decided_at.is_(None))
    )


def extensions_of(report: Report) -> Sequence[Extension]:
    """All requests, decided or not, the oldest first."""
    return db.session.scalars(
        select(Extension).where(Extension.report_id == report.id).order_by(Extension.id)
    ).all()


def request_extension(report: Report, *, days: int, reason: str, actor: Actor, now: datetime) -> Extension:
    """Ask for more time, in the unit of the rule; raises ExtensionNotAllowed. The same asked twice is asked once. Commits."""
    db.session.refresh(report, with_for_update=True)
    waiting = waiting_for(report)
    if waiting is not None:
        if (waiting.requested_by_id, waiting.days, waiting.reason) == (actor.account_id, days, reason):
            return waiting
        raise ExtensionNotAllowed("已有一项延期申请等待批准，不能重复申请。")
    clock = extendable(report)
    if clock is None:
        raise ExtensionNotAllowed(
            "没有可以延长的期限：已经延长过一次，或者不在核查期间。请在现有期限内办结。"
        )
    if not 1 <= days <= clock.rule.extendable_by:
        unit = Unit(clock.rule.unit).label
        raise ExtensionNotAllowed(f"可延长 1 至 {clock.rule.extendable_by} {unit}，请改正。")
    if local_date(now) > clock.due_on:
        raise ExtensionNotAllowed(f"期限已于 {clock.due_on} 届满，不能再延长，请尽快办结。")
    assert actor.account_id is not None
    extension = Extension(
        report_id=report.id, requested_by_id=actor.account_id, requested_at=now, days=days, reason=reason
    )
    db.session.add(extension)
    record(report, f"{KIND}.extension_request", actor=actor, now=now, detail={"reason": reason, "days": days})
    db.session.commit()
    return extension


def decide_extension(
    report: Report, *, extension_id: int, approve: bool, actor: Actor, now: datetime
) -> None:
    """Approve or refuse a request; whoever sent the report is told of the new day and the reason.

    Raises SamePerson, NoSuchRequest, ExtensionNotAllowed or NotPermitted. Commits.
    """
    db.session.refresh(report, with_for_update=True)
    extension = waiting_for(report)
    if extension is None or extension.id != extension_id:
        raise NoSuchRequest
    if not actor.can(Permission.REPORT_REVIEW):
        raise NotPermitted
    if extension.requested_by_id == actor.account_id:
        raise SamePerson
    detail = {"reason": extension.reason, "days": extension.days}
    if approve:
        clock = extendable(report)
        if clock is None:
            raise ExtensionNotAllowed("现在没有可以延长的期限。正在等待提交人补充的，请在恢复核查后再批准。")
        # Who asked in time does not lose the right because the answer took longer.
        extend_deadline(clock, by=extension.days, on=local_date(extension.requested_at))
        say(
            report,
            f"经批准，办理期限延长 {extension.days} {Unit(clock.rule.unit).label}，"
            f"最迟 {clock.due_on} 前办理。原因：{extension.reason}",
            actor=actor,
            now=now,
        )
        tell_objector(report, title="您提交的异议延长了办理期限", now=now)
    extension.approved, extension.decided_by_id, extension.decided_at = approve, actor.account_id, now
    record(
        report,
        f"{KIND}.extension_{'approve' if approve else 'refuse'}",
        actor=actor,
        now=now,
        detail=detail,
    )
    words = "已批准" if approve else "未获批准"
    tell(
        [extension.requested_by_id],
        title=f"延长办理期限的申请{words}",
        path=f"/staff/reports/{report.id}",
        now=now,
    )
    db.session.commit()


def lapse(report: Report, *, now: datetime) -> None:
    """A request that waits falls with what it was for: the case was decided, went elsewhere, or is over. The caller commits."""
    waiting = waiting_for(report)
    if waiting is not None:
        waiting.approved, waiting.decided_at = False, now
