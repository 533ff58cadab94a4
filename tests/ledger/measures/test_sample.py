"""The sample has measures where there are cases, and none where there are not."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask

from credit_register.core import clock
from credit_register.core.database import db
from credit_register.ledger.models import Measure, MeasureKind
from credit_register.web.sample.accounts import SampleAccounts
from credit_register.web.sample.measures import load_measures
from tests.factories import make_case, make_institution


def test_there_are_none_without_cases(app: Flask, moment: datetime) -> None:
    accounts = SampleAccounts()
    accounts.staff(now=moment)
    load_measures(accounts, moment)
    assert db.session.query(Measure).count() == 0


def test_every_kind_stands_in_the_sample_also_at_cases_of_yesterday(app: Flask, moment: datetime) -> None:
    accounts = SampleAccounts()
    accounts.staff(now=moment)
    for region in ("510100", "330100"):
        for number in range(8):
            opened = clock.today() - timedelta(days=1 if number % 2 else 40)
            make_case(make_institution(region_code=region), opened_on=opened)
        make_case(region_code=region)
    load_measures(accounts, moment)
    found = db.session.query(Measure).all()
    assert {measure.kind for measure in found} == {kind.value for kind in MeasureKind}
    assert {measure.state for measure in found} == {"announced", "responded", "done", "missed", "ended"}
    assert {measure.public_state for measure in found} == {"hidden", "proposed", "published"}
    assert all(measure.planned_on >= measure.case.opened_on for measure in found)
