"""Records for the office: the list of a region, one record, and its differences from the lists received."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.queue_filters import one_of, region_of, regions_below, typed
from credit_register.access.roles import Permission
from credit_register.core.clock import today
from credit_register.core.files import hand_out
from credit_register.core.paging import page_number
from credit_register.credit_records import queries
from credit_register.credit_records.lifecycle import CREDIT_RECORD
from credit_register.credit_records.models import Degree, RecordKind, RecordState
from credit_register.credit_records.public_queries import heading_of
from credit_register.credit_records.views import staff_case, staff_consistency

blueprint = Blueprint("records_staff", __name__)


@blueprint.get("/staff/records")
@access(Permission.RECORD_READ)
def index() -> ResponseReturnValue:
    """The records of the region."""
    actor, on = current_actor(), today()
    wanted = queries.QueueFilter(
        text=typed("q"),
        kind=one_of("kind", [kind.value for kind in RecordKind]),
        state=one_of("state", [state.value for state in RecordState]),
        degree=one_of("degree", [degree.value for degree in Degree]),
        region=region_of(),
        show=one_of("show", [show.value for show in queries.Show]),
    )
    chosen: dict[str, Any] = {
        {"text": "q"}.get(name, name): value for name, value in vars(wanted).items() if value
    }
    return render_template(
        "records/staff_index.html",
        actor=actor,
        found=queries.queue(actor, wanted, page=page_number(), on=on),
        wanted=wanted,
        chosen=chosen,
        counts=queries.tab_counts(actor, on=on),
        kinds=list(RecordKind),
        kind_of=RecordKind,
        degrees=list(Degree),
        degree_of=Degree,
        states=[(state.value, CREDIT_RECORD.label(state)) for state in RecordState],
        shows=list(queries.Show),
        state_label=CREDIT_RECORD.label,
        heading_of=heading_of,
        regions_below=regions_below(actor, wanted.region),
        page_url=lambda page: url_for("records_staff.index", page=page, **chosen),
    )


@blueprint.get("/staff/records/consistency")
@access(Permission.RECORD_READ)
def consistency() -> ResponseReturnValue:
    """Where register, records and lists differ, and what to do about it."""
    return staff_consistency.page()


@blueprint.get("/staff/records/consistency.xlsx")
@access(Permission.RECORD_READ)
def consistency_sheet() -> ResponseReturnValue:
    """The same as a sheet, all pages at once."""
    return staff_consistency.sheet()


@blueprint.get("/staff/records/<int:record_id>")
@access(Permission.RECORD_READ)
def show(record_id: int) -> ResponseReturnValue:
    """One record with its period and everything that was done."""
    return staff_case.page(queries.record_for(current_actor(), record_id))


@blueprint.post("/staff/records/<int:record_id>/<any(annul, restore):move>")
@access(Permission.RECORD_CONFIRM)
def decide(record_id: int, move: str) -> ResponseReturnValue:
    """A record is taken down, or brought back."""
    return staff_case.act(record_id, move)


@blueprint.post("/staff/records/<int:record_id>/<any(meet, unmeet):move>")
@access(Permission.RECORD_READ)
def meet(record_id: int, move: str) -> ResponseReturnValue:
    """Obligations are met, or that is taken back; the service asks who may."""
    return staff_case.act(record_id, move)


@blueprint.get("/staff/records/<int:record_id>/proof")
@access(Permission.RECORD_READ)
def proof(record_id: int) -> ResponseReturnValue:
    """The proof that obligations were met."""
    record = queries.record_for(current_actor(), record_id)
    if record.met_file is None:
        abort(404)
    return hand_out(record.met_file)
