"""Chinese place names: what a region code is called, and which place a company name begins with."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

_SUFFIXES = (
    "特别行政区",
    "自治区",
    "自治州",
    "自治县",
    "自治旗",
    "地区",
    "新区",
    "林区",
    "省",
    "市",
    "区",
    "县",
    "盟",
    "旗",
)
_PEOPLES = (
    "维吾尔", "蒙古族", "蒙古", "藏族", "回族", "壮族", "苗族", "彝族", "侗族", "瑶族", "白族", "傣族",
    "黎族", "满族", "土家族", "哈尼族", "哈萨克族", "哈萨克", "傈僳族", "佤族", "畲族", "高山族", "拉祜族",
    "水族", "东乡族", "纳西族", "景颇族", "柯尔克孜", "土族", "达斡尔族", "达斡尔", "仫佬族", "羌族",
    "布朗族", "撒拉族", "毛南族", "仡佬族", "锡伯", "阿昌族", "普米族", "朝鲜族", "塔吉克", "怒族",
    "鄂温克族", "德昂族", "保安族", "裕固族", "独龙族", "鄂伦春", "布依族", "各族",
)  # fmt: skip
# Rows of the code table that name no place.
_NO_PLACE = ("市辖区", "县", "直辖县级行政区划", "全国")


def _base(name: str) -> str:
    """A place name without its rank and its peoples: 恩施土家族苗族自治州 is 恩施."""
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix) + 1:
            name = name[: -len(suffix)]
            break
    stripped = True
    while stripped:
        stripped = False
        for people in _PEOPLES:
            if name.endswith(people) and len(name) > len(people) + 1:
                name, stripped = name[: -len(people)], True
                break
    return name


@cache
def _table() -> dict[str, tuple[str, str]]:
    """Region code to its full and its short name."""
    table: dict[str, tuple[str, str]] = {}
    source = resources.files(__package__).joinpath("places.csv")
    with source.open(encoding="utf-8-sig") as lines:
        for row in csv.DictReader(lines):
            if not row["name"].endswith(_NO_PLACE[2]) and row["name"] not in _NO_PLACE:
                table[row["code"]] = (row["name"], _base(row["name"]))
    return table


@cache
def _prefixes() -> tuple[dict[str, tuple[str, ...]], int]:
    """Everything a company name may begin with as a place, with the places that are called so, and the longest length.

    A county without its rank is left out unless it is a city: 和平 and 长安 are also good brands.
    """
    places: dict[str, tuple[str, ...]] = {}
    for code, (full, base) in _table().items():
        names = {full}
        if code.endswith("00") or full.endswith("市"):
            names |= {base, base + "市"}
        if code.endswith("0000"):
            names.add(base + "省")
        for name in names:
            if len(name) > 1:
                places[name] = (*places.get(name, ()), code)
    return places, max(map(len, places))


@cache
def _counties() -> frozenset[str]:
    return frozenset(base for _, base in _table().values() if len(base) > 1)


def county_prefix(name: str) -> str:
    """The county without its rank with which a name begins, which may be a brand as well, or ""."""
    return next((name[:length] for length in (4, 3, 2) if name[:length] in _counties()), "")


def region_names(code: str) -> tuple[str, ...]:
    """Full names of the province, city and county of a 6 digit code, as far as the table knows them."""
    table = _table()
    codes = dict.fromkeys((code[:2] + "0000", code[:4] + "00", code))
    return tuple(table[one][0] for one in codes if one in table)


def place_parts(name: str) -> tuple[str, ...]:
    """The places with which a name begins ("四川省", "成都市", "锦江区"), each within the one before it."""
    places, longest = _prefixes()
    parts: list[str] = []
    within: tuple[str, ...] = ("",)
    start = 0
    for _ in range(3):
        for length in range(min(longest, len(name) - start), 1, -1):
            part = name[start : start + length]
            codes = [code for code in places.get(part, ()) if code.startswith(within)]
            if codes:
                parts.append(part)
                within = tuple(code.rstrip("0") for code in codes)
                start += length
                break
        else:
            break
    return tuple(parts)


def place_prefix(name: str) -> str:
    """The places with which a name begins as one text, or ""."""
    return "".join(place_parts(name))


def bare(place: str) -> str:
    """A place as it is said: 深圳市 is 深圳, 大理白族自治州 is 大理."""
    return _base(place)


def is_place(name: str) -> bool:
    """True when the whole text is a place name, with or without its rank."""
    return bool(name) and place_prefix(name) == name
