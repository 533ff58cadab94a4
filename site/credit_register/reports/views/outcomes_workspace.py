"""Results about one's own institution: what is to become public, and the reply to it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.core.paging import page_number
from credit_register.reports.models import Kind, Matter, Outcome
from credit_register.reports.outcomes import queries, services
from credit_register.reports.outcomes.forms import ReplyForm
from credit_register.reports.outcomes.lifecycle import OUTCOME
from credit_register.reports.outcomes.models import OutcomeState, PublishedOutcome
from credit_register.reports.routing import office_name

blueprint = Blueprint("outcomes_workspace", __name__)

OVERTAKEN = "这项办理结果刚刚有变化，您的答复没有提交。填写的内容已保留，请核对最新情况后再提交。"


@blueprint.get("/workspace/outcomes")
@access(Permission.WORKSPACE)
def index() -> ResponseReturnValue:
    """The results about the person's own institution that are to become public, are or were."""
    actor = current_actor()
    found = queries.own_outcomes(actor, page=page_number())
    return render_template(
        "outcomes/workspace_index.html",
        actor=actor,
        found=found,
        replies=queries.reply_states(found.items, on=today()) if found is not None else {},
        state_word=OUTCOME.label,
        matter_word=lambda value: Matter(value).label,
        page_url=lambda page: url_for("outcomes_workspace.index", page=page),
    )


@blueprint.get("/workspace/outcomes/<int:outcome_id>")
@access(Permission.WORKSPACE)
def show(outcome_id: int) -> ResponseReturnValue:
    """One result, and until when the institution may reply."""
    outcome = queries.own_outcome(current_actor(), outcome_id)
    return _page(outcome, ReplyForm(formdata=None, data={"version": outcome.version, "reply": outcome.reply}))


@blueprint.post("/workspace/outcomes/<int:outcome_id>/reply")
@access(Permission.WORKSPACE)
def reply(outcome_id: int) -> ResponseReturnValue:
    """Write the institution's reply."""
    actor = current_actor()
    outcome = queries.own_outcome(actor, outcome_id)
    form = ReplyForm(data={"version": outcome.version})
    if not form.validate_on_submit():
        return _page(outcome, form, status=422)
    try:
        services.reply_to_outcome(
            outcome, text=form.reply.data, version=form.version.data, actor=actor, now=now()
        )
    except services.OutcomeRefused as refusal:
        db.session.rollback()
        form.reply.errors = [*form.reply.errors, str(refusal)]
        return _page(queries.own_outcome(actor, outcome_id), form, status=422)
    except (StaleVersion, MoveNotAllowed):
        db.session.rollback()
        outcome = queries.own_outcome(actor, outcome_id)
        if queries.did_last(actor, outcome_id, "reply") and outcome.reply == form.reply.data:
            return redirect(url_for("outcomes_workspace.show", outcome_id=outcome_id))
        form.renew(outcome)
        return _page(outcome, form, told=OVERTAKEN, status=409)
    flash("答复已提交，期限内可以修改。", "success")
    return redirect(url_for("outcomes_workspace.show", outcome_id=outcome_id))


def _page(
    outcome: PublishedOutcome, form: ReplyForm, *, told: str = "", status: int = 200
) -> ResponseReturnValue:
    waiting = queries.reply_state(outcome, on=today())
    html = render_template(
        "outcomes/workspace_show.html",
        outcome=outcome,
        kind=Kind(outcome.kind).label,
        matter=Matter(outcome.matter).label,
        verdict=Outcome(outcome.verdict).label,
        office=office_name(outcome.region_code),
        state_label=OUTCOME.label(outcome.state),
        published=outcome.state == OutcomeState.PUBLISHED,
        waiting=waiting,
        may_reply=waiting is not None and not waiting.over,
        form=form,
        told=told,
    )
    return html, status
