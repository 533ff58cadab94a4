"""Input of the pages of measures: shape is checked here, meaning in the services."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, SelectField
from wtforms.validators import DataRequired, InputRequired, Length

from credit_register.core.choices import SelectChoice
from credit_register.institutions.entries import Upload
from credit_register.institutions.form_fields import (
    LineField,
    ProseField,
    RequiredDayField,
    SeenField,
    VersionField,
    institution_fact,
    most,
)
from credit_register.ledger.measures.attachments import OFFICE_FILES, PROOFS, files_hint
from credit_register.ledger.measures.publicity import LONGEST_PUBLIC, SHORTEST_PUBLIC
from credit_register.ledger.measures.recording import (
    LONGEST_CONTACT,
    LONGEST_HOUR,
    LONGEST_LINE,
    LONGEST_OFFICE,
    NewMeasure,
    Public,
)
from credit_register.ledger.measures.scheme import Scheme
from credit_register.ledger.measures.services import LONGEST_PRESENT, LONGEST_REASON, LONGEST_TEXT, Talk
from credit_register.ledger.models import InterviewForm, MeasureKind

_PERSONAL = "不写证件号码、手机号码等个人信息"
TOO_LONG = f"最多 {LONGEST_TEXT} 字，更长的内容请作为附件上传"


def _files(label: str, hint: str) -> MultipleFileField:
    return MultipleFileField(label, description=hint, render_kw={"accept": ",".join(OFFICE_FILES.extensions)})


def _office_files(label: str = "附件", before: str = "") -> MultipleFileField:
    return _files(label, before + files_hint(OFFICE_FILES, "60 MB"))


def uploads_of(field: MultipleFileField) -> list[Upload]:
    """The files that were chosen."""
    return [Upload(sent.stream, sent.filename) for sent in field.data or [] if sent and sent.filename]


def _public_text(description: str = "") -> ProseField:
    return ProseField(
        "公示内容",
        description=f"{SHORTEST_PUBLIC} 至 {LONGEST_PUBLIC} 字，所有人都能看到；只写已经查实的事实和决定，{_PERSONAL}{description}",
        validators=[
            InputRequired("请填写公示内容"),
            Length(
                min=SHORTEST_PUBLIC,
                max=LONGEST_PUBLIC,
                message=f"公示内容须为 {SHORTEST_PUBLIC} 至 {LONGEST_PUBLIC} 字",
            ),
        ],
    )


def _public_until() -> RequiredDayField:
    return RequiredDayField(
        "公示截止日期",
        description="公示到这一天为止，期满自动撤下；通常一年，最长三年（系统设计值，须主管单位确认）",
        validators=[InputRequired("请填写公示截止日期")],
    )


class NewMeasureForm(FlaskForm):  # type: ignore[misc]
    """What every kind of measure asks for; the forms of the kinds add their own."""

    kind: MeasureKind
    # In this order on the page; a form has some of them.
    order = (
        "form",
        "level",
        "day",
        "hour",
        "place",
        "addressee",
        "reference",
        "text",
        "public_text",
        "public_until",
        "shown",
        "office",
        "contact_name",
        "contact_phone",
        "files",
    )
    proses = ("text", "public_text")

    day = RequiredDayField("日期", validators=[InputRequired("请填写日期")])
    text = ProseField(
        "内容", validators=[InputRequired("请填写"), Length(max=LONGEST_TEXT, message=TOO_LONG)]
    )
    office = LineField(
        "开展单位",
        description="本单位全称，台账和文书中使用",
        validators=[InputRequired("请填写开展单位"), most(LONGEST_OFFICE)],
    )
    files = _office_files()

    def fields(self) -> list[Any]:
        """The fields of the form in the order of the page."""
        return [self[name] for name in self.order if name in self]

    def measure(self) -> NewMeasure:
        """What was typed; only after validation."""

        def typed(name: str) -> str:
            return (self[name].data or "") if name in self else ""

        return NewMeasure(
            kind=self.kind,
            day=self.day.data,
            text=self.text.data,
            office=self.office.data,
            contact_name=typed("contact_name"),
            contact_phone=typed("contact_phone"),
            form=InterviewForm(typed("form")) if typed("form") else None,
            hour=typed("hour"),
            place=typed("place"),
            addressee=typed("addressee"),
            reference=typed("reference"),
            level=typed("level"),
            shown=bool(self["shown"].data) if "shown" in self else False,
            replaces=(self["replaces"].data or None) if "replaces" in self else None,
            public=Public(typed("public_text"), self["public_until"].data) if "public_text" in self else None,
        )


class _Told(NewMeasureForm):
    files = _office_files("附件", "随通知送机构，机构可以看到；")


class _WithContact(_Told):
    contact_name = LineField(
        "联系人", description="本单位的联系人，写在文书中", validators=[most(LONGEST_CONTACT)]
    )
    contact_phone = LineField(
        "联系电话", description="本单位的办公电话，写在文书中", validators=institution_fact("phone")
    )


class InterviewMeasureForm(_WithContact):
    """An interview that is announced."""

    kind = MeasureKind.INTERVIEW
    form = SelectField(
        "约谈形式",
        choices=[
            SelectChoice("", "请选择"),
            *(SelectChoice(each.value, each.label) for each in InterviewForm),
        ],
        validators=[InputRequired("请选择约谈形式")],
    )
    hour = LineField("时间", description="例如：上午 9:30", validators=[most(LONGEST_HOUR)])
    place = LineField(
        "约谈地点",
        description="可以写会议室，也可以写视频会议",
        validators=[InputRequired("请填写约谈地点"), most(LONGEST_LINE)],
    )


class OrderMeasureForm(_WithContact):
    """An order to correct."""

    kind = MeasureKind.ORDER


class SupervisionMeasureForm(_Told):
    """Key supervision; `replaces` is the one in force that the person saw."""

    kind = MeasureKind.SUPERVISION
    level = SelectField("等级", validate_choice=False, validators=[InputRequired("请选择等级")])
    replaces = SeenField("原来的等级")

    def offer(self, scheme: Scheme) -> None:
        """Let the levels of the region be chosen."""
        self.level.choices = [
            SelectChoice("", "请选择"),
            *(SelectChoice(level.name, level.words) for level in scheme.levels),
        ]


class _MayBeShown(NewMeasureForm):
    shown = BooleanField(
        "机构可以在工作台看到",
        description="勾选的，机构会收到通知，并看到以上内容和附件；不勾选的，机构看不到",
    )


class CircularMeasureForm(_MayBeShown):
    """A circular of criticism."""

    kind = MeasureKind.CIRCULAR
    addressee = LineField(
        "通报范围",
        description="发给谁，例如“全市信用服务机构”",
        validators=[InputRequired("请填写通报范围"), most(LONGEST_LINE)],
    )
    reference = LineField("文号", description="没有的留空", validators=[most(LONGEST_LINE)])


class PublicationMeasureForm(NewMeasureForm):
    """Dishonest facts that are proposed for the public record."""

    kind = MeasureKind.PUBLICATION
    public_text = _public_text()
    public_until = _public_until()


class HandoverMeasureForm(_MayBeShown):
    """A case that is handed to the regulator."""

    kind = MeasureKind.HANDOVER
    addressee = LineField(
        "移送的监管部门", validators=[InputRequired("请填写移送的监管部门"), most(LONGEST_LINE)]
    )
    reference = LineField("移送文书", description="名称和文号，没有的留空", validators=[most(LONGEST_LINE)])


class JointMeasureForm(_MayBeShown):
    """Joint measures that are suggested to whoever may take them."""

    kind = MeasureKind.JOINT
    addressee = LineField(
        "建议的部门",
        description="有权依法采取这项措施的部门",
        validators=[InputRequired("请填写建议的部门"), most(LONGEST_LINE)],
    )
    reference = LineField(
        "惩戒措施",
        description="《全国失信惩戒措施基础清单》中的措施名称，写明清单年份；清单以外的不得建议",
        validators=[InputRequired("请填写清单中的惩戒措施"), most(LONGEST_LINE)],
    )


NEW_FORMS: dict[MeasureKind, type[NewMeasureForm]] = {
    form.kind: form
    for form in (
        InterviewMeasureForm,
        OrderMeasureForm,
        SupervisionMeasureForm,
        CircularMeasureForm,
        PublicationMeasureForm,
        HandoverMeasureForm,
        JointMeasureForm,
    )
}


class StepForm(FlaskForm):  # type: ignore[misc]
    """One move without words."""

    version = VersionField("页面版本")


class ReasonForm(StepForm):
    """One move with its reason."""

    reason = ProseField("理由", validators=[DataRequired("请填写理由"), most(LONGEST_REASON)])


class HeldForm(StepForm):
    """What an interview brought."""

    day = RequiredDayField("约谈日期", validators=[InputRequired("请填写约谈日期")])
    present = ProseField(
        "双方参加人员",
        description=f"双方的姓名和职务；{_PERSONAL}",
        validators=[DataRequired("请填写双方参加人员"), most(LONGEST_PRESENT)],
    )
    minutes = ProseField(
        "约谈内容",
        description=f"机构可以看到；{_PERSONAL}",
        validators=[DataRequired("请填写约谈内容"), Length(max=LONGEST_TEXT, message=TOO_LONG)],
    )
    promises = ProseField(
        "机构的承诺",
        description="承诺做什么、什么时候做到；没有的留空。机构可以看到",
        validators=[Length(max=LONGEST_TEXT, message=TOO_LONG)],
    )
    files = _office_files("约谈材料", "签字的记录、书面承诺等，只供内部办案；")

    def talk(self) -> Talk:
        """What was typed; only after validation."""
        return Talk(self.day.data, self.present.data, self.minutes.data, self.promises.data or "")


class ProposeForm(StepForm):
    """What the public is to read."""

    public_text = _public_text()
    public_until = _public_until()


STEP_FORMS: dict[str, type[StepForm]] = {
    "hold": HeldForm,
    "recall_publication": StepForm,
    "propose_publication": ProposeForm,
}


class ResponseForm(FlaskForm):  # type: ignore[misc]
    """What the institution corrected."""

    text = ProseField(
        "纠正情况",
        description="写明纠正了什么、什么时候完成的；义务已履行的，写明凭证。只有主管部门看得到",
        validators=[DataRequired("请填写纠正情况"), Length(max=LONGEST_TEXT, message=TOO_LONG)],
    )
    files = _files("证明材料", files_hint(PROOFS, "40 MB"))
    version = VersionField("页面版本")
