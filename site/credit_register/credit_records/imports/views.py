"""The staff pages of batches: receive a file, look at what it would do, and decide about it as a second person."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.queue_filters import one_of
from credit_register.access.roles import Permission
from credit_register.core.clock import now
from credit_register.core.files import hand_out
from credit_register.core.paging import page_number
from credit_register.credit_records.imports import batch_page, queries, uploads
from credit_register.credit_records.imports.forms import ReceiveForm
from credit_register.credit_records.imports.rejected import write_template
from credit_register.credit_records.imports.results import FileRefused, Receipt
from credit_register.credit_records.lifecycle import RECORD_BATCH
from credit_register.credit_records.models import BatchKind, BatchState

blueprint = Blueprint("record_batches", __name__)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/staff/records/batches")
@access(Permission.RECORD_READ)
def index() -> ResponseReturnValue:
    """The files of the region, those that wait for a second person first."""
    actor = current_actor()
    wanted = queries.BatchFilter(
        state=one_of("state", [state.value for state in BatchState]),
        kind=one_of("kind", [kind.value for kind in BatchKind]),
    )
    chosen = {name: value for name, value in vars(wanted).items() if value}
    return render_template(
        "record_batches/index.html",
        actor=actor,
        found=queries.batches(actor, wanted, page=page_number()),
        wanted=wanted,
        chosen=chosen,
        waiting=queries.waiting_count(actor),
        waiting_repairs=queries.waiting_repairs_count(actor),
        kinds=list(BatchKind),
        kind_of=BatchKind,
        states=[(state.value, RECORD_BATCH.label(state)) for state in BatchState],
        state_label=RECORD_BATCH.label,
        page_url=lambda page: url_for("record_batches.index", page=page, **chosen),
    )


@blueprint.get("/staff/records/batches/new")
@access(Permission.RECORD_IMPORT)
def new() -> ResponseReturnValue:
    """The form that takes a file."""
    kind = request.args.get("kind", "")
    known = kind if kind in list(BatchKind) else BatchKind.PENALTIES.value
    return _form_page(ReceiveForm(formdata=None, kind=known))


@blueprint.post("/staff/records/batches/new")
@access(Permission.RECORD_IMPORT)
def receive() -> ResponseReturnValue:
    """Take a file; what it would change becomes a batch."""
    form = ReceiveForm()
    if not form.validate_on_submit():
        return _form_page(form)
    upload = form.file.data
    try:
        receipt = uploads.receive_upload(
            upload.stream,
            upload.filename or "",
            BatchKind(form.kind.data),
            full_list=form.full_list.data,
            actor=current_actor(),
            now=now(),
        )
    except FileRefused as refusal:
        form.file.errors = [str(refusal)]
        return _form_page(form)
    if receipt.batch is None:
        return _form_page(form, receipt)
    flash("文件已接收，请通知另一位有复核权限的人员确认。确认之前不会公开。", "success")
    return redirect(url_for("record_batches.show", record_batch_id=receipt.batch.id))


def _form_page(form: ReceiveForm, receipt: Receipt | None = None) -> ResponseReturnValue:
    page = render_template("record_batches/new.html", form=form, receipt=receipt, kinds=list(BatchKind))
    return page, 422 if form.errors else 200


@blueprint.get("/staff/records/batches/unmatched")
@access(Permission.RECORD_READ)
def unmatched() -> ResponseReturnValue:
    """Records whose institution the register does not have."""
    actor = current_actor()
    found = queries.unmatched(actor, page=page_number())
    return render_template(
        "record_batches/unmatched.html",
        actor=actor,
        found=found,
        elsewhere=queries.registered_elsewhere(found.items),
        kind_labels=batch_page.KIND_LABELS,
        page_url=lambda page: url_for("record_batches.unmatched", page=page),
    )


@blueprint.get("/staff/records/batches/waiting")
@access(Permission.RECORD_READ)
def waiting() -> ResponseReturnValue:
    """Confirmed repairs that wait for the record which they mend."""
    actor = current_actor()
    found, repairs = queries.waiting_repairs(actor, page=page_number())
    return render_template(
        "record_batches/waiting.html",
        actor=actor,
        found=found,
        repairs=repairs,
        page_url=lambda page: url_for("record_batches.waiting", page=page),
    )


@blueprint.get("/staff/records/batches/<int:record_batch_id>")
@access(Permission.RECORD_READ)
def show(record_batch_id: int) -> ResponseReturnValue:
    """One batch: what the file says, and what confirming it would do or has done."""
    return batch_page.page(queries.batch_for(current_actor(), record_batch_id))


@blueprint.post("/staff/records/batches/<int:record_batch_id>/<any(confirm, refuse):move>")
@access(Permission.RECORD_CONFIRM)
def decide(record_batch_id: int, move: str) -> ResponseReturnValue:
    """Let a batch take effect, or not, as a second person."""
    return batch_page.act(record_batch_id, move)


@blueprint.post("/staff/records/batches/<int:record_batch_id>/resume")
@access(Permission.RECORD_CONFIRM)
def resume(record_batch_id: int) -> ResponseReturnValue:
    """Let a confirmed batch go on that has not taken effect wholly."""
    return batch_page.resume(record_batch_id)


@blueprint.post("/staff/records/batches/<int:record_batch_id>/source")
@access(Permission.RECORD_CONFIRM)
def source(record_batch_id: int) -> Response:
    """The file as it came; each look is recorded."""
    actor = current_actor()
    batch = queries.batch_for(actor, record_batch_id)
    return hand_out(uploads.note_look_at_source(batch, actor=actor, now=now()))


@blueprint.get("/staff/records/batches/<int:record_batch_id>/rejected.xlsx")
@access(Permission.RECORD_IMPORT)
def rejected(record_batch_id: int) -> ResponseReturnValue:
    """The rows that could not be taken, to correct and send again."""
    batch = queries.batch_for(current_actor(), record_batch_id)
    target = BytesIO()
    try:
        uploads.write_rejected_rows(batch, target)
    except FileRefused as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for("record_batches.show", record_batch_id=record_batch_id))
    return _workbook(target, f"未导入的行-第{record_batch_id}号批次.xlsx")


@blueprint.get("/staff/records/batches/template/<any(penalties, severe_list, facts, repairs):kind>.xlsx")
@access(Permission.RECORD_IMPORT)
def template(kind: str) -> ResponseReturnValue:
    """An empty sheet with all columns."""
    target = BytesIO()
    write_template(target, BatchKind(kind))
    return _workbook(target, f"{BatchKind(kind).label}导入模板.xlsx")


def _workbook(target: BytesIO, name: str) -> Response:
    target.seek(0)
    return send_file(target, mimetype=_XLSX, as_attachment=True, download_name=name)
