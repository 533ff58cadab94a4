"""Products that came before their institution and wait for it."""

from __future__ import annotations

from sqlalchemy import select

from credit_register.core import regions
from credit_register.core.database import db
from credit_register.institutions.models import Institution, ServiceProduct, UnmatchedProduct


def take_in_waiting_products(institution: Institution) -> int:
    """Give a new entry the products that an office of its region sent before; how many. Does not commit."""
    rows = db.session.scalars(
        select(UnmatchedProduct)
        .where(UnmatchedProduct.uscc == institution.uscc)
        .order_by(UnmatchedProduct.received_at, UnmatchedProduct.id)
    )
    # Of two offices that sent the same product the later one counts.
    mine = {
        (row.name, row.category): row
        for row in rows
        if regions.covers(row.region_code, institution.region_code)
    }
    for row in mine.values():
        institution.products.append(
            ServiceProduct(
                name=row.name,
                category=row.category,
                basis=row.basis,
                fee_low=row.fee_low,
                fee_high=row.fee_high,
                unit=row.unit,
                included=row.included,
            )
        )
        db.session.delete(row)
    return len(mine)
