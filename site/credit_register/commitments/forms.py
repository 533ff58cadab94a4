"""The forms of commitments: signing, and withdrawing."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms.validators import InputRequired, Length

from credit_register.institutions.form_fields import ProseField, VersionField


class SignForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF comes without types
    """The box under the text; whether it must be ticked the service says."""

    agree = BooleanField("我已阅读承诺书全文，同意并签署", false_values=("", "0", "n", "no", "off", "false"))


class WithdrawForm(FlaskForm):  # type: ignore[misc]
    """Why a commitment is taken out of the public."""

    reason = ProseField(
        "撤下原因",
        description="4 至 400 字，将在公开页面显示，并告知机构，请勿填写个人信息",
        validators=[
            InputRequired("请填写撤下原因"),
            Length(min=4, max=400, message="撤下原因须为 4 至 400 字"),
        ],
    )
    version = VersionField("页面版本")
