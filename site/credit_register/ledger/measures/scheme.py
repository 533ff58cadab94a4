"""The graded scheme of key supervision that each region sets: level, frequency of checks, business suspended or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from credit_register.core.masking import find_personal_data
from credit_register.core.office_settings.definitions import Setting, SettingUnreadable, define
from credit_register.core.office_settings.queries import row_of
from credit_register.core.plain_text import one_line, paragraphs

MOST_LEVELS = 12
LONGEST_LEVEL, LONGEST_FREQUENCY = 40, 80  # as the columns are
_BARS = ("｜", "|", "∣", "│")  # all of them are typed for the same
_SUSPENDED = {"是": True, "否": False}


@dataclass(frozen=True)
class Level:
    """One level of the scheme."""

    name: str
    frequency: str
    suspended: bool

    @property
    def words(self) -> str:
        """The level as a list of choices shows it."""
        return f"{self.name}（{self.frequency}；{'暂停' if self.suspended else '不暂停'}开展相关业务）"


@dataclass(frozen=True)
class Scheme:
    """What is in force for a region; `decided` says whether an office has decided it, else it is our own draft."""

    levels: Sequence[Level]
    decided: bool

    def level(self, name: str) -> Level | None:
        """The level of this name."""
        return next((level for level in self.levels if level.name == name), None)


def read_levels(text: str) -> list[dict[str, Any]]:
    """Levels from lines as “等级｜检查频次｜暂停业务 是/否”. Raises SettingUnreadable."""
    found: list[dict[str, Any]] = []
    for number, line in enumerate(paragraphs(text).split("\n"), start=1):
        if not one_line(line):
            continue
        level = _read_line(line, number)
        if any(other["name"] == level["name"] for other in found):
            raise SettingUnreadable(f"第 {number} 行：等级“{level['name']}”重复，请改名或删去一行")
        found.append(level)
    if not found:
        raise SettingUnreadable("请至少写一个等级，一行一个，例如“一级｜每半年一次｜否”")
    if len(found) > MOST_LEVELS:
        raise SettingUnreadable(f"最多 {MOST_LEVELS} 个等级，现在有 {len(found)} 个")
    return found


def _read_line(line: str, number: int) -> dict[str, Any]:
    for bar in _BARS:
        line = line.replace(bar, "｜")
    parts = [one_line(part) for part in line.split("｜")]
    if len(parts) != 3 or not all(parts):
        raise SettingUnreadable(f"第 {number} 行：请写成“等级｜检查频次｜是”或“等级｜检查频次｜否”三段")
    name, frequency, suspended = parts
    if len(name) > LONGEST_LEVEL or len(frequency) > LONGEST_FREQUENCY:
        raise SettingUnreadable(
            f"第 {number} 行：等级最多 {LONGEST_LEVEL} 字，检查频次最多 {LONGEST_FREQUENCY} 字"
        )
    if suspended not in _SUSPENDED:
        raise SettingUnreadable(f"第 {number} 行：最后一段写“是”或“否”，表示是否暂停开展相关业务")
    if find_personal_data(line):
        raise SettingUnreadable(f"第 {number} 行：有个人信息，请删去")
    return {"name": name, "frequency": frequency, "suspended": _SUSPENDED[suspended]}


def show_levels(value: Any) -> str:
    """The levels as lines, as they are typed."""
    return "\n".join(
        f"{level['name']}｜{level['frequency']}｜{'是' if level['suspended'] else '否'}" for level in value
    )


SUPERVISION_SCHEME = define(
    Setting(
        name="supervision_scheme",
        title="重点监管分级分类",
        hint="一行一个等级：等级｜检查频次｜暂停业务 是/否。登记重点监管时从这里选择",
        default=read_levels(
            "一级（一般关注）｜每半年核查一次｜否\n二级（重点关注）｜每季度核查一次｜否\n三级（严格监管）｜每月核查一次｜是"
        ),
        source="发改办财金〔2021〕156号要求纳入重点监管，没有给出分级；三个等级为系统拟定，须主管单位确认",
        read=read_levels,
        show=show_levels,
    )
)


def scheme_of(region: str, *, on: date) -> Scheme:
    """The scheme in force for a region on a day."""
    row = row_of(SUPERVISION_SCHEME, region=region, on=on)
    value = SUPERVISION_SCHEME.default if row is None else row.value
    levels = [Level(each["name"], each["frequency"], bool(each["suspended"])) for each in value]
    return Scheme(levels, decided=row is not None)
