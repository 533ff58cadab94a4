"""From the spool into the register: what each good row comes to, and on wish its writing, in chunks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import lazyload
from sqlalchemy.orm.attributes import set_committed_value

from credit_register.access.actor import Actor
from credit_register.core import regions
from credit_register.core.database import db
from credit_register.institutions.imports.results import Change, Counts, Level, Verdict
from credit_register.institutions.imports.spool import Spool
from credit_register.institutions.models import Institution, ServiceProduct
from credit_register.institutions.publishing import publish

CHUNK = 1000
FIRST_ROWS = 10

# Any number will do, as long as nobody else takes it for another lock.
_ADVISORY_LOCK = 7_295_001
_PATIENCE = "20s"


@dataclass
class Work:
    """One pass over the good rows; with `write` false it changes nothing and only finds out.

    `region` is the office whose rows these are: everything outside it is refused.
    """

    spool: Spool
    counts: Counts
    actor: Actor
    now: datetime
    write: bool
    reason: str
    region: str
    list_changes: bool = False
    first_rows: list[dict[str, Any]] = field(default_factory=list)
    _digest: Any = field(default_factory=hashlib.sha256)

    @property
    def digest(self) -> str:
        """A fingerprint of everything the pass found: equal fingerprints, equal outcome."""
        found: str = self._digest.hexdigest()
        return found

    def settle(self, number: int, verdict: Verdict, changes: Sequence[Change] = ()) -> None:
        """Note what a row came to."""
        self.counts.count(verdict)
        line = [
            str(number),
            verdict.value,
            *(f"{change.column}\t{change.before}\t{change.after}" for change in changes),
        ]
        self._digest.update("\n".join(line).encode("utf-8", "replace") + b"\0")
        if self.list_changes:
            for change in changes:
                self.spool.remark(number, Level.CHANGE, change.column, change.text)

    def reject(self, number: int, column: str, message: str) -> None:
        """Note that a row may not be imported after all."""
        self.settle(number, Verdict.REJECTED)
        self.spool.remark(number, Level.REJECTED, column, message)

    def doubt(self, number: int, column: str, message: str) -> None:
        """Note what a person should look at."""
        self.spool.remark(number, Level.WARNING, column, message)

    def covers(self, code: str) -> bool:
        """Whether the office has a say in this region."""
        return regions.covers(self.region, code)

    def outside(self, code: str) -> str:
        """The sentence for a row of a region that the office has no say in."""
        own = regions.full_name(self.region)
        return f"“{regions.full_name(code)}”不在本次导入的管辖区域（{own}）内，请删除本行，或交由当地主管单位导入。"

    def publish(self, institutions: Sequence[Institution]) -> None:
        """Publish a chunk; does not commit."""
        if institutions:
            done = publish(institutions, actor=self.actor, reason=self.reason, now=self.now)
            self.counts.published += len(done)


def hold_the_register() -> None:
    """Let only one import write at a time; the lock goes with the transaction.

    On SQLite the transaction itself began with the write lock.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))
        db.session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ADVISORY_LOCK})


def institutions_by_code(codes: Iterable[str], *, write: bool) -> dict[str, Institution]:
    """The institutions of a chunk without their products, locked where they will be written."""
    query = (
        select(Institution).where(Institution.uscc.in_(list(codes))).options(lazyload(Institution.products))
    )
    if write:
        query = query.with_for_update(of=Institution)
    return {institution.uscc: institution for institution in db.session.scalars(query)}


def load_products(institutions: Sequence[Institution]) -> None:
    """Load the products of many institutions at once."""
    products: dict[int, list[ServiceProduct]] = {institution.id: [] for institution in institutions}
    query = select(ServiceProduct).where(ServiceProduct.institution_id.in_(list(products)))
    for product in db.session.scalars(query):
        products[product.institution_id].append(product)
    for institution in institutions:
        set_committed_value(institution, "products", products[institution.id])


def let_go(institutions: Iterable[Institution]) -> None:
    """Take finished rows out of the session, so that memory does not grow with the file.

    Institution and categories name each other: left in the session they would wait for the collector.
    """
    for institution in institutions:
        if institution in db.session:
            db.session.expunge(institution)
