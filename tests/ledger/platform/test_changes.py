"""What changes, is recorded late or falls away after a batch: the platform is told, however old it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.commitments.services import withdraw
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.credit_records.services import restore_record
from credit_register.ledger.cases.services import reassign_case
from credit_register.ledger.measures.services import cancel_measure, end_supervision
from credit_register.ledger.models import LedgerCase, MeasureKind, PlatformBatch, PlatformRow
from credit_register.ledger.platform.services import make_batch
from credit_register.letters.models import LetterClue, Result
from credit_register.letters.services import supplement_answer
from tests.accounts.signing_in import make_account
from tests.conftest import MOMENT
from tests.ledger.measures.measuring import record
from tests.ledger.months.building import make_case, make_case_letter, make_measure, make_promise, make_record
from tests.spotchecks.checking import seed

REASON = "已核对材料，事实清楚。"
BEFORE = MOMENT - timedelta(days=12)  # 28 February
CITY, NEIGHBOUR, PROVINCE, NATION = "510100", "510700", "510000", "000000"
FROM_THE_START = date(2026, 2, 1)
Told = list[tuple[str, str, str]]


@pytest.fixture(autouse=True)
def clock(app: Flask) -> Iterator[None]:
    with clock_at(MOMENT):
        seed(MOMENT)
        yield


@pytest.fixture
def city() -> Account:
    return make_account(Role.LOCAL, email="city@example.cn").account


@pytest.fixture
def province() -> Account:
    return make_account(Role.PROVINCIAL, email="province@example.cn").account


@pytest.fixture
def case() -> LedgerCase:
    return make_case()


def batch(
    by: Account, *, region: str = CITY, since: date | None = None, again: bool = False, at: datetime = MOMENT
) -> Told:
    """Make the next batch, by default from the day on which the one before ended, as the page proposes."""
    newest = select(PlatformBatch.until).where(PlatformBatch.region_code == region).order_by(PlatformBatch.id)
    last = db.session.scalars(newest).all()
    made = make_batch(
        region=region,
        since=since or (last[-1] if last else FROM_THE_START),
        again=again,
        actor=by.actor,
        now=at,
    )
    return [
        (f"{row.subject_kind}-{row.subject_id}", row.content["日期"], row.content["内容"])
        for row in (made.rows if made else [])
    ]


def first_batch(by: Account, *, region: str = CITY) -> Told:
    """What was sent at the end of February and accepted."""
    told = batch(by, region=region, at=BEFORE)
    answer("accepted")
    return told


def answer(status: str, error: str = "") -> None:
    """What the platform says of every line that has no receipt yet."""
    for row in db.session.scalars(select(PlatformRow).where(PlatformRow.status == "sent")):
        row.status, row.error = status, error
    db.session.commit()


def test_a_change_of_what_was_told_long_ago_is_told_with_the_next_batch(
    case: LedgerCase, city: Account, province: Account
) -> None:
    supervision = make_measure(case, "supervision", account_id=city.id, done_on=date(2026, 2, 5))
    days = {name: date(2026, 2, 9) for name in ("issued_on", "delivered_on", "answered_on")}
    letter = make_case_letter(
        case,
        account_id=city.id,
        second_id=province.id,
        state="answered",
        result="being_handled",
        **days,
    )
    assert len(first_batch(city)) == 2
    end_supervision(supervision, reason=REASON, version=supervision.version, actor=city.actor, now=MOMENT)
    supplement_answer(
        letter,
        results={letter.clues[0].id: Result.HANDLED},
        text="已依法查处。",
        answered_on=date(2026, 3, 6),
        version=letter.version,
        actor=city.actor,
        now=MOMENT,
    )
    assert batch(city) == [
        (f"ledger_measure-{supervision.id}", "2026-02-05", "重点监管（重点），2026-03-12解除"),
        (f"letter-{letter.id}", "2026-03-06", "提示函反馈：查实并已查处"),
    ]
    answer("accepted")
    assert batch(city) == []


def test_what_is_recorded_late_is_told_by_the_day_of_recording(case: LedgerCase, city: Account) -> None:
    make_measure(case, "interview", account_id=city.id)
    first_batch(city)
    late = record(case, MeasureKind.CIRCULAR, city, MOMENT, day=date(2026, 2, 20))
    assert batch(city, since=date(2026, 3, 13), at=MOMENT + timedelta(days=1)) == []
    assert batch(city) == [(f"ledger_measure-{late.id}", "2026-02-20", "通报批评")]


def test_an_older_answer_to_another_clue_of_a_letter_is_told_with_the_new_one(
    city: Account, province: Account
) -> None:
    cases = [make_case(subject="impersonator"), make_case(subject="impersonator")]
    days = {name: date(2026, 1, 20) for name in ("issued_on", "delivered_on", "answered_on")}
    letter = make_case_letter(cases[0], account_id=city.id, second_id=province.id, state="answered", **days)
    letter.clues.append(
        LetterClue(
            name=cases[1].name,
            description="冒用名称。",
            source_kind="ledger_case",
            source_id=cases[1].id,
            result="not_confirmed",
            answered_on=date(2026, 2, 25),
        )
    )
    db.session.commit()
    words = f"提示函反馈：查实并已查处（{cases[0].name}）；未查实（{cases[1].name}）"
    assert batch(city) == [(f"letter-{letter.id}", "2026-02-25", words)]


def test_what_was_told_and_did_not_happen_is_taken_back_once(case: LedgerCase, city: Account) -> None:
    interview = make_measure(case, "interview", account_id=city.id)
    key = f"ledger_measure-{interview.id}"
    assert first_batch(city) == [(key, "2026-02-03", "提示约谈")]
    cancel_measure(interview, reason=REASON, version=interview.version, actor=city.actor, now=MOMENT)
    taken_back = [(key, "2026-02-03", "撤销：提示约谈")]
    assert batch(city) == taken_back
    assert batch(city) == []
    assert batch(city, again=True) == taken_back
    answer("rejected", "系统繁忙")
    assert batch(city) == taken_back
    answer("accepted")
    assert batch(city, again=True) == []


def test_what_the_platform_never_took_is_not_taken_back(case: LedgerCase, city: Account) -> None:
    interview = make_measure(case, "interview", account_id=city.id)
    batch(city, at=BEFORE)
    answer("rejected", "地区不符")
    cancel_measure(interview, reason=REASON, version=interview.version, actor=city.actor, now=MOMENT)
    assert batch(city) == []


def test_what_is_on_its_way_is_taken_back_unless_the_platform_refuses_it(
    case: LedgerCase, city: Account
) -> None:
    interview = make_measure(case, "interview", account_id=city.id)
    batch(city, at=BEFORE)
    cancel_measure(interview, reason=REASON, version=interview.version, actor=city.actor, now=MOMENT)
    assert len(batch(city)) == 1
    answer("rejected", "没有这一事项")
    assert batch(city) == []


def test_a_change_that_was_given_back_leaves_the_version_that_was_taken_to_be_taken_back(
    case: LedgerCase, city: Account
) -> None:
    supervision = make_measure(case, "supervision", account_id=city.id, done_on=date(2026, 2, 5))
    key = f"ledger_measure-{supervision.id}"
    first_batch(city)
    end_supervision(supervision, reason=REASON, version=supervision.version, actor=city.actor, now=MOMENT)
    assert len(batch(city)) == 1
    answer("rejected", "日期不符")
    supervision.state = "cancelled"
    db.session.commit()
    assert batch(city) == [(key, "2026-02-05", "撤销：重点监管（重点）")]


def test_a_repair_that_is_undone_is_taken_back_and_told_again_when_it_comes_again(
    case: LedgerCase, city: Account, province: Account
) -> None:
    mended = make_record(case, state="repaired", left_on=date(2026, 2, 20))
    key = f"credit_record-{mended.id}"
    assert first_batch(city) == [(key, "2026-02-20", "行政处罚：已修复")]
    restore_record(mended, reason=REASON, version=mended.version, actor=province.actor, now=MOMENT)
    assert batch(city) == [(key, "2026-02-20", "撤销：行政处罚：已修复")]
    answer("accepted")
    mended.state, mended.left_on = "repaired", date(2026, 2, 20)
    db.session.commit()
    assert batch(city) == [(key, "2026-02-20", "行政处罚：已修复")]


def test_a_commitment_that_ran_its_time_was_made_all_the_same_and_one_that_was_withdrawn_is_taken_back(
    case: LedgerCase, city: Account, province: Account
) -> None:
    promise = make_promise(case, published_on=date(2026, 2, 10))
    key = f"commitment-{promise.id}"
    assert len(first_batch(city)) == 1
    promise.state = "expired"
    promise.ended_on = date(2026, 3, 10)
    db.session.commit()
    assert batch(city) == []
    promise.state, promise.ended_on = "published", None
    db.session.commit()
    withdraw(promise, reason=REASON, version=promise.version, actor=province.actor, now=MOMENT)
    assert batch(city) == [(key, "2026-02-10", "撤销：机构和法定代表人已签署并公示")]


def test_a_case_that_another_office_took_over_is_told_by_that_office_and_taken_back_by_nobody(
    case: LedgerCase, city: Account, province: Account
) -> None:
    interview = make_measure(case, "interview", account_id=city.id)
    key = f"ledger_measure-{interview.id}"
    first_batch(city)
    first_batch(province, region=PROVINCE)
    reassign_case(
        case, region=NEIGHBOUR, reason=REASON, version=case.version, actor=province.actor, now=MOMENT
    )
    assert batch(city) == []
    told = [(key, "2026-02-03", "提示约谈")]
    assert batch(city, region=NEIGHBOUR, since=date(2026, 3, 1)) == told
    assert batch(province, region=PROVINCE) == told
    answer("accepted")
    cancel_measure(interview, reason=REASON, version=interview.version, actor=province.actor, now=MOMENT)
    taken_back = [(key, "2026-02-03", "撤销：提示约谈")]
    assert batch(province, region=PROVINCE) == taken_back
    assert batch(city, region=NEIGHBOUR) == taken_back
    answer("accepted")
    assert batch(city) == []
