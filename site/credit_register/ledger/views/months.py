"""The months of the ledger: what is closed and what is late, one frozen month, its corrections and its files."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import access, current_actor
from credit_register.access.queue_filters import region_of
from credit_register.access.roles import Permission
from credit_register.core import regions
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.lifecycle import StaleVersion
from credit_register.core.paging import BadParameter, page_number, whole_number
from credit_register.ledger import contacts
from credit_register.ledger.figures import figures, round_on
from credit_register.ledger.models import LedgerMonth, MonthOrigin
from credit_register.ledger.months import form, queries, services
from credit_register.ledger.months.case_rows import rows_of
from credit_register.ledger.months.comparison import differences
from credit_register.ledger.months.forms import CorrectForm
from credit_register.ledger.months.periods import (
    MonthUnreadable,
    last_day,
    last_finished,
    month_of,
    parse_month,
    words_of,
)
from credit_register.ledger.months.sheet import LedgerSheet, made_sheet, sheet_of, shown
from credit_register.ledger.months.writing import write_sheet

blueprint = Blueprint("ledger_months", __name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LINES = 100  # of a frozen month on one page


@blueprint.get("/staff/ledger/months")
@access(Permission.LEDGER_READ)
def index() -> ResponseReturnValue:
    """The months of the own office, and who below has reported the chosen one."""
    actor = current_actor()
    month = _chosen_month()
    present = round_on(today())
    own = queries.own_closings(actor, on=today())
    return render_template(
        "ledger/months.html",
        actor=actor,
        month=month,
        month_words=words_of,
        months=[closing.month for closing in own],
        own=own,
        own_cases=figures(actor, on=today()),
        below=queries.closings_below(actor, month, on=today()),
        contacts=contacts.contacts_in_scope(actor, present.id) if present else {},
        imported=queries.imported_months(actor),
        present_month=month_of(today()),
        may_close=_may_close(actor),
    )


def _chosen_month() -> str:
    text = request.args.get("month", "").strip()
    try:
        return parse_month(text) if text else last_finished(today())
    except MonthUnreadable as error:
        raise BadParameter("month", str(error)) from error


def _may_close(actor: Actor) -> bool:
    return actor.can(Permission.LEDGER_CLOSE)


@blueprint.post("/staff/ledger/months/close")
@access(Permission.LEDGER_CLOSE)
def close() -> ResponseReturnValue:
    """Freeze a month of the own office."""
    try:
        month = parse_month(request.form.get("month", ""))
        frozen = services.close_month(month, actor=current_actor(), now=now())
    except (MonthUnreadable, services.MonthNotOver, services.MonthBeforeLedger) as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for("ledger_months.index"))
    except services.AlreadyClosed as known:
        flash(str(known), "warning")
        return redirect(url_for("ledger_months.show", month_id=known.month.id))
    flash(f"{words_of(frozen.month)}台账已关账，共 {len(frozen.rows)} 户。", "success")
    return redirect(url_for("ledger_months.show", month_id=frozen.id))


@blueprint.get("/staff/ledger/months/present.xlsx")
@access(Permission.LEDGER_READ)
def present() -> ResponseReturnValue:
    """The ledger as it stands now, or as closing a finished month would freeze it, to be checked before."""
    actor = current_actor()
    region = region_of() or actor.region or regions.NATION
    if not actor.sees_region(region):
        abort(404)
    on = min(today(), last_day(_chosen_month())) if "month" in request.args else today()
    sheet = made_sheet(region, rows_of(region, on=on), on=on)
    return _workbook(sheet, f"{sheet.title}（未关账，{on.isoformat()}）.xlsx", verbatim=False)


@blueprint.get("/staff/ledger/months/<int:month_id>")
@access(Permission.LEDGER_READ)
def show(month_id: int) -> ResponseReturnValue:
    """One frozen month."""
    return _page(queries.month_for(current_actor(), month_id))


@blueprint.post("/staff/ledger/months/<int:month_id>/correct")
@access(Permission.LEDGER_CLOSE)
def correct(month_id: int) -> ResponseReturnValue:
    """Put a numbered correction in the place of a closed month."""
    actor = current_actor()
    month = queries.month_for(actor, month_id)
    form_sent = CorrectForm()
    if not form_sent.validate_on_submit():
        return _page(month, form_sent=form_sent, status=422)
    try:
        made = services.correct_month(
            month, number=form_sent.version.data, reason=form_sent.reason.data, actor=actor, now=now()
        )
    except services.NothingToCorrect as refusal:
        return _page(month, form_sent=form_sent, told=str(refusal), status=409)
    except StaleVersion:
        db.session.rollback()
        month = queries.month_for(actor, month_id)
        newest = queries.numbers_of(actor, month)[0]
        if newest.made_by_id == actor.account_id and newest.reason == form_sent.reason.data:
            return redirect(url_for("ledger_months.show", month_id=newest.id))  # the second of two clicks
        form_sent.version.raw_data, form_sent.version.data = None, newest.number
        told = f"{newest.made_by}刚刚已办理更正第 {newest.number} 号，您的更正没有生效。请核对后再办理。"
        return _page(month, form_sent=form_sent, told=told, status=409)
    flash(f"已保存更正第 {made.number} 号，此前的内容保留。", "success")
    return redirect(url_for("ledger_months.show", month_id=made.id))


@blueprint.get("/staff/ledger/months/<int:month_id>/compare")
@access(Permission.LEDGER_READ)
def compare(month_id: int) -> ResponseReturnValue:
    """What differs from another number of the same month; `with` is that number, else the one before."""
    actor = current_actor()
    month = queries.month_for(actor, month_id)
    numbers = {each.number: each for each in queries.numbers_of(actor, month)}
    wanted = whole_number("with", default=month.number, most=100_000) - 1  # shown from 1, stored from 0
    other = numbers.get(wanted)
    if other is None or other.id == month.id:
        raise BadParameter("with", "没有这一号可供比较，请从台账页面进入")
    return render_template(
        "ledger/month_compare.html",
        actor=actor,
        month=month,
        other=other,
        month_words=words_of,
        number_words=number_words,
        found=differences(sheet_of(other), sheet_of(month)),
    )


@blueprint.get("/staff/ledger/months/<int:month_id>/sheet.xlsx")
@access(Permission.LEDGER_READ)
def download(month_id: int) -> ResponseReturnValue:
    """A frozen month as the form of attachment 1; one that was imported as it came."""
    month = queries.month_for(current_actor(), month_id)
    number = f"-更正{month.number}" if month.number else ""
    name = f"{regions.full_name(month.region_code)}-{month.month}-专项治理台账{number}.xlsx"
    return _workbook(sheet_of(month), name, verbatim=month.origin == MonthOrigin.IMPORTED)


@blueprint.get("/staff/ledger/months/<int:month_id>/canonical.json")
@access(Permission.LEDGER_READ)
def canonical(month_id: int) -> ResponseReturnValue:
    """The very text whose hash the page shows."""
    month = queries.month_for(current_actor(), month_id)
    name = f"ledger-{month.region_code}-{month.month}-{month.number}.json"
    return Response(
        sheet_of(month).canonical,
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def number_words(month: LedgerMonth) -> str:
    """How a number of a month is called."""
    if month.number:
        return f"更正第 {month.number} 号"
    return "首次关账" if month.origin == MonthOrigin.CLOSED else "首次导入"


def _page(
    month: LedgerMonth, *, form_sent: Any = None, told: str = "", status: int = 200
) -> ResponseReturnValue:
    actor = current_actor()
    sheet = sheet_of(month)
    numbers = queries.numbers_of(actor, month)
    page, pages = page_number(), max(-(-len(sheet.rows) // LINES), 1)
    own = month.origin == MonthOrigin.CLOSED and month.region_code == (actor.region or regions.NATION)
    rendered = render_template(
        "ledger/month.html",
        actor=actor,
        month=month,
        month_words=words_of,
        number_words=number_words,
        place=form.place_of(month.region_code),
        columns=form.COLUMNS,
        lines=[
            [shown(sheet.value(row, column)) for column in form.COLUMNS]
            for row in sheet.rows[(page - 1) * LINES : page * LINES]
        ],
        count=len(sheet.rows),
        page=page,
        pages=pages,
        page_url=lambda number: url_for("ledger_months.show", month_id=month.id, page=number),
        numbers=numbers,
        newest=numbers[0],
        is_intact=sheet.sha256 == month.sha256,
        imported=month.origin == MonthOrigin.IMPORTED,
        form=form_sent or CorrectForm(formdata=None, data={"version": numbers[0].number}),
        failed=form_sent is not None,
        may_correct=own and actor.can(Permission.LEDGER_CLOSE),
        may_import=month.origin == MonthOrigin.IMPORTED and actor.can(Permission.LEDGER_CLOSE),
        told=told,
        note="" if form.CONFIRMED else form.UNCONFIRMED_NOTE,
    )
    return rendered, status


def _workbook(sheet: LedgerSheet, name: str, *, verbatim: bool) -> Response:
    target = io.BytesIO()
    write_sheet(target, sheet, verbatim=verbatim)
    target.seek(0)
    return send_file(target, mimetype=XLSX, as_attachment=True, download_name=name)
