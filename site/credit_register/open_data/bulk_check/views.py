"""The page that checks many institutions at once."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import TextAreaField

from credit_register.access.gate import PUBLIC, access
from credit_register.core import clock
from credit_register.core.database import read_first
from credit_register.core.paging import BadParameter
from credit_register.core.plain_text import visible
from credit_register.core.sheets import SheetError
from credit_register.institutions.form_fields import add_error
from credit_register.institutions.verification import NOTICE
from credit_register.open_data.bulk_check.answers import Answer, answer_all
from credit_register.open_data.bulk_check.limits import TOO_MANY, count_check
from credit_register.open_data.bulk_check.reading import (
    LARGEST,
    MOST,
    BulkRefused,
    Question,
    as_lines,
    read_lines,
    read_upload,
)
from credit_register.open_data.bulk_check.sheet import (
    IMPOSTOR,
    RESULT_WORDS,
    UNKNOWN_FACTS,
    list_date_words,
    measure_words,
    severe_words,
    workbook,
)

blueprint = Blueprint("bulk_check", __name__)

SHOWN = 200
_FORMATS = ("page", "xlsx")
_LARGEST_TEXT = 1024 * 1024  # bytes; more comes back into no form, and the file has to be asked for anew
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class BulkForm(FlaskForm):  # type: ignore[misc]
    """A paste or a sheet."""

    text = TextAreaField(
        "粘贴代码或名称",
        description="每行一家，代码、名称或两者都有均可；可以从表格中直接复制几列粘贴。不要填写个人信息",
        filters=[lambda text: visible(text or "")],  # tabs stay, also the first: cells of a table
        render_kw={"rows": 10, "spellcheck": "false", "autocomplete": "off"},
    )
    file = FileField(
        "或者选择表格文件",
        description=f"xlsx 或 csv（UTF-8、GB18030），不超过 {LARGEST // 1024**2} MB；"
        "表头含“统一社会信用代码”或“名称”，最好两列都有",
        render_kw={"accept": ".xlsx,.csv"},
    )


@blueprint.get("/verify/bulk")
@access(PUBLIC)
def form() -> ResponseReturnValue:
    """The empty form."""
    return _page(BulkForm(formdata=None))


@blueprint.post("/verify/bulk")
@access(PUBLIC)
def check() -> ResponseReturnValue:
    """Answer what was sent, as a page or a file; nothing of it is kept."""
    read_first()
    wanted = request.form.get("format", "page")
    if wanted not in _FORMATS:
        raise BadParameter("format", f"参数 format 只能是 {'、'.join(_FORMATS)}")
    sent = BulkForm()
    if not sent.validate_on_submit():
        return _page(sent, 422)
    try:
        questions = _questions(sent)
    except (BulkRefused, SheetError) as refusal:
        add_error(sent.file if sent.file.data else sent.text, str(refusal))
        return _page(sent, 422)
    try:
        count_check()
    except RateLimitExceeded:
        sent.form_errors = [TOO_MANY]
        return _page(sent, 429)
    today = clock.today()
    answers = answer_all(questions, on=today)
    if wanted == "xlsx":
        name = f"批量核对结果-{today.isoformat()}.xlsx"
        download = send_file(workbook(answers, on=today), _WORKBOOK, as_attachment=True, download_name=name)
        download.headers["Cache-Control"] = "no-store"
        return download
    return _page(sent, questions=questions, answers=answers)


def _questions(sent: BulkForm) -> list[Question]:
    text = (sent.text.data or "").strip("\r\n")
    if sent.file.data and text.strip():
        raise BulkRefused("粘贴的内容和表格文件只能用一种：请清空粘贴框，或者不选文件")
    return read_upload(sent.file.data.stream) if sent.file.data else read_lines(text)


def _page(
    sent: BulkForm,
    status: int = 200,
    *,
    questions: list[Question] | None = None,
    answers: list[Answer] | None = None,
) -> ResponseReturnValue:
    lines = as_lines(questions or [])
    page = render_template(
        "bulk_check/page.html",
        form=sent,
        answers=(answers or [])[:SHOWN],
        total=len(answers or []),
        counts=Counter(one.result.value for one in answers or []),
        adverse=sum(bool(one.facts and (one.facts.severe or one.facts.penalties)) for one in answers or []),
        unreceived=sum(bool(one.facts and one.facts.as_of is None) for one in answers or []),
        shown=SHOWN,
        most=MOST,
        lines=lines if len(lines.encode()) <= _LARGEST_TEXT else "",
        at=clock.now(),
        notice=NOTICE,
        result_words={result.value: word for result, word in RESULT_WORDS.items()},
        severe_words=severe_words,
        list_date_words=list_date_words,
        measure_words=measure_words,
        unknown=UNKNOWN_FACTS,
        impostor=IMPOSTOR,
    )
    return page, status, {"Cache-Control": "no-store"}
