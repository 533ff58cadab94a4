"""The ledger of a region: the list, one case and its steps, and the list as a sheet."""

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
from credit_register.core.paging import BadParameter, page_number
from credit_register.ledger.cases import queries
from credit_register.ledger.cases.missing import Missing, missing_of
from credit_register.ledger.cases.rounds import may_start_round
from credit_register.ledger.cases.sheet import MEDIA_TYPE, write_sheet
from credit_register.ledger.facts import facts_of
from credit_register.ledger.figures import figures
from credit_register.ledger.lifecycle import KIND, LEDGER_CASE, RUNNING_STATES
from credit_register.ledger.models import CaseState, LedgerCase, Origin, Subject
from credit_register.ledger.views import case_page, opening_pages

blueprint = Blueprint("ledger_staff", __name__)


@blueprint.get("/staff/ledger")
@access(Permission.LEDGER_READ)
def index() -> ResponseReturnValue:
    """The cases of the region, with what each of them lacks."""
    actor, day = current_actor(), today()
    wanted, chosen = _wanted()
    found = queries.cases(actor, wanted, page=page_number(), on=day)
    facts = facts_of(found.items, on=day)
    return render_template(
        "ledger/index.html",
        actor=actor,
        found=found,
        missing={case.id: missing_of(facts[case.id]) for case in found.items},
        facts=facts,
        clues={case.id for case in found.items if _has_a_clue(case, facts[case.id])},
        kind=KIND,
        wanted=wanted,
        chosen=chosen,
        counts=queries.counts_by_state(actor),
        waiting=queries.waiting_count(actor),
        figures=figures(actor, on=day),
        states=[(state.value, LEDGER_CASE.label(state)) for state in CaseState],
        state_label=LEDGER_CASE.label,
        looks=case_page.CASE_TONES,
        running_states=RUNNING_STATES,
        subjects=list(Subject),
        origins=list(Origin),
        subject_of=Subject,
        conditions=list(Missing),
        rounds=queries.rounds(),
        may_start_round=may_start_round(actor),
        regions_below=regions_below(actor, wanted.region),
        page_url=lambda page: url_for("ledger_staff.index", page=page, **chosen),
    )


def _wanted() -> tuple[queries.ListFilter, dict[str, Any]]:
    """How the address narrows the list, and the same as parameters of an address."""
    wanted = queries.ListFilter(
        text=typed("q"),
        state=one_of("state", [queries.ALL, *(state.value for state in CaseState)]),
        region=region_of(),
        subject=one_of("subject", [subject.value for subject in Subject]),
        origin=one_of("origin", [origin.value for origin in Origin]),
        missing=one_of("missing", [missing.value for missing in Missing]),
        round=_number("round"),
        supervised=one_of("supervised", ["1"]) == "1",
        waiting=one_of("waiting", ["1"]) == "1",
    )
    chosen = {
        {"text": "q"}.get(name, name): "1" if value is True else value
        for name, value in vars(wanted).items()
        if value
    }
    return wanted, chosen


def _number(name: str) -> int:
    text = request.args.get(name, "").strip()
    if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise BadParameter(name, f"参数 {name} 须为数字，请从列表中选择")
    return int(text or 0)


def _has_a_clue(case: LedgerCase, facts: Any) -> bool:
    """Whether a letter could be drafted from it, told from what the page knows already."""
    if case.state not in RUNNING_STATES:
        return False
    return case.subject == Subject.IMPERSONATOR or any(not record.is_mended for record in facts.records)


@blueprint.get("/staff/ledger/letter")
@access(Permission.LETTER_DRAFT)
def letter() -> ResponseReturnValue:
    """On to a letter about the cases that were ticked; with none ticked back to the list as it was."""
    if ticked := request.args.getlist("source"):
        return redirect(url_for("letters_staff.new", source=ticked))
    flash("请先勾选案件，再起草提示函。", "warning")
    _, chosen = _wanted()
    return redirect(url_for("ledger_staff.index", page=page_number(), **chosen))


@blueprint.get("/staff/ledger/list.xlsx")
@access(Permission.LEDGER_READ)
def sheet() -> Response:
    """The list as a sheet, as it is narrowed."""
    wanted, _ = _wanted()
    content = io.BytesIO()
    write_sheet(content, current_actor(), wanted, on=today())
    content.seek(0)
    name = f"专项治理台账清单 {today().isoformat()}.xlsx"
    return send_file(content, mimetype=MEDIA_TYPE, as_attachment=True, download_name=name)


@blueprint.route("/staff/ledger/new", methods=["GET", "POST"])
@access(Permission.LEDGER_WORK)
def new() -> ResponseReturnValue:
    """Open a case by hand; `source` names what it comes from, as report:12."""
    return opening_pages.new(request.method == "POST")


@blueprint.route("/staff/ledger/screening", methods=["GET", "POST"])
@access(Permission.LEDGER_WORK)
def screening() -> ResponseReturnValue:
    """What a screening would do, and doing it."""
    return opening_pages.screening(request.method == "POST")


@blueprint.route("/staff/ledger/rounds", methods=["GET", "POST"])
@access(Permission.LEDGER_READ)
def rounds() -> ResponseReturnValue:
    """The rounds of governance; the nation starts a new one."""
    return opening_pages.rounds(request.method == "POST")


@blueprint.get("/staff/ledger/<int:case_id>")
@access(Permission.LEDGER_READ)
def show(case_id: int) -> ResponseReturnValue:
    """One case: the conditions of its exit, its records, its measures, what was done."""
    return case_page.page(queries.case_for(current_actor(), case_id))


@blueprint.post("/staff/ledger/<int:case_id>/<any(propose_exit, remark, add_records):move>")
@access(Permission.LEDGER_WORK)
def work(case_id: int, move: str) -> ResponseReturnValue:
    """A step of whoever works on cases."""
    return case_page.act(case_id, move)


@blueprint.post("/staff/ledger/<int:case_id>/<any(exit, refuse_exit):move>")
@access(Permission.LEDGER_EXIT)
def decide(case_id: int, move: str) -> ResponseReturnValue:
    """A step of the second person."""
    return case_page.act(case_id, move)


@blueprint.post("/staff/ledger/<int:case_id>/<any(prune, unprune, reassign):move>")
@access(Permission.LEDGER_PRUNE)
def assign(case_id: int, move: str) -> ResponseReturnValue:
    """A step of the province or the nation."""
    return case_page.act(case_id, move)


@blueprint.get("/staff/ledger/<int:case_id>/proof")
@access(Permission.LEDGER_READ)
def proof(case_id: int) -> ResponseReturnValue:
    """The file that proves why a case was pruned."""
    case = queries.case_for(current_actor(), case_id)
    if case.prune_file is None:
        abort(404)
    return hand_out(case.prune_file)
