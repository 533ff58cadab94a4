"""The batches for the national platform and what it answered, errors first."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.audit.step_pages import put_apart
from credit_register.core import regions
from credit_register.core.clock import now, today
from credit_register.core.database import db, read_first
from credit_register.core.paging import page_number
from credit_register.institutions.form_fields import add_error
from credit_register.ledger.models import PlatformStatus
from credit_register.ledger.months.periods import last_finished
from credit_register.ledger.platform import queries, receipts, services
from credit_register.ledger.platform.forms import ReceiptsForm, SendForm
from credit_register.ledger.platform.services import write_batch
from credit_register.ledger.views.months import XLSX

blueprint = Blueprint("ledger_platform", __name__)

ERRORS = 200  # lines of a receipt that the page lists
# A status is a word, a tone and a symbol.
LOOKS = {
    PlatformStatus.SENT.value: ("待回执", "plain", "clock"),
    PlatformStatus.ACCEPTED.value: ("平台已接收", "good", "check"),
    PlatformStatus.REJECTED.value: ("平台退回", "bad", "cross"),
}


@blueprint.get("/staff/ledger/platform")
@access(Permission.LEDGER_READ)
def index() -> ResponseReturnValue:
    """All batches of the region, and for who may report the way to a new one and to receipts."""
    return _page(current_actor())


@blueprint.post("/staff/ledger/platform")
@access(Permission.LEDGER_CLOSE)
def send() -> ResponseReturnValue:
    """Make a batch of the own office; its file is downloaded from its page."""
    actor = current_actor()
    form = put_apart(SendForm(), "send")
    if not form.validate_on_submit():
        return _page(actor, send_form=form, status=422)
    since = form.since.data
    try:
        made = services.make_batch(
            region=_office(actor),
            since=since,
            again=form.again.data,
            seen=form.seen.data,
            actor=actor,
            now=now(),
        )
    except services.BatchRefused as refusal:
        add_error(form.since, str(refusal))
        return _page(actor, send_form=form, status=422)
    except services.BatchMeanwhile as second:
        first = second.batch
        if (first.made_by, first.since) == (actor.name, since):  # the second of two clicks
            flash(f"批次 {first.number} 已经导出，没有重复导出。", "info")
            return redirect(url_for("ledger_platform.show", exchange_id=first.id))
        db.session.rollback()
        form.seen.raw_data, form.seen.data = None, first.id
        return _page(actor, send_form=form, told=str(second), status=409)
    if made is None:
        told = f"自 {since.isoformat()} 起没有需要报送的事项，没有编号。"
        return _page(actor, send_form=form, told=told)
    flash(f"批次 {made.number} 已导出，共 {len(made.rows)} 行。请下载文件，报送平台。", "success")
    return redirect(url_for("ledger_platform.show", exchange_id=made.id))


@blueprint.get("/staff/ledger/platform/receipts")
@access(Permission.LEDGER_CLOSE)
def receipts_form() -> ResponseReturnValue:
    """The address of the upload, which a reload asks for."""
    return redirect(url_for("ledger_platform.index"))


@blueprint.post("/staff/ledger/platform/receipts")
@access(Permission.LEDGER_CLOSE)
def take() -> ResponseReturnValue:
    """Note what the platform answered; the answer counts the lines and lists those that could not be used."""
    read_first()  # the file is read before anything is locked
    actor = current_actor()
    form = put_apart(ReceiptsForm(), "receipts")
    if not form.validate_on_submit():
        return _page(actor, receipts_form=form, status=422)
    try:
        found = receipts.take_upload(form.file.data.stream, actor=actor, now=now())
    except receipts.ReceiptsUnreadable as refusal:
        add_error(form.file, str(refusal))
        return _page(actor, receipts_form=form, status=422)
    return _page(actor, found=found)


def _office(actor: Actor) -> str:
    """The region that an officer reports for."""
    return actor.region or regions.NATION


def _page(
    actor: Actor,
    *,
    send_form: SendForm | None = None,
    receipts_form: ReceiptsForm | None = None,
    found: receipts.Receipts | None = None,
    told: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    batches = queries.batches(actor, page=page_number())
    page = render_template(
        "ledger/platform.html",
        actor=actor,
        found=batches,
        tallies=queries.tallies(batches.items),
        page_url=lambda page: url_for("ledger_platform.index", page=page),
        may_report=actor.can(Permission.LEDGER_CLOSE),
        office=_office(actor),
        send_form=send_form or _fresh_send_form(actor),
        receipts_form=receipts_form or put_apart(ReceiptsForm(formdata=None), "receipts"),
        taken=found,
        most_errors=ERRORS,
        told=told,
    )
    return page, status


def _fresh_send_form(actor: Actor) -> Any:
    """An empty form; what is not told yet begins where the batch before ended."""
    newest = queries.newest_of(_office(actor))
    since = newest.until if newest else date.fromisoformat(f"{last_finished(today())}-01")
    data = {"since": since, "seen": newest.id if newest else 0}
    return put_apart(SendForm(formdata=None, data=data), "send")


@blueprint.get("/staff/ledger/platform/<int:exchange_id>")
@access(Permission.LEDGER_READ)
def show(exchange_id: int) -> ResponseReturnValue:
    """One batch, line by line."""
    actor = current_actor()
    batch = queries.batch_for(actor, exchange_id)
    return render_template(
        "ledger/platform_batch.html",
        actor=actor,
        batch=batch,
        found=queries.rows_of(batch, page=page_number()),
        tally=queries.tallies([batch])[batch.id],
        looks=LOOKS,
        page_url=lambda page: url_for("ledger_platform.show", exchange_id=exchange_id, page=page),
    )


@blueprint.get("/staff/ledger/platform/<int:exchange_id>/batch.xlsx")
@access(Permission.LEDGER_READ)
def download(exchange_id: int) -> ResponseReturnValue:
    """The file of a batch once more, as it was sent."""
    batch = queries.batch_for(current_actor(), exchange_id)
    target = io.BytesIO()
    write_batch(batch, target)
    target.seek(0)
    return send_file(target, mimetype=XLSX, as_attachment=True, download_name=f"{batch.number}.xlsx")
