"""What officers do with a report beside its steps: mark, write, note, ask for more time, reveal, open files."""

from __future__ import annotations

from flask import abort, flash, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.audit.queries import who_was_first
from credit_register.core.clock import now, today
from credit_register.core.database import db, read_first
from credit_register.core.deadlines.services import ExtensionNotAllowed
from credit_register.core.files import FileError, hand_out
from credit_register.core.lifecycle import StaleVersion
from credit_register.reports import evidence, extensions, marks, notes, refusals, triage
from credit_register.reports import staff_queries as queries
from credit_register.reports.attachments import FilesRefused
from credit_register.reports.deed_forms import (
    EvidenceForm,
    ExtensionDecisionForm,
    ExtensionForm,
    MarkForm,
    MessageForm,
    NoteForm,
    RevealForm,
)
from credit_register.reports.lifecycle import KIND
from credit_register.reports.views.staff_blueprint import blueprint, to_case
from credit_register.reports.views.staff_case import MARK, Page, show_case
from credit_register.reports.written_answers import written_answer


@blueprint.post("/staff/reports/<int:report_id>/mark")
@access(Permission.REPORT_HANDLE)
def mark(report_id: int) -> ResponseReturnValue:
    """Mark what an institution disputes on its public page, or put better words there."""
    actor = current_actor()
    report = queries.report_for(actor, report_id)
    form = MarkForm()
    if not form.validate_on_submit():
        return show_case(report, Page(mark=form, status=422))
    try:
        triage.mark_objection(report, text=form.words, version=form.version.data, actor=actor, now=now())
    except (marks.MarkRefused, StaleVersion) as refusal:
        db.session.rollback()
        report = queries.report_for(actor, report_id)
        if report.mark == form.words and queries.did_last(actor, report_id, MARK):
            return to_case(report_id)
        form.renew(report)
        stale = isinstance(refusal, StaleVersion)
        told = who_was_first(KIND, report_id) if stale else str(refusal)
        return show_case(report, Page(mark=form, told=told, status=409))
    flash("已在机构的公开页面标注。作出决定或者不予受理时，标注自动撤下。", "success")
    return to_case(report_id)


@blueprint.post("/staff/reports/<int:report_id>/message")
@access(Permission.REPORT_HANDLE)
def message(report_id: int) -> ResponseReturnValue:
    """A message to whoever sent the report."""
    actor = current_actor()
    report = queries.report_for(actor, report_id)
    form = MessageForm()
    if not form.validate_on_submit():
        return show_case(report, Page(message=form, status=422))
    text = form.text.data or ""
    if not queries.wrote_last(actor, report_id, text):
        try:
            triage.write_message(report, text=text, actor=actor, now=now())
        except refusals.CaseOver as over:
            db.session.rollback()
            report = queries.report_for(actor, report_id)
            return show_case(report, Page(message=form, told=str(over), status=409))
        flash("消息已留给提交人。", "success")
    return to_case(report_id, "talk")


@blueprint.post("/staff/reports/<int:report_id>/note")
@access(Permission.REPORT_HANDLE)
def note(report_id: int) -> ResponseReturnValue:
    """A note for the officers of the case."""
    actor = current_actor()
    report = queries.report_for(actor, report_id)
    form = NoteForm()
    if not form.validate_on_submit():
        return show_case(report, Page(note=form, status=422))
    notes.add_note(report, text=form.text.data, actor=actor, now=now())
    flash("备注已记下，提交人和机构看不到。", "success")
    return to_case(report_id, "notes")


@blueprint.post("/staff/reports/<int:report_id>/evidence")
@access(Permission.REPORT_HANDLE)
def add_evidence(report_id: int) -> ResponseReturnValue:
    """Put files to the case."""
    actor = current_actor()
    read_first()  # files are cleaned before anything is locked
    report = queries.report_for(actor, report_id)
    form = EvidenceForm()
    if not form.validate_on_submit():
        return show_case(report, Page(evidence=form, status=422))
    try:
        evidence.add_evidence(report, form.uploads(), words=form.words.data, actor=actor, now=now())
    except FilesRefused as refusal:
        form.files.errors, status = list(refusal.sentences), 422
    except FileError as trouble:
        form.files.errors, status = [str(trouble)], 503
    else:
        flash("证据已添加，提交人和机构看不到。", "success")
        return to_case(report_id, "evidence")
    db.session.rollback()
    return show_case(queries.report_for(actor, report_id), Page(evidence=form, status=status))


@blueprint.post("/staff/reports/<int:report_id>/extension")
@access(Permission.REPORT_HANDLE)
def request_extension(report_id: int) -> ResponseReturnValue:
    """Ask a second person for more time."""
    actor = current_actor()
    report = queries.report_for(actor, report_id)
    form = ExtensionForm()
    if not form.validate_on_submit():
        return show_case(report, Page(extension=form, status=422))
    try:
        extensions.request_extension(
            report, days=form.days.data or 0, reason=form.reason.data, actor=actor, now=now()
        )
    except ExtensionNotAllowed as refusal:
        db.session.rollback()
        form.days.errors = [*form.days.errors, str(refusal)]
        return show_case(queries.report_for(actor, report_id), Page(extension=form, status=422))
    flash("延期申请已提交，等待另一名有权限的人员批准。", "success")
    return to_case(report_id)


@blueprint.post("/staff/reports/<int:report_id>/extension/<int:extension_id>")
@access(Permission.REPORT_REVIEW)
def decide_extension(report_id: int, extension_id: int) -> ResponseReturnValue:
    """Approve more time, or do not."""
    actor = current_actor()
    report = queries.report_for(actor, report_id)
    form = ExtensionDecisionForm()
    if not form.validate_on_submit():
        return show_case(report, Page(told="请选择批准或者不批准。", status=422))
    try:
        extensions.decide_extension(
            report, extension_id=extension_id, approve=form.approves, actor=actor, now=now()
        )
    except (extensions.ExtensionRefused, ExtensionNotAllowed) as refusal:
        db.session.rollback()
        return show_case(queries.report_for(actor, report_id), Page(told=str(refusal), status=409))
    flash("已批准，并已告知提交人。" if form.approves else "未批准，已告知申请人。", "success")
    return to_case(report_id)


@blueprint.post("/staff/reports/<int:report_id>/reveal")
@access(Permission.REPORTER_REVEAL)
def reveal(report_id: int) -> ResponseReturnValue:
    """Who sent the report, on this one answer; that somebody looked is recorded before."""
    actor = current_actor()
    report = queries.report_for(actor, report_id)
    form = RevealForm()
    if not form.validate_on_submit():
        return show_case(report, Page(reveal=form, status=422))
    try:
        identity = triage.reveal_reporter(report, reason=form.reason.data or "", actor=actor, now=now())
    except refusals.NoIdentity:
        abort(404)
    response = make_response(show_case(report, Page(identity=identity)))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/staff/reports/<int:report_id>/files/<int:file_id>")
@access(Permission.REPORT_READ)
def attachment(report_id: int, file_id: int) -> ResponseReturnValue:
    """The cleaned copy of a file that came with the report."""
    stored = queries.file_for(current_actor(), report_id, file_id)
    return hand_out(stored)


@blueprint.get("/staff/reports/<int:report_id>/answer")
@access(Permission.REPORT_READ)
def answer(report_id: int) -> ResponseReturnValue:
    """The answer on paper, to be sent by post; name and address come from the reveal."""
    report = queries.report_for(current_actor(), report_id)
    found = written_answer(report, today=today())
    if found is None:
        abort(404)
    return render_template(
        "reports/written_answer.html",
        answer=found,
        back_label=report.number,
        back=url_for("reports_staff.show", report_id=report_id),
    )
