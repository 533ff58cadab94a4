"""Reminders of closing: before the office's own day, word to those above when it is late, each once a day."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.ledger.months import services
from credit_register.ledger.months.reminders import remind_of_closing
from credit_register.notices.models import Notice
from credit_register.web.jobs import JOBS
from tests.accounts.signing_in import make_account
from tests.ledger.months.building import at, make_case

# In March 2026 the fourth working day is Thursday the 5th and the fifth Friday the 6th.


def remind(app: Flask, day: str, hour: str = "09:00") -> list[tuple[str, str]]:
    """Who is told what by the job of a day: account and title."""
    moment = at(f"{day}T{hour}")
    app.extensions.pop("reminded_of_closing", None)
    with clock_at(moment):
        remind_of_closing(moment)
    rows = db.session.execute(
        select(Account.email, Notice.title)
        .join(Account, Account.id == Notice.account_id)
        .where(Notice.at == moment)
        .order_by(Account.email)
    )
    return [(email.partition("@")[0], title) for email, title in rows]


@pytest.fixture(autouse=True)
def nation(city: Account, province: Account) -> Account:
    return make_account(Role.NATIONAL, email="nation@example.cn").account


def test_the_office_is_reminded_from_two_working_days_before_its_own_day(app: Flask) -> None:
    make_case()
    assert remind(app, "2026-03-02") == []
    words = "台账关账：请于 2026-03-05 前办理2026年2月台账关账"
    for day in ("2026-03-03", "2026-03-05", "2026-03-06"):
        assert remind(app, day) == [("city", words), ("nation", words), ("province", words)]


def test_nobody_is_told_twice_a_day_nor_before_the_morning_nor_on_a_holiday(app: Flask) -> None:
    make_case()
    assert remind(app, "2026-03-05", "08:00") == []
    assert len(remind(app, "2026-03-05", "09:00")) == 3
    assert remind(app, "2026-03-05", "11:00") == []
    assert remind(app, "2026-03-07") == []


def test_who_has_closed_or_has_nothing_to_report_is_left_in_peace(app: Flask, city: Account) -> None:
    make_account(Role.LOCAL, email="idle@example.cn", region="330100")
    assert remind(app, "2026-03-03") == []
    make_case()
    services.close_month("2026-02", actor=city.actor, now=at("2026-03-02T10:00"))
    assert [who for who, _ in remind(app, "2026-03-04")] == ["nation", "province"]


def test_once_it_is_late_the_office_above_hears_of_it_and_again_a_week_later(app: Flask) -> None:
    make_case()
    told = dict(remind(app, "2026-03-09"))
    assert told["city"] == "台账关账：2026年2月台账逾期未关账"
    assert told["province"] == "台账关账：2026年2月台账逾期未关账；下级 1 个地区未报2026年2月台账"
    text = db.session.scalars(select(Notice.text).where(Notice.title.contains("下级"))).first()
    assert text is not None
    assert "成都" in text or "四川" in text
    assert remind(app, "2026-03-10") == []
    assert len(remind(app, "2026-03-16")) == 3


def test_the_job_stands_among_the_jobs_and_a_second_run_of_the_day_does_nothing(app: Flask) -> None:
    make_case()
    moment: datetime = at("2026-03-05T09:00")
    assert JOBS["remind_of_closing"](moment) == 3
    assert JOBS["remind_of_closing"](moment) == 0
