"""The settings that offices decide: what is in force for a region, since when, by whom, and a new decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.core import regions
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.office_settings.definitions import Setting, SettingUnreadable, setting, settings
from credit_register.core.office_settings.models import OfficeSetting
from credit_register.core.office_settings.queries import history_of, region_chain, row_of
from credit_register.institutions.form_fields import add_error
from credit_register.web.setting_decisions import (
    DecidedMeanwhile,
    DecisionRefused,
    decide,
    may_decide,
    shown_value,
)
from credit_register.web.setting_forms import form_for

blueprint = Blueprint("settings", __name__)


@dataclass(frozen=True)
class InForce:
    """A setting as it is in force for a region; `row` is None where nobody has decided and the default holds."""

    setting: Setting
    value: str
    row: OfficeSetting | None
    coming: tuple[OfficeSetting, ...]
    decides: bool

    @property
    def unconfirmed(self) -> bool:
        """Whether the value is our own, and no authority has said so."""
        return self.row is None and not self.setting.confirmed


@dataclass(frozen=True)
class Decision:
    """One decision in the history."""

    row: OfficeSetting
    value: str
    in_force: bool
    begun: bool


@blueprint.get("/staff/settings")
@access(Permission.SETTING_READ)
def index() -> ResponseReturnValue:
    """All settings, as they are in force for the office."""
    actor = current_actor()
    return render_template(
        "settings/staff_index.html",
        actor=actor,
        region=_region(actor),
        settings=[_in_force(each, actor, on=today()) for each in settings()],
    )


@blueprint.get("/staff/settings/<setting_name>")
@access(Permission.SETTING_READ)
def show(setting_name: str) -> ResponseReturnValue:
    """One setting with its history."""
    return _page(_setting(setting_name))


@blueprint.post("/staff/settings/<setting_name>")
@access(Permission.SETTING_DECIDE)
def change(setting_name: str) -> ResponseReturnValue:
    """Decide it for the own region."""
    wanted, actor = _setting(setting_name), current_actor()
    if not may_decide(actor, wanted):
        abort(403, description="这项设置由国家级主管单位决定，本单位不能更改。")
    form = form_for(wanted)
    if not form.validate_on_submit():
        return _page(wanted, form=form, status=422)
    try:
        decide(
            wanted,
            wanted.read(form.value.data or ""),
            valid_from=form.valid_from.data,
            reason=form.reason.data,
            seen=form.seen.data,
            actor=actor,
            now=now(),
        )
    except SettingUnreadable as unreadable:
        add_error(form.value, str(unreadable))
        return _page(wanted, form=form, status=422)
    except DecisionRefused as refused:
        add_error(form[refused.field], str(refused))
        return _page(wanted, form=form, status=422)
    except DecidedMeanwhile as second:
        db.session.rollback()
        return _page(wanted, form=form, told=f"{second}。", status=409)
    begun = form.valid_from.data <= today()
    flash("决定已保存，今天起生效。" if begun else f"决定已保存，{form.valid_from.data} 起生效。", "success")
    return redirect(url_for("settings.show", setting_name=wanted.name))


def _setting(name: str) -> Setting:
    try:
        return setting(name)
    except KeyError:
        abort(404, description="没有这项设置。请从规则设置的列表进入。")


def _region(actor: Actor) -> str:
    return actor.region or regions.NATION


def _in_force(one: Setting, actor: Actor, *, on: date) -> InForce:
    region = regions.NATION if one.national else _region(actor)
    row = row_of(one, region=region, on=on)
    return InForce(
        one,
        shown_value(one, one.default if row is None else row.value),
        row,
        tuple(
            each
            for code in region_chain(region)
            for each in history_of(one, region=code)
            if each.valid_from > on
        ),
        may_decide(actor, one),
    )


def _page(one: Setting, *, form: Any = None, told: str = "", status: int = 200) -> ResponseReturnValue:
    actor, day = current_actor(), today()
    found = _in_force(one, actor, on=day)
    region = _region(actor)
    own = history_of(one, region=region)
    if form is None or told:
        seen = max((row.id for row in own), default=0)
        if form is None:
            value = one.default if found.row is None else found.row.value
            typed = value if one.choices is not None else one.show(value)
            form = form_for(one, formdata=None, data={"valid_from": day, "value": typed, "seen": seen})
        else:
            form.seen.data, form.seen.raw_data = seen, None
    page = render_template(
        "settings/staff_show.html",
        actor=actor,
        one=found,
        region=region,
        form=form,
        told=told,
        decisions=[
            Decision(row, shown_value(one, row.value), row is found.row, row.valid_from <= day)
            for code in region_chain(region)
            for row in history_of(one, region=code)
        ],
    )
    return page, status
