"""Input of the page of a setting."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.validators import InputRequired, Length

from credit_register.core.choices import SelectChoice
from credit_register.core.office_settings.definitions import Setting
from credit_register.institutions.form_fields import (
    ProseField,
    RequiredDayField,
    VersionField,
)
from credit_register.web.setting_decisions import LONGEST_REASON

LONGEST_VALUE = 6000


class SettingForm(FlaskForm):  # type: ignore[misc]
    """A decision; `value` is put in by `form_for`. `seen` is the newest decision that the page showed."""

    seen = VersionField()
    valid_from = RequiredDayField(
        "生效日期", description="今天或以后", validators=[InputRequired("请填写生效日期")]
    )
    reason = ProseField(
        "依据的文件或者决定",
        description="文件名称和文号，或者作出决定的会议和日期；4 至 400 字，保存在历史中",
        validators=[
            InputRequired("请填写依据的文件或者决定"),
            Length(min=4, max=LONGEST_REASON, message=f"须为 4 至 {LONGEST_REASON} 字"),
        ],
    )


class _ChoiceForm(SettingForm):
    value = SelectField("新的值")


class _TextForm(SettingForm):
    value = ProseField(
        "新的值",
        validators=[Length(max=LONGEST_VALUE, message=f"最多 {LONGEST_VALUE} 字")],
        render_kw={"spellcheck": "false"},
    )


def form_for(setting: Setting, **options: Any) -> Any:
    """The form with a list or a text area, as the setting asks for."""
    if setting.choices is None:
        form: Any = _TextForm(**options)
    else:
        form = _ChoiceForm(**options)
        form.value.choices = [
            SelectChoice(value=value, label=words) for value, words in setting.choices.items()
        ]
    form.value.description = setting.hint
    return form
