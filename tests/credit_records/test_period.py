"""The period of a record: which rules, from when repair, until when public."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from credit_register.core.office_settings.definitions import SettingUnreadable
from credit_register.credit_records.models import CreditRecord
from credit_register.credit_records.period import (
    BY_CHANGE,
    MINOR_PUBLICATION,
    NEVER,
    RULES_BY,
    SECTOR_RULES,
    Period,
    is_publishable,
    period_of,
    sector_rule,
)
from credit_register.institutions.models import Institution
from tests.credit_records.settings import decide
from tests.factories import make_record

TODAY = date(2026, 11, 26)
OLD_RULES, NEW_RULES = date(2023, 5, 1), date(2026, 4, 1)


@pytest.mark.parametrize(
    ("degree", "decided_on", "period"),
    [
        # A decision follows the version of its own day.
        ("general", date(2026, 5, 31), Period(date(2026, 8, 31), date(2027, 5, 31), NEW_RULES)),
        ("general", date(2026, 3, 31), Period(date(2026, 6, 30), date(2029, 3, 31), OLD_RULES)),
        ("severe", date(2026, 4, 1), Period(date(2027, 4, 1), date(2029, 4, 1), NEW_RULES)),
        ("severe", date(2020, 1, 10), Period(date(2020, 7, 10), date(2023, 1, 10), date(2019, 7, 1))),
        ("minor", date(2026, 11, 1), Period(date(2026, 11, 1), date(2027, 2, 1), NEW_RULES)),
        # Older than every version: the rules in force.
        ("general", date(2018, 2, 28), Period(date(2018, 5, 28), date(2019, 2, 28), NEW_RULES)),
    ],
)
def test_the_rules_of_the_day_of_the_decision_count_from_it(
    agency: Institution, degree: str, decided_on: date, period: Period
) -> None:
    record = make_record(agency, degree=degree, decided_on=decided_on, settle=False)
    assert period_of(record, changed_on=TODAY) == period


def test_the_authority_may_choose_the_rules_of_the_day_of_the_change(
    agency: Institution, moment: datetime
) -> None:
    record = make_record(agency, decided_on=date(2026, 3, 31), settle=False)
    decide(RULES_BY, BY_CHANGE, moment)
    assert period_of(record, changed_on=TODAY) == Period(date(2026, 6, 30), date(2027, 3, 31), NEW_RULES)
    assert period_of(record, changed_on=date(2026, 3, 31)) == Period(
        date(2026, 6, 30), date(2029, 3, 31), OLD_RULES
    )


@pytest.mark.parametrize(
    ("listed_until", "latest_on"),
    [
        (date(2026, 9, 1), date(2026, 9, 1)),
        (date(2030, 1, 1), date(2027, 5, 31)),  # never longer than the longest period
        (date(2026, 1, 1), date(2026, 5, 31)),  # not before the decision
    ],
)
def test_the_senders_own_end_shortens_the_period(
    agency: Institution, listed_until: date, latest_on: date
) -> None:
    record = make_record(agency, decided_on=date(2026, 5, 31), listed_until=listed_until, settle=False)
    period = period_of(record, changed_on=TODAY)
    assert period is not None
    assert period.latest_on == latest_on
    assert period.earliest_on == min(date(2026, 8, 31), latest_on)


def test_an_entry_of_the_severe_list_keeps_the_period_of_the_rules(agency: Institution) -> None:
    record = make_record(
        agency, kind="severe", decided_on=date(2026, 5, 31), listed_until=date(2026, 9, 1), settle=False
    )
    period = period_of(record, changed_on=TODAY)
    assert period is not None
    assert period.latest_on == date(2029, 5, 31)


def test_a_fact_of_the_registration_has_no_period_and_is_never_public(agency: Institution) -> None:
    record = make_record(agency, kind="deregistered")
    assert period_of(record, changed_on=TODAY) is None
    assert not is_publishable(record, on=TODAY)
    assert (record.state, record.latest_on) == ("withheld", None)


@pytest.mark.parametrize(
    ("setting", "listed_until", "publishable"),
    [("", None, False), ("", date(2026, 12, 31), True), (NEVER, date(2026, 12, 31), False)],
)
def test_minor_dishonesty_is_public_only_with_an_end_that_its_sender_gave(
    agency: Institution, moment: datetime, setting: str, listed_until: date | None, publishable: bool
) -> None:
    if setting:
        decide(MINOR_PUBLICATION, setting, moment)
    record = make_record(agency, degree="minor", decided_on=date(2026, 11, 1), listed_until=listed_until)
    assert is_publishable(record, on=TODAY) is publishable
    assert record.state == ("published" if publishable else "withheld")


def test_a_record_of_nobody_in_the_register_is_not_public(moment: datetime) -> None:
    record = make_record(None)
    assert not is_publishable(record, on=TODAY)
    assert record.state == "withheld"


def test_the_rules_of_sectors_are_lines_and_the_first_that_fits_counts(
    agency: Institution, moment: datetime
) -> None:
    decide(
        SECTOR_RULES,
        "示例市场监督|继续公示|示例办法第十条\n市场监督｜停止公示｜示例通知\n成都市示｜继续公示｜其他",
        moment,
    )
    record = make_record(agency, settle=False)
    found: dict[str, str] = {}
    for authority in ("成都市示例市场监督管理局", "成都市市场监督管理局", "成都市示例局", "成都市某局"):
        record.authority = authority
        found[authority] = sector_rule(record, on=TODAY)
    assert list(found.values()) == ["示例办法第十条", "", "其他", ""]
    assert SECTOR_RULES.show(SECTOR_RULES.read("示例机关|停止公示|乙")) == "示例机关｜停止公示｜乙"


@pytest.mark.parametrize("text", ["只有一段", "甲｜也许公示｜乙", "甲｜继续公示｜", "甲｜继续公示｜乙｜丙"])
def test_a_line_that_is_no_rule_is_told(app: object, text: str) -> None:
    with pytest.raises(SettingUnreadable, match="第 1 行须写成"):
        SECTOR_RULES.read(text)


@pytest.mark.parametrize("authority", ["局", "市监局"])
def test_a_sectors_rule_that_would_fit_nearly_every_authority_is_refused(app: object, authority: str) -> None:
    with pytest.raises(SettingUnreadable, match=f"第 2 行：“{authority}”太短"):
        SECTOR_RULES.read(f"市场监督｜停止公示｜乙\n{authority}｜继续公示｜乙")


def test_the_factory_gives_a_public_record(agency: Institution) -> None:
    record: CreditRecord = make_record(agency)
    assert (record.state, record.latest_on) == ("published", date(2027, 10, 27))
