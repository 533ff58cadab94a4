"""Letters: the queue of a region, a new one, the rewriting of a draft, and the letter on paper."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.queue_filters import one_of, region_of, regions_below, typed
from credit_register.access.roles import Permission
from credit_register.core.clock import today
from credit_register.core.files import hand_out
from credit_register.core.paging import page_number
from credit_register.letters import queries
from credit_register.letters.lifecycle import LETTER
from credit_register.letters.models import FileRole, Kind, State
from credit_register.letters.official import MEDIA_TYPE, Sheet, docx_of, sheet_of
from credit_register.letters.template_services import LayoutUnusable, document_of
from credit_register.letters.views import staff_case, staff_draft

blueprint = Blueprint("letters_staff", __name__)
URGENCIES = {queries.OVERDUE: "已逾期", queries.SOON: "临近到期"}


@blueprint.get("/staff/letters")
@access(Permission.LETTER_READ)
def index() -> ResponseReturnValue:
    """The letters of the region as a queue."""
    actor = current_actor()
    wanted = queries.QueueFilter(
        text=typed("q"),
        state=one_of("state", [queries.ALL, queries.AWAITING_RESULT, *(state.value for state in State)]),
        kind=one_of("kind", [kind.value for kind in Kind]),
        region=region_of(),
        due=one_of("due", URGENCIES),
        waiting=one_of("waiting", ["1"]) == "1",
    )
    chosen: dict[str, Any] = {
        {"text": "q"}.get(name, name): "1" if value is True else value
        for name, value in vars(wanted).items()
        if value
    }
    found = queries.queue(actor, wanted, page=page_number(), on=today())
    return render_template(
        "letters/staff_index.html",
        actor=actor,
        found=found,
        due=queries.due_dates(found.items, on=today()),
        wanted=wanted,
        chosen=chosen,
        counts=queries.desk_counts(actor, on=today()),
        states=[
            *((state.value, LETTER.label(state)) for state in State),
            (queries.AWAITING_RESULT, "已反馈，待最终结果"),
        ],
        kinds=list(Kind),
        kind_of=Kind,
        urgencies=URGENCIES,
        state_label=LETTER.label,
        regions_below=regions_below(actor, wanted.region),
        page_url=lambda page: url_for("letters_staff.index", page=page, **chosen),
    )


@blueprint.route("/staff/letters/new", methods=["GET", "POST"])
@access(Permission.LETTER_DRAFT)
def new() -> ResponseReturnValue:
    """Draft a letter; `source` names what its clues come from, as report:12."""
    return staff_draft.new(request.method == "POST")


@blueprint.get("/staff/letters/<int:letter_id>")
@access(Permission.LETTER_READ)
def show(letter_id: int) -> ResponseReturnValue:
    """One letter with everything that was done."""
    return staff_case.page(queries.letter_for(current_actor(), letter_id))


@blueprint.route("/staff/letters/<int:letter_id>/edit", methods=["GET", "POST"])
@access(Permission.LETTER_DRAFT)
def edit(letter_id: int) -> ResponseReturnValue:
    """Rewrite a draft."""
    letter = queries.letter_for(current_actor(), letter_id)
    if letter.state != State.DRAFT and request.method == "GET":
        flash(
            f"现在的状态是“{LETTER.label(letter.state)}”，不能修改。待签发的，请先撤回或退回修改。", "warning"
        )
        return redirect(url_for("letters_staff.show", letter_id=letter_id))
    return staff_draft.edit(letter, request.method == "POST")


@blueprint.post(
    "/staff/letters/<int:letter_id>/<any(submit, recall, discard, deliver, answer, supplement, chase):move>"
)
@access(Permission.LETTER_DRAFT)
def step(letter_id: int, move: str) -> ResponseReturnValue:
    """A step of whoever writes letters and follows them."""
    return staff_case.act(letter_id, move)


@blueprint.post("/staff/letters/<int:letter_id>/<any(issue, send_back):move>")
@access(Permission.LETTER_ISSUE)
def decide(letter_id: int, move: str) -> ResponseReturnValue:
    """A step of whoever issues letters."""
    return staff_case.act(letter_id, move)


@blueprint.get("/staff/letters/<int:letter_id>/print")
@access(Permission.LETTER_READ)
def paper(letter_id: int) -> ResponseReturnValue:
    """The letter as it goes onto paper."""
    letter = queries.letter_for(current_actor(), letter_id)
    return render_template("letters/print.html", letter=letter, sheet=_sheet(letter_id))


@blueprint.get("/staff/letters/<int:letter_id>/document")
@access(Permission.LETTER_READ)
def document(letter_id: int) -> Response:
    """The letter as a Word document: what was issued as it was issued, a draft as it would be."""
    letter = queries.letter_for(current_actor(), letter_id)
    for kept in letter.files_as(FileRole.DOCUMENT):
        return hand_out(kept.file)
    sheet = sheet_of(letter, on=today())
    if letter.number:  # issued before documents were kept
        content = docx_of(sheet)
    else:
        try:
            content, _ = document_of(Kind(letter.kind), sheet, region=letter.region_code)
        except LayoutUnusable as unusable:
            abort(409, description=str(unusable))
    name = f"{sheet.number or f'草稿{letter_id}'}.docx"
    return send_file(io.BytesIO(content), mimetype=MEDIA_TYPE, as_attachment=True, download_name=name)


@blueprint.get("/staff/letters/<int:letter_id>/files/<int:file_id>")
@access(Permission.LETTER_READ)
def download(letter_id: int, file_id: int) -> Response:
    """One file of a letter."""
    letter = queries.letter_for(current_actor(), letter_id)
    found = next((each for each in letter.files if each.file_id == file_id), None)
    if found is None:
        abort(404)
    return hand_out(found.file)


def _sheet(letter_id: int) -> Sheet:
    return sheet_of(queries.letter_for(current_actor(), letter_id), on=today())
