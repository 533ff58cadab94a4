"""One entry of the register as a person types it, and what the register cannot say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, BinaryIO

from credit_register.access.actor import Actor
from credit_register.core import regions
from credit_register.core.files import DOCUMENTS, FilePolicy
from credit_register.institutions import facts
from credit_register.institutions.categories import CATEGORIES
from credit_register.institutions.fees import Fee
from credit_register.institutions.models import Institution, ServiceProduct
from credit_register.institutions.renaming import former_names_after, short_name_after, short_name_for


class EntryRefused(Exception):
    """The register cannot say this; `field` names the input, the text says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class AlreadyRegistered(EntryRefused):
    """The code is in the register; within the actor's region `institution_id` says where."""

    def __init__(self, message: str, institution_id: int | None) -> None:
        super().__init__("uscc", message)
        self.institution_id = institution_id


@dataclass(frozen=True)
class Licence:
    """One category of an entry with its licence or filing."""

    code: str
    licence_number: str = ""
    licence_issuer: str = ""
    licence_expires_on: date | None = None
    verified_on: date | None = None


@dataclass(frozen=True)
class Details:
    """Everything of an entry that a person types; the names are those of the row."""

    name: str
    region_code: str
    categories: tuple[Licence, ...]
    former_names: tuple[str, ...] = ()
    short_name: str = ""
    legal_representative: str = ""
    founded_on: date | None = None
    address: str = ""
    phone: str = ""
    website: str = ""
    chief_supervisor: str = ""
    conduct_title: str = ""
    conduct_version: str = ""
    conduct_date: date | None = None
    introduction: str = ""
    voluntary: str = ""


@dataclass(frozen=True)
class ProductDetails:
    """Everything of a product that a person types."""

    name: str
    category: str
    fee: Fee
    included: str = ""


@dataclass(frozen=True)
class Upload:
    """A document as it was sent."""

    stream: BinaryIO
    filename: str


CONDUCT_FILES = FilePolicy(max_bytes=10 * 1024 * 1024, max_count=1, kinds=DOCUMENTS)

FIELD_LABELS: Mapping[str, str] = {
    "name": "机构名称",
    "former_names": "曾用名",
    "short_name": "简称",
    "legal_representative": "法定代表人",
    "founded_on": "成立日期",
    "region_code": "所在地区",
    "address": "住所",
    "phone": "联系电话",
    "website": "官网",
    "chief_supervisor": "首席信用监督官",
    "conduct_title": "行为准则名称",
    "conduct_version": "行为准则版本",
    "conduct_date": "行为准则日期",
    "introduction": "机构简介",
    "voluntary": "自愿公示信息",
    "categories": "服务类别",
}


def details_of(institution: Institution) -> Details:
    """What the register says of an entry, in the shape in which it is typed."""
    values = {
        field.name: getattr(institution, field.name)
        for field in fields(Details)
        if field.name not in ("categories", "former_names")
    }
    return Details(
        **values,
        former_names=tuple(institution.former_names),
        categories=tuple(
            Licence(**{field.name: getattr(category, field.name) for field in fields(Licence)})
            for category in sorted(institution.categories, key=lambda category: category.code)
        ),
    )


def product_details_of(product: ServiceProduct | None) -> ProductDetails | None:
    """What the register says of a product, in the shape in which it is typed."""
    if product is None:
        return None
    return ProductDetails(product.name, product.category, product.fee, product.included)


def tidied(details: Details, before: Details | None = None) -> Details:
    """The details in the form that the register keeps; raises EntryRefused.

    What the entry says already is not judged anew, so that an old fault does not stop another correction.
    """
    kept: dict[str, Any] = {
        field: _tidy(field, rule, getattr(details, field), getattr(before, field, ""))
        for field, rule in facts.INSTITUTION_FACTS.items()
    }
    kept["short_name"] = kept["short_name"] or short_name_for(kept["name"])
    known = before.former_names if before else ()
    former = [
        each if each in known else _tidy("former_names", facts.FORMER_NAME, each)
        for each in details.former_names
    ]
    held = {licence.code: licence for licence in before.categories} if before else {}
    return replace(
        details,
        **kept,
        former_names=tuple(dict.fromkeys(former)),
        categories=tuple(_tidy_licence(licence, held.get(licence.code)) for licence in details.categories),
    )


def _tidy_licence(licence: Licence, before: Licence | None) -> Licence:
    present = before or Licence(licence.code)
    number = _tidy("categories", facts.LICENCE_NUMBER, licence.licence_number, present.licence_number)
    issuer = _tidy("categories", facts.LICENCE_ISSUER, licence.licence_issuer, present.licence_issuer)
    return replace(licence, licence_number=number, licence_issuer=issuer)


def tidied_product(details: ProductDetails, before: ProductDetails | None = None) -> ProductDetails:
    """A product in the form that the register keeps; raises EntryRefused."""
    name = _tidy("name", facts.PRODUCT_NAME, details.name, before.name if before else "")
    included = _tidy("included", facts.INCLUDED, details.included, before.included if before else "")
    return replace(details, name=name, included=included)


def _tidy(field: str, rule: Callable[[str], str], text: str, before: str = "") -> str:
    if text and text == before:
        return text
    try:
        return rule(text)
    except facts.BadFact as bad:
        raise EntryRefused(field, str(bad)) from bad


def renamed(before: Details, details: Details, *, misspelt: bool = False) -> Details:
    """The details with what a new name takes along; a name that was only misspelt leaves no former name."""
    if before.name == details.name:
        return details
    former: list[str] | tuple[str, ...] = details.former_names
    if not misspelt:
        former = former_names_after(before.name, details.name, former)
    short = details.short_name
    if short == before.short_name:
        short = short_name_after(before.name, details.name, short)
    return replace(details, former_names=tuple(former), short_name=short)


def check_details(details: Details, *, actor: Actor, today: date) -> None:
    """Raise EntryRefused for what cannot be true or is not the actor's to say."""
    if regions.find(details.region_code) is None or details.region_code == regions.NATION:
        raise EntryRefused("region_code", "请填写现行的六位行政区划代码，例如 510100")
    if not actor.sees_region(details.region_code):
        raise EntryRefused("region_code", "所在地区须在本辖区内；机构迁往其他地区的，请由上级牵头单位办理")
    if not details.categories:
        raise EntryRefused("categories", "请至少选择一个服务类别")
    if details.founded_on and details.founded_on > today:
        raise EntryRefused("founded_on", f"成立日期 {details.founded_on} 在今天之后，请改正")
    if details.name in details.former_names:
        raise EntryRefused("former_names", "曾用名与现用名称相同，请删去")
    if len(details.former_names) > facts.MOST_FORMER_NAMES:
        raise EntryRefused("former_names", f"曾用名最多 {facts.MOST_FORMER_NAMES} 个，请删去最早的")
    for licence in details.categories:
        label = CATEGORIES[licence.code].name
        if licence.verified_on and licence.verified_on > today:
            raise EntryRefused("categories", f"“{label}”的核验日期 {licence.verified_on} 在今天之后，请改正")
        if licence.verified_on and not licence.licence_number:
            raise EntryRefused("categories", f"“{label}”填写了核验日期，请同时填写许可或备案编号")
    if (details.conduct_version or details.conduct_date) and not details.conduct_title:
        raise EntryRefused("conduct_title", "请填写行为准则的名称，或将版本和日期留空")


def check_products_stay(institution: Institution, details: Details) -> None:
    """Raise EntryRefused when a category would go whose products are still offered."""
    kept = {licence.code for licence in details.categories}
    for category in institution.categories:
        names = [product.name for product in institution.products if product.category == category.code]
        if category.code not in kept and names:
            label = CATEGORIES[category.code].name
            raise EntryRefused(
                "categories",
                f"“{label}”下还有 {len(names)} 项服务产品（如“{names[0]}”），请先撤下或改到其他类别",
            )
