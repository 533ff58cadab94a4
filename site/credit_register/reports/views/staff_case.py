"""The page on which officers handle one report."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import current_actor
from credit_register.access.roles import Permission
from credit_register.audit.moves import moves_for
from credit_register.audit.queries import deeds
from credit_register.core import regions
from credit_register.core.clock import today
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadline, paused_deadlines
from credit_register.core.deadlines.rules import Rule
from credit_register.core.lifecycle import Move
from credit_register.reports import extensions, marks, merging, notes, reviews, triage
from credit_register.reports import staff_queries as queries
from credit_register.reports.conflicts import has_judged
from credit_register.reports.deed_forms import (
    EvidenceForm,
    ExtensionForm,
    MarkForm,
    MessageForm,
    NoteForm,
    RevealForm,
)
from credit_register.reports.evidence import evidence_of
from credit_register.reports.followups import follow_ups
from credit_register.reports.inquiries import can_be_asked
from credit_register.reports.lifecycle import KIND, REPORT, WARNING
from credit_register.reports.models import (
    OVER,
    Identity,
    Kind,
    Matter,
    Outcome,
    Referral,
    Report,
    State,
    WarningKind,
    WarningState,
)
from credit_register.reports.running import lamps, running_for, title_of
from credit_register.reports.similar import similar_to
from credit_register.reports.staff_forms import MoveForm
from credit_register.reports.tracking import traces_of
from credit_register.reports.triage_queue import next_case
from credit_register.reports.views.queue_address import way_back
from credit_register.reports.warning_grounds import ReportGround
from credit_register.reports.warning_queries import warnings_on

# The step that usually comes next stands open on the page; the others wait folded.
USUAL_STEP = {
    State.RECEIVED: "take",
    State.INVESTIGATING: "decide",
    State.AWAITING_REPORTER: "resume",
    State.DECIDED: "answer",
    State.ANSWERED: "close",
    State.AWAITING_INSTITUTION: "resume",
}
# While the clocks of the report stand still.
STANDING = {State.AWAITING_REPORTER, State.MERGED}
MARK = "mark"  # no move of the table: the state stays


@dataclass
class Page:
    """What a page about a report shows beyond the report itself: forms as they were sent, and what happened."""

    form: MoveForm | None = None
    mark: MarkForm | None = None
    message: MessageForm | None = None
    note: NoteForm | None = None
    evidence: EvidenceForm | None = None
    extension: ExtensionForm | None = None
    reveal: RevealForm | None = None
    identity: Identity | None = None
    told: str = ""
    status: int = 200


def words() -> dict[str, Any]:
    """The words and looks of reports in templates."""
    return {
        "kind_word": lambda value: Kind(value).label,
        "matter_word": lambda value: Matter(value).label,
        "outcome_word": lambda value: Outcome(value).label,
        "state_word": REPORT.label,
        "short_word": lambda state: REPORT.label(state).rpartition("，")[2],  # a column has no room for both
        "number": attrgetter("number"),
    }


def show_case(report: Report, page: Page) -> ResponseReturnValue:
    """The page of a report, with what was typed and what happened."""
    actor, day = current_actor(), lamps(today())
    state = State(report.state)
    moves = _moves(report, actor)
    forms = {move.name: MoveForm.blank(move.name, report) for move in moves}
    sent = page.form
    if sent is not None and sent.move in forms:
        forms[sent.move] = sent
    other_count, others = queries.others_about(actor, report)
    institution = report.institution
    ground = ReportGround(report)
    found_warnings = warnings_on(ground)
    html = render_template(
        "reports/staff_show.html",
        actor=actor,
        report=report,
        back=way_back(),
        next_one=next_case(actor, report, lamps=day),
        running=running_for([report.id], day)[report.id],
        due_title=lambda deadline: title_of(deadline, anonymous=report.anonymous),
        evidence=evidence_of(report),
        bringing=page.evidence or EvidenceForm(formdata=None),
        messages=queries.messages(report),
        named=queries.is_named(report),
        identity=page.identity,
        lead=db.session.get(Report, report.merged_into_id) if report.merged_into_id else None,
        merged=merging.merged_into(report),
        similar=similar_to(actor, report),
        inquiries=queries.inquiries_of(report),
        traces=traces_of(report),
        tags=queries.tags_of(report),
        notes=notes.notes_of(actor, report),
        note=page.note or NoteForm(formdata=None),
        paused=paused_deadlines(KIND, report.id) if state in STANDING else [],
        **_more_time(report, page, actor),
        follow_ups=follow_ups(actor, report),
        to_correct=triage.line_to_correct(report),
        line_stands=triage.may_withdraw_line(report, actor),
        same_decider=state is State.REVIEWING and not reviews.may_review(report, actor),
        referral=Referral(report.referral).label if report.referral else "",
        objector=queries.objector(report),
        objector_code=queries.objector_code(report),
        judged_before=has_judged(actor, report),
        institution_in_scope=institution is not None and actor.sees_region(institution.region_code),
        other_count=other_count,
        others=others,
        warnings=found_warnings if actor.can(Permission.WARNING_READ) else [],
        warning_word=WARNING.label,
        warning_kind=WarningKind,
        warning_stands=any(each.state == WarningState.PUBLISHED for each in found_warnings),
        # One that rests on the case of the ledger may have an answer of a regulator behind it.
        warning_waits=any(each.state == WarningState.PROPOSED and each.report_id for each in found_warnings),
        may_warn=actor.can(Permission.WARNING_PROPOSE) and ground.is_true,
        forwarded=queries.forwarding(report) if state is State.RECEIVED else None,
        deeds=deeds(KIND, report.id),
        moves=moves,
        forms=forms,
        open_move=_open_move(report, page),
        sent=sent,
        kept=_words_without_a_form(report, page, forms),
        markable=marks.markable(report) and actor.can(Permission.REPORT_HANDLE),
        mark=page.mark or MarkForm.blank(report),
        message=page.message or MessageForm(formdata=None),
        may_write=actor.can(Permission.REPORT_HANDLE) and state not in OVER,
        reveal=page.reveal or RevealForm(formdata=None),
        told=page.told,
        region_choices=_region_choices() if "forward" in forms else [],
        **words(),
    )
    return html, page.status


def _moves(report: Report, actor: Actor) -> list[Move[State]]:
    """The moves that this person may make with this report."""
    objection = report.kind == Kind.OBJECTION
    in_question = {
        "reopen": lambda: triage.may_reopen(actor),
        "inquire": lambda: can_be_asked(report),
        "assist": lambda: (
            objection and open_deadline(KIND, report.id, Rule.OBJECTION_DECISION_SELF) is not None
        ),
        "merge": lambda: not objection,
        "uphold": lambda: reviews.may_review(report, actor) and not reviews.was_refused(report),
        "uphold_refusal": lambda: reviews.may_review(report, actor) and reviews.was_refused(report),
        "reexamine": lambda: reviews.may_review(report, actor),
        "refuse": lambda: not merging.merged_into(report),
    }
    offered = moves_for(REPORT, report.state, actor)
    return [move for move in offered if move.name not in in_question or in_question[move.name]()]


def _more_time(report: Report, page: Page, actor: Actor) -> dict[str, Any]:
    """The request for more time that waits, and whether one may be made."""
    waiting = extensions.waiting_for(report)
    clock = extensions.extendable(report) if waiting is None else None
    return {
        "extension_waiting": waiting,
        "may_approve": waiting is not None
        and actor.can(Permission.REPORT_REVIEW)
        and waiting.requested_by_id != actor.account_id,
        "extendable": clock if actor.can(Permission.REPORT_HANDLE) else None,
        "extension": page.extension or ExtensionForm(formdata=None),
    }


def _open_move(report: Report, page: Page) -> str:
    """Which step stands open: the one just sent, else the mark that is due, else the usual one."""
    if page.form is not None:
        return page.form.move
    if page.mark is not None or (marks.markable(report) and not report.marked_on):
        return MARK
    return USUAL_STEP.get(State(report.state), "")


def _words_without_a_form(report: Report, page: Page, forms: dict[str, MoveForm]) -> str:
    """What was typed for a step that is no longer on offer."""
    if page.form is not None and page.form.move not in forms:
        return page.form.words
    if page.mark is not None and not marks.markable(report):
        return page.mark.words
    return ""


def _region_choices() -> list[tuple[str, str]]:
    """What the field of the region to forward to proposes: provinces and cities; a county is typed."""
    return [(code, regions.full_name(code)) for code in regions.book().regions if code.endswith("00")]
