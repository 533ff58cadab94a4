"""Input of the pages of letters: shape is checked here, meaning in the services."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, FieldList, Form, FormField, HiddenField, SelectField
from wtforms.validators import AnyOf, DataRequired, InputRequired

from credit_register.core.choices import SelectChoice
from credit_register.institutions.entries import Upload
from credit_register.institutions.form_fields import (
    LineField,
    ProseField,
    RequiredDayField,
    VersionField,
    institution_fact,
    most,
    refuse_personal_data,
)
from credit_register.letters.attachments import LETTER_FILES
from credit_register.letters.drafting import LONGEST_CONTACT, LONGEST_DESCRIPTION, Clue, Words
from credit_register.letters.models import ChaseMeans, Delivery, Letter, LetterClue, Result
from credit_register.letters.services import LONGEST_ANSWER, LONGEST_REASON
from credit_register.letters.sources import read_reference
from credit_register.letters.wording import CLUES, ENTITIES, LONGEST_BODY, LONGEST_LINE, MOST_CLUES, PERIOD

SPARE_ROWS, MORE_ROWS = 2, 5
CLUE_PREFIX = "clue_"


@dataclass(frozen=True)
class Problem:
    """What is wrong in one field, for the list above the form."""

    id: str
    label: str
    words: str


class ClueForm(Form):
    """One line of the annex; `id` is its row, `source` what it comes from."""

    id = HiddenField()
    source = HiddenField()
    name = LineField("治理对象", validators=[most(LONGEST_LINE)])
    uscc = LineField("统一社会信用代码", description="没有的留空", validators=[most(40)])
    description = ProseField("线索情况", validators=[most(LONGEST_DESCRIPTION)])
    remove = BooleanField("删去这一条")

    @property
    def blank(self) -> bool:
        """Whether nobody wrote anything here."""
        return not (self.name.data or self.uscc.data or self.description.data)

    def clue(self) -> Clue:
        """What was typed."""
        row = self.id.data or ""
        return Clue(
            name=self.name.data or "",
            description=self.description.data or "",
            uscc=self.uscc.data or "",
            source=read_reference(self.source.data or ""),
            id=int(row) if row.isascii() and row.isdecimal() and len(row) < 10 else None,
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """What is written must be a whole clue without personal data."""
        if self.remove.data or self.blank:
            return True
        super().validate(extra_validators)
        for field, missing in (
            (self.name, "请填写治理对象的名称"),
            (self.description, "请填写线索情况"),
        ):
            if not field.data:
                field.errors = [*field.errors, missing]
            else:
                refuse_personal_data(field, field.data)
        return not self.errors


class LetterForm(FlaskForm):  # type: ignore[misc]
    """A draft; what is missing may be added later."""

    addressee = LineField(
        "主送机关",
        description="有权查处的行业监管部门，例如“成都市市场监督管理局”",
        validators=[InputRequired("请填写主送机关"), most(LONGEST_LINE)],
    )
    title = LineField("标题", validators=[most(LONGEST_LINE)])
    body = ProseField(
        "正文",
        description=f"一段一行。{CLUES}、{ENTITIES}、{PERIOD}由系统按清单和时限规则自动填写，签发时固定。"
        "不得写举报人的姓名、联系方式或者可以推断其身份的内容",
        validators=[most(LONGEST_BODY)],
    )
    office = LineField("落款单位", description="本单位全称", validators=[most(LONGEST_LINE)])
    contact_name = LineField(
        "联系人", description="本单位的联系人，写在函中", validators=[most(LONGEST_CONTACT)]
    )
    contact_phone = LineField(
        "联系电话", description="本单位的办公电话，写在函中", validators=institution_fact("phone")
    )
    clues = FieldList(FormField(ClueForm), label="治理对象清单", max_entries=MOST_CLUES)

    def words(self) -> Words:
        """What the office wrote."""
        return Words(
            *(
                self[name].data or ""
                for name in ("addressee", "title", "body", "office", "contact_name", "contact_phone")
            )
        )

    def written_clues(self) -> list[Clue]:
        """The lines of the annex, without those that are blank or to be removed."""
        return [entry.form.clue() for entry in self.written_rows()]

    def written_rows(self) -> list[Any]:
        """The rows of the page that these lines come from."""
        return [entry for entry in self.clues if not (entry.form.remove.data or entry.form.blank)]

    def add_rows(self, count: int) -> None:
        """Offer further blank rows, as far as the annex may grow."""
        for _ in range(min(count, MOST_CLUES - len(self.clues))):
            self.clues.append_entry()

    def problems(self) -> list[Problem]:
        """What is wrong, field by field, those of the annex after the words."""
        named = [(field, field.label.text) for field in self if field is not self.clues]
        for place, entry in enumerate(self.clues, start=1):
            named += [(field, f"第 {place} 条线索的{field.label.text}") for field in entry.form]
        return [Problem(field.id, label, "；".join(field.errors)) for field, label in named if field.errors]

    def validate(self, extra_validators: Any = None) -> bool:
        """All that leaves the office is free of personal data; the contact is the office's own."""
        super().validate(extra_validators)
        for field in (self.addressee, self.title, self.body, self.office):
            refuse_personal_data(field, field.data or "")
        return not self.errors

    @staticmethod
    def values_of(letter: Letter) -> dict[str, Any]:
        """A draft as it stands."""
        names = ("addressee", "title", "body", "office", "contact_name", "contact_phone")
        return {
            **{name: getattr(letter, name) for name in names},
            "clues": [clue_values(clue) for clue in letter.clues],
        }


class EditLetterForm(LetterForm):
    """A draft that is rewritten."""

    version = VersionField("页面版本")


def clue_values(clue: LetterClue | Clue) -> dict[str, Any]:
    """One line of the annex as a row of the form shows it."""
    source = f"{clue.source.kind}:{clue.source.id}" if isinstance(clue, Clue) and clue.source else ""
    return {
        "id": str(clue.id or ""),
        "source": source,
        "name": clue.name,
        "uscc": clue.uscc,
        "description": clue.description,
    }


def _choice(label: str, words: type[Delivery] | type[Result] | type[ChaseMeans], missing: str) -> SelectField:
    choices = [SelectChoice("", "请选择"), *(SelectChoice(each.value, each.label) for each in words)]
    return SelectField(
        label,
        choices=choices,
        validate_choice=False,
        validators=[InputRequired(missing), AnyOf([each.value for each in words], message=missing)],
    )


class StepForm(FlaskForm):  # type: ignore[misc]
    """One move without words."""

    version = VersionField("页面版本")


class ReasonForm(StepForm):
    """One move with its reason."""

    reason = ProseField("理由", validators=[DataRequired("请填写理由"), most(LONGEST_REASON)])


def _files_field(label: str) -> MultipleFileField:
    size = LETTER_FILES.max_bytes // 1024**2
    return MultipleFileField(
        label,
        description=f"可以不传；{'、'.join(LETTER_FILES.labels)}，最多 {LETTER_FILES.max_count} 个，每个不超过 {size} MB",
        render_kw={"accept": ",".join(LETTER_FILES.extensions)},
    )


def uploads_of(form: Any) -> list[Upload]:
    """The files that were chosen; a browser sends an empty one where none was."""
    if "files" not in form:
        return []
    return [Upload(each.stream, each.filename) for each in form.files.data or [] if each and each.filename]


class DeliverForm(StepForm):
    """How and when the letter arrived."""

    delivery = _choice("送达方式", Delivery, "请选择送达方式")
    day = RequiredDayField("送达日期", validators=[InputRequired("请填写送达日期")])
    files = _files_field("送达回证")


class AnswerForm(StepForm):
    """What the addressee answered."""

    result = _choice("查处结果", Result, "请选择查处结果")
    day = RequiredDayField("反馈日期", validators=[InputRequired("请填写反馈日期")])
    text = ProseField(
        "反馈内容",
        description="摘录对方的书面反馈；请勿填写个人信息",
        validators=[DataRequired("请填写反馈内容"), most(LONGEST_ANSWER)],
    )
    files = _files_field("反馈的书面材料")

    clues_title = "结果不同的线索"
    clues_open = False

    @property
    def clue_fields(self) -> list[Any]:
        """The fields that `answer_form_of` added."""
        return [field for field in self if field.name.startswith(CLUE_PREFIX)]


def answer_form_of(letter: Letter, *, later: bool) -> type[AnswerForm]:
    """The form of an answer, with a field for each clue of a letter that has several.

    In the first answer the field says where a clue differs; `later` it shows what was answered to the clue, and whoever
    leaves it alone changes nothing, also where somebody else has changed it since.
    """
    if letter.clue_count == 1:
        return AnswerForm
    fields: dict[str, Any] = {
        f"{CLUE_PREFIX}{clue.id}": _clue_choice(clue, later=later) for clue in letter.clues
    }
    if later:  # no result for all: the one that counts for a clue is its own
        fields |= {"result": None, "clues_title": "有变化的线索", "clues_open": True}
    return type("AnswerFormOfLetter", (AnswerForm,), fields)


def _clue_choice(clue: LetterClue, *, later: bool) -> SelectField:
    results = [SelectChoice(each.value, each.label) for each in Result]
    left_alone = f"没有变化（{clue.result_label}）" if later else "同上面的查处结果"
    choices = [SelectChoice("", left_alone), *results]
    return SelectField(
        clue.name,
        choices=choices,
        default="",
        validate_choice=False,
        validators=[AnyOf([each.value for each in choices], message="请选择列出的查处结果")],
    )


def chosen_apart(form: AnswerForm, letter: Letter) -> dict[int, Result]:
    """The results that were chosen for single clues, by the number of the clue; only after validation."""
    chosen = {clue.id: form[f"{CLUE_PREFIX}{clue.id}"].data for clue in letter.clues if letter.clue_count > 1}
    return {clue_id: Result(value) for clue_id, value in chosen.items() if value}


def chosen_later(form: AnswerForm, letter: Letter) -> dict[int, Result]:
    """What a later answer says of each clue, by its number; only after validation."""
    if letter.clue_count > 1:
        return chosen_apart(form, letter)
    return {clue.id: Result(form["result"].data) for clue in letter.clues}


class ChaseForm(FlaskForm):  # type: ignore[misc]
    """How the office asked again."""

    means = _choice("催办方式", ChaseMeans, "请选择催办方式")
    day = RequiredDayField("催办日期", validators=[InputRequired("请填写催办日期")])
    text = ProseField(
        "催办情况",
        description="向谁催办、对方怎样答复；请勿填写个人信息",
        validators=[DataRequired("请填写催办情况"), most(LONGEST_REASON)],
    )


MOVE_FORMS: dict[str, type[FlaskForm]] = {
    "submit": StepForm,
    "issue": StepForm,
    "recall": StepForm,
    "discard": ReasonForm,
    "send_back": ReasonForm,
    "deliver": DeliverForm,
    "answer": AnswerForm,
    "supplement": AnswerForm,
    "chase": ChaseForm,
}


def chosen(words: type[StrEnum], field: SelectField) -> Any:
    """The word of a list that was chosen; only after validation."""
    return words(field.data)
