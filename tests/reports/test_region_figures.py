"""What an office sees of the regions below: numbers of the next level, what is late first, each with its list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask

from credit_register.access.roles import Role
from credit_register.core.calendar.services import seed_calendar
from credit_register.core.clock import SHANGHAI, clock_at
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadlines
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import seed_rules, start_deadline
from credit_register.reports.region_figures import Figures, regions_below
from tests.accounts.signing_in import actor, signed_in
from tests.factories import make_report

NOW = datetime(2026, 3, 12, 10, 30, tzinfo=SHANGHAI)  # a Thursday; no holiday since the 25th of February


@pytest.fixture(autouse=True)
def on_thursday(app: Flask) -> Iterator[None]:
    with clock_at(NOW):
        seed_calendar(now=NOW)
        seed_rules()
        db.session.commit()
        yield


def figures_of(role: Role, **options: Any) -> dict[str, Figures]:
    return {each.code: each for each in regions_below(actor(role, **options), on=NOW.date())}


def decided(days: int, *, region: str = "510100", due_in: int = 30, decided_ago: int = 2) -> None:
    """A report that came in before so many days; the clock of its decision ends `due_in` days from now."""
    report = make_report(
        state="answered",
        region_code=region,
        received_at=NOW - timedelta(days=days),
        decided_at=NOW - timedelta(days=decided_ago),
    )
    deadline = start_deadline(
        subject_kind="report",
        subject_id=report.id,
        rule=Rule.REPORT_INVESTIGATION,
        started_on=(NOW - timedelta(days=days)).date(),
    )
    deadline.due_on, deadline.closed_at = (NOW + timedelta(days=due_in)).date(), report.decided_at
    db.session.commit()


def test_each_region_of_the_next_level_has_its_numbers_and_what_is_late_stands_first() -> None:
    make_report(region_code="510700")
    make_report(region_code="510100")
    make_report(region_code="510104", received_at=NOW - timedelta(days=20))  # a county counts for its city
    make_report(region_code="510100", state="closed")
    make_report(region_code="510100", state="withdrawn")
    make_report(region_code="510000", received_at=NOW - timedelta(days=20))  # the province's own
    make_report(region_code="330100", received_at=NOW - timedelta(days=20))
    found = figures_of(Role.PROVINCIAL)
    assert (found["510100"].open, found["510100"].overdue) == (2, 1)
    assert (found["510700"].open, found["510700"].overdue) == (1, 0)
    assert list(found)[:2] == ["510100", "510700"]
    assert not any(code.startswith("33") or code == "510104" for code in found)
    nation = figures_of(Role.NATIONAL)
    assert (nation["510000"].open, nation["510000"].overdue) == (4, 2)
    assert (nation["330000"].open, nation["330000"].overdue) == (1, 1)
    assert figures_of(Role.LOCAL)["510104"].overdue == 1


def test_the_longest_delay_is_counted_in_working_days() -> None:
    for due_on in (date(2026, 2, 27), date(2026, 3, 10)):
        report = make_report(state="investigating", received_at=NOW - timedelta(days=60))
        open_deadlines("report", report.id)[0].due_on = due_on
    db.session.commit()
    found = figures_of(Role.PROVINCIAL)["510100"]
    assert found.overdue == 2
    assert found.longest == 10  # the Saturday that is worked in exchange, five days, and Monday to Thursday


def test_decisions_of_ninety_days_are_in_time_or_not_and_have_a_median() -> None:
    decided(9, due_in=1)  # Tuesday to Tuesday: five working days
    decided(7, due_in=-2)  # Thursday to Tuesday: three; on the last day itself
    decided(16, due_in=-3)  # a day late: eleven, with a Saturday that was worked
    decided(200, decided_ago=91)
    decided(7, region="330100")
    found = figures_of(Role.PROVINCIAL)["510100"]
    assert (found.decided, found.in_time) == (3, 2)
    assert sorted(found.days) == [3, 5, 11]
    assert found.median_days == 5
    assert found.share_in_time == 67


def test_each_number_leads_to_the_rows_that_it_counts(app: Flask) -> None:
    make_report(region_code="510104", received_at=NOW - timedelta(days=20))
    make_report(region_code="510104")
    decided(9)
    client = signed_in(app, Role.PROVINCIAL)
    page = unescape(client.get("/staff/reports/regions").text)
    for query, count in (
        ("region=510100", "3 件"),
        ("region=510100&due=overdue", "1 件"),
        ("region=510100&state=all&decided=90", "1 件"),
    ):
        assert f'href="/staff/reports?{query}"' in page
        shown = client.get(f"/staff/reports?{query}").text
        assert f"符合条件 {count}" in shown, query
    assert "1 / 1 件（100%）" in page
    assert "5 个工作日" in page


def test_who_has_nobody_below_is_told_so(app: Flask) -> None:
    county = signed_in(app, Role.LOCAL, region="510104")
    assert "没有下级地区" in county.get("/staff/reports/regions").text
    assert signed_in(app, Role.REVIEWER).get("/staff/reports/regions").status_code == 403
