"""Warnings of impostors: the public list, and the pages of staff."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import PUBLIC, access, current_actor
from credit_register.access.queue_filters import one_of, typed
from credit_register.access.roles import Permission
from credit_register.audit.moves import moves_for
from credit_register.audit.queries import deeds, who_was_first
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.core.paging import BadParameter, page_number, whole_number
from credit_register.ledger.cases.opening import case_of_source
from credit_register.reports import warning_queries as queries
from credit_register.reports import warning_services as services
from credit_register.reports.lifecycle import KIND, WARNING, WARNING_KIND
from credit_register.reports.models import ImpostorWarning, Report, WarningState
from credit_register.reports.staff_queries import report_for
from credit_register.reports.warning_forms import WarningForm, WarningMoveForm

blueprint = Blueprint("warnings", __name__)

STEPS: dict[str, Callable[..., None]] = {
    "confirm": services.confirm_warning,
    "reject": services.reject_warning,
    "withdraw": services.withdraw_warning,
}
NEEDS_SECOND_PERSON = ("confirm", "reject")


@dataclass
class Page:
    """What a page about a warning shows beyond the warning: a form as it was sent, and what happened."""

    form: WarningMoveForm | None = None
    told: str = ""
    status: int = 200


@blueprint.get("/warnings")
@access(PUBLIC)
def index() -> ResponseReturnValue:
    """Who poses as an agency, newest first."""
    text = typed("q")
    return render_template(
        "warnings/index.html",
        text=text,
        found=queries.public_warnings(text, page=page_number(), on=today()),
        page_url=lambda page: url_for("warnings.index", page=page, q=text or None),
    )


@blueprint.get("/staff/warnings")
@access(Permission.WARNING_READ)
def staff_index() -> ResponseReturnValue:
    """The warnings of the region as a queue."""
    actor = current_actor()
    wanted = queries.WarningFilter(text=typed("q"), state=one_of("state", [queries.ALL, *WarningState]))
    chosen = {"q" if name == "text" else name: value for name, value in vars(wanted).items() if value}
    found = queries.queue(actor, wanted, page=page_number())
    return render_template(
        "warnings/staff_index.html",
        actor=actor,
        found=found,
        names=queries.names_of(*(row.proposed_by_id for row in found.items)),
        wanted=wanted,
        chosen=chosen,
        states=list(WarningState),
        state_word=WARNING.label,
        day=today(),
        page_url=lambda page: url_for("warnings.staff_index", page=page, **chosen),
    )


@blueprint.route("/staff/warnings/new", methods=["GET", "POST"])
@access(Permission.WARNING_PROPOSE)
def staff_new() -> ResponseReturnValue:
    """Propose a warning from a report."""
    actor = current_actor()
    if not request.args.get("report", "").strip():
        raise BadParameter("report", "请从认定属实的冒名举报页面拟定警示")
    report = report_for(actor, whole_number("report", default=1, most=999_999_999))
    form = WarningForm()
    if not form.is_submitted():
        form.propose(report, today())
        case = case_of_source(KIND, report.id)
        if case is not None and actor.can(Permission.LEDGER_READ) and actor.sees_region(case.region_code):
            form.pretender.data = case.name
    told = ""
    if form.validate_on_submit():
        try:
            warning = services.propose_warning(report, text=form.read(today()), actor=actor, now=now())
        except services.WarningRefused as refusal:
            db.session.rollback()
            report = report_for(actor, report.id)
            if refusal.field:
                form[refusal.field].errors = [*form[refusal.field].errors, str(refusal)]
            else:
                told = str(refusal)
        else:
            flash("警示已拟定，待另一名工作人员复核后公布。", "success")
            return redirect(url_for("warnings.staff_show", warning_id=warning.id))
    elif not services.may_lead_to_warning(report):
        told = "只有已作出决定、认定属实或部分属实的冒名举报，才能拟定警示。"
    return _new_page(report, form, told)


def _new_page(report: Report, form: WarningForm, told: str) -> ResponseReturnValue:
    page = render_template(
        "warnings/staff_new.html", form=form, report=report, number=report.number, told=told
    )
    return page, 409 if told else 422 if form.errors else 200


@blueprint.get("/staff/warnings/<int:warning_id>")
@access(Permission.WARNING_READ)
def staff_show(warning_id: int) -> ResponseReturnValue:
    """One warning with everything that officers may know of it."""
    return _show(queries.warning_for(current_actor(), warning_id), Page())


def _show(warning: ImpostorWarning, page: Page) -> ResponseReturnValue:
    actor = current_actor()
    own = warning.proposed_by_id == actor.account_id
    on_offer = moves_for(WARNING, warning.state, actor)
    moves = [move for move in on_offer if not (own and move.name in NEEDS_SECOND_PERSON)]
    forms = {move.name: WarningMoveForm(move.name, warning, formdata=None) for move in moves}
    sent = page.form
    if sent is not None and sent.move in forms:
        forms[sent.move] = sent
    report = queries.report_of(actor, warning)
    html = render_template(
        "warnings/staff_show.html",
        actor=actor,
        warning=warning,
        report=report,
        number=report.number if report else "",
        names=queries.names_of(warning.proposed_by_id, warning.confirmed_by_id),
        namesake=queries.namesake(warning.pretender),
        imitated=queries.registered(warning.imitated_uscc),
        state_word=WARNING.label,
        deeds=deeds(WARNING_KIND, warning.id),
        moves=moves,
        needs_second_person=own and len(moves) < len(on_offer),
        forms=forms,
        open_move=sent.move if sent is not None else "confirm",
        sent=sent,
        kept=sent.reason.data if sent is not None and sent.move not in forms else "",
        told=page.told,
        day=today(),
    )
    return html, page.status


@blueprint.post("/staff/warnings/<int:warning_id>/<any(confirm, reject, withdraw):move>")
@access(Permission.WARNING_CONFIRM)
def staff_move(warning_id: int, move: str) -> ResponseReturnValue:
    """One step of a warning."""
    actor = current_actor()
    warning = queries.warning_for(actor, warning_id)
    form = WarningMoveForm(move, warning)
    if not form.validate_on_submit():
        return _show(warning, Page(form=form, status=422))
    reason = form.reason.data or ""
    try:
        STEPS[move](warning, reason=reason, version=form.version.data, actor=actor, now=now())
    except (services.NeedsSecondPerson, services.WarningRefused) as refusal:
        return _refused(warning_id, form, str(refusal))
    except (MoveNotAllowed, StaleVersion):
        db.session.rollback()
        if queries.did_last(actor, warning_id, move, reason=reason):
            return redirect(url_for("warnings.staff_show", warning_id=warning_id))
        return _refused(warning_id, form, who_was_first(WARNING_KIND, warning_id))
    flash(f"已办理，现状态为“{WARNING.label(warning.state)}”。", "success")
    return redirect(url_for("warnings.staff_show", warning_id=warning_id))


def _refused(warning_id: int, form: WarningMoveForm, sentence: str) -> ResponseReturnValue:
    """The page with what was typed, and why it did not happen."""
    db.session.rollback()
    warning = queries.warning_for(current_actor(), warning_id)
    form.renew(warning)
    return _show(warning, Page(form=form, told=sentence, status=409))
