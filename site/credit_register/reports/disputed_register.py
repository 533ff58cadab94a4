"""The lines that the register itself publishes about an institution, as something to doubt or to object to."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.commitments.models import Commitment
from credit_register.commitments.models import State as CommitmentState
from credit_register.commitments.services import take_down as take_down_commitment
from credit_register.core.database import db
from credit_register.institutions.categories import CATEGORIES
from credit_register.institutions.models import Institution, ServiceProduct
from credit_register.institutions.profile import product_entry, product_key
from credit_register.institutions.publishing import public_content
from credit_register.institutions.services import take_down_product
from credit_register.reports.disputable import Line, LineKind, register_lines

# The facts of the page that a reader may doubt, by the names of the public content.
FACTS: Final = {
    "name": "机构名称",
    "legal_representative": "法定代表人",
    "address": "住所",
    "phone": "联系电话",
    "website": "网站",
    "introduction": "机构介绍",
    "voluntary": "自愿公示信息",
    "categories": "业务类别与资质",
}


def _fact(institution: Institution, field: str) -> Line | None:
    if field not in FACTS:
        return None
    if field == "categories":
        text = "、".join(sorted(CATEGORIES[category.code].name for category in institution.categories))
    else:
        text = str(public_content(institution)[field] or "")
    return Line(f"fact:{field}", FACTS[field], text) if text else None


def _product(institution: Institution, key: str) -> Line | None:
    product = _product_of(institution, key)
    if product is None:
        return None
    content = public_content(institution)["products"]
    entries = (product_entry(entry) for entry in content)
    fee = next(each.fee.text for each in entries if each.key == key)
    return Line(f"product:{key}", "服务产品与收费", f"{product.name}，{fee}")


def _product_of(institution: Institution, key: str) -> ServiceProduct | None:
    found = (each for each in institution.products if product_key(each.category, each.name) == key)
    return next(found, None)


def _withdraw_product(institution: Institution, key: str, reason: str, actor: Actor, now: datetime) -> None:
    product = _product_of(institution, key)
    assert product is not None
    take_down_product(institution, product=product, reason=reason, actor=actor, now=now)


def _commitment(institution: Institution, number: str) -> Line | None:
    found = _commitment_of(institution, number)
    return Line(f"commitment:{number}", "信用承诺书", number) if found is not None else None


def _commitment_of(institution: Institution, number: str) -> Commitment | None:
    return db.session.scalar(
        select(Commitment).where(
            Commitment.institution_id == institution.id,
            Commitment.number == number,
            Commitment.state == CommitmentState.PUBLISHED.value,
        )
    )


def _withdraw_commitment(
    institution: Institution, number: str, reason: str, actor: Actor, now: datetime
) -> None:
    commitment = _commitment_of(institution, number)
    assert commitment is not None
    take_down_commitment(commitment, reason=reason, actor=actor, now=now)


def register_register() -> None:
    """Let the lines of the register be doubted."""
    register_lines(LineKind("fact", _fact))
    register_lines(LineKind("product", _product, _withdraw_product, Permission.INSTITUTION_EDIT))
    register_lines(LineKind("commitment", _commitment, _withdraw_commitment, Permission.COMMITMENT_WITHDRAW))
