"""Input of what officers do with a report beside its steps: marks, messages, notes, evidence, more time, the reveal."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField
from wtforms.validators import AnyOf

from credit_register.institutions.form_fields import (
    LineField,
    ProseField,
    VersionField,
    add_error,
    refuse_personal_data,
)
from credit_register.reports import marks
from credit_register.reports.evidence import LONGEST_WORDS
from credit_register.reports.forms_public import SentForm
from credit_register.reports.models import Report
from credit_register.reports.staff_forms import LONGEST, check_reason


class MarkForm(FlaskForm):  # type: ignore[misc]
    """What an institution disputes, as it stands in public."""

    version = VersionField("页面版本", id="mark-version")
    text = ProseField(
        "有异议的信息",
        id="mark-text",
        description=f"{marks.FEWEST} 至 {marks.MOST} 字，公开显示。只写是哪一项信息，例如“登记的住所”；请勿填写个人信息",
    )

    @classmethod
    def blank(cls, report: Report) -> MarkForm:
        """The form as a page first shows it: the mark that stands, else the name of the disputed line."""
        line, _, _ = report.disputed_text.partition("：")
        return cls(formdata=None, data={"version": report.version, "text": report.mark or line})

    @property
    def words(self) -> str:
        """What was written, in one line."""
        return " ".join((self.text.data or "").split())

    def renew(self, report: Report) -> None:
        """Let the form be sent again after the person was told what changed."""
        self.version.raw_data, self.version.data = None, report.version

    def validate(self, extra_validators: Any = None) -> bool:
        """It becomes public."""
        super().validate(extra_validators)
        if not marks.FEWEST <= len(self.words) <= marks.MOST:
            add_error(self.text, f"请写明哪一项信息有异议，{marks.FEWEST} 至 {marks.MOST} 字，会公开显示")
        else:
            refuse_personal_data(self.text, self.words)
        return not self.errors


class MessageForm(FlaskForm):  # type: ignore[misc]
    """A message to whoever sent the report."""

    text = ProseField("给提交人的消息", id="message-text", description="提交人凭回执码看到，办理状态不变")

    def validate(self, extra_validators: Any = None) -> bool:
        """There must be something to read."""
        super().validate(extra_validators)
        if not self.text.data:
            add_error(self.text, "请填写消息内容")
        elif len(self.text.data) > LONGEST:
            add_error(self.text, f"最多 {LONGEST} 字，现在有 {len(self.text.data)} 字，请精简")
        return not self.errors


class NoteForm(FlaskForm):  # type: ignore[misc]
    """A note inside the case."""

    text = ProseField("内部备注", id="note-text", description="只有办理人员看得到；转到其他地区时不随件移交")

    def validate(self, extra_validators: Any = None) -> bool:
        """There must be something to read."""
        super().validate(extra_validators)
        if not self.text.data:
            add_error(self.text, "请填写备注内容")
        elif len(self.text.data) > LONGEST:
            add_error(self.text, f"最多 {LONGEST} 字，现在有 {len(self.text.data)} 字，请精简")
        return not self.errors


class EvidenceForm(SentForm):
    """Files that an officer puts to the case."""

    words = LineField("说明是什么", id="evidence-words", description="例如“冒名网站首页截图，2026-11-28”")

    def validate(self, extra_validators: Any = None) -> bool:
        """The list says what each file shows."""
        super().validate(extra_validators)
        if not 2 <= len(self.words.data or "") <= LONGEST_WORDS:
            add_error(self.words, f"请说明文件是什么，2 至 {LONGEST_WORDS} 字")
        return not self.errors


class ExtensionForm(FlaskForm):  # type: ignore[misc]
    """More time, for which a second person is asked."""

    days = IntegerField("延长多少天", id="extension-days", description="单位与期限相同；只能延长一次")
    reason = ProseField(
        "延长的原因", id="extension-reason", description="4 至 400 字，批准后告知提交人；请勿填写个人信息"
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """The reason is told to whoever sent the report."""
        super().validate(extra_validators)
        if self.days.data is None:
            self.days.errors = ["请填写整数天数，例如 10"]
        check_reason(self.reason, "请填写延长的原因，4 至 400 字")
        return not self.errors


class ExtensionDecisionForm(FlaskForm):  # type: ignore[misc]
    """Whether more time is approved."""

    decision = HiddenField("决定", validators=[AnyOf(["approve", "refuse"])])

    @property
    def approves(self) -> bool:
        return bool(self.decision.data == "approve")


class RevealForm(FlaskForm):  # type: ignore[misc]
    """Why somebody must know who reported."""

    reason = ProseField(
        "查看理由", id="reveal-reason", description="4 至 400 字，与您的姓名、时间一并留痕；请勿填写个人信息"
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """The reason stands in the audit."""
        super().validate(extra_validators)
        check_reason(self.reason, "请填写查看理由，4 至 400 字")
        return not self.errors
