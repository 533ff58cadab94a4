"""Checks: the queue of a region, a new one, and its steps."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import access, current_actor
from credit_register.access.queue_filters import one_of, region_of, regions_below
from credit_register.access.roles import Permission
from credit_register.core.clock import now, today
from credit_register.core.database import db, read_first
from credit_register.core.files import hand_out
from credit_register.core.paging import page_number
from credit_register.institutions.models import Institution
from credit_register.institutions.publishing import public_content
from credit_register.institutions.staff_queries import latest_number
from credit_register.reports.models import Report
from credit_register.spotchecks import queries, services
from credit_register.spotchecks.declared import declared_in_words
from credit_register.spotchecks.forms import NewCheckForm, uploads_of
from credit_register.spotchecks.lifecycle import SPOT_CHECK
from credit_register.spotchecks.models import Matter, SpotCheck, State, Verdict
from credit_register.spotchecks.refusals import CheckRefused
from credit_register.spotchecks.views import staff_case
from credit_register.spotchecks.words import LOOKS, matter_words

blueprint = Blueprint("spotchecks_staff", __name__)
LONGEST_SEARCH = 100


@blueprint.get("/staff/spotchecks")
@access(Permission.SPOTCHECK_READ)
def index() -> ResponseReturnValue:
    """The checks of the region as a queue."""
    actor = current_actor()
    wanted = queries.QueueFilter(
        state=one_of("state", [queries.ALL, *(state.value for state in State)]),
        verdict=one_of("verdict", [verdict.value for verdict in Verdict]),
        matter=one_of("matter", [matter.value for matter in Matter]),
        region=region_of(),
        text=request.args.get("q", "").strip()[:LONGEST_SEARCH],
        waiting=one_of("waiting", ["1"]) == "1",
        overdue=one_of("overdue", ["1"]) == "1",
    )
    chosen: dict[str, Any] = {
        {"text": "q"}.get(name, name): "1" if value is True else value
        for name, value in vars(wanted).items()
        if value
    }
    found = queries.queue(actor, wanted, page=page_number(), on=today())
    return render_template(
        "spotchecks/staff_index.html",
        actor=actor,
        found=found,
        due=queries.due_dates(found.items, on=today()),
        wanted=wanted,
        chosen=chosen,
        counts=queries.desk_counts(actor, on=today()),
        states=[(state.value, SPOT_CHECK.label(state)) for state in State],
        verdicts=list(Verdict),
        matters=list(Matter),
        matter_words=matter_words,
        looks=LOOKS,
        state_label=SPOT_CHECK.label,
        regions_below=regions_below(actor, wanted.region),
        page_url=lambda page: url_for("spotchecks_staff.index", page=page, **chosen),
    )


@blueprint.route("/staff/spotchecks/new", methods=["GET", "POST"])
@access(Permission.SPOTCHECK_RECORD)
def new() -> ResponseReturnValue:
    """Begin a check; with a complete conclusion it is concluded in the same step."""
    actor, typed = current_actor(), request.args.get("uscc", "").strip()[:60]
    if request.method == "POST":
        read_first()  # evidence is cleaned before anything is locked
    form = NewCheckForm(data={"uscc": typed})
    institution = queries.institution_in_scope(actor, form.uscc.data or "")
    report = queries.report_about(actor, institution, request.args.get("report", ""))
    if form.is_submitted():
        form.take_typed_matter()
        if form.validate() and institution is None:
            form.uscc.errors = [
                *form.uscc.errors,
                "辖区内没有这家机构，请核对代码；机构属于其他地区的，由当地核查",
            ]
        elif not form.errors and institution is not None:
            try:
                check = services.open_check(
                    institution,
                    subject=form.subject(),
                    conclusion=form.conclusion(),
                    uploads=uploads_of(form.files),
                    report=report,
                    actor=actor,
                    now=now(),
                )
            except CheckRefused as refusal:
                db.session.rollback()
                form[refusal.field].errors = [*form[refusal.field].errors, str(refusal)]
            else:
                _say_what_was_opened(check, form)
                return redirect(url_for("spotchecks_staff.show", check_id=check.id))
    return _new_page(actor, form, institution, typed, report)


def _say_what_was_opened(check: SpotCheck, form: NewCheckForm) -> None:
    if check.state == State.PUBLISHED:
        flash("核查已记录，结论已公示。", "success")
    elif check.state == State.PROPOSED:
        flash("核查已记录，结论等待另一人复核，复核前不公示。", "success")
    else:
        flash("核查已登记，当日公示的内容已固定保存。", "success")
        given = {"查到的情况": form.found.data, "结论": form.verdict.data, "理由": form.reason.data}
        missing = [label for label, value in given.items() if not value]
        if 0 < len(missing) < len(given):
            flash(f"还没有作出结论：缺少{'、'.join(missing)}。已填写的内容保存为草稿。", "warning")


def _new_page(
    actor: Actor,
    form: NewCheckForm,
    institution: Institution | None,
    looked_up: str,
    report: Report | None,
) -> ResponseReturnValue:
    content = public_content(institution) if institution else None
    page = render_template(
        "spotchecks/staff_new.html",
        form=form,
        institution=institution,
        looked_up=looked_up,
        report=report,
        version=latest_number(institution) if institution else None,
        declared=[(matter.label, declared_in_words(content, matter)) for matter in Matter] if content else [],
        unfinished=queries.unfinished_of(actor, institution) if institution else [],
        matter_words=matter_words,
        state_label=SPOT_CHECK.label,
    )
    return page, 422 if form.errors else 200


@blueprint.get("/staff/spotchecks/<int:check_id>")
@access(Permission.SPOTCHECK_READ)
def show(check_id: int) -> ResponseReturnValue:
    """One check with everything that staff may know of it."""
    return staff_case.page(queries.check_for(current_actor(), check_id))


@blueprint.post(
    "/staff/spotchecks/<int:check_id>/<any(conclude, propose, cancel, order, fulfil, insist):move>"
)
@access(Permission.SPOTCHECK_RECORD)
def step(check_id: int, move: str) -> ResponseReturnValue:
    """A step of whoever records checks; whether a verdict waits for a second person follows from the verdict."""
    return staff_case.act(check_id, "conclude" if move == "propose" else move)


@blueprint.post("/staff/spotchecks/<int:check_id>/<any(confirm, reject, withdraw):move>")
@access(Permission.SPOTCHECK_CONFIRM)
def decide(check_id: int, move: str) -> ResponseReturnValue:
    """A step of whoever confirms verdicts."""
    return staff_case.act(check_id, move)


@blueprint.post("/staff/spotchecks/<int:check_id>/files")
@access(Permission.SPOTCHECK_RECORD)
def add_files(check_id: int) -> ResponseReturnValue:
    """Add evidence to an open check."""
    return staff_case.act(check_id, "files")


@blueprint.get("/staff/spotchecks/<int:check_id>/files/<int:file_id>")
@access(Permission.SPOTCHECK_READ)
def download(check_id: int, file_id: int) -> ResponseReturnValue:
    """One file of a check."""
    return hand_out(queries.file_of(queries.check_for(current_actor(), check_id), file_id).file)
