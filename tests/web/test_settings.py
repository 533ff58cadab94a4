from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.core.office_settings import definitions
from credit_register.core.office_settings.definitions import Setting, SettingUnreadable, define, define_choice
from credit_register.core.office_settings.models import OfficeSetting
from credit_register.core.office_settings.queries import value_of
from credit_register.core.office_settings.services import decide_setting
from credit_register.credit_records.period import RULES_BY
from credit_register.web import setting_decisions
from tests.accounts.signing_in import client_of, make_account
from tests.conftest import MOMENT
from tests.ledger.cases.test_at_once import at_once, person
from tests.spotchecks.checking import post

TODAY = MOMENT.date()
REASON = "示例市信用办会议纪要〔2026〕3号"


def _whole_number(text: str) -> int:
    if not text.isdecimal():
        raise SettingUnreadable("请写一个整数，例如 30")
    return int(text)


@pytest.fixture
def moment(app: Flask) -> Iterator[datetime]:
    with clock_at(MOMENT):
        yield MOMENT


@pytest.fixture
def days(app: Flask) -> Iterator[Setting]:
    """A setting of every region, as text."""
    found = define(Setting("example_days", "示例天数", "写一个整数。", 15, "系统设计值", _whole_number, str))
    yield found
    del definitions._settings[found.name]


@pytest.fixture
def way(app: Flask) -> Iterator[Setting]:
    """A setting of every region, as a list."""
    found = define_choice(
        "example_way", "示例方式", {"a": "甲法", "b": "乙法"}, default="a", source="系统设计值"
    )
    yield found
    del definitions._settings[found.name]


def officer(app: Flask, role: Role, region: str, email: str = "officer@example.cn") -> FlaskClient:
    return client_of(app, make_account(role, email=email, region=region, name=f"{region}甲").account)


def decided(setting: Setting, value: Any, region: str, on: date) -> None:
    decide_setting(setting, value, region=region, valid_from=on, reason=REASON, by="甲", at=MOMENT)
    db.session.commit()


def rows() -> list[OfficeSetting]:
    db.session.expire_all()
    return list(db.session.scalars(select(OfficeSetting).order_by(OfficeSetting.id)))


def send(client: FlaskClient, name: str, **fields: Any) -> tuple[int, str]:
    data = {"value": "20", "valid_from": TODAY.isoformat(), "reason": REASON, "seen": 0, **fields}
    answer = post(client, f"/staff/settings/{name}", data)
    return answer.status_code, answer.get_data(as_text=True)


def test_the_nearest_office_wins_with_its_newest_decision_that_has_begun(app: Flask, days: Setting) -> None:
    assert value_of(days, region="510100", on=TODAY) == 15
    decided(days, 1, "000000", TODAY - timedelta(days=9))
    decided(days, 2, "510000", TODAY - timedelta(days=30))
    decided(days, 3, "510000", TODAY - timedelta(days=3))
    decided(days, 4, "510000", TODAY + timedelta(days=1))
    decided(days, 5, "510100", TODAY + timedelta(days=2))
    assert value_of(days, region="510100", on=TODAY) == 3
    assert value_of(days, region="510104", on=TODAY + timedelta(days=1)) == 4
    assert value_of(days, region="510104", on=TODAY + timedelta(days=2)) == 5
    assert value_of(days, region="330100", on=TODAY) == 1
    assert value_of(days, region="510000", on=TODAY - timedelta(days=10)) == 2


def test_a_default_is_never_shown_as_if_somebody_had_decided_it(
    app: Flask, moment: datetime, days: Setting
) -> None:
    client = officer(app, Role.LOCAL, "510100")
    page = client.get("/staff/settings").get_data(as_text=True)
    assert RULES_BY.title in page
    assert "默认值，未经主管单位确认" in page
    assert RULES_BY.source in page
    decided(days, 42, "510000", TODAY)
    shown = client.get(f"/staff/settings/{days.name}").get_data(as_text=True)
    assert "42" in shown
    assert "四川省" in shown
    assert "默认值，未经主管单位确认" not in shown


def test_a_decision_is_added_audited_and_in_force(app: Flask, moment: datetime, days: Setting) -> None:
    client = officer(app, Role.LOCAL, "510100")
    assert send(client, days.name)[0] == 302
    assert value_of(days, region="510100", on=TODAY) == 20
    assert value_of(days, region="510000", on=TODAY) == 15
    (row,) = rows()
    assert (row.region_code, row.reason, row.set_by) == ("510100", REASON, "510100甲")
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "setting.decide")).one()
    assert (event.detail["before"], event.detail["after"]) == ("15", "20")
    assert event.region_code == "510100"
    page = client.get(f"/staff/settings/{days.name}").get_data(as_text=True)
    assert REASON in page


def test_a_decision_for_later_does_not_hold_today(app: Flask, moment: datetime, way: Setting) -> None:
    client = officer(app, Role.LOCAL, "510100")
    later = TODAY + timedelta(days=30)
    assert send(client, way.name, value="b", valid_from=later.isoformat())[0] == 302
    assert value_of(way, region="510100", on=TODAY) == "a"
    assert value_of(way, region="510100", on=later) == "b"
    page = client.get("/staff/settings").get_data(as_text=True)
    assert "待生效" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": "许多"}, "请写一个整数"),
        ({"valid_from": "2026-03-11"}, "须是今天"),
        ({"valid_from": "2090-01-01"}, "请核对年份"),
        ({"valid_from": "某日"}, "日期"),
        ({"reason": ""}, "请填写依据"),
        ({"reason": "短"}, "4 至 400"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_decided(
    app: Flask, moment: datetime, days: Setting, fields: dict[str, str], words: str
) -> None:
    status, page = send(officer(app, Role.LOCAL, "510100"), days.name, **fields)
    assert status == 422
    assert re.search(rf'class="form-error"[^>]*>.*{words}', page)
    assert rows() == []


def test_a_word_that_the_list_does_not_have_is_refused(app: Flask, moment: datetime, way: Setting) -> None:
    status, _ = send(officer(app, Role.LOCAL, "510100"), way.name, value="c")
    assert (status, rows()) == (422, [])


def test_only_the_nation_decides_what_holds_for_all(app: Flask, moment: datetime) -> None:
    province = officer(app, Role.PROVINCIAL, "510000")
    page = province.get(f"/staff/settings/{RULES_BY.name}").get_data(as_text=True)
    assert "由国家级主管单位决定" in page
    assert send(province, RULES_BY.name, value="change")[0] == 403
    assert rows() == []
    nation = officer(app, Role.NATIONAL, "000000", "nation@example.cn")
    assert send(nation, RULES_BY.name, value="change")[0] == 302
    assert value_of(RULES_BY, on=TODAY) == "change"


def test_an_auditor_reads_and_an_inspector_does_not(app: Flask, moment: datetime, days: Setting) -> None:
    auditor = officer(app, Role.AUDITOR, "510000")
    assert auditor.get("/staff/settings").status_code == 200
    page = auditor.get(f"/staff/settings/{days.name}").get_data(as_text=True)
    assert "保存决定" not in page
    assert send(auditor, days.name)[0] == 403
    inspector = officer(app, Role.INSPECTOR, "510100", "inspector@example.cn")
    assert inspector.get("/staff/settings").status_code == 403
    assert auditor.get("/staff/settings/no_such_setting").status_code == 404


def test_a_second_click_adds_nothing_and_a_second_officer_is_told(
    app: Flask, moment: datetime, days: Setting
) -> None:
    client = officer(app, Role.LOCAL, "510100")
    assert [send(client, days.name)[0] for _ in range(2)] == [302, 302]
    assert len(rows()) == 1
    other = client_of(
        app, make_account(Role.LOCAL, email="other@example.cn", region="510100", name="乙").account
    )
    status, page = send(other, days.name, value="30")
    assert status == 409
    assert "510100甲" in page
    assert ">30</textarea>" in page.replace("\r\n", "").replace("\n", "")
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', page)
    assert seen
    assert send(other, days.name, value="30", seen=seen[1])[0] == 302
    assert value_of(days, region="510100", on=TODAY) == 30


@pytest.mark.parametrize("names", [("甲", "乙"), ("甲", "甲")], ids=["two officers", "two clicks"])
def test_of_two_who_decide_at_the_same_moment_one_does_and_nothing_is_overwritten(
    app: Flask, moment: datetime, days: Setting, monkeypatch: pytest.MonkeyPatch, names: tuple[str, str]
) -> None:
    accounts = [
        make_account(Role.LOCAL, email=f"{place}@example.cn", region="510100", name=name).account.id
        for place, name in enumerate(names)
    ]
    found = setting_decisions.history_of

    def slowly(setting: Setting, *, region: str) -> Any:
        rows = found(setting, region=region)
        time.sleep(0.2)  # long enough for the other to read the same, if nothing held it up
        return rows

    monkeypatch.setattr(setting_decisions, "history_of", slowly)

    def deciding(account_id: int, value: int) -> Callable[[], object]:
        return lambda: setting_decisions.decide(
            days,
            value,
            valid_from=TODAY,
            reason=REASON,
            seen=0,
            actor=person(account_id).actor,
            now=moment,
        )

    same = names[0] == names[1]
    said = at_once(app, [deciding(accounts[0], 20), deciding(accounts[1], 20 if same else 30)])
    assert sorted(said) == (["done", "done"] if same else ["DecidedMeanwhile", "done"])
    assert len(rows()) == 1


def test_the_same_value_again_needs_no_decision(app: Flask, moment: datetime, days: Setting) -> None:
    decided(days, 20, "510100", TODAY)
    status, page = send(officer(app, Role.LOCAL, "510100"), days.name, seen=rows()[0].id)
    assert status == 422
    assert "不需要再作决定" in page
