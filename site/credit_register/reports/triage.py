"""What officers do with a report: each step changes the row, its deadlines, the audit and the messages at once.

Any officer of the region may act, because a colleague may be ill; where another handles the report, the audit
names that colleague beside the deed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.core import regions
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadline, open_deadlines
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import close_deadlines
from credit_register.notices.services import tell
from credit_register.reports import disputable, extensions, marks, merging
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import (
    OVER,
    Identity,
    Kind,
    Matter,
    Outcome,
    Referral,
    Report,
    ReviewResult,
)
from credit_register.reports.refusals import (
    CaseOver,
    DecidedBefore,
    ForwardRefused,
    HigherOfficeNeeded,
    LineStands,
    NoIdentity,
    NotAnObjection,
    NothingToWithdraw,
)
from credit_register.reports.steps import (
    beside,
    clean,
    investigate_again,
    let_run,
    record,
    say,
    step,
    stop,
    tell_objector,
)
from credit_register.reports.waiting import wait_for_reporter, wait_no_longer

# Who may look again at what is answered, closed or refused: the office above the one that did it.
_OFFICES_ABOVE = (Role.PROVINCIAL, Role.NATIONAL)
UNDONE: dict[str, Any] = {"outcome": None, "decision": "", "decided_at": None, "concluded_by_id": None}
_RIGHT = (Outcome.UPHELD, Outcome.PARTLY)


def take_report(
    report: Report, *, matter: Matter | None, note: str, version: int, actor: Actor, now: datetime
) -> None:
    """Accept a report and become its handler: the check of acceptance ends, the investigation begins.

    One that ran on through a forwarding goes on as it is. The mark of an objection has its own deed; only where
    the register does not have the institution there is nothing to mark.
    """
    mine = {"handler_id": actor.account_id}
    step(report, "take", version=version, actor=actor, now=now, reason=note, matter=matter, values=mine)
    stop(report, Rule.REPORT_ACCEPTANCE, now=now)
    if report.institution_id is None:
        stop(report, Rule.OBJECTION_MARK, now=now)
    # The period of an objection runs from the day it came in (上海 36、山东 39、河南 41), so that none is added.
    decided_anyway = open_deadline(KIND, report.id, Rule.OBJECTION_DECISION_SELF)
    if Kind(report.kind) is not Kind.OBJECTION or decided_anyway is None:
        let_run(report, Rule.REPORT_INVESTIGATION, now=now)
    db.session.commit()


def ask_reporter(report: Report, *, text: str, version: int, actor: Actor, now: datetime) -> None:
    """Ask whoever sent the report for more; meanwhile the office's clocks stand still."""
    step(report, "ask", version=version, actor=actor, now=now)
    wait_for_reporter(report, now=now)
    say(report, text, actor=actor, now=now)
    tell_objector(report, title="您提交的异议需要补充材料", now=now)
    db.session.commit()


def resume_report(report: Report, *, note: str, version: int, actor: Actor, now: datetime) -> None:
    """Go on without waiting for the reporter or the institution any longer."""
    step(report, "resume", version=version, actor=actor, now=now, reason=note)
    wait_no_longer(report, now=now)
    db.session.commit()


def assist_objection(report: Report, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Say that others must help: the longer period counts, from the day the objection came in; raises NotAnObjection.

    Whoever objected is told (《山东省社会信用条例》第三十九条、《河南省社会信用条例》第四十一条).
    """

    def judge() -> None:
        if Kind(report.kind) is not Kind.OBJECTION or running is None:
            raise NotAnObjection

    running = open_deadline(KIND, report.id, Rule.OBJECTION_DECISION_SELF)
    step(report, "assist", version=version, actor=actor, now=now, reason=reason, judge=judge)
    assert running is not None
    stop(report, Rule.OBJECTION_DECISION_SELF, now=now)
    let_run(report, Rule.OBJECTION_DECISION_ASSISTED, now=now, since=running.started_on)
    say(report, f"这件异议需要其他单位协助核实，改按协查期限办理。原因：{reason}", actor=actor, now=now)
    tell_objector(report, title="您提交的异议改按协查期限办理", now=now)
    db.session.commit()


def forward_report(
    report: Report, *, target: str, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """Hand a report over to another region's office; raises ForwardRefused.

    Everything runs on: no office rids itself of what is late by passing it on, and what was merged into the
    report goes along. Where it leaves the officer's own region, the receiving office has the period of
    acceptance beside it, counted from today. Notes of the office stay behind (notes.py).
    """
    origin = report.region_code
    if target == origin:
        raise ForwardRefused(f"现在就由{regions.full_name(origin)}办理，请填写其他地区")
    places = {"from_region": regions.full_name(origin), "to_region": regions.full_name(target)}
    values = {"region_code": target, "handler_id": None}
    step(
        report, "forward", version=version, actor=actor, now=now, reason=reason, detail=places, values=values
    )
    wait_no_longer(report, now=now)
    if not actor.sees_region(target) or not open_deadlines(KIND, report.id):
        let_run(report, Rule.REPORT_ACCEPTANCE, now=now)
    extensions.lapse(report, now=now)
    merging.take_along(report, actor=actor, now=now)
    db.session.commit()


def decide_report(
    report: Report,
    *,
    outcome: Outcome,
    matter: Matter | None,
    reason: str,
    withdraw_line: bool = False,
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Say what was found; the mark of an objection goes, and whoever sent the report must be answered in time.

    The period is that of the law for who gave a name; who did not gets the answer by the receipt within the same.
    With `withdraw_line` the line that an objection is right about leaves the public in the same transaction.
    Raises DecidedBefore or NothingToWithdraw.
    """

    def judge() -> None:
        _not_the_same_decider(report, actor)
        if withdraw_line and not (outcome in _RIGHT and may_withdraw_line(report, actor)):
            raise NothingToWithdraw

    reason = clean(report, reason)
    merging.refuse_what_tells(report, reason, field="reason")
    mark_key = report.mark_key
    values = {
        "outcome": outcome.value,
        "decision": reason,
        "decided_at": now,
        "concluded_by_id": actor.account_id,
        **marks.UNMARKED,
    }
    step(
        report,
        "decide",
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        detail={"outcome": outcome.label},
        matter=matter,
        values=values,
        judge=judge,
    )
    marks.take_back(mark_key, now=now)
    wait_no_longer(report, now=now)
    close_deadlines(KIND, report.id, closed_at=now)
    let_run(report, Rule.REPORT_NAMED_ANSWER, now=now)
    if withdraw_line:
        try:
            disputable.withdraw_line(report, reason="经异议核实，信息有误", actor=actor, now=now)
        except disputable.LineGone:
            raise NothingToWithdraw from None  # somebody took it down in this very moment
    extensions.lapse(report, now=now)
    db.session.commit()


def _not_the_same_decider(report: Report, actor: Actor) -> None:
    if report.review_result == ReviewResult.REEXAMINED and report.original_decider_id == actor.account_id:
        raise DecidedBefore


def may_withdraw_line(report: Report, actor: Actor) -> bool:
    """Whether the report is an objection to a line that still stands and that the actor may take down."""
    return report.kind == Kind.OBJECTION and disputable.can_be_withdrawn(report, actor)


def line_to_correct(report: Report) -> bool:
    """Whether an objection was found right and the disputed line still reads as it did."""
    return (
        report.kind == Kind.OBJECTION
        and report.outcome == Outcome.UPHELD
        and disputable.reads_as_before(report)
    )


def revise_decision(report: Report, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Take a decision back before the reporter has read it; it stays in the audit only."""
    step(report, "revise", version=version, actor=actor, now=now, reason=reason, values=UNDONE)
    close_deadlines(KIND, report.id, closed_at=now)
    investigate_again(report, now=now)
    db.session.commit()


def reopen_report(report: Report, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Look again at what was answered, closed, refused or taken back; raises HigherOfficeNeeded.

    The reporter reads the reason as a message, the handler is told. A published warning keeps standing.
    """

    def judge() -> None:
        if not may_reopen(actor):
            raise HigherOfficeNeeded

    handler = report.handler_id or actor.account_id
    values = {**UNDONE, "closed_at": None, "handler_id": handler, "referral": None, "merged_into_id": None}
    step(report, "reopen", version=version, actor=actor, now=now, reason=reason, values=values, judge=judge)
    say(report, f"这件事项恢复办理，重新核查。原因：{reason}", actor=actor, now=now)
    tell_objector(report, title="您提交的异议将重新核查", now=now)
    if handler is not None and handler != actor.account_id:
        tell([handler], title="您经办的事项恢复办理", path=f"/staff/reports/{report.id}", now=now)
    close_deadlines(KIND, report.id, closed_at=now)
    investigate_again(report, now=now)
    db.session.commit()


def may_reopen(actor: Actor) -> bool:
    """Whether the person's office is above those that decide and refuse."""
    return actor.role in _OFFICES_ABOVE


def mark_objection(report: Report, *, text: str, version: int, actor: Actor, now: datetime) -> None:
    """Mark the disputed information on the institution's page; raises MarkRefused or StaleVersion."""
    if clean(report, text) != text:
        raise marks.MarkRefused(
            "标注会公开，文字中有可能使人认出提出异议者的内容。请只写是哪一项信息，例如“登记的住所”。"
        )
    marks.set_mark(report, text=text, version=version, now=now)
    record(report, f"{KIND}.mark", actor=actor, now=now, detail={"mark": text, **beside(report, actor)})
    tell_objector(report, title="您提出异议的信息已经标注", now=now)
    db.session.commit()


def answer_reporter(report: Report, *, text: str, version: int, actor: Actor, now: datetime) -> None:
    """Answer whoever sent the report and what was merged into it; from now on they see the decision, too."""
    text = clean(report, text)
    merging.refuse_what_tells(report, text, field="text")
    step(report, "answer", version=version, actor=actor, now=now)
    say(report, text, actor=actor, now=now)
    tell_objector(report, title="您提交的异议已有答复", now=now)
    close_deadlines(KIND, report.id, closed_at=now)
    merging.answer_merged(report, text=text, actor=actor, now=now)
    db.session.commit()


def close_report(report: Report, *, note: str, version: int, actor: Actor, now: datetime) -> None:
    """Put an answered report away; raises LineStands while the line that an objection is right about reads as it did."""

    def judge() -> None:
        if line_to_correct(report):
            raise LineStands

    values = {"closed_at": now}
    step(report, "close", version=version, actor=actor, now=now, reason=note, values=values, judge=judge)
    close_deadlines(KIND, report.id, closed_at=now)
    db.session.commit()


def refuse_report(
    report: Report,
    *,
    reason: str,
    referral: Referral | None = None,
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Not take a report up; the reporter reads the reason as a message, and whose business it is. Raises HasMerged."""

    def judge() -> None:
        _not_the_same_decider(report, actor)
        if merging.merged_into(report):
            raise merging.HasMerged

    mark_key = report.mark_key
    values = {
        "closed_at": now,
        "referral": referral.value if referral else None,
        "concluded_by_id": actor.account_id,
        **marks.UNMARKED,
    }
    detail = {"referral": referral.label} if referral else None
    step(
        report,
        "refuse",
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        detail=detail,
        values=values,
        judge=judge,
    )
    extensions.lapse(report, now=now)
    marks.take_back(mark_key, now=now)
    say(report, f"{reason}\n请向这里反映：{referral.label}" if referral else reason, actor=actor, now=now)
    tell_objector(report, title="您提交的异议已有办理结果", now=now)
    close_deadlines(KIND, report.id, closed_at=now)
    db.session.commit()


def write_message(report: Report, *, text: str, actor: Actor, now: datetime) -> None:
    """Write to whoever sent the report, changing nothing else; raises CaseOver."""
    db.session.refresh(report, with_for_update=True)  # a colleague may be closing it at this moment
    if report.state in OVER:
        raise CaseOver
    say(report, text, actor=actor, now=now)
    record(report, f"{KIND}.write", actor=actor, now=now, detail=beside(report, actor))
    tell_objector(report, title="您提交的异议有新的消息", now=now)
    db.session.commit()


def reveal_reporter(report: Report, *, reason: str, actor: Actor, now: datetime) -> Identity:
    """Who sent the report. That somebody looks is recorded and committed before anything can be shown.

    Raises NoIdentity for an anonymous report and CannotDecrypt where the key is missing: nobody saw anything
    then, and nothing is recorded.
    """
    report_id = report.id
    if report.anonymous or db.session.get(Identity, report_id) is None:
        raise NoIdentity
    record(report, f"{KIND}.reveal", actor=actor, now=now, detail={"reason": reason})
    db.session.commit()
    return db.session.get_one(Identity, report_id)
