"""Measures that were announced to one's own institution: notices, and the answer to an order."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.audit.queries import was_done
from credit_register.audit.step_pages import renew
from credit_register.core.clock import now, today
from credit_register.core.database import db, read_first
from credit_register.core.files import hand_out
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.ledger.lifecycle import MEASURE_KIND
from credit_register.ledger.measures import own_queries, queries, services
from credit_register.ledger.measures.forms import ResponseForm, uploads_of
from credit_register.ledger.measures.refusals import MeasureRefused
from credit_register.ledger.measures.words import standing_of, title_of
from credit_register.ledger.models import Measure, MeasureKind, MeasureState, PublicState

blueprint = Blueprint("measures_workspace", __name__)

OVERTAKEN = "这项措施刚刚有变化，您的操作没有生效。填写的内容已保留，请核对最新情况后再提交。"


@blueprint.get("/workspace/measures")
@access(Permission.WORKSPACE)
def index() -> ResponseReturnValue:
    """The measures that were announced to the person's own institution."""
    actor = current_actor()
    return render_template(
        "ledger/measure_workspace_index.html",
        actor=actor,
        lines=queries.shown(own_queries.own_measures(actor), on=today()),
    )


@blueprint.get("/workspace/measures/<int:measure_id>")
@access(Permission.WORKSPACE)
def show(measure_id: int) -> ResponseReturnValue:
    """One measure, and what is to be done until when."""
    measure = own_queries.own_measure(current_actor(), measure_id)
    return _page(measure, ResponseForm(formdata=None, data={"version": measure.version}))


@blueprint.post("/workspace/measures/<int:measure_id>/respond")
@access(Permission.WORKSPACE)
def respond(measure_id: int) -> ResponseReturnValue:
    """Report what was corrected."""
    actor = current_actor()
    read_first()  # files are cleaned before anything is locked
    measure = own_queries.own_measure(actor, measure_id)
    form = ResponseForm(data={"version": measure.version})
    if not form.validate_on_submit():
        return _page(measure, form, status=422)
    try:
        services.report_correction(
            measure,
            text=form.text.data,
            uploads=uploads_of(form.files),
            version=form.version.data,
            actor=actor,
            now=now(),
        )
    except MeasureRefused as refusal:
        db.session.rollback()
        form[refusal.field].errors = [*form[refusal.field].errors, str(refusal)]
        return _page(measure, form, status=422)
    except (StaleVersion, MoveNotAllowed):
        db.session.rollback()
        measure = own_queries.own_measure(actor, measure_id)
        # Of two clicks the first has done it; the text tells, because the audit does not keep it.
        done = was_done(MEASURE_KIND, measure, "respond", actor=actor, seen=form.version.data)
        if done and measure.response.endswith(form.text.data):
            return redirect(url_for("measures_workspace.show", measure_id=measure_id))
        renew(form, measure)
        return _page(measure, form, told=OVERTAKEN, status=409)
    flash("纠正情况已报送，主管部门核对后会通知您。", "success")
    return redirect(url_for("measures_workspace.show", measure_id=measure_id))


@blueprint.get("/workspace/measures/<int:measure_id>/files/<int:file_id>")
@access(Permission.WORKSPACE)
def download(measure_id: int, file_id: int) -> ResponseReturnValue:
    """A file that the institution itself sent, or that went to it."""
    measure = own_queries.own_measure(current_actor(), measure_id)
    return hand_out(own_queries.own_file(measure, file_id).file)


def _page(measure: Measure, form: Any, *, told: str = "", status: int = 200) -> ResponseReturnValue:
    order = measure.kind == MeasureKind.ORDER
    public = measure.public_state == PublicState.PUBLISHED
    rendered = render_template(
        "ledger/measure_workspace_show.html",
        measure=measure,
        case=measure.case,
        title=title_of(measure),
        standing=standing_of(measure),
        due=queries.due_of(measure, on=today()),
        ordered_until=queries.ordered_until(measure) if order else None,
        steps=own_queries.steps_told(measure),
        form=form,
        told=told,
        may_respond=order and measure.state == MeasureState.ANNOUNCED,
        held=measure.kind == MeasureKind.INTERVIEW and measure.state == MeasureState.DONE,
        public=public,
        given=[each for each in measure.files if each.shown],
        proofs=[each for each in measure.files if each.by_institution],
    )
    return rendered, status
