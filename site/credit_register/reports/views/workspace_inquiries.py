"""Questions of an office to one's own institution, and answering them."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.core.clock import now, today
from credit_register.core.database import db, read_first
from credit_register.core.files import FileError, hand_out
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.core.paging import page_number
from credit_register.reports import inquiries
from credit_register.reports import workspace_queries as queries
from credit_register.reports.attachments import FilesRefused
from credit_register.reports.routing import office_name
from credit_register.reports.views.workspace_blueprint import blueprint
from credit_register.reports.work_models import Inquiry
from credit_register.reports.workspace_forms import AnswerForm


@blueprint.get("/workspace/inquiries")
@access(Permission.WORKSPACE)
def inquiry_index() -> ResponseReturnValue:
    """What the office has asked the institution, what waits for an answer first."""
    found = queries.own_inquiries(current_actor(), page=page_number())
    return render_template(
        "reports/workspace_inquiries.html",
        found=found,
        today=today(),
        page_url=lambda page: url_for("reports_workspace.inquiry_index", page=page),
    )


@blueprint.get("/workspace/inquiries/<int:inquiry_id>")
@access(Permission.WORKSPACE)
def inquiry(inquiry_id: int) -> ResponseReturnValue:
    """One question and its answer."""
    found = queries.own_inquiry(current_actor(), inquiry_id)
    return _page(found, AnswerForm(formdata=None, data={"version": found.version}))


@blueprint.post("/workspace/inquiries/<int:inquiry_id>/answer")
@access(Permission.WORKSPACE)
def answer(inquiry_id: int) -> ResponseReturnValue:
    """Answer a question of the office."""
    actor = current_actor()
    read_first()  # files are cleaned before anything is locked
    found = queries.own_inquiry(actor, inquiry_id)
    form = AnswerForm()
    if not form.validate():
        return _page(found, form, 422)
    try:
        inquiries.answer_inquiry(
            found,
            text=form.text.data,
            uploads=form.uploads(),
            version=form.version.data,
            actor=actor,
            now=now(),
        )
    except FilesRefused as refusal:
        form.files.errors = list(refusal.sentences)
        status = 422
    except FileError as trouble:
        form.files.errors = [f"{trouble}。不急着交文件的，可以先只提交文字。"]
        status = 503
    except (inquiries.InquiryOver, StaleVersion, MoveNotAllowed):
        db.session.rollback()
        found = queries.own_inquiry(actor, inquiry_id)
        if found.answer == form.text.data and found.answered_by_id == actor.account_id:
            return redirect(url_for("reports_workspace.inquiry", inquiry_id=inquiry_id))  # two clicks
        form.form_errors = [str(inquiries.InquiryOver())]
        status = 409
    else:
        flash("答复已送达主管部门。", "success")
        return redirect(url_for("reports_workspace.inquiry", inquiry_id=inquiry_id))
    db.session.rollback()
    return _page(queries.own_inquiry(actor, inquiry_id), form, status)


@blueprint.get("/workspace/inquiries/<int:inquiry_id>/files/<int:file_id>")
@access(Permission.WORKSPACE)
def inquiry_file(inquiry_id: int, file_id: int) -> ResponseReturnValue:
    """A file that the institution itself sent."""
    return hand_out(queries.inquiry_file(current_actor(), inquiry_id, file_id))


def _page(found: Inquiry, form: AnswerForm, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "reports/workspace_inquiry.html",
        inquiry=found,
        office=office_name(found.report.region_code),
        files=[entry.file for entry in found.files],
        form=form,
        late=found.is_open and found.due_on < today(),
    )
    return page, status
