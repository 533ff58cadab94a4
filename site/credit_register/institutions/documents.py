"""Institutions as documents of the search index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select

from credit_register.core.database import db
from credit_register.core.sanitise import plain_text
from credit_register.core.search import Source
from credit_register.institutions.adverse import with_adverse_decision
from credit_register.institutions.categories import CATEGORIES
from credit_register.institutions.fees import Basis
from credit_register.institutions.models import Institution, ServiceProduct
from search_index import Document

CHUNK = 1000

# Other words under which a way of charging is looked for.
_ALSO_CALLED = {
    Basis.PER_CASE: ("按项目", "按单"),
    Basis.PER_YEAR: ("年费", "包年"),
    Basis.PER_MONTH: ("月费", "包月"),
    Basis.PER_DAY: ("按日",),
    Basis.PER_RECORD: ("按条",),
    Basis.PERCENTAGE: ("佣金", "提成"),
    Basis.NEGOTIABLE: ("协商",),
}
_FREE_WORDS = ("免费", "不收费", "0元")


def document(institution: Institution, *, adverse: bool = False) -> Document:
    """What of an institution can be found; only what is public, and no natural person's name."""
    return Document(
        key=institution.uscc,
        name=institution.name,
        short_name=institution.short_name,
        former_names=tuple(institution.former_names),
        region=institution.region_code,
        categories=tuple(category.code for category in institution.categories),
        category_names=tuple(CATEGORIES[category.code].name for category in institution.categories),
        status=institution.status,
        committed=institution.committed,
        adverse=adverse,
        registered_on=institution.registered_on,
        products=tuple(product.name for product in institution.products),
        fee_words=tuple(sorted({word for product in institution.products for word in _fee_words(product)})),
        fees=_lowest_fees(institution.products),
        text=f"{institution.introduction}\n{plain_text(institution.voluntary)}".strip(),
        revision=_revision(institution.revision, adverse=adverse),
    )


def _revision(number: int, *, adverse: bool) -> int:
    """Of the entry and of what else stands in its document, so that a comparison finds either difference."""
    return 2 * number + adverse


def _fee_words(product: ServiceProduct) -> Iterator[str]:
    """The way of charging, its other names and the units; amounts are no words: 200 would be found in 1200."""
    fee = product.fee
    yield fee.basis.label
    if fee.basis is Basis.FREE or (fee.low == 0 and fee.high in (None, 0)):
        yield from _FREE_WORDS
        return
    yield from _ALSO_CALLED.get(fee.basis, ())
    comparable = fee.comparable()
    yield from filter(None, (fee.unit, comparable[2] if comparable else ""))


def _lowest_fees(products: Iterable[ServiceProduct]) -> dict[str, float]:
    """The lowest comparable fee in yuan of each category; percentages cannot be compared with amounts."""
    lowest: dict[str, float] = {}
    for product in products:
        comparable = product.fee.comparable()
        if comparable is None or product.basis == Basis.PERCENTAGE:
            continue
        amount = float(comparable[0])
        lowest[product.category] = min(amount, lowest.get(product.category, amount))
    return lowest


def _some(keys: Sequence[str]) -> list[Document]:
    return _documents(db.session.scalars(select(Institution).where(Institution.uscc.in_(keys))).all())


def _documents(rows: Sequence[Institution]) -> list[Document]:
    adverse = with_adverse_decision([row.id for row in rows])
    return [document(row, adverse=row.id in adverse) for row in rows]


def _everything() -> Iterator[Document]:
    """All documents in steady memory: chunk by chunk along the primary key."""
    last = 0
    while True:
        rows = db.session.scalars(
            select(Institution).where(Institution.id > last).order_by(Institution.id).limit(CHUNK)
        ).all()
        if not rows:
            return
        yield from _documents(rows)
        last = rows[-1].id
        db.session.expunge_all()


def _revisions() -> Iterator[tuple[str, int]]:
    adverse = with_adverse_decision()
    rows = select(Institution.id, Institution.uscc, Institution.revision)
    for row in db.session.execute(rows).yield_per(10_000):
        yield row.uscc, _revision(row.revision, adverse=row.id in adverse)


SEARCH_SOURCE = Source(some=_some, everything=_everything, revisions=_revisions)
