"""Working days: the counts known for 2021 and 2026, years without a table, and the import of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from credit_register.core.calendar.models import CalendarDay, CalendarYear
from credit_register.core.calendar.queries import calendar_years, load_calendar
from credit_register.core.calendar.services import (
    CalendarNotImported,
    CalendarRow,
    read_table,
    replace_year,
    seed_calendar,
)
from credit_register.core.calendar.working_days import DayKind, Due, WorkingCalendar, is_weekend
from credit_register.core.database import db

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
SOURCE = "国务院办公厅关于2027年部分节假日安排的通知"
EMPTY = WorkingCalendar.from_rows((), ())
NATIONAL_DAY = WorkingCalendar.from_rows(
    [2026],
    [(date(2026, 10, day), "holiday") for day in (1, 2, 5, 6, 7)]
    + [(date(2026, 9, 20), "makeup"), (date(2026, 10, 10), "makeup")],
)

days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


def rows_of_2027() -> list[CalendarRow]:
    """A table that a notice could hold (invented), weekends off named as notices name them."""
    off = [date(2027, 1, 1)]
    off += [date(2027, 2, 5) + timedelta(days=number) for number in range(8)]
    off += [date(2027, 4, 5), date(2027, 5, 1), date(2027, 5, 3), date(2027, 5, 4), date(2027, 6, 9)]
    off += [date(2027, 9, 15)] + [date(2027, 10, number) for number in range(1, 8)]
    worked = [date(2027, 2, 14), date(2027, 10, 9)]
    return [CalendarRow(number, day, "放假", "假日") for number, day in enumerate(off, start=2)] + [
        CalendarRow(number, day, "调休上班", "假日") for number, day in enumerate(worked, start=2 + len(off))
    ]


def test_the_day_of_the_event_is_not_counted() -> None:
    assert NATIONAL_DAY.add_working_days(date(2026, 9, 30), 1) == Due(date(2026, 10, 8))
    assert NATIONAL_DAY.add_working_days(date(2026, 10, 8), 2) == Due(date(2026, 10, 10))


def test_a_period_counts_backwards_too() -> None:
    assert NATIONAL_DAY.add_working_days(date(2026, 10, 9), -2) == Due(date(2026, 9, 30))
    assert NATIONAL_DAY.add_working_days(date(2026, 10, 3), 0) == Due(date(2026, 10, 3))


def test_a_year_without_a_table_counts_weekdays_and_says_so() -> None:
    assert EMPTY.add_working_days(date(2026, 9, 30), 1) == Due(date(2026, 10, 1), provisional=True)
    assert NATIONAL_DAY.add_working_days(date(2026, 12, 31), 1) == Due(date(2027, 1, 1), provisional=True)
    assert NATIONAL_DAY.add_working_days(date(2025, 12, 31), 1) == Due(date(2026, 1, 1))
    assert NATIONAL_DAY.nth_working_day(2027, 2, 5) == Due(date(2027, 2, 5), provisional=True)


def test_a_month_has_only_so_many_working_days() -> None:
    with pytest.raises(ValueError, match="2026-10"):
        NATIONAL_DAY.nth_working_day(2026, 10, 20)
    with pytest.raises(ValueError, match="2026-10"):
        NATIONAL_DAY.nth_working_day(2026, 10, 0)


@given(start=days, amount=st.integers(1, 60))
def test_adding_and_counting_agree(start: date, amount: int) -> None:
    end = NATIONAL_DAY.add_working_days(start, amount).day
    assert NATIONAL_DAY.is_working_day(end)
    assert NATIONAL_DAY.working_days_between(start, end) == amount
    assert NATIONAL_DAY.working_days_between(end, start) == -amount


@given(start=days, amount=st.integers(1, 60))
def test_more_days_never_end_earlier(start: date, amount: int) -> None:
    shorter = NATIONAL_DAY.add_working_days(start, amount).day
    assert start < shorter < NATIONAL_DAY.add_working_days(start, amount + 1).day


def test_the_fifth_working_days_are_those_of_the_notices(app: Flask) -> None:
    seed_calendar(now=NOW)
    calendar = load_calendar()
    fifth = {
        2026: "01-08 02-06 03-06 04-08 05-11 06-05 07-07 08-07 09-07 10-13 11-06 12-07",
        2021: "02-05 03-05 05-11 06-07",
    }
    for year, expected in fifth.items():
        for text in expected.split():
            day = date.fromisoformat(f"{year}-{text}")
            assert calendar.nth_working_day(year, day.month, 5) == Due(day)


def test_the_seeded_calendar_agrees_with_the_package_on_every_day(app: Flask) -> None:
    import chinese_calendar

    seed_calendar(now=NOW)
    calendar = load_calendar()
    first, last = date(2004, 1, 1), date(2026, 12, 31)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        assert calendar.is_working_day(day) == chinese_calendar.is_workday(day), day


def test_seeding_twice_adds_nothing_and_keeps_an_imported_table(app: Flask) -> None:
    assert seed_calendar(now=NOW) == tuple(range(2004, 2027))
    db.session.get_one(CalendarYear, 2026).source = "更正通知"
    db.session.commit()
    assert seed_calendar(now=NOW) == ()
    assert calendar_years()[0].source == "更正通知"


def test_seeded_days_have_chinese_names_and_need_their_row(app: Flask) -> None:
    seed_calendar(now=NOW)
    stored = db.session.scalars(select(CalendarDay)).all()
    assert {day.name for day in stored} >= {"元旦", "春节", "国庆节"}
    assert all(is_weekend(day.day) == (day.kind == DayKind.MAKEUP) for day in stored)


def test_an_imported_table_replaces_the_one_before(app: Flask) -> None:
    stored = replace_year(rows_of_2027(), year=2027, source=SOURCE, now=NOW)
    assert (stored.holidays, stored.makeup_days, stored.redundant) == (17, 2, 5)
    db.session.commit()
    without_makeup = [row for row in rows_of_2027() if row.kind == "放假"]
    assert replace_year(without_makeup, year=2027, source="更正", now=NOW).makeup_days == 0
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(CalendarDay)) == 17
    year = db.session.get_one(CalendarYear, 2027)
    assert (year.source, year.imported_at) == ("更正", NOW)
    assert load_calendar().add_working_days(date(2026, 12, 31), 1) == Due(date(2027, 1, 4))


@pytest.mark.parametrize(("off", "worked"), [("休息", "上班"), ("节假日", "补班"), (" 放假 ", "调休上班")])
def test_the_kinds_may_be_named_as_other_tables_name_them(app: Flask, off: str, worked: str) -> None:
    words = {"放假": off, "调休上班": worked}
    rows = [replace(row, kind=words[row.kind]) for row in rows_of_2027()]
    stored = replace_year(rows, year=2027, source=SOURCE, now=NOW)
    assert (stored.holidays, stored.makeup_days) == (17, 2)


def test_an_office_sends_its_table_as_a_file(app: Flask, tmp_path: Path) -> None:
    lines = ["日期,类型,名称"]
    lines += [
        f"{row.day:%Y年%m月%d日},{row.kind},{row.name}" for row in rows_of_2027() if isinstance(row.day, date)
    ]
    file = tmp_path / "2027年节假日.csv"
    file.write_bytes("\r\n".join(lines).encode("gb18030"))
    assert replace_year(read_table(file), year=2027, source=SOURCE, now=NOW).holidays == 17


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"day": "2027年13月1日"}, "第 2 行.*不是有效日期"),
        ({"day": None}, "第 2 行：日期为空"),
        ({"day": date(2026, 12, 31)}, "第 2 行：2026-12-31 不在 2027 年"),
        ({"day": date(2027, 2, 5)}, "第 3 行：2027-02-05 与第 2 行重复"),
        ({"kind": "串休"}, "第 2 行：类型“串休”无法识别"),
        ({"kind": "调休上班"}, "第 2 行：2027-01-01 不是周末"),
        ({"name": "长" * 61}, "第 2 行：名称超过 60 字"),
        ({"day": date(2027, 1, 8)}, r"2027-01-01（元旦）是法定节假日"),
    ],
)
def test_a_row_that_cannot_be_right_is_named_and_nothing_is_stored(
    app: Flask, change: dict[str, object], message: str
) -> None:
    rows = rows_of_2027()
    rows[0] = replace(rows[0], **change)
    with pytest.raises(CalendarNotImported, match=message):
        replace_year(rows, year=2027, source=SOURCE, now=NOW)
    assert calendar_years() == []


def test_half_a_table_or_one_with_the_kinds_mixed_up_is_refused(app: Flask) -> None:
    with pytest.raises(CalendarNotImported, match="共 1 天，应在 10 至 40 天之间"):
        replace_year(rows_of_2027()[:1], year=2027, source=SOURCE, now=NOW)
    saturdays = [date(2027, 1, 2) + timedelta(weeks=week) for week in range(30)]
    free = [day for day in saturdays if day not in {row.day for row in rows_of_2027()}]
    extra = [CalendarRow(100 + number, day, "调休上班") for number, day in enumerate(free)]
    with pytest.raises(CalendarNotImported, match="多于放假"):
        replace_year(rows_of_2027() + extra, year=2027, source=SOURCE, now=NOW)


@pytest.mark.parametrize(("year", "source", "message"), [(2027, "  ", "请填写来源"), (0, SOURCE, "年份应在")])
def test_a_table_needs_a_source_and_a_year(app: Flask, year: int, source: str, message: str) -> None:
    with pytest.raises(CalendarNotImported, match=message):
        replace_year(rows_of_2027(), year=year, source=source, now=NOW)


@pytest.mark.parametrize(
    "row",
    [
        CalendarDay(day=date(2027, 1, 1), kind="feast", year=2027),
        CalendarDay(day=date(2028, 1, 1), kind="holiday", year=2028),
    ],
    ids=["unknown kind", "year without a table"],
)
def test_the_database_refuses_what_must_never_be(app: Flask, row: CalendarDay) -> None:
    db.session.add(CalendarYear(year=2027, source=SOURCE, imported_at=NOW))
    db.session.flush()
    db.session.add(CalendarDay(day=row.day, kind=row.kind, year=row.year))
    with pytest.raises(IntegrityError):
        db.session.flush()
