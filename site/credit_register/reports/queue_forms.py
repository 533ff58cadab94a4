"""Input of the queue: one deed on many rows, the name of a kept filter, the handover of a person's cases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from flask import request
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField

from credit_register.core import regions
from credit_register.core.choices import SelectChoice
from credit_register.institutions.form_fields import LineField, ProseField, refuse_personal_data
from credit_register.reports.bulk import MOST
from credit_register.reports.officers import Officer
from credit_register.reports.saved_filters import LONGEST_NAME
from credit_register.reports.staff_forms import check_reason, find_region
from credit_register.reports.work_models import LONGEST_TAG

ASSIGN, TAG, UNTAG, FORWARD, MERGE = "assign", "tag", "untag", "forward", "merge"
DEEDS: Final = {
    ASSIGN: "指定经办人",
    TAG: "加标签",
    UNTAG: "去标签",
    FORWARD: "转其他地区办理",
    MERGE: "并为一件办理",
}
_ROW = re.compile(r"([0-9]{1,9})-([0-9]{1,9})", re.ASCII)


def office_words(officer: Officer, count: str = "") -> str:
    """A person as a list names them, with the office."""
    gone = "" if officer.active else "，已停用"
    return f"{officer.name}（{regions.full_name(officer.region)}{gone}）{count}"


class BulkForm(FlaskForm):  # type: ignore[misc]
    """One deed on the rows that were chosen, each with the version that the person saw."""

    deed = RadioField(
        "怎样办理",
        choices=[SelectChoice(value=value, label=label) for value, label in DEEDS.items()],
        validate_choice=False,
    )
    officer = SelectField("经办人", id="bulk-officer", validate_choice=False)
    tag = LineField(
        "标签",
        id="bulk-tag",
        description=f"最多 {LONGEST_TAG} 字，例如 加急。请勿填写个人信息",
        render_kw={"autocomplete": "off", "list": "known-tags", "maxlength": LONGEST_TAG},
    )
    region = LineField(
        "转往地区",
        id="bulk-region",
        description="六位行政区划代码或全称，例如 510100",
        render_kw={"autocomplete": "off"},
    )
    reason = ProseField(
        "原因",
        id="bulk-reason",
        description="4 至 400 字，写入每一件的办理记录；加、去标签可以不写。请勿填写个人信息",
    )

    def __init__(self, people: Sequence[Officer], *, me: int | None, **options: Any) -> None:
        super().__init__(**options)
        others = [each for each in people if each.id != me]
        self.officer.choices = [
            SelectChoice(value="", label="请选择"),
            *([SelectChoice(value=str(me), label="我自己")] if me is not None else []),
            *(SelectChoice(value=str(each.id), label=office_words(each)) for each in others),
        ]
        self.versions: dict[int, int] = {}
        self.rows_error = ""

    @property
    def officer_id(self) -> int:
        """Who is chosen; no account has the number 0."""
        return number(self.officer.data)

    def validate(self, extra_validators: Any = None) -> bool:
        """Which rows, and what the deed asks for."""
        super().validate(extra_validators)
        self._read_rows()
        deed = self.deed.data
        if deed not in DEEDS:
            _add(self.deed, "请选择怎样办理")
            return False
        if deed == ASSIGN and not self.officer_id:
            _add(self.officer, "请从列表中选择经办人")
        if deed in (TAG, UNTAG):
            self._check_tag()
        if deed == FORWARD and find_region(self.region.data or "") is None:
            _add(self.region, "请填写转往的地区，六位行政区划代码或全称，例如 510100")
        if deed == MERGE and len(self.versions) == 1:
            self.rows_error = "并案至少要选两件"
        if deed in (ASSIGN, FORWARD, MERGE) or self.reason.data:
            check_reason(self.reason, "请填写原因，4 至 400 字")
        return not self.errors and not self.rows_error

    def _read_rows(self) -> None:
        sent = dict.fromkeys(request.form.getlist("row"))
        read = [_ROW.fullmatch(each) for each in sent]
        self.versions = {int(each[1]): int(each[2]) for each in read if each}
        if not sent:
            self.rows_error = "请先勾选要办理的事项"
        elif len(sent) > MOST:
            self.rows_error = f"一次最多办理 {MOST} 件，现在选了 {len(sent)} 件"
        elif not all(read):
            self.rows_error = "页面已过期，请刷新后重新勾选"

    def _check_tag(self) -> None:
        word = self.tag.data or ""
        if not 1 <= len(word) <= LONGEST_TAG:
            _add(self.tag, f"请填写标签，1 至 {LONGEST_TAG} 字")
        else:
            refuse_personal_data(self.tag, word)


class FilterForm(FlaskForm):  # type: ignore[misc]
    """The name under which the present filter is kept."""

    name = LineField(
        "名称",
        id="filter-name",
        description="同名的会换成现在的条件；同样的条件换一个名称保存即为改名。只有您自己看到",
        render_kw={"autocomplete": "off", "maxlength": LONGEST_NAME},
    )


class HandoverForm(FlaskForm):  # type: ignore[misc]
    """Who leaves, who takes over, and why."""

    giver = SelectField("移交人", id="handover-giver", validate_choice=False)
    taker = SelectField("接手人", id="handover-taker", validate_choice=False)
    reason = ProseField(
        "原因",
        id="handover-reason",
        description="4 至 400 字，写入每一件的办理记录，例如 工作调动。请勿填写个人信息",
    )

    def __init__(self, busy: Sequence[Officer], people: Sequence[Officer], **options: Any) -> None:
        super().__init__(**options)
        nobody = SelectChoice(value="", label="请选择")
        self.giver.choices = [
            nobody,
            *(
                SelectChoice(value=str(each.id), label=office_words(each, f"　未办结 {each.count} 件"))
                for each in busy
            ),
        ]
        self.taker.choices = [
            nobody,
            *(SelectChoice(value=str(each.id), label=office_words(each)) for each in people),
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Two persons and a reason."""
        super().validate(extra_validators)
        if not number(self.giver.data):
            _add(self.giver, "请从列表中选择移交人")
        if not number(self.taker.data):
            _add(self.taker, "请从列表中选择接手人")
        check_reason(self.reason, "请填写原因，4 至 400 字")
        return not self.errors


def number(text: Any) -> int:
    """The number of an account as a list sends it; 0 for anything else."""
    text = str(text or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0


def _add(field: Any, message: str) -> None:
    field.errors = [*field.errors, message]
