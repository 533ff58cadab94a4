"""Input of the pages of applications: shape only, meaning is judged by the services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import SelectMultipleField
from wtforms.form import BaseForm
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from credit_register.core.choices import SelectChoice
from credit_register.core.files import TooManyFiles
from credit_register.institutions.categories import CATEGORIES
from credit_register.institutions.entries import Upload
from credit_register.institutions.form_fields import LineField, ProseField, SeenField, VersionField
from credit_register.registrations.application import LICENCE_FILES, WHOLE_FORM, Facts


class CategoriesField(SelectMultipleField):
    """The service categories, each a box to tick; an unknown code is judged with the rest."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: BaseForm) -> None:
        """Nothing here: the library would speak English."""


class RegistrationForm(FlaskForm):  # type: ignore[misc]
    """What an institution says of itself, with its business licence."""

    name = LineField("机构名称", description="与营业执照一致")
    uscc = LineField(
        "统一社会信用代码",
        description="您的账号所属机构的代码，不能更改",
        render_kw={"readonly": True, "class": "code"},
    )
    legal_representative = LineField("法定代表人", description="营业执照上的法定代表人（负责人），将公示姓名")
    region = LineField(
        "所在地区", description="机构住所所在的区县，例如 四川省成都市武侯区；也可填写六位区划代码"
    )
    categories = CategoriesField(
        "服务类别", choices=[SelectChoice(code, category.name) for code, category in CATEGORIES.items()]
    )
    address = LineField("住所", description="与营业执照一致，写到门牌号")
    phone = LineField("联系电话", description="对外公示的办公电话，例如 028-12345678；请勿填写个人手机号码")
    introduction = ProseField("机构简介", description="选填，将公示，最多 5,000 字")
    licence_file = FileField(
        "营业执照",
        description=f"{'、'.join(LICENCE_FILES.labels)}，1 个文件，不超过 {LICENCE_FILES.max_bytes // 1024**2} MB；"
        "只供审核，不公示",
        render_kw={"accept": ",".join(LICENCE_FILES.extensions)},
    )
    version = SeenField("页面版本")

    @classmethod
    def of(cls, facts: Facts, *, code: str, version: int) -> RegistrationForm:
        """The form with what is known already; a sent form keeps what was typed."""
        form: RegistrationForm = cls(
            data={**vars(facts), "categories": list(facts.categories), "uscc": code, "version": version}
        )
        return form

    def facts(self) -> Facts:
        """What was typed, in the shape that the services take."""
        texts: dict[str, Any] = {
            name: self[name].data or ""
            for name in ("name", "legal_representative", "region", "address", "phone", "introduction")
        }
        return Facts(**texts, categories=tuple(sorted(set(self.categories.data or ()))))

    def licence_upload(self) -> Upload | None:
        """The file that was chosen, if any; raises TooManyFiles."""
        sent = [file for file in self.licence_file.raw_data or () if getattr(file, "filename", "")]
        if len(sent) > LICENCE_FILES.max_count:
            raise TooManyFiles(LICENCE_FILES.max_count)
        return Upload(sent[0].stream, sent[0].filename) if sent else None

    def refuse(self, problems: Mapping[str, str]) -> None:
        """Put each sentence beside its field."""
        for name, sentence in problems.items():
            if name == WHOLE_FORM:
                self.form_errors.append(sentence)
            else:
                self[name].errors = [*self[name].errors, sentence]

    def renew(self, version: int) -> None:
        """Let the form be sent again over the row as it is now."""
        self.version.raw_data, self.version.data = None, version


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """A decision of the office: what was seen, and why."""

    reason = ProseField(
        "意见",
        description="退回补正、不予登记必须填写；申请人会看到这段文字，请写明要补什么、改什么，勿填写个人信息",
        validators=[Length(max=400, message="最多 400 字")],
    )
    version = VersionField("页面版本")
    entry_version = SeenField("所见名录版本")

    def renew(self, *, version: int, entry_version: int) -> None:
        """Let the form be sent again after the person was told what changed."""
        self.version.raw_data, self.version.data = None, version
        self.entry_version.raw_data, self.entry_version.data = None, entry_version
