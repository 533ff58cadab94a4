"""Writes of the register: one entry, its status, its products; each is checked, published and committed once.

Every verb may be called twice with the same content, as a double click does: the second call finds
that the register already says so and changes nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.audit import services as audit
from credit_register.core import uscc
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.files import FileError, StoredFile, remove, store_upload
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion, check_version, stale_told
from credit_register.institutions.entries import (
    CONDUCT_FILES,
    FIELD_LABELS,
    AlreadyRegistered,
    Details,
    EntryRefused,
    Licence,
    ProductDetails,
    Upload,
    check_details,
    check_products_stay,
    details_of,
    product_details_of,
    renamed,
    tidied,
    tidied_product,
)
from credit_register.institutions.lifecycle import REGISTRATION
from credit_register.institutions.models import (
    Institution,
    InstitutionCategory,
    InstitutionVersion,
    ServiceProduct,
    Status,
)
from credit_register.institutions.publishing import publish
from credit_register.institutions.waiting import take_in_waiting_products


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
    institution = enter_institution(
        code,
        details=details,
        registered_on=registered_on,
        reason=reason,
        conduct=conduct,
        actor=actor,
        now=now,
    )
    db.session.commit()
    return institution


def enter_institution(
    code: str,
    *,
    details: Details,
    registered_on: date,
    reason: str,
    actor: Actor,
    now: datetime,
    conduct: Upload | None = None,
) -> Institution:
    """The entering itself, for a deed of another domain: as `create_institution`, without the commit.

    Where somebody enters the same code at this very moment the transaction is rolled back.
    """
    checked = uscc.check(code)
    if not checked.ok:
        raise EntryRefused("uscc", checked.message)
    today = local_date(now)
    if registered_on > today:
        raise EntryRefused("registered_on", f"登记日期 {registered_on} 在今天之后，请改正")
    details = tidied(details)
    check_details(details, actor=actor, today=today)
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
    db.session.add(institution)
    try:
        db.session.flush()
    except IntegrityError:  # somebody entered the same code a moment ago
        db.session.rollback()
        present = _by_code(checked.code)
        if present is None:
            raise
        return _same_entry(present, details, actor)
    if conduct:
        _store_conduct(institution, conduct, actor, now)
    take_in_waiting_products(institution)
    publish([institution], actor=actor, reason=reason, now=now)
    _record("institution.create", institution, actor, now, uscc=institution.uscc, reason=reason)
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
    misspelt: bool = False,
) -> bool:
    """Correct an entry; gives whether anything changed. Raises StaleVersion or EntryRefused. Commits."""
    changed = amend_institution(
        institution,
        details=details,
        reason=reason,
        version=version,
        conduct=conduct,
        drop_conduct=drop_conduct,
        misspelt=misspelt,
        actor=actor,
        now=now,
    )
    if changed:
        _commit()
    return changed


def amend_institution(
    institution: Institution,
    *,
    details: Details,
    reason: str,
    version: int,
    actor: Actor,
    now: datetime,
    conduct: Upload | None = None,
    drop_conduct: bool = False,
    misspelt: bool = False,
) -> bool:
    """The correction itself, for a deed of another domain: as `edit_institution`, without the commit.

    `conduct` replaces the document of the code of conduct, `drop_conduct` takes it away. A new name leaves the
    old one among the former names, unless the old one was `misspelt`.
    """
    _lock(institution)
    before = details_of(institution)
    sent = tidied(details, before)
    details = renamed(before, sent, misspelt=misspelt)
    if conduct is not None and _is_stored(institution, conduct):
        conduct = None
    drop_conduct = drop_conduct and conduct is None and institution.conduct_file_id is not None
    if conduct is None and not drop_conduct:
        if before == details:
            return False
        earlier = _before_last_change(institution, before) if institution.version != version else before
        if earlier != before and renamed(earlier, sent, misspelt=misspelt) == before:
            return False  # the second of two clicks, of which the first gave the new name
    check_version(institution, version)
    check_details(details, actor=actor, today=local_date(now))
    check_products_stay(institution, details)
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
    return True


def note_commitment(
    institution: Institution, *, committed_on: date | None, reason: str, actor: Actor, now: datetime
) -> None:
    """Publish that a commitment is in force since a day, or none is; the commitment's own deed. Does not commit."""
    _lock(institution)
    institution.committed = committed_on is not None
    institution.committed_on = committed_on
    _publish(institution, reason=reason, actor=actor, now=now)


def _before_last_change(institution: Institution, present: Details) -> Details:
    """The present entry under the name that it had in the version before the last."""
    content = db.session.scalar(
        select(InstitutionVersion.content)
        .where(InstitutionVersion.institution_id == institution.id)
        .order_by(InstitutionVersion.number.desc())
        .offset(1)
        .limit(1)
    )
    if content is None:
        return present
    return replace(present, name=content["name"], short_name=content["short_name"])


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
    details = tidied_product(details, product_details_of(product))
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
    take_down_product(institution, product=product, reason=reason, actor=actor, now=now)
    _commit()


def take_down_product(
    institution: Institution, *, product: ServiceProduct, reason: str, actor: Actor, now: datetime
) -> None:
    """As `withdraw_product`, within the transaction of another deed: the caller commits. Raises StaleVersion."""
    if product not in institution.products:
        raise StaleVersion
    name = product.name
    institution.products.remove(product)
    _publish(institution, reason=reason, actor=actor, now=now)
    _record("product.withdraw", institution, actor, now, name=name, reason=reason)


def _lock(institution: Institution) -> None:
    """Read the row again and hold it to the end: of two officers, the second sees what the first wrote."""
    db.session.refresh(institution, with_for_update=True)


def _is_stored(institution: Institution, upload: Upload) -> bool:
    """Whether the document is the one that is there already, as after a double click."""
    stored = conduct_file(institution)
    digest = hashlib.sha256(upload.stream.read(CONDUCT_FILES.max_bytes + 1)).hexdigest()
    upload.stream.seek(0)
    return stored is not None and stored.sha256 == digest and not stored.is_infected


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
        publish([institution], actor=actor, reason=reason, now=now)


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
