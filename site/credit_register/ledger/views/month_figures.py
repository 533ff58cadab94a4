"""How far the governance has come: the exit rate by region and by month, the targets, and the contacts of the offices."""

from __future__ import annotations

import io
from datetime import date

from flask import Blueprint, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.core import regions
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.lifecycle import StaleVersion
from credit_register.core.sheets import Column, Kind, write_xlsx
from credit_register.ledger import contacts
from credit_register.ledger.figures import Figures, figures, round_on
from credit_register.ledger.months import queries
from credit_register.ledger.months.form import place_of
from credit_register.ledger.months.forms import ContactForm
from credit_register.ledger.months.periods import words_of
from credit_register.ledger.targets import outcomes_of
from credit_register.ledger.views.months import XLSX

blueprint = Blueprint("ledger_figures", __name__)

COLUMNS = (
    Column("地区"),
    Column("行政区划代码", kind=Kind.CODE),
    Column("筛查推送", kind=Kind.NUMBER),
    Column("自主纳入", kind=Kind.NUMBER),
    Column("剔除", kind=Kind.NUMBER),
    Column("已退出", kind=Kind.NUMBER),
    Column("退出率"),
)


@blueprint.get("/staff/ledger/figures")
@access(Permission.LEDGER_READ)
def index() -> ResponseReturnValue:
    """The figures of the region, of the offices below, of the closed months, and the targets."""
    actor = current_actor()
    own = actor.region or regions.NATION
    closed = [closing.newest for closing in queries.own_closings(actor, on=today()) if closing.newest]
    return render_template(
        "ledger/figures.html",
        actor=actor,
        place=place_of(own),
        total=figures(actor, on=today()),
        below=_below(actor, today()),
        outcomes=outcomes_of(own, on=today()),
        closed=closed,
        month_words=words_of,
        rate_words=rate_words,
    )


@blueprint.get("/staff/ledger/figures.xlsx")
@access(Permission.LEDGER_READ)
def download() -> ResponseReturnValue:
    """The same by region, as a sheet."""
    actor = current_actor()
    own = actor.region or regions.NATION
    lines = [(own, figures(actor, on=today())), *_below(actor, today())]
    target = io.BytesIO()
    write_xlsx(
        target,
        COLUMNS,
        (
            (
                place_of(code),
                code,
                found.pushed,
                found.opened,
                found.pruned,
                found.exited,
                found.rate_words,
            )
            for code, found in lines
        ),
        title=f"{place_of(own)}专项治理台账退出率",
        subtitle=f"数据截至 {today().isoformat()}；退出率 = 已退出 ÷（筛查推送 + 自主纳入 − 剔除）",
    )
    target.seek(0)
    name = f"{place_of(own)}-退出率-{today().isoformat()}.xlsx"
    return send_file(target, mimetype=XLSX, as_attachment=True, download_name=name)


def _below(actor: Actor, on: date) -> list[tuple[str, Figures]]:
    own = actor.region or regions.NATION
    return [(code, figures(code, on=on)) for code in queries.cases_by_office(own, on=on)]


def rate_words(rate: float | None) -> str:
    """A stored rate for people; never rounded up to 100 %."""
    return "—" if rate is None else f"{int(rate * 1000 + 1e-9) / 10:.1f}%"


@blueprint.route("/staff/ledger/contacts", methods=["GET"])
@access(Permission.LEDGER_READ)
def contact_list() -> ResponseReturnValue:
    """The contact of the own office, and those of the offices below."""
    return _contacts(None)


@blueprint.post("/staff/ledger/contacts")
@access(Permission.LEDGER_CLOSE)
def name_contact() -> ResponseReturnValue:
    """Name the contact of the own office."""
    actor, present = current_actor(), round_on(today())
    form = ContactForm()
    if present is None or not form.validate_on_submit():
        return _contacts(form, status=422)
    try:
        contacts.set_contact(
            present,
            office=form.office.data,
            name=form.name.data,
            phone=form.phone.data,
            version=form.version.data,
            actor=actor,
            now=now(),
        )
    except StaleVersion:
        db.session.rollback()
        newer = contacts.contact_of(actor.region or regions.NATION, present.id)
        written = (form.office.data, form.name.data, form.phone.data)
        if newer is not None and (newer.office, newer.name, newer.phone) == written:
            return redirect(url_for("ledger_figures.contact_list"))  # the second of two clicks
        form.version.raw_data, form.version.data = None, newer.version if newer else 0
        told = f"{newer.set_by}刚刚改过联系人，您填写的没有保存。请核对后再提交。" if newer else ""
        return _contacts(form, told=told, status=409)
    flash("联系人已保存，上级单位可以看到。", "success")
    return redirect(url_for("ledger_figures.contact_list"))


def _contacts(form: ContactForm | None, *, told: str = "", status: int = 200) -> ResponseReturnValue:
    actor, present = current_actor(), round_on(today())
    own = contacts.contact_of(actor.region or regions.NATION, present.id) if present else None
    if form is None:
        data = (
            {"version": own.version, "office": own.office, "name": own.name, "phone": own.phone}
            if own
            else {}
        )
        form = ContactForm(formdata=None, data={"version": 0, **data})
    rendered = render_template(
        "ledger/contacts.html",
        actor=actor,
        place=place_of(actor.region or regions.NATION),
        present=present,
        own=own,
        below=contacts.contacts_below(actor, present, on=today()) if present else [],
        form=form,
        told=told,
        may_name=actor.can(Permission.LEDGER_CLOSE),
    )
    return rendered, status
