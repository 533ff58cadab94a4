"""Input of the pages on which officers handle reports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, IntegerField, RadioField, SelectField
from wtforms.validators import AnyOf

from credit_register.core import regions
from credit_register.core.choices import SelectChoice
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
from credit_register.reports.models import Matter, Outcome, Referral, Report

LONGEST = 2000
_CODE = re.compile(r"[0-9]{6}", re.ASCII)


@dataclass(frozen=True)
class Asked:
    """What the form of one move asks for, in the order of the page; `words` is the field that must be filled."""

    fields: tuple[str, ...] = ()
    words: str = ""
    label: str = ""
    hint: str = ""
    missing: str = ""


# A move that is not listed asks for nothing.
ASKED = {
    "take": Asked(fields=("matter",)),
    "ask": Asked(
        ("text",),
        "text",
        "需要补充什么",
        "提交人凭回执码看到这段文字。等待补充期间，办理期限暂停计算。",
        "请写明需要提交人补充什么",
    ),
    "forward": Asked(
        ("region", "reason"),
        "reason",
        "转办原因",
        "接收地区的工作人员会看到。期限照常计算；转出本辖区后，您不再能查看。请勿填写个人信息。",
        "请填写转办原因，接收地区的工作人员会看到",
    ),
    "inquire": Asked(
        ("text",),
        "text",
        "向机构核实什么",
        "机构看到这段文字。请用自己的话提问，不引用举报原文，不写合同编号等只有提交人才有的信息。",
        "请写明要机构说明什么",
    ),
    "assist": Asked(
        ("reason",),
        "reason",
        "需要哪里协查",
        "作为消息告知提交人；期限改按协查的天数，从收到之日算起。请勿填写个人信息。",
        "请写明需要哪里协查、协查什么",
    ),
    "merge": Asked(
        ("other", "reason"),
        "reason",
        "并案理由",
        "两件由先到期的一件牵头，随时可以取消；每位提交人都会得到答复。请勿填写个人信息。",
        "请填写并案理由",
    ),
    "unmerge": Asked(
        ("reason",), "reason", "取消并案的原因", "留在办理记录中。请勿填写个人信息。", "请填写原因"
    ),
    "uphold": Asked(
        ("reason",),
        "reason",
        "复核意见",
        "作为消息告知提交人。请勿填写个人信息。",
        "请填写复核意见，提交人会看到这段文字",
    ),
    "uphold_refusal": Asked(
        ("reason",),
        "reason",
        "复核意见",
        "作为消息告知提交人。请勿填写个人信息。",
        "请填写复核意见，提交人会看到这段文字",
    ),
    "reexamine": Asked(
        ("reason",),
        "reason",
        "复核意见",
        "作为消息告知提交人；此后由您经办，原决定人不能再作决定。请勿填写个人信息。",
        "请填写复核意见，提交人会看到这段文字",
    ),
    "decide": Asked(
        ("outcome", "matter", "reason", "withdraw_line"),
        "reason",
        "处理决定",
        "查明了什么、依据什么、怎样处理。提交人会在答复时看到。请勿填写个人信息。",
        "请填写处理决定，提交人会看到这段文字",
    ),
    "answer": Asked(
        ("text",),
        "text",
        "答复内容",
        "提交人凭回执码看到这段文字和上面的处理决定。",
        "请填写给提交人的答复",
    ),
    "revise": Asked(
        ("reason",),
        "reason",
        "撤销的原因",
        "只留在办理记录中，原决定也保留在记录中。提交人只看到正在重新核查。请勿填写个人信息。",
        "请填写撤销决定的原因，留在办理记录中",
    ),
    "reopen": Asked(
        ("reason",),
        "reason",
        "重新核查的原因",
        "作为消息告知提交人；原决定保留在办理记录中。请勿填写个人信息。",
        "请填写重新核查的原因，提交人会看到这段文字",
    ),
    "refuse": Asked(
        ("referral", "reason"),
        "reason",
        "不予受理的原因",
        "作为消息告知提交人；应向其他部门反映的，请写明部门和渠道。请勿填写个人信息。",
        "请填写不予受理的原因，提交人会看到这段文字",
    ),
}
_NOTHING = Asked()


def _choices(words: type[Matter] | type[Outcome]) -> list[SelectChoice]:
    return [SelectChoice(value=each.value, label=each.label) for each in words]


class MoveForm(FlaskForm):  # type: ignore[misc]
    """One move of a report. Words may come as `reason` or as `text`, whichever the move asks for."""

    version = VersionField("页面版本")
    outcome = RadioField("处理结论", choices=_choices(Outcome), validate_choice=False)
    matter = SelectField("事项分类", choices=_choices(Matter), validate_choice=False)
    region = LineField(
        "转往地区",
        description="六位行政区划代码或全称，例如 510100 或 四川省成都市",
        render_kw={"autocomplete": "off", "list": "region-choices"},
    )
    other = LineField(
        "另一件的编号",
        description="例如 2026-000123，须是尚在办理的举报或质疑",
        render_kw={"autocomplete": "off", "list": "similar-reports"},
    )
    referral = SelectField(
        "应向哪里反映",
        choices=[
            SelectChoice("", "不属于其他部门"),
            *(SelectChoice(each.value, each.label) for each in Referral),
        ],
        default="",
        validate_choice=False,
    )
    withdraw_line = BooleanField("同时从公开页面撤下有异议的这条信息")
    text = ProseField("文字")
    reason = ProseField("原因")

    def __init__(self, move: str, report: Report, **options: Any) -> None:
        super().__init__(**options)
        self.move = move
        self.asked = ASKED.get(move, _NOTHING)
        if not self.is_bound:
            self.version.data = report.version
        self.unknown_matter = self.matter.data not in [*Matter, None, ""]
        if self.unknown_matter or not self.matter.data:
            self.matter.data = report.matter
        for each in self:
            each.id = f"{move}-{each.short_name}"
            each.label.field_id = each.id
        if self.asked.words:
            field = self[self.asked.words]
            field.label.text, field.description = self.asked.label, self.asked.hint

    @classmethod
    def blank(cls, move: str, report: Report) -> MoveForm:
        """The form as a page first shows it."""
        return cls(move, report, formdata=None)

    @property
    def is_bound(self) -> bool:
        """Whether the form carries what somebody sent."""
        return bool(self.version.raw_data is not None)

    @property
    def shown(self) -> list[Field]:
        """The fields of the page."""
        return [self[name] for name in self.asked.fields]

    @property
    def words(self) -> str:
        """What was written, in whichever field it came."""
        own = self.text.data if self.asked.words == "text" else self.reason.data
        return own or self.reason.data or self.text.data or ""

    @property
    def chosen_matter(self) -> Matter:
        return Matter(self.matter.data)

    @property
    def chosen_outcome(self) -> Outcome:
        """What was found; who does not say leaves it open."""
        return Outcome(self.outcome.data) if self.outcome.data else Outcome.NOTED

    @property
    def chosen_referral(self) -> Referral | None:
        """Whose business it is, where the officer says so."""
        return Referral(self.referral.data) if self.referral.data else None

    @property
    def target(self) -> str | None:
        """The code of the region to forward to, or None where no region is recognised."""
        if self.region.data:
            return find_region(self.region.data)
        return self.text.data if _CODE.fullmatch(self.text.data or "") else None

    def renew(self, report: Report) -> None:
        """Let the form be sent again after the person was told what changed."""
        self.version.raw_data, self.version.data = None, report.version

    def validate(self, extra_validators: Any = None) -> bool:
        """Shape and the words that the move asks for."""
        super().validate(extra_validators)
        words_field = self[self.asked.words or "reason"]
        words = self._reason_to_forward() if self.move == "forward" else self.words
        if self.asked.words and not words:
            add_error(words_field, self.asked.missing)
        elif len(words) > LONGEST:
            add_error(words_field, f"最多 {LONGEST} 字，现在有 {len(words)} 字，请精简")
        elif self.asked.words != "text":
            refuse_personal_data(words_field, words)
        if self.unknown_matter:
            add_error(self.matter, "请从列表中选择事项分类")
        if self.outcome.data and self.outcome.data not in set(Outcome):
            add_error(self.outcome, "请选择处理结论")
        if self.referral.data not in ("", None, *Referral):
            add_error(self.referral, "请从列表中选择")
        if self.move == "merge" and not self.other.data:
            add_error(self.other, "请填写另一件的编号，例如 2026-000123")
        if self.move == "forward" and self.target is None:
            add_error(
                self.region,
                "没有这个地区，请填写六位行政区划代码或全称，例如 510100"
                if self.region.data
                else "请填写转往的地区",
            )
        return not self.errors

    def _reason_to_forward(self) -> str:
        """A code in `text` is the region and not the reason."""
        if self.reason.data or (not self.region.data and self.target):
            return self.reason.data or ""
        return self.text.data or ""


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


def check_reason(field: Any, missing: str) -> None:
    """A reason of 4 to 400 characters that may stand in the audit."""
    text = field.data or ""
    if not 4 <= len(text) <= 400:
        add_error(field, missing)
    else:
        refuse_personal_data(field, text)


def find_region(text: str) -> str | None:
    """The code of a region given by six digits or by its full or only name."""
    if regions.find(text) is not None:
        return text
    wanted = text.replace(" ", "")
    book = regions.book().regions
    named = [code for code, region in book.items() if wanted in (region.name, regions.full_name(code))]
    return named[0] if len(named) == 1 else None
