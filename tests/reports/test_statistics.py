"""Numbers of finished reports: complete months, nothing small, nothing undecided, nothing of one institution."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.actor import OPERATOR
from credit_register.audit.services import record
from credit_register.core.calendar.services import seed_calendar
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadlines
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import seed_rules, start_deadline
from credit_register.reports.models import Report
from credit_register.reports.small_cells import Shown
from credit_register.reports.statistics import complete_months, report_statistics
from tests.factories import make_institution, make_report

FEBRUARY = datetime.fromisoformat("2026-02-10T10:00:00+08:00")
LAST_MINUTE = datetime.fromisoformat("2026-02-28T23:59:00+08:00")


@pytest.fixture
def moment(app: Flask, clock: datetime) -> datetime:
    seed_calendar(now=clock)
    seed_rules()
    db.session.commit()
    return clock


def finished(count: int = 1, **overrides: Any) -> list[Report]:
    values = {"state": "closed", "received_at": FEBRUARY, "region_code": "510100", **overrides}
    return [make_report(**values) for _ in range(count)]


def recorded(report: Report, move: str, *, at: datetime) -> None:
    record(
        f"report.{move}",
        actor=OPERATOR,
        at=at,
        subject_kind="report",
        subject_id=report.id,
        region=report.region_code,
    )
    db.session.commit()


def table(client: FlaskClient) -> dict[tuple[str, ...], str]:
    rows = list(csv.reader(io.StringIO(client.get("/reports/statistics.csv").data.decode("utf-8-sig"))))
    return {tuple(row[:4]): row[4] for row in rows[1:]}


SPAN = "2024-03 至 2026-02"


def test_only_complete_months_are_counted_by_the_month_of_finishing(
    client: FlaskClient, moment: datetime
) -> None:
    finished(6)
    finished(5, decided_at=LAST_MINUTE)
    finished(7, decided_at=moment, received_at=FEBRUARY)  # in the month that still runs
    finished(8, received_at=FEBRUARY.replace(year=2024))  # before the first month
    finished(
        9, state="refused", closed_at=FEBRUARY.replace(month=1), outcome=None, decided_at=None, decision=""
    )
    found = table(client)
    assert found["办结件数", "全国", "2026-02", "举报"] == "11"
    assert found["办结件数", "全国", "2026-01", "举报"] == "9"
    assert found["办结件数", "全国", SPAN, "合计"] == "20"
    assert ("办结件数", "全国", "2026-03", "举报") not in found
    assert (
        "2026-03" not in client.get("/reports/statistics").text.partition("<main")[2].partition("<footer")[0]
    )


def test_an_answered_report_counts_when_it_was_answered_and_stays_there(
    client: FlaskClient, moment: datetime
) -> None:
    january = FEBRUARY.replace(month=1, day=30)
    reports = finished(6, state="answered", decided_at=january)
    for report in reports:
        recorded(report, "answer", at=FEBRUARY)
    assert table(client)["办结件数", "全国", "2026-02", "举报"] == "6"
    assert table(client)["办结件数", "全国", "2026-01", "举报"] == "0"


def test_what_is_looked_at_again_stays_where_it_was_finished_first(
    app: Flask, client: FlaskClient, moment: datetime
) -> None:
    again = {"outcome": None, "decided_at": None, "decision": ""}
    looked_at = finished(3, state="investigating", **again)
    twice = finished(3, state="answered", decided_at=LAST_MINUTE)
    for report in (*looked_at, *twice):
        recorded(report, "answer", at=FEBRUARY.replace(month=1))
    for report in twice:
        recorded(report, "answer", at=FEBRUARY)
    assert table(client)["办结件数", "全国", "2026-01", "举报"] == "6"
    assert table(client)["办结件数", "全国", "2026-02", "举报"] == "0"


def test_nothing_that_is_not_finished_is_counted(client: FlaskClient, moment: datetime) -> None:
    for state in ("received", "investigating", "awaiting_reporter", "decided"):
        finished(6, state=state, closed_at=None)
    page = client.get("/reports/statistics").text
    assert "这些月份还没有办结的事项" in page
    assert table(client)["办结件数", "全国", SPAN, "合计"] == "0"


def test_regions_are_provinces_the_corps_and_the_nation(client: FlaskClient, moment: datetime) -> None:
    for region in ("510104", "660000", "000000", "330000"):
        finished(5, region_code=region)
    page = client.get("/reports/statistics").text
    for name in ("四川省", "新疆生产建设兵团", "国家级", "浙江省"):
        assert f'<th scope="row">{name}</th>' in page
        assert table(client)["办结件数", name, SPAN, "举报"] == "5"
    assert "成都" not in page.partition("<main")[2]


def test_small_numbers_are_neither_shown_nor_left_to_be_computed(
    client: FlaskClient, moment: datetime
) -> None:
    finished(3, kind="question")
    finished(40)
    finished(20, region_code="330000")
    finished(9, region_code="330000", kind="question")
    found = table(client)
    assert found["办结件数", "四川省", SPAN, "质疑"] == "<5"
    row = [found["办结件数", "四川省", SPAN, kind] for kind in ("举报", "质疑", "异议", "合计")]
    column = [found["办结件数", region, SPAN, "质疑"] for region in ("四川省", "浙江省", "全国")]
    assert "—" in row
    assert "—" in column
    page = client.get("/reports/statistics").text
    assert "&lt;5" in page
    assert "也不公布，使任何人都不能用合计推算出不足 5 件的具体数目" in page


def test_no_institution_is_named(client: FlaskClient, moment: datetime) -> None:
    institution = make_institution(name="成都示例统计信用管理有限公司")
    finished(6, institution_id=institution.id, subject_uscc=institution.uscc)
    for path in ("/reports/statistics", "/reports/statistics.csv"):
        assert institution.name not in client.get(path).text
        assert institution.uscc not in client.get(path).text


def test_timeliness_is_told_of_ten_decisions_and_not_of_fewer(client: FlaskClient, moment: datetime) -> None:
    def decided(count: int, region: str, *, late: int) -> None:
        for number, report in enumerate(
            finished(count, region_code=region, received_at=FEBRUARY.replace(day=2), decided_at=LAST_MINUTE)
        ):
            assert open_deadlines("report", report.id) == []
            deadline = start_deadline(
                subject_kind="report",
                subject_id=report.id,
                rule=Rule.REPORT_INVESTIGATION,
                started_on=FEBRUARY.replace(day=2).date(),
            )
            # Until midnight of the last day it is in time, a minute later it is not.
            last = datetime.combine(deadline.due_on, LAST_MINUTE.time(), LAST_MINUTE.tzinfo)
            deadline.closed_at = last + timedelta(minutes=1 if number < late else 0)
        db.session.commit()

    decided(10, "510100", late=2)
    decided(9, "330100", late=0)
    found = table(client)
    assert found["期限内作出决定", "四川省", SPAN, "合计"] == "80"
    assert found["办理用时中位数", "四川省", SPAN, "合计"] == "15"
    assert found["期限内作出决定", "浙江省", SPAN, "合计"] == ""
    page = client.get("/reports/statistics").text
    assert "约 80%" in page
    assert "不足 10 件" in page


def test_the_file_is_what_a_spreadsheet_opens(client: FlaskClient, moment: datetime) -> None:
    finished(6)
    answer = client.get("/reports/statistics.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="report-statistics-2026-02.csv"'
    cells = [cell for row in csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)


def test_the_months_are_the_last_two_years_that_are_over() -> None:
    months = complete_months(date(2026, 1, 31))
    assert (len(months), months[0].isoformat(), months[-1].isoformat()) == (24, "2024-01-01", "2025-12-01")


def test_the_numbers_are_kept_for_a_while_and_counted_anew_on_another_day(
    client: FlaskClient, moment: datetime
) -> None:
    finished(6)
    assert report_statistics(moment.date()).published.total == 6
    finished(6)
    assert report_statistics(moment.date()).published.total == 6
    with clock_at(moment + timedelta(days=1)):
        assert "12" in client.get("/reports/statistics").text
    assert report_statistics((moment + timedelta(days=2)).date()).published.total == 12
    assert not isinstance(report_statistics((moment + timedelta(days=2)).date()).published.total, Shown)
