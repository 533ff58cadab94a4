"""Every way a clerk writes a day is read as that day, and everything else is refused in Chinese."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_register.core.dates import NotADate, parse_date

DAY = date(2021, 3, 5)
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))


@pytest.mark.parametrize(
    "written",
    [
        DAY,
        datetime(2021, 3, 5, 23, 59),  # noqa: DTZ001 - a workbook's moment has no zone
        "2021-03-05",
        "2021-3-5",
        "2021/3/5",
        "2021.3.5",
        "20210305",
        20210305,
        "2021年3月5日",
        "2021年03月05日",
        " 2021 年 3 月 5 日 ",
        "2021年3月5",
        "２０２１－０３－０５",
        "２０２１年３月５日",
        "2021—3—5",
        "2021-03-05 00:00:00",
        "2021-03-05T13:45",
        "\u30002021-03-05\u3000",
        44260,
        44260.75,
        "44260",
        "44260.0",
        Decimal("44260"),
    ],
)
def test_each_usual_way_to_write_a_day_is_read(written: object) -> None:
    assert parse_date(written) == DAY


@pytest.mark.parametrize("blank", [None, "", "  ", "\u3000", "\t\n", " " * 200])
def test_a_blank_is_no_date(blank: object) -> None:
    assert parse_date(blank) is None


@pytest.mark.parametrize(
    "written",
    [
        "2199-13-40",
        "2021-02-29",
        "2021-3/5",
        "2021年3月",
        "2021",
        2021,
        "长期",
        "20210230",
        "1899-12-31",
        "2200-01-01",
        date(1066, 10, 14),
        60,
        0,
        -5,
        0.5,
        109575,
        10**30,
        float("nan"),
        float("inf"),
        "-44260",
        "1e5",
        True,
        b"2021-03-05",
        ["2021-03-05"],
        "=DATE(2021,3,5)",
        "2021-03-05" * 50,
    ],
)
def test_what_names_no_day_is_refused(written: object) -> None:
    with pytest.raises(NotADate, match="不是有效日期，请写成 2021-03-05 的样子"):
        parse_date(written)


def test_an_aware_moment_is_the_day_in_shanghai() -> None:
    assert parse_date(datetime(2021, 3, 4, 16, 0, tzinfo=UTC)) == DAY


def test_the_days_before_the_phantom_leap_day_are_counted_as_the_spreadsheet_shows_them() -> None:
    assert parse_date(1) == date(1900, 1, 1)
    assert parse_date(59) == date(1900, 2, 28)
    assert parse_date(61) == date(1900, 3, 1)
    assert parse_date(109574) == date(2199, 12, 31)


def test_a_long_text_is_shortened_in_the_message() -> None:
    with pytest.raises(NotADate) as refused:
        parse_date("日" * 1000)
    assert len(str(refused.value)) < 100


@given(DAYS, st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日"]))
def test_a_day_survives_being_written(day: date, pattern: str) -> None:
    assert parse_date(day.strftime(pattern)) == day


@given(st.one_of(st.text(max_size=80), st.floats(), st.integers(), st.booleans(), st.binary()))
def test_any_value_is_a_plausible_day_a_blank_or_refused(value: object) -> None:
    try:
        day = parse_date(value)
    except NotADate:
        return
    assert day is None or 1900 <= day.year <= 2199
