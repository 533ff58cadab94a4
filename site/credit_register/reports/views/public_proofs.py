"""Verifying a proof of filing, and taking one along."""

from __future__ import annotations

from io import BytesIO

from flask import Response, abort, flash, jsonify, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import PUBLIC, access
from credit_register.core.clock import now
from credit_register.core.database import read_first
from credit_register.reports import tracking
from credit_register.reports.filing_proofs import Part, part_of, proof_keys
from credit_register.reports.forms_proof import VerifyForm
from credit_register.reports.proof_verdicts import Verdict, verdicts
from credit_register.reports.views.browser_memory import Remembered, recall
from credit_register.reports.views.public_blueprint import blueprint
from credit_register.reports.views.public_tracking import opened_case
from credit_register.reports.views.tracking_limits import too_many_verifications

FILE_NAMES = {Part.PROOF: "存证凭证.json", Part.CONTENT: "内容副本.json"}
BUSY = "这个网络最近一小时核验得太多，请过一小时再试；也可以按说明自己核验。您填写的内容还在。"
NOTHING_GIVEN = "请粘贴存证凭证的全文，或者选择它的文件。"


@blueprint.get("/reports/proof")
@access(PUBLIC)
def proof() -> ResponseReturnValue:
    """The form that verifies a proof."""
    return _page(VerifyForm(formdata=None))


@blueprint.post("/reports/proof")
@access(PUBLIC)
def verify_proof() -> ResponseReturnValue:
    """Say what a proof is worth, and whether a content is the one it speaks of."""
    read_first()
    form = VerifyForm()
    if not form.read_files():
        return _page(form, 422)
    if not form.proof.data:
        form.proof.errors = [NOTHING_GIVEN]
        return _page(form, 422)
    if too_many_verifications():
        form.form_errors = [BUSY]
        return _page(form, 429)
    return _page(form, found=verdicts(proof_keys(), form.proof.data, form.content.data or ""))


@blueprint.get("/reports/proof/keys")
@access(PUBLIC)
def published_keys() -> Response:
    """The public keys, for whoever verifies elsewhere."""
    answer = jsonify(proof_keys().published())
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


@blueprint.get("/reports/receipt/<any(proof, content):part>")
@access(PUBLIC)
def take_from_receipt(part: str) -> ResponseReturnValue:
    """Proof or content of the report whose receipt this browser was just given."""
    receipt = recall(Remembered.RECEIPT, now=now())
    return _download(tracking.find_report(receipt) if receipt else None, Part(part))


@blueprint.get("/reports/track/<any(proof, content):part>")
@access(PUBLIC)
def take_from_case(part: str) -> ResponseReturnValue:
    """Proof or content of the case that stands open in this browser."""
    return _download(opened_case(), Part(part))


def _download(report_id: int | None, part: Part) -> ResponseReturnValue:
    if report_id is None:
        flash("页面已自动关闭。请填写回执码，打开事项后再下载。", "warning")
        return redirect(url_for("reports.track"), 303)
    document = part_of(report_id, part)
    if document is None:
        abort(404, description="这件事项没有存证凭证：提交时没有选择要，也就什么都没有保存。")
    content = BytesIO(document.encode())
    answer = send_file(content, "application/json", as_attachment=True, download_name=FILE_NAMES[part])
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(form: VerifyForm, status: int = 200, found: tuple[Verdict, ...] = ()) -> ResponseReturnValue:
    return render_template("reports/public_proof.html", form=form, verdicts=found), status
