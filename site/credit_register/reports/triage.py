"""What officers do with a report: each step changes the row, its deadlines, the audit and the messages at once.

Any officer of the region may act, because a colleague may be ill; where another handles the report, the audit
names that colleague beside the deed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit import services as audit
from credit_register.audit.moves import make_move
from credit_register.core import regions
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadline, open_deadlines
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import close_deadline, close_deadlines, start_deadline
from credit_register.notices.services import tell
from credit_register.reports import marks
from credit_register.reports.lifecycle import KIND, REPORT
from credit_register.reports.models import OVER, Author, Identity, Kind, Matter, Message, Outcome, Report

# Who may look again at what is answered, closed or refused: the office above the one that did it.
_OFFICES_ABOVE = (Role.PROVINCIAL, Role.NATIONAL)
_UNDECIDED = {"outcome": None, "decision": "", "decided_at": None}
# A notice leads to the page of receipts: the case itself is opened by its receipt alone.
TRACKING_PATH = "/reports/track"


class ForwardRefused(Exception):
    """A report cannot go to that region; the text stands beside the field."""


class HigherOfficeNeeded(Exception):
    """Only an office of the province or the nation looks again at what is over."""

    def __init__(self) -> None:
        super().__init__(
            "已答复、已办结或不予受理的事项，由省级或国家级主管部门决定是否重新核查。您的操作没有生效。"
        )


class CaseOver(Exception):
    """A report takes no more messages, because nobody could answer them."""

    def __init__(self) -> None:
        super().__init__(
            "这件事项已经结束，提交人不能再回复，所以留言没有发出。需要补充说明的，请先恢复办理。"
        )


class NoIdentity(LookupError):
    """The report was sent without a name, so that there is nothing to reveal."""


def take_report(
    report: Report, *, matter: Matter | None, note: str, version: int, actor: Actor, now: datetime
) -> None:
    """Accept a report and become its handler: the check of acceptance ends, the investigation begins.

    One that ran on through a forwarding goes on as it is. The mark of an objection has its own deed; only where
    the register does not have the institution there is nothing to mark.
    """
    mine = {"handler_id": actor.account_id}
    _move(report, "take", version=version, actor=actor, now=now, reason=note, matter=matter, values=mine)
    _close(report, Rule.REPORT_ACCEPTANCE, now=now)
    if report.institution_id is None:
        _close(report, Rule.OBJECTION_MARK, now=now)
    # The period of an objection runs from the day it came in (上海 36、山东 39、河南 41), so that none is added.
    decided_anyway = open_deadline(KIND, report.id, Rule.OBJECTION_DECISION_SELF)
    if Kind(report.kind) is not Kind.OBJECTION or decided_anyway is None:
        _let_run(report, Rule.REPORT_INVESTIGATION, now=now)
    db.session.commit()


def ask_reporter(report: Report, *, text: str, version: int, actor: Actor, now: datetime) -> None:
    """Ask whoever sent the report for more; the investigation's clock runs on."""
    _move(report, "ask", version=version, actor=actor, now=now)
    _say(report, text, actor=actor, now=now)
    _tell_objector(report, title="您提交的异议需要补充材料", now=now)
    db.session.commit()


def resume_report(report: Report, *, note: str, version: int, actor: Actor, now: datetime) -> None:
    """Go on without waiting for the reporter any longer."""
    _move(report, "resume", version=version, actor=actor, now=now, reason=note)
    db.session.commit()


def forward_report(
    report: Report, *, target: str, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """Hand a report over to another region's office; raises ForwardRefused.

    Everything runs on: no office rids itself of what is late by passing it on. Where the report leaves the
    officer's own region, the receiving office has the period of acceptance beside it, counted from today.
    """
    origin = report.region_code
    if target == origin:
        raise ForwardRefused(f"现在就由{regions.full_name(origin)}办理，请填写其他地区")
    places = {"from_region": regions.full_name(origin), "to_region": regions.full_name(target)}
    values = {"region_code": target, "handler_id": None}
    _move(
        report, "forward", version=version, actor=actor, now=now, reason=reason, detail=places, values=values
    )
    if not actor.sees_region(target) or not open_deadlines(KIND, report.id):
        _let_run(report, Rule.REPORT_ACCEPTANCE, now=now)
    db.session.commit()


def decide_report(
    report: Report,
    *,
    outcome: Outcome,
    matter: Matter | None,
    reason: str,
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Say what was found; the mark of an objection goes, and whoever sent the report must be answered in time.

    The period is that of the law for who gave a name; who did not gets the answer by the receipt within the same.
    """
    mark_key = report.mark_key
    _move(
        report,
        "decide",
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        detail={"outcome": outcome.label},
        matter=matter,
        values={"outcome": outcome.value, "decision": reason, "decided_at": now, **marks.UNMARKED},
    )
    marks.take_back(mark_key, now=now)
    close_deadlines(KIND, report.id, closed_at=now)
    _let_run(report, Rule.REPORT_NAMED_ANSWER, now=now)
    db.session.commit()


def revise_decision(report: Report, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Take a decision back before the reporter has read it; it stays in the audit only."""
    _move(report, "revise", version=version, actor=actor, now=now, reason=reason, values=_UNDECIDED)
    close_deadlines(KIND, report.id, closed_at=now)
    _investigate_again(report, now=now)
    db.session.commit()


def reopen_report(report: Report, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Look again at what was answered, closed or refused; raises HigherOfficeNeeded.

    The reporter reads the reason as a message, the handler is told. A published warning keeps standing.
    """

    def judge() -> None:
        if not may_reopen(actor):
            raise HigherOfficeNeeded

    handler = report.handler_id or actor.account_id
    values = {**_UNDECIDED, "closed_at": None, "handler_id": handler}
    _move(report, "reopen", version=version, actor=actor, now=now, reason=reason, values=values, judge=judge)
    _say(report, f"这件事项恢复办理，重新核查。原因：{reason}", actor=actor, now=now)
    _tell_objector(report, title="您提交的异议将重新核查", now=now)
    if handler is not None and handler != actor.account_id:
        tell([handler], title="您经办的事项恢复办理", path=f"/staff/reports/{report.id}", now=now)
    close_deadlines(KIND, report.id, closed_at=now)
    _investigate_again(report, now=now)
    db.session.commit()


def may_reopen(actor: Actor) -> bool:
    """Whether the person's office is above those that decide and refuse."""
    return actor.role in _OFFICES_ABOVE


def mark_objection(report: Report, *, text: str, version: int, actor: Actor, now: datetime) -> None:
    """Mark the disputed information on the institution's page; raises MarkRefused or StaleVersion."""
    marks.set_mark(report, text=text, version=version, now=now)
    _note(report, f"{KIND}.mark", actor=actor, now=now, detail={"mark": text, **_beside(report, actor)})
    _tell_objector(report, title="您提出异议的信息已经标注", now=now)
    db.session.commit()


def answer_reporter(report: Report, *, text: str, version: int, actor: Actor, now: datetime) -> None:
    """Answer whoever sent the report; from now on the reporter sees the decision, too."""
    _move(report, "answer", version=version, actor=actor, now=now)
    _say(report, text, actor=actor, now=now)
    _tell_objector(report, title="您提交的异议已有答复", now=now)
    close_deadlines(KIND, report.id, closed_at=now)
    db.session.commit()


def close_report(report: Report, *, note: str, version: int, actor: Actor, now: datetime) -> None:
    """Put an answered report away."""
    _move(report, "close", version=version, actor=actor, now=now, reason=note, values={"closed_at": now})
    close_deadlines(KIND, report.id, closed_at=now)
    db.session.commit()


def refuse_report(report: Report, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Not take a report up; the reporter reads the reason as a message."""
    mark_key, values = report.mark_key, {"closed_at": now, **marks.UNMARKED}
    _move(report, "refuse", version=version, actor=actor, now=now, reason=reason, values=values)
    marks.take_back(mark_key, now=now)
    _say(report, reason, actor=actor, now=now)
    _tell_objector(report, title="您提交的异议已有办理结果", now=now)
    close_deadlines(KIND, report.id, closed_at=now)
    db.session.commit()


def write_message(report: Report, *, text: str, actor: Actor, now: datetime) -> None:
    """Write to whoever sent the report, changing nothing else; raises CaseOver."""
    db.session.refresh(report, with_for_update=True)  # a colleague may be closing it at this moment
    if report.state in OVER:
        raise CaseOver
    _say(report, text, actor=actor, now=now)
    _note(report, f"{KIND}.write", actor=actor, now=now, detail=_beside(report, actor))
    _tell_objector(report, title="您提交的异议有新的消息", now=now)
    db.session.commit()


def reveal_reporter(report: Report, *, reason: str, actor: Actor, now: datetime) -> Identity:
    """Who sent the report. That somebody looks is recorded and committed before anything can be shown.

    Raises NoIdentity for an anonymous report and CannotDecrypt where the key is missing: nobody saw anything
    then, and nothing is recorded.
    """
    report_id = report.id
    if report.anonymous or db.session.get(Identity, report_id) is None:
        raise NoIdentity
    _note(report, f"{KIND}.reveal", actor=actor, now=now, detail={"reason": reason})
    db.session.commit()
    return db.session.get_one(Identity, report_id)


def _move(
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
        detail={**(detail or {}), **changed, **_beside(report, actor)},
        values=written,
        judge=judge,
    )


def _beside(report: Report, actor: Actor) -> dict[str, str]:
    """The colleague who handles the report, where somebody else acts."""
    if report.handler_id is None or report.handler_id == actor.account_id:
        return {}
    return {"handler": db.session.get_one(Account, report.handler_id).name}


def _note(report: Report, action: str, *, actor: Actor, now: datetime, detail: dict[str, str]) -> None:
    audit.record(
        action,
        actor=actor,
        at=now,
        subject_kind=KIND,
        subject_id=report.id,
        region=report.region_code,
        detail=detail,
    )


def _say(report: Report, text: str, *, actor: Actor, now: datetime) -> None:
    db.session.add(
        Message(
            report_id=report.id, at=now, author=Author.OFFICE.value, account_id=actor.account_id, text=text
        )
    )


def _tell_objector(report: Report, *, title: str, now: datetime) -> None:
    """Tell the people of an institution that objected while signed in; others come back with their receipt."""
    if report.objector_id is not None:
        text = "请在“举报与查询”页面填写提交时取得的回执码查看。"
        tell([report.objector_id], title=title, text=text, path=TRACKING_PATH, now=now)


def _investigate_again(report: Report, *, now: datetime) -> None:
    """What runs when a report is looked into once more, counted from today."""
    if Kind(report.kind) is not Kind.OBJECTION:
        _let_run(report, Rule.REPORT_INVESTIGATION, now=now)
        return
    _let_run(report, Rule.OBJECTION_DECISION_SELF, now=now)
    if report.institution_id is not None:
        _let_run(report, Rule.OBJECTION_MARK, now=now)  # the mark went with the decision


def _let_run(report: Report, rule: Rule, *, now: datetime) -> None:
    """Start a rule; one that runs already runs on."""
    if open_deadline(KIND, report.id, rule) is None:
        start_deadline(subject_kind=KIND, subject_id=report.id, rule=rule, started_on=local_date(now))


def _close(report: Report, *rules: Rule, now: datetime) -> None:
    for deadline in open_deadlines(KIND, report.id):
        if deadline.rule.name in rules:
            close_deadline(deadline, closed_at=now)
