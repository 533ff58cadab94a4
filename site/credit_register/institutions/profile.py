"""One agency's page: what is public about it arranged for a reader, and the sections that later domains add."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from credit_register.core import regions
from credit_register.institutions.categories import CATEGORIES, Category, Entry
from credit_register.institutions.fees import Basis, Fee, amount_text
from credit_register.institutions.imports.writing_institutions import STATUS_REASON
from credit_register.institutions.lifecycle import REGISTRATION
from credit_register.institutions.models import Status


@dataclass(frozen=True)
class Glance:
    """A word for the head of the page: what a section says in short, with its tone and symbol."""

    word: str
    tone: str
    symbol: str


@dataclass(frozen=True)
class InShort:
    """What a section says where an agency is verified: its word, and what there is to it, a line each."""

    label: str
    lines: tuple[str, ...]
    glance: Glance | None = None


@dataclass(frozen=True)
class Section:
    """A part of the page that another domain fills: its template gets what `loader` gives for the code as `data`.

    Rendered pages are kept until the institution's row, the date or a section's `stamp` changes, so a
    domain whose rows change without a change of the institution gives a `stamp`: one cheap query for a
    text that differs after every change. An `awaited` one only says that nothing was received yet; one that
    shows `only_content` is left out while its loader gives nothing. `glance` makes of what the loader gave the word
    that stands in the head of the page, `in_short` what is said where an agency is verified.
    """

    order: int
    title: str
    template: str
    loader: Callable[[str], object] = lambda code: None
    stamp: Callable[[str], str] | None = None
    awaited: bool = False
    only_content: bool = False
    glance: Callable[[object], Glance | None] | None = None
    in_short: Callable[[object], InShort | None] | None = None


# What every reader looks for. Until a domain answers, the page says that nothing was received, because
# silence would read as a clean record.
_NOTHING_YET = "institutions/section_nothing_yet.html"
COMMITMENT, CREDIT_RECORDS, CHECKS = "信用承诺", "信用记录", "核查情况"
_sections: dict[str, Section] = {
    section.title: section
    for section in (
        Section(10, COMMITMENT, "institutions/section_commitment.html"),
        Section(20, CREDIT_RECORDS, _NOTHING_YET, awaited=True),
        Section(30, CHECKS, _NOTHING_YET, awaited=True),
    )
}


def register_section(
    order: int,
    title: str,
    template: str,
    loader: Callable[[str], object],
    *,
    stamp: Callable[[str], str] | None = None,
    only_content: bool = False,
    glance: Callable[[object], Glance | None] | None = None,
    in_short: Callable[[object], InShort | None] | None = None,
) -> None:
    """Add a section to every agency's page; one with the title of a section that is there takes its place."""
    _sections[title] = Section(
        order, title, template, loader, stamp, only_content=only_content, glance=glance, in_short=in_short
    )


def sections() -> list[Section]:
    """The sections in their order; those still awaited are one section, because they say the same."""
    awaited = sorted((one for one in _sections.values() if one.awaited), key=lambda section: section.order)
    shown = [one for one in _sections.values() if not one.awaited]
    if awaited:
        shown.append(replace(awaited[0], title="、".join(section.title for section in awaited)))
    return sorted(shown, key=lambda section: (section.order, section.title))


def section_stamps(code: str) -> tuple[str, ...]:
    """What the sections say of their own changes."""
    return tuple(section.stamp(code) for section in sections() if section.stamp)


def glances(code: str) -> list[Glance]:
    """The words of the sections about one agency, for pages that show it in short."""
    words = [section.glance(section.loader(code)) for section in sections() if section.glance]
    return [word for word in words if word is not None]


def in_short(code: str) -> list[InShort]:
    """What the sections say of one agency that is verified, in their order."""
    said = [section.in_short(section.loader(code)) for section in sections() if section.in_short]
    return [one for one in said if one is not None]


@dataclass(frozen=True)
class CategoryEntry:
    """A category that an agency is registered for, and how far its licence or filing is proven."""

    category: Category
    number: str
    issuer: str
    expires_on: date | None
    verified_on: date | None
    word: str
    tone: str
    symbol: str
    advice: str


@dataclass(frozen=True)
class ProductEntry:
    """A service product with its fee; `normalised` is set where the written unit was converted."""

    name: str
    category: str
    fee: Fee
    normalised: str
    included: str

    @property
    def key(self) -> str:
        """What names the product of its institution in an address."""
        return product_key(self.category, self.name)


@dataclass(frozen=True)
class Profile:
    """Everything that a reader sees of one published state of an agency."""

    uscc: str
    name: str
    former_names: tuple[str, ...]
    short_name: str
    status: str
    status_word: str
    status_reason: str
    status_since: date | None
    registered_on: date | None
    legal_representative: str
    founded_on: date | None
    region: str
    region_name: str
    address: str
    phone: str
    website: str
    website_is_link: bool
    chief_supervisor: str
    conduct: Mapping[str, Any] | None
    introduction: str
    voluntary: str
    categories: tuple[CategoryEntry, ...]
    not_registered: tuple[Category, ...]
    products: tuple[ProductEntry, ...]

    @property
    def category_names(self) -> str:
        """The categories in one line."""
        return "、".join(entry.category.name for entry in self.categories)


def arrange(content: Mapping[str, Any], *, today: date) -> Profile:
    """The page of what `publishing.public_content` gave, now or in an earlier version."""
    registered = {entry["code"] for entry in content["categories"]}
    website = content["website"]
    return Profile(
        uscc=content["uscc"],
        name=content["name"],
        former_names=tuple(content["former_names"]),
        short_name=content["short_name"],
        status=content["status"],
        status_word=REGISTRATION.label(content["status"]),
        status_reason=shown_reason(content["status"], content["status_reason"]),
        status_since=_date(content["status_since"]),
        registered_on=_date(content["registered_on"]),
        legal_representative=content["legal_representative"],
        founded_on=_date(content["founded_on"]),
        region=content["region"],
        region_name=region_name(content["region"]),
        address=content["address"],
        phone=content["phone"],
        website=website,
        website_is_link=is_web_address(website),
        chief_supervisor=content["chief_supervisor"],
        conduct=content["code_of_conduct"],
        introduction=content["introduction"],
        voluntary=content["voluntary"],
        categories=tuple(_category(entry, today) for entry in content["categories"]),
        not_registered=tuple(
            category
            for category in CATEGORIES.values()
            if category.entry in (Entry.LICENCE, Entry.FILING) and category.code not in registered
        ),
        products=tuple(product_entry(entry) for entry in content["products"]),
    )


def shown_reason(status: str, reason: str) -> str:
    """The reason of a status as a reader needs it: that a list was imported tells the public nothing."""
    return "" if status == Status.REGISTERED.value and reason == STATUS_REASON else reason


def region_name(code: str) -> str:
    """The full name of a region; a code that the book no longer has is shown as it is."""
    return regions.full_name(code) if regions.find(code) else code


def is_web_address(text: str) -> bool:
    """Whether a link may lead there: http or https, and a host."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def product_key(category: str, name: str) -> str:
    """A short name of a product among those of its institution; it stays as long as category and name do."""
    return hashlib.sha256(f"{category}\x00{name}".encode()).hexdigest()[:16]


def product_entry(entry: Mapping[str, Any]) -> ProductEntry:
    """A product of the public content with its fee in words and, where converted, in the normalised unit."""
    fee = Fee(Basis(entry["basis"]), _decimal(entry["fee_low"]), _decimal(entry["fee_high"]), entry["unit"])
    return ProductEntry(entry["name"], entry["category"], fee, normalised_text(fee), entry["included"])


def normalised_text(fee: Fee) -> str:
    """The fee in its normalised unit, or nothing where it stands in that unit already."""
    comparable = fee.comparable()
    if comparable is None or fee.basis is Basis.FREE or comparable[1] == 0:
        return ""
    low, high, unit = comparable
    text = f"{amount_text(low)}–{amount_text(high)} {unit}" if high > low else f"{amount_text(low)} {unit}"
    return "" if text == fee.text else text


def _category(entry: Mapping[str, Any], today: date) -> CategoryEntry:
    category = CATEGORIES[entry["code"]]
    expires, verified = _date(entry["licence_expires_on"]), _date(entry["verified_on"])
    needed = category.entry is not Entry.FREE
    paper = "许可" if category.entry in (Entry.LICENCE, Entry.OTHER) else "备案"
    if not needed and not entry["licence_number"]:
        word, tone, symbol, advice = "一般经营", "plain", "dot", ""
    elif expires is not None and expires < today:
        word, tone, symbol = f"{paper}已过期", "bad", "warning"
        advice = f"登记的{paper}有效期至 {expires}，已经过期。签约前请向{category.authority}查询是否已延续。"
    elif verified is not None:
        word, tone, symbol, advice = f"{paper}已核验", "good", "check", ""
    else:
        word, tone, symbol = f"{paper}未核验", "warning", "info"
        advice = (
            f"机构自行填报，主管部门尚未与{category.authority}公布的名单核对。签约前请自行查询。"
            if entry["licence_number"]
            else f"机构没有填报{paper}编号，主管部门也尚未核验。签约前请向{category.authority}查询。"
        )
    return CategoryEntry(
        category,
        entry["licence_number"],
        entry["licence_issuer"],
        expires,
        verified,
        word,
        tone,
        symbol,
        advice,
    )


def structured_data(profile: Profile, url: str) -> dict[str, Any]:
    """The page as schema.org data for search engines; empty values are left out."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "@id": url,
        "url": url,
        "name": profile.name,
        "legalName": profile.name,
        "alternateName": [name for name in (profile.short_name, *profile.former_names) if name],
        "identifier": {"@type": "PropertyValue", "propertyID": "统一社会信用代码", "value": profile.uscc},
        "foundingDate": profile.founded_on.isoformat() if profile.founded_on else None,
        "telephone": profile.phone,
        "sameAs": profile.website if profile.website_is_link else None,
        "address": {
            "@type": "PostalAddress",
            "addressCountry": "CN",
            "addressRegion": profile.region_name,
            "streetAddress": profile.address,
        }
        if profile.address
        else None,
        "knowsAbout": [entry.category.name for entry in profile.categories],
    }
    return {name: value for name, value in data.items() if value}


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
