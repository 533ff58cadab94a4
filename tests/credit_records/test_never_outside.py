"""Whatever happens in whatever order: no record is public outside its period, and the log holds what is public."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from credit_register.access.actor import OPERATOR
from credit_register.core.clock import clock_at, local_date
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed
from credit_register.core.office_settings.models import OfficeSetting
from credit_register.credit_records.models import CreditRecord, RuleCount
from credit_register.credit_records.period import MINOR_PUBLICATION, RULES_BY, SECTOR_RULES
from credit_register.credit_records.publication import (
    bring_back,
    public_facts,
    settle_record,
    take_off,
    visible,
)
from credit_register.credit_records.settling import settle_records
from credit_register.institutions.models import Institution
from tests.credit_records.conftest import MOMENT
from tests.credit_records.settings import decide, log_of
from tests.factories import make_record

KEEP = "示例市场监督｜继续公示｜示例办法"
SETTINGS = {
    "by_decision": (RULES_BY, "decision"),
    "by_change": (RULES_BY, "change"),
    "minor_never": (MINOR_PUBLICATION, "never"),
    "minor_listed": (MINOR_PUBLICATION, "as_listed"),
    "keep": (SECTOR_RULES, KEEP),
    "stop": (SECTOR_RULES, ""),
}
records = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["penalty", "penalty", "severe", "abnormal", "revoked"]),
        "degree": st.sampled_from(["minor", "general", "severe"]),
        "age": st.sampled_from([0, 30, 89, 100, 360, 700, 1090]),
        "listed": st.none() | st.sampled_from([-30, 0, 1, 60, 900]),
        "matched": st.sampled_from([True, True, False]),
    }
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("days"), st.sampled_from([1, 21, 90, 400])),
        st.tuples(st.just("days"), st.sampled_from([1, 21, 90, 400])),
        st.tuples(st.just("job"), st.none()),
        st.tuples(st.just("setting"), st.sampled_from(sorted(SETTINGS))),
        st.tuples(st.sampled_from(["match", "meet", "unmeet", "relist", "restore", "settle"]), st.none()),
        st.tuples(st.just("take_off"), st.sampled_from(["repair", "annul", "uphold_objection", "remove"])),
        st.tuples(st.just("change"), st.sampled_from(["listed", "degree", "content"])),
    ),
    min_size=1,
    max_size=12,
)
# Months from the decision at most, of the rules as shipped since 2026-04-01; those before had 36 at most.
NEW_RULES = date(2026, 4, 1)
LONGEST_MONTHS = {"minor": 3, "general": 12, "severe": 36}


def months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass
class Story:
    """One record, the clock, and what the authority has set."""

    record: CreditRecord
    agency: Institution
    moment: datetime = MOMENT
    set_to: dict[str, str] = field(default_factory=lambda: {"minor": "as_listed", "sector": ""})

    @property
    def today(self) -> date:
        return local_date(self.moment)

    def take(self, name: str, value: Any) -> None:
        """One step, as a person, an import or the clock does it; one that is not allowed changes nothing."""
        record, now = self.record, self.moment
        with clock_at(now):
            try:
                self._take(record, name, value, now)
                db.session.commit()
            except MoveNotAllowed:
                db.session.rollback()

    def _take(self, record: CreditRecord, name: str, value: Any, now: datetime) -> None:
        match name:
            case "days":
                self.moment += timedelta(days=value)
            case "job":
                settle_records(now)
            case "setting":
                setting, text = SETTINGS[value]
                decide(setting, text, now, valid_from=self.today)
                if setting is MINOR_PUBLICATION:
                    self.set_to["minor"] = text
                elif setting is SECTOR_RULES:
                    self.set_to["sector"] = text
                settle_records(now)  # the worker, within the minute
            case "match":
                record.institution = self.agency
                settle_record(record, actor=OPERATOR, now=now)
            case "meet" | "unmeet":
                record.met_on = self.today if name == "meet" else None
                settle_record(record, actor=OPERATOR, now=now)
            case "take_off":
                take_off(record, value, reason="示例", actor=OPERATOR, now=now)
            case "relist" | "restore":
                bring_back(record, name, reason="示例", actor=OPERATOR, now=now)
            case "change":
                before = public_facts(record)
                if value == "listed":
                    record.listed_until = self.today + timedelta(days=20)
                elif value == "degree" and record.degree is not None:
                    record.degree = "minor" if record.degree != "minor" else "general"
                else:
                    record.content = f"罚款，{self.today} 更正"
                settle_record(record, actor=OPERATOR, now=now, before=before)
            case _:
                settle_record(record, actor=OPERATOR, now=now)

    def check(self) -> None:
        """What must hold at every moment, whether the clock's job ran or not."""
        record, today = self.record, self.today
        in_public = db.session.scalar(
            select(CreditRecord.id).where(CreditRecord.id == record.id, visible(today))
        )
        contents = [content for kind, content in log_of(record) if kind != "withdraw" and content]
        if record.state != "published":
            assert in_public is None
            assert contents == []
            return
        assert contents == [public_facts(record)]
        if in_public is None:
            assert record.latest_on is not None
            assert record.latest_on < today
            return
        assert record.institution_id == self.agency.id
        assert record.kind != "revoked"
        assert record.decided_on <= today
        if record.degree == "minor":
            assert record.listed_until is not None
            assert self.set_to["minor"] == "as_listed"
        if not record.kept_by:
            assert record.degree is not None
            months = LONGEST_MONTHS[record.degree] if record.rules_from == NEW_RULES else 36
            assert today <= months_after(record.decided_on, months)
            if record.listed_until is not None and record.kind != "severe":
                assert today <= max(record.listed_until, record.decided_on)
        else:
            assert self.set_to["sector"] == KEEP
            assert record.met_on is None


@pytest.fixture
def clean(app: Flask, agency: Institution) -> Institution:
    db.session.commit()
    return agency


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=records, steps=steps)
def test_no_order_of_steps_shows_a_record_outside_its_period_or_leaves_it_in_the_log(
    clean: Institution, facts: dict[str, Any], steps: list[tuple[str, Any]]
) -> None:
    for table in (OfficeSetting.__table__, RuleCount.__table__, CreditRecord.__table__):
        db.session.execute(table.delete())
    db.session.commit()
    today = MOMENT.date()
    degree = None if facts["kind"] == "revoked" else facts["degree"]
    listed = None if facts["listed"] is None else today + timedelta(days=facts["listed"])
    record = make_record(
        clean if facts["matched"] else None,
        kind=facts["kind"],
        degree="severe" if facts["kind"] == "severe" else degree,
        decided_on=today - timedelta(days=facts["age"]),
        listed_until=listed,
        uscc=clean.uscc,
    )
    story = Story(record, clean)
    story.check()
    for name, value in [*steps, ("job", None)]:
        story.take(name, value)
        story.check()
