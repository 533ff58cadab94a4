"""Reporting, and the page of the receipt."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import PUBLIC, access
from credit_register.accounts.security import signed_in_actor
from credit_register.core import regions, uscc
from credit_register.core.clock import now, today
from credit_register.core.database import db, read_first
from credit_register.core.files import FileError
from credit_register.institutions import search_page
from credit_register.reports import filing, filing_proofs, intake_guard, preview, receipts, tracking
from credit_register.reports.attachments import FILES, FilesRefused
from credit_register.reports.disputable import Line
from credit_register.reports.forms_public import LONGEST_ITEM, UNLISTED, ReportForm
from credit_register.reports.models import Kind, Matter
from credit_register.reports.qr_codes import qr_code
from credit_register.reports.routing import find_subject, office_name
from credit_register.reports.views import held_uploads, public_proofs, public_tracking
from credit_register.reports.views.browser_memory import LIFETIME, Remembered, forget, recall, remember
from credit_register.reports.views.public_blueprint import blueprint

# Its views hang themselves into the blueprint.
__all__ = ["blueprint", "public_proofs", "public_tracking"]

MOST_FOUND = 8


@blueprint.get("/reports/new")
@access(PUBLIC)
def new() -> ResponseReturnValue:
    """The form, with what an agency's page has filled in."""
    form = ReportForm(formdata=None)
    form.renew_key()
    form.kind.data = _asked(Kind, "kind") or Kind.REPORT.value
    form.matter.data = _asked(Matter, "matter")
    form.item.data = request.args.get("item", "")[:LONGEST_ITEM]
    form.anonymous.data = "0" if form.kind.data == Kind.OBJECTION.value else "1"
    actor = signed_in_actor()
    own = actor.uscc if actor and form.kind.data == Kind.OBJECTION.value else None
    code = uscc.normalise(request.args.get("uscc", "")[:40]) or own or ""
    if len(code) == uscc.LENGTH:
        subject = find_subject(code, "")
        form.subject_uscc.data = code
        form.subject_name.data = subject.name if subject else ""
    tailored = bool(_asked(Kind, "kind") or form.matter.data)
    answer = make_response(_form_page(form, actor, tailored=tailored, fresh=True))
    if actor is None:
        # "Back" after a lost connection must bring this very form with its key, or the report would be filed twice.
        answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _asked(values: type[Kind] | type[Matter], name: str) -> str | None:
    asked = request.args.get(name, "")
    return asked if asked in list(values) else None


@blueprint.post("/reports/new")
@access(PUBLIC)
def file() -> ResponseReturnValue:
    """Take the report in; the receipt stands on the next page. With `step` or `find` nothing is filed."""
    read_first()  # files are cleaned before anything is locked
    actor = signed_in_actor()
    form = ReportForm()
    if not form.key:
        form.renew_key()
    _take_pick(form)
    held_uploads.take_along(form)
    step = "find" if "find" in request.form else request.form.get("step", "")
    if step == "find":
        return _form_page(form, actor, found=_find(form))
    if step == "edit":
        return _form_page(form, actor)
    if not _may_be_filed(form, actor):
        return _form_page(form, actor, 422)
    if step == "preview":
        return _preview_page(form, actor)
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
        held_uploads.cannot_store(form, trouble)
        status = 503
    else:
        remember(Remembered.RECEIPT, receipt, now=moment)
        return redirect(url_for("reports.receipt"), 303)
    db.session.rollback()
    return _form_page(form, actor, status)


def _take_pick(form: ReportForm) -> None:
    """The agency that was chosen among those found takes the place of what was typed."""
    picked = form.subject_pick.data or ""
    if picked == UNLISTED:
        form.put("subject_unlisted", "y")
    elif subject := find_subject(uscc.normalise(picked[:40]), ""):
        form.put("subject_uscc", subject.uscc)
        form.put("subject_name", subject.name)


def _find(form: ReportForm) -> search_page.Listing | None:
    """The agencies that may be meant; None when nothing was typed to look for."""
    typed = (form.subject_name.data or form.subject_uscc.data or "")[: search_page.LONGEST_TEXT]
    if not typed:
        form.refuse("subject_name", "请先写下名称或代码的一部分，再按“在名录中查找”。")
        return None
    found = search_page.find(search_page.read_parameters({"q": typed}, per_page=MOST_FOUND))
    if not found.rows:
        form.put("subject_unlisted", "y")
    return found


def _may_be_filed(form: ReportForm, actor: Actor | None) -> bool:
    """Tell everything that is wrong at once, in the fields and between them."""
    valid: bool = form.validate()
    problems = filing.problems(form.submission(), actor)
    for name, sentence in problems.items():
        form.refuse(name, sentence)
    return valid and not problems


def _quote(form: ReportForm) -> Line | None:
    """The doubted line as it reads now; the form goes on with it, or without one that is not there."""
    submission = form.submission()
    line = filing.disputed_line(submission)
    form.item.data = line.key if line else ""
    form.item_of.data = submission.subject_uscc if line else ""
    return line


def _form_page(
    form: ReportForm,
    actor: Actor | None,
    status: int = 200,
    *,
    found: search_page.Listing | None = None,
    tailored: bool = True,
    fresh: bool = False,
) -> ResponseReturnValue:
    """The form with everything that was typed, and with the files that were chosen."""
    intake_guard.prepare(form, now=now())
    if not held_uploads.hold(form):
        status = 503
    if form.anonymous.data not in ("1", "0"):
        form.anonymous.data = "1" if form.stays_anonymous else "0"
    line = _quote(form)
    own = actor.uscc if actor and actor.confirmed else None
    return render_template(
        "reports/public_new.html",
        form=form,
        own_code=own,
        line=line,
        found=found,
        tailored=tailored,
        fresh=fresh,
        most_files=FILES.max_count,
    ), status


def _preview_page(form: ReportForm, actor: Actor | None) -> ResponseReturnValue:
    """What will be sent, before it is; the files are held meanwhile."""
    if not held_uploads.hold(form):
        return _form_page(form, actor, 503)
    if form.files.errors:
        return _form_page(form, actor, 422)
    submission = form.submission()
    return render_template(
        "reports/public_preview.html",
        form=form,
        submission=submission,
        pieces=preview.pieces(submission.facts, submission.reporter),
        line=_quote(form),
        subject=find_subject(submission.subject_uscc, submission.subject_name),
        region=regions.full_name(submission.region) if submission.region else "",
        office=office_name(filing.office_of(submission)),
        represents=filing.is_own_objection(submission, actor),
    )


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
