"""The staff pages of the products of one entry."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.core.choices import SelectChoice
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.lifecycle import StaleVersion
from credit_register.institutions import services
from credit_register.institutions import staff_queries as queries
from credit_register.institutions.categories import CATEGORIES
from credit_register.institutions.conflicts import Conflict, meanwhile
from credit_register.institutions.entries import EntryRefused, ProductDetails, product_details_of
from credit_register.institutions.fees import Basis
from credit_register.institutions.forms import MoveForm, ProductForm
from credit_register.institutions.models import Institution, ServiceProduct
from credit_register.institutions.views.staff_blueprint import blueprint, refuse, status_of


@blueprint.get("/staff/institutions/<int:institution_id>/products")
@access(Permission.INSTITUTION_READ)
def products(institution_id: int) -> ResponseReturnValue:
    """The products and fees of an entry."""
    actor = current_actor()
    institution = queries.institution_for(actor, institution_id)
    return render_template("institutions/staff_products.html", actor=actor, institution=institution)


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
    form = _product_form(institution, product)
    institution_id, conflict = institution.id, None
    fee = form.fee() if form.validate_on_submit() else None
    if fee is not None:
        details = ProductDetails(form.name.data, form.category.data, fee, form.included.data)
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
        except EntryRefused as refusal:
            refuse(form, refusal)
        except StaleVersion:
            conflict = _overtaken(form, institution)
        else:
            flash(f"已保存并公示“{details.name}”。", "success")
            return redirect(url_for("institutions_staff.products", institution_id=institution_id))
    page = render_template(
        "institutions/staff_product_form.html",
        form=form,
        institution=institution,
        is_new=product is None,
        conflict=conflict,
    )
    return page, status_of(form, conflict)


def _product_form(institution: Institution, product: ServiceProduct | None) -> ProductForm:
    known = product_details_of(product)
    values = ProductForm.values_of(known) if known else {"basis": Basis.PER_REPORT.value}
    form = ProductForm(
        data={**values, "version": institution.version, "seen": queries.latest_number(institution)}
    )
    codes = {category.code for category in institution.categories} | ({known.category} if known else set())
    form.category.choices = [SelectChoice(code, CATEGORIES[code].name) for code in sorted(codes)]
    return form


@blueprint.route(
    "/staff/institutions/<int:institution_id>/products/<int:product_id>/withdraw", methods=["GET", "POST"]
)
@access(Permission.INSTITUTION_EDIT)
def withdraw_product(institution_id: int, product_id: int) -> ResponseReturnValue:
    """Take a product out of the register."""
    institution = queries.institution_for(current_actor(), institution_id)
    product = queries.product_of(institution, product_id)
    form = MoveForm(data={"version": institution.version, "seen": queries.latest_number(institution)})
    conflict = None
    if form.validate_on_submit():
        name = product.name
        try:
            services.withdraw_product(
                institution,
                product=product,
                reason=form.reason.data,
                version=form.version.data,
                actor=current_actor(),
                now=now(),
            )
        except StaleVersion:
            conflict = _overtaken(form, institution)
            product = queries.product_of(institution, product_id)
        else:
            flash(f"已撤下“{name}”。", "success")
            return redirect(url_for("institutions_staff.products", institution_id=institution_id))
    page = render_template(
        "institutions/staff_product_withdraw.html",
        form=form,
        institution=institution,
        product=product,
        conflict=conflict,
    )
    return page, status_of(form, conflict)


def _overtaken(form: ProductForm | MoveForm, institution: Institution) -> Conflict:
    """Tell who was first, and let the form be sent again after a look."""
    db.session.rollback()
    conflict = meanwhile(institution, form.seen.data)
    form.renew(version=institution.version, seen=queries.latest_number(institution))
    return conflict
