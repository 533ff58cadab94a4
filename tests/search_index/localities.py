"""The places of the invented institutions, of all ranks, and how a company name writes them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

# Where companies are: the big economies have more, and every province has some.
_SHARES = {
    "11": 80, "12": 25, "13": 40, "14": 22, "15": 15, "21": 30, "22": 15, "23": 20, "31": 80, "32": 85, "33": 75,
    "34": 38, "35": 38, "36": 28, "37": 75, "41": 50, "42": 42, "43": 40, "44": 110, "45": 25, "46": 12, "50": 34,
    "51": 52, "52": 20, "53": 24, "54": 4, "61": 30, "62": 14, "63": 5, "64": 7, "65": 14, "66": 3,
}  # fmt: skip
# What people call a prefecture whose full name lists its peoples, and the regions.
_SAID = (
    "延边", "恩施", "湘西", "阿坝", "甘孜", "凉山", "黔西南", "黔东南", "黔南", "楚雄", "红河", "文山", "西双版纳",
    "大理", "德宏", "怒江", "迪庆", "临夏", "甘南", "海北", "黄南", "海南", "果洛", "玉树", "海西", "昌吉",
    "博尔塔拉", "巴音郭楞", "克孜勒苏", "伊犁", "内蒙古", "广西", "西藏", "宁夏", "新疆",
)  # fmt: skip
_MUNICIPALITIES = ("11", "12", "31", "50")
_CORPS = "660000"


@dataclass(frozen=True, slots=True)
class Locality:
    """A region code, and the province, city and county it lies in, as said and in full; "" where it has none."""

    region: str
    province: tuple[str, str]
    city: tuple[str, str]
    county: tuple[str, str]


def _said(full: str) -> str:
    """A place without its rank: 深圳市 is 深圳, 凉山彝族自治州 is 凉山; 锦江区 and 乾县 stay."""
    if "自治" in full:
        return next((one for one in _SAID if full.startswith(one)), full)
    for rank in ("地区", "省", "市", "县", "盟", "旗"):
        if full.endswith(rank) and len(full) > len(rank) + 1:
            return full.removesuffix(rank)
    return full


def _both(full: str) -> tuple[str, str]:
    return _said(full), full


@cache
def _table() -> dict[str, str]:
    source = resources.files("search_index").joinpath("places.csv")
    with source.open(encoding="utf-8-sig") as lines:
        return {row["code"]: row["name"] for row in csv.DictReader(lines)}


@cache
def localities() -> tuple[tuple[Locality, ...], tuple[float, ...]]:
    """All places with the sum of the weights up to each; cities weigh more than their counties."""
    table = _table()
    places: list[Locality] = []
    weights: list[float] = []
    for province, share in _SHARES.items():
        # The Corps has no cities of its own: its companies carry the name of the province.
        name = _both("新疆维吾尔自治区" if province == "66" else table[f"{province}0000"])
        inside = [code for code in table if code.startswith(province) and not code.endswith("0000")]
        cities = [code for code in inside if code.endswith("00")]
        found: list[tuple[float, Locality]] = []
        if province in _MUNICIPALITIES or not inside:
            found.append((1.0, Locality(f"{province}0000", name, name, ("", ""))))
        else:
            for place, code in enumerate(cities):
                if "直辖" not in table[code]:
                    # The capital of a province comes first in its list.
                    weight = 6.0 if place == 0 else 2.0
                    found.append((weight, Locality(code, name, _both(table[code]), ("", ""))))
        for code in inside:
            if not code.endswith("00"):
                above = table[f"{code[:4]}00"]
                city = (
                    name if province in _MUNICIPALITIES else _both(above) if "直辖" not in above else ("", "")
                )
                found.append((0.35, Locality(code, name, city, _both(table[code]))))
        whole = sum(weight for weight, _ in found)
        places += [one for _, one in found]
        weights += [share * weight / whole for weight, _ in found]
    sums, total = [], 0.0
    for weight in weights:
        total += weight
        sums.append(total)
    return tuple(places), tuple(sums)


@cache
def bare_names() -> frozenset[str]:
    """All places as they are said, which no brand is called."""
    return frozenset(map(_said, _table().values()))


def registrar(region: str) -> str:
    """The division in the codes of companies there; the Corps registers with the province."""
    return "650100" if region == _CORPS else region
