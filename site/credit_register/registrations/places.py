"""Where an institution sits, as its people write it: by code, by full name, or by any name that only one place has."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from credit_register.core import regions
from credit_register.institutions.facts import BadFact, shown

_EXAMPLE: Final = "请填写省、市、区的全称（例如 四川省成都市武侯区）或六位区划代码"
_MOST_NAMED: Final = 3


def place_code(text: str) -> str:
    """The six-digit code of the place that the text names; raises BadFact."""
    typed = "".join(unicodedata.normalize("NFKC", text).split())
    if not typed:
        raise BadFact(f"请填写所在地区，{_EXAMPLE.removeprefix('请填写')}")
    found = _by_code(typed) if typed.isascii() else _by_name(typed)
    if not found:
        raise BadFact(f"没有找到地区“{shown(typed)}”。{_EXAMPLE}")
    if len(found) > 1:
        named = "、".join(regions.full_name(code) for code in found[:_MOST_NAMED])
        more = "等" if len(found) > _MOST_NAMED else ""
        raise BadFact(f"叫“{shown(typed)}”的地区不止一个（{named}{more}），请写全称")
    if found[0] == regions.NATION:
        raise BadFact(f"所在地区不能是全国。{_EXAMPLE}")
    return found[0]


def place_name(code: str) -> str:
    """The full name for a code as it stands in a row; nothing for a blank or one that the list no longer has."""
    return regions.full_name(code) if regions.find(code) else ""


def proposals(code: str) -> list[str]:
    """The places to choose from: all of the province in which the institution was registered, or the provinces."""
    within = [name for name, place in _names().items() if place[:2] == code[2:4]]
    return within or [place.name for place in regions.provinces()]


def _by_code(typed: str) -> list[str]:
    try:
        return [regions.parse_filter(typed)]
    except regions.UnknownRegion:
        return []


def _by_name(typed: str) -> list[str]:
    if typed in _names():
        return [_names()[typed]]
    ending = [code for name, code in _names().items() if name.endswith(typed)] if len(typed) > 1 else []
    return ending or [code for code in _names().values() if regions.short_name(code) == typed]


@lru_cache(maxsize=1)
def _names() -> MappingProxyType[str, str]:
    """Full name → code; 北京市 is the municipality, not the placeholder below it."""
    found: dict[str, str] = {}
    for code in regions.book().regions:
        found.setdefault(regions.full_name(code), code)
    return MappingProxyType(found)
