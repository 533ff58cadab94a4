"""A month that was kept elsewhere comes as a file: uploaded, looked at, and then kept word for word."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.core import regions
from credit_register.core.clock import SHANGHAI, now, today
from credit_register.core.database import read_first
from credit_register.core.files import HELD_FOR, StoredFile
from credit_register.core.lifecycle import StaleVersion
from credit_register.institutions.form_fields import add_error
from credit_register.ledger.models import MonthOrigin
from credit_register.ledger.months import form as attachment
from credit_register.ledger.months import queries, services, uploads
from credit_register.ledger.months.forms import KeepForm, LedgerUploadForm, PlaceForm
from credit_register.ledger.months.periods import month_before, month_of, words_of
from credit_register.ledger.months.reading import LedgerUnreadable, ReadLedger
from credit_register.ledger.months.sheet import shown
from credit_register.ledger.views.months import number_words
from credit_register.ledger.views.regions_offered import offices_in_scope

blueprint = Blueprint("ledger_month_imports", __name__)

REMARKS = 200  # of each sort that a preview lists
LINES = 10  # of the ledger that a preview shows

Form = TypeVar("Form", bound=PlaceForm)


@blueprint.get("/staff/ledger/months/import")
@access(Permission.LEDGER_CLOSE)
def new() -> ResponseReturnValue:
    """The form that takes a file."""
    return _upload_page(_fresh_upload_form(current_actor()))


@blueprint.post("/staff/ledger/months/import")
@access(Permission.LEDGER_CLOSE)
def upload() -> ResponseReturnValue:
    """Take a file to be looked at; nothing is kept as a ledger yet."""
    read_first()  # a file is read and cleaned before anything is locked
    actor = current_actor()
    form = _for(actor, LedgerUploadForm())
    if not _is_valid(form):
        return _upload_page(form, status=422)
    sent = form.file.data
    try:
        held_id = uploads.hold_upload(
            sent.stream, sent.filename or "", region=form.region.data, actor=actor, now=now()
        )
    except LedgerUnreadable as refusal:
        add_error(form.file, str(refusal))
        return _upload_page(form, status=422)
    place = {"region": form.region.data, "month": form.month.data}
    return redirect(url_for("ledger_month_imports.preview", held_id=held_id, **place))


@blueprint.get("/staff/ledger/months/import/<held_id>")
@access(Permission.LEDGER_CLOSE)
def preview(held_id: str) -> ResponseReturnValue:
    """What a file says, and what keeping it would do."""
    actor = current_actor()
    try:
        return _preview_page(actor, uploads.held_file(actor, held_id))
    except uploads.HeldGone as gone:
        return _after_the_file(actor, held_id, gone)


@blueprint.post("/staff/ledger/months/import/<held_id>")
@access(Permission.LEDGER_CLOSE)
def keep(held_id: str) -> ResponseReturnValue:
    """Keep a file that was looked at as the ledger of its month."""
    read_first()  # the file is read once more before anything is locked
    actor = current_actor()
    form, place = KeepForm(), _place(actor)
    try:
        held = uploads.held_file(actor, held_id)
        if not (form.validate_on_submit() and _is_valid(place)):
            return _preview_page(actor, held, form=form, status=422)
        kept = uploads.keep_held(
            held_id,
            region=place.region.data,
            month=place.month.data,
            reason=form.reason.data,
            seen=form.version.data,
            actor=actor,
            now=now(),
        )
    except uploads.HeldGone as gone:
        return _after_the_file(actor, held_id, gone, typed_reason=form.reason.data or "")
    except services.CorrectionNeedsReason:
        read_first()
        add_error(form.reason, "这个月已经导入过内容不同的台账，请写明更正的理由")
        return _preview_page(actor, uploads.held_file(actor, held_id), form=form, status=422)
    except services.ClosedHere as refusal:
        read_first()
        return _preview_page(
            actor, uploads.held_file(actor, held_id), form=form, told=str(refusal), status=409
        )
    except (services.AlreadyClosed, StaleVersion):
        read_first()
        return _told_who_was_first(actor, held_id, form, place)
    if kept is None:
        newest = queries.newest(place.region.data, place.month.data, MonthOrigin.IMPORTED)
        assert newest is not None
        flash("文件内容与已导入的相同，没有改动。", "info")
        return redirect(url_for("ledger_months.show", month_id=newest.id))
    words = f"，编为更正第 {kept.number} 号，此前的内容保留" if kept.number else ""
    flash(f"{words_of(kept.month)}台账已按原样保存，共 {kept.figures['rows']} 户{words}。", "success")
    return redirect(url_for("ledger_months.show", month_id=kept.id))


def _after_the_file(
    actor: Actor, held_id: str, gone: uploads.HeldGone, *, typed_reason: str = ""
) -> ResponseReturnValue:
    """The answer where the file waits no more: the second of two clicks is led to what the first one made."""
    read_first()
    kept = uploads.kept_from(actor, held_id)
    if kept is not None:
        return redirect(url_for("ledger_months.show", month_id=kept.id))
    return _upload_page(_fresh_upload_form(actor), told=str(gone), typed_reason=typed_reason, status=410)


def _told_who_was_first(actor: Actor, held_id: str, form: KeepForm, place: PlaceForm) -> ResponseReturnValue:
    newest = queries.newest(place.region.data, place.month.data, MonthOrigin.IMPORTED)
    if newest is None:  # the page was altered, or stood for another month
        told = f"页面与登记不符：{words_of(place.month.data)}还没有导入过台账，您的文件没有保存。请核对以后再保存。"
        form.version.raw_data, form.version.data = None, 0
        return _preview_page(actor, uploads.held_file(actor, held_id), form=form, told=told, status=409)
    when = newest.made_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M")
    told = (
        f"{newest.made_by}已于 {when} 导入{words_of(newest.month)}的台账（{number_words(newest)}），您的文件没有保存。"
        "请先看过已导入的内容；确需以您的文件更正的，写明理由再保存。"
    )
    form.version.raw_data, form.version.data = None, newest.number + 1
    return _preview_page(actor, uploads.held_file(actor, held_id), form=form, told=told, status=409)


def _fresh_upload_form(actor: Actor) -> LedgerUploadForm:
    """An empty form for the region and the month that the address names."""
    region = request.args.get("region", "") or actor.region or regions.NATION
    data = {"region": region, "month": request.args.get("month", "")[:20]}
    return _for(actor, LedgerUploadForm(formdata=None, data=data))


def _place(actor: Actor) -> PlaceForm:
    """Whose ledger the previewed file is, as the address says."""
    return _for(actor, PlaceForm(request.args, meta={"csrf": False}))


def _for(actor: Actor, form: Form) -> Form:
    form.region.choices = offices_in_scope(actor, named=form.region.data or "")
    return form


def _is_valid(form: PlaceForm) -> bool:
    valid: bool = form.validate()
    if valid and form.month.data > month_of(today()):
        add_error(form.month, "这个月还没有到，请核对月份")
        return False
    return valid


def _upload_page(
    form: LedgerUploadForm, *, told: str = "", typed_reason: str = "", status: int = 200
) -> ResponseReturnValue:
    page = render_template("ledger/month_import.html", form=form, told=told, typed_reason=typed_reason)
    return page, status


def _preview_page(
    actor: Actor, held: StoredFile, *, form: KeepForm | None = None, told: str = "", status: int = 200
) -> ResponseReturnValue:
    place = _place(actor)
    facts: dict[str, Any] = {"actor": actor, "held": held, "place": place, "told": told}
    if not _is_valid(place):
        return render_template("ledger/month_preview.html", **facts, read=None), 422
    region, month = place.region.data, place.month.data
    read = uploads.read_held(held, region=region)
    newest = queries.newest(region, month, MonthOrigin.IMPORTED)
    known = 0 if newest is None else newest.number + 1
    is_same = newest is not None and newest.sha256 == read.sheet.sha256
    form = form or KeepForm(formdata=None, data={"version": known})
    form.reason.flags.required = newest is not None
    said = attachment.month_said(read.sheet.date_line)
    page = render_template(
        "ledger/month_preview.html",
        **facts,
        read=read,
        name=f"{attachment.place_of(region)}{words_of(month)}台账",
        is_over=month < month_of(today()),
        newest=newest,
        closed=queries.newest(region, month, MonthOrigin.CLOSED),
        # Who reports a month dates it within the month or soon after.
        is_dated=not said or month in (said, month_before(said)),
        is_same=is_same,
        next_number=known,
        number_words=number_words,
        form=form,
        failed=bool(form.errors),
        columns=attachment.COLUMNS,
        lines=_first_lines(read),
        most_remarks=REMARKS,
        until=held.stored_at + HELD_FOR,
    )
    return page, status


def _first_lines(read: ReadLedger) -> list[list[str]]:
    return [
        [shown(read.sheet.value(row, column)) for column in attachment.COLUMNS]
        for row in read.sheet.rows[:LINES]
    ]
