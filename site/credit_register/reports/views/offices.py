"""What the head of an office does beside the cases: hand over what a leaver has in hand, look at the regions below."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.reports import assignment
from credit_register.reports.officers import busy_officers, officers
from credit_register.reports.queue_filter import ALL, OVERDUE, RECENT_DAYS, RECENTLY
from credit_register.reports.queue_forms import HandoverForm, number
from credit_register.reports.region_figures import regions_below
from credit_register.reports.views.staff_blueprint import blueprint


@blueprint.route("/staff/reports/handover", methods=["GET", "POST"])
@access(Permission.REPORT_REVIEW)
def handover() -> ResponseReturnValue:
    """Everything that a person has in hand goes to another at once."""
    actor = current_actor()
    busy = busy_officers(actor)
    form = HandoverForm(busy, officers(actor))
    status = 200
    if request.method == "GET":
        form.giver.data = request.args.get("giver", "")
    elif not form.validate_on_submit():
        status = 422
    else:
        try:
            done = assignment.hand_over(
                giver_id=number(form.giver.data),
                taker_id=number(form.taker.data),
                reason=form.reason.data or "",
                actor=actor,
                now=now(),
            )
        except assignment.HandoverRefused as refusal:
            db.session.rollback()
            field = form[refusal.field]
            field.errors = [*field.errors, str(refusal)]
            status = 422
        else:
            if done.count:
                flash(f"已将 {done.giver} 的 {done.count} 件移交 {done.taker}。", "success")
            else:
                flash("移交人名下没有未办结的事项，没有需要移交的。", "info")
            return redirect(url_for("reports_staff.handover"))
    return render_template("reports/staff_handover.html", actor=actor, form=form, busy=busy), status


@blueprint.get("/staff/reports/regions")
@access(Permission.REPORT_READ)
def below() -> ResponseReturnValue:
    """How the regions of the next level handle their reports."""
    actor = current_actor()
    return render_template(
        "reports/staff_regions.html",
        actor=actor,
        regions=regions_below(actor, on=today()),
        recent_days=RECENT_DAYS,
        open_url=lambda code: url_for("reports_staff.index", region=code),
        overdue_url=lambda code: url_for("reports_staff.index", region=code, due=OVERDUE),
        decided_url=lambda code: url_for("reports_staff.index", region=code, state=ALL, decided=RECENTLY),
    )
