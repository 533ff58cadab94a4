"""The commitments of a region: what is in force, what runs out, what waits for a signature, and withdrawing."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.queue_filters import one_of, region_of, regions_below, typed
from credit_register.access.roles import Permission
from credit_register.audit.moves import moves_for
from credit_register.audit.queries import deeds, who_was_first
from credit_register.commitments import services
from credit_register.commitments import staff_queries as queries
from credit_register.commitments.forms import WithdrawForm
from credit_register.commitments.lifecycle import COMMITMENT, KIND
from credit_register.commitments.models import Commitment, Party
from credit_register.commitments.running_out import REMINDED_BEFORE
from credit_register.commitments.wording import differences, digest, wording_of
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.core.paging import page_number

blueprint = Blueprint("commitments_staff", __name__)


@blueprint.get("/staff/commitments")
@access(Permission.COMMITMENT_READ)
def index() -> ResponseReturnValue:
    """The commitments of the region as a queue."""
    actor = current_actor()
    wanted = queries.QueueFilter(text=typed(), view=one_of("view", list(queries.View)), region=region_of())
    chosen = {"q" if name == "text" else name: value for name, value in vars(wanted).items() if value}
    return render_template(
        "commitments/staff_index.html",
        actor=actor,
        found=queries.queue(actor, wanted, page=page_number(), on=today()),
        wanted=wanted,
        chosen=chosen,
        counts=queries.view_counts(actor, on=today()),
        regions_below=regions_below(actor, wanted.region),
        day=today(),
        soon=today() + REMINDED_BEFORE,
        parties=list(Party),
        page_url=lambda page: url_for("commitments_staff.index", page=page, **chosen),
    )


@blueprint.get("/staff/commitments/<int:commitment_id>")
@access(Permission.COMMITMENT_READ)
def show(commitment_id: int) -> ResponseReturnValue:
    """One commitment with its signatures, its history, and withdrawing."""
    commitment = queries.commitment_for(current_actor(), commitment_id)
    return _show(commitment, WithdrawForm(data={"version": commitment.version}), status=200)


@blueprint.post("/staff/commitments/<int:commitment_id>/withdraw")
@access(Permission.COMMITMENT_WITHDRAW)
def withdraw(commitment_id: int) -> ResponseReturnValue:
    """Take a commitment in force out of the public."""
    actor = current_actor()
    commitment = queries.commitment_for(actor, commitment_id)
    form = WithdrawForm()
    if not form.validate_on_submit():
        return _show(commitment, form, status=422)
    try:
        services.withdraw(
            commitment, reason=form.reason.data, version=form.version.data, actor=actor, now=now()
        )
    except (StaleVersion, MoveNotAllowed):
        db.session.rollback()
        form.version.data, form.version.raw_data = commitment.version, None
        return _show(commitment, form, status=409, told=who_was_first(KIND, commitment.id))
    flash("已撤下。公开页面不再显示承诺书文本，机构已收到通知。", "success")
    return redirect(url_for("commitments_staff.show", commitment_id=commitment_id))


def _show(commitment: Commitment, form: WithdrawForm, *, status: int, told: str = "") -> ResponseReturnValue:
    page = render_template(
        "commitments/staff_show.html",
        commitment=commitment,
        form=form,
        told=told,
        moves=[move for move in moves_for(COMMITMENT, commitment.state, current_actor()) if move.reason],
        parties=list(Party),
        changed=differences(commitment.facts, commitment.institution),
        wording=wording_of(commitment.template_version),
        intact=digest(commitment.text) == commitment.sha256
        and all(signature.sha256 == commitment.sha256 for signature in commitment.signatures),
        deeds=deeds(KIND, commitment.id),
    )
    return page, status
