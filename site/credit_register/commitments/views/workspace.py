"""The commitments of an institution: making, reading, signing."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.audit.queries import who_was_first
from credit_register.commitments import queries, services
from credit_register.commitments.forms import SignForm
from credit_register.commitments.lifecycle import KIND
from credit_register.commitments.models import Commitment, Party, State
from credit_register.commitments.running_out import REMINDED_BEFORE
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed
from credit_register.institutions.models import Institution
from credit_register.institutions.staff_queries import own_institution

blueprint = Blueprint("commitments_workspace", __name__)

_UNSIGNED = {state.value for state in queries.UNSIGNED_STATES}


@blueprint.get("/workspace/commitments")
@access(Permission.WORKSPACE)
def index() -> ResponseReturnValue:
    """The commitments of the person's institution, and the one to sign next."""
    actor = current_actor()
    institution = own_institution(actor) if actor.confirmed else None
    commitments = queries.own_commitments(actor)
    unsigned = next((one for one in commitments if one.state in _UNSIGNED), None)
    return render_template(
        "commitments/workspace_index.html",
        actor=actor,
        institution=institution,
        obstacle=services.why_not(institution) if institution else "",
        commitments=commitments,
        unsigned=unsigned,
        outdated=services.why_outdated(unsigned, on=today()) if unsigned else "",
        in_force=next((one for one in commitments if one.state == State.PUBLISHED.value), None),
        parties=list(Party),
        without_account=_without_account(institution, unsigned) if institution else [],
        my_party=services.PARTY_OF.get(actor.role) if actor.role else None,
        day=today(),
        soon=today() + REMINDED_BEFORE,
    )


@blueprint.post("/workspace/commitments")
@access(Permission.WORKSPACE)
def start() -> ResponseReturnValue:
    """Make the commitment that is to be signed next; an unsigned one that is still true is given back."""
    actor = current_actor()
    institution = own_institution(actor) if actor.confirmed else None
    if institution is None:
        return redirect(url_for("commitments_workspace.index"))
    try:
        commitment = services.start_commitment(institution, actor=actor, now=now())
    except services.CannotCommit as obstacle:
        db.session.rollback()
        flash(str(obstacle), "warning")
        return redirect(url_for("commitments_workspace.index"))
    return redirect(url_for("commitments_workspace.sign", commitment_id=commitment.id))


@blueprint.route("/workspace/commitments/<int:commitment_id>/sign", methods=["GET", "POST"])
@access(Permission.WORKSPACE)
def sign(commitment_id: int) -> ResponseReturnValue:
    """Read the whole text and sign it."""
    actor = current_actor()
    commitment = queries.own_commitment(actor, commitment_id)
    form = SignForm()
    if not form.validate_on_submit():
        return _sign_page(commitment, form, status=200)
    try:
        services.sign(commitment, actor=actor, agree=form.agree.data, now=now())
    except services.NotAgreed as missing:
        db.session.rollback()
        form.agree.errors = [str(missing)]
        return _sign_page(commitment, form, status=422)
    except (services.Outdated, services.CannotCommit) as obstacle:
        db.session.rollback()
        return _sign_page(commitment, form, status=409, told=str(obstacle))
    except MoveNotAllowed:
        db.session.rollback()
        return _sign_page(commitment, form, status=409, told=who_was_first(KIND, commitment.id))
    if commitment.state == State.HALF_SIGNED.value:
        flash("您已签署。另一方签署后，承诺书即公示。", "success")
        return redirect(url_for("commitments_workspace.index"))
    flash(f"双方均已签署，承诺书已公示，编号 {commitment.number}。", "success")
    return redirect(url_for("commitments.show", commitment_number=commitment.number))


def _without_account(institution: Institution, commitment: Commitment | None) -> list[Party]:
    """Who has still to sign and cannot: nobody has a confirmed account for the party."""
    signed = services.parties_signed(commitment) if commitment else ()
    return [
        party for party in Party if party not in signed and not queries.party_has_account(institution, party)
    ]


def _sign_page(commitment: Commitment, form: SignForm, *, status: int, told: str = "") -> ResponseReturnValue:
    actor = current_actor()
    signable = commitment.state in _UNSIGNED
    outdated = services.why_outdated(commitment, on=today()) if signable else ""
    mine = services.PARTY_OF.get(actor.role) if actor.role else None
    signed = services.parties_signed(commitment)
    waiting = [party for party in Party if party not in signed]
    page = render_template(
        "commitments/workspace_sign.html",
        commitment=commitment,
        form=form,
        told="" if told == outdated else told,
        signable=signable,
        outdated=outdated,
        obstacle=services.why_not(commitment.institution) if signable else "",
        my_party=mine,
        waiting=waiting,
        without_account=_without_account(commitment.institution, commitment),
        parties=list(Party),
    )
    return page, status
