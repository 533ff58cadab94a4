"""The steps of a report: one address for each move of the table, and for each move what it does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.audit.moves import ReasonMissing
from credit_register.audit.queries import who_was_first
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.deadlines.queries import UnknownRule
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.core.plain_text import paragraphs
from credit_register.reports import inquiries, merging, reviews, triage
from credit_register.reports import staff_queries as queries
from credit_register.reports.lifecycle import KIND, REPORT
from credit_register.reports.models import Report
from credit_register.reports.refusals import StepRefused
from credit_register.reports.staff_forms import MoveForm
from credit_register.reports.views.staff_blueprint import blueprint, to_case, to_queue
from credit_register.reports.views.staff_case import Page, show_case


@blueprint.post(
    "/staff/reports/<int:report_id>"
    "/<any(take, ask, inquire, resume, assist, forward, merge, unmerge, decide, answer, close, revise, uphold,"
    " uphold_refusal, reexamine, reopen, refuse):move>"
)
@access(Permission.REPORT_HANDLE)
def make_move(report_id: int, move: str) -> ResponseReturnValue:
    """One step of a report; some need more than the permission to handle it, as the table of moves says."""
    actor = current_actor()
    reason = paragraphs(request.form.get("reason"))  # as the field of the form reads it
    if move == "forward" and queries.forwarded_away(actor, report_id, reason=reason):
        return to_queue()
    report = queries.report_for(actor, report_id)
    form = MoveForm(move, report)
    if not form.validate_on_submit():
        return show_case(report, Page(form=form, status=422))
    number = report.number
    try:
        STEPS[move](report, form, version=form.version.data, actor=actor, now=now())
    except (ReasonMissing, StepRefused) as refusal:
        db.session.rollback()
        report = queries.report_for(actor, report_id)
        if _sent_twice(actor, report, form):
            return to_case(report_id)
        name = "reason" if isinstance(refusal, ReasonMissing) else refusal.field
        if not name:
            return show_case(report, Page(form=form, told=str(refusal), status=409))
        form[name].errors = [*form[name].errors, str(refusal)]
        return show_case(report, Page(form=form, status=422))
    except UnknownRule as missing:
        db.session.rollback()
        return show_case(queries.report_for(actor, report_id), Page(form=form, told=str(missing), status=409))
    except (MoveNotAllowed, StaleVersion):
        db.session.rollback()
        report = queries.report_for(actor, report_id)
        if _sent_twice(actor, report, form):
            return to_case(report_id)
        form.renew(report)
        return show_case(report, Page(form=form, told=who_was_first(KIND, report_id), status=409))
    if move == "forward":
        flash(f"{number} 已转出，由接收地区办理。", "success")
        return to_queue()
    if move == "merge":
        flash("已并案，由先到期的一件牵头办理；每位提交人都会得到答复。", "success")
        return to_case(report.merged_into_id or report_id)
    flash(f"已办理，现状态为“{REPORT.label(report.state)}”。", "success")
    return to_case(report_id)


def _sent_twice(actor: Actor, report: Report, form: MoveForm) -> bool:
    """Whether the same person has just done the same with the same words."""
    spoken = form.asked.words == "text"
    if not queries.did_last(actor, report.id, form.move, reason="" if spoken else form.words):
        return False
    return not spoken or queries.wrote_last(actor, report.id, form.words)


# Each takes the report, what was typed, and with `by` the version that the person saw, the actor and the moment.


def _take(report: Report, form: MoveForm, **by: Any) -> None:
    triage.take_report(report, matter=form.chosen_matter, note=form.words, **by)


def _ask(report: Report, form: MoveForm, **by: Any) -> None:
    triage.ask_reporter(report, text=form.words, **by)


def _resume(report: Report, form: MoveForm, **by: Any) -> None:
    triage.resume_report(report, note=form.words, **by)


def _inquire(report: Report, form: MoveForm, **by: Any) -> None:
    inquiries.ask_institution(report, text=form.words, **by)


def _assist(report: Report, form: MoveForm, **by: Any) -> None:
    triage.assist_objection(report, reason=form.words, **by)


def _merge(report: Report, form: MoveForm, *, version: int, actor: Actor, now: datetime) -> None:
    other = queries.report_of_number(actor, form.other.data)
    if other is None:
        raise merging.MergeRefused("辖区内没有这个编号的事项，请核对，例如 2026-000123")
    merging.merge(report, other, reason=form.words, versions={report.id: version}, actor=actor, now=now)


def _unmerge(report: Report, form: MoveForm, **by: Any) -> None:
    merging.unmerge(report, reason=form.words, **by)


def _uphold(report: Report, form: MoveForm, **by: Any) -> None:
    reviews.uphold(report, reason=form.words, **by)


def _reexamine(report: Report, form: MoveForm, **by: Any) -> None:
    reviews.reexamine(report, reason=form.words, **by)


def _forward(report: Report, form: MoveForm, **by: Any) -> None:
    triage.forward_report(report, target=form.target or report.region_code, reason=form.words, **by)


def _decide(report: Report, form: MoveForm, **by: Any) -> None:
    triage.decide_report(
        report,
        outcome=form.chosen_outcome,
        matter=form.chosen_matter,
        reason=form.words,
        withdraw_line=form.withdraw_line.data,
        **by,
    )


def _revise(report: Report, form: MoveForm, **by: Any) -> None:
    triage.revise_decision(report, reason=form.words, **by)


def _reopen(report: Report, form: MoveForm, **by: Any) -> None:
    triage.reopen_report(report, reason=form.words, **by)


def _answer(report: Report, form: MoveForm, **by: Any) -> None:
    triage.answer_reporter(report, text=form.words, **by)


def _close(report: Report, form: MoveForm, **by: Any) -> None:
    triage.close_report(report, note=form.words, **by)


def _refuse(report: Report, form: MoveForm, **by: Any) -> None:
    triage.refuse_report(report, reason=form.words, referral=form.chosen_referral, **by)


STEPS: dict[str, Callable[..., None]] = {
    "take": _take,
    "ask": _ask,
    "inquire": _inquire,
    "assist": _assist,
    "merge": _merge,
    "unmerge": _unmerge,
    "uphold": _uphold,
    "uphold_refusal": _uphold,
    "reexamine": _reexamine,
    "resume": _resume,
    "forward": _forward,
    "decide": _decide,
    "answer": _answer,
    "close": _close,
    "revise": _revise,
    "reopen": _reopen,
    "refuse": _refuse,
}
