"""Input of the pages of months and contacts."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms.validators import DataRequired, InputRequired

from credit_register.institutions.form_fields import (
    LineField,
    ProseField,
    VersionField,
    institution_fact,
    most,
)
from credit_register.ledger.months.services import LONGEST_REASON


class CorrectForm(FlaskForm):  # type: ignore[misc]
    """Why a closed month is corrected; `version` is the number that the person saw as the newest."""

    version = VersionField("页面版本")
    reason = ProseField(
        "更正的理由",
        description="写明哪里有误、依据什么更正；随更正保存，上级可以看到。请勿填写个人信息",
        validators=[DataRequired("请填写更正的理由"), most(LONGEST_REASON)],
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
