"""Input of the pages of records: shape is checked here, meaning in the services."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms.validators import DataRequired, InputRequired, Length

from credit_register.credit_records.services import (
    LONGEST_NOTE,
    LONGEST_PROOF,
    PROOF,
    SHORTEST_NUMBER,
    Revocation,
)
from credit_register.institutions.entries import Upload
from credit_register.institutions.form_fields import (
    LineField,
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

    document = LineField(
        "撤销文书文号",
        description="撤销或者变更原文书的文书，例如“示例撤〔2026〕1号”",
        validators=[
            InputRequired("请填写撤销文书的文号"),
            Length(
                min=SHORTEST_NUMBER,
                max=LONGEST_PROOF,
                message=f"文号须为 {SHORTEST_NUMBER} 至 {LONGEST_PROOF} 字",
            ),
        ],
    )
    office = LineField("作出机关", validators=[InputRequired("请填写作出机关"), most(LONGEST_PROOF)])
    day = RequiredDayField("收到撤销、变更文书的日期", validators=[InputRequired("请填写收到的日期")])

    def validate(self, extra_validators: Any = None) -> bool:
        """Its number and office stand in the history too."""
        super().validate(extra_validators)
        for field in (self.document, self.office):
            refuse_personal_data(field, field.data or "")
        return not self.errors

    def revocation(self) -> Revocation:
        """The document as it was typed."""
        return Revocation(self.day.data, self.document.data, self.office.data)


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
