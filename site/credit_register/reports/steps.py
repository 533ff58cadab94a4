"""What every step of a report is made of: the move, the audit, the words to its sender, the clocks. Nothing here commits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from credit_register.access.actor import Actor
from credit_register.accounts.models import Account
from credit_register.audit import services as audit
from credit_register.audit.moves import make_move
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadline, open_deadlines
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import close_deadline, start_deadline
from credit_register.notices.services import tell
from credit_register.reports.lifecycle import KIND, REPORT
from credit_register.reports.models import Author, Kind, Matter, Message, Report
from credit_register.reports.redaction import redact, reporter_of

# A notice leads to the page of receipts: the case itself is opened by its receipt alone.
TRACKING_PATH = "/reports/track"


def step(
    report: Report,
    name: str,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    reason: str = "",
    matter: Matter | None = None,
    detail: dict[str, Any] | None = None,
    values: dict[str, Any] | None = None,
    judge: Callable[[], None] | None = None,
) -> None:
    """One move of the table; beside it the audit names a changed matter and a colleague who handles the report."""
    changed, written = {}, dict(values or {})
    reason = clean(report, reason)
    if matter is not None and matter.value != report.matter:
        changed, written["matter"] = {"matter": matter.label}, matter.value
    make_move(
        REPORT,
        report,
        name,
        kind=KIND,
        region=report.region_code,
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        detail={**(detail or {}), **changed, **beside(report, actor)},
        values=written,
        judge=judge,
    )


def clean(report: Report, text: str) -> str:
    """What an officer wrote, without what names the sender: it goes into pages, the record and the index."""
    return redact(text, reporter_of(report.id)) if text else text


def beside(report: Report, actor: Actor) -> dict[str, str]:
    """The colleague who handles the report, where another officer acts."""
    is_staff = actor.role is not None and actor.role.is_staff
    if not is_staff or report.handler_id is None or report.handler_id == actor.account_id:
        return {}
    return {"handler": db.session.get_one(Account, report.handler_id).name}


def record(report: Report, action: str, *, actor: Actor, now: datetime, detail: dict[str, Any]) -> None:
    """A deed that is no move."""
    audit.record(
        action,
        actor=actor,
        at=now,
        subject_kind=KIND,
        subject_id=report.id,
        region=report.region_code,
        detail=detail,
    )


def say(report: Report, text: str, *, actor: Actor, now: datetime) -> None:
    """The office writes to whoever sent the report."""
    db.session.add(
        Message(
            report_id=report.id,
            at=now,
            author=Author.OFFICE.value,
            account_id=actor.account_id,
            text=clean(report, text),
        )
    )


def tell_objector(report: Report, *, title: str, now: datetime) -> None:
    """Tell the people of an institution that objected while signed in; others come back with their receipt."""
    if report.objector_id is not None:
        text = "请在“举报与查询”页面填写提交时取得的回执码查看。"
        tell([report.objector_id], title=title, text=text, path=TRACKING_PATH, now=now)


def investigate_again(report: Report, *, now: datetime) -> None:
    """What runs when a report is looked into once more, counted from today."""
    if Kind(report.kind) is not Kind.OBJECTION:
        let_run(report, Rule.REPORT_INVESTIGATION, now=now)
        return
    let_run(report, Rule.OBJECTION_DECISION_SELF, now=now)
    if report.institution_id is not None:
        let_run(report, Rule.OBJECTION_MARK, now=now)  # the mark went with the decision


def let_run(report: Report, rule: Rule, *, now: datetime, since: date | None = None) -> None:
    """Start a rule, today or on an earlier day; one that runs already runs on."""
    if open_deadline(KIND, report.id, rule) is None:
        day = since or local_date(now)
        start_deadline(subject_kind=KIND, subject_id=report.id, rule=rule, started_on=day)


def stop(report: Report, *rules: Rule, now: datetime) -> None:
    """What these rules asked for was done."""
    for deadline in open_deadlines(KIND, report.id):
        if deadline.rule.name in rules:
            close_deadline(deadline, closed_at=now)
