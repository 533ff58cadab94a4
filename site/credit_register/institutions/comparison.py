"""Agencies side by side: their facts, and their fees in units that may be compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from credit_register.institutions import profile, publishing, queries
from credit_register.institutions.categories import CATEGORIES, Category
from credit_register.institutions.fees import Basis
from credit_register.institutions.profile import ProductEntry, Profile

MOST = 4
_KEYS = "ABCD"
_SHORT_LABEL = 8
_MOST_READ = 50


@dataclass(frozen=True)
class PricedProduct:
    """A product in the comparison.

    `lowest`: no other agency asks less for a product of the same name in the same unit. `lowest_start`: in
    a category and unit in which the agencies share no product name, this one starts lowest, whatever it is.
    """

    product: ProductEntry
    lowest: bool
    lowest_start: bool


@dataclass(frozen=True)
class Column:
    """One agency of the comparison; `key` is its letter."""

    key: str
    profile: Profile
    committed: bool
    committed_on: date | None

    @property
    def label(self) -> str:
        """The letter with the short name where that is short: what stands beside each value on a phone."""
        short = self.profile.short_name
        return f"{self.key} {short}" if 0 < len(short) <= _SHORT_LABEL else self.key


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


@dataclass(frozen=True)
class Chosen:
    """An agency laid aside for comparison while one looks for others; `label` is what it is called for short."""

    uscc: str
    name: str
    label: str


@dataclass(frozen=True)
class Basket:
    """What was laid aside; `unknown` are texts that are no code of the register, `left_out` names too many."""

    chosen: tuple[Chosen, ...] = ()
    unknown: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes in the order in which they were chosen."""
        return tuple(one.uscc for one in self.chosen)

    @property
    def full(self) -> bool:
        """Whether no other one fits."""
        return len(self.chosen) >= MOST


def basket(texts: Sequence[str]) -> Basket:
    """The agencies of these codes, at most four, in the order given; a code given twice counts once."""
    codes = _codes(texts)
    found = queries.names(codes[:_MOST_READ])
    known = [
        Chosen(code, found[code][0], found[code][1] or found[code][0]) for code in codes if code in found
    ]
    return Basket(
        tuple(known[:MOST]),
        _unknown(codes, found),
        tuple(one.name for one in known[MOST:]),
    )


def _codes(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(code for code in map(queries.normal_code, texts) if code))


def _unknown(codes: Sequence[str], found: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(code for code in codes if code not in found)[:10]


def compare(texts: Sequence[str], *, today: date) -> Comparison:
    """Put up to four agencies side by side, in the order given; a code given twice counts once."""
    codes = _codes(texts)
    found = queries.institutions(codes[:_MOST_READ])
    known = [found[code] for code in codes if code in found]
    columns = tuple(
        Column(
            key,
            profile.arrange(publishing.public_content(row), today=today),
            row.committed,
            row.committed_on,
        )
        for key, row in zip(_KEYS, known, strict=False)
    )
    return Comparison(
        columns,
        tuple(_fee_rows([column.profile for column in columns])),
        _unknown(codes, found),
        tuple(row.name for row in known[MOST:]),
    )


def _fee_rows(profiles: Sequence[Profile]) -> Iterable[FeeRow]:
    offered = {product.category for each in profiles for product in each.products}
    registered = {entry.category.code for each in profiles for entry in each.categories}
    for code in sorted(offered | registered):
        by_agency = [[product for product in each.products if product.category == code] for each in profiles]
        marks = _Marks.of(by_agency)
        yield FeeRow(
            CATEGORIES[code],
            tuple(
                None
                if not products and code not in {entry.category.code for entry in each.categories}
                else tuple(marks.priced(product) for product in products)
                for each, products in zip(profiles, by_agency, strict=True)
            ),
        )


@dataclass(frozen=True)
class _Marks:
    """The lowest starts of one category, by unit: of products of one name, and of all where no name is shared."""

    by_name: Mapping[str, Mapping[str, Decimal]]
    of_all: Mapping[str, Decimal]

    @staticmethod
    def of(by_agency: Sequence[Sequence[ProductEntry]]) -> _Marks:
        named = {}
        for name in {_folded(product.name) for products in by_agency for product in products}:
            same = [[one for one in products if _folded(one.name) == name] for products in by_agency]
            named[name] = _starts(same)
        shared = {unit for starts in named.values() for unit in starts}
        everything = {unit: starts for unit, starts in _starts(by_agency).items() if unit not in shared}
        return _Marks({name: _lowest(starts) for name, starts in named.items()}, _lowest(everything))

    def priced(self, product: ProductEntry) -> PricedProduct:
        return PricedProduct(
            product,
            _starts_at(product, self.by_name[_folded(product.name)]),
            _starts_at(product, self.of_all),
        )


def _folded(name: str) -> str:
    """A product's name without case, width, blanks and marks: 企业信用报告 (基础版) is 企业信用报告（基础版）."""
    return "".join(char for char in unicodedata.normalize("NFKC", name).casefold() if char.isalnum())


def _is_free(product: ProductEntry) -> bool:
    comparable = product.fee.comparable()
    return comparable is not None and (product.fee.basis is Basis.FREE or comparable[1] == 0)


def _starts_at(product: ProductEntry, lowest: Mapping[str, Decimal]) -> bool:
    """Whether a product starts at the lowest amount of its unit; a free one at nothing in every unit."""
    if _is_free(product):
        return Decimal(0) in lowest.values()
    comparable = product.fee.comparable()
    return comparable is not None and lowest.get(comparable[2]) == comparable[0]


def _starts(by_agency: Iterable[Sequence[ProductEntry]]) -> dict[str, list[Decimal]]:
    """Each agency's lowest start in each unit that at least two agencies use; alone nothing is the lowest."""
    agencies = [list(products) for products in by_agency]
    comparables = [
        (at, product.fee.comparable())
        for at, products in enumerate(agencies)
        for product in products
        if not _is_free(product)
    ]
    free = {at for at, products in enumerate(agencies) if any(map(_is_free, products))}
    starts: dict[str, dict[int, Decimal]] = {}
    for at, comparable in comparables:
        if comparable is not None and comparable[2]:
            amount, _, unit = comparable
            own = starts.setdefault(unit, dict.fromkeys(free, Decimal(0)))
            own[at] = min(amount, own.get(at, amount))
    return {unit: list(own.values()) for unit, own in starts.items() if len(own) > 1}


def _lowest(starts: Mapping[str, Sequence[Decimal]]) -> dict[str, Decimal]:
    """The lowest start of each unit; where all start alike nothing is the lowest."""
    return {unit: min(amounts) for unit, amounts in starts.items() if min(amounts) < max(amounts)}
