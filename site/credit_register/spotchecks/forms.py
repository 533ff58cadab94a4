"""Input of the pages of checks: shape is checked here, meaning in the services."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import SelectField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from credit_register.core.choices import SelectChoice
from credit_register.institutions.entries import Upload
from credit_register.institutions.form_fields import LineField, ProseField, VersionField, most
from credit_register.spotchecks.evidence import EVIDENCE, PROOFS, files_hint
from credit_register.spotchecks.models import Matter, SpotCheck, Verdict
from credit_register.spotchecks.services import LONGEST_FINDING, SHORTEST_FINDING, Conclusion, Subject
from credit_register.spotchecks.words import LONGEST_MATTER, read_matter, read_verdict

LONGEST_TEXT = 4000
TOO_LONG = f"最多 {LONGEST_TEXT} 字，更长的内容请作为附件上传"


class ListField(SelectField):
    """A list to choose from, which looks like any other."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.type = SelectField.__name__  # by which the macro of the pages knows how to draw it


class MatterField(ListField):
    """What is checked: chosen from the list, or sent by a program as any short text, which becomes the detail."""

    typed = ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            found, self.typed = read_matter(str(valuelist[0]))
            self.data = found.value if found else ""
            self.raw_data = [self.data]  # by which the library judges whether anything was typed

    @property
    def matter(self) -> Matter | None:
        """The chosen matter."""
        return Matter(self.data) if self.data else None


class VerdictField(ListField):
    """The verdict by its value or its Chinese words; what is neither is told."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = str(valuelist[0]).strip() if valuelist else ""
        found = read_verdict(text)
        self.data = found.value if found else ""
        if text and found is None:
            raise ValueError("没有这个结论，请从列表中选择")

    @property
    def verdict(self) -> Verdict | None:
        """The chosen verdict."""
        return Verdict(self.data) if self.data else None


def _matter_field() -> MatterField:
    choices = [SelectChoice("", "请选择"), *(SelectChoice(each.value, each.label) for each in Matter)]
    return MatterField("核查事项", choices=choices, validators=[InputRequired("请选择核查事项")])


def _verdict_field() -> VerdictField:
    choices = [SelectChoice("", "暂不作结论"), *(SelectChoice(each.value, each.label) for each in Verdict)]
    return VerdictField("结论", choices=choices, validators=[Optional()])


def _finding_field(label: str = "结论的理由") -> ProseField:
    return ProseField(
        label,
        description=f"{SHORTEST_FINDING} 至 {LONGEST_FINDING} 字，与结论一起公示。只写机构公示的内容和核对结果，不写个人信息",
        validators=[most(LONGEST_FINDING)],
    )


def _found_field() -> ProseField:
    return ProseField(
        "查到的情况",
        description="逐项写明与公示内容是否一致、依据是什么；只供内部办案，不公示",
        validators=[Length(max=LONGEST_TEXT, message=TOO_LONG)],
    )


def _declared_field() -> ProseField:
    return ProseField(
        "公示的内容",
        description="可以不填：系统自动保存当日公示的全部内容，并摘录与核查事项有关的部分",
        validators=[Length(max=LONGEST_TEXT, message=TOO_LONG)],
    )


def _files_field(label: str, hint: str) -> MultipleFileField:
    accept = ",".join(EVIDENCE.extensions)
    return MultipleFileField(label, description=hint, render_kw={"accept": accept})


def uploads_of(field: MultipleFileField) -> list[Upload]:
    """The files that were chosen."""
    return [Upload(sent.stream, sent.filename) for sent in field.data or [] if sent and sent.filename]


class ConclusionFields(FlaskForm):  # type: ignore[misc]
    """What was found, and the verdict."""

    found = _found_field()
    verdict = _verdict_field()
    reason = _finding_field()
    correction = ProseField(
        "改正要求",
        description=f"只在结论为“{Verdict.ORDERED_TO_CORRECT.label}”时填写：复核公示的同时责令改正并开始计算期限，"
        "机构会看到这段文字，公众只看到期限",
        validators=[most(LONGEST_FINDING)],
    )
    files = _files_field("核查材料", files_hint(EVIDENCE, "60 MB"))

    def conclusion(self) -> Conclusion:
        """What was typed, in the shape that the services take.

        A program may know the published fields only: then the reason says what has to be corrected.
        """
        verdict, reason = self.verdict.verdict, self.reason.data or ""
        correction = self.correction.data or ""
        if not self.correction.raw_data:
            correction = (correction or reason) if verdict is not None and verdict.orders else ""
        return Conclusion(self.found.data or "", verdict, reason, correction)


class NewCheckForm(ConclusionFields):
    """A check that begins; with a complete conclusion it also ends."""

    uscc = LineField(
        "统一社会信用代码",
        description="18 位，须为辖区内的登记机构",
        validators=[InputRequired("请填写统一社会信用代码"), most(60)],
    )
    matter = _matter_field()
    matter_text = LineField(
        "具体内容",
        description=f"可以不填，例如某一项服务；最多 {LONGEST_MATTER} 字，将公示",
        validators=[Length(max=LONGEST_MATTER, message=f"最多 {LONGEST_MATTER} 字，其余请写在“查到的情况”")],
    )
    declared = _declared_field()

    def take_typed_matter(self) -> None:
        """A matter that is none of the list stands among the details."""
        if self.matter.typed and not self.matter_text.data:
            self.matter_text.data = self.matter.typed

    def subject(self) -> Subject:
        """What is checked; only after validation."""
        matter = self.matter.matter
        assert matter is not None
        return Subject(matter, self.matter_text.data or "", self.declared.data or "")


class ConcludeForm(ConclusionFields):
    """The verdict of a check that is open."""

    declared = _declared_field()
    version = VersionField("页面版本")

    @staticmethod
    def values_of(check: SpotCheck) -> dict[str, Any]:
        """What was written down so far."""
        return {
            "declared": check.declared,
            "found": check.found,
            "verdict": check.verdict or "",
            "reason": check.finding,
            "correction": check.correction,
            "version": check.version,
        }


class StepForm(FlaskForm):  # type: ignore[misc]
    """One move with its reason."""

    reason = ProseField("理由", validators=[DataRequired("请填写理由"), most(LONGEST_FINDING)])
    version = VersionField("页面版本")


class EvidenceForm(FlaskForm):  # type: ignore[misc]
    """Files that are added to an open check."""

    files = _files_field("核查材料", files_hint(EVIDENCE, "60 MB"))
    version = VersionField("页面版本")


class ResponseForm(FlaskForm):  # type: ignore[misc]
    """What the institution corrected."""

    text = ProseField(
        "改正情况",
        description="写明改了什么、什么时候改的；公示内容已更新的，写明是哪一项。只有主管部门看得到",
        validators=[DataRequired("请填写改正情况"), Length(max=LONGEST_TEXT, message=TOO_LONG)],
    )
    files = _files_field("证明材料", files_hint(PROOFS, "40 MB"))
    version = VersionField("页面版本")
