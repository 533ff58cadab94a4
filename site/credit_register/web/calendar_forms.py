"""Input of the calendar page."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import IntegerField
from wtforms.validators import InputRequired, Length, NumberRange

from credit_register.core.dates import FIRST_YEAR, LAST_YEAR
from credit_register.institutions.form_fields import LineField


class CalendarForm(FlaskForm):  # type: ignore[misc]
    """The table of one year, with where it comes from."""

    year = IntegerField(
        "年份",
        validators=[
            InputRequired("请填写四位年份，例如 2027"),
            NumberRange(FIRST_YEAR, LAST_YEAR, f"年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间"),
        ],
    )
    source = LineField(
        "来源",
        description="例如：国务院办公厅关于2027年部分节假日安排的通知（国办发明电〔2026〕×号）",
        validators=[
            InputRequired("请填写来源，即国务院办公厅通知的名称和文号"),
            Length(max=200, message="最多 200 字"),
        ],
    )
    file = FileField(
        "节假日表",
        description="csv 或 xlsx，三列：日期、类型（放假 或 调休上班）、名称；每个放假的工作日、每个上班的周末各一行",
        validators=[FileRequired("请选择文件")],
        render_kw={"accept": ".csv,.xlsx"},
    )
