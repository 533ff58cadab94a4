"""Input of the staff pages of the register: shape is checked here, meaning in the services."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, Form, FormField, SelectField
from wtforms.validators import InputRequired, Regexp

from credit_register.core.choices import SelectChoice
from credit_register.institutions import facts
from credit_register.institutions.categories import CATEGORIES
from credit_register.institutions.entries import CONDUCT_FILES, Details, Licence, ProductDetails, Upload
from credit_register.institutions.fees import Basis, Fee, FeeUnreadable, amount_text, parse_fee
from credit_register.institutions.form_fields import (
    DayField,
    LineField,
    LinesField,
    ProseField,
    RequiredDayField,
    SeenField,
    VersionField,
    fact,
    institution_fact,
    most,
    reason_field,
)
from credit_register.institutions.models import Institution


class LicenceForm(Form):
    """One category: whether the institution is registered for it, and with which licence or filing."""

    registered = BooleanField("登记此类别")
    licence_number = LineField("许可或备案编号", validators=[fact(facts.LICENCE_NUMBER)])
    licence_issuer = LineField("发证或备案机关", validators=[fact(facts.LICENCE_ISSUER)])
    licence_expires_on = DayField("有效期至")
    verified_on = DayField("核验日期")


# WTForms wants its fields as class attributes; there is one for each category of the register.
CategoriesForm: Any = type(
    "CategoriesForm",
    (Form,),
    {f"c{code}": FormField(LicenceForm, label=category.name) for code, category in CATEGORIES.items()},
)


class CategoriesField(FormField):  # type: ignore[type-arg]  # generic in its stubs only
    """All categories; its errors are sentences that name the category and the field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refusals: list[str] = []

    @property
    def errors(self) -> list[str]:  # type: ignore[override]  # sentences where the library has a tree
        """What is wrong, for the summary above the form."""
        found = list(self.refusals)
        for code, category in CATEGORIES.items():
            for field in self.form[f"c{code}"].form:
                found += [f"{category.name}，{field.label.text}：{error}" for error in field.errors]
        return found


class SeenForm(FlaskForm):  # type: ignore[misc]
    """A form that says what the person saw: the number of the row, and of the version in public."""

    version = VersionField("页面版本")
    seen = SeenField("所见版本")

    def renew(self, *, version: int, seen: int) -> None:
        """Let the form be sent again after the person was told what changed."""
        self.version.raw_data, self.version.data = None, version
        self.seen.raw_data, self.seen.data = None, seen


class InstitutionForm(SeenForm):
    """Everything that the register keeps of an institution, save its code and its status."""

    name = LineField("机构名称", validators=[InputRequired("请填写机构名称"), *institution_fact("name")])
    misspelt = BooleanField(
        "更正笔误", description="更名时，原名称自动列入曾用名；原名称只是录入有误、从未使用的，请勾选"
    )
    former_names = LinesField("曾用名", description="每行一个")
    short_name = LineField(
        "简称", description="留空则按名称自动识别", validators=institution_fact("short_name")
    )
    legal_representative = LineField("法定代表人", validators=institution_fact("legal_representative"))
    founded_on = DayField("成立日期")
    region_code = LineField(
        "所在地区",
        description="六位行政区划代码，例如 510104；决定由哪一级牵头单位管理",
        validators=[InputRequired("请填写行政区划代码"), Regexp(r"[0-9]{6}$", message="须为六位数字")],
    )
    address = LineField("住所", validators=institution_fact("address"))
    phone = LineField(
        "联系电话", description="对外公示，请勿填写个人手机号码", validators=institution_fact("phone")
    )
    website = LineField(
        "官网", description="例如 https://www.example.cn", validators=institution_fact("website")
    )
    chief_supervisor = LineField(
        "首席信用监督官",
        description="公开页面只显示姓氏",
        validators=institution_fact("chief_supervisor"),
    )
    conduct_title = LineField("行为准则名称", validators=institution_fact("conduct_title"))
    conduct_version = LineField(
        "行为准则版本", description="例如 2026 年修订版", validators=institution_fact("conduct_version")
    )
    conduct_date = DayField("行为准则日期")
    conduct_file = FileField(
        "行为准则文件",
        description=f"{'、'.join(CONDUCT_FILES.labels)}，不超过 {CONDUCT_FILES.max_bytes // 1024**2} MB；"
        "上传前请去除签名、印章和证件号码",
        render_kw={"accept": ",".join(CONDUCT_FILES.extensions)},
    )
    drop_conduct = BooleanField("删除已有的行为准则文件")
    introduction = ProseField("机构简介", validators=institution_fact("introduction"))
    voluntary = ProseField(
        "自愿公示信息",
        description="可用 Markdown：# 标题、- 列表、**加粗**；保存后在机构页面查看排版",
        validators=institution_fact("voluntary"),
    )
    categories = CategoriesField(CategoriesForm, label="服务类别")
    reason = reason_field()

    @classmethod
    def of(cls, institution: Institution, *, seen: int) -> InstitutionForm:
        """The form as the register has it; a sent form keeps what was typed."""
        form: InstitutionForm = cls(
            data={**cls.values_of(institution), "version": institution.version, "seen": seen}
        )
        return form

    @staticmethod
    def values_of(institution: Institution) -> dict[str, Any]:
        """What the register has, by the names of the fields."""
        names = (*PLAIN_FIELDS, "former_names", "founded_on", "conduct_date")
        values = {name: getattr(institution, name) for name in names}
        values["categories"] = {
            f"c{category.code}": {
                "registered": True,
                "licence_number": category.licence_number,
                "licence_issuer": category.licence_issuer,
                "licence_expires_on": category.licence_expires_on,
                "verified_on": category.verified_on,
            }
            for category in institution.categories
        }
        return values

    def details(self) -> Details:
        """What was typed, in the shape that the service takes."""
        plain = {name: self[name].data or "" for name in PLAIN_FIELDS}
        return Details(
            **plain,
            former_names=tuple(self.former_names.data or ()),
            founded_on=self.founded_on.data,
            conduct_date=self.conduct_date.data,
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

    def conduct_upload(self) -> Upload | None:
        """The document that was chosen, if any."""
        sent = self.conduct_file.data
        return Upload(sent.stream, sent.filename) if sent and sent.filename else None

    def category_rows(self) -> list[tuple[str, LicenceForm]]:
        """The part of the form for each category, with its code."""
        inner = self.categories.form
        return [(code, inner[f"c{code}"].form) for code in CATEGORIES]


PLAIN_FIELDS = (
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

    version = None  # type: ignore[assignment]  # so WTForms takes an inherited field out
    misspelt = None  # type: ignore[assignment]
    seen = None  # type: ignore[assignment]
    uscc = LineField(
        "统一社会信用代码",
        description="18 位；登记后不能更改，请对照营业执照填写",
        validators=[InputRequired("请填写统一社会信用代码"), most(60)],
    )
    registered_on = RequiredDayField("登记日期", validators=[InputRequired("请填写登记日期")])


class ProductForm(SeenForm):
    """A service product with its fee standard."""

    name = LineField("产品名称", validators=[InputRequired("请填写产品名称"), fact(facts.PRODUCT_NAME)])
    category = SelectField("服务类别")
    basis = SelectField("收费方式", choices=[SelectChoice(basis.value, basis.label) for basis in Basis])
    fee_low = LineField(
        "收费金额",
        description="单位为元，例如 200 或 0.5万；按比例收费的填百分数；面议或免费的留空",
        validators=[most(30)],
    )
    fee_high = LineField("金额上限", description="固定价格的留空；有区间的填最高金额", validators=[most(30)])
    unit = LineField(
        "计费单位", description="例如 元/份、元/年、%/回款额；留空则按收费方式", validators=[most(40)]
    )
    included = ProseField(
        "收费说明", description="客户付费后得到什么，是否含税", validators=[fact(facts.INCLUDED)]
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


class MoveForm(SeenForm):
    """A change of status, or the withdrawal of a product: which row was seen, and why."""

    reason = reason_field()
