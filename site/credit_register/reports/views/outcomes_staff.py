"""Results of reports for officers: the queue, the proposal from a report, one result with its steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.queue_filters import one_of, typed
from credit_register.access.roles import Permission
from credit_register.audit.moves import moves_for
from credit_register.audit.queries import deeds, who_was_first
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.core.paging import BadParameter, page_number, whole_number
from credit_register.reports.models import Kind, Matter, Outcome, Report
from credit_register.reports.outcomes import queries, services
from credit_register.reports.outcomes.forms import OutcomeForm, OutcomeMoveForm
from credit_register.reports.outcomes.lifecycle import KIND, OUTCOME
from credit_register.reports.outcomes.models import OutcomeState, PublishedOutcome
from credit_register.reports.staff_queries import report_for

blueprint = Blueprint("outcomes_staff", __name__)

STEPS: dict[str, Callable[..., None]] = {
    "confirm": services.confirm_outcome,
    "reject": services.reject_outcome,
    "withdraw": services.withdraw_outcome,
}
NEEDS_SECOND_PERSON = ("confirm", "reject")


@dataclass
class Page:
    """What a page about a result shows beyond the result: a form as it was sent, and what happened."""

    form: OutcomeMoveForm | None = None
    told: str = ""
    status: int = 200


@blueprint.get("/staff/outcomes")
@access(Permission.OUTCOME_READ)
def index() -> ResponseReturnValue:
    """The results of the region as a queue."""
    actor, day = current_actor(), today()
    wanted = queries.OutcomeFilter(text=typed("q"), state=one_of("state", [queries.ALL, *OutcomeState]))
    chosen = {"q" if name == "text" else name: value for name, value in vars(wanted).items() if value}
    found = queries.queue(actor, wanted, page=page_number())
    return render_template(
        "outcomes/staff_index.html",
        actor=actor,
        found=found,
        names=queries.names_of(*(row.proposed_by_id for row in found.items)),
        replies=queries.reply_states(found.items, on=day),
        wanted=wanted,
        chosen=chosen,
        states=list(OutcomeState),
        day=day,
        page_url=lambda page: url_for("outcomes_staff.index", page=page, **chosen),
        **_words(),
    )


@blueprint.route("/staff/outcomes/new", methods=["GET", "POST"])
@access(Permission.OUTCOME_PROPOSE)
def new() -> ResponseReturnValue:
    """Propose the result of a report."""
    actor = current_actor()
    if not request.args.get("report", "").strip():
        raise BadParameter("report", "请从认定属实的举报或质疑页面拟定办理结果")
    report = report_for(actor, whole_number("report", default=1, most=999_999_999))
    form = OutcomeForm()
    if not form.is_submitted():
        form.propose(queries.outcome_of(report), today())
    told = ""
    if form.validate_on_submit():
        try:
            outcome = services.propose_outcome(report, text=form.read(today()), actor=actor, now=now())
        except services.OutcomeRefused as refusal:
            db.session.rollback()
            report = report_for(actor, report.id)
            if refusal.field:
                form[refusal.field].errors = [*form[refusal.field].errors, str(refusal)]
            else:
                told = str(refusal)
        else:
            flash("办理结果已拟定，已告知机构；机构答复或者答复期满后，由另一名工作人员复核。", "success")
            return redirect(url_for("outcomes_staff.show", outcome_id=outcome.id))
    else:
        told = services.obstacle(report)
    return _new_page(report, form, told)


def _new_page(report: Report, form: OutcomeForm, told: str) -> ResponseReturnValue:
    page = render_template(
        "outcomes/staff_new.html",
        form=form,
        report=report,
        number=report.number,
        before=queries.outcome_of(report),
        told=told,
        **_words(),
    )
    return page, 409 if told else 422 if form.errors else 200


@blueprint.get("/staff/outcomes/<int:outcome_id>")
@access(Permission.OUTCOME_READ)
def show(outcome_id: int) -> ResponseReturnValue:
    """One result with everything that officers may know of it."""
    return _show(queries.outcome_for(current_actor(), outcome_id), Page())


def _show(outcome: PublishedOutcome, page: Page) -> ResponseReturnValue:
    actor, day = current_actor(), today()
    reply = queries.reply_state(outcome, on=day)
    own = outcome.proposed_by_id == actor.account_id
    on_offer = [move for move in moves_for(OUTCOME, outcome.state, actor) if move.name in STEPS]
    judged_by_others = [move for move in on_offer if not (own and move.name in NEEDS_SECOND_PERSON)]
    too_early = reply is not None and reply.awaited
    moves = [move for move in judged_by_others if not (too_early and move.name == "confirm")]
    forms = {move.name: OutcomeMoveForm(move.name, outcome, formdata=None) for move in moves}
    sent = page.form
    if sent is not None and sent.move in forms:
        forms[sent.move] = sent
    report = queries.report_of(actor, outcome)
    html = render_template(
        "outcomes/staff_show.html",
        actor=actor,
        outcome=outcome,
        reply=reply,
        report=report,
        number=report.number if report else "",
        standing=report is not None and report.decided_at == outcome.decided_at,
        may_propose=report is not None
        and actor.can(Permission.OUTCOME_PROPOSE)
        and queries.may_propose(report),
        names=queries.names_of(outcome.proposed_by_id, outcome.confirmed_by_id),
        deeds=deeds(KIND, outcome.id),
        moves=moves,
        needs_second_person=len(judged_by_others) < len(on_offer),
        forms=forms,
        open_move=sent.move if sent is not None else "confirm",
        sent=sent,
        kept=sent.reason.data if sent is not None and sent.move not in forms else "",
        told=page.told,
        day=day,
        **_words(),
    )
    return html, page.status


@blueprint.post("/staff/outcomes/<int:outcome_id>/<any(confirm, reject, withdraw):move>")
@access(Permission.OUTCOME_CONFIRM)
def move(outcome_id: int, move: str) -> ResponseReturnValue:
    """One step of a result."""
    actor = current_actor()
    outcome = queries.outcome_for(actor, outcome_id)
    form = OutcomeMoveForm(move, outcome)
    if not form.validate_on_submit():
        return _show(outcome, Page(form=form, status=422))
    reason = form.reason.data or ""
    options = {"withhold_reply": form.withhold_reply.data} if move == "confirm" else {}
    try:
        STEPS[move](outcome, reason=reason, version=form.version.data, actor=actor, now=now(), **options)
    except (services.SecondPersonNeeded, services.OutcomeRefused) as refusal:
        return _refused(outcome_id, form, str(refusal))
    except (MoveNotAllowed, StaleVersion):
        db.session.rollback()
        if queries.did_last(actor, outcome_id, move, reason=reason):
            return redirect(url_for("outcomes_staff.show", outcome_id=outcome_id))
        return _refused(outcome_id, form, who_was_first(KIND, outcome_id))
    flash(f"已办理，现状态为“{OUTCOME.label(outcome.state)}”。", "success")
    return redirect(url_for("outcomes_staff.show", outcome_id=outcome_id))


def _refused(outcome_id: int, form: OutcomeMoveForm, sentence: str) -> ResponseReturnValue:
    """The page with what was typed, and why it did not happen."""
    db.session.rollback()
    outcome = queries.outcome_for(current_actor(), outcome_id)
    form.renew(outcome)
    return _show(outcome, Page(form=form, told=sentence, status=409))


def _words() -> dict[str, Callable[[str], str]]:
    """The words of results in templates."""
    return {
        "kind_word": lambda value: Kind(value).label,
        "matter_word": lambda value: Matter(value).label,
        "verdict_word": lambda value: Outcome(value).label,
        "state_word": OUTCOME.label,
    }
