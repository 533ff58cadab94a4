"""The desk and the calendar page: what staff are told is missing, and how a year's table comes in."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.audit.models import AuditEvent
from credit_register.core.calendar.models import CalendarYear
from credit_register.core.calendar.services import seed_calendar
from credit_register.core.clock import SHANGHAI, clock_at
from credit_register.core.database import db
from credit_register.core.deadlines.services import seed_rules
from tests.accounts.signing_in import send, signed_in

SPRING = datetime(2026, 3, 12, 10, 30, tzinfo=SHANGHAI)
NOVEMBER = datetime(2026, 11, 21, 10, 30, tzinfo=SHANGHAI)
SOURCE = "国务院办公厅关于2027年部分节假日安排的通知"


def table(year: int = 2027) -> bytes:
    """A plausible table: the fixed holidays and a week each at new year, in February, May and October."""
    starts = (date(year, 1, 1), date(year, 2, 5), date(year, 5, 1), date(year, 10, 1))
    days = [start + timedelta(days=offset) for start in starts for offset in range(7)]
    rows = [f"{day},放假,假日" for day in days if day.weekday() < 5]
    return ("日期,类型,名称\n" + "\n".join(rows)).encode("utf-8-sig")


def bring(client: FlaskClient, content: bytes, **changes: Any) -> Any:
    data = {"year": "2027", "source": SOURCE, "file": (io.BytesIO(content), "2027.csv"), **changes}
    return send(client, "/staff/calendar", data)


@pytest.fixture
def seeded(app: Flask) -> None:
    with clock_at(SPRING):
        seed_calendar(now=SPRING)
        seed_rules()
        db.session.commit()


def test_the_year_to_come_is_asked_for_when_its_notice_is_due(app: Flask, seeded: None) -> None:
    with clock_at(SPRING):
        client = signed_in(app, Role.LOCAL)
        assert "节假日表" not in client.get("/staff").text
    with clock_at(NOVEMBER):
        page = client.get("/staff").text
        assert "没有 2027 年的节假日表" in page
        assert "请通知系统管理员" in page
        assert 'href="/staff/calendar?year=2027#import"' in signed_in(app, Role.SYSADMIN).get("/staff").text


def test_the_year_that_runs_is_urgent(app: Flask) -> None:
    with clock_at(SPRING):
        assert "alert-danger" in signed_in(app, Role.LOCAL).get("/staff").text


def test_the_administrator_imports_a_year_and_it_is_recorded(app: Flask, seeded: None) -> None:
    with clock_at(NOVEMBER):
        client = signed_in(app, Role.SYSADMIN)
        answer = bring(client, table())
        assert answer.status_code == 302, answer.text
        page = client.get(answer.location).text
        assert SOURCE in page
        assert "没有 2027 年的节假日表" not in page
    deed = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert deed is not None
    assert (deed.action, deed.subject_id) == ("calendar.import", "2027")


@pytest.mark.parametrize(
    ("content", "changes", "sentence"),
    [
        ("日期,类型,名称\n2027-01-01,放假,元旦".encode(), {}, "请核对是否缺行"),
        (b"%PDF-1.7", {}, "无法读取"),
        (b"", {}, "没有内容|空"),
        (table(), {"source": ""}, "请填写来源"),
        (table(), {"year": "27"}, "年份应在"),
        (table(2028), {}, "不在 2027 年"),
    ],
)
def test_a_table_with_faults_is_explained_and_changes_nothing(
    app: Flask, seeded: None, content: bytes, changes: dict[str, str], sentence: str
) -> None:
    client = signed_in(app, Role.SYSADMIN)
    answer = bring(client, content, **changes)
    assert answer.status_code == 422
    assert any(part in answer.text for part in sentence.split("|"))
    assert SOURCE in answer.text or "source" in changes
    assert db.session.get(CalendarYear, 2027) is None


def test_rules_show_their_source_and_whether_they_are_confirmed(app: Flask, seeded: None) -> None:
    page = signed_in(app, Role.INSPECTOR).get("/staff/calendar").text
    assert "《上海市社会信用条例》第三十六条" in page
    assert "未确认" in page
    assert "已确认" in page
    assert "导入一年的节假日表" not in page


def test_who_may_only_read_the_calendar_cannot_import(app: Flask, seeded: None) -> None:
    client = signed_in(app, Role.NATIONAL)
    data = {"year": "2027", "source": SOURCE, "file": (io.BytesIO(table()), "2027.csv")}
    assert send(client, "/staff/calendar", data, page="/account").status_code == 403
