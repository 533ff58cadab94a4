"""Input of the account pages."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import EmailField, Field, PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, Email, EqualTo, InputRequired, Length, Optional, ValidationError

from credit_register.access.roles import Role
from credit_register.accounts.passwords import MAX_LENGTH, password_problems
from credit_register.core import uscc
from credit_register.core.choices import SelectChoice
from credit_register.core.plain_text import one_line


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
        "姓名或岗位",
        filters=[one_line],
        validators=[DataRequired("请填写姓名或岗位"), Length(max=60, message="最多 60 字")],
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


class OpenAccountForm(FlaskForm):  # type: ignore[misc]
    """What a person types who opens an account; passwords are never handed back."""

    email = EmailField(
        "登录邮箱",
        description="用来登录，也用来接收办理进度的提醒。请填写您本人在用的邮箱。",
        filters=[one_line],
        validators=[
            DataRequired("请填写登录邮箱"),
            Length(max=254, message="最多 254 个字符"),
            Email("邮箱格式不正确，例如 name@example.cn"),
        ],
        render_kw={"autocomplete": "username", "maxlength": 254},
    )
    name = StringField(
        "姓名",
        description="办理人的真实姓名，只有主管部门能看到。",
        filters=[one_line],
        validators=[DataRequired("请填写姓名"), Length(max=60, message="最多 60 字")],
        render_kw={"autocomplete": "name"},
    )
    uscc = StringField(
        "机构的统一社会信用代码",
        description="营业执照上的 18 位代码。开立后不能更改。",
        filters=[one_line],
        validators=[
            DataRequired("请填写统一社会信用代码"),
            Length(max=60, message="请只填写 18 位统一社会信用代码"),
        ],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    role = SelectField(
        "您的身份",
        description="承诺书须由经办人和法定代表人分别签署，两人各开一个账号。",
        choices=[
            SelectChoice(Role.AGENT.value, "经办人（受机构委托办理）"),
            SelectChoice(Role.LEGAL_REP.value, "法定代表人"),
        ],
        default=Role.AGENT.value,
    )
    password = PasswordField(
        "密码",
        description="8 个字符以上，含大写字母、小写字母、数字、符号中的三类；或不少于 16 个字符。",
        validators=[InputRequired("请填写密码")],
        render_kw={"autocomplete": "new-password", "maxlength": MAX_LENGTH},
    )
    password_again = PasswordField(
        "再次输入密码",
        validators=[
            InputRequired("请再次输入密码"),
            EqualTo("password", "两次输入的密码不一致，请重新输入"),
        ],
        render_kw={"autocomplete": "new-password", "maxlength": MAX_LENGTH},
    )

    def validate_uscc(self, field: Field) -> None:
        """Say beside the field which digit is wrong and why."""
        checked = uscc.check(field.data)
        if not checked.ok:
            raise ValidationError(checked.message)

    def validate_password(self, field: Field) -> None:
        """Judge the password with all other fields, so that everything is mended in one go."""
        found = password_problems(field.data, self.email.data or "")
        if found:
            raise ValidationError("；".join(found))
