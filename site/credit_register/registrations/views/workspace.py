"""The application of an institution, as its people see it."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.core.clock import now, today
from credit_register.core.database import db, read_first
from credit_register.core.deadlines.rules import Unit
from credit_register.core.files import TooManyFiles, hand_out
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.institutions.categories import CATEGORIES
from credit_register.institutions.models import Institution
from credit_register.registrations import queries, services
from credit_register.registrations.application import (
    ApplicationRefused,
    Facts,
    facts_of,
    gone,
    kind_for,
    phone_note,
    public_facts,
    why_gone,
)
from credit_register.registrations.forms import RegistrationForm
from credit_register.registrations.lifecycle import APPLICATION
from credit_register.registrations.models import Kind, Registration, State
from credit_register.registrations.places import proposals

blueprint = Blueprint("registration", __name__)

_UNDER_REVIEW = "已提交待审核，如需修改请先撤回。下面是您刚才填写的内容，尚未提交。"
_CHANGED_ELSEWHERE = (
    "这份申请刚刚在另一个窗口改动过，这次没有保存。下面是您刚才填写的内容；确认以此为准的，请再提交一次。"
)
_MEANWHILE = "这份申请的状态刚刚有变化，您的操作没有生效。请看下方的最新情况。"


@blueprint.get("/workspace/registration")
@access(Permission.WORKSPACE)
def show() -> ResponseReturnValue:
    """Where the application stands, and the form while there is something to fill in."""
    actor = current_actor()
    latest = queries.latest_registration(actor)
    anew = request.args.get("new") == "1" and latest is not None and not latest.is_open
    return _page(actor, latest, None, anew=anew)


@blueprint.post("/workspace/registration")
@access(Permission.WORKSPACE)
def send() -> ResponseReturnValue:
    """Send the application, or keep it as a draft where the button for that was pressed."""
    actor = current_actor()
    read_first()  # the licence is cleaned before anything is locked
    form = RegistrationForm()
    if not form.validate_on_submit():
        return _form_page(actor, form)
    drafting, kept = bool(request.form.get("draft")), False
    try:
        upload = form.licence_upload()
        filled = services.Filled(form.facts(), form.uscc.data or "", upload, form.version.data)
        deed = services.save_draft if drafting else services.send
        deed(filled, actor=actor, now=now())
    except TooManyFiles as error:
        form.refuse({"licence_file": str(error)})
    except ApplicationRefused as refusal:
        db.session.rollback()
        kept = refusal.kept
        form.refuse(refusal.problems)
    except services.AlreadySent:
        db.session.rollback()
        return _form_page(actor, form, told=_UNDER_REVIEW)
    except StaleVersion:
        db.session.rollback()
        return _form_page(actor, form, told=_CHANGED_ELSEWHERE)
    else:
        flash("草稿已保存，尚未提交。" if drafting else "申请已提交。", "success")
        return redirect(url_for("registration.show"))
    return _form_page(actor, form, kept=kept)


@blueprint.post("/workspace/registration/recall")
@access(Permission.WORKSPACE)
def recall() -> ResponseReturnValue:
    """Take the application back to change it."""
    return _step("recall")


@blueprint.post("/workspace/registration/discard")
@access(Permission.WORKSPACE)
def discard() -> ResponseReturnValue:
    """Give the application up."""
    return _step("discard")


def _step(name: str) -> ResponseReturnValue:
    actor = current_actor()
    step, done = {
        "recall": (services.recall, "申请已撤回，修改后请重新提交。"),
        "discard": (services.discard, "已放弃这份申请，上传的文件已删除。"),
    }[name]
    try:
        step(version=request.form.get("version", 0, type=int), actor=actor, now=now())
    except (MoveNotAllowed, StaleVersion):
        db.session.rollback()
        return _page(actor, queries.latest_registration(actor), None, told=_MEANWHILE)
    flash(done, "success")
    return redirect(url_for("registration.show"))


@blueprint.get("/workspace/registration/licence")
@access(Permission.WORKSPACE)
def licence() -> ResponseReturnValue:
    """The business licence of one's own application, as a download."""
    registration = queries.latest_registration(current_actor())
    if registration is None or registration.licence_file is None:
        abort(404)
    return hand_out(registration.licence_file)


def _form_page(
    actor: Actor, form: RegistrationForm, *, told: str = "", kept: bool = False
) -> ResponseReturnValue:
    """The page with the form as it was sent; it may be sent again over the row as it is now."""
    current = queries.open_registration(actor)
    form.renew(current.version if current is not None else 0)
    latest = current or queries.latest_registration(actor)
    return _page(actor, latest, form, told=told, kept=kept, anew=current is None)


def _page(
    actor: Actor,
    registration: Registration | None,
    form: RegistrationForm | None,
    *,
    told: str = "",
    kept: bool = False,
    anew: bool = False,
) -> ResponseReturnValue:
    """The page; `kept`: what was sent with faults is a draft now.

    `anew`: it is about an application that does not exist yet, after the given one was decided.
    """
    entry = services.entry_of(actor)
    state = None if anew or registration is None else State(registration.state)
    barred = why_gone(entry) if entry is not None and gone(entry) else ""
    writable = state in (None, State.DRAFT, State.RETURNED)
    kind = kind_for(entry, confirmed=actor.confirmed)
    if form is None and writable and not barred:
        form = _prefilled(actor, registration, entry, anew=anew)
    rule = queries.review_rule(today())
    page = render_template(
        "registrations/workspace.html",
        actor=actor,
        registration=registration if state is not None else None,
        decided=registration if state is None else None,
        earlier=queries.earlier_registrations(actor, besides=registration),
        state=state,
        label=APPLICATION.label(state) if state is not None else "",
        kind=kind if writable or registration is None else Kind(registration.kind),
        entry=entry,
        barred=barred,
        form=form,
        told=told,
        kept=kept,
        deadline=queries.review_deadline(registration) if state is State.SUBMITTED and registration else None,
        rule=rule,
        unit=Unit(rule.unit).label if rule is not None else "",
        categories=CATEGORIES,
        proposals=proposals(actor.uscc or "") if form is not None else [],
        phone_note=phone_note(
            (form.phone.data if form is not None else getattr(registration, "phone", "")) or ""
        ),
    )
    if told:
        return page, 409
    return page, 422 if form is not None and form.errors else 200


def _prefilled(
    actor: Actor, registration: Registration | None, entry: Institution | None, *, anew: bool
) -> RegistrationForm:
    """The form with what was typed before, else with what the register says in public."""
    if registration is not None and (registration.is_open or (entry is None and not registration.is_open)):
        facts = facts_of(registration)
    else:
        facts = public_facts(entry) if entry is not None else Facts()
    version = registration.version if registration is not None and registration.is_open else 0
    return RegistrationForm.of(facts, code=actor.uscc or "", version=version)
