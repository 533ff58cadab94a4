"""Writes of the register: one entry, its status, its products; each is checked, published and committed once.

Every verb may be called twice with the same content, as a double click does: the second call finds
that the register already says so and changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.audit import services as audit
from credit_register.core import regions, uscc
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.files import DOCUMENTS, FileError, FilePolicy, StoredFile, remove, store_upload
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion, check_version, stale_told
from credit_register.institutions.categories import CATEGORIES
from credit_register.institutions.fees import Fee
from credit_register.institutions.lifecycle import REGISTRATION
from credit_register.institutions.models import Institution, InstitutionCategory, ServiceProduct, Status
from credit_register.institutions.publishing import publish


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


def create_institution(
    code: str,
    *,
    details: Details,
    registered_on: date,
    reason: str,
    actor: Actor,
    now: datetime,
    conduct: Upload | None = None,
) -> Institution:
    """Enter one institution; raises EntryRefused. Commits."""
    checked = uscc.check(code)
    if not checked.ok:
        raise EntryRefused("uscc", checked.message)
    today = local_date(now)
    if registered_on > today:
        raise EntryRefused("registered_on", f"登记日期 {registered_on} 在今天之后，请改正")
    _check_details(details, actor=actor, today=today)
    present = _by_code(checked.code)
    if present is not None:
        return _same_entry(present, details, actor)
    institution = Institution(
        uscc=checked.code,
        status=Status.REGISTERED.value,
        status_reason=reason,
        status_since=registered_on,
        registered_on=registered_on,
        published_at=now,
    )
    _write(institution, details)
    if conduct:
        _store_conduct(institution, conduct, actor, now)
    db.session.add(institution)
    try:
        db.session.flush()
    except IntegrityError:  # somebody entered the same code a moment ago
        db.session.rollback()
        present = _by_code(checked.code)
        if present is None:
            raise
        return _same_entry(present, details, actor)
    publish([institution], actor=actor, reason=reason, now=now, audit_each=False)
    _record("institution.create", institution, actor, now, uscc=institution.uscc, reason=reason)
    db.session.commit()
    return institution


def _by_code(code: str) -> Institution | None:
    return db.session.scalar(select(Institution).where(Institution.uscc == code))


def _same_entry(present: Institution, details: Details, actor: Actor) -> Institution:
    """The entry that a first click made; raises AlreadyRegistered for any other."""
    if not actor.sees_region(present.region_code):
        raise AlreadyRegistered(
            "该代码已由其他地区登记，不能重复登记；如机构已迁入本辖区，请联系上级牵头单位", None
        )
    if details_of(present) == details:
        return present
    raise AlreadyRegistered(f"该代码已在名录中（{present.name}），请到该机构的页面修改", present.id)


def edit_institution(
    institution: Institution,
    *,
    details: Details,
    reason: str,
    version: int,
    actor: Actor,
    now: datetime,
    conduct: Upload | None = None,
    drop_conduct: bool = False,
) -> bool:
    """Correct an entry; gives whether anything changed. Raises StaleVersion or EntryRefused. Commits.

    `conduct` replaces the document of the code of conduct, `drop_conduct` takes it away.
    """
    _lock(institution)
    before = details_of(institution)
    if conduct is not None and _is_stored(institution, conduct):
        conduct = None
    drop_conduct = drop_conduct and conduct is None and institution.conduct_file_id is not None
    if before == details and conduct is None and not drop_conduct:
        return False
    check_version(institution, version)
    _check_details(details, actor=actor, today=local_date(now))
    _check_products_stay(institution, details)
    changed = [
        FIELD_LABELS[field.name]
        for field in fields(Details)
        if getattr(before, field.name) != getattr(details, field.name)
    ]
    _write(institution, details)
    if conduct is not None or drop_conduct:
        changed.append("行为准则文件")
        _drop_conduct(institution)
    if conduct is not None:
        _store_conduct(institution, conduct, actor, now)
    _publish(institution, reason=reason, actor=actor, now=now)
    # A change that the public does not see (the supervisor's full name) must be known inside all the same.
    _record("institution.edit", institution, actor, now, fields=changed, reason=reason)
    _commit()
    return True


def change_status(
    institution: Institution, *, move_name: str, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """Suspend, resume, deregister, withdraw or restore; raises MoveNotAllowed or StaleVersion. Commits."""
    _lock(institution)
    today = local_date(now)
    targets = {move.target.value for move in REGISTRATION.moves if move.name == move_name}
    done = institution.status in targets and institution.status_since == today
    if done and institution.status_reason == reason:
        return
    before = institution.status
    needed = REGISTRATION.move(move_name, before).needs
    if needed is None or not actor.can(Permission(needed)):
        raise MoveNotAllowed("您的账号不能办理此事项，请由本单位有权限的人员办理。")
    REGISTRATION.apply(institution, move_name, version)
    institution.status_reason = reason
    institution.status_since = today
    _publish(institution, reason=reason, actor=actor, now=now)
    detail = {"from": REGISTRATION.label(before), "to": REGISTRATION.label(institution.status)}
    _record("institution.status", institution, actor, now, **detail, reason=reason)
    _commit()


def save_product(
    institution: Institution,
    *,
    product: ServiceProduct | None,
    details: ProductDetails,
    reason: str,
    version: int,
    actor: Actor,
    now: datetime,
) -> bool:
    """Add a product, or change one; gives whether anything changed.

    Raises StaleVersion or EntryRefused. Commits.
    """
    _lock(institution)
    if product is not None and product not in institution.products:
        raise StaleVersion  # somebody withdrew it in between
    twin = next(
        (
            each
            for each in institution.products
            if (each.name, each.category) == (details.name, details.category) and each is not product
        ),
        None,
    )
    if product_details_of(product or twin) == details:
        return False
    check_version(institution, version)
    if twin is not None:
        raise EntryRefused("name", f"该机构在此类别下已有“{details.name}”，请修改那一项，或换一个名称")
    registered = {category.code for category in institution.categories}
    if details.category not in registered:
        raise EntryRefused("category", "该机构没有登记此服务类别，请先在登记信息中增加类别")
    if product is None:
        product = ServiceProduct()
        institution.products.append(product)
    product.name, product.category, product.included = details.name, details.category, details.included
    fee = details.fee
    product.basis, product.fee_low, product.fee_high, product.unit = (
        fee.basis.value,
        fee.low,
        fee.high,
        fee.unit,
    )
    _publish(institution, reason=reason, actor=actor, now=now)
    _record("product.save", institution, actor, now, name=product.name, reason=reason)
    _commit()
    return True


def withdraw_product(
    institution: Institution,
    *,
    product: ServiceProduct,
    reason: str,
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Take a product out of the register; its history stays. Raises StaleVersion. Commits."""
    _lock(institution)
    check_version(institution, version)
    if product not in institution.products:
        raise StaleVersion
    name = product.name
    institution.products.remove(product)
    _publish(institution, reason=reason, actor=actor, now=now)
    _record("product.withdraw", institution, actor, now, name=name, reason=reason)
    _commit()


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


def _lock(institution: Institution) -> None:
    """Read the row again and hold it to the end: of two officers, the second sees what the first wrote."""
    db.session.refresh(institution, with_for_update=True)


def _check_details(details: Details, *, actor: Actor, today: date) -> None:
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
    for licence in details.categories:
        label = CATEGORIES[licence.code].name
        if licence.verified_on and licence.verified_on > today:
            raise EntryRefused("categories", f"“{label}”的核验日期 {licence.verified_on} 在今天之后，请改正")
        if licence.verified_on and not licence.licence_number:
            raise EntryRefused("categories", f"“{label}”填写了核验日期，请同时填写许可或备案文号")
    if (
        details.conduct_version or details.conduct_date or details.conduct_file_id
    ) and not details.conduct_title:
        raise EntryRefused("conduct_title", "请填写行为准则的名称，或将版本、日期和文件留空")


def _is_stored(institution: Institution, upload: Upload) -> bool:
    """Whether the document is the one that is there already, as after a double click."""
    stored = conduct_file(institution)
    digest = hashlib.sha256(upload.stream.read(CONDUCT_FILES.max_bytes + 1)).hexdigest()
    upload.stream.seek(0)
    return stored is not None and stored.sha256 == digest


def _store_conduct(institution: Institution, upload: Upload, actor: Actor, now: datetime) -> None:
    if not institution.conduct_title:
        raise EntryRefused("conduct_title", "上传了行为准则文件，请同时填写行为准则的名称")
    try:
        stored = store_upload(
            upload.stream,
            upload.filename,
            CONDUCT_FILES,
            purpose="conduct",
            now=now,
            stored_by=actor.account_id,
        )
    except FileError as error:
        raise EntryRefused("conduct_file", f"{error}。其余内容已保留，请重新选择文件") from error
    db.session.flush()
    institution.conduct_file_id = stored.id


def _drop_conduct(institution: Institution) -> None:
    stored = conduct_file(institution)
    institution.conduct_file_id = None
    if stored is not None:
        db.session.flush()
        remove(stored)


def conduct_file(institution: Institution) -> StoredFile | None:
    """The document of the code of conduct, where one was handed in."""
    if institution.conduct_file_id is None:
        return None
    return db.session.get(StoredFile, institution.conduct_file_id)


def _check_products_stay(institution: Institution, details: Details) -> None:
    kept = {licence.code for licence in details.categories}
    for category in institution.categories:
        names = [product.name for product in institution.products if product.category == category.code]
        if category.code not in kept and names:
            label = CATEGORIES[category.code].name
            raise EntryRefused(
                "categories",
                f"“{label}”下还有 {len(names)} 项服务产品（如“{names[0]}”），请先撤下或改到其他类别",
            )


def _write(institution: Institution, details: Details) -> None:
    for field in fields(Details):
        if field.name == "former_names":
            names = list(details.former_names)
            if institution.former_names != names:
                institution.former_names = names
        elif field.name != "categories":
            setattr(institution, field.name, getattr(details, field.name))
    present = {category.code: category for category in institution.categories}
    for licence in details.categories:
        category = present.pop(licence.code, None)
        if category is None:
            category = InstitutionCategory(code=licence.code)
            institution.categories.append(category)
        for field in fields(Licence):
            setattr(category, field.name, getattr(licence, field.name))
    for category in present.values():
        institution.categories.remove(category)


def _publish(institution: Institution, *, reason: str, actor: Actor, now: datetime) -> None:
    with stale_told():
        publish([institution], actor=actor, reason=reason, now=now, audit_each=False)


def _record(action: str, institution: Institution, actor: Actor, now: datetime, **detail: Any) -> None:
    audit.record(
        action,
        actor=actor,
        at=now,
        subject_kind="institution",
        subject_id=institution.id,
        region=institution.region_code,
        detail=detail,
    )


def _commit() -> None:
    with stale_told():
        db.session.commit()
