"""Input of the page of batches for the national platform."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField
from wtforms.validators import InputRequired

from credit_register.institutions.form_fields import RequiredDayField, VersionField
from credit_register.ledger.platform.receipts import PAGE_LIMITS, POLICY


class SendForm(FlaskForm):  # type: ignore[misc]
    """Since when to tell; `seen` is the newest batch of the office that the page showed."""

    seen = VersionField("页面版本")
    since = RequiredDayField(
        "自哪一天起",
        description=(
            "这一天（含当日）至今发生或登记、平台还不知道的事项编为一批；已接收而没有变化的不重复。"
            "报送后有变化的、作废或不再成立的（以“撤销：”列出）、退回的，不论日期都列入"
        ),
        validators=[InputRequired("请填写起始日期")],
    )
    again = BooleanField(
        "已导出、尚无回执的也再次列入", description="前一批文件遗失、没有送达平台的，才需要勾选"
    )


class ReceiptsForm(FlaskForm):  # type: ignore[misc]
    """What the platform answered, as a file."""

    file = FileField(
        "回执文件",
        validators=[FileRequired("请选择回执文件")],
        description=(
            f"{'、'.join(POLICY.labels)}，不超过 {PAGE_LIMITS.file_bytes // 1024**2} MB、{PAGE_LIMITS.rows:,} 行；"
            "须有“批次号”“行号”“结果”三列，退回的行另有“错误说明”。同一文件重复读入不会有改动"
        ),
        render_kw={"accept": ",".join(POLICY.extensions)},
    )
