"""The cells that only a file has: dates, codes, regions and categories as offices write them.

Texts follow the rules of `facts`, as they do on the staff pages.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache
from typing import Final

from credit_register.core import regions, uscc
from credit_register.core.dates import NotADate, parse_date
from credit_register.institutions.categories import CATEGORIES, category_code
from credit_register.institutions.facts import BadFact, is_blank, shown

_SEPARATORS: Final = (";\n\t|", ",、", "/", " ")


def sentence(text: str) -> str:
    """The text with a full stop at its end, as pages and lists show it."""
    return text if text.endswith(("。", "！", "？")) else text + "。"


def day(value: object, what: str, *, latest: date | None = None) -> date | None:
    """A date cell; None where it is blank; not after `latest`."""
    if isinstance(value, str) and is_blank(value):
        return None
    try:
        found = parse_date(value)
    except NotADate as error:
        raise BadFact(f"{what}{error}") from None
    if found and latest and found > latest:
        raise BadFact(f"{what} {found} 晚于今天，请核对")
    return found


def code(text: str) -> tuple[str, tuple[str, ...]]:
    """The normalised 统一社会信用代码 and what a person should look at although it passes."""
    found = uscc.check(text)
    if not found.ok:
        raise BadFact(found.message)
    return found.code, found.warning_messages


@lru_cache(maxsize=10_000)
def region(text: str) -> str:
    """The six-digit code of an institution's region, given as code or as full name."""
    line = "".join(unicodedata.normalize("NFKC", text).split())
    if not line:
        raise BadFact("区划代码为空，请填写机构所在地的六位行政区划代码，例如 510104")
    found = line if regions.find(line) else _codes_by_full_name().get(line)
    if found is None:
        raise BadFact(f"区划代码“{shown(text)}”不在行政区划表内，请填写机构所在地的六位代码，例如 510104")
    if found == regions.NATION:
        raise BadFact("区划代码不能是全国（000000），请填写机构所在地的六位代码，例如 510104")
    return found


@lru_cache(maxsize=1)
def _codes_by_full_name() -> dict[str, str]:
    codes: dict[str, str] = {}
    for entry in regions.book().regions:
        codes.setdefault(regions.full_name(entry), entry)  # 北京市 before its 市辖区
    return codes


@lru_cache(maxsize=10_000)
def categories(text: str) -> tuple[str, ...]:
    """The category codes of a cell, in the order written, each once.

    The separators are tried from the strongest to the weakest, because some names contain the weaker ones
    (信用调查/尽调; 担保、信用保险、保理).
    """
    folded = unicodedata.normalize("NFKC", text).replace("\r", "\n").strip()
    if not folded:
        raise BadFact(f"服务类别为空，请填写：{_category_names()}；多个类别之间用分号隔开")
    unknown: list[str] = []
    found = _split(folded, _SEPARATORS, unknown)
    if unknown:
        raise BadFact(_unknown_categories(unknown))
    return tuple(dict.fromkeys(found))


def one_category(text: str) -> str:
    """The one category of a product."""
    found = categories(text)
    if len(found) > 1:
        raise BadFact("一个产品只能属于一个服务类别，请按类别分行填写")
    return found[0]


def _split(part: str, separators: tuple[str, ...], unknown: list[str]) -> list[str]:
    known = category_code(part) or (category_code(f"0{part}") if len(part) == 1 else None)
    if known:
        return [known]
    if not separators:
        unknown.append(part)
        return []
    first, weaker = separators[0], separators[1:]
    pieces = [piece.strip() for piece in re.split(f"[{re.escape(first)}]", part)]
    return [found for piece in pieces if piece for found in _split(piece, weaker, unknown)]


def _unknown_categories(unknown: list[str]) -> str:
    named = "、".join(f"“{shown(each)}”" for each in unknown[:5])
    hint = "征信业务请写明“企业征信”或“个人征信”；" if "征信" in unknown else ""
    return f"服务类别{named}无法识别，{hint}可填写：{_category_names()}"


def _category_names() -> str:
    return "，".join(category.name for category in CATEGORIES.values())
