"""The generated register that everything is measured on, in memory and as the files that offices send."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from tests.search_index.register import Made, make

_ROSTER = (
    *("机构名称", "统一社会信用代码", "法定代表人", "成立日期", "区划代码", "住所", "联系电话", "官网"),
    *("服务类别", "首席信用监督官", "简介", "曾用名"),
)
_PRODUCTS = ("统一社会信用代码", "产品名称", "服务类别", "收费方式", "收费标准", "计费单位", "收费说明")


@lru_cache(maxsize=2)
def generated(count: int) -> Sequence[Made]:
    """That many institutions with natural names and valid codes, the same in every run."""
    return make(count)


def write_roster(path: Path, made: Sequence[Made]) -> None:
    """Write the roster as csv with every column that offices fill."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(_ROSTER)
        for serial, one in enumerate(made, 1):
            document = one.document
            writer.writerow(
                (
                    document.name,
                    document.key,
                    "张三",
                    document.registered_on,
                    document.region,
                    f"{one.place}示例路{serial % 999 + 1}号",
                    f"010-{10_000_000 + serial}",
                    f"https://agency{serial}.example.cn",
                    ";".join(document.category_names),
                    "李四" if serial % 3 else "",
                    document.text,
                    ";".join(document.former_names),
                )
            )


def write_products(path: Path, made: Sequence[Made]) -> None:
    """Write one product for each category of each institution, as csv."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(_PRODUCTS)
        for serial, one in enumerate(made, 1):
            document = one.document
            for name, category in zip(document.products, document.category_names, strict=True):
                fee = 100 + serial % 900
                writer.writerow((document.key, name, category, "按份", f"{fee}.00", "元/份", "含税"))
