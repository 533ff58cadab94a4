"""Input of the page of templates."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms.validators import InputRequired, Length

from credit_register.audit.step_pages import put_apart
from credit_register.institutions.form_fields import LineField, ProseField, VersionField, most
from credit_register.letters.attachments import LAYOUT_FILES
from credit_register.letters.template_services import LONGEST_REASON
from credit_register.letters.wording import LONGEST_BODY, LONGEST_LINE, MARKS


class TemplateForm(FlaskForm):  # type: ignore[misc]
    """What every change carries; `seen` is the newest version of the office that the page showed."""

    seen = VersionField()
    reason = ProseField(
        "依据或者原因",
        description="例如主管单位确认的文件名称和文号；4 至 400 字，保存在历史中",
        validators=[
            InputRequired("请填写依据或者原因"),
            Length(min=4, max=LONGEST_REASON, message=f"须为 4 至 {LONGEST_REASON} 字"),
        ],
    )


class WordsForm(TemplateForm):
    """Title and body of a kind of letter."""

    title = LineField("标题", validators=[InputRequired("请填写标题"), most(LONGEST_LINE)])
    body = ProseField(
        "正文",
        description=f"一段一行。系统填写的有：{'、'.join(MARKS)}",
        validators=[InputRequired("请填写正文"), most(LONGEST_BODY)],
    )


class LayoutForm(TemplateForm):
    """A Word file with places."""

    file = FileField(
        "版式文件",
        description=f"{LAYOUT_FILES.labels[0]}，不超过 {LAYOUT_FILES.max_bytes // 1024**2} MB，不含宏和外部链接",
        validators=[FileRequired("请选择文件")],
        render_kw={"accept": ".docx"},
    )


FORMS: dict[str, type[TemplateForm]] = {
    "words": WordsForm,
    "layout": LayoutForm,
    "words_back": TemplateForm,
    "layout_back": TemplateForm,
}


def form_of(name: str, **options: Any) -> Any:
    """One of the forms of the page, its fields with ids of their own."""
    return put_apart(FORMS[name](**options), name)
