"""The applications of a region, and deciding them."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import access, current_actor
from credit_register.access.queue_filters import one_of, region_of, regions_below, typed
from credit_register.access.roles import Permission
from credit_register.audit.labels import action_label
from credit_register.audit.moves import ReasonMissing, moves_for
from credit_register.audit.queries import deeds, who_was_first
from credit_register.core import uscc
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.files import hand_out
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.core.paging import page_number
from credit_register.institutions.categories import CATEGORIES, Entry
from credit_register.institutions.entries import EntryRefused
from credit_register.registrations import queries as own_queries
from credit_register.registrations import review
from credit_register.registrations import staff_queries as queries
from credit_register.registrations.forms import DecisionForm
from credit_register.registrations.lifecycle import APPLICATION, KIND
from credit_register.registrations.models import Kind, Registration, State
from credit_register.registrations.services import SAVED

blueprint = Blueprint("registrations_staff", __name__)

_SAVED = action_label(SAVED).rpartition("：")[2]  # what was saved on the way tells an officer nothing
_RECALLED = "机构刚刚撤回了这份申请，您的操作没有生效。机构修改后重新提交的，会再次出现在待审核列表中。"


@blueprint.get("/staff/registrations")
@access(Permission.REGISTRATION_READ)
def index() -> ResponseReturnValue:
    """The applications of the region as a queue."""
    actor = current_actor()
    wanted = queries.QueueFilter(
        text=typed(),
        state=one_of("state", [*(state.value for state in queries.VISIBLE), queries.ALL]),
        kind=one_of("kind", [kind.value for kind in Kind]),
        region=region_of(),
        overdue=one_of("overdue", ["1"]),
    )
    chosen = {"q" if name == "text" else name: value for name, value in vars(wanted).items() if value}
    return render_template(
        "registrations/staff_index.html",
        actor=actor,
        found=queries.queue(actor, wanted, page=page_number(), on=today()),
        wanted=wanted,
        chosen=chosen,
        lamp=queries.lamp(today()),
        counts=queries.state_counts(actor),
        waiting=queries.counts(actor, on=today()),
        labels=APPLICATION.labels,
        kinds={kind.value: kind.label for kind in Kind},
        regions_below=regions_below(actor, wanted.region),
        page_url=lambda page: url_for("registrations_staff.index", page=page, **chosen),
    )


@blueprint.get("/staff/registrations/<int:registration_id>")
@access(Permission.REGISTRATION_READ)
def show(registration_id: int) -> ResponseReturnValue:
    """One application with everything that its decision rests on."""
    registration = queries.registration_for(current_actor(), registration_id)
    return _page(registration, DecisionForm(formdata=None, data=_seen(registration)))


@blueprint.get("/staff/registrations/<int:registration_id>/licence")
@access(Permission.REGISTRATION_READ)
def licence(registration_id: int) -> ResponseReturnValue:
    """The business licence, as a download."""
    registration = queries.registration_for(current_actor(), registration_id)
    if registration.in_the_making or registration.licence_file is None:
        abort(404)
    return hand_out(registration.licence_file)


@blueprint.post("/staff/registrations/<int:registration_id>/<any(accept, return, refuse):move>")
@access(Permission.REGISTRATION_REVIEW)
def decide(registration_id: int, move: str) -> ResponseReturnValue:
    """Accept the application, give it back, or refuse it."""
    actor, form = current_actor(), DecisionForm()
    recalled = queries.recalled_for(actor, registration_id)
    if recalled is not None:
        return _page(recalled, form, told=_RECALLED)
    registration = queries.registration_for(actor, registration_id)
    if not form.validate_on_submit():
        return _page(registration, form)
    try:
        _decide(registration, move, form, actor)
    except ReasonMissing as missing:
        db.session.rollback()
        form.reason.errors = [*form.reason.errors, str(missing)]
        return _page(registration, form)
    except EntryRefused as refusal:
        db.session.rollback()
        return _page(registration, form, refusal=str(refusal))
    except review.EntryChanged as changed:
        db.session.rollback()
        return _page(registration, form, told=str(changed))
    except (MoveNotAllowed, StaleVersion):
        db.session.rollback()
        if not queries.done_by(actor, registration, move):
            told = _RECALLED if registration.in_the_making else who_was_first(KIND, registration.id)
            return _page(registration, form, told=told)
    else:
        flash(f"已办理，现状态为“{APPLICATION.label(registration.state)}”，已通知申请人。", "success")
    return redirect(url_for("registrations_staff.show", registration_id=registration_id))


def _decide(registration: Registration, move: str, form: DecisionForm, actor: Actor) -> None:
    reason, version = form.reason.data or "", form.version.data
    if move == "accept":
        review.accept(
            registration,
            reason=reason,
            version=version,
            entry_version=form.entry_version.data,
            actor=actor,
            now=now(),
        )
    else:
        review.turn_down(registration, move, reason=reason, version=version, actor=actor, now=now())


def _seen(registration: Registration) -> dict[str, int]:
    entry = queries.entry_of(registration)
    return {"version": registration.version, "entry_version": entry.version if entry is not None else 0}


def _page(
    registration: Registration, form: DecisionForm, *, told: str = "", refusal: str = ""
) -> ResponseReturnValue:
    actor, entry = current_actor(), queries.entry_of(registration)
    form.renew(**_seen(registration))
    hidden = registration.in_the_making
    page = render_template(
        "registrations/staff_show.html",
        actor=actor,
        registration=registration,
        hidden=hidden,
        label=APPLICATION.label(registration.state),
        kind=Kind(registration.kind),
        entry=entry,
        lines=[] if hidden else queries.comparison(registration, entry),
        compared=entry is not None and registration.state == State.SUBMITTED.value,
        licensed=[CATEGORIES[code] for code in registration.categories if _needs_licence(code)],
        check=uscc.check(registration.uscc),
        namesakes=[] if hidden else queries.namesakes(registration),
        doubles=queries.doubles(registration),
        name_checks=queries.name_checks(registration, entry, hidden=hidden),
        deadline=own_queries.review_deadline(registration),
        lamp=queries.lamp(today()),
        timeline=[deed for deed in deeds(KIND, registration.id) if deed.label != _SAVED],
        moves=[] if hidden else moves_for(APPLICATION, registration.state, actor),
        form=form,
        told=told,
        refusal=refusal,
    )
    if told:
        return page, 409
    return page, 422 if refusal or form.errors else 200


def _needs_licence(code: str) -> bool:
    return CATEGORIES[code].entry in (Entry.LICENCE, Entry.FILING)
