"""The import pages: upload, preview, confirm, and the rows that must be corrected."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.core.clock import now
from credit_register.core.paging import BadParameter, page_number
from credit_register.institutions.imports import batches, queries
from credit_register.institutions.imports.columns import KIND_LABELS, KINDS
from credit_register.institutions.imports.forms import UploadForm
from credit_register.institutions.imports.rejected import write_template
from credit_register.institutions.imports.results import ImportRefused, Level

blueprint = Blueprint("imports", __name__)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/staff/imports")
@access(Permission.IMPORT_READ)
def index() -> ResponseReturnValue:
    """The files of the region, and the way to a new one."""
    return _index(_empty_form())


@blueprint.get("/staff/imports/new")
@access(Permission.INSTITUTION_IMPORT)
def new() -> ResponseReturnValue:
    """The same page at the address of the upload, which a reload after a refused file asks for."""
    return _index(_empty_form())


def _empty_form() -> UploadForm:
    kind = request.args.get("kind", "")
    return UploadForm(formdata=None, kind=kind if kind in KINDS else "institutions")


def _index(form: UploadForm) -> ResponseReturnValue:
    actor = current_actor()
    found = queries.batches(actor, page=page_number())
    page = render_template(
        "imports/index.html",
        actor=actor,
        form=form,
        found=found,
        labels=KIND_LABELS,
        kinds=KINDS,
        page_url=lambda number: url_for("imports.index", page=number),
    )
    return page, 422 if form.errors else 200


@blueprint.post("/staff/imports/new")
@access(Permission.INSTITUTION_IMPORT)
def upload() -> ResponseReturnValue:
    """Take a file and preview it."""
    form = UploadForm()
    if form.validate_on_submit():
        upload = form.file.data
        try:
            batch = batches.preview_upload(
                upload.stream, upload.filename or "", form.kind.data, actor=current_actor(), now=now()
            )
        except ImportRefused as refusal:
            form.file.errors = [str(refusal)]
        else:
            return redirect(url_for("imports.show", batch_id=batch.id))
    return _index(form)


@blueprint.get("/staff/imports/<int:batch_id>")
@access(Permission.IMPORT_READ)
def show(batch_id: int) -> ResponseReturnValue:
    """What the import of a file would do, or has done."""
    actor = current_actor()
    batch = queries.batch_for(actor, batch_id)
    counts = queries.note_counts(actor, batch)
    level = _level(counts)
    return render_template(
        "imports/show.html",
        actor=actor,
        batch=batch,
        label=KIND_LABELS[batch.kind],
        counts=counts,
        level=level,
        found=queries.notes(actor, batch, level, page=page_number()) if level else None,
        page_url=lambda number: url_for("imports.show", batch_id=batch_id, level=level, page=number),
    )


def _level(counts: dict[Level, int]) -> Level | None:
    """The list that was asked for, else the gravest that has something in it."""
    text = request.args.get("level", "")
    if text:
        try:
            return Level(text)
        except ValueError:
            raise BadParameter("level", f"参数 level 须为 {'、'.join(Level)} 之一") from None
    return next((level for level in Level if counts[level]), None)


@blueprint.post("/staff/imports/<int:batch_id>/confirm")
@access(Permission.INSTITUTION_IMPORT)
def confirm(batch_id: int) -> ResponseReturnValue:
    """Import what was previewed."""
    batch = queries.batch_for(current_actor(), batch_id)
    try:
        counts = batches.confirm_batch(batch, actor=current_actor(), now=now())
    except (batches.BatchFinished, batches.RegisterMoved, ImportRefused) as refusal:
        flash(str(refusal), "warning")
    else:
        flash(f"已导入 {counts.accepted + counts.unknown_institution} 行。", "success")
    return redirect(url_for("imports.show", batch_id=batch_id))


@blueprint.post("/staff/imports/<int:batch_id>/discard")
@access(Permission.INSTITUTION_IMPORT)
def discard(batch_id: int) -> ResponseReturnValue:
    """Give a file up."""
    batch = queries.batch_for(current_actor(), batch_id)
    try:
        batches.discard_batch(batch, actor=current_actor(), now=now())
    except batches.BatchFinished as refusal:
        flash(str(refusal), "warning")
    else:
        flash("已放弃该文件，没有导入任何内容。", "success")
    return redirect(url_for("imports.index"))


@blueprint.get("/staff/imports/<int:batch_id>/rejected.xlsx")
@access(Permission.IMPORT_READ)
def rejected(batch_id: int) -> ResponseReturnValue:
    """The rejected rows to correct and import again."""
    batch = queries.batch_for(current_actor(), batch_id)
    target = BytesIO()
    try:
        queries.write_rejected_rows(current_actor(), batch, target)
    except ImportRefused as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for("imports.show", batch_id=batch_id))
    return _workbook(target, f"未导入的行-{batch_id}.xlsx")


@blueprint.get("/staff/imports/template/<any(institutions, products):kind>.xlsx")
@access(Permission.INSTITUTION_IMPORT)
def template(kind: str) -> ResponseReturnValue:
    """An empty sheet with all columns."""
    target = BytesIO()
    write_template(target, kind)
    return _workbook(target, f"{KIND_LABELS[kind]}导入模板.xlsx")


def _workbook(target: BytesIO, name: str) -> ResponseReturnValue:
    target.seek(0)
    return send_file(target, mimetype=_XLSX, as_attachment=True, download_name=name)
