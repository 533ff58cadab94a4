"""Surges: what counts as one, once for region, subject and week, who is told, and where it is seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import SHANGHAI, clock_at
from credit_register.core.database import db
from credit_register.notices.models import Notice
from credit_register.reports.surges import raise_surges
from credit_register.reports.work_models import Surge
from credit_register.web.jobs import JOBS
from tests.accounts.signing_in import client_of, make_account, signed_in
from tests.factories import make_institution, make_report
from tests.reports.queue_page import subjects

NOW = datetime(2026, 3, 12, 10, 30, tzinfo=SHANGHAI)  # a Thursday


@pytest.fixture(autouse=True)
def on_thursday(app: Flask) -> Iterator[None]:
    with clock_at(NOW):
        yield


def several(count: int, **values: Any) -> None:
    for number in range(count):
        make_report(**{"received_at": NOW - timedelta(days=number), **values})


def raised() -> list[tuple[str, str, int]]:
    db.session.rollback()
    rows = db.session.scalars(select(Surge).order_by(Surge.id))
    return [(row.region_code, row.subject_key, row.count) for row in rows]


def titles(account: Account) -> list[str]:
    return list(db.session.scalars(select(Notice.title).where(Notice.account_id == account.id)))


def test_five_within_a_week_in_one_region_are_told_once() -> None:
    assert JOBS["raise_surges"] is raise_surges
    office = make_account(Role.LOCAL).account
    inspector = make_account(Role.INSPECTOR).account
    province = make_account(Role.PROVINCIAL).account
    nobody = [
        make_account(Role.AUDITOR).account,
        make_account(Role.REVIEWER).account,
        make_account(Role.NATIONAL).account,
        make_account(Role.LOCAL, email="far@example.cn", region="330100").account,
    ]
    several(5, subject_name="示例风口")
    several(4, subject_name="示例不多")
    several(4, subject_name="示例两地")
    several(4, subject_name="示例两地", region_code="510700")
    several(4, subject_name="示例八天")
    make_report(subject_name="示例八天", received_at=NOW - timedelta(days=7))
    several(4, subject_name="示例撤回")
    make_report(subject_name="示例撤回", state="withdrawn", received_at=NOW)
    make_report(subject_name="示例不多", received_at=NOW + timedelta(hours=1))
    assert raise_surges(NOW) == 1
    assert raise_surges(NOW) == 0
    assert raised() == [("510100", "示例风口", 5)]
    for told in (office, inspector, province):
        assert titles(told) == ["四川省成都市：同一对象 7 日内被反映 5 次"]
    assert all(titles(each) == [] for each in nobody)
    assert "风口" not in str(db.session.execute(select(Notice.title, Notice.text, Notice.path)).all())


def test_it_is_raised_again_only_after_a_week() -> None:
    several(5, subject_name="示例风口")
    assert raise_surges(NOW) == 1
    for days in (1, 4, 6):  # the fourth day begins another week
        several(5, subject_name="示例风口", received_at=NOW + timedelta(days=days))
        assert raise_surges(NOW + timedelta(days=days)) == 0
    assert raise_surges(NOW + timedelta(days=8)) == 1
    assert len(raised()) == 2


def test_two_workers_raise_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    several(5, subject_name="示例风口")
    assert raise_surges(NOW) == 1
    # The second worker had looked before the first one wrote.
    monkeypatch.setattr("credit_register.reports.surges._raised_before", lambda moment: set())
    assert raise_surges(NOW) == 0
    assert len(raised()) == 1


def test_an_institution_counts_by_itself_whatever_was_typed() -> None:
    known = make_institution()
    for name in ("甲", "乙", "丙", "丁", "戊"):
        make_report(subject_name=name, institution_id=known.id, received_at=NOW)
    several(5, subject_uscc="91510100MA0000001X", subject_name="示例冒名")
    assert raise_surges(NOW) == 2
    assert raised() == [("510100", known.uscc, 5), ("510100", "91510100MA0000001X", 5)]


def test_what_an_impostor_leaves_behind_joins_different_names() -> None:
    for number in range(5):
        make_report(
            subject_name=f"示例化名{number}",
            subject_phone="400-000-0000",
            subject_site="https://impostor.example.cn" if number else "",
            received_at=NOW,
        )
    several(5, subject_name="示例同名", subject_phone="400-111-1111")
    assert raise_surges(NOW) == 2
    assert {key for _, key, _ in raised()} == {"400-000-0000", "示例同名"}


def test_how_many_make_a_surge_is_a_setting(app: Flask) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], report_surge=2)
    several(2, subject_name="示例风口")
    assert raise_surges(NOW) == 1


def test_the_queue_shows_it_for_a_week_and_leads_to_all_about_the_subject(app: Flask) -> None:
    several(4, subject_name="示例风口")
    make_report(subject_name="示例风口", state="closed", received_at=NOW)
    several(5, subject_name="示例外地风口", region_code="330100")
    raise_surges(NOW)
    officer = client_of(app, make_account(Role.LOCAL).account)
    page = unescape(officer.get("/staff/reports").text)
    assert "近 7 日反映集中" in page
    assert "2026-03-12 统计 5 件" in page
    assert "外地风口" not in page
    link = "/staff/reports?subject=%E7%A4%BA%E4%BE%8B%E9%A3%8E%E5%8F%A3&state=all"
    assert f'href="{link}"' in page
    assert subjects(officer.get(link).text) == ["示例风口"] * 5
    with clock_at(NOW + timedelta(days=7, minutes=1)):
        officer = signed_in(app, Role.LOCAL, email="later@example.cn")
        assert "近 7 日反映集中" not in officer.get("/staff/reports").text
