"""Input of the pages of warnings."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms.validators import InputRequired

from credit_register.institutions.form_fields import (
    DayField,
    LineField,
    ProseField,
    VersionField,
    most,
)
from credit_register.reports.models import ImpostorWarning, Report
from credit_register.reports.staff_forms import check_reason
from credit_register.reports.warning_services import LONGEST_YEARS, USUAL_YEARS, WarningText, years_after


class WarningForm(FlaskForm):  # type: ignore[misc]
    """A warning as an officer proposes it; all of it becomes public."""

    pretender = LineField(
        "冒名者",
        description="对外自称的名称或团队；自称与登记机构同名的，写作“自称‘某某公司’的来电者（与登记机构无关）”；"
        "自然人写作“张某”，不写全名和联系方式",
        validators=[InputRequired("请填写冒名者对外使用的名称"), most(120)],
    )
    imitated_name = LineField("被冒用机构名称", validators=[most(120)])
    imitated_uscc = LineField("被冒用机构代码", description="统一社会信用代码，在名录中的自动核对名称")
    conduct = ProseField(
        "做了什么",
        description="最多 600 字，只写已经查明的事实",
        validators=[InputRequired("请写明冒名者做了什么"), most(600)],
    )
    reason = ProseField(
        "认定依据",
        description="最多 600 字，写明依据什么认定，例如向被冒用机构核实的情况",
        validators=[InputRequired("请写明认定的依据"), most(600)],
    )
    ends_on = DayField(
        "公布截止日期",
        description=f"通常为 {USUAL_YEARS} 年，最长 {LONGEST_YEARS} 年，期满自动撤下（系统设计值，须主管单位确认）",
    )

    def propose(self, report: Report, today: date) -> None:
        """Fill in what the report already says, on a page that nobody has typed into yet."""
        institution = report.institution
        self.imitated_name.data = institution.name if institution else report.subject_name
        self.imitated_uscc.data = institution.uscc if institution else report.subject_uscc
        self.ends_on.data = years_after(today, USUAL_YEARS)

    def read(self, today: date) -> WarningText:
        """What was typed; without a date the usual period counts."""
        return WarningText(
            pretender=self.pretender.data,
            conduct=self.conduct.data,
            reason=self.reason.data,
            ends_on=self.ends_on.data or years_after(today, USUAL_YEARS),
            imitated_name=self.imitated_name.data or "",
            imitated_uscc=self.imitated_uscc.data or "",
        )


class WarningMoveForm(FlaskForm):  # type: ignore[misc]
    """One step of a warning, with its reason."""

    version = VersionField("页面版本")
    reason = ProseField("理由", description="4 至 400 字，记入办理记录；请勿填写个人信息")

    def __init__(self, move: str, warning: ImpostorWarning, **options: Any) -> None:
        super().__init__(**options)
        self.move = move
        if self.version.raw_data is None:
            self.version.data = warning.version
        for each in self:
            each.id = f"{move}-{each.short_name}"
            each.label.field_id = each.id

    def renew(self, warning: ImpostorWarning) -> None:
        """Let the form be sent again after the person was told what changed."""
        self.version.raw_data, self.version.data = None, warning.version

    def validate(self, extra_validators: Any = None) -> bool:
        """The reason stands in the audit."""
        super().validate(extra_validators)
        check_reason(self.reason, "请填写理由，4 至 400 字")
        return not self.errors
