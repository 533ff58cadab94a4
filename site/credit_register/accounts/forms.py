"""Input of the account pages."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import EmailField, SelectField, StringField
from wtforms.validators import Email, InputRequired, Length, Optional

from credit_register.access.roles import Role
from credit_register.core.choices import SelectChoice


class NewAccountForm(FlaskForm):  # type: ignore[misc]
    """A new account; the first password is made by the system and shown once."""

    email = EmailField(
        "登录邮箱",
        validators=[
            InputRequired("请填写登录邮箱"),
            Email("邮箱格式不正确，例如 name@example.cn"),
            Length(max=254),
        ],
    )
    name = StringField(
        "姓名或岗位", validators=[InputRequired("请填写姓名或岗位"), Length(max=60, message="最多 60 字")]
    )
    role = SelectField("角色", choices=[SelectChoice(role.value, role.label) for role in Role])
    region = StringField(
        "行政区划代码",
        description="工作人员填写，六位数字，例如 510100；全国为 000000",
        validators=[Optional(), Length(6, 6, "须为六位数字")],
    )
    uscc = StringField(
        "统一社会信用代码", description="机构经办人、法定代表人填写", validators=[Optional(), Length(max=40)]
    )
