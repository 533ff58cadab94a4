"""What staff ask about the register of their region, and an institution about its own entry."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Text, and_, cast, func, or_, select

from credit_register.access.actor import Actor
from credit_register.accounts.models import Account
from credit_register.core import regions, uscc
from credit_register.core.database import db
from credit_register.institutions.categories import CATEGORIES, Entry
from credit_register.institutions.models import (
    ImportBatch,
    Institution,
    InstitutionCategory,
    InstitutionVersion,
    ServiceProduct,
    Status,
)

PER_PAGE = 40
# Renewing a licence or a filing takes the authority up to 60 days (征信业管理条例 第七条).
EXPIRES_SOON = timedelta(days=60)
# The trades that may not be plied without a licence or filing of the People's Bank (domain: 01, 02, 03).
PROVEN_CATEGORIES = tuple(
    code for code, category in CATEGORIES.items() if category.entry in (Entry.LICENCE, Entry.FILING)
)
_LIVING = (Status.REGISTERED.value, Status.SUSPENDED.value)


class Need(StrEnum):
    """Something about an entry that staff should see to."""

    LICENCE_EXPIRED = "licence_expired"
    LICENCE_EXPIRING = "licence_expiring"
    UNVERIFIED = "unverified"
    NO_PRODUCTS = "no_products"

    @property
    def label(self) -> str:
        """The Chinese words of the filter."""
        return {
            Need.LICENCE_EXPIRED: "许可或备案已过期",
            Need.LICENCE_EXPIRING: f"许可或备案 {EXPIRES_SOON.days} 天内到期",
            Need.UNVERIFIED: "许可或备案尚未核验",
            Need.NO_PRODUCTS: "没有服务产品",
        }[self]

    @property
    def advice(self) -> str:
        """What to do about it, for staff."""
        return {
            Need.LICENCE_EXPIRED: "联系机构提交新的许可或备案，核对后更新有效期。",
            Need.LICENCE_EXPIRING: "提醒机构及时续办。",
            Need.UNVERIFIED: "对照中国人民银行公布的名单核对后，填写核验日期。",
            Need.NO_PRODUCTS: "请机构报送服务产品和收费标准。",
        }[self]


@dataclass(frozen=True)
class QueueFilter:
    """How the queue is narrowed; an empty part does not narrow."""

    text: str = ""
    status: str = ""
    region: str = ""
    category: str = ""
    needs: str = ""


def queue(actor: Actor, wanted: QueueFilter, *, page: int, on: date) -> Pagination:
    """The entries of the actor's region, by region and name."""
    query = select(Institution).where(*_conditions(actor, wanted, on))
    query = query.order_by(Institution.region_code, Institution.name, Institution.id)
    return db.paginate(query, page=page, per_page=PER_PAGE, error_out=False)


def _conditions(actor: Actor, wanted: QueueFilter, on: date) -> list[ColumnElement[bool]]:
    conditions = [actor.region_filter(Institution.region_code)]
    if wanted.text:
        conditions.append(_matches(wanted.text))
    if wanted.status:
        conditions.append(Institution.status == wanted.status)
    if wanted.region:
        conditions.append(regions.within(Institution.region_code, wanted.region))
    if wanted.category:
        conditions.append(Institution.categories.any(InstitutionCategory.code == wanted.category))
    if wanted.needs:
        conditions.append(needs_condition(Need(wanted.needs), on))
    return conditions


def _matches(text: str) -> ColumnElement[bool]:
    # Former names are stored as JSON text, in which every character beyond ASCII is written as an escape.
    escaped = json.dumps(text)[1:-1]
    return or_(
        Institution.name.contains(text, autoescape=True),
        Institution.short_name.contains(text, autoescape=True),
        Institution.uscc.contains(uscc.normalise(text), autoescape=True),
        cast(Institution.former_names, Text).contains(escaped, autoescape=True),
    )


def needs_condition(need: Need, on: date) -> ColumnElement[bool]:
    """The entries that need this; one that has left the register needs nothing."""
    living = Institution.status.in_(_LIVING)
    expires = InstitutionCategory.licence_expires_on
    match need:
        case Need.LICENCE_EXPIRED:
            return and_(living, Institution.categories.any(expires < on))
        case Need.LICENCE_EXPIRING:
            return and_(living, Institution.categories.any(expires.between(on, on + EXPIRES_SOON)))
        case Need.UNVERIFIED:
            unverified = and_(
                InstitutionCategory.code.in_(PROVEN_CATEGORIES), InstitutionCategory.verified_on.is_(None)
            )
            return and_(living, Institution.categories.any(unverified))
        case Need.NO_PRODUCTS:
            return and_(living, ~Institution.products.any())


def status_counts(actor: Actor) -> dict[str, int]:
    """How many entries of the region are in each state; every state is named."""
    rows = db.session.execute(
        select(Institution.status, func.count())
        .where(actor.region_filter(Institution.region_code))
        .group_by(Institution.status)
    )
    found = dict(rows.all())
    return {status.value: found.get(status.value, 0) for status in Status}


def need_counts(actor: Actor, *, on: date) -> dict[Need, int]:
    """How many entries of the region need each thing."""
    return {
        need: db.session.scalar(
            select(func.count())
            .select_from(Institution)
            .where(actor.region_filter(Institution.region_code), needs_condition(need, on))
        )
        or 0
        for need in Need
    }


def last_imports(actor: Actor, *, limit: int = 5) -> Sequence[ImportBatch]:
    """The latest import batches of the region."""
    return db.session.scalars(
        select(ImportBatch)
        .where(actor.region_filter(ImportBatch.region_code))
        .order_by(ImportBatch.id.desc())
        .limit(limit)
    ).all()


def institution_for(actor: Actor, institution_id: int) -> Institution:
    """One entry of the actor's region, or 404."""
    found = db.session.scalar(
        select(Institution).where(
            Institution.id == institution_id, actor.region_filter(Institution.region_code)
        )
    )
    if found is None:
        abort(404)
    return found


def namesakes(institution: Institution) -> Sequence[Institution]:
    """Other entries of the same name, wherever they are: the register is public."""
    return db.session.scalars(
        select(Institution)
        .where(Institution.name == institution.name, Institution.id != institution.id)
        .order_by(Institution.uscc)
        .limit(5)
    ).all()


def product_of(institution: Institution, product_id: int) -> ServiceProduct:
    """One product of an entry that the actor may see, or 404."""
    found = next((product for product in institution.products if product.id == product_id), None)
    if found is None:
        abort(404)
    return found


def own_institution(actor: Actor) -> Institution | None:
    """The entry of the institution for which the actor acts, while the register has one."""
    if actor.uscc is None:
        return None
    return db.session.scalar(select(Institution).where(Institution.uscc == actor.uscc))


def latest_number(institution: Institution) -> int:
    """The number of the version that is public now."""
    return (
        db.session.scalar(
            select(func.max(InstitutionVersion.number)).where(
                InstitutionVersion.institution_id == institution.id
            )
        )
        or 0
    )


@dataclass(frozen=True)
class VersionLine:
    """One published version, with the person who made it (staff see names, the public sees the office)."""

    number: int
    at: Any
    office: str
    person: str
    reason: str
    content: dict[str, Any]


def versions(institution: Institution) -> list[VersionLine]:
    """The published versions, newest first."""
    rows = db.session.execute(
        select(InstitutionVersion, Account.name)
        .outerjoin(Account, Account.id == InstitutionVersion.by_account_id)
        .where(InstitutionVersion.institution_id == institution.id)
        .order_by(InstitutionVersion.number.desc())
    )
    return [
        VersionLine(
            number=version.number,
            at=version.at,
            office=version.by_label,
            person=name or version.by_label,
            reason=version.reason,
            content=version.content,
        )
        for version, name in rows
    ]


def gaps(institution: Institution, *, on: date) -> list[str]:
    """Sentences for the institution: what its public record lacks or what runs out soon."""
    found = []
    for category in institution.categories:
        name = CATEGORIES[category.code].name
        if category.code in PROVEN_CATEGORIES and not category.licence_number:
            found.append(f"“{name}”没有许可或备案文号。")
        elif category.code in PROVEN_CATEGORIES and category.verified_on is None:
            found.append(f"“{name}”的许可或备案尚未经主管部门核验。")
        if category.licence_expires_on and category.licence_expires_on < on:
            found.append(f"“{name}”的许可或备案已于 {category.licence_expires_on} 到期。")
        elif category.licence_expires_on and category.licence_expires_on <= on + EXPIRES_SOON:
            found.append(f"“{name}”的许可或备案将于 {category.licence_expires_on} 到期。")
    if not institution.products:
        found.append("没有公示服务产品和收费标准。")
    wanted = {
        "住所": institution.address,
        "联系电话": institution.phone,
        "机构简介": institution.introduction,
        "行为准则": institution.conduct_title,
    }
    missing = [label for label, value in wanted.items() if not value]
    if missing:
        found.append(f"没有公示：{'、'.join(missing)}。")
    return found
