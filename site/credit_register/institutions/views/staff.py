"""The staff pages of the register: the queue of a region, one entry, and what may be done with it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.core import regions
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.lifecycle import Move
from credit_register.core.paging import BadParameter, page_number
from credit_register.institutions import services
from credit_register.institutions import staff_queries as queries
from credit_register.institutions.categories import CATEGORIES
from credit_register.institutions.fees import Basis
from credit_register.institutions.forms import InstitutionForm, MoveForm, NewInstitutionForm, ProductForm
from credit_register.institutions.lifecycle import REGISTRATION
from credit_register.institutions.models import Institution, ServiceProduct, Status

blueprint = Blueprint("institutions_staff", __name__)


@blueprint.get("/staff/institutions")
@access(Permission.INSTITUTION_READ)
def index() -> ResponseReturnValue:
    """The entries of the region as a queue."""
    actor = current_actor()
    wanted = queries.QueueFilter(
        text=request.args.get("q", "").strip()[:100],
        status=_one_of("status", [status.value for status in Status]),
        region=_region(),
        category=_one_of("category", CATEGORIES),
        needs=_one_of("needs", [need.value for need in queries.Need]),
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
        regions_below=_regions_below(actor, wanted.region),
        soon=today() + queries.EXPIRES_SOON,
        page_url=lambda page: url_for("institutions_staff.index", page=page, **chosen),
    )


def _one_of(name: str, known: Any) -> str:
    value = request.args.get(name, "").strip()
    if value and value not in known:
        raise BadParameter(name, f"参数 {name} 的值“{value[:40]}”无法识别，请从列表中选择")
    return value


def _region() -> str:
    text = request.args.get("region", "").strip()
    try:
        return regions.parse_filter(text) if text else ""
    except regions.UnknownRegion as error:
        raise BadParameter("region", str(error).removesuffix("。")) from error


def _regions_below(actor: Actor, chosen: str) -> list[tuple[str, str]]:
    """What the region filter offers: the next level below the office, and the one already chosen."""
    below = regions.children(actor.region or regions.NATION)
    offered = [(region.code, regions.full_name(region.code)) for region in below]
    if chosen and chosen not in dict(offered):
        offered.append((chosen, regions.full_name(chosen)))
    return offered


@blueprint.get("/staff/institutions/<int:institution_id>")
@access(Permission.INSTITUTION_READ)
def show(institution_id: int) -> ResponseReturnValue:
    """One entry with everything that staff may know of it."""
    institution = queries.institution_for(current_actor(), institution_id)
    return _show(institution, MoveForm(data={"version": institution.version}))


def _show(institution: Institution, form: MoveForm, attempted: str = "") -> ResponseReturnValue:
    actor = current_actor()
    page = render_template(
        "institutions/staff_show.html",
        actor=actor,
        institution=institution,
        categories=CATEGORIES,
        versions=queries.versions(institution),
        moves=_moves(actor, institution),
        attempted=attempted,
        form=form,
        day=today(),
        soon=today() + queries.EXPIRES_SOON,
    )
    return page, 422 if form.errors else 200


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
    institution, form = queries.institution_for(current_actor(), institution_id), MoveForm()
    if not form.validate_on_submit():
        return _show(institution, form, attempted=move)
    services.change_status(
        institution,
        move_name=move,
        reason=form.reason.data,
        version=form.version.data,
        actor=current_actor(),
        now=now(),
    )
    flash(f"已办理，现状态为“{REGISTRATION.label(institution.status)}”。", "success")
    return redirect(url_for("institutions_staff.show", institution_id=institution.id))


@blueprint.route("/staff/institutions/new", methods=["GET", "POST"])
@access(Permission.INSTITUTION_EDIT)
def new() -> ResponseReturnValue:
    """Enter one institution by hand."""
    actor, form = current_actor(), NewInstitutionForm()
    if not form.is_submitted():
        form.registered_on.data = today()
    present_id = None
    if form.validate_on_submit():
        try:
            institution = services.create_institution(
                form.uscc.data,
                details=form.details(None),
                registered_on=form.registered_on.data,
                reason=form.reason.data,
                actor=actor,
                now=now(),
            )
        except services.EntryRefused as refusal:
            db.session.rollback()
            _refuse(form, refusal)
            present_id = getattr(refusal, "institution_id", None)
        else:
            flash("已登记并公示。", "success")
            return redirect(url_for("institutions_staff.show", institution_id=institution.id))
    page = render_template(
        "institutions/staff_form.html",
        form=form,
        institution=None,
        categories=CATEGORIES,
        present_id=present_id,
    )
    return page, 422 if form.errors else 200


def _refuse(form: Any, refusal: services.EntryRefused) -> None:
    """Put a service's refusal beside the field it is about."""
    field = form[refusal.field]
    if refusal.field == "categories":
        form.form_errors.append(str(refusal))
    else:
        field.errors = [*field.errors, str(refusal)]


@blueprint.route("/staff/institutions/<int:institution_id>/edit", methods=["GET", "POST"])
@access(Permission.INSTITUTION_EDIT)
def edit(institution_id: int) -> ResponseReturnValue:
    """Correct an entry."""
    actor = current_actor()
    institution = queries.institution_for(actor, institution_id)
    form = InstitutionForm.of(institution)
    if form.validate_on_submit():
        try:
            changed = services.edit_institution(
                institution,
                details=form.details(institution.conduct_file_id),
                reason=form.reason.data,
                version=form.version.data,
                actor=actor,
                now=now(),
            )
        except services.EntryRefused as refusal:
            db.session.rollback()
            _refuse(form, refusal)
        else:
            flash("已保存并公示。" if changed else "内容没有变化，未作修改。", "success")
            return redirect(url_for("institutions_staff.show", institution_id=institution_id))
    page = render_template(
        "institutions/staff_form.html",
        form=form,
        institution=institution,
        categories=CATEGORIES,
        present_id=None,
    )
    return page, 422 if form.errors else 200


@blueprint.get("/staff/institutions/<int:institution_id>/products")
@access(Permission.INSTITUTION_READ)
def products(institution_id: int) -> ResponseReturnValue:
    """The products and fees of an entry."""
    institution = queries.institution_for(current_actor(), institution_id)
    return render_template(
        "institutions/staff_products.html",
        actor=current_actor(),
        institution=institution,
        categories=CATEGORIES,
    )


@blueprint.route("/staff/institutions/<int:institution_id>/products/new", methods=["GET", "POST"])
@access(Permission.INSTITUTION_EDIT)
def new_product(institution_id: int) -> ResponseReturnValue:
    """Add a product."""
    return _product(queries.institution_for(current_actor(), institution_id), None)


@blueprint.route(
    "/staff/institutions/<int:institution_id>/products/<int:product_id>/edit", methods=["GET", "POST"]
)
@access(Permission.INSTITUTION_EDIT)
def edit_product(institution_id: int, product_id: int) -> ResponseReturnValue:
    """Change a product."""
    institution = queries.institution_for(current_actor(), institution_id)
    return _product(institution, queries.product_of(institution, product_id))


def _product(institution: Institution, product: ServiceProduct | None) -> ResponseReturnValue:
    known = services.product_details_of(product)
    values = ProductForm.values_of(known) if known else {"basis": Basis.PER_REPORT.value}
    form = ProductForm(data={**values, "version": institution.version})
    codes = {category.code for category in institution.categories} | (
        {product.category} if product else set()
    )
    form.category.choices = [(code, CATEGORIES[code].name) for code in sorted(codes)]
    fee = form.fee() if form.validate_on_submit() else None
    if fee is not None:
        details = services.ProductDetails(form.name.data, form.category.data, fee, form.included.data)
        try:
            services.save_product(
                institution,
                product=product,
                details=details,
                reason=form.reason.data,
                version=form.version.data,
                actor=current_actor(),
                now=now(),
            )
        except services.EntryRefused as refusal:
            db.session.rollback()
            _refuse(form, refusal)
        else:
            flash(f"已保存并公示“{details.name}”。", "success")
            return redirect(url_for("institutions_staff.products", institution_id=institution.id))
    page = render_template(
        "institutions/staff_product_form.html", form=form, institution=institution, product=product
    )
    return page, 422 if form.errors else 200


@blueprint.route(
    "/staff/institutions/<int:institution_id>/products/<int:product_id>/withdraw", methods=["GET", "POST"]
)
@access(Permission.INSTITUTION_EDIT)
def withdraw_product(institution_id: int, product_id: int) -> ResponseReturnValue:
    """Take a product out of the register."""
    institution = queries.institution_for(current_actor(), institution_id)
    product = queries.product_of(institution, product_id)
    form = MoveForm(data={"version": institution.version})
    if form.validate_on_submit():
        services.withdraw_product(
            institution,
            product=product,
            reason=form.reason.data,
            version=form.version.data,
            actor=current_actor(),
            now=now(),
        )
        flash("已撤下。", "success")
        return redirect(url_for("institutions_staff.products", institution_id=institution.id))
    page = render_template(
        "institutions/staff_product_withdraw.html", form=form, institution=institution, product=product
    )
    return page, 422 if form.errors else 200
