"""What a list shows of each institution, read in one query and without the whole rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, func, select

from credit_register.core.database import db, look
from credit_register.institutions.models import Institution, InstitutionCategory, ServiceProduct


@dataclass(frozen=True, slots=True)
class ListEntry:
    """An institution as lists show it; `categories` are two-digit codes in order."""

    uscc: str
    name: str
    region_code: str
    status: str
    status_since: date
    registered_on: date
    committed: bool
    categories: tuple[str, ...]

    @classmethod
    def of(cls, row: Institution) -> ListEntry:
        """The same of a row that was read whole."""
        return cls(
            row.uscc,
            row.name,
            row.region_code,
            row.status,
            row.status_since,
            row.registered_on,
            row.committed,
            tuple(category.code for category in row.categories),
        )


_CODES = (
    select(func.aggregate_strings(InstitutionCategory.code, " "))
    .where(InstitutionCategory.institution_id == Institution.id)
    .scalar_subquery()
    .label("categories")
)
_ENTRIES = select(
    Institution.uscc,
    Institution.name,
    Institution.region_code,
    Institution.status,
    Institution.status_since,
    Institution.registered_on,
    Institution.committed,
    _CODES,
).where(Institution.uscc.in_(bindparam("codes", expanding=True)))


def list_entries(codes: Sequence[str]) -> dict[str, ListEntry]:
    """The entries with these normalised codes, by code; unknown ones are left out."""
    if not codes:
        return {}
    return {
        row.uscc: ListEntry(
            row.uscc,
            row.name,
            row.region_code,
            row.status,
            row.status_since,
            row.registered_on,
            row.committed,
            tuple(sorted((row.categories or "").split())),
        )
        for row in look(_ENTRIES, codes=list(codes))
    }


def products_by_entry(codes: Sequence[str], category: str) -> Mapping[str, Sequence[ServiceProduct]]:
    """The products of one category of the entries with these codes, by code, in the order of their names."""
    found: dict[str, list[ServiceProduct]] = defaultdict(list)
    if codes:
        rows = db.session.execute(
            select(Institution.uscc, ServiceProduct)
            .join(ServiceProduct.institution)
            .where(Institution.uscc.in_(codes), ServiceProduct.category == category)
            .order_by(ServiceProduct.name)
        )
        for code, product in rows:
            found[code].append(product)
    return found
