"""The cells that the files of records have: codes, days, amounts in 万元, and texts without personal data."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from credit_register.core import uscc
from credit_register.core.masking import mask_named_numbers, mask_personal_data
from credit_register.core.sheets import SheetRow
from credit_register.institutions import facts
from credit_register.institutions.facts import BadFact, shown
from credit_register.institutions.imports import values
from credit_register.institutions.imports.roster_row import NO_CODE, RowReport

_HOME: Final = re.compile("住址|户籍地|居住地")
_DECIMALS: Final = 6
_LARGEST: Final = Decimal(10) ** 9
_AUTHORITY_CODE: Final = re.compile(r"[0-9A-Z]{6,18}")
_NO_DAY: Final[date | None] = None
_NO_AMOUNT: Final[str | None] = None


class Cells:
    """Reads the cells of one row into the report of its faults; what is at fault comes back empty."""

    def __init__(self, row: SheetRow, report: RowReport, today: date) -> None:
        self._row = row
        self._report = report
        self._today = today
        report.doubts.extend((note.column, note.message) for note in row.notes)

    def raw(self, column: str) -> str:
        """The cell as it was written."""
        return self._row.text(column)

    def fault(self, column: str, message: str) -> None:
        """Note that the row cannot be taken."""
        self._report.faults.append((column, values.sentence(message)))

    def doubt(self, column: str, message: str) -> None:
        """Note what a person should look at."""
        self._report.doubts.append((column, message))

    def code(self, column: str) -> str:
        """The code of the institution."""
        code, warnings = self._report.take(column, NO_CODE, values.code, self.raw(column))
        for warning in warnings:
            self.doubt(column, warning)
        return code

    def authority_code(self, column: str) -> str:
        """The code of an authority; an old one that is no 统一社会信用代码 is kept as it is and doubted."""
        written = self.raw(column)
        if facts.is_blank(written):
            return ""
        found = uscc.check(written)
        if not found.ok:
            if not _AUTHORITY_CODE.fullmatch(found.code):
                self.fault(column, f"处罚机关代码“{shown(written)}”无法识别，请填写该机关的统一社会信用代码")
                return ""
            self.doubt(column, f"处罚机关代码不是有效的统一社会信用代码：{found.message}")
        return found.code

    def name(self, column: str) -> str:
        """The name of an institution."""
        return self._report.take(column, "", facts.name, self.raw(column), column)

    def line(self, column: str, most: int, *, required: bool = False) -> str:
        """A text on one line, personal numbers masked."""
        text = _masked(self._report.take(column, "", facts.text_line, self.raw(column), column, most))[:most]
        if required and not text and not any(faulty == column for faulty, _ in self._report.faults):
            self.fault(column, f"{column}为空，请填写")
        return text

    def prose(self, column: str, most: int, *, public: bool = True) -> str:
        """A text that may have paragraphs, personal numbers masked; a public one that tells where somebody lives is doubted."""
        text = _masked(self._report.take(column, "", facts.long_text, self.raw(column), column, most))
        if public and _HOME.search(text):
            self.doubt(
                column, f"{column}中提到住址，公开前请核对是否为自然人的住址；是的，请提供单位隐去后重新提供"
            )
        return text

    def past_day(self, column: str, *, required: bool = False) -> date | None:
        """A day up to today."""
        return self._day(column, self._today, required)

    def day(self, column: str) -> date | None:
        """A day that may lie ahead."""
        return self._day(column, None, False)

    def _day(self, column: str, latest: date | None, required: bool) -> date | None:
        before = len(self._report.faults)
        found = self._report.take(
            column, _NO_DAY, values.day, self._row.values.get(column), column, latest=latest
        )
        if required and found is None and len(self._report.faults) == before:
            self.fault(column, f"{column}为空，请填写，例如 2026-03-05")
        return found

    def amount(self, column: str) -> str | None:
        """An amount in 万元 with six decimals at most, as text without needless zeros; None where it is blank."""
        return self._report.take(column, _NO_AMOUNT, _amount, self._row.values.get(column), column)


def _masked(text: str) -> str:
    return mask_personal_data(mask_named_numbers(text))


def _amount(cell: object, column: str) -> str | None:
    if cell is None or (isinstance(cell, str) and facts.is_blank(cell)):
        return None
    written = unicodedata.normalize("NFKC", str(cell)).replace(",", "").replace(" ", "")
    bare = written.removesuffix("万元").removesuffix("万")
    wrong = BadFact(f"{column}“{shown(str(cell))}”不是金额，请填写以万元为单位的数字，例如 1.5")
    if bare == written and written.endswith("元"):
        raise BadFact(f"{column}“{shown(str(cell))}”的单位是元，请换算成万元后填写数字")
    try:
        amount = Decimal(bare)
    except InvalidOperation:
        raise wrong from None
    if not amount.is_finite():
        raise wrong
    if amount < 0 or amount >= _LARGEST:
        raise BadFact(f"{column}“{shown(str(cell))}”超出范围，请填写 0 以上、以万元为单位的数字")
    plain = amount.normalize()
    exponent = plain.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_DECIMALS:
        raise BadFact(f"{column}“{shown(str(cell))}”的小数超过 {_DECIMALS} 位，请核对（单位是万元）")
    return f"{plain:f}"


def iso(day: date | None) -> str | None:
    """A day as the content of a row keeps it."""
    return day.isoformat() if day else None
