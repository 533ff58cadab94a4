"""The sample register as documents, and the labelled queries over it, both read from their csv files."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from search_index import Document
from tests.search_index.labelled import Labelled
from tests.search_index.trades import CATEGORY_NAMES

_FOLDER = Path(__file__).parents[2] / "site" / "credit_register" / "web" / "sample"
_QUERIES = Path(__file__).with_name("labelled.csv")
_CODES = {name: code for code, name in CATEGORY_NAMES.items()}
_FEE_WORDS = {"按年": ("按年", "年费", "包年"), "按次": ("按次", "按项目", "按单"), "面议": ("面议", "协商")}
_FORMER_EVERY = 9  # that many have one who was called otherwise before


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        yield from csv.DictReader(lines)


@cache
def documents() -> tuple[Document, ...]:
    """The institutions of the sample in the order of their codes; some bear a former name as the site gives it."""
    products: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for row in _rows(_FOLDER / "products.csv"):
        products[row["统一社会信用代码"]].append(row)
    rows = sorted(_rows(_FOLDER / "institutions.csv"), key=lambda row: row["统一社会信用代码"])
    return tuple(
        _document(row, products[row["统一社会信用代码"]], renamed=place % _FORMER_EVERY == 0)
        for place, row in enumerate(rows)
    )


def _document(row: Mapping[str, str], products: list[Mapping[str, str]], *, renamed: bool) -> Document:
    kinds = tuple(row["服务类别"].split(";"))
    ways = {word for one in products for word in _FEE_WORDS.get(one["收费方式"], (one["收费方式"],)) if word}
    return Document(
        key=row["统一社会信用代码"],
        name=row["机构名称"],
        former_names=(row["机构名称"].replace("示例", "示例老", 1),) if renamed else (),
        region=row["区划代码"],
        categories=tuple(_CODES[one] for one in kinds),
        category_names=kinds,
        products=tuple(one["产品名称"] for one in products),
        fee_words=tuple(sorted(ways | {one["计费单位"] for one in products if one["计费单位"]})),
        text=row["简介"],
    )


@cache
def questions() -> tuple[Labelled, ...]:
    """The labelled queries over the sample, as people typed them."""
    return tuple(
        Labelled(
            kind=row["kind"],
            text=row["typed"],
            key=row["expected"],
            within=int(row["within"]),
            region=row["region"] or None,
            category=row["category"] or None,
        )
        for row in _rows(_QUERIES)
    )
