"""Writes of the calendar; none commits, because the caller also records who did it.

Importing a table moves deadlines: `deadlines.services.import_calendar` does both, and is what pages and
commands call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path

from chinese_calendar.constants import Holiday, holidays, workdays
from sqlalchemy import insert, select

from credit_register.core.calendar.models import CalendarDay, CalendarYear
from credit_register.core.calendar.working_days import DayKind, is_weekend
from credit_register.core.database import db
from credit_register.core.dates import FIRST_YEAR, LAST_YEAR, NotADate, parse_date
from credit_register.core.sheets import Column, HeaderSpec, Kind, read_sheet

HEADER = HeaderSpec(
    (
        Column("日期", required=True, kind=Kind.DATE),
        Column("类型", required=True),
        Column("名称"),
    )
)
NAME_LENGTH = 60

# The first word of each kind is that of the State Council's notices; tables from elsewhere have the others.
KIND_WORDS = {
    **dict.fromkeys(("放假", "休息", "节假日"), DayKind.HOLIDAY),
    **dict.fromkeys(("调休上班", "上班", "补班"), DayKind.MAKEUP),
}

# Weekdays off a year, 2004 to 2026: 16 to 23. Outside these bounds half a table was sent, or two.
FEWEST_HOLIDAYS = 10
MOST_HOLIDAYS = 40

# 《全国年节及纪念日放假办法》: holidays whose date in the solar calendar never changes.
FIXED_HOLIDAYS = ((1, 1, "元旦"), (5, 1, "劳动节"), (10, 1, "国庆节"), (10, 2, "国庆节"), (10, 3, "国庆节"))


@dataclass(frozen=True)
class CalendarRow:
    """One row as sent: its number in the file, and the cells."""

    number: int
    day: object
    kind: str
    name: str = ""


@dataclass(frozen=True)
class RowError:
    """What is wrong with one cell; row 0 is the table as a whole."""

    row: int
    column: str
    message: str


class CalendarNotImported(Exception):
    """A table with faults, of which nothing was stored; `errors` lists them for the person who sent it."""

    def __init__(self, errors: Iterable[RowError]) -> None:
        self.errors = tuple(errors)
        lines = [
            f"第 {error.row} 行：{error.message}" if error.row else error.message for error in self.errors
        ]
        super().__init__("节假日表没有导入。" + "；".join(lines[:10]) + ("……" if len(lines) > 10 else "。"))


@dataclass(frozen=True)
class StoredYear:
    """What was stored of a table; `redundant` rows only said that a weekend is off."""

    year: int
    holidays: int
    makeup_days: int
    redundant: int


def seed_calendar(*, now: datetime) -> tuple[int, ...]:
    """Add the years of the chinesecalendar package that have no table yet; returns them.

    A year that has a table keeps it: the office may have imported a later notice.
    """
    source = f"chinesecalendar {version('chinesecalendar')}"
    present = set(db.session.scalars(select(CalendarYear.year)))
    entries = [
        {"day": day, "year": day.year, "kind": kind.value, "name": Holiday(name).chinese}
        for kind, days, on_weekend in ((DayKind.HOLIDAY, holidays, False), (DayKind.MAKEUP, workdays, True))
        for day, name in days.items()
        if is_weekend(day) is on_weekend and day.year not in present
    ]
    years = sorted({entry["year"] for entry in entries})
    if entries:
        tables = [{"year": year, "source": source, "imported_at": now} for year in years]
        db.session.execute(insert(CalendarYear), tables)
        db.session.execute(insert(CalendarDay), entries)
    return tuple(years)


def read_table(path: Path) -> list[CalendarRow]:
    """The rows of a csv or xlsx with columns 日期, 类型 (放假 or 调休上班, or a synonym) and 名称; raises SheetError."""
    with read_sheet(path, HEADER) as sheet:
        return [
            CalendarRow(row.number, row.values.get("日期"), row.text("类型"), row.text("名称"))
            for row in sheet
        ]


def replace_year(rows: Iterable[CalendarRow], *, year: int, source: str, now: datetime) -> StoredYear:
    """Put a year's table in place of the one before; raises CalendarNotImported and then changes nothing."""
    if not source.strip():
        raise CalendarNotImported(
            [RowError(0, "", "请填写来源，例如“国务院办公厅关于2027年部分节假日安排的通知”")]
        )
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CalendarNotImported([RowError(0, "", f"年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间")])
    days, redundant = _read(rows, year)
    _judge(days, year)
    entry = db.session.get(CalendarYear, year)
    if entry is None:
        entry = CalendarYear(year=year)
        db.session.add(entry)
    entry.source = source.strip()
    entry.imported_at = now
    entry.days.clear()
    db.session.flush()  # the old days leave before the new ones with the same dates come
    entry.days.extend(days)
    db.session.flush()
    counts = Counter(day.kind for day in days)
    return StoredYear(year, counts[DayKind.HOLIDAY], counts[DayKind.MAKEUP], redundant)


def _read(rows: Iterable[CalendarRow], year: int) -> tuple[list[CalendarDay], int]:
    """The days to store, and how many weekend days off the week itself already says."""
    errors: list[RowError] = []
    days: list[CalendarDay] = []
    first_rows: dict[date, int] = {}
    for row in rows:
        try:
            entry = _day(row, year)
        except _BadCell as bad:
            errors.append(RowError(row.number, bad.column, str(bad)))
            continue
        if entry.day in first_rows:
            message = f"{entry.day} 与第 {first_rows[entry.day]} 行重复，请只留一行"
            errors.append(RowError(row.number, "日期", message))
            continue
        first_rows[entry.day] = row.number
        days.append(entry)
    if errors:
        raise CalendarNotImported(errors)
    kept = [entry for entry in days if entry.kind == DayKind.MAKEUP or not is_weekend(entry.day)]
    return kept, len(days) - len(kept)


class _BadCell(Exception):
    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


def _day(row: CalendarRow, year: int) -> CalendarDay:
    try:
        day = parse_date(row.day)
    except NotADate as error:
        raise _BadCell("日期", str(error)) from error
    if day is None:
        raise _BadCell("日期", "日期为空，请填写，例如 2027-01-01")
    if day.year != year:
        # The notice of one year may name days of the year before (2018-12-31 stood in that of 2019).
        raise _BadCell("日期", f"{day} 不在 {year} 年；请把这一天并入 {day.year} 年的表后重新导入该年")
    kind = KIND_WORDS.get(row.kind.strip())
    if kind is None:
        raise _BadCell("类型", f"类型“{row.kind.strip()[:20]}”无法识别，请填“放假”或“调休上班”")
    if kind is DayKind.MAKEUP and not is_weekend(day):
        raise _BadCell("类型", f"{day} 不是周末，不能是调休上班")
    name = row.name.strip()
    if len(name) > NAME_LENGTH:
        raise _BadCell("名称", f"名称超过 {NAME_LENGTH} 字，请缩短")
    return CalendarDay(day=day, kind=kind.value, name=name)


def _judge(days: list[CalendarDay], year: int) -> None:
    """Refuse a table that no notice can have said: half of one, two of them, or worked public holidays."""
    errors: list[RowError] = []
    off = {entry.day for entry in days if entry.kind == DayKind.HOLIDAY}
    worked = {entry.day for entry in days if entry.kind == DayKind.MAKEUP}
    if not FEWEST_HOLIDAYS <= len(off) <= MOST_HOLIDAYS:
        errors.append(
            RowError(
                0,
                "类型",
                f"{year} 年工作日放假共 {len(off)} 天，应在 {FEWEST_HOLIDAYS} 至 {MOST_HOLIDAYS} 天之间，"
                "请核对是否缺行",
            )
        )
    if len(worked) > len(off):
        errors.append(
            RowError(
                0, "类型", f"调休上班 {len(worked)} 天，多于放假的工作日 {len(off)} 天，请核对类型是否填反"
            )
        )
    for month, number, name in FIXED_HOLIDAYS:
        day = date(year, month, number)
        if day in worked or not (is_weekend(day) or day in off):
            errors.append(RowError(0, "日期", f"{day}（{name}）是法定节假日，表中没有列为放假，请补上"))
    if errors:
        raise CalendarNotImported(errors)
