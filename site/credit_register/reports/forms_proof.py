"""The choice of a proof beside a report, and the form that verifies one."""

from __future__ import annotations

from typing import Any, Final

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField

from credit_register.institutions.form_fields import ProseField
from credit_register.reports.proofs import LONGEST

_DECLINED: Final = frozenset({"0", "false", "no", "off"})
_ROWS: Final = {"rows": 5, "spellcheck": "false", "autocomplete": "off"}


class ProofField(BooleanField):
    """Yes unless it was declined in so many words.

    A browser sends nothing for a box without its tick, as a program does that knows only the published fields. The
    page therefore puts a hidden "0" before the box: the last value counts, and where there is none it is yes.
    """

    data: bool

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = not valuelist or str(valuelist[-1]).strip().lower() not in _DECLINED

    def _value(self) -> str:
        return "1"


class ProofChoice:
    """What the form of a report asks about the proof."""

    proof = ProofField(
        "给我一份存证凭证",
        default=True,
        description=(
            "提交后可以下载一个小文件，日后能证明这份内容在什么时间交到这里。"
            "凭证里没有内容，也没有您的姓名、电话和回执码；不需要就取消勾选，取消后不保存任何与凭证有关的信息"
        ),
    )


class VerifyForm(FlaskForm):  # type: ignore[misc]
    """A proof, and if wanted the content it speaks of; each as a file or as its text."""

    proof = ProseField("存证凭证的全文", render_kw=_ROWS)
    proof_file = FileField("或者选择存证凭证的文件", render_kw={"accept": ".json,application/json"})
    content = ProseField("内容副本的全文（可以不填）", render_kw=_ROWS)
    content_file = FileField("或者选择内容副本的文件", render_kw={"accept": ".json,application/json"})

    def read_files(self) -> bool:
        """Put the text of chosen files into the fields for texts, where it stays; False when one is no text."""
        for text, file in ((self.proof, self.proof_file), (self.content, self.content_file)):
            if not file.data:
                continue
            content = file.data.stream.read(4 * LONGEST + 1)  # a character takes four bytes at most
            try:
                text.data = content.decode("utf-8-sig")
            except UnicodeDecodeError:
                file.errors = ["这个文件不是文字。请选择下载的 .json 文件。"]
            if len(text.data or "") > LONGEST:
                text.data = ""
                file.errors = ["这个文件太大，不是本系统签发的。请选择下载的 .json 文件。"]
        return not (self.proof_file.errors or self.content_file.errors)
