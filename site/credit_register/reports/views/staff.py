"""The triage queue of a region, and handling one report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import access, current_actor
from credit_register.access.queue_filters import one_of, region_of, regions_below, typed
from credit_register.access.roles import Permission
from credit_register.audit.moves import ReasonMissing, moves_for
from credit_register.audit.queries import deeds, who_was_first
from credit_register.core import regions
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.deadlines.queries import UnknownRule
from credit_register.core.files import FileError, download_response_headers, open_clean
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.core.paging import page_number
from credit_register.reports import staff_queries as queries
from credit_register.reports import triage
from credit_register.reports.lifecycle import KIND, REPORT, WARNING
from credit_register.reports.models import Identity, Kind, Matter, Outcome, Report, State
from credit_register.reports.running import lamps, running_for
from credit_register.reports.staff_forms import MessageForm, MoveForm, RevealForm
from credit_register.reports.triage_queue import (
    ALL,
    COUNTED_TO,
    MINE,
    NOBODY,
    OVERDUE,
    SOON,
    QueueFilter,
    case_number,
    counts_by_state,
    overdue_count,
    queue,
)
from credit_register.reports.warning_services import may_lead_to_warning

blueprint = Blueprint("reports_staff", __name__)

# The step that usually comes next stands open on the page; the others wait folded.
USUAL_STEP = {
    State.RECEIVED: "take",
    State.INVESTIGATING: "decide",
    State.AWAITING_REPORTER: "resume",
    State.DECIDED: "answer",
    State.ANSWERED: "close",
}
HANDLERS = {MINE: "由我办理", NOBODY: "尚无经办人"}
URGENCIES = {OVERDUE: "已逾期", SOON: "临近到期"}


@dataclass
class Page:
    """What a page about a report shows beyond the report itself: forms as they were sent, and what happened."""

    form: MoveForm | None = None
    message: MessageForm | None = None
    reveal: RevealForm | None = None
    identity: Identity | None = None
    told: str = ""
    status: int = 200


@blueprint.get("/staff/reports")
@access(Permission.REPORT_READ)
def index() -> ResponseReturnValue:
    """The reports of the region as a queue."""
    actor = current_actor()
    wanted = QueueFilter(
        text=typed("q"),
        state=one_of("state", [ALL, *State]),
        kind=one_of("kind", list(Kind)),
        matter=one_of("matter", list(Matter)),
        region=region_of(),
        handler=one_of("handler", HANDLERS),
        due=one_of("due", URGENCIES),
    )
    chosen = {"q" if name == "text" else name: value for name, value in vars(wanted).items() if value}
    counts = counts_by_state(actor)
    return render_template(
        "reports/staff_index.html",
        actor=actor,
        found=queue(actor, wanted, page=page_number(), lamps=lamps(today()), counts=counts),
        counts=counts,
        overdue=overdue_count(actor, on=today(), counts=counts),
        counted_to=COUNTED_TO,
        wanted=wanted,
        chosen=chosen,
        kinds=list(Kind),
        matters=list(Matter),
        states=list(State),
        handlers=HANDLERS,
        urgencies=URGENCIES,
        regions_below=regions_below(actor, wanted.region),
        page_url=lambda page: url_for("reports_staff.index", page=page, **chosen),
        **_words(),
    )


def _words() -> dict[str, Any]:
    """The words and looks of reports in templates."""
    return {
        "kind_word": lambda value: Kind(value).label,
        "matter_word": lambda value: Matter(value).label,
        "outcome_word": lambda value: Outcome(value).label,
        "state_word": REPORT.label,
        "short_word": lambda state: REPORT.label(state).rpartition("，")[2],  # a column has no room for both
        "number": case_number,
    }


@blueprint.get("/staff/reports/<int:report_id>")
@access(Permission.REPORT_READ)
def show(report_id: int) -> ResponseReturnValue:
    """One report with everything that officers may know of it."""
    return _show(queries.report_for(current_actor(), report_id), Page())


def _show(report: Report, page: Page) -> ResponseReturnValue:
    actor = current_actor()
    state = State(report.state)
    moves = moves_for(REPORT, state, actor)
    forms = {move.name: MoveForm.blank(move.name, report) for move in moves}
    sent = page.form
    if sent is not None and sent.move in forms:
        forms[sent.move] = sent
    other_count, others = queries.others_about(actor, report)
    institution = report.institution
    html = render_template(
        "reports/staff_show.html",
        actor=actor,
        report=report,
        running=running_for([report.id], lamps(today()))[report.id],
        files=[entry.file for entry in report.files],
        messages=queries.messages(report),
        named=queries.is_named(report),
        identity=page.identity,
        objector=queries.objector(report),
        objector_code=queries.objector_code(report),
        institution_in_scope=institution is not None and actor.sees_region(institution.region_code),
        other_count=other_count,
        others=others,
        warnings=queries.warnings_from(report) if actor.can(Permission.WARNING_READ) else [],
        warning_word=WARNING.label,
        may_warn=actor.can(Permission.WARNING_PROPOSE) and may_lead_to_warning(report),
        forwarded=queries.forwarding(report) if state is State.RECEIVED else None,
        deeds=deeds(KIND, report.id),
        moves=moves,
        forms=forms,
        open_move=sent.move if sent is not None else USUAL_STEP.get(state, ""),
        sent=sent,
        kept=sent.words if sent is not None and sent.move not in forms else "",
        message=page.message or MessageForm(formdata=None),
        reveal=page.reveal or RevealForm(formdata=None),
        told=page.told,
        region_choices=_region_choices() if "forward" in forms else [],
        outcomes=list(Outcome),
        **_words(),
    )
    return html, page.status


def _region_choices() -> list[tuple[str, str]]:
    """What the field of the region to forward to proposes: provinces and cities; a county is typed."""
    return [(code, regions.full_name(code)) for code in regions.book().regions if code.endswith("00")]


@blueprint.post(
    "/staff/reports/<int:report_id>/<any(take, ask, resume, forward, decide, answer, close, refuse):move>"
)
@access(Permission.REPORT_HANDLE)
def make_move(report_id: int, move: str) -> ResponseReturnValue:
    """One step of a report."""
    actor = current_actor()
    reason = request.form.get("reason", "").strip()
    if move == "forward" and queries.forwarded_away(actor, report_id, reason=reason):
        return redirect(url_for("reports_staff.index"))
    report = queries.report_for(actor, report_id)
    form = MoveForm(move, report)
    if not form.validate_on_submit():
        return _show(report, Page(form=form, status=422))
    number = case_number(report)
    try:
        STEPS[move](report, form, actor)
    except (ReasonMissing, triage.ForwardRefused) as refusal:
        db.session.rollback()
        field = form.region if isinstance(refusal, triage.ForwardRefused) else form.reason
        field.errors = [*field.errors, str(refusal)]
        return _show(report, Page(form=form, status=422))
    except UnknownRule as missing:
        db.session.rollback()
        return _show(queries.report_for(actor, report_id), Page(form=form, told=str(missing), status=409))
    except (MoveNotAllowed, StaleVersion):
        db.session.rollback()
        report = queries.report_for(actor, report_id)
        if _sent_twice(actor, report, form):
            return redirect(url_for("reports_staff.show", report_id=report_id))
        form.renew(report)
        return _show(report, Page(form=form, told=who_was_first(KIND, report_id), status=409))
    if move == "forward":
        flash(f"{number} 已转出，由接收地区办理。", "success")
        return redirect(url_for("reports_staff.index"))
    flash(f"已办理，现状态为“{REPORT.label(report.state)}”。", "success")
    return redirect(url_for("reports_staff.show", report_id=report_id))


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
    "refuse": _refuse,
}


@blueprint.post("/staff/reports/<int:report_id>/message")
@access(Permission.REPORT_HANDLE)
def message(report_id: int) -> ResponseReturnValue:
    """A message to whoever sent the report."""
    actor = current_actor()
    report = queries.report_for(actor, report_id)
    form = MessageForm()
    if not form.validate_on_submit():
        return _show(report, Page(message=form, status=422))
    text = form.text.data or ""
    if not queries.wrote_last(actor, report_id, text):
        triage.write_message(report, text=text, actor=actor, now=now())
        flash("消息已留给提交人。", "success")
    return redirect(url_for("reports_staff.show", report_id=report_id, _anchor="talk"))


@blueprint.post("/staff/reports/<int:report_id>/reveal")
@access(Permission.REPORTER_REVEAL)
def reveal(report_id: int) -> ResponseReturnValue:
    """Who sent the report, on this one answer; that somebody looked is recorded before."""
    actor = current_actor()
    report = queries.report_for(actor, report_id)
    form = RevealForm()
    if not form.validate_on_submit():
        return _show(report, Page(reveal=form, status=422))
    try:
        identity = triage.reveal_reporter(report, reason=form.reason.data or "", actor=actor, now=now())
    except triage.NoIdentity:
        abort(404)
    response = make_response(_show(report, Page(identity=identity)))
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
