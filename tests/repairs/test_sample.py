"""The sample shows repairs of whatever records it has, and makes none where it has none."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.credit_records.models import CreditRecord
from credit_register.credit_records.publication import is_visible
from credit_register.repairs.models import RepairApplication
from credit_register.web.sample.accounts import SampleAccounts
from credit_register.web.sample.repairs import FATES, load_repairs
from tests.factories import make_institution
from tests.repairs.repairing import ripe_record


def test_every_other_record_is_on_its_way_as_far_as_its_fate(moment: datetime) -> None:
    accounts = SampleAccounts()
    accounts.staff(now=moment)
    assert load_repairs(accounts, moment) == 0
    records = [ripe_record(make_institution()) for _ in range(2 * len(FATES))]
    assert load_repairs(accounts, moment) == len(FATES)
    made = db.session.scalars(select(RepairApplication).order_by(RepairApplication.id)).all()
    assert [each.state for each in made] == [state.value for state, _ in FATES]
    assert [each.record_id for each in made] == [each.id for each in records[1::2]]
    repaired = db.session.scalars(select(CreditRecord).where(CreditRecord.state == "repaired")).one()
    assert not is_visible(repaired, local_date(moment))
