"""Following a report with its receipt, and writing to the office."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import PUBLIC, access
from credit_register.core.clock import now, today
from credit_register.core.database import begin_writing, db, read_first
from credit_register.core.files import FileError
from credit_register.core.lifecycle import MoveNotAllowed
from credit_register.reports import filing_proofs, receipts, reviews, tracking
from credit_register.reports.attachments import FilesRefused
from credit_register.reports.forms_public import (
    MessageForm,
    RatingForm,
    ReceiptForm,
    ReviewForm,
    WithdrawForm,
)
from credit_register.reports.models import Report
from credit_register.reports.views.browser_memory import Remembered, forget, recall, remember
from credit_register.reports.views.public_blueprint import blueprint
from credit_register.reports.views.tracking_limits import too_many_messages, too_many_wrong
from credit_register.reports.written_answers import written_answer

UNKNOWN = (
    "没有找到这个回执码对应的事项。回执码的写法没有错，请核对是不是在本网站提交时得到的；"
    "回执码遗失后无法找回，可以重新提交。"
)
CLOSED_MEANWHILE = "为保护您，页面已自动关闭。请重新填写回执码，再办理刚才的事。"
EXPIRED = (
    "为保护您，页面已自动关闭（超过半小时没有操作，或打开已满 4 小时）。请重新填写回执码，刚才写的留言还在。"
)


@blueprint.get("/reports/track")
@access(PUBLIC)
def track() -> ResponseReturnValue:
    """The case that this browser has opened, else the form that opens one."""
    report_id = opened_case()
    if report_id is None:
        return _entry_page(ReceiptForm(formdata=None))
    return _case_page(report_id, Forms())


@blueprint.post("/reports/track")
@access(PUBLIC)
def open_case() -> ResponseReturnValue:
    """Open the case of a receipt."""
    read_first()
    form = ReceiptForm()
    checked = receipts.check(form.receipt.data or "")
    report_id = tracking.find_report(checked.receipt) if checked.ok else None
    if report_id is None:
        # Only here is anything counted: a right receipt opens its case whatever the counters say.
        held = too_many_wrong(checked)
        form.receipt.errors = [held or checked.message or UNKNOWN]
        return _entry_page(form, 429 if held else 422)
    remember(Remembered.CASE, str(report_id), now=now())
    if form.text.data:
        return _case_page(report_id, Forms(MessageForm(formdata=None, text=form.text.data)))
    return redirect(url_for("reports.track"), 303)


@blueprint.post("/reports/track/message")
@access(PUBLIC)
def write() -> ResponseReturnValue:
    """Write to the office."""
    read_first()
    report_id = opened_case()
    if report_id is None:
        form = ReceiptForm(formdata=None, text=request.form.get("text", ""))
        form.form_errors = [EXPIRED]
        return _entry_page(form, 422)
    message = MessageForm()
    if not message.validate():
        return _case_page(report_id, Forms(message), 422)
    if held := too_many_messages(report_id):
        message.form_errors = [held]
        return _case_page(report_id, Forms(message), 429)
    try:
        tracking.write(report_id, message.text.data, uploads=message.uploads(), now=now())
    except tracking.CaseOver as over:
        message.form_errors = [str(over)]
        status = 409
    except FilesRefused as refusal:
        message.files.errors = list(refusal.sentences)
        status = 422
    except FileError as trouble:
        message.files.errors = [f"{trouble}。不急着交文件的，可以先只发留言。"]
        status = 503
    else:
        flash("留言已送达办理人员。", "success")
        return redirect(url_for("reports.track"), 303)
    db.session.rollback()
    return _case_page(report_id, Forms(message), status)


@blueprint.get("/reports/track/answer")
@access(PUBLIC)
def answer() -> ResponseReturnValue:
    """The answer on paper."""
    report_id = opened_case()
    if report_id is None:
        return redirect(url_for("reports.track"))
    found = written_answer(db.session.get_one(Report, report_id), today=today())
    if found is None:
        abort(404)
    return render_template(
        "reports/written_answer.html", answer=found, back_label="查询进度", back=url_for("reports.track")
    )


@blueprint.post("/reports/track/rating")
@access(PUBLIC)
def rate() -> ResponseReturnValue:
    """Rate, once, how the report was handled."""
    read_first()
    report_id = opened_case()
    if report_id is None:
        return _closed_meanwhile()
    form = RatingForm()
    if not form.validate():
        return _case_page(report_id, Forms(rating=form), 422)
    begin_writing()
    try:
        tracking.rate(report_id, stars=int(form.stars.data), words=form.words.data or "", now=now())
    except tracking.CannotRate as refusal:
        flash(str(refusal), "warning")
    else:
        flash("谢谢您的评价。", "success")
    return redirect(url_for("reports.track"), 303)


@blueprint.post("/reports/track/review")
@access(PUBLIC)
def request_review() -> ResponseReturnValue:
    """Ask that another officer looks at the result."""
    read_first()
    report_id = opened_case()
    if report_id is None:
        return _closed_meanwhile()
    form = ReviewForm()
    if not form.validate():
        return _case_page(report_id, Forms(review=form), 422)
    begin_writing()
    try:
        reviews.request_review(report_id, text=form.reason.data, now=now())
    except (reviews.ReviewRefused, MoveNotAllowed) as refusal:
        db.session.rollback()
        form.reason.errors = [*form.reason.errors, str(refusal)]
        return _case_page(report_id, Forms(review=form), 409)
    flash("复核申请已收到，由原来作决定的人以外的人员复核。", "success")
    return redirect(url_for("reports.track"), 303)


@blueprint.post("/reports/track/withdraw")
@access(PUBLIC)
def withdraw() -> ResponseReturnValue:
    """Take the report back."""
    read_first()
    report_id = opened_case()
    if report_id is None:
        return _closed_meanwhile()
    form = WithdrawForm()
    if not form.validate():
        return _case_page(report_id, Forms(taking_back=form), 422)
    begin_writing()
    try:
        tracking.withdraw(report_id, now=now())
    except tracking.CannotWithdraw as refusal:
        flash(str(refusal), "warning")
    else:
        flash("已撤回，不再办理。", "success")
    return redirect(url_for("reports.track"), 303)


@blueprint.post("/reports/track/leave")
@access(PUBLIC)
def leave() -> ResponseReturnValue:
    """Close the case in this browser."""
    read_first()
    forget(Remembered.CASE)
    forget(Remembered.RECEIPT)
    flash("已关闭，本浏览器不再显示这件事项。再次查看需要回执码。", "success")
    return redirect(url_for("reports.track"), 303)


def opened_case() -> int | None:
    """The report whose case stands open in this browser; looking at it keeps it open."""
    kept = recall(Remembered.CASE, now=now(), keep=True)
    return int(kept) if kept is not None else None


def _closed_meanwhile() -> ResponseReturnValue:
    form = ReceiptForm(formdata=None)
    form.form_errors = [CLOSED_MEANWHILE]
    return _entry_page(form, 422)


def _entry_page(form: ReceiptForm, status: int = 200) -> ResponseReturnValue:
    return render_template("reports/public_track.html", form=form), status


@dataclass
class Forms:
    """The forms of the case as they were sent; one that was not stands empty."""

    message: MessageForm | None = None
    rating: RatingForm | None = None
    review: ReviewForm | None = None
    taking_back: WithdrawForm | None = None


def _case_page(report_id: int, forms: Forms, status: int = 200) -> ResponseReturnValue:
    case = tracking.case_of(report_id, today=today())
    if case is None:
        forget(Remembered.CASE)
        abort(404)
    page = render_template(
        "reports/public_case.html",
        case=case,
        has_proof=filing_proofs.has_proof(report_id),
        form=forms.message or MessageForm(formdata=None),
        rating=forms.rating or RatingForm(formdata=None),
        review=forms.review or ReviewForm(formdata=None),
        taking_back=forms.taking_back or WithdrawForm(formdata=None),
    )
    return page, status
