"""Valid rows of the register for tests, published as real ones are: with version, public event and outbox."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal
from typing import Any

from credit_register.access.actor import OPERATOR, Actor
from credit_register.core import clock
from credit_register.core.database import db
from credit_register.institutions.models import Institution, InstitutionCategory, ServiceProduct
from credit_register.institutions.publishing import publish
from search_index import derive_short_name
from tests.core.codes import uscc

_serials = itertools.count(1)


def make_institution(
    *, categories: tuple[str | InstitutionCategory, ...] = ("06",), actor: Actor = OPERATOR, **overrides: Any
) -> Institution:
    """A registered institution, committed; categories by code or as rows."""
    serial = next(_serials)
    today = clock.today()
    region = str(overrides.get("region_code", "510100"))
    values: dict[str, Any] = {
        "uscc": uscc(division=region, serial=serial),
        "name": f"成都示例{serial}号信用管理有限公司",
        "former_names": [],
        "legal_representative": "李示例",
        "founded_on": date(2012, 5, 4),
        "region_code": region,
        "address": f"四川省成都市示例路{serial}号",
        "phone": "028-12345678",
        "website": "https://agency.example.cn",
        "chief_supervisor": "",
        "introduction": "",
        "status_since": today,
        "registered_on": today,
        "published_at": clock.now(),
        **overrides,
    }
    values.setdefault("short_name", derive_short_name(values["name"]))
    institution = Institution(**values)
    institution.categories = [
        InstitutionCategory(code=category) if isinstance(category, str) else category
        for category in categories
    ]
    db.session.add(institution)
    return republish(institution, reason="登记", actor=actor)


def make_product(institution: Institution, **overrides: Any) -> ServiceProduct:
    """A product of an institution at 200 yuan a report; amounts may be given as text."""
    values: dict[str, Any] = {
        "name": "企业信用报告",
        "category": institution.categories[0].code if institution.categories else "06",
        "basis": "per_report",
        "fee_low": "200",
        "unit": "元/份",
        "included": "",
        **overrides,
    }
    if values["basis"] == "negotiable":
        values |= {"fee_low": None, "fee_high": None, "unit": ""}
    else:
        values["fee_low"] = Decimal(values["fee_low"])
        values["fee_high"] = Decimal(values.get("fee_high", values["fee_low"]))
    product = ServiceProduct(**values)
    institution.products.append(product)
    republish(institution, reason="服务产品")
    return product


def republish(institution: Institution, *, reason: str = "更正", actor: Actor = OPERATOR) -> Institution:
    """Publish what was changed on a row, and commit."""
    publish([institution], actor=actor, reason=reason, now=clock.now())
    db.session.commit()
    return institution
