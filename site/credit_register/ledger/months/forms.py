"""Input of the pages of months and contacts."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField
from wtforms.validators import DataRequired, InputRequired, ValidationError

from credit_register.institutions.form_fields import (
    LineField,
    ProseField,
    VersionField,
    institution_fact,
    most,
)
from credit_register.ledger.months.periods import MonthUnreadable, parse_month
from credit_register.ledger.months.reading import LIMITS
from credit_register.ledger.months.services import LONGEST_REASON
from credit_register.ledger.months.uploads import POLICY


class CorrectForm(FlaskForm):  # type: ignore[misc]
    """Why a closed month is corrected; `version` is the number that the person saw as the newest."""

    version = VersionField("页面版本")
    reason = ProseField(
        "更正的理由",
        description="写明哪里有误、依据什么更正；随更正保存，上级可以看到。请勿填写个人信息",
        validators=[DataRequired("请填写更正的理由"), most(LONGEST_REASON)],
    )


class PlaceForm(FlaskForm):  # type: ignore[misc]
    """Whose ledger a file is, and of which month; the view puts the regions in."""

    region = SelectField("地区", choices=[], validate_choice=False)
    month = LineField(
        "月份",
        description="台账所属的月份，写成 2026-10 的样子",
        validators=[InputRequired("请填写月份")],
        render_kw={"placeholder": "2026-10", "autocomplete": "off"},
    )

    def validate_region(self, field: Any) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError("请从列表中选择本单位或者下级的地区")

    def validate_month(self, field: Any) -> None:
        try:
            parse_month(field.data)
        except MonthUnreadable as error:
            raise ValidationError(str(error)) from error


class LedgerUploadForm(PlaceForm):
    """A ledger that was kept elsewhere, as a file."""

    file = FileField(
        "附件1文件",
        validators=[FileRequired("请选择附件1的文件")],
        description=(
            f"{'、'.join(POLICY.labels)}，不超过 {LIMITS.file_bytes // 1024**2} MB、{LIMITS.rows:,} 行，"
            "10 列或者 11 列的表都可以。上传后先预览，核对以后再保存。"
        ),
        render_kw={"accept": ",".join(POLICY.extensions)},
    )


class KeepForm(FlaskForm):  # type: ignore[misc]
    """Keep what was previewed; `version` is how many numbers of the month the page knew of."""

    version = VersionField("页面版本")
    reason = ProseField(
        "更正的理由",
        description="写明哪里有误、依据什么更正；随更正保存，上级可以看到。请勿填写个人信息",
        validators=[most(LONGEST_REASON)],
    )


class ContactForm(FlaskForm):  # type: ignore[misc]
    """The one contact of an office in a round."""

    version = VersionField("页面版本")
    office = LineField(
        "单位", description="牵头单位全称", validators=[InputRequired("请填写单位"), most(120)]
    )
    name = LineField("联系人", validators=[InputRequired("请填写联系人"), most(60)])
    phone = LineField(
        "办公电话",
        description="请填写办公电话，不要填写私人手机",
        validators=[InputRequired("请填写办公电话"), *institution_fact("phone")],
    )
