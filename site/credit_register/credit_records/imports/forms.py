"""Input of the pages of batches."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField
from wtforms.validators import InputRequired

from credit_register.core.choices import SelectChoice
from credit_register.credit_records.imports.applying import LONGEST_REASON
from credit_register.credit_records.imports.receiving import LIMITS, POLICY
from credit_register.credit_records.models import BatchKind
from credit_register.institutions.form_fields import ProseField, VersionField, most


class ReceiveForm(FlaskForm):  # type: ignore[misc]
    """A file, what is in it, and whether it is the whole list."""

    kind = SelectField(
        "文件内容",
        choices=[SelectChoice(kind.value, kind.label) for kind in BatchKind],
        default=BatchKind.PENALTIES.value,
    )
    full_list = BooleanField(
        "这是报送单位的全量名单",
        description="勾选后，已登记而文件中没有的记录提请移出，由复核人决定是否移出；内容没有变化的也登记为批次，确认后更新名单日期。"
        "增量文件和修复结果不要勾选。",
    )
    file = FileField(
        "文件",
        validators=[FileRequired("请选择要接收的文件")],
        description=(
            f"{'、'.join(POLICY.labels)}，不超过 {LIMITS.file_bytes // 1024**2} MB、{LIMITS.rows:,} 行。"
            "接收后由另一位人员复核，确认之前不会公开。"
        ),
        render_kw={"accept": ",".join(POLICY.extensions)},
    )


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """The version that the person saw, and whether the proposed removals take effect too."""

    version = VersionField()
    with_removals = BooleanField("同时移出全量名单中已没有的记录")


class RefuseForm(FlaskForm):  # type: ignore[misc]
    """The version that the person saw, and why nothing of the file is taken."""

    version = VersionField()
    reason = ProseField(
        "不予确认的理由",
        description=f"最多 {LONGEST_REASON} 字，接收人能看到。不要写个人信息。",
        validators=[InputRequired("请填写理由"), most(LONGEST_REASON)],
    )
