"""The one way into the public register: every published change becomes a version, a log event and an index change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, inspect, select

from credit_register.access.actor import Actor
from credit_register.core import outbox
from credit_register.core.database import db
from credit_register.core.masking import mask_person
from credit_register.institutions.models import Institution, InstitutionVersion
from credit_register.transparency.services import record_public_events


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def public_content(institution: Institution) -> dict[str, Any]:
    """Everything that is public about an institution, as plain data; what is not here is not public.

    The chief credit supervisor is masked: a natural person is named only after confirming it.
    """
    return {
        "uscc": institution.uscc,
        "name": institution.name,
        "former_names": list(institution.former_names),
        "short_name": institution.short_name,
        "legal_representative": institution.legal_representative,
        "founded_on": _iso(institution.founded_on),
        "region": institution.region_code,
        "address": institution.address,
        "phone": institution.phone,
        "website": institution.website,
        "chief_supervisor": mask_person(institution.chief_supervisor),
        "code_of_conduct": {
            "title": institution.conduct_title,
            "version": institution.conduct_version,
            "date": _iso(institution.conduct_date),
            "document_sha256": institution.conduct_file.clean_sha256 if institution.conduct_file else None,
        }
        if institution.conduct_title
        else None,
        "introduction": institution.introduction,
        "voluntary": institution.voluntary,
        "status": institution.status,
        "status_reason": institution.status_reason,
        "status_since": _iso(institution.status_since),
        "registered_on": _iso(institution.registered_on),
        "committed": institution.committed,
        "committed_on": _iso(institution.committed_on),
        "categories": [
            {
                "code": category.code,
                "licence_number": category.licence_number,
                "licence_issuer": category.licence_issuer,
                "licence_expires_on": _iso(category.licence_expires_on),
                "verified_on": _iso(category.verified_on),
            }
            for category in sorted(institution.categories, key=lambda category: category.code)
        ],
        "products": [
            {
                "name": product.name,
                "category": product.category,
                "basis": product.basis,
                "fee_low": None if product.fee_low is None else str(product.fee_low),
                "fee_high": None if product.fee_high is None else str(product.fee_high),
                "unit": product.unit,
                "included": product.included,
            }
            for product in sorted(institution.products, key=lambda product: (product.category, product.name))
        ],
    }


def publish(
    institutions: Sequence[Institution],
    *,
    actor: Actor,
    reason: str,
    now: datetime,
) -> list[Institution]:
    """Record what changed in public since the last version of each institution; gives those that changed.

    Does not commit. An institution whose public content is as before gets no version, so that doing
    the same again changes nothing. The audit is the caller's: one row for the deed, not for each entry.
    """
    fresh = {institution for institution in institutions if not inspect(institution).has_identity}
    for institution in fresh:
        # Before the row is written: one INSERT instead of an INSERT and an UPDATE, which an import of many feels.
        institution.revision, institution.published_at = 1, now
    db.session.flush()
    latest = _latest_versions([one.id for one in institutions if one not in fresh])
    changed: list[Institution] = []
    versions: list[dict[str, Any]] = []
    for institution in institutions:
        content = public_content(institution)
        before = latest.get(institution.id)
        if before is not None and before.content == content:
            continue
        if institution not in fresh:
            institution.revision += 1
            institution.published_at = now
        number = before.number + 1 if before else 1
        versions.append(
            {
                "institution_id": institution.id,
                "number": number,
                "at": now,
                "by_label": actor.public_label,
                "by_account_id": actor.account_id,
                "reason": reason,
                "content": content,
            }
        )
        changed.append(institution)
    if versions:
        db.session.execute(insert(InstitutionVersion), versions)
    record_public_events(
        "institution.published",
        subject_kind="institution",
        changes=[
            (institution.uscc, {"version": version["number"], **version["content"]})
            for institution, version in zip(changed, versions, strict=True)
        ],
        at=now,
    )
    outbox.enqueue((institution.uscc for institution in changed), at=now)
    db.session.flush()
    return changed


def _latest_versions(ids: Iterable[int]) -> dict[int, InstitutionVersion]:
    wanted = list(ids)
    if not wanted:
        return {}
    last = (
        select(InstitutionVersion.institution_id, func.max(InstitutionVersion.number).label("number"))
        .where(InstitutionVersion.institution_id.in_(wanted))
        .group_by(InstitutionVersion.institution_id)
        .subquery()
    )
    rows = db.session.scalars(
        select(InstitutionVersion).join(
            last,
            (InstitutionVersion.institution_id == last.c.institution_id)
            & (InstitutionVersion.number == last.c.number),
        )
    )
    return {row.institution_id: row for row in rows}
