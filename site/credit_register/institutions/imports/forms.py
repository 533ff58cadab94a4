"""Input of the import pages."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField

from credit_register.core.choices import SelectChoice
from credit_register.institutions.imports.batches import PAGE_LIMITS, POLICY
from credit_register.institutions.imports.columns import KIND_LABELS


class UploadForm(FlaskForm):  # type: ignore[misc]
    """A file and what is in it."""

    kind = SelectField(
        "文件内容", choices=[SelectChoice(*kind) for kind in KIND_LABELS.items()], default="institutions"
    )
    file = FileField(
        "文件",
        validators=[FileRequired("请选择要导入的文件")],
        description=(
            f"{'、'.join(POLICY.labels)}，不超过 {PAGE_LIMITS.file_bytes // 1024**2} MB、{PAGE_LIMITS.rows:,} 行。"
            "上传后先预览，确认后才会导入。"
        ),
        render_kw={"accept": ",".join(POLICY.extensions)},
    )
