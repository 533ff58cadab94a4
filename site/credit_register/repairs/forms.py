"""Input of the pages of repairs: shape is checked here, meaning in the services."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms.validators import DataRequired, InputRequired

from credit_register.institutions.entries import Upload
from credit_register.institutions.form_fields import (
    LineField,
    ProseField,
    RequiredDayField,
    VersionField,
    most,
)
from credit_register.repairs.models import Paper, RepairApplication
from credit_register.repairs.papers import PAPERS, Uploads, files_hint
from credit_register.repairs.services import LONGEST_REASON, Answer, Entry

LONGEST_OFFICE, LONGEST_NUMBER, LONGEST_REFERENCE = 120, 120, 80  # as the columns are


def _files_field(label: str, hint: str = "") -> MultipleFileField:
    accept = ",".join(PAPERS.extensions)
    return MultipleFileField(label, description=f"{hint}{files_hint()}", render_kw={"accept": accept})


def _office_field() -> LineField:
    return LineField(
        "作出答复的单位", validators=[InputRequired("请填写作出答复的单位"), most(LONGEST_OFFICE)]
    )


def uploads_of(field: MultipleFileField) -> list[Upload]:
    """The files that were chosen."""
    return [Upload(sent.stream, sent.filename) for sent in field.data or [] if sent and sent.filename]


class EntryForm(FlaskForm):  # type: ignore[misc]
    """An application that was made elsewhere."""

    applied_on = RequiredDayField("申请日期", validators=[InputRequired("请填写申请日期")])
    applied_to = LineField(
        "向哪里申请",
        description="例如“信用中国”网站、某市政务服务大厅，或者认定单位的名称",
        validators=[InputRequired("请填写向哪里申请"), most(LONGEST_OFFICE)],
    )
    reference = LineField(
        "受理平台的编号", description="没有的可以不填", validators=[most(LONGEST_REFERENCE)]
    )
    obligations = _files_field(Paper.OBLIGATIONS.label, "留存备查，可以不传；")
    commitment = _files_field(Paper.COMMITMENT.label, "留存备查，可以不传；")

    def entry(self) -> Entry:
        """What was typed; only after validation."""
        return Entry(self.applied_on.data, self.applied_to.data, self.reference.data or "")

    def uploads(self) -> Uploads:
        """What was chosen for each of the two documents."""
        return {
            Paper.OBLIGATIONS: uploads_of(self.obligations),
            Paper.COMMITMENT: uploads_of(self.commitment),
        }


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """A move that needs no words."""

    version = VersionField("页面版本")


class ReasonForm(ConfirmForm):
    """A move with its reason."""

    reason = ProseField(
        "理由",
        description="请勿填写个人信息",
        validators=[DataRequired("请填写理由"), most(LONGEST_REASON)],
    )


class AnswerForm(ConfirmForm):
    """What the authority answered."""

    on = RequiredDayField("答复日期", validators=[InputRequired("请填写答复日期")])
    by = _office_field()

    def answer(self) -> Answer:
        """What was typed; only after validation."""
        number = self.number.data or "" if "number" in self else ""
        return Answer(self.on.data, self.by.data, number, self.reason.data or "")


class AcceptForm(AnswerForm):
    """The authority accepted."""

    reason = ProseField("说明", description="可以不填；机构看得到", validators=[most(LONGEST_REASON)])


class RefuseForm(AnswerForm):
    """The authority did not accept."""

    number = LineField("文号", description="没有的可以不填", validators=[most(LONGEST_NUMBER)])
    reason = ProseField(
        "认定单位的理由",
        description="机构看得到；请勿填写个人信息",
        validators=[DataRequired("请填写认定单位的理由"), most(LONGEST_REASON)],
    )


class DenyForm(RefuseForm):
    """The authority decided not to repair."""

    decision = _files_field("决定的扫描件", "可以不传；")


class ProposeForm(AnswerForm):
    """The authority has repaired."""

    number = LineField(
        "修复决定文号",
        description="没有单独文号的，填信用中国修复结果的编号",
        validators=[InputRequired("请填写修复决定的文号"), most(LONGEST_NUMBER)],
    )
    reason = ProseField("说明", description="可以不填；机构看得到", validators=[most(LONGEST_REASON)])
    decision = _files_field("修复决定或修复结果的扫描件、截图", "必须上传，复核人员凭它核对；")


MOVE_FORMS: dict[str, type[ConfirmForm]] = {
    "accept": AcceptForm,
    "propose": ProposeForm,
    "refuse": RefuseForm,
    "deny": DenyForm,
    "confirm": ConfirmForm,
    "send_back": ReasonForm,
    "discard": ReasonForm,
}


def values_of(application: RepairApplication) -> dict[str, Any]:
    """What the form of a move shows before anything was typed: the draft that was sent back, else the record."""
    return {
        "version": application.version,
        "by": application.decided_by or application.record.authority,
        "number": application.document_number,
    }
