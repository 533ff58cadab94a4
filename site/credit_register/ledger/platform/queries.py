"""What staff ask about the batches for the national platform: what it gave back comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import case, func, select

from credit_register.access.actor import Actor
from credit_register.core.database import db
from credit_register.ledger.models import PlatformBatch, PlatformRow, PlatformStatus

PER_PAGE = 40
ROWS_PER_PAGE = 100
_ORDER = {PlatformStatus.REJECTED.value: 0, PlatformStatus.SENT.value: 1}


@dataclass(frozen=True)
class Tally:
    """The lines of a batch by what the platform has said of them."""

    accepted: int = 0
    rejected: int = 0
    sent: int = 0

    @property
    def total(self) -> int:
        return self.accepted + self.rejected + self.sent


def batches(actor: Actor, *, page: int) -> Pagination:
    """The batches of the actor's region: those with lines that were given back first, then the newest."""
    returned = (
        select(func.count())
        .where(PlatformRow.batch_id == PlatformBatch.id, PlatformRow.status == PlatformStatus.REJECTED.value)
        .correlate(PlatformBatch)
        .scalar_subquery()
    )
    query = (
        select(PlatformBatch)
        .where(actor.region_filter(PlatformBatch.region_code))
        .order_by(case((returned > 0, 0), else_=1), PlatformBatch.id.desc())
    )
    return db.paginate(query, page=page, per_page=PER_PAGE, error_out=False)


def tallies(found: Sequence[PlatformBatch]) -> Mapping[int, Tally]:
    """The counts of some batches, by the number of the row."""
    rows = db.session.execute(
        select(PlatformRow.batch_id, PlatformRow.status, func.count())
        .where(PlatformRow.batch_id.in_([batch.id for batch in found]))
        .group_by(PlatformRow.batch_id, PlatformRow.status)
    )
    counts: dict[int, dict[str, int]] = {batch.id: {} for batch in found}
    for batch_id, status, count in rows:
        counts[batch_id][status] = count
    return {batch_id: Tally(**each) for batch_id, each in counts.items()}


def batch_for(actor: Actor, exchange_id: int) -> PlatformBatch:
    """One batch of the actor's region, or 404."""
    found = db.session.scalar(
        select(PlatformBatch).where(
            actor.region_filter(PlatformBatch.region_code), PlatformBatch.id == exchange_id
        )
    )
    if found is None:
        abort(404)
    return found


def newest_of(region: str) -> PlatformBatch | None:
    """The last batch of a reporting region."""
    return db.session.scalar(
        select(PlatformBatch)
        .where(PlatformBatch.region_code == region)
        .order_by(PlatformBatch.id.desc())
        .limit(1)
    )


def rows_of(batch: PlatformBatch, *, page: int) -> Pagination:
    """The lines of a batch: what was given back first, then what has no answer yet."""
    query = (
        select(PlatformRow)
        .where(PlatformRow.batch_id == batch.id)
        .order_by(case(_ORDER, value=PlatformRow.status, else_=2), PlatformRow.line)
    )
    return db.paginate(query, page=page, per_page=ROWS_PER_PAGE, error_out=False)
