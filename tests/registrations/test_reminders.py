"""An application that was given back and forgotten is called to mind once."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.accounts.models import Account
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.notices.models import Notice
from credit_register.registrations.reminders import remind_of_returned
from tests.conftest import MOMENT
from tests.registrations.applying import apply, decide, the_row

TITLE = "登记申请退回后还没有重新提交"


def reminders(account: Account) -> list[Notice]:
    query = select(Notice).where(Notice.account_id == account.id, Notice.title == TITLE)
    return list(db.session.scalars(query))


def give_back(applicant: FlaskClient, officer: FlaskClient) -> None:
    apply(applicant)
    decide(officer, the_row(), "return", "请补充住所的门牌号")


def test_ten_days_untouched_are_told_once_for_each_return(
    applicant: FlaskClient, officer: FlaskClient, account: Account
) -> None:
    with clock_at(MOMENT):
        give_back(applicant, officer)
    assert remind_of_returned(MOMENT + timedelta(days=9)) == 0
    assert remind_of_returned(MOMENT + timedelta(days=10, hours=-3)) == 0
    assert remind_of_returned(MOMENT + timedelta(days=10)) == 1
    assert remind_of_returned(MOMENT + timedelta(days=11)) == 0
    later = MOMENT + timedelta(days=30)
    with clock_at(later):
        give_back(applicant, officer)
    assert remind_of_returned(later + timedelta(days=10)) == 1
    assert [notice.path for notice in reminders(account)] == ["/workspace/registration"] * 2


def test_who_works_on_it_or_cannot_sign_in_is_left_alone(
    applicant: FlaskClient, officer: FlaskClient, account: Account
) -> None:
    with clock_at(MOMENT):
        give_back(applicant, officer)
    with clock_at(MOMENT + timedelta(days=6)):
        apply(applicant, draft="1", address="四川省成都市示例路 9 号")
    assert remind_of_returned(MOMENT + timedelta(days=12)) == 0
    account.active = False
    db.session.commit()
    assert remind_of_returned(MOMENT + timedelta(days=20)) == 0
    assert reminders(account) == []
