"""Reports on the same facts, handled as one: reversible, and everybody who sent one is answered.

The report that ends first leads, so that merging makes nothing late. What is merged keeps its receipt, its identity and
its own talk with the office; its clocks stand until the answer, or run again when it is taken apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.core import regions
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadlines
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import close_deadlines, pause_deadlines, resume_deadlines
from credit_register.core.lifecycle import check_version
from credit_register.reports import extensions, marks
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import UNDECIDED, Kind, Report, ReviewResult, State
from credit_register.reports.redaction import recognisable
from credit_register.reports.refusals import StepRefused
from credit_register.reports.steps import let_run, record, say, step, stop, tell_objector
from credit_register.reports.waiting import wait_no_longer


class MergeRefused(StepRefused):
    """The two cannot be handled as one."""

    field = "other"


class TellsTooMuch(StepRefused):
    """By these words one sender could recognise another."""

    def __init__(self, field: str, telling: Sequence[str]) -> None:
        super().__init__(f"有其他事项并入了这一件，这段文字会原样告知每位提交人。{'；'.join(telling)}")
        self.field = field


class HasMerged(StepRefused):
    """Others were merged into this report; they must be taken apart first."""

    def __init__(self) -> None:
        super().__init__("有其他事项并入了这一件。请先在“并案”中逐件取消并案，再不予受理。")


def merged_into(report: Report) -> Sequence[Report]:
    """The reports that are handled with this one, in the order of their numbers."""
    return db.session.scalars(
        select(Report)
        .where(Report.merged_into_id == report.id, Report.state == State.MERGED.value)
        .order_by(Report.id)
    ).all()


def merge(
    first: Report, second: Report, *, reason: str, versions: Mapping[int, int], actor: Actor, now: datetime
) -> Report:
    """Handle two reports as one; gives the one that leads. Raises MergeRefused.

    `versions` are those that the person saw, by the number of the report; for one that was not seen the present
    one counts. Commits.
    """
    lead = merge_inner(first, second, reason=reason, versions=versions, actor=actor, now=now)
    db.session.commit()
    return lead


def merge_inner(
    first: Report, second: Report, *, reason: str, versions: Mapping[int, int], actor: Actor, now: datetime
) -> Report:
    """As `merge`; the caller commits."""
    # Held in the order of the numbers, so that two officers who merge crosswise do not wait for one another.
    for held in sorted({first, second}, key=lambda each: each.id):
        db.session.refresh(held, with_for_update=True)
    if refusal := why_not(first, second):
        raise MergeRefused(refusal)
    lead = _lead(first, second)
    report = second if lead is first else first
    if lead.id in versions:
        check_version(lead, versions[lead.id])
    mark_key = report.mark_key
    step(
        report,
        "merge",
        version=versions.get(report.id, report.version),
        actor=actor,
        now=now,
        reason=reason,
        detail={"lead": lead.number},
        values={"merged_into_id": lead.id, **marks.UNMARKED},
    )
    marks.take_back(mark_key, now=now)
    wait_no_longer(report, now=now)
    stop(report, Rule.REPORT_ACCEPTANCE, now=now)
    running = [each.rule.name for each in open_deadlines(KIND, report.id)]
    # The lead ends first: what is late here is late there, and is counted there only.
    pause_deadlines(KIND, report.id, *running, on=local_date(now), at=now, late=True)
    extensions.lapse(report, now=now)
    for child in _held(report):
        child.merged_into_id = lead.id
        record(child, f"{KIND}.go_along", actor=actor, now=now, detail={"lead": lead.number})
    record(lead, f"{KIND}.take_in", actor=actor, now=now, detail={"merged": report.number})
    return lead


def why_not(first: Report, second: Report) -> str:
    """Why two reports cannot be handled as one; empty where they can."""
    if first.id == second.id:
        return "不能与自己并案，请填写另一件的编号"
    if refusal := unfit(first) or unfit(second):
        return refusal
    if first.region_code != second.region_code:
        return "两件由不同地区办理。请先转到同一地区，再并案"
    return ""


def unfit(report: Report) -> str:
    """Why a report can be handled with no other at all; empty where it can."""
    if report.kind == Kind.OBJECTION:
        return "异议须逐件核实、逐件答复，不能并案"
    if report.state not in UNDECIDED:
        return f"{report.number} 已经并案、作出决定或者结束，不能并案"
    if report.review_result == ReviewResult.REEXAMINED:
        return f"{report.number} 经复核重新核查，须由另一人单独作出决定，不能并案"
    return ""


def unmerge(report: Report, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Handle a merged report by itself again. Commits."""
    lead_id = report.merged_into_id
    step(
        report,
        "unmerge",
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values={"merged_into_id": None},
    )
    _run_again(report, now=now)
    lead = db.session.get(Report, lead_id) if lead_id else None
    if lead is not None:
        record(lead, f"{KIND}.let_out", actor=actor, now=now, detail={"merged": report.number})
    db.session.commit()


def split(lead: Report, *, actor: Actor, now: datetime) -> None:
    """The leading report was taken back: what was merged into it stands by itself again. The caller commits."""
    for child in _held(lead):
        step(child, "split", version=child.version, actor=actor, now=now, values={"merged_into_id": None})
        _run_again(child, now=now)


def refuse_what_tells(lead: Report, text: str, *, field: str) -> None:
    """What is said to whoever sent the lead goes to all others as well, who may be the other side. Raises TellsTooMuch."""
    if merged_into(lead) and (telling := recognisable(lead, text)):
        raise TellsTooMuch(field, telling)


def answer_merged(lead: Report, *, text: str, actor: Actor, now: datetime) -> None:
    """Give what was merged into a report its result and its answer, and a changed one to whom it was given before.

    The caller commits.
    """
    result = {
        "outcome": lead.outcome,
        "decision": lead.decision,
        "decided_at": lead.decided_at,
        "concluded_by_id": lead.concluded_by_id,
    }
    for child in _held(lead):
        _answer(child, "answer_merged", text, result, actor=actor, now=now)
    for child in _held(lead, State.ANSWERED, State.CLOSED):
        if (child.outcome, child.decision) != (lead.outcome, lead.decision):
            changed = {**result, "closed_at": None}
            _answer(child, "answer_anew", f"处理结果有变化。{text}", changed, actor=actor, now=now)


def take_along(lead: Report, *, actor: Actor, now: datetime) -> None:
    """What was merged into a report goes to another office with it; the caller commits."""
    for child in _held(lead):
        child.region_code, child.handler_id = lead.region_code, None
        detail = {"to_region": regions.full_name(lead.region_code), "lead": lead.number}
        record(child, f"{KIND}.go_along", actor=actor, now=now, detail=detail)


def _answer(
    child: Report, move: str, text: str, result: Mapping[str, Any], *, actor: Actor, now: datetime
) -> None:
    step(child, move, version=child.version, actor=actor, now=now, values=dict(result))
    say(child, text, actor=actor, now=now)
    tell_objector(child, title="您提交的事项已有答复", now=now)
    close_deadlines(KIND, child.id, closed_at=now)


def _held(lead: Report, *states: State) -> Sequence[Report]:
    """What was merged into a report, locked, in the order of the numbers; without states what still is."""
    wanted = [state.value for state in states or (State.MERGED,)]
    return db.session.scalars(
        select(Report)
        .where(Report.merged_into_id == lead.id, Report.state.in_(wanted))
        .order_by(Report.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _lead(first: Report, second: Report) -> Report:
    """The one whose nearest clock ends first, the older one among equals: the other is then made late by nothing."""
    return min(first, second, key=_order)


def _order(report: Report) -> tuple[date, int]:
    ends = [clock.due_on for clock in open_deadlines(KIND, report.id)]
    return min(ends, default=date.max), report.id


def _run_again(report: Report, *, now: datetime) -> None:
    resume_deadlines(KIND, report.id, on=local_date(now), later=False)
    let_run(report, Rule.REPORT_INVESTIGATION, now=now)
