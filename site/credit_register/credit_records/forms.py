"""Input of the pages of records: shape is checked here, meaning in the services."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms.validators import DataRequired, InputRequired

from credit_register.credit_records.services import LONGEST_NOTE, PROOF
from credit_register.institutions.entries import Upload
from credit_register.institutions.form_fields import (
    ProseField,
    RequiredDayField,
    VersionField,
    most,
    refuse_personal_data,
)


class StepForm(FlaskForm):  # type: ignore[misc]
    """One deed with its reason."""

    version = VersionField("页面版本")
    reason = ProseField("理由", validators=[DataRequired("请填写理由"), most(LONGEST_NOTE)])

    def validate(self, extra_validators: Any = None) -> bool:
        """The history of a record holds no personal data."""
        super().validate(extra_validators)
        refuse_personal_data(self.reason, self.reason.data or "")
        return not self.errors


class AnnulForm(StepForm):
    """The document was revoked."""

    day = RequiredDayField("收到撤销、变更文书的日期", validators=[InputRequired("请填写收到的日期")])


class MeetForm(StepForm):
    """Obligations fulfilled or a settlement reached, with its proof."""

    day = RequiredDayField("履行完毕或达成和解的日期", validators=[InputRequired("请填写日期")])
    files = MultipleFileField(
        "证明文件",
        description=f"必须上传：{'、'.join(PROOF.labels)}，一个文件，不超过 {PROOF.max_bytes // 1024**2} MB；只供内部办案，不公示",
        render_kw={"accept": ",".join(PROOF.extensions)},
    )

    def uploads(self) -> list[Upload]:
        """The files that were chosen."""
        return [
            Upload(sent.stream, sent.filename) for sent in self.files.data or [] if sent and sent.filename
        ]


FORMS: dict[str, type[StepForm]] = {
    "annul": AnnulForm,
    "restore": StepForm,
    "meet": MeetForm,
    "unmeet": StepForm,
}
