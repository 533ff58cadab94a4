"""Attachment 1 as offices send it: kept word for word, counted, and judged for exits without proof."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from credit_register.core import regions, uscc
from credit_register.core.sheets import SheetError, SheetLimits
from credit_register.core.sheets.grid import Grid, GridRow, read_grid
from credit_register.core.sheets.header import fold
from credit_register.ledger.months import form
from credit_register.ledger.months.sheet import CellValue, LedgerSheet, plain_row, shown, whole

# A ledger of the whole country has some thousand lines; what unpacks to much more is refused unread.
LIMITS: Final = SheetLimits(
    file_bytes=30 * 1024**2,
    rows=50_000,
    unpacked_bytes=200 * 1024**2,
    shared_text_bytes=40 * 1024**2,
    ratio=150,
)
_DATE_LINE: Final = re.compile(r"(?:时间|日期|填报时间|填报日期)\s*[:：]")
_NOTE: Final = re.compile(r"(?:填表说明|说明|备注|注)\s*[:：]|合计|总计|\d+[.、．]")
NAMED_SHEETS: Final = 3  # that a warning names
_COUNT: Final = re.compile(r"\d+")


class LedgerUnreadable(Exception):
    """The file is no attachment 1; the text says what to do."""


@dataclass(frozen=True)
class Remark:
    """A doubt about, or a fault in, one cell; `row` is as the spreadsheet program counts, 0 for the whole file."""

    row: int
    column: str
    message: str

    def as_json(self) -> dict[str, Any]:
        """As commands tell it."""
        return {"row": self.row, "column": self.column, "message": self.message}


@dataclass(frozen=True)
class ReadLedger:
    """What a file holds: the ledger word for word, how many lines and exits, and what is doubtful."""

    sheet: LedgerSheet
    rows: int
    exited: int
    warnings: Sequence[Remark]
    errors: Sequence[Remark]


def read_ledger(path: Path, *, region: str) -> ReadLedger:
    """Read a file; raises LedgerUnreadable."""
    try:
        grid = read_grid(path, form.SPEC, limits=LIMITS)
    except SheetError as error:
        raise LedgerUnreadable(str(error)) from error
    places = {column.name: place for place, column in grid.header.places.items()}
    first, last = _span(grid, places)
    notes = _places_by_content(grid.rows[first:last], places)
    rows = [plain_row(row) for row in grid.rows[first:last]]
    above = [plain_row(row) for row in grid.rows[:first]]
    sheet = LedgerSheet(
        title=_title(above, grid.header.row),
        date_line=_date_line(above, grid.header.row),
        width=form.WIDTH
        if form.SUPERVISION in {c.name for c in grid.header.places.values()}
        else form.WIDTH - 1,
        header={
            "sheet": grid.title,
            "above": above,
            "below": [plain_row(row) for row in grid.rows[last:]],
            "merges": grid.merges,
            "places": places,
        },
        rows=rows,
    )
    lines = [(number, row) for number, row in enumerate(rows, first + 1) if any(map(shown, row))]
    warnings = [
        *notes,
        *_place_doubts(sheet, region),
        *_left_out(grid),
        *_formulas(grid.rows[first:last], first),
    ]
    errors: list[Remark] = []
    named = 0
    exited = 0
    for number, row in lines:
        line = _Line(sheet, number, row)
        errors += line.faults()
        if line.text(form.NAME):
            named += 1
            exited += line.is_exited
            warnings += line.doubts()
    return ReadLedger(sheet, named, exited, warnings, errors)


def _span(grid: Grid, places: Mapping[str, int]) -> tuple[int, int]:
    """Where the lines begin and end, from 0: they end with the last one that names somebody."""
    first = grid.header.last_row
    name, last = places[form.NAME], first
    for number, row in enumerate(grid.rows[first:], first):
        text = _text(row, name)
        if text and not _NOTE.match(_text(row, 0)):
            last = number + 1
    return first, last


def _text(row: GridRow, place: int) -> str:
    cell = row[place] if place < len(row) else None
    return "" if cell is None else str(cell.value).strip()


def _places_by_content(rows: Sequence[GridRow], places: dict[str, int]) -> list[Remark]:
    """Find the column of key supervision where the header has none; changes `places`.

    The form as it was handed out has lost that title: below 是否退出台账 stands the supervision, and the exit one
    place further to the right (domain.md §11). Elsewhere the title of the column before was merged over it.
    """
    if form.SUPERVISION in places:
        return []
    place = places[form.EXIT]
    values = [fold(_text(row, place + 1)) for row in rows if _text(row, places[form.NAME])]
    if values and all(value in (form.YES, form.NO) for value in values):
        places[form.SUPERVISION], places[form.EXIT] = place, place + 1
        places[form.REMARK] = place + 2
        return [
            Remark(
                0,
                form.SUPERVISION,
                f"表头缺少“{form.SUPERVISION}”一列，已按内容把“{form.EXIT}”列认作“{form.SUPERVISION}”，后一列认作“{form.EXIT}”",
            )
        ]
    if form.REPAIR in places and place - places[form.REPAIR] > 1:
        places[form.SUPERVISION] = place - 1
        return [Remark(0, form.SUPERVISION, f"“{form.SUPERVISION}”没有单独的表头，已取“{form.EXIT}”的前一列")]
    return [Remark(0, form.SUPERVISION, f"表中没有“{form.SUPERVISION}”一列（10 列的旧表），按原样保存")]


def _title(above: Sequence[Sequence[CellValue]], header_row: int) -> str:
    lines = [shown(cell) for row in above[: header_row - 1] for cell in row[:1] if shown(cell)]
    return next((line for line in lines if "台账" in line), lines[0] if lines else "")[:200]


def _date_line(above: Sequence[Sequence[CellValue]], header_row: int) -> str:
    cells = [shown(cell) for row in above[: header_row - 1] for cell in row if shown(cell)]
    return next((cell for cell in cells if _DATE_LINE.match(cell)), "")[:120]


def _place_doubts(sheet: LedgerSheet, region: str) -> Iterator[Remark]:
    if region != regions.NATION and regions.short_name(region) not in sheet.title:
        yield Remark(
            0, "表题", f"表题“{sheet.title[:40]}”中没有“{regions.full_name(region)}”，请核对地区是否选对"
        )


def _left_out(grid: Grid) -> Iterator[Remark]:
    if grid.others:
        names = "、".join(f"“{title[:31]}”" for title in grid.others[:NAMED_SHEETS])
        more = f"等 {len(grid.others)} 张" if len(grid.others) > NAMED_SHEETS else ""
        yield Remark(
            0,
            "工作表",
            f"文件中还有其他有内容的工作表{names}{more}，没有读取，导出时也不会带上；只保存了“{grid.title}”。"
            "其中也有台账的，请另存为单独的文件再导入",
        )


def _formulas(rows: Sequence[GridRow], first: int) -> Iterator[Remark]:
    for number, row in enumerate(rows, first + 1):
        for place, cell in enumerate(row):
            if cell is not None and cell.is_formula:
                column = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place] if place < 26 else str(place + 1)
                yield Remark(number, f"{column}列", "单元格是公式，已按公式的文字保存，不会再计算")


@dataclass(frozen=True)
class _Line:
    """One line of the ledger, with what is wrong in it and what is doubtful."""

    sheet: LedgerSheet
    number: int
    row: Sequence[CellValue]

    def text(self, column: str) -> str:
        return unicodedata.normalize("NFKC", shown(self.sheet.value(self.row, column))).strip()

    @property
    def is_exited(self) -> bool:
        return self.text(form.EXIT) == form.YES

    def faults(self) -> Iterator[Remark]:
        """What must be corrected; the line is kept as it is all the same."""
        if not self.text(form.NAME):
            yield Remark(self.number, form.NAME, "没有治理对象的名称，这一行不计入")
            return
        if self.text(form.EXIT) not in (form.YES, form.NO):
            yield Remark(self.number, form.EXIT, "应填写“是”或“否”，这一行按没有退出计")
        code = self.text(form.CODE)
        if code and uscc.check(code).problem is not None:
            yield Remark(self.number, form.CODE, f"“{code[:30]}”不是有效的统一社会信用代码")

    def doubts(self) -> Iterator[Remark]:
        """Exits that the line itself does not prove."""
        if not self.is_exited:
            return
        if self._is_impersonator:
            return  # what counts there are letters, of which the form has no column
        if not _is_done(self.text(form.CORRECTION)):
            yield Remark(self.number, form.CORRECTION, "已退出台账，但没有填写已纠正并履行义务")
        if not _is_done(self.text(form.COMMITMENT)):
            yield Remark(self.number, form.COMMITMENT, "已退出台账，但没有填写信用承诺已归集上报")
        records, repaired = self._count(form.RECORDS), self._count(form.REPAIR)
        if records is None or repaired is None:
            yield Remark(self.number, form.REPAIR, "已退出台账，但看不出失信记录数或者修复的条数")
        elif repaired < records:
            yield Remark(
                self.number, form.REPAIR, f"已退出台账，但 {records} 条失信记录中只修复了 {repaired} 条"
            )

    @property
    def _is_impersonator(self) -> bool:
        return not self.text(form.CODE) and not self._count(form.RECORDS)

    def _count(self, column: str) -> int | None:
        value = whole(self.sheet.value(self.row, column))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return int(value)
        found = _COUNT.search(self.text(column))
        return int(found[0]) if found and len(found[0]) < 9 else None


def _is_done(text: str) -> bool:
    return bool(text) and not text.startswith(("否", "未", "无", "没", "尚未", "正在", "拟"))
