"""Input of the pages of results."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms.validators import InputRequired

from credit_register.institutions.form_fields import DayField, ProseField, VersionField, most
from credit_register.reports.outcomes.models import PublishedOutcome
from credit_register.reports.outcomes.services import LONGEST_TEXT, OutcomeText, text_of
from credit_register.reports.staff_forms import check_reason
from credit_register.reports.warning_services import LONGEST_YEARS, USUAL_YEARS, years_after


class OutcomeForm(FlaskForm):  # type: ignore[misc]
    """A result as an officer proposes it; all of it becomes public."""

    found = ProseField(
        "查明的情况",
        description=f"最多 {LONGEST_TEXT} 字，只写已经查明的事实；不写提交人、经办人和任何个人，不写能认出提交人的细节",
        validators=[InputRequired("请写明查明的情况"), most(LONGEST_TEXT)],
    )
    measure = ProseField(
        "处理措施",
        description=f"最多 {LONGEST_TEXT} 字，例如“责令退还多收的费用，按公示标准收费”",
        validators=[InputRequired("请写明采取的措施"), most(LONGEST_TEXT)],
    )
    ends_on = DayField(
        "公开截止日期",
        description=f"通常为 {USUAL_YEARS} 年，最长 {LONGEST_YEARS} 年，期满自动撤下（系统设计值，须主管单位确认）",
    )

    def propose(self, before: PublishedOutcome | None, today: date) -> None:
        """Fill in a page that nobody has typed into yet, with what was written the last time."""
        self.ends_on.data = years_after(today, USUAL_YEARS)
        if before is not None:
            text = text_of(before)
            self.found.data, self.measure.data = text.found, text.measure

    def read(self, today: date) -> OutcomeText:
        """What was typed; without a date the usual period counts."""
        return OutcomeText(
            found=self.found.data,
            measure=self.measure.data,
            ends_on=self.ends_on.data or years_after(today, USUAL_YEARS),
        )


class OutcomeMoveForm(FlaskForm):  # type: ignore[misc]
    """One step of a result, with its reason; on confirming, the reply may be left out."""

    version = VersionField("页面版本")
    reason = ProseField("理由", description="4 至 400 字，记入办理记录；请勿填写个人信息")
    withhold_reply = BooleanField(
        "不公开机构的答复",
        description="只在答复含有个人信息或攻击他人等不宜公开的内容时选择；公开页面会说明有答复而未公开",
    )

    def __init__(self, move: str, outcome: PublishedOutcome, **options: Any) -> None:
        super().__init__(**options)
        self.move = move
        if self.version.raw_data is None:
            self.version.data = outcome.version
        self.reason.flags.required = True
        for each in self:
            each.id = f"{move}-{each.short_name}"
            each.label.field_id = each.id

    def renew(self, outcome: PublishedOutcome) -> None:
        """Let the form be sent again after the person was told what changed."""
        self.version.raw_data, self.version.data = None, outcome.version

    def validate(self, extra_validators: Any = None) -> bool:
        """The reason stands in the audit."""
        super().validate(extra_validators)
        check_reason(self.reason, "请填写理由，4 至 400 字")
        return not self.errors


class ReplyForm(FlaskForm):  # type: ignore[misc]
    """What the institution says to a result that is to become public."""

    version = VersionField("页面版本")
    reply = ProseField(
        "本机构的答复",
        description=f"最多 {LONGEST_TEXT} 字，经复核后与办理结果一并公开；请勿填写任何人的姓名、电话等个人信息，不要猜测是谁反映的",
        validators=[InputRequired("请填写答复"), most(LONGEST_TEXT)],
    )

    def renew(self, outcome: PublishedOutcome) -> None:
        """Let the form be sent again after the person was told what changed."""
        self.version.raw_data, self.version.data = None, outcome.version
