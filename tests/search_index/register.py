"""A register of invented credit agencies with natural names, the same for the same seed.

Names are put together as real ones are: place (of any rank, in front, in brackets or missing), brand, trade and
legal form, with branches, associations and firms of accountants among them. Every part is drawn at random, so
a name that a real company bears is an accident.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from search_index import Document
from tests.search_index.brands import Brands
from tests.search_index.localities import Locality, localities, registrar
from tests.search_index.trades import (
    BODIES,
    CATEGORY_NAMES,
    CENTRES,
    CUSTOMERS,
    FIRM_FORMS,
    FIRMS,
    LEGAL_FORMS,
    PRODUCTS,
    TRADES,
    Weighed,
    categories,
)

_CODE_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUE = {char: value for value, char in enumerate(_CODE_CHARACTERS)}
_WEIGHTS = tuple(pow(3, power, 31) for power in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_SERIALS = 31**6
_STRIDE = 314_159_269  # shares no factor with the number of serials, so that each is met once
_FIRST_DAY = date(2015, 1, 1)
_PARENTS = 1000  # that many of the latest companies may get a branch


@dataclass(frozen=True, slots=True)
class Made:
    """A document and the parts of its name; a place that the name lacks is its city, a missing stem is ""."""

    document: Document
    place: str
    stem: str
    trade: str


def make(count: int, seed: int = 7) -> list[Made]:
    """That many institutions with distinct names and valid, distinct codes."""
    return list(islice(stream(seed), count))


def stream(seed: int = 7) -> Iterator[Made]:
    """The institutions of `make`, one after the other."""
    rng = random.Random(seed)
    names = _Names(rng)
    taken: set[int] = set()
    serial = seed
    while True:
        parts = names.draw()
        number = _number(parts.name)
        if number in taken:
            continue
        taken.add(number)
        serial += 1
        yield Made(_document(parts, serial, rng), parts.place, parts.stem, parts.trade)


def _number(name: str) -> int:
    """A number for a name without its brackets, the same in every run; a set of them is smaller than of names."""
    plain = name.replace("（", "").replace("）", "").casefold()
    return int.from_bytes(plain.encode("utf-16-le"), "little") % (2**61 - 1)


@dataclass(frozen=True, slots=True)
class _Parts:
    """A name and what it was put together from."""

    name: str
    locality: Locality
    place: str
    stem: str
    trade: str
    categories: tuple[str, ...]
    registry: str = "91"  # the first two characters of the code


class _Names:
    """Names drawn at random."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._brands = Brands(rng)
        self._places, self._sums = localities()
        self._parents: list[_Parts] = []

    def draw(self) -> _Parts:
        """One name of any shape."""
        shape = self._rng.random()
        if shape < 0.025:
            return self._branch()
        if shape < 0.045:
            return self._body()
        parts = self._company(FIRMS, FIRM_FORMS) if shape < 0.085 else self._company(TRADES, LEGAL_FORMS)
        if len(self._parents) < _PARENTS:
            self._parents.append(parts)
        else:
            self._parents[self._rng.randrange(_PARENTS)] = parts
        return parts

    def _company(self, trades: Weighed, forms: Weighed) -> _Parts:
        locality = self._locality()
        stem, trade, form = self._brands.draw(), self._pick(trades), self._pick(forms)
        said, full = locality.city if locality.city[0] else locality.province
        shape = self._rng.random()
        if shape < 0.13:
            place = said if self._rng.random() < 0.7 else locality.province[0]
            name = f"{stem}（{place}）{trade}{form}"
        elif shape < 0.22:
            place, name = said, f"{stem}{'国际' if shape < 0.14 else ''}{trade}{form}"
        else:
            place = self._written(locality, said, full)
            name = f"{place}{stem}{trade}{form}"
        return _Parts(name, locality, place, stem, trade, categories(trade))

    def _written(self, locality: Locality, said: str, full: str) -> str:
        """A place as it stands in front of a name."""
        rank = self._rng.random()
        county, county_full = locality.county
        if county_full and rank < 0.45:
            if rank < 0.04:
                return f"{locality.province[1]}{full}{county_full}" if full != locality.province[1] else full
            return county_full if county == county_full or rank < 0.18 else county
        if rank > 0.84:
            return locality.province[1] if rank > 0.97 else locality.province[0]
        return full if rank > 0.66 else said

    def _branch(self) -> _Parts:
        """A branch, often of a company that stands in the register too."""
        known = bool(self._parents) and self._rng.random() < 0.6
        parent = self._rng.choice(self._parents) if known else self._company(TRADES, LEGAL_FORMS)
        if not parent.name.endswith("公司"):
            return self._company(TRADES, LEGAL_FORMS)  # a firm has no branch of this kind
        locality = self._locality()
        city = locality.city[0] or locality.province[0]
        name = f"{parent.name}{city}分公司"
        return _Parts(name, locality, city, parent.stem, parent.trade, parent.categories)

    def _body(self) -> _Parts:
        """An association or a centre: it has a place and no brand."""
        locality = self._locality()
        ranks = (locality.province[1], locality.city[1], locality.county[1])
        place = self._rng.choice([rank for rank in ranks if rank])
        centre = self._rng.random() < 0.3
        trade = self._pick(CENTRES if centre else BODIES)
        return _Parts(
            f"{place}{trade}", locality, place, "", trade, categories(trade), "52" if centre else "51"
        )

    def _locality(self) -> Locality:
        return self._rng.choices(self._places, cum_weights=self._sums)[0]

    def _pick(self, weighed: Weighed) -> str:
        return self._rng.choices(weighed[0], cum_weights=weighed[1])[0]


def _document(parts: _Parts, serial: int, rng: random.Random) -> Document:
    chosen = parts.categories
    kinds = [CATEGORY_NAMES[one] for one in chosen]
    return Document(
        key=_code(parts.registry, registrar(parts.locality.region), serial),
        name=parts.name,
        former_names=(_former(parts, rng),) if parts.stem and rng.random() < 0.1 else (),
        region=parts.locality.region,
        categories=chosen,
        category_names=tuple(kinds),
        status=rng.choices(("registered", "suspended", "deregistered"), cum_weights=(90, 95, 100))[0],
        committed=rng.random() < 0.4,
        adverse=rng.random() < 0.05,
        registered_on=_FIRST_DAY + timedelta(days=int(rng.random() * 4000)),
        products=tuple(PRODUCTS[one][0] for one in chosen),
        fee_words=tuple(PRODUCTS[one][1] for one in chosen),
        fees={one: float(100 + int(rng.random() * 99_900)) for one in chosen if rng.random() < 0.8},
        text=f"本机构位于{parts.place}，主要从事{'、'.join(kinds)}，服务{rng.choice(CUSTOMERS)}客户。",
        revision=1 + int(rng.random() * 8),
    )


def _former(parts: _Parts, rng: random.Random) -> str:
    """What it was called before: an older trade, or a brand with another ending."""
    older = rng.choice(("信誉咨询", "投资咨询", "信息服务", "经济信息咨询", "商贸"))
    stem = (
        parts.stem
        if rng.random() < 0.6 or len(parts.stem) < 2
        else parts.stem[:-1] + rng.choice("发昌隆茂和")
    )
    return f"{parts.place}{stem}{older}有限公司"


def _code(registry: str, division: str, serial: int) -> str:
    """A valid code (GB 32100); neighbours in the register have nothing in common after their division."""
    left, digits = serial * _STRIDE % _SERIALS, ""
    for _ in range(6):
        left, digit = divmod(left, 31)
        digits += _CODE_CHARACTERS[digit]
    body = ("MA" if registry == "91" else "MJ") + digits
    total = sum(map(_worth, body, _ORGANISATION_WEIGHTS))
    check = 11 - total % 11
    first = f"{registry}{division}{body}{'X' if check == 10 else check % 11}"
    total = sum(_VALUE[char] * weight for char, weight in zip(first, _WEIGHTS, strict=True))
    return first + _CODE_CHARACTERS[-total % 31]


def _worth(char: str, weight: int) -> int:
    """What a character adds to the check of an organisation's code, in which letters count from ten."""
    return int(char, 36) * weight
