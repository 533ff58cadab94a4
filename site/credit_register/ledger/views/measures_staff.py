"""Measures: the list of a region, a new one, its page with its steps, and its papers."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.queue_filters import one_of, region_of, regions_below, typed
from credit_register.access.roles import Permission
from credit_register.core.clock import today
from credit_register.core.files import hand_out
from credit_register.core.paging import page_number
from credit_register.ledger.measures import queries
from credit_register.ledger.measures.papers import NOTE, MeasureSheet, Paper, docx_of, papers_of, sheet_of
from credit_register.ledger.models import MeasureKind
from credit_register.ledger.views import measures_case, measures_new
from credit_register.letters.official import MEDIA_TYPE

blueprint = Blueprint("measures_staff", __name__)

WAITING = {
    queries.TO_HOLD: "待约谈",
    queries.ORDERED: "限期纠正中",
    queries.TO_CONFIRM: "待核对纠正",
    queries.TO_PUBLISH: "待复核公示",
    queries.OVERDUE: "已逾期",
    queries.IN_FORCE: "重点监管执行中",
    queries.ALL: "全部",
}


@blueprint.get("/staff/ledger/measures")
@access(Permission.LEDGER_READ)
def index() -> ResponseReturnValue:
    """The measures of the region, those that wait for somebody first."""
    actor = current_actor()
    wanted = queries.QueueFilter(
        waiting=one_of("waiting", WAITING),
        kind=one_of("kind", [kind.value for kind in MeasureKind]),
        region=region_of(),
        text=typed("q"),
    )
    chosen: dict[str, Any] = {
        {"text": "q"}.get(name, name): value for name, value in vars(wanted).items() if value
    }
    found = queries.queue(actor, wanted, page=page_number(), on=today())
    return render_template(
        "ledger/measure_index.html",
        actor=actor,
        found=found,
        lines=queries.shown(found.items, on=today()),
        wanted=wanted,
        chosen=chosen,
        counts=queries.desk_counts(actor, on=today()),
        twice=0 if chosen else queries.waiting_twice(actor),
        waiting=WAITING,
        kinds=list(MeasureKind),
        regions_below=regions_below(actor, wanted.region),
        page_url=lambda page: url_for("measures_staff.index", page=page, **chosen),
    )


@blueprint.route("/staff/ledger/<int:case_id>/measures/new", methods=["GET", "POST"])
@access(Permission.LEDGER_WORK)
def new(case_id: int) -> ResponseReturnValue:
    """Record a measure of `kind`; without one the kinds are offered."""
    return measures_new.page(case_id, sent=request.method == "POST")


@blueprint.get("/staff/ledger/measures/<int:measure_id>")
@access(Permission.LEDGER_READ)
def show(measure_id: int) -> ResponseReturnValue:
    """One measure with everything that was done."""
    return measures_case.page(queries.measure_for(current_actor(), measure_id))


@blueprint.post(
    "/staff/ledger/measures/<int:measure_id>"
    "/<any(hold, miss, fulfil, insist, end, cancel, propose_publication, recall_publication):move>"
)
@access(Permission.LEDGER_WORK)
def step(measure_id: int, move: str) -> ResponseReturnValue:
    """A step of whoever works on the ledger."""
    return measures_case.act(measure_id, move)


@blueprint.post("/staff/ledger/measures/<int:measure_id>/<any(publish, refuse_publication, withdraw):move>")
@access(Permission.LEDGER_EXIT)
def decide(measure_id: int, move: str) -> ResponseReturnValue:
    """A step of whoever decides what becomes public."""
    return measures_case.act(measure_id, move)


@blueprint.get("/staff/ledger/measures/<int:measure_id>/files/<int:file_id>")
@access(Permission.LEDGER_READ)
def download(measure_id: int, file_id: int) -> ResponseReturnValue:
    """One file of a measure."""
    return hand_out(queries.file_of(queries.measure_for(current_actor(), measure_id), file_id).file)


@blueprint.get("/staff/ledger/measures/<int:measure_id>/<any(notice, record, order):paper>/print")
@access(Permission.LEDGER_READ)
def paper(measure_id: int, paper: str) -> ResponseReturnValue:
    """A paper of a measure as it is printed."""
    measure = queries.measure_for(current_actor(), measure_id)
    return render_template(
        "ledger/measure_print.html", measure=measure, sheet=_sheet(measure_id, paper), note=NOTE
    )


@blueprint.get("/staff/ledger/measures/<int:measure_id>/<any(notice, record, order):paper>/document")
@access(Permission.LEDGER_READ)
def document(measure_id: int, paper: str) -> Response:
    """A paper of a measure as a Word document."""
    sheet = _sheet(measure_id, paper)
    return send_file(
        io.BytesIO(docx_of(sheet)),
        mimetype=MEDIA_TYPE,
        as_attachment=True,
        download_name=f"{sheet.title}{measure_id}.docx",
    )


def _sheet(measure_id: int, paper: str) -> MeasureSheet:
    measure = queries.measure_for(current_actor(), measure_id)
    if Paper(paper) not in papers_of(measure):
        abort(404)
    return sheet_of(measure, Paper(paper))
