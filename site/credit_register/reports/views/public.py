"""Reporting, and the page of the receipt."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import PUBLIC, access
from credit_register.accounts.security import signed_in_actor
from credit_register.core import uscc
from credit_register.core.clock import now, today
from credit_register.core.database import db, read_first
from credit_register.core.files import FileError
from credit_register.reports import filing, filing_proofs, intake_guard, receipts, tracking
from credit_register.reports.attachments import FilesRefused, examine
from credit_register.reports.forms_public import ReportForm
from credit_register.reports.models import Kind
from credit_register.reports.qr_codes import qr_code
from credit_register.reports.routing import find_subject
from credit_register.reports.views import public_proofs, public_tracking
from credit_register.reports.views.browser_memory import LIFETIME, Remembered, forget, recall, remember
from credit_register.reports.views.public_blueprint import blueprint

# Its views hang themselves into the blueprint.
__all__ = ["blueprint", "public_proofs", "public_tracking"]


@blueprint.get("/reports/new")
@access(PUBLIC)
def new() -> ResponseReturnValue:
    """The form, with what an agency's page has filled in."""
    form = ReportForm(formdata=None)
    form.renew_key()
    form.kind.data = _asked_kind()
    form.anonymous.data = "0" if form.kind.data == Kind.OBJECTION.value else "1"
    actor = signed_in_actor()
    own = actor.uscc if actor and form.kind.data == Kind.OBJECTION.value else None
    code = uscc.normalise(request.args.get("uscc", "")[:40]) or own or ""
    if len(code) == uscc.LENGTH:
        subject = find_subject(code, "")
        form.subject_uscc.data = code
        form.subject_name.data = subject.name if subject else ""
    answer = make_response(_form_page(form, actor))
    if actor is None:
        # "Back" after a lost connection must bring this very form with its key, or the report would be filed twice.
        answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _asked_kind() -> str:
    asked = request.args.get("kind", "")
    return asked if asked in list(Kind) else Kind.REPORT.value


@blueprint.post("/reports/new")
@access(PUBLIC)
def file() -> ResponseReturnValue:
    """Take the report in; the receipt stands on the next page."""
    read_first()  # files are cleaned before anything is locked
    actor = signed_in_actor()
    form = ReportForm()
    if not _may_be_filed(form, actor):
        return _form_page(form, actor, 422)
    moment = now()
    if intake_guard.must_ask(form, now=moment):
        return _form_page(form, actor, 429)
    status = 422
    try:
        receipt = filing.file_report(form.submission(), idempotency_key=form.key, actor=actor, now=moment)
    except filing.FilingRefused as refusal:
        for name, sentence in refusal.problems.items():
            form.refuse(name, sentence)
    except FilesRefused as refusal:
        form.files.errors = list(refusal.sentences)
    except filing.FormUsedBefore as refusal:
        form.form_errors = [str(refusal)]
        form.renew_key()
    except FileError as trouble:
        form.files.errors = [f"{trouble}。不急着交文件的，可以先不带文件提交，以后再补。"]
        status = 503
    else:
        remember(Remembered.RECEIPT, receipt, now=moment)
        return redirect(url_for("reports.receipt"), 303)
    db.session.rollback()
    return _form_page(form, actor, status)


def _may_be_filed(form: ReportForm, actor: Actor | None) -> bool:
    """Tell everything that is wrong at once: in the fields, between them, and with the files."""
    valid: bool = form.validate()
    problems = filing.problems(form.submission(), actor)
    for name, sentence in problems.items():
        form.refuse(name, sentence)
    if valid and not problems:
        return True
    try:
        examine(form.uploads())
    except FilesRefused as refusal:
        form.files.errors = list(refusal.sentences)
    return False


def _form_page(form: ReportForm, actor: Actor | None, status: int = 200) -> ResponseReturnValue:
    if not form.key:
        form.renew_key()
    intake_guard.prepare(form, now=now())
    if form.anonymous.data not in ("1", "0"):
        form.anonymous.data = "1" if form.stays_anonymous else "0"
    own = actor.uscc if actor and actor.confirmed else None
    return render_template("reports/public_new.html", form=form, own_code=own), status


@blueprint.get("/reports/receipt")
@access(PUBLIC)
def receipt() -> ResponseReturnValue:
    """The receipt that this browser was just given, and what happens next."""
    given = recall(Remembered.RECEIPT, now=now())
    report_id = tracking.find_report(given) if given else None
    if given is None or report_id is None:
        return render_template("reports/public_receipt.html", receipt=None)
    receipt, address = receipts.grouped(given), _tracking_address()
    return render_template(
        "reports/public_receipt.html",
        receipt=receipt,
        case=tracking.case_of(report_id, today=today()),
        minutes=LIFETIME // timedelta(minutes=1),
        address=address,
        code=qr_code(f"{address}#{receipt}"),  # what stands behind # is never sent to a server
        has_proof=filing_proofs.has_proof(report_id),
    )


def _tracking_address() -> str:
    """What stands on the printed page beside the receipt."""
    path = url_for("reports.track")
    public_url: str = current_app.extensions["settings"].public_url
    return f"{public_url}{path}" if public_url else url_for("reports.track", _external=True)


@blueprint.post("/reports/receipt")
@access(PUBLIC)
def hide_receipt() -> ResponseReturnValue:
    """The citizen has kept the receipt: this browser shows it no more."""
    read_first()
    forget(Remembered.RECEIPT)
    flash("回执码不再显示。以后用它在本页查看进度、补充材料。", "success")
    return redirect(url_for("reports.track"), 303)
