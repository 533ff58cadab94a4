"""The staff pages of the register: the queue of a region, one entry, and what may be done with it."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import access, current_actor
from credit_register.access.queue_filters import one_of, region_of, regions_below, typed
from credit_register.access.roles import Permission
from credit_register.core import regions
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.files import hand_out
from credit_register.core.lifecycle import Move, StaleVersion
from credit_register.core.paging import page_number
from credit_register.institutions import services
from credit_register.institutions import staff_queries as queries
from credit_register.institutions.categories import CATEGORIES
from credit_register.institutions.conflicts import Conflict, meanwhile, merge
from credit_register.institutions.entries import EntryRefused
from credit_register.institutions.forms import InstitutionForm, MoveForm, NewInstitutionForm
from credit_register.institutions.lifecycle import REGISTRATION
from credit_register.institutions.models import Institution, Status
from credit_register.institutions.views import staff_products
from credit_register.institutions.views.staff_blueprint import blueprint, refuse, status_of

# Its views hang themselves into the blueprint.
__all__ = ["blueprint", "staff_products"]


@blueprint.get("/staff/institutions")
@access(Permission.INSTITUTION_READ)
def index() -> ResponseReturnValue:
    """The entries of the region as a queue."""
    actor = current_actor()
    wanted = queries.QueueFilter(
        text=typed(),
        status=one_of("status", [status.value for status in Status]),
        region=region_of(),
        category=one_of("category", CATEGORIES),
        needs=one_of("needs", [need.value for need in queries.Need]),
    )
    chosen = {"q" if name == "text" else name: value for name, value in vars(wanted).items() if value}
    return render_template(
        "institutions/staff_index.html",
        actor=actor,
        found=queries.queue(actor, wanted, page=page_number(), on=today()),
        wanted=wanted,
        chosen=chosen,
        needs=list(queries.Need),
        statuses=list(Status),
        categories=CATEGORIES.values(),
        regions_below=regions_below(actor, wanted.region),
        day=today(),
        soon=today() + queries.EXPIRES_SOON,
        page_url=lambda page: url_for("institutions_staff.index", page=page, **chosen),
    )


@blueprint.get("/staff/institutions/<int:institution_id>")
@access(Permission.INSTITUTION_READ)
def show(institution_id: int) -> ResponseReturnValue:
    """One entry with everything that staff may know of it."""
    institution = queries.institution_for(current_actor(), institution_id)
    return _show(institution, _move_form(institution), None)


def _move_form(institution: Institution) -> MoveForm:
    return MoveForm(data={"version": institution.version, "seen": queries.latest_number(institution)})


def _show(institution: Institution, form: MoveForm, conflict: Conflict | None) -> ResponseReturnValue:
    actor = current_actor()
    page = render_template(
        "institutions/staff_show.html",
        actor=actor,
        institution=institution,
        categories=CATEGORIES,
        proven=queries.PROVEN_CATEGORIES,
        conduct_file=services.conduct_file(institution),
        versions=queries.versions(institution),
        moves=_moves(actor, institution),
        form=form,
        conflict=conflict,
        day=today(),
        soon=today() + queries.EXPIRES_SOON,
    )
    return page, status_of(form, conflict)


def _moves(actor: Actor, institution: Institution) -> list[Move[Status]]:
    """The moves on offer that the actor may make."""
    return [
        move
        for move in REGISTRATION.moves_from(institution.status)
        if move.needs is not None and actor.can(Permission(move.needs))
    ]


@blueprint.post(
    "/staff/institutions/<int:institution_id>/<any(suspend, resume, deregister, withdraw, restore):move>"
)
@access(Permission.INSTITUTION_STATUS)
def change_status(institution_id: int, move: str) -> ResponseReturnValue:
    """Change the status of an entry."""
    institution = queries.institution_for(current_actor(), institution_id)
    form = _move_form(institution)
    if not form.validate_on_submit():
        return _show(institution, form, None)
    try:
        services.change_status(
            institution,
            move_name=move,
            reason=form.reason.data,
            version=form.version.data,
            actor=current_actor(),
            now=now(),
        )
    except StaleVersion:
        db.session.rollback()
        conflict = meanwhile(institution, form.seen.data)
        form.renew(version=institution.version, seen=queries.latest_number(institution))
        return _show(institution, form, conflict)
    flash(f"已办理，现状态为“{REGISTRATION.label(institution.status)}”。", "success")
    return redirect(url_for("institutions_staff.show", institution_id=institution_id))


@blueprint.get("/staff/institutions/<int:institution_id>/conduct")
@access(Permission.INSTITUTION_READ)
def conduct(institution_id: int) -> ResponseReturnValue:
    """The document of the code of conduct, as a download."""
    stored = services.conduct_file(queries.institution_for(current_actor(), institution_id))
    if stored is None:
        abort(404)
    return hand_out(stored)


@blueprint.route("/staff/institutions/new", methods=["GET", "POST"])
@access(Permission.INSTITUTION_EDIT)
def new() -> ResponseReturnValue:
    """Enter one institution by hand."""
    actor, form, present_id = current_actor(), NewInstitutionForm(), None
    if not form.is_submitted():
        form.registered_on.data = today()
    if form.validate_on_submit():
        try:
            institution = services.create_institution(
                form.uscc.data,
                details=form.details(),
                registered_on=form.registered_on.data,
                reason=form.reason.data,
                conduct=form.conduct_upload(),
                actor=actor,
                now=now(),
            )
        except EntryRefused as refusal:
            refuse(form, refusal)
            present_id = getattr(refusal, "institution_id", None)
        else:
            flash("已登记并公示。", "success")
            _warn_of_namesakes(institution)
            return redirect(url_for("institutions_staff.show", institution_id=institution.id))
    return _form_page(form, None, None, present_id)


@blueprint.route("/staff/institutions/<int:institution_id>/edit", methods=["GET", "POST"])
@access(Permission.INSTITUTION_EDIT)
def edit(institution_id: int) -> ResponseReturnValue:
    """Correct an entry."""
    actor, conflict = current_actor(), None
    institution = queries.institution_for(actor, institution_id)
    form = InstitutionForm.of(institution, seen=queries.latest_number(institution))
    name = institution.name
    if form.validate_on_submit():
        try:
            changed = services.edit_institution(
                institution,
                details=form.details(),
                reason=form.reason.data,
                version=form.version.data,
                conduct=form.conduct_upload(),
                drop_conduct=form.drop_conduct.data,
                misspelt=form.misspelt.data,
                actor=actor,
                now=now(),
            )
        except EntryRefused as refusal:
            refuse(form, refusal)
        except StaleVersion:
            db.session.rollback()
            conflict = merge(form, institution)
        else:
            flash("已保存并公示。" if changed else "内容没有变化，未作修改。", "success")
            if institution.name != name:
                _warn_of_namesakes(institution)
            return redirect(url_for("institutions_staff.show", institution_id=institution_id))
    return _form_page(form, institution, conflict, None)


def _warn_of_namesakes(institution: Institution) -> None:
    for other in queries.namesakes(institution):
        place = regions.full_name(other.region_code)
        flash(
            f"名录中另有同名机构（{other.uscc}，{place}）。本次已保存，请对照营业执照核对名称和代码。",
            "warning",
        )


def _form_page(
    form: InstitutionForm, institution: Institution | None, conflict: Conflict | None, present_id: int | None
) -> ResponseReturnValue:
    scope = current_actor().region or regions.NATION
    page = render_template(
        "institutions/staff_form.html",
        form=form,
        institution=institution,
        conduct_file=services.conduct_file(institution) if institution else None,
        categories=CATEGORIES,
        conflict=conflict,
        present_id=present_id,
        region_choices=_regions_within(scope),
    )
    return page, status_of(form, conflict)


def _regions_within(scope: str) -> list[tuple[str, str]]:
    """What the region field proposes; an office of the nation types the code, the list would be too long."""
    if scope == regions.NATION:
        return []
    return [(code, regions.full_name(code)) for code in regions.book().regions if regions.covers(scope, code)]
