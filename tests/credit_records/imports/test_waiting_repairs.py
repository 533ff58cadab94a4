"""A repair that arrives before its record waits for it, and takes effect without being sent again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.credit_records.imports.results import Receipt
from credit_register.credit_records.matching import match_records
from credit_register.credit_records.models import BatchKind, CreditRecord, RecordRow
from credit_register.credit_records.refusals import SamePerson
from credit_register.credit_records.services import restore_record
from credit_register.transparency.models import PublicEvent
from tests.accounts.signing_in import client_of, make_account
from tests.core.codes import uscc
from tests.credit_records.imports.bringing import (
    AUTHORITY,
    bring,
    bring_in,
    confirm,
    listed,
    only_record,
    penalty,
    records,
    repaired,
)
from tests.factories import make_institution
from tests.institutions.importing import audits

UNKNOWN = uscc(division="510100", serial=990)
REASON = "示例市监局于 2026-03-01 决定信用修复（示例修〔2026〕3号）"


def repair_rows() -> list[RecordRow]:
    db.session.expire_all()
    return list(
        db.session.scalars(select(RecordRow).where(RecordRow.kind == "repair").order_by(RecordRow.id))
    )


def public_events() -> list[str]:
    return list(db.session.scalars(select(PublicEvent.kind)))


def mend_unknown(folder: Path, by: Account, moment: datetime, code: str = UNKNOWN) -> None:
    """A repair of which nobody knows the record, confirmed."""
    assert bring_in(folder, BatchKind.REPAIRS, [repaired(code)], by, moment) == {"unknown": 1}


def orders() -> Iterator[tuple[str, ...]]:
    """Every order in which two files come and are confirmed, and their institution appears."""
    steps = ("penalty comes", "penalty confirmed", "repair comes", "repair confirmed", "institution")
    for order in itertools.permutations(steps):
        if all(
            order.index(f"{file} comes") < order.index(f"{file} confirmed") for file in ("penalty", "repair")
        ):
            yield order


def test_in_whatever_order_a_penalty_its_repair_and_its_institution_come_it_ends_repaired(
    tmp_path: Path, moment: datetime, national: Account
) -> None:
    for number, order in enumerate(orders(), start=1):
        code = uscc(division="510100", serial=1000 + number)
        authority = AUTHORITY if number % 2 else ""
        files = {
            "penalty": (BatchKind.PENALTIES, penalty(code, number)),
            "repair": (BatchKind.REPAIRS, repaired(code, number, 处罚机关代码=authority)),
        }
        receipts: dict[str, Receipt] = {}
        for step in order:
            file, _, deed = step.partition(" ")
            if step == "institution":
                make_institution(uscc=code)
                match_records(moment)
            elif deed == "comes":
                kind, row = files[file]
                receipts[file], _ = bring(tmp_path, kind, [row], now=moment)
            else:
                confirm(receipts[file], national, moment)
        match_records(moment)  # as the worker does each minute
        record = db.session.scalars(select(CreditRecord).where(CreditRecord.uscc == code)).one()
        assert (record.state, record.left_on, record.left_reason) == ("repaired", moment.date(), REASON), (
            order
        )
        assert record.institution is not None, order
        assert repair_rows()[-1].verdict == "changed", order
    assert len(records()) == 30


def test_what_was_repaired_before_it_came_is_never_public(
    tmp_path: Path, moment: datetime, national: Account
) -> None:
    code = make_institution().uscc
    mend_unknown(tmp_path, national, moment, code)
    rows = [penalty(code), penalty(code, 2)]
    assert bring_in(tmp_path, BatchKind.PENALTIES, rows, national, moment) == {"created": 2, "placed": 1}
    assert [record.state for record in records()] == ["repaired", "published"]
    assert public_events().count("credit_record.publish") == 1
    assert "credit_record.withdraw" not in public_events()


def test_a_record_without_an_institution_that_was_repaired_stays_so_when_it_appears(
    tmp_path: Path, moment: datetime, national: Account
) -> None:
    mend_unknown(tmp_path, national, moment)
    bring_in(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], national, moment)
    assert (only_record().state, only_record().institution_id) == ("repaired", None)
    make_institution(uscc=UNKNOWN)
    assert match_records(moment) == 1
    assert only_record().state == "repaired"
    assert "credit_record.publish" not in public_events()


def test_the_histories_say_from_which_batch_it_came_and_its_second_person_cannot_bring_it_back(
    tmp_path: Path, moment: datetime, national: Account
) -> None:
    other = make_account(Role.NATIONAL, email="other@example.cn").account
    code = make_institution().uscc
    mend_unknown(tmp_path, national, moment, code)
    [row] = repair_rows()
    bring_in(tmp_path, BatchKind.PENALTIES, [penalty(code)], other, moment)
    [event] = audits("credit_record.repair")
    assert event.detail["batch"] == row.batch_id
    assert f"第 {row.batch_id} 号批次第 {row.row_number} 行" in event.detail["reason"]
    assert (event.actor_id, event.detail["decided_by"]) == (None, national.id)
    [placed] = audits("record_batch.place")
    assert placed.subject_id == str(row.batch_id)
    assert "状态：" in repair_rows()[0].changes
    record = only_record()
    assert record.batch_id > row.batch_id  # the last file that speaks of it
    with pytest.raises(SamePerson):
        restore_record(record, reason="误修复", version=record.version, actor=national.actor, now=moment)
    db.session.rollback()
    record = only_record()
    restore_record(record, reason="误修复", version=record.version, actor=other.actor, now=moment)
    bring_in(tmp_path, BatchKind.PENALTIES, [penalty(code, 2)], other, moment)
    assert [each.state for each in records()] == ["published", "published"]  # it is not repaired once more


class TestWhatDoesNotFit:
    def test_a_repair_says_nothing_of_what_was_decided_after_it(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        code = make_institution().uscc
        mend_unknown(tmp_path, national, moment, code)
        later = penalty(code, CF_JDRQ="2026-03-05")
        assert bring_in(tmp_path, BatchKind.PENALTIES, [later], national, moment) == {"created": 1}
        assert only_record().state == "published"
        assert repair_rows()[0].verdict == "unknown"
        receipt, _ = bring(
            tmp_path, BatchKind.REPAIRS, [repaired(code, 修复文号="示例修〔2026〕4号")], now=moment
        )
        assert confirm(receipt, national, moment) == {"unknown": 1}
        assert only_record().state == "published"

    def test_an_office_repairs_no_record_of_another_region(
        self, tmp_path: Path, moment: datetime, national: Account, local: Account, provincial: Account
    ) -> None:
        stranger = make_account(Role.PROVINCIAL, email="stranger@example.cn", region="330000").account
        bring_in(tmp_path, BatchKind.REPAIRS, [repaired(UNKNOWN)], national, moment, actor=stranger.actor)
        bring_in(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], provincial, moment, actor=local.actor)
        make_institution(uscc=UNKNOWN)
        assert match_records(moment) == 1
        assert only_record().state == "published"
        assert repair_rows()[0].verdict == "unknown"

    def test_a_repair_that_was_received_before_the_record_of_another_region_came_waits_too(
        self, tmp_path: Path, moment: datetime, national: Account, local: Account, provincial: Account
    ) -> None:
        stranger = make_account(Role.PROVINCIAL, email="stranger@example.cn", region="330000").account
        receipt, _ = bring(tmp_path, BatchKind.REPAIRS, [repaired(UNKNOWN)], now=moment, actor=stranger.actor)
        bring_in(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], provincial, moment, actor=local.actor)
        assert confirm(receipt, national, moment) == {"unknown": 1}
        assert only_record().state == "withheld"
        assert repair_rows()[0].verdict == "unknown"

    def test_two_records_of_one_number_wait_for_the_code_of_the_authority(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        code = make_institution().uscc
        bring_in(tmp_path, BatchKind.REPAIRS, [repaired(code, 处罚机关代码="")], national, moment)
        rows = [penalty(code), penalty(code, CF_CFJGDM=uscc(division="510000", serial=778, kind="11"))]
        assert bring_in(tmp_path, BatchKind.PENALTIES, rows, national, moment) == {"created": 2}
        assert [record.state for record in records()] == ["published", "published"]

    def test_a_repair_whose_batch_was_not_confirmed_has_no_effect(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        code = make_institution().uscc
        bring(tmp_path, BatchKind.REPAIRS, [repaired(code)], now=moment)
        assert bring_in(tmp_path, BatchKind.PENALTIES, [penalty(code)], national, moment) == {"created": 1}
        assert only_record().state == "published"


def test_a_repair_that_waits_for_its_second_person_counts_though_the_penalty_was_dropped_and_listed_again(
    tmp_path: Path, moment: datetime, national: Account
) -> None:
    code = make_institution().uscc
    both, short = [penalty(code), penalty(code, 2)], [penalty(code, 2)]
    bring_in(tmp_path, BatchKind.PENALTIES, both, national, moment)
    waiting, _ = bring(tmp_path, BatchKind.REPAIRS, [repaired(code)], now=moment)
    for hours, rows in enumerate((short, both), start=1):
        later = moment + timedelta(hours=hours)
        receipt, _ = bring(tmp_path, BatchKind.PENALTIES, rows, now=later, full_list=True)
        confirm(receipt, national, later, with_removals=True)
    assert [record.state for record in records()] == ["published", "published"]
    assert confirm(waiting, national, moment + timedelta(hours=3)) == {"repaired": 1}
    assert [record.state for record in records()] == ["repaired", "published"]


@pytest.mark.parametrize("first", ["repair", "list"])
def test_a_repair_counts_of_a_penalty_that_a_full_list_has_dropped_in_whatever_order_it_is_listed_again(
    tmp_path: Path, moment: datetime, national: Account, first: str
) -> None:
    code = make_institution().uscc
    both, short = [penalty(code), penalty(code, 2)], [penalty(code, 2)]

    def bring_list(rows: list[dict[str, object]]) -> None:
        receipt, _ = bring(tmp_path, BatchKind.PENALTIES, rows, now=moment, full_list=True)
        confirm(receipt, national, moment, with_removals=True)

    def mend() -> dict[str, int]:
        return bring_in(tmp_path, BatchKind.REPAIRS, [repaired(code)], national, moment)

    bring_list(both)
    bring_list(short)
    assert [record.state for record in records()] == ["removed", "published"]
    if first == "repair":
        assert mend() == {"repaired": 1}
        assert (records()[0].state, records()[0].left_reason) == ("repaired", REASON)
        bring_list(both)
    else:
        bring_list(both)
        assert [record.state for record in records()] == ["published", "published"]
        assert mend() == {"repaired": 1}
    assert [record.state for record in records()] == ["repaired", "published"]
    assert public_events().count("credit_record.publish") == (2 if first == "repair" else 3)


def test_a_repair_told_after_the_removal_keeps_the_day_on_which_an_entry_left_the_other_lists(
    tmp_path: Path, moment: datetime, national: Account
) -> None:
    code, later = make_institution().uscc, moment + timedelta(days=5)
    bring_in(tmp_path, BatchKind.SEVERE_LIST, [listed(code)], national, moment)
    bring_in(tmp_path, BatchKind.SEVERE_LIST, [listed(code, 移出日期="2026年2月20日")], national, moment)
    repair = repaired(code, 决定书文号="示例执〔2026〕1号", 处罚机关代码="")
    assert bring_in(tmp_path, BatchKind.REPAIRS, [repair], national, later) == {"repaired": 1}
    assert (only_record().state, only_record().left_on) == ("repaired", moment.date())
    bring_in(tmp_path, BatchKind.SEVERE_LIST, [listed(code, 列入日期="2026年3月2日")], national, later)
    assert only_record().state == "published"  # decided anew, after the repair


def test_the_same_row_sent_again_is_taken_where_it_finds_its_record_now(
    tmp_path: Path, moment: datetime, national: Account
) -> None:
    code = make_institution().uscc
    bring_in(tmp_path, BatchKind.PENALTIES, [penalty(code)], national, moment)
    record = only_record()
    record.document_number = "示例罚〔2026〕11号"  # as a clerk mistyped it
    db.session.commit()
    mend_unknown(tmp_path, national, moment, code)
    again, _ = bring(tmp_path, BatchKind.REPAIRS, [repaired(code)], now=moment)
    assert again.batch is None
    record = only_record()
    record.document_number = "示例罚〔2026〕1号"
    db.session.commit()
    again, _ = bring(tmp_path, BatchKind.REPAIRS, [repaired(code)], now=moment)
    assert confirm(again, national, moment) == {"repaired": 1}


def test_a_later_file_of_the_same_penalty_does_not_undo_a_repair_that_was_received_before(
    tmp_path: Path, moment: datetime, national: Account
) -> None:
    code = make_institution().uscc
    bring_in(tmp_path, BatchKind.PENALTIES, [penalty(code)], national, moment)
    repair, _ = bring(tmp_path, BatchKind.REPAIRS, [repaired(code)], now=moment)
    bring_in(tmp_path, BatchKind.PENALTIES, [penalty(code, CF_NR_FK="2")], national, moment)
    assert confirm(repair, national, moment) == {"repaired": 1}
    assert only_record().state == "repaired"


def test_what_a_list_brought_anew_is_not_repaired_by_a_file_received_before(
    tmp_path: Path, moment: datetime, national: Account
) -> None:
    code = make_institution().uscc
    row = repaired(code, 决定书文号="示例执〔2026〕1号", 处罚机关代码="")
    bring_in(tmp_path, BatchKind.SEVERE_LIST, [listed(code, 移出日期="2026-02-20")], national, moment)
    repair, _ = bring(tmp_path, BatchKind.REPAIRS, [row, repaired(code, 7)], now=moment)
    later = moment + timedelta(hours=1)
    bring_in(tmp_path, BatchKind.SEVERE_LIST, [listed(code)], national, later)
    confirm(repair, national, later)
    assert only_record().state == "published"
    bring_in(tmp_path, BatchKind.PENALTIES, [penalty(code, 8)], national, later)
    assert [record.state for record in records()] == ["published", "published"]


class TestPages:
    @pytest.fixture
    def waiting(
        self, tmp_path: Path, moment: datetime, local: Account, provincial: Account
    ) -> Callable[[str], None]:
        def bring_one(code: str) -> None:
            bring_in(tmp_path, BatchKind.REPAIRS, [repaired(code)], provincial, moment, actor=local.actor)

        return bring_one

    def test_the_list_says_what_waits_and_why_and_the_others_lead_to_it(
        self,
        tmp_path: Path,
        moment: datetime,
        waiting: Callable[[str], None],
        receiver: FlaskClient,
        national: Account,
    ) -> None:
        address = "/staff/records/batches/waiting"
        assert "没有等待的修复信息" in receiver.get(address).text
        code = make_institution().uscc
        waiting(code)
        text = receiver.get(address).text
        assert "示例罚〔2026〕1号" in text
        assert "还没有收到这一文号的失信记录" in text
        for page in ("/staff/records/batches", "/staff/records/consistency"):
            assert address in receiver.get(page).text
        number = repair_rows()[0].batch_id
        assert "等待对应的失信记录" in receiver.get(f"/staff/records/batches/{number}?show=unknown").text
        bring_in(tmp_path, BatchKind.PENALTIES, [penalty(code, CF_JDRQ="2026-03-05")], national, moment)
        text = receiver.get(address).text
        assert "在修复日期以后才认定，不适用" in text
        assert f"/staff/records/{only_record().id}" in text

    def test_it_is_the_region_of_the_reader_and_what_took_effect_is_gone(
        self,
        tmp_path: Path,
        moment: datetime,
        waiting: Callable[[str], None],
        receiver: FlaskClient,
        stranger: FlaskClient,
        national: Account,
    ) -> None:
        code = make_institution().uscc
        waiting(code)
        assert code not in stranger.get("/staff/records/batches/waiting").text
        assert code in receiver.get("/staff/records/batches/waiting").text
        bring_in(tmp_path, BatchKind.PENALTIES, [penalty(code)], national, moment)
        assert code not in receiver.get("/staff/records/batches/waiting").text
        number = repair_rows()[0].batch_id
        page = receiver.get(f"/staff/records/batches/{number}").text
        assert "修复信息等到对应的记录" in page
        assert "已修复（2026-03-01）" in page

    @pytest.fixture
    def stranger(self, app: Flask, moment: datetime) -> FlaskClient:
        account = make_account(Role.PROVINCIAL, email="stranger@example.cn", region="330000").account
        return client_of(app, account)
