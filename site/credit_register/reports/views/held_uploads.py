"""The files of the citizen's form from one sending to the next: what was chosen once is not chosen again."""

from __future__ import annotations

from flask import request
from limits import parse

from credit_register.accounts.lockout import client
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.files import FileError
from credit_register.core.rate_limits import counters
from credit_register.reports import attachments
from credit_register.reports.forms_public import ReportForm

# What is held is not filed: against machines that fill the disk.
HOLDS = parse("600 per hour")
CHOOSE_AGAIN = "这个网络刚才上传得太多，暂时不能替您保留文件。文件请重新选择后再提交。"


def take_along(form: ReportForm) -> None:
    """Read from the form which files it holds, without those that are wanted no more."""
    try:
        held = attachments.unseal(form.held.data or "", key=form.key)
    except attachments.HeldLost:
        # Evidence must not be left behind unseen: the form is not valid until its author has read this.
        form.files.process_errors = [attachments.GONE]
        form.files.errors = [attachments.GONE]
        return
    unwanted = set(request.form.getlist("drop_file")) & {file.public_id for file in held}
    if unwanted:
        attachments.drop(unwanted)
    form.kept = tuple(file for file in held if file.public_id not in unwanted)


def hold(form: ReportForm) -> bool:
    """Before the form is shown again: keep what was chosen and tell what cannot be; False when the store fails."""
    there = attachments.still_held(form.kept)
    sentences = [attachments.GONE] if len(there) < len(form.kept) else []
    form.kept = there
    uploads = form.uploads()
    stored = True
    if uploads and not counters().hit(HOLDS, "report files", client()):
        sentences.append(CHOOSE_AGAIN)
    elif uploads:
        db.session.rollback()  # nothing is locked while files are cleaned
        try:
            held, refusals = attachments.hold(uploads, already=len(there), now=now())
        except FileError as trouble:
            db.session.rollback()
            cannot_store(form, trouble)
            stored = False
        else:
            form.kept += tuple(held)
            sentences += refusals
    form.files.data = []
    form.files.errors = list(dict.fromkeys([*form.files.errors, *sentences]))
    form.held.data = attachments.seal(form.kept, key=form.key)
    return stored


def cannot_store(form: ReportForm, trouble: FileError) -> None:
    """Say beside the files that the store failed; they are not tried again for this page."""
    form.files.errors = [f"{trouble}。不急着交文件的，可以先不带文件提交，以后再补。"]
    form.files.data = []
