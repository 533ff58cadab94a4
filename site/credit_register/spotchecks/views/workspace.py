"""Checks of one's own institution: what was found, and reporting the correction."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.audit.step_pages import renew
from credit_register.core.clock import now, today
from credit_register.core.database import db, read_first
from credit_register.core.files import hand_out
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.spotchecks import queries, services
from credit_register.spotchecks.forms import ResponseForm, uploads_of
from credit_register.spotchecks.lifecycle import SPOT_CHECK
from credit_register.spotchecks.models import Side, SpotCheck, State, Verdict
from credit_register.spotchecks.publication import office_of
from credit_register.spotchecks.refusals import CheckRefused
from credit_register.spotchecks.words import LOOKS, matter_words

blueprint = Blueprint("spotchecks_workspace", __name__)

OVERTAKEN = "这项核查刚刚有变化，您的操作没有生效。填写的内容已保留，请核对最新情况后再提交。"


@blueprint.get("/workspace/spotchecks")
@access(Permission.WORKSPACE)
def index() -> ResponseReturnValue:
    """The decided checks of the person's own institution."""
    actor = current_actor()
    checks = queries.own_checks(actor)
    return render_template(
        "spotchecks/workspace_index.html",
        actor=actor,
        checks=checks,
        due=queries.due_dates(checks, on=today()),
        looks=LOOKS,
        verdicts=Verdict,
        matter_words=matter_words,
        state_label=SPOT_CHECK.label,
    )


@blueprint.get("/workspace/spotchecks/<int:check_id>")
@access(Permission.WORKSPACE)
def show(check_id: int) -> ResponseReturnValue:
    """One decided check, and what is to be corrected until when."""
    check = queries.own_check(current_actor(), check_id)
    return _page(check, ResponseForm(formdata=None, data={"version": check.version}))


@blueprint.post("/workspace/spotchecks/<int:check_id>/respond")
@access(Permission.WORKSPACE)
def respond(check_id: int) -> ResponseReturnValue:
    """Report what was corrected."""
    actor = current_actor()
    read_first()  # files are cleaned before anything is locked
    check = queries.own_check(actor, check_id)
    form = ResponseForm(data={"version": check.version})
    if not form.validate_on_submit():
        return _page(check, form, status=422)
    try:
        services.report_correction(
            check,
            text=form.text.data,
            uploads=uploads_of(form.files),
            version=form.version.data,
            actor=actor,
            now=now(),
        )
    except CheckRefused as refusal:
        db.session.rollback()
        form[refusal.field].errors = [*form[refusal.field].errors, str(refusal)]
        return _page(check, form, status=422)
    except (StaleVersion, MoveNotAllowed):
        db.session.rollback()
        check = queries.own_check(actor, check_id)
        # Of two clicks the first has done it; the text tells, because the audit does not keep it.
        if queries.was_done(check, "respond", actor=actor) and check.response.endswith(form.text.data):
            return redirect(url_for("spotchecks_workspace.show", check_id=check_id))
        renew(form, check)
        return _page(check, form, told=OVERTAKEN, status=409)
    flash("改正情况已报送，主管部门核对后会通知您。", "success")
    return redirect(url_for("spotchecks_workspace.show", check_id=check_id))


@blueprint.get("/workspace/spotchecks/<int:check_id>/files/<int:file_id>")
@access(Permission.WORKSPACE)
def download(check_id: int, file_id: int) -> ResponseReturnValue:
    """A file that the institution itself sent."""
    check = queries.own_check(current_actor(), check_id)
    return hand_out(queries.file_of(check, file_id, side=Side.INSTITUTION).file)


def _page(check: SpotCheck, form: Any, *, told: str = "", status: int = 200) -> ResponseReturnValue:
    rendered = render_template(
        "spotchecks/workspace_show.html",
        check=check,
        matter=matter_words(check.matter, check.matter_text),
        verdict=Verdict(check.verdict or ""),
        looks=LOOKS,
        state_label=SPOT_CHECK.label(check.state),
        office=office_of(check),
        due=queries.due_of(check, on=today()),
        correct_by=queries.correct_by(check),
        steps=queries.steps_told(check),
        form=form,
        told=told,
        may_respond=check.state == State.ORDERED,
        proofs=[each for each in check.files if each.side == Side.INSTITUTION],
    )
    return rendered, status
