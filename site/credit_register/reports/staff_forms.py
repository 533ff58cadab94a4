"""Input of the pages on which officers handle reports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, RadioField, SelectField

from credit_register.core import regions
from credit_register.core.choices import SelectChoice
from credit_register.institutions.form_fields import (
    LineField,
    ProseField,
    VersionField,
    add_error,
    refuse_personal_data,
)
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
