"""Input of the pages of warnings."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.validators import AnyOf, InputRequired

from credit_register.core.choices import SelectChoice
from credit_register.institutions.form_fields import (
    DayField,
    LineField,
    ProseField,
    VersionField,
    most,
)
from credit_register.reports.models import ImpostorWarning, WarningKind
from credit_register.reports.staff_forms import check_reason
from credit_register.reports.warning_grounds import LONGEST_CONDUCT, Draft
from credit_register.reports.warning_services import (
    LONGEST_YEARS,
    NAME_FIELD,
    USUAL_YEARS,
    WarningText,
    years_after,
)


class WarningForm(FlaskForm):  # type: ignore[misc]
    """A warning as an officer proposes it; all of it becomes public."""

    kind = RadioField(
        "是哪一种",
        choices=[SelectChoice(kind.value, kind.label) for kind in WarningKind],
        validate_choice=False,
        validators=[AnyOf([kind.value for kind in WarningKind], message="请选择冒名，或者仿冒网站、应用")],
    )
    pretender = LineField(
        NAME_FIELD,
        description="对外自称的名称或团队，仿冒网站、应用的写其名称；自称与登记机构同名的，写作“自称‘某某公司’的来电者（与登记机构无关）”；"
        "自然人写作“张某”，不写全名和联系方式",
        validators=[InputRequired("请填写冒名者或者仿冒者对外使用的名称"), most(120)],
    )
    imitated_name = LineField(
        "被冒用或者被仿冒的机构名称", description="名称和代码至少填一项", validators=[most(120)]
    )
    imitated_uscc = LineField("该机构的代码", description="统一社会信用代码，在名录中的自动核对名称")
    conduct = ProseField(
        "做了什么",
        description=f"最多 {LONGEST_CONDUCT} 字，只写已经查明的事实",
        validators=[InputRequired("请写明做了什么"), most(LONGEST_CONDUCT)],
    )
    reason = ProseField(
        "认定依据",
        description="最多 600 字，写明依据什么认定，例如监管部门反馈的结果、向该机构核实的情况",
        validators=[InputRequired("请写明认定的依据"), most(600)],
    )
    ends_on = DayField(
        "公布截止日期",
        description=f"通常为 {USUAL_YEARS} 年，最长 {LONGEST_YEARS} 年，期满自动撤下（系统设计值，须主管单位确认）",
    )

    def propose(self, draft: Draft, today: date) -> None:
        """Fill in what the ground already tells, on a page that nobody has typed into yet."""
        for name, value in asdict(draft).items():
            self[name].data = value
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
            kind=WarningKind(self.kind.data),
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
        self.reason.flags.required = True
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
