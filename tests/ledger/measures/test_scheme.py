"""The graded scheme of key supervision: how an office writes it, and whose is in force."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.office_settings.definitions import SettingUnreadable, setting
from credit_register.core.office_settings.services import decide_setting
from credit_register.ledger.measures.scheme import (
    SUPERVISION_SCHEME,
    Level,
    read_levels,
    scheme_of,
    show_levels,
)

DAY = date(2026, 3, 12)


def test_the_scheme_is_a_setting_that_is_marked_as_our_own_draft() -> None:
    assert setting("supervision_scheme") is SUPERVISION_SCHEME
    assert SUPERVISION_SCHEME.confirmed is False
    assert len(SUPERVISION_SCHEME.default) == 3


def test_what_is_shown_reads_back() -> None:
    assert read_levels(show_levels(SUPERVISION_SCHEME.default)) == SUPERVISION_SCHEME.default


def test_every_bar_that_people_type_parts_the_columns() -> None:
    assert read_levels("甲|每月｜是\n\n 乙 │ 每季度 │ 否 ") == [
        {"name": "甲", "frequency": "每月", "suspended": True},
        {"name": "乙", "frequency": "每季度", "suspended": False},
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "至少写一个等级"),
        ("甲｜每月", "第 1 行"),
        ("甲｜每月｜也许", "写“是”或“否”"),
        ("甲｜每月｜是\n甲｜每季度｜否", "第 2 行：等级“甲”重复"),
        ("甲｜" + "每" * 81 + "｜是", "检查频次最多 80 字"),
        ("\n".join(f"{n}｜每月｜否" for n in range(13)), "最多 12 个等级"),
        ("甲｜联系 13800000000｜否", "个人信息"),
    ],
)
def test_what_cannot_be_read_says_what_to_write(text: str, sentence: str) -> None:
    with pytest.raises(SettingUnreadable, match=sentence):
        read_levels(text)


def test_the_nearest_office_that_has_decided_counts_from_its_day_on(app: Flask) -> None:
    def decide(region: str, name: str, day: date) -> None:
        value = read_levels(f"{name}｜每月｜否")
        decide_setting(
            SUPERVISION_SCHEME, value, region=region, valid_from=day, reason="示例", by="甲", at=now()
        )

    decide("510000", "省级", date(2026, 1, 1))
    decide("510100", "市级", date(2026, 4, 1))
    db.session.commit()
    assert not scheme_of("330100", on=DAY).decided
    assert scheme_of("510100", on=DAY).levels == [Level("省级", "每月", False)]
    found = scheme_of("510100", on=date(2026, 4, 1))
    assert (found.decided, found.level("市级")) == (True, Level("市级", "每月", False))
