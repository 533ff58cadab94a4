"""What an institution is told of its order before the last day and after it, and officers each morning."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from credit_register.accounts.models import Account
from credit_register.core.clock import SHANGHAI
from credit_register.core.database import db
from credit_register.ledger.measures import services
from credit_register.ledger.measures.reminders import remind_of_orders
from credit_register.ledger.models import LedgerCase, Measure, MeasureKind
from credit_register.notices.models import Notice
from credit_register.web.jobs import JOBS
from credit_register.web.reminders import TITLE, remind_of_deadlines
from tests.ledger.measures.measuring import record, titles

BEFORE, AFTER = "责令纠正的期限将至，请按期纠正并报告", "责令纠正的期限已届满，请尽快纠正并报告"


def at(day: int, hour: int = 9, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture
def order(case: LedgerCase, first: Account, person: Account, moment: datetime) -> Measure:
    """Ordered on Thursday 12 March 2026; the last day is the 26th."""
    return record(case, MeasureKind.ORDER, first, moment)


def reminded(person: Account) -> list[str]:
    return [title for title in titles(person) if title in (BEFORE, AFTER)]


def test_it_is_told_two_working_days_before_and_on_the_day_after_once_each(
    order: Measure, person: Account
) -> None:
    told = [remind_of_orders(at(*when)) for when in ((23,), (24, 8, 0), (24, 9), (25,), (26,), (27,), (30,))]
    assert told == [0, 0, 1, 0, 0, 1, 0]
    assert reminded(person) == [BEFORE, AFTER]


def test_who_has_answered_is_not_reminded(order: Measure, person: Account, moment: datetime) -> None:
    services.report_correction(
        order, text="已纠正。", uploads=(), version=order.version, actor=person.actor, now=moment
    )
    assert remind_of_orders(at(27)) == 0
    assert reminded(person) == []


def test_it_stands_among_the_jobs() -> None:
    assert JOBS["remind_of_orders"] is remind_of_orders


def test_officers_are_told_of_interviews_answers_and_late_orders_and_not_of_orders_in_time(
    order: Measure, case: LedgerCase, first: Account, person: Account, moment: datetime
) -> None:
    def words() -> list[str]:
        query = select(Notice.title).where(Notice.account_id == first.id, Notice.title.startswith(TITLE))
        return list(db.session.scalars(query.order_by(Notice.id)))

    remind_of_deadlines(at(25))
    assert words() == []
    remind_of_deadlines(at(27))
    assert words() == [f"{TITLE}治理措施 1 件（逾期 1 件）"]
    record(case, MeasureKind.INTERVIEW, first, at(27), day=at(30).date())
    remind_of_deadlines(at(10, month=4))
    assert words()[1:] == [f"{TITLE}治理措施 2 件（逾期 1 件）"]
