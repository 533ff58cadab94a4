"""Agencies side by side: their facts, and their fees in units that may be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from credit_register.core import uscc
from credit_register.institutions import profile, publishing, queries
from credit_register.institutions.categories import CATEGORIES, Category
from credit_register.institutions.profile import ProductEntry, Profile

MOST = 4


@dataclass(frozen=True)
class PricedProduct:
    """A product in the comparison; `lowest` when no other agency starts lower in this category and unit."""

    product: ProductEntry
    lowest: bool


@dataclass(frozen=True)
class Column:
    """One agency of the comparison."""

    profile: Profile
    committed: bool
    committed_on: date | None


@dataclass(frozen=True)
class FeeRow:
    """The fees of one category: for each agency its products, None where it is not registered for it."""

    category: Category
    cells: tuple[tuple[PricedProduct, ...] | None, ...]


@dataclass(frozen=True)
class Comparison:
    """What a comparison page shows; `unknown` are texts that are no code of the register, `left_out` too many."""

    columns: tuple[Column, ...]
    fees: tuple[FeeRow, ...]
    unknown: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes in the order of the columns."""
        return tuple(column.profile.uscc for column in self.columns)


def compare(texts: Sequence[str], *, today: date) -> Comparison:
    """Put up to four agencies side by side, in the order given; a code given twice counts once."""
    codes = list(dict.fromkeys(code for code in map(uscc.normalise, texts) if code))
    found = queries.institutions(codes[:50])
    known = [found[code] for code in codes if code in found]
    columns = tuple(
        Column(
            profile.arrange(publishing.public_content(row), today=today),
            row.committed,
            row.committed_on,
        )
        for row in known[:MOST]
    )
    return Comparison(
        columns,
        tuple(_fee_rows([column.profile for column in columns])),
        tuple(code[:40] for code in codes if code not in found)[:10],
        tuple(row.name for row in known[MOST:]),
    )


def _fee_rows(profiles: Sequence[Profile]) -> Iterable[FeeRow]:
    offered = {product.category for each in profiles for product in each.products}
    registered = {entry.category.code for each in profiles for entry in each.categories}
    for code in sorted(offered | registered):
        by_agency = [[product for product in each.products if product.category == code] for each in profiles]
        lowest = _lowest(by_agency)
        yield FeeRow(
            CATEGORIES[code],
            tuple(
                None
                if not products and code not in {entry.category.code for entry in each.categories}
                else tuple(PricedProduct(product, _is_lowest(product, lowest)) for product in products)
                for each, products in zip(profiles, by_agency, strict=True)
            ),
        )


def _start(product: ProductEntry) -> tuple[str, Decimal] | None:
    """The unit and the lowest amount of a product's fee in that unit; None where nothing compares."""
    comparable = product.fee.comparable()
    return None if comparable is None else (comparable[2], comparable[0])


def _is_lowest(product: ProductEntry, lowest: Mapping[str, Decimal]) -> bool:
    start = _start(product)
    return start is not None and lowest.get(start[0]) == start[1]


def _lowest(by_agency: Iterable[Sequence[ProductEntry]]) -> Mapping[str, Decimal]:
    """The lowest start of each unit that at least two agencies use; alone nothing is the lowest."""
    starts: dict[str, list[Decimal]] = {}
    for products in by_agency:
        own: dict[str, Decimal] = {}
        for start in filter(None, map(_start, products)):
            unit, amount = start
            own[unit] = min(amount, own.get(unit, amount))
        for unit, amount in own.items():
            starts.setdefault(unit, []).append(amount)
    return {
        unit: min(amounts)
        for unit, amounts in starts.items()
        if unit and len(amounts) > 1 and min(amounts) < max(amounts)
    }
