"""Repair for an institution: its own records with guidance, and what became of its applications."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.core.clock import now, today
from credit_register.core.database import db, read_first
from credit_register.core.files import hand_out
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.credit_records.lifecycle import CREDIT_RECORD
from credit_register.credit_records.models import CreditRecord, RecordKind
from credit_register.repairs import queries, services
from credit_register.repairs.following import overtaken_words
from credit_register.repairs.forms import ConfirmForm, EntryForm
from credit_register.repairs.guidance import FREE, WHO_DECIDES, degree_words, record_words
from credit_register.repairs.lifecycle import REPAIR, RUNNING_STATES
from credit_register.repairs.models import Paper, RepairState
from credit_register.repairs.refusals import AlreadyRunning, RepairRefused

blueprint = Blueprint("repairs_workspace", __name__)

OVERTAKEN = "这项申请刚刚有变化，您的操作没有生效。请核对最新情况。"


@blueprint.get("/workspace/repairs")
@access(Permission.WORKSPACE)
def index() -> ResponseReturnValue:
    """The records of the person's own institution, each with what can be done."""
    actor = current_actor()
    records = queries.own_records(actor)
    return render_template(
        "repairs/workspace_index.html",
        actor=actor,
        records=records,
        guides=queries.guides(records, on=today()),
        kinds=RecordKind,
        degree_words=degree_words,
        record_words=record_words,
        state_label=CREDIT_RECORD.label,
        free=FREE,
    )


@blueprint.get("/workspace/repairs/<int:record_id>")
@access(Permission.WORKSPACE)
def show(record_id: int) -> ResponseReturnValue:
    """One record: the steps to its repair, and the course of what was applied for."""
    return _page(queries.own_record(current_actor(), record_id), EntryForm(formdata=None))


@blueprint.get("/workspace/repairs/<int:record_id>/checklist")
@access(Permission.WORKSPACE)
def checklist(record_id: int) -> ResponseReturnValue:
    """The two documents on paper: what belongs to them, and a commitment to sign."""
    record = queries.own_record(current_actor(), record_id)
    return render_template(
        "repairs/checklist.html",
        record=record,
        words=record_words(record),
        kind=RecordKind(record.kind),
        guidance=queries.guidance_of(record, on=today()),
        back=url_for("repairs_workspace.show", record_id=record_id),
        free=FREE,
    )


@blueprint.post("/workspace/repairs/<int:record_id>/apply")
@access(Permission.WORKSPACE)
def apply(record_id: int) -> ResponseReturnValue:
    """Enter that repair was applied for elsewhere."""
    actor = current_actor()
    read_first()  # files are cleaned before anything is locked
    record = queries.own_record(actor, record_id)
    form = EntryForm()
    if not form.validate_on_submit():
        return _page(record, form, status=422)
    try:
        services.enter_application(record, form.entry(), uploads=form.uploads(), actor=actor, now=now())
    except RepairRefused as refusal:
        db.session.rollback()
        form[refusal.field].errors = [*form[refusal.field].errors, str(refusal)]
        return _page(record, form, status=422)
    except (AlreadyRunning, MoveNotAllowed) as trouble:
        db.session.rollback()
        return _page(queries.own_record(actor, record_id), form, told=str(trouble), status=409)
    flash("申请已登记。认定单位答复后，主管部门在这里登记进展，并给您发消息。", "success")
    return redirect(url_for("repairs_workspace.show", record_id=record_id))


@blueprint.post("/workspace/repairs/<int:record_id>/retract")
@access(Permission.WORKSPACE)
def retract(record_id: int) -> ResponseReturnValue:
    """Take back an entry that was a mistake."""
    actor = current_actor()
    record = queries.own_record(actor, record_id)
    running, form = queries.running_of(record), ConfirmForm()
    if running is None or not form.validate_on_submit():
        return _page(record, EntryForm(formdata=None), told=OVERTAKEN, status=409)
    try:
        services.retract_application(running, version=form.version.data, actor=actor, now=now())
    except (StaleVersion, MoveNotAllowed):
        db.session.rollback()
        record = queries.own_record(actor, record_id)
        return _page(record, EntryForm(formdata=None), told=OVERTAKEN, status=409)
    flash("登记已撤回。实际已经申请的，可以重新登记。", "success")
    return redirect(url_for("repairs_workspace.show", record_id=record_id))


@blueprint.get("/workspace/repairs/<int:record_id>/files/<int:file_id>")
@access(Permission.WORKSPACE)
def download(record_id: int, file_id: int) -> ResponseReturnValue:
    """One of the two documents of an own application."""
    return hand_out(queries.own_file(queries.own_record(current_actor(), record_id), file_id).file)


def _page(record: CreditRecord, form: Any, *, told: str = "", status: int = 200) -> ResponseReturnValue:
    applications = queries.applications_of(record)
    guidance = queries.guidance_of(record, on=today())
    running = next((each for each in applications if each.state in RUNNING_STATES), None)
    rendered = render_template(
        "repairs/workspace_show.html",
        record=record,
        words=record_words(record),
        kind=RecordKind(record.kind),
        degree=degree_words(record),
        record_state=CREDIT_RECORD.label(record.state),
        guidance=guidance,
        periods=queries.periods_of(record, on=today()),
        applications=[(each, queries.steps_told(each)) for each in applications],
        due=queries.due_dates(applications, on=today()),
        overtaken=overtaken_words(running) if running is not None else "",
        retractable=running if running is not None and running.state == RepairState.APPLIED else None,
        papers=Paper,
        own_papers=queries.OWN_PAPERS,
        state_label=REPAIR.label,
        form=form,
        told=told,
        free=FREE,
        who_decides=WHO_DECIDES,
    )
    return rendered, status
