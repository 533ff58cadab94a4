"""Fees: how a standard is written, kept exactly, and made comparable between agencies."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from sqlalchemy import BigInteger
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from credit_register.core.plain_text import visible

SCALE = 4  # fees are kept to a ten-thousandth of a yuan (or of a per cent)
_STEP = Decimal(1).scaleb(-SCALE)
_MOST = Decimal(10) ** 12


class FeeAmount(TypeDecorator[Decimal]):
    """An exact decimal, stored as a whole number of ten-thousandths: SQLite has no decimals of its own."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value.scaleb(SCALE).to_integral_exact())

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-SCALE)


class Basis(StrEnum):
    """What a fee is counted by (收费方式)."""

    PER_REPORT = "per_report"
    PER_CASE = "per_case"
    PER_YEAR = "per_year"
    PER_MONTH = "per_month"
    PER_DAY = "per_day"
    PER_HOUR = "per_hour"
    PER_PERSON = "per_person"
    PER_RECORD = "per_record"
    PERCENTAGE = "percentage"
    NEGOTIABLE = "negotiable"
    FREE = "free"

    @property
    def label(self) -> str:
        """The Chinese word that pages show."""
        return _BASES[self][0]

    @property
    def unit(self) -> str:
        """The normalised unit in which fees of this basis are compared."""
        return _BASES[self][1]


_BASES = {
    Basis.PER_REPORT: ("按份", "元/份", ("按报告", "按篇", "份")),
    Basis.PER_CASE: ("按次", "元/次", ("按项目", "按单", "按件", "次", "项目", "件", "单")),
    Basis.PER_YEAR: ("按年", "元/年", ("年费", "包年", "年")),
    Basis.PER_MONTH: ("按月", "元/年", ("月费", "包月", "月")),
    Basis.PER_DAY: ("按天", "元/天", ("按日", "天", "日")),
    Basis.PER_HOUR: ("按小时", "元/小时", ("按时", "小时", "时")),
    Basis.PER_PERSON: ("按人", "元/人", ("人", "人次", "学员")),
    Basis.PER_RECORD: ("按量", "元/条", ("按条", "条", "笔", "按笔")),
    Basis.PERCENTAGE: ("按比例", "%", ("比例", "按比率", "提成", "佣金")),
    Basis.NEGOTIABLE: ("面议", "", ("协商", "议价", "按合同")),
    Basis.FREE: ("免费", "", ("不收费",)),
}
_BASIS_BY_WORD = {word: basis for basis, (label, _, words) in _BASES.items() for word in (label, *words)}
_MULTIPLES = {"百": 100, "千": 1_000, "万": 10_000}


class FeeUnreadable(Exception):
    """A fee cannot be understood; `column` is the name of the input, the text says how to write it."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True)
class Fee:
    """A fee standard: an amount or a range in its unit; amounts are None where the fee is negotiable."""

    basis: Basis
    low: Decimal | None
    high: Decimal | None
    unit: str

    @property
    def text(self) -> str:
        """The fee as a person reads it, with its unit."""
        if self.basis is Basis.NEGOTIABLE or self.low is None:
            return "面议"
        if self.basis is Basis.FREE or (self.low == 0 and self.high in (None, 0)):
            return "免费"
        amounts = amount_text(self.low)
        if self.high is not None and self.high != self.low:
            amounts += f"–{amount_text(self.high)}"
        return f"{amounts} {self.unit}"

    def comparable(self) -> tuple[Decimal, Decimal, str] | None:
        """Low, high and unit after conversion to the basis' normalised unit; None where nothing can be compared."""
        if self.basis is Basis.NEGOTIABLE or self.low is None:
            return None
        factor, unit = _conversion(self.basis, self.unit)
        high = self.low if self.high is None else self.high
        return self.low * factor, high * factor, unit


def amount_text(amount: Decimal) -> str:
    """12345.5000 as 12,345.5."""
    return f"{amount:,.{SCALE}f}".rstrip("0").rstrip(".")


def _conversion(basis: Basis, unit: str) -> tuple[Decimal, str]:
    """The factor from a written unit such as 万元/年 or 元/千条 to the normalised one."""
    if basis is Basis.PERCENTAGE:
        after = unit.partition("/")[2]
        return (Decimal("0.1") if unit.startswith("‰") else Decimal(1)), f"%/{after}" if after else "%"
    money, _, counted = unit.partition("/")
    factor = Decimal(10_000) if money.startswith("万") else Decimal(1)
    counted_match = re.fullmatch(r"(\d*)([百千万]?)(.*)", counted)
    if counted_match:
        number, multiple, noun = counted_match.groups()
        factor /= Decimal(number or 1) * _MULTIPLES.get(multiple, 1)
    else:
        noun = counted
    if basis is Basis.PER_MONTH or (basis is Basis.PER_YEAR and noun in ("月", "个月")):
        return factor * 12, Basis.PER_YEAR.unit
    if basis is Basis.PER_YEAR and noun in ("季", "季度"):
        return factor * 4, Basis.PER_YEAR.unit
    return factor, f"元/{noun}" if noun else basis.unit


def _bare(text: str) -> str:
    """What can be seen of a cell, half-width and without blanks."""
    return "".join(unicodedata.normalize("NFKC", visible(text)).split())


def parse_basis(text: str) -> Basis:
    """A basis as it is written in a list; raises FeeUnreadable."""
    word = _bare(text)
    if word in _BASIS_BY_WORD:
        return _BASIS_BY_WORD[word]
    choices = "、".join(label for label, _, _ in _BASES.values())
    raise FeeUnreadable("收费方式", f"收费方式“{text}”无法识别，请填写：{choices}")


_NUMBER = r"(\d[\d,]*(?:\.\d+)?)"
_AMOUNTS = re.compile(
    rf"[¥￥]?{_NUMBER}(万)?元?(?:(?:-|–|—|~|至|到)[¥￥]?{_NUMBER}(万)?元?)?(%|‰|(?:元)?/[^\d]+)?(?:起|以上)?"
)


def parse_fee(standard: str, basis: Basis, unit: str = "") -> Fee:
    """A fee standard as it is written in a list: 200, 1,200.50, 200-500元, 0.5万, 8%; raises FeeUnreadable."""
    text, unit = _bare(standard), _bare(unit)
    if basis is Basis.NEGOTIABLE:
        return Fee(basis, None, None, "")
    if basis is Basis.FREE:
        return Fee(basis, Decimal(0), Decimal(0), "")
    if not text or text in ("面议", "另议", "协商"):
        if text:
            return Fee(Basis.NEGOTIABLE, None, None, "")
        raise FeeUnreadable(
            "收费标准", "收费标准为空：请填写金额，例如 200 或 200-500；无固定标准的，收费方式填“面议”"
        )
    if text in ("免费", "不收费"):
        return Fee(Basis.FREE, Decimal(0), Decimal(0), "")
    match = _AMOUNTS.fullmatch(text)
    if not match:
        raise FeeUnreadable(
            "收费标准",
            f"收费标准“{standard}”无法识别：请填写金额（例如 200）或区间（例如 200-500），单位填在计费单位一列",
        )
    low = _amount(match[1], match[2] or (match[4] if match[3] else None))
    high = _amount(match[3], match[4]) if match[3] else low
    if high < low:
        raise FeeUnreadable("收费标准", f"收费标准“{standard}”的上限小于下限，请调换")
    written = match[5] or ""
    if not unit:
        unit = (
            written
            if written in ("%", "‰")
            else ("元" + written.removeprefix("元") if written else basis.unit)
        )
    if basis is Basis.PERCENTAGE:
        if not unit.startswith(("%", "‰")):
            raise FeeUnreadable("计费单位", f"按比例收费的，计费单位应以 % 开头，例如 %/回款额，现为“{unit}”")
        if high > (1000 if unit.startswith("‰") else 100):
            raise FeeUnreadable("收费标准", f"收费比例“{standard}”超过 100%，请核对")
    elif not unit.startswith(("元", "万元")):
        raise FeeUnreadable("计费单位", f"计费单位应以“元/”开头，例如 {basis.unit}，现为“{unit}”")
    return Fee(basis, low, high, unit[:40])


def _amount(digits: str, ten_thousand: str | None) -> Decimal:
    try:
        value = Decimal(digits.replace(",", "")) * (10_000 if ten_thousand else 1)
    except InvalidOperation:
        raise FeeUnreadable("收费标准", f"金额“{digits}”无法识别") from None
    if value >= _MOST:
        raise FeeUnreadable("收费标准", f"金额“{digits}”过大，请核对单位")
    if value != value.quantize(_STEP):
        raise FeeUnreadable("收费标准", f"金额“{digits}”最多保留 {SCALE} 位小数")
    return value.quantize(_STEP)
