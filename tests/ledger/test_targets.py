"""Targets of the exit rate: how they are written, and when one counts as reached."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from openpyxl import load_workbook

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import clock_at, now
from credit_register.core.database import db
from credit_register.core.office_settings.definitions import SettingUnreadable
from credit_register.core.office_settings.services import decide_setting
from credit_register.ledger.figures import Figures
from credit_register.ledger.months import services
from credit_register.ledger.targets import EXIT_TARGETS, Outcome, Target, outcomes_of, targets_of
from tests.accounts.signing_in import make_account, signed_in
from tests.conftest import MOMENT
from tests.ledger.months.building import make_case
from tests.spotchecks.checking import seed

PATH = "/staff/ledger/figures"


@pytest.fixture
def clock(app: Flask) -> Iterator[None]:
    with clock_at(MOMENT):
        seed(MOMENT)
        yield


@pytest.fixture
def people(clock: None) -> tuple[Account, Account]:
    return (
        make_account(Role.LOCAL, email="one@example.cn").account,
        make_account(Role.LOCAL, email="two@example.cn").account,
    )


def decide(text: str, region: str = "000000") -> None:
    decide_setting(
        EXIT_TARGETS,
        EXIT_TARGETS.read(text),
        region=region,
        valid_from=date(2026, 1, 1),
        reason="示例文件",
        by="示例",
        at=now(),
    )
    db.session.commit()


def exited(people: tuple[Account, Account], on: date) -> None:
    make_case(state="exited", exit_proposed_by_id=people[0].id, exit_decided_by_id=people[1].id, exited_on=on)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", []),
        ("2026-12-31｜100\n2026-06-30|90%", [["2026-06-30", 90], ["2026-12-31", 100]]),
        (" 2026年6月30日 ｜ 90 ", [["2026-06-30", 90]]),
    ],
)
def test_targets_are_lines_of_day_and_per_cent(text: str, value: list[object]) -> None:
    assert EXIT_TARGETS.read(text) == value
    assert EXIT_TARGETS.read(EXIT_TARGETS.show(value)) == value


@pytest.mark.parametrize(
    "text", ["90", "2026-06-30｜101", "2026-06-30｜0", "某日｜90", "2026-06-30｜90｜1", "｜90"]
)
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(SettingUnreadable):
        EXIT_TARGETS.read(text)
    with pytest.raises(SettingUnreadable, match="同一日期"):
        EXIT_TARGETS.read("2026-06-30｜90\n2026-06-30｜91")


@pytest.mark.parametrize(
    ("counted", "exited_count", "is_over", "word", "missing"),
    [
        (10, 9, True, "已达到", 0),
        (1000, 899, True, "未达到", 1),
        (10, 9, False, "已提前达到", 0),
        (10, 0, False, "尚未达到", 9),
        (0, 0, True, "没有可计的对象", 0),
    ],
)
def test_a_target_is_reached_in_whole_numbers(
    counted: int, exited_count: int, is_over: bool, word: str, missing: int
) -> None:
    outcome = Outcome(Target(date(2026, 6, 30), 90), Figures(counted, 0, 0, exited_count), is_over)
    assert (outcome.word, outcome.missing) == (word, missing)


def test_a_target_whose_day_is_over_is_judged_by_that_day(people: tuple[Account, Account]) -> None:
    exited(people, date(2026, 2, 1))
    exited(people, date(2026, 3, 1))
    decide("2026-02-15｜90\n2026-12-31｜100")
    first, second = outcomes_of("510100", on=date(2026, 3, 12))
    assert (first.word, first.counted.exited, second.word) == ("未达到", 1, "已提前达到")
    decide("2026-12-31｜50", region="510000")
    assert targets_of("510100", on=date(2026, 3, 12)) == [Target(date(2026, 12, 31), 50)]


def test_the_page_compares_regions_months_and_targets(app: Flask, people: tuple[Account, Account]) -> None:
    province = signed_in(app, Role.PROVINCIAL)
    empty = province.get(PATH).text
    for sentence in ("没有设定目标", "辖区还没有治理对象", "还没有关账的月份"):
        assert sentence in empty
    exited(people, date(2026, 2, 1))
    make_case(region_code="510700")
    decide("2026-12-31｜90")
    services.close_month(
        "2026-02", actor=make_account(Role.PROVINCIAL, email="p@example.cn").account.actor, now=now()
    )
    page = province.get(PATH).text
    assert "四川省绵阳市" in page
    assert "50.0%" in page
    assert "尚未达到" in page
    assert "还差 1 户" in page
    assert "2026年2月" in page
    sheet = load_workbook(io.BytesIO(province.get(f"{PATH}.xlsx").data)).active
    assert sheet is not None
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    assert lines == [
        ["四川省", "510000", 2, 0, 0, 1, "50.0%"],
        ["四川省成都市", "510100", 1, 0, 0, 1, "100.0%"],
        ["四川省绵阳市", "510700", 1, 0, 0, 0, "0.0%"],
    ]
