"""The kinds of fields that the staff pages of the register are made of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from wtforms import Field, Form, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import TextArea, TextInput

from credit_register.core.dates import NotADate, parse_date
from credit_register.core.masking import find_personal_data
from credit_register.core.plain_text import one_line, paragraphs, visible
from credit_register.institutions import facts


def most(count: int) -> Length:
    return Length(max=count, message=f"最多 {count} 字")


def fact(rule: Callable[[str], str]) -> Callable[[Form, Field], None]:
    """Let the rule of the register speak beside the field; what stood there before is not judged anew."""

    def judge(form: Form, field: Field) -> None:
        if field.data and field.data != field.object_data:
            try:
                rule(field.data)
            except facts.BadFact as bad:
                raise ValidationError(str(bad)) from bad

    return judge


def institution_fact(name: str) -> list[Callable[[Form, Field], None]]:
    return [fact(facts.INSTITUTION_FACTS[name])]


class LineField(StringField):
    """One line of text, trimmed, without hidden characters; a field that was not sent is empty."""

    data: str

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = one_line(str(valuelist[0]))
            self.raw_data = [self.data]  # by which the library judges whether anything was typed


class ProseField(TextAreaField):
    """Paragraphs, trimmed, without hidden characters; a field that was not sent is empty."""

    data: str

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = paragraphs(str(valuelist[0]))
            self.raw_data = [self.data]


class DayField(Field):
    """A date as people type it; what cannot be read is kept and shown again with a sentence."""

    widget = TextInput()  # a date picker would show dates in the browser's own way
    data: date | None

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, **options, render_kw={"placeholder": "2026-11-21", "autocomplete": "off"})

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.isoformat() if self.data else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            self.data = parse_date(str(valuelist[0])) if valuelist else None
        except NotADate as error:
            self.data = None
            raise ValueError(str(error)) from error


class RequiredDayField(DayField):
    """A date that must be there."""

    data: date


class LinesField(Field):
    """Several short texts, one on each line."""

    widget = TextArea()  # type: ignore[assignment]  # it asks the field for its _value, no more
    data: list[str]

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else "\n".join(self.data or [])

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = visible(str(valuelist[0])) if valuelist else ""
        self.raw_data = [text]
        lines = (one_line(line) for line in text.split("\n"))
        self.data = list(dict.fromkeys(line for line in lines if line))


class VersionField(HiddenField):
    """The number of the row that the person saw."""

    data: int  # type: ignore[assignment]

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = str(valuelist[0]) if valuelist else ""
        if not _is_number(text):
            raise ValueError("页面已过期，请刷新后再提交")
        self.data = int(text)


class SeenField(HiddenField):
    """The number of the version that the person saw in public; it only tells what changed meanwhile."""

    data: int | None  # type: ignore[assignment]

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = str(valuelist[0]) if valuelist else ""
        self.data = int(text) if _is_number(text) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def reason_field() -> ProseField:
    """The reason that every change of the register carries; history shows it in public."""
    return ProseField(
        "变更原因",
        description="4 至 400 字，将在公开的变更记录中显示，请勿填写个人信息",
        validators=[
            InputRequired("请填写原因"),
            Length(min=4, max=400, message="原因须为 4 至 400 字"),
        ],
    )


def add_error(field: Any, message: str) -> None:
    """Say something beside a field after the others have spoken."""
    field.errors = [*field.errors, message]


def refuse_personal_data(field: Any, text: str) -> None:
    """Say beside the field which personal data must go."""
    if kinds := dict.fromkeys(finding.kind.label for finding in find_personal_data(text)):
        add_error(field, f"文字中有{'、'.join(kinds)}，属于个人信息，请删去后再提交")
