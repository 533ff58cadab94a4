"""Repairs: the queue of a region, an application that an institution told of, and who could repair and has not."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.queue_filters import one_of, region_of, regions_below, typed
from credit_register.access.roles import Permission
from credit_register.core.clock import now, today
from credit_register.core.database import db, read_first
from credit_register.core.files import hand_out
from credit_register.core.lifecycle import MoveNotAllowed
from credit_register.core.paging import page_number
from credit_register.credit_records.lifecycle import CREDIT_RECORD
from credit_register.credit_records.models import CreditRecord, RecordKind
from credit_register.repairs import possible as possibility
from credit_register.repairs import queries, services
from credit_register.repairs.following import overtaken_words
from credit_register.repairs.forms import EntryForm
from credit_register.repairs.guidance import WHO_DECIDES, degree_words, record_words
from credit_register.repairs.lifecycle import REPAIR
from credit_register.repairs.models import RepairState
from credit_register.repairs.possible import LACKING, MOST_AT_ONCE, READY, PossibleFilter, Reminded
from credit_register.repairs.refusals import AlreadyRunning, RepairRefused
from credit_register.repairs.sheet import write_possible
from credit_register.repairs.views import staff_case

blueprint = Blueprint("repairs_staff", __name__)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/staff/repairs")
@access(Permission.REPAIR_READ)
def index() -> ResponseReturnValue:
    """The applications of the region as a queue."""
    actor = current_actor()
    wanted = queries.QueueFilter(
        text=typed("q"),
        state=one_of("state", [queries.ALL, *(state.value for state in RepairState)]),
        region=region_of(),
        waiting=one_of("waiting", ["1"]) == "1",
        overdue=one_of("overdue", ["1"]) == "1",
    )
    chosen: dict[str, Any] = {
        {"text": "q"}.get(name, name): "1" if value is True else value
        for name, value in vars(wanted).items()
        if value
    }
    found = queries.queue(actor, wanted, page=page_number(), on=today())
    return render_template(
        "repairs/staff_index.html",
        actor=actor,
        found=found,
        due=queries.due_dates(found.items, on=today()),
        overtaken=overtaken_words,
        wanted=wanted,
        chosen=chosen,
        counts=queries.desk_counts(actor, on=today()),
        states=[(state.value, REPAIR.label(state)) for state in RepairState],
        kinds=RecordKind,
        record_words=record_words,
        state_label=REPAIR.label,
        regions_below=regions_below(actor, wanted.region),
        page_url=lambda page: url_for("repairs_staff.index", page=page, **chosen),
    )


@blueprint.get("/staff/repairs/new")
@access(Permission.REPAIR_RECORD)
def new() -> ResponseReturnValue:
    """Look up an institution that told of an application, and choose the record."""
    actor, looked_up = current_actor(), typed("uscc")
    institution = queries.institution_in_scope(actor, looked_up) if looked_up else None
    records = queries.records_of(institution) if institution is not None else []
    return render_template(
        "repairs/staff_new.html",
        looked_up=looked_up,
        institution=institution,
        records=records,
        guides=queries.guides(records, on=today()),
        kinds=RecordKind,
        degree_words=degree_words,
        record_words=record_words,
        record_state=CREDIT_RECORD.label,
    )


@blueprint.get("/staff/repairs/records/<int:record_id>")
@access(Permission.REPAIR_READ)
def record(record_id: int) -> ResponseReturnValue:
    """One record: its guidance, what was applied for, and the form for an application that was told of."""
    return _record_page(queries.record_for(current_actor(), record_id), EntryForm(formdata=None))


@blueprint.post("/staff/repairs/records/<int:record_id>")
@access(Permission.REPAIR_RECORD)
def enter(record_id: int) -> ResponseReturnValue:
    """Enter an application for an institution that told of it."""
    actor = current_actor()
    read_first()  # files are cleaned before anything is locked
    row = queries.record_for(actor, record_id)
    form = EntryForm()
    if not form.validate_on_submit():
        return _record_page(row, form, status=422)
    try:
        made = services.enter_application(row, form.entry(), uploads=form.uploads(), actor=actor, now=now())
    except RepairRefused as refusal:
        db.session.rollback()
        form[refusal.field].errors = [*form[refusal.field].errors, str(refusal)]
        return _record_page(row, form, status=422)
    except (AlreadyRunning, MoveNotAllowed) as trouble:
        db.session.rollback()
        return _record_page(queries.record_for(actor, record_id), form, told=str(trouble), status=409)
    flash("申请已登记，并通知机构。认定单位答复后，在本页登记。", "success")
    return redirect(url_for("repairs_staff.show", application_id=made.id))


def _record_page(
    row: CreditRecord, form: EntryForm, *, told: str = "", status: int = 200
) -> ResponseReturnValue:
    actor = current_actor()
    rendered = render_template(
        "repairs/staff_record.html",
        actor=actor,
        record=row,
        words=record_words(row),
        kind=RecordKind(row.kind),
        degree=degree_words(row),
        record_state=CREDIT_RECORD.label(row.state),
        guidance=queries.guidance_of(row, on=today()),
        periods=queries.periods_of(row, on=today()),
        applications=queries.applications_of(row),
        reminded=possibility.last_reminders([row]).get(row.id),
        label_of=REPAIR.label,
        form=form,
        told=told,
        may_enter=actor.can(Permission.REPAIR_RECORD),
        who_decides=WHO_DECIDES,
    )
    return rendered, status


@blueprint.get("/staff/repairs/possible")
@access(Permission.REPAIR_READ)
def possible() -> ResponseReturnValue:
    """Who could repair and has not, by region."""
    actor, wanted = current_actor(), _possible_filter()
    chosen = _chosen(wanted)
    found = possibility.possible(actor, wanted, page=page_number(), on=today())
    return render_template(
        "repairs/staff_possible.html",
        actor=actor,
        found=found,
        guides=queries.guides(found.items, on=today()),
        reminders=possibility.last_reminders(found.items),
        wanted=wanted,
        chosen=chosen,
        counts=possibility.counts(actor, on=today()),
        by_region=possibility.by_region(actor, wanted, on=today()),
        may_remind=actor.can(Permission.REPAIR_RECORD),
        kinds=RecordKind,
        degree_words=degree_words,
        record_words=record_words,
        regions_below=regions_below(actor, wanted.region),
        page_url=lambda page: url_for("repairs_staff.possible", page=page, **chosen),
    )


def _possible_filter() -> PossibleFilter:
    return PossibleFilter(text=typed("q"), region=region_of(), lacking=one_of("lacking", [READY, LACKING]))


def _chosen(wanted: PossibleFilter) -> dict[str, Any]:
    return {{"text": "q"}.get(name, name): value for name, value in vars(wanted).items() if value}


@blueprint.get("/staff/repairs/possible.xlsx")
@access(Permission.REPAIR_READ)
def possible_sheet() -> Response:
    """The same list as a sheet."""
    target = io.BytesIO()
    write_possible(target, current_actor(), _possible_filter(), on=today())
    target.seek(0)
    return send_file(
        target, mimetype=_XLSX, as_attachment=True, download_name=f"可以申请修复而未申请-{today()}.xlsx"
    )


@blueprint.post("/staff/repairs/possible/remind")
@access(Permission.REPAIR_RECORD)
def remind() -> ResponseReturnValue:
    """Remind the institutions of one record or of those that were ticked."""
    wanted = _possible_filter()
    typed_rows = request.form.getlist("record")
    numbers = {int(text) for text in typed_rows if text.isascii() and text.isdecimal() and len(text) < 10}
    if not numbers or len(numbers) > MOST_AT_ONCE:
        flash(f"请先在列表中勾选记录，一次最多 {MOST_AT_ONCE} 条。", "warning")
    else:
        done = possibility.remind(numbers, actor=current_actor(), now=now())
        flash(_what_was_done(done), "success" if done.told else "warning")
    return redirect(url_for("repairs_staff.possible", **_chosen(wanted)))


def _what_was_done(done: Reminded) -> str:
    parts = [
        f"已提醒 {done.told} 条" if done.told else "没有发出提醒",
        f"{done.lately} 条在 30 天内提醒过，没有重复提醒" if done.lately else "",
        f"{done.nobody} 条的机构没有可用的账号，请用其他方式联系" if done.nobody else "",
        f"{done.gone} 条已不在可以申请之列" if done.gone else "",
    ]
    return "；".join(filter(None, parts)) + "。"


@blueprint.get("/staff/repairs/<int:application_id>")
@access(Permission.REPAIR_READ)
def show(application_id: int) -> ResponseReturnValue:
    """One application with everything that was done."""
    return staff_case.page(queries.application_for(current_actor(), application_id))


@blueprint.post("/staff/repairs/<int:application_id>/<any(accept, refuse, propose, deny, discard):move>")
@access(Permission.REPAIR_RECORD)
def step(application_id: int, move: str) -> ResponseReturnValue:
    """A step of whoever enters what the authority answered."""
    return staff_case.act(application_id, move)


@blueprint.post("/staff/repairs/<int:application_id>/<any(confirm, send_back):move>")
@access(Permission.REPAIR_CONFIRM)
def decide(application_id: int, move: str) -> ResponseReturnValue:
    """A step of the second person."""
    return staff_case.act(application_id, move)


@blueprint.get("/staff/repairs/<int:application_id>/files/<int:file_id>")
@access(Permission.REPAIR_READ)
def download(application_id: int, file_id: int) -> ResponseReturnValue:
    """One file of an application."""
    application = queries.application_for(current_actor(), application_id)
    return hand_out(queries.file_of(application, file_id).file)
