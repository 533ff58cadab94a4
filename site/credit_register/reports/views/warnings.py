"""Warnings of impostors: the public list, and the pages of staff."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import PUBLIC, access, current_actor
from credit_register.access.queue_filters import one_of, typed
from credit_register.access.roles import Permission
from credit_register.audit.moves import NotPermitted, moves_for
from credit_register.audit.queries import deeds, who_was_first
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.core.paging import BadParameter, page_number, whole_number
from credit_register.ledger.cases.queries import case_for
from credit_register.reports import warning_queries as queries
from credit_register.reports import warning_services as services
from credit_register.reports.lifecycle import WARNING, WARNING_KIND
from credit_register.reports.models import ImpostorWarning, WarningKind, WarningState
from credit_register.reports.staff_queries import report_for
from credit_register.reports.warning_forms import WarningForm, WarningMoveForm
from credit_register.reports.warning_grounds import CaseGround, Ground, ReportGround

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
    text, kind = typed("q"), one_of("kind", list(WarningKind))
    return render_template(
        "warnings/index.html",
        text=text,
        kind=WarningKind(kind) if kind else None,
        kinds=list(WarningKind),
        found=queries.public_warnings(text, kind=kind, page=page_number(), on=today()),
        page_url=lambda page: url_for("warnings.index", page=page, q=text or None, kind=kind or None),
    )


@blueprint.get("/staff/warnings")
@access(Permission.WARNING_READ)
def staff_index() -> ResponseReturnValue:
    """The warnings of the region as a queue."""
    actor = current_actor()
    wanted = queries.WarningFilter(
        text=typed("q"),
        state=one_of("state", [queries.ALL, queries.LAPSED, *WarningState]),
        kind=one_of("kind", list(WarningKind)),
    )
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
        kinds=list(WarningKind),
        kind_of=WarningKind,
        state_word=WARNING.label,
        lapsed=queries.lapsed_among(found.items),
        day=today(),
        page_url=lambda page: url_for("warnings.staff_index", page=page, **chosen),
    )


@blueprint.route("/staff/warnings/new", methods=["GET", "POST"])
@access(Permission.WARNING_PROPOSE)
def staff_new() -> ResponseReturnValue:
    """Propose a warning from a report, or from a case of the ledger."""
    actor = current_actor()
    ground = _ground_asked(actor)
    form = WarningForm()
    if not form.is_submitted():
        form.propose(ground.draft(actor), today())
    told = ""
    if form.validate_on_submit():
        try:
            warning = services.propose_warning(ground, text=form.read(today()), actor=actor, now=now())
        except services.WarningRefused as refusal:
            db.session.rollback()
            ground = _ground_asked(actor)
            if refusal.field:
                form[refusal.field].errors = [*form[refusal.field].errors, str(refusal)]
            else:
                told = str(refusal)
        else:
            flash("警示已拟定，待另一名工作人员复核后公布。", "success")
            return redirect(url_for("warnings.staff_show", warning_id=warning.id))
    else:
        told = ground.obstacle(actor)
    page = render_template(
        "warnings/staff_new.html",
        form=form,
        ground=ground,
        hints={kind.value: kind.hint for kind in WarningKind},
        told=told,
    )
    return page, 409 if told else 422 if form.errors else 200


def _ground_asked(actor: Actor) -> Ground:
    """What the address names, of the actor's region, or 404."""
    names = [name for name in ("report", "case") if request.args.get(name, "").strip()]
    if len(names) != 1:
        raise BadParameter("report", "请从认定属实的冒名举报，或者已经查实的冒名主体案件的页面拟定警示")
    number = whole_number(names[0], default=1, most=999_999_999)
    if names == ["report"]:
        return ReportGround(report_for(actor, number))
    if not actor.can(Permission.LEDGER_READ):
        raise NotPermitted
    return CaseGround(case_for(actor, number))


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
    html = render_template(
        "warnings/staff_show.html",
        actor=actor,
        warning=warning,
        kind=WarningKind(warning.kind),
        ground=queries.ground_for(actor, warning),
        lapsed=queries.lapsed(warning),
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
