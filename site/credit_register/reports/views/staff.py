"""The triage queue of a region, and handling one report."""

from __future__ import annotations

from collections.abc import Callable

from flask import (
    Response,
    abort,
    flash,
    make_response,
    redirect,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.audit.moves import ReasonMissing
from credit_register.audit.queries import who_was_first
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.deadlines.queries import UnknownRule
from credit_register.core.files import FileError, download_response_headers, open_clean
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.core.plain_text import paragraphs
from credit_register.institutions.profile import register_section
from credit_register.reports import marks, triage
from credit_register.reports import staff_queries as queries
from credit_register.reports.lifecycle import KIND, REPORT
from credit_register.reports.models import Report
from credit_register.reports.staff_forms import MarkForm, MessageForm, MoveForm, RevealForm
from credit_register.reports.views import offices
from credit_register.reports.views import queue as queue_views
from credit_register.reports.views.queue_address import way_back
from credit_register.reports.views.staff_blueprint import blueprint
from credit_register.reports.views.staff_case import MARK, Page, show_case

# Their views hang themselves into the blueprint.
__all__ = ["blueprint", "offices", "queue_views"]

register_section(
    5, "异议标注", "reports/profile_marks.html", marks.marks_of, stamp=marks.stamp, only_content=True
)


@blueprint.get("/staff/reports/<int:report_id>")
@access(Permission.REPORT_READ)
def show(report_id: int) -> ResponseReturnValue:
    """One report with everything that officers may know of it."""
    return show_case(queries.report_for(current_actor(), report_id), Page())


@blueprint.post(
    "/staff/reports/<int:report_id>"
    "/<any(take, ask, resume, forward, decide, answer, close, revise, reopen, refuse):move>"
)
@access(Permission.REPORT_HANDLE)
def make_move(report_id: int, move: str) -> ResponseReturnValue:
    """One step of a report."""
    actor = current_actor()
    reason = paragraphs(request.form.get("reason"))  # as the field of the form reads it
    if move == "forward" and queries.forwarded_away(actor, report_id, reason=reason):
        return _to_queue()
    report = queries.report_for(actor, report_id)
    form = MoveForm(move, report)
    if not form.validate_on_submit():
        return show_case(report, Page(form=form, status=422))
    number = report.number
    try:
        STEPS[move](report, form, actor)
    except (ReasonMissing, triage.ForwardRefused) as refusal:
        db.session.rollback()
        if _sent_twice(actor, report, form):
            return _to_case(report_id)
        field = form.region if isinstance(refusal, triage.ForwardRefused) else form.reason
        field.errors = [*field.errors, str(refusal)]
        return show_case(report, Page(form=form, status=422))
    except UnknownRule as missing:
        db.session.rollback()
        return show_case(queries.report_for(actor, report_id), Page(form=form, told=str(missing), status=409))
    except triage.HigherOfficeNeeded as refusal:
        db.session.rollback()
        return show_case(queries.report_for(actor, report_id), Page(form=form, told=str(refusal), status=409))
    except (MoveNotAllowed, StaleVersion):
        db.session.rollback()
        report = queries.report_for(actor, report_id)
        if _sent_twice(actor, report, form):
            return _to_case(report_id)
        form.renew(report)
        return show_case(report, Page(form=form, told=who_was_first(KIND, report_id), status=409))
    if move == "forward":
        flash(f"{number} 已转出，由接收地区办理。", "success")
        return _to_queue()
    flash(f"已办理，现状态为“{REPORT.label(report.state)}”。", "success")
    return _to_case(report_id)


def _to_case(report_id: int, anchor: str | None = None) -> ResponseReturnValue:
    """Back to the case, from which the way to the same part of the queue still leads."""
    return redirect(url_for("reports_staff.show", report_id=report_id, _anchor=anchor, **way_back()))


def _to_queue() -> ResponseReturnValue:
    return redirect(url_for("reports_staff.index", **way_back()))


def _sent_twice(actor: Actor, report: Report, form: MoveForm) -> bool:
    """Whether the same person has just done the same with the same words."""
    spoken = form.asked.words == "text"
    if not queries.did_last(actor, report.id, form.move, reason="" if spoken else form.words):
        return False
    return not spoken or queries.wrote_last(actor, report.id, form.words)


def _take(report: Report, form: MoveForm, actor: Actor) -> None:
    triage.take_report(
        report,
        matter=form.chosen_matter,
        note=form.words,
        version=form.version.data,
        actor=actor,
        now=now(),
    )


def _ask(report: Report, form: MoveForm, actor: Actor) -> None:
    triage.ask_reporter(report, text=form.words, version=form.version.data, actor=actor, now=now())


def _resume(report: Report, form: MoveForm, actor: Actor) -> None:
    triage.resume_report(report, note=form.words, version=form.version.data, actor=actor, now=now())


def _forward(report: Report, form: MoveForm, actor: Actor) -> None:
    triage.forward_report(
        report,
        target=form.target or report.region_code,
        reason=form.words,
        version=form.version.data,
        actor=actor,
        now=now(),
    )


def _decide(report: Report, form: MoveForm, actor: Actor) -> None:
    triage.decide_report(
        report,
        outcome=form.chosen_outcome,
        matter=form.chosen_matter,
        reason=form.words,
        version=form.version.data,
        actor=actor,
        now=now(),
    )


def _revise(report: Report, form: MoveForm, actor: Actor) -> None:
    triage.revise_decision(report, reason=form.words, version=form.version.data, actor=actor, now=now())


def _reopen(report: Report, form: MoveForm, actor: Actor) -> None:
    triage.reopen_report(report, reason=form.words, version=form.version.data, actor=actor, now=now())


def _answer(report: Report, form: MoveForm, actor: Actor) -> None:
    triage.answer_reporter(report, text=form.words, version=form.version.data, actor=actor, now=now())


def _close(report: Report, form: MoveForm, actor: Actor) -> None:
    triage.close_report(report, note=form.words, version=form.version.data, actor=actor, now=now())


def _refuse(report: Report, form: MoveForm, actor: Actor) -> None:
    triage.refuse_report(report, reason=form.words, version=form.version.data, actor=actor, now=now())


STEPS: dict[str, Callable[[Report, MoveForm, Actor], None]] = {
    "take": _take,
    "ask": _ask,
    "resume": _resume,
    "forward": _forward,
    "decide": _decide,
    "answer": _answer,
    "close": _close,
    "revise": _revise,
    "reopen": _reopen,
    "refuse": _refuse,
}


@blueprint.post("/staff/reports/<int:report_id>/mark")
@access(Permission.REPORT_HANDLE)
def mark(report_id: int) -> ResponseReturnValue:
    """Mark what an institution disputes on its public page, or put better words there."""
    actor = current_actor()
    report = queries.report_for(actor, report_id)
    form = MarkForm()
    if not form.validate_on_submit():
        return show_case(report, Page(mark=form, status=422))
    try:
        triage.mark_objection(report, text=form.words, version=form.version.data, actor=actor, now=now())
    except (marks.MarkRefused, StaleVersion) as refusal:
        db.session.rollback()
        report = queries.report_for(actor, report_id)
        if report.mark == form.words and queries.did_last(actor, report_id, MARK):
            return _to_case(report_id)
        form.renew(report)
        stale = isinstance(refusal, StaleVersion)
        told = who_was_first(KIND, report_id) if stale else str(refusal)
        return show_case(report, Page(mark=form, told=told, status=409))
    flash("已在机构的公开页面标注。作出决定或者不予受理时，标注自动撤下。", "success")
    return _to_case(report_id)


@blueprint.post("/staff/reports/<int:report_id>/message")
@access(Permission.REPORT_HANDLE)
def message(report_id: int) -> ResponseReturnValue:
    """A message to whoever sent the report."""
    actor = current_actor()
    report = queries.report_for(actor, report_id)
    form = MessageForm()
    if not form.validate_on_submit():
        return show_case(report, Page(message=form, status=422))
    text = form.text.data or ""
    if not queries.wrote_last(actor, report_id, text):
        try:
            triage.write_message(report, text=text, actor=actor, now=now())
        except triage.CaseOver as over:
            db.session.rollback()
            report = queries.report_for(actor, report_id)
            return show_case(report, Page(message=form, told=str(over), status=409))
        flash("消息已留给提交人。", "success")
    return _to_case(report_id, "talk")


@blueprint.post("/staff/reports/<int:report_id>/reveal")
@access(Permission.REPORTER_REVEAL)
def reveal(report_id: int) -> ResponseReturnValue:
    """Who sent the report, on this one answer; that somebody looked is recorded before."""
    actor = current_actor()
    report = queries.report_for(actor, report_id)
    form = RevealForm()
    if not form.validate_on_submit():
        return show_case(report, Page(reveal=form, status=422))
    try:
        identity = triage.reveal_reporter(report, reason=form.reason.data or "", actor=actor, now=now())
    except triage.NoIdentity:
        abort(404)
    response = make_response(show_case(report, Page(identity=identity)))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/staff/reports/<int:report_id>/files/<int:file_id>")
@access(Permission.REPORT_READ)
def attachment(report_id: int, file_id: int) -> ResponseReturnValue:
    """The cleaned copy of a file that came with the report."""
    stored = queries.file_for(current_actor(), report_id, file_id)
    try:
        stream = open_clean(stored)
    except FileError:
        abort(503)
    return Response(stream, headers=download_response_headers(stored), direct_passthrough=True)
