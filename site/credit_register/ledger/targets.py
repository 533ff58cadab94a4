"""Targets of the exit rate, which the authority sets with dates, and whether they were reached."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from credit_register.core.dates import NotADate, parse_date
from credit_register.core.office_settings.definitions import Setting, SettingUnreadable, define
from credit_register.core.office_settings.queries import value_of
from credit_register.ledger.figures import Figures, figures

_SEPARATOR: Final = re.compile(r"[｜|]")
_MOST: Final = 20


@dataclass(frozen=True)
class Target:
    """By a day a share of the cases, in per cent, must have left the ledger."""

    day: date
    percent: int


@dataclass(frozen=True)
class Outcome:
    """A target and what became of it: by its day once that is over, else by now."""

    target: Target
    counted: Figures
    is_over: bool

    @property
    def is_reached(self) -> bool:
        """In whole numbers, so that 89.99 % is not 90 %."""
        return bool(self.counted.counted) and (
            self.counted.exited * 100 >= self.target.percent * self.counted.counted
        )

    @property
    def word(self) -> str:
        if not self.counted.counted:
            return "没有可计的对象"
        if self.is_over:
            return "已达到" if self.is_reached else "未达到"
        return "已提前达到" if self.is_reached else "尚未达到"

    @property
    def missing(self) -> int:
        """How many more exits the target needs."""
        needed = -(-self.target.percent * self.counted.counted // 100)
        return max(needed - self.counted.exited, 0)


def _read(text: str) -> list[list[Any]]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > _MOST:
        raise SettingUnreadable(f"最多 {_MOST} 行")
    found = sorted(_read_line(line) for line in lines)
    if len({day for day, _ in found}) < len(found):
        raise SettingUnreadable("同一日期只能写一行")
    return [[day, percent] for day, percent in found]


def _read_line(line: str) -> tuple[str, int]:
    parts = _SEPARATOR.split(line)
    try:
        day = parse_date(parts[0])
    except NotADate as error:
        raise SettingUnreadable(str(error)) from error
    number = parts[1].strip().rstrip("%％") if len(parts) == 2 else ""
    if day is None or not re.fullmatch(r"\d{1,3}", number, re.ASCII) or not 1 <= int(number) <= 100:
        raise SettingUnreadable(f"“{line[:40]}”应写成 2026-12-31｜90，表示到该日退出率达到 90%")
    return day.isoformat(), int(number)


EXIT_TARGETS: Final = define(
    Setting(
        "exit_targets",
        "台账退出率目标",
        "每行一个目标：日期｜百分数，例如 2026-12-31｜90。历史值：2021-06-30｜90、2021-12-31｜100（力争）。留空为不设目标",
        [],
        "发改办财金〔2021〕156号一：2021年6月底前90%以上、年底前力争全部退出，为当年的目标；新一轮目标由主管单位确定",
        _read,
        lambda value: "\n".join(f"{day}｜{percent}" for day, percent in value),
        confirmed=True,
    )
)


def targets_of(region: str, *, on: date) -> Sequence[Target]:
    """The targets in force for a region, the earliest first."""
    return [
        Target(date.fromisoformat(day), percent)
        for day, percent in value_of(EXIT_TARGETS, region=region, on=on)
    ]


def outcomes_of(region: str, *, on: date) -> list[Outcome]:
    """What became of each target; one whose day is not over is judged by now."""
    return [
        Outcome(target, figures(region, on=min(target.day, on)), is_over=target.day < on)
        for target in targets_of(region, on=on)
    ]
