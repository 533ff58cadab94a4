"""Input of the staff pages of the register: shape is checked here, meaning in the services."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, Field, Form, FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError
from wtforms.widgets import DateInput, TextArea

from credit_register.core.dates import NotADate, parse_date
from credit_register.institutions.categories import CATEGORIES
from credit_register.institutions.fees import Basis, Fee, FeeUnreadable, amount_text, parse_fee
from credit_register.institutions.models import Institution
from credit_register.institutions.services import Details, Licence, ProductDetails

_ADDRESS = r"https?://[^\s/?#]+\.[^\s]+"


def _one_line(text: str | None) -> str:
    """Blanks at the ends and doubled blanks mean nothing."""
    return " ".join((text or "").split())


def _paragraphs(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").strip()


def _most(count: int) -> Length:
    return Length(max=count, message=f"最多 {count} 字")


class LineField(StringField):
    """One line of text, trimmed; None never arrives."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = _one_line(str(valuelist[0]))


class DayField(Field):
    """A date as people type it; what cannot be read is kept and shown again with a sentence."""

    widget = DateInput()
    data: date | None

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


class LinesField(Field):
    """Several short texts, one on each line."""

    widget = TextArea()
    data: list[str]

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else "\n".join(self.data or [])

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = str(valuelist[0]) if valuelist else ""
        lines = (_one_line(line) for line in text.splitlines())
        self.data = list(dict.fromkeys(line for line in lines if line))


class VersionField(HiddenField):
    """The number of the row that the person saw."""

    data: int | None  # type: ignore[assignment]

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = str(valuelist[0]) if valuelist else ""
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise ValueError("页面已过期，请刷新后再提交")
        self.data = int(text)


def reason_field() -> TextAreaField:
    """The reason that every change of the register carries; history shows it in public."""
    return TextAreaField(
        "变更原因",
        description="4 至 400 字，将在公开的变更记录中显示，请勿填写个人信息",
        filters=[_paragraphs],
        validators=[
            InputRequired("请填写原因"),
            Length(min=4, max=400, message="原因须为 4 至 400 字"),
        ],
    )


class LicenceForm(Form):
    """One category: whether the institution is registered for it, and with which licence or filing."""

    registered = BooleanField("登记此类别")
    licence_number = LineField("文号", validators=[_most(80)])
    licence_issuer = LineField("发证或备案机关", validators=[_most(120)])
    licence_expires_on = DayField("有效期至")
    verified_on = DayField("核验日期")


# WTForms wants its fields as class attributes; there is one for each category of the register.
CategoriesForm: Any = type(
    "CategoriesForm",
    (Form,),
    {f"c{code}": FormField(LicenceForm, label=category.name) for code, category in CATEGORIES.items()},
)


class InstitutionForm(FlaskForm):  # type: ignore[misc]
    """Everything that the register keeps of an institution, save its code and its status."""

    version = VersionField()
    seen = VersionField()
    name = LineField(
        "机构名称", validators=[InputRequired("请填写机构名称"), Length(2, 120, "名称须为 2 至 120 字")]
    )
    former_names = LinesField("曾用名", description="每行一个")
    short_name = LineField("简称", description="留空则按名称自动识别", validators=[_most(60)])
    legal_representative = LineField("法定代表人", validators=[_most(60)])
    founded_on = DayField("成立日期")
    region_code = LineField(
        "所属地区（行政区划代码）",
        description="六位数字，例如 510100；确定由哪一级牵头单位管理",
        validators=[InputRequired("请填写行政区划代码"), Regexp(r"\d{6}", message="须为六位数字")],
    )
    address = LineField("办公地址", validators=[_most(200)])
    phone = LineField("办公电话", description="对外公示，请勿填写个人手机号码", validators=[_most(60)])
    website = LineField(
        "网站",
        description="以 http:// 或 https:// 开头",
        validators=[
            Optional(),
            _most(200),
            Regexp(f"{_ADDRESS}$", message="网址须以 http:// 或 https:// 开头"),
        ],
    )
    chief_supervisor = LineField("首席信用监督官", description="公开页面只显示姓氏", validators=[_most(60)])
    conduct_title = LineField("行为准则名称", validators=[_most(120)])
    conduct_version = LineField("版本", validators=[_most(40)])
    conduct_date = DayField("日期")
    conduct_file = FileField("行为准则文件", description="PDF、Word 或图片，公示前请去除签名、印章和证件号码")
    introduction = TextAreaField("机构简介", filters=[_paragraphs], validators=[_most(4000)])
    voluntary = TextAreaField(
        "自愿公示信息",
        description="可用 Markdown：# 标题、- 列表、**加粗**；保存后在机构页面查看排版",
        filters=[_paragraphs],
        validators=[_most(20000)],
    )
    categories = FormField(CategoriesForm, label="服务类别")
    reason = reason_field()

    def validate_former_names(self, field: LinesField) -> None:
        """No more and no longer than the page can show."""
        if len(field.data) > 20 or any(len(name) > 120 for name in field.data):
            raise ValidationError("曾用名最多 20 个，每个不超过 120 字")

    @classmethod
    def of(cls, institution: Institution) -> InstitutionForm:
        """The form as the register has it; a sent form keeps what was typed."""
        values = {
            name: getattr(institution, name)
            for name in (*_PLAIN, "former_names", "founded_on", "conduct_date", "version")
        }
        rows = {
            f"c{category.code}": {
                "registered": True,
                "licence_number": category.licence_number,
                "licence_issuer": category.licence_issuer,
                "licence_expires_on": category.licence_expires_on,
                "verified_on": category.verified_on,
            }
            for category in institution.categories
        }
        form: InstitutionForm = cls(data={**values, "categories": rows})
        return form

    def details(self, conduct_file_id: int | None) -> Details:
        """What was typed, in the shape that the service takes."""
        return Details(
            **{name: self[name].data or "" for name in _PLAIN},
            former_names=tuple(self.former_names.data or ()),
            founded_on=self.founded_on.data,
            conduct_date=self.conduct_date.data,
            conduct_file_id=conduct_file_id,
            categories=tuple(
                Licence(
                    code=code,
                    licence_number=row.licence_number.data or "",
                    licence_issuer=row.licence_issuer.data or "",
                    licence_expires_on=row.licence_expires_on.data,
                    verified_on=row.verified_on.data,
                )
                for code, row in self.category_rows()
                if row.registered.data
            ),
        )

    def category_rows(self) -> list[tuple[str, LicenceForm]]:
        """The part of the form for each category, with its code."""
        inner = self.categories.form
        return [(code, inner[f"c{code}"].form) for code in CATEGORIES]


_PLAIN = (
    "name",
    "short_name",
    "legal_representative",
    "region_code",
    "address",
    "phone",
    "website",
    "chief_supervisor",
    "conduct_title",
    "conduct_version",
    "introduction",
    "voluntary",
)


class NewInstitutionForm(InstitutionForm):
    """An institution that is entered by hand."""

    version = None
    seen = None
    uscc = LineField(
        "统一社会信用代码",
        description="18 位；登记后不能更改，请对照营业执照填写",
        validators=[InputRequired("请填写统一社会信用代码"), _most(60)],
    )
    registered_on = DayField("登记日期", validators=[InputRequired("请填写登记日期")])


class ProductForm(FlaskForm):  # type: ignore[misc]
    """A service product with its fee standard."""

    version = VersionField()
    name = LineField(
        "产品名称", validators=[InputRequired("请填写产品名称"), Length(2, 120, "名称须为 2 至 120 字")]
    )
    category = SelectField("服务类别")
    basis = SelectField("收费方式", choices=[(basis.value, basis.label) for basis in Basis])
    fee_low = LineField(
        "收费金额",
        description="单位为元，例如 200 或 0.5万；按比例收费的填百分数；面议或免费的留空",
        validators=[_most(30)],
    )
    fee_high = LineField("金额上限", description="固定价格的留空；有区间的填最高金额", validators=[_most(30)])
    unit = LineField(
        "计费单位", description="例如 元/份、元/年、%/回款额；留空则按收费方式", validators=[_most(40)]
    )
    included = TextAreaField(
        "包含内容", description="客户付费后得到什么", filters=[_paragraphs], validators=[_most(1000)]
    )
    reason = reason_field()

    def fee(self) -> Fee | None:
        """The fee that was typed; None after an error that stands beside its field."""
        basis = Basis(self.basis.data)
        low, high = self.fee_low.data or "", self.fee_high.data or ""
        if high and not low:
            self.fee_low.errors = [*self.fee_low.errors, "填写了金额上限，请同时填写收费金额（下限）"]
            return None
        if basis in (Basis.NEGOTIABLE, Basis.FREE) and (low or high):
            self.fee_low.errors = [*self.fee_low.errors, f"收费方式为“{basis.label}”时，请把金额留空"]
            return None
        try:
            return parse_fee(f"{low}-{high}" if high else low, basis, self.unit.data or "")
        except FeeUnreadable as error:
            field = {"计费单位": self.unit, "收费方式": self.basis}.get(error.column, self.fee_low)
            field.errors = [*field.errors, str(error)]
            return None

    @staticmethod
    def values_of(details: ProductDetails) -> dict[str, Any]:
        """A product as the form shows it."""
        fee = details.fee
        ranged = fee.high is not None and fee.high != fee.low
        plain = fee.basis not in (Basis.NEGOTIABLE, Basis.FREE)
        return {
            "name": details.name,
            "category": details.category,
            "basis": fee.basis.value,
            "fee_low": amount_text(fee.low) if plain and fee.low is not None else "",
            "fee_high": amount_text(fee.high) if plain and ranged and fee.high is not None else "",
            "unit": fee.unit,
            "included": details.included,
        }


class MoveForm(FlaskForm):  # type: ignore[misc]
    """A change of status, or the withdrawal of a product: which row was seen, and why."""

    version = VersionField()
    reason = reason_field()
