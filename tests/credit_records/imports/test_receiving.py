"""What a received file becomes: a batch of what would change, told apart by record, list, office and what waits already."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from credit_register.access.actor import OPERATOR
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.core.files import open_original
from credit_register.credit_records.consistency import Difference, Filter, compare
from credit_register.credit_records.imports.results import FileRefused
from credit_register.credit_records.models import (
    BatchKind,
    BatchState,
    CreditRecord,
    RecordBatch,
    RecordRow,
)
from credit_register.credit_records.public_queries import received_dates
from credit_register.institutions.imports.results import Level, Note
from tests.core.codes import uscc
from tests.credit_records.imports.bringing import (
    AUTHORITY,
    IDENTITY,
    bring,
    bring_in,
    confirm,
    fact,
    listed,
    only_record,
    penalty,
    records,
    repaired,
    traces,
)
from tests.factories import make_institution
from tests.institutions.importing import audits

UNKNOWN = uscc(division="510100", serial=990)


def rows_of(batch: RecordBatch | None) -> list[RecordRow]:
    assert batch is not None
    query = select(RecordRow).where(RecordRow.batch_id == batch.id).order_by(RecordRow.id)
    return list(db.session.scalars(query))


def rejected(notes: list[Note]) -> list[str]:
    return [note.message for note in notes if note.level is Level.REJECTED]


def test_a_file_becomes_a_batch_that_waits_and_no_record(tmp_path: Path, moment: datetime) -> None:
    institution = make_institution()
    receipt, _ = bring(
        tmp_path, BatchKind.PENALTIES, [penalty(institution.uscc), penalty(UNKNOWN, 2)], now=moment
    )
    assert receipt.counts.contract(BatchKind.PENALTIES) == {
        "accepted": 1,
        "unchanged": 0,
        "rejected": 0,
        "unknown_institution": 1,
    }
    batch = receipt.batch
    assert batch is not None
    assert (batch.state, batch.received_by_id, batch.region_code) == ("received", None, "000000")
    assert [(row.verdict, row.known) for row in rows_of(batch)] == [("new", True), ("new", False)]
    assert not records()
    with open_original(batch.file) as stream:
        assert "CF_XDR_MC" in stream.read().decode()
    assert batch.sha256 == batch.file.sha256
    [event] = audits("record_batch.receive")
    assert event.detail["accepted"] == 1


def test_the_same_file_again_changes_nothing_while_the_batch_waits_and_after(
    tmp_path: Path, moment: datetime, national: Account
) -> None:
    institution = make_institution()
    rows = [penalty(institution.uscc), penalty(UNKNOWN, 2)]
    first, _ = bring(tmp_path, BatchKind.PENALTIES, rows, now=moment)
    before = traces()
    for confirmed in (False, True):
        if confirmed:
            confirm(first, national, moment)
            before = traces()
        again, _ = bring(tmp_path, BatchKind.PENALTIES, rows, now=moment)
        assert again.batch is None
        assert (again.counts.accepted, again.counts.unchanged, again.counts.unknown) == (1, 1, 1)
        assert traces() == before


def test_a_refused_file_leaves_nothing(tmp_path: Path, moment: datetime) -> None:
    before = traces()
    with pytest.raises(FileRefused):
        bring(tmp_path, BatchKind.PENALTIES, [listed(UNKNOWN)], now=moment)
    assert traces() == before


def test_a_file_of_bad_rows_only_makes_no_batch_and_says_why(tmp_path: Path, moment: datetime) -> None:
    receipt, _ = bring(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN, CF_WSH="")], now=moment)
    assert receipt.batch is None
    assert receipt.counts.rejected == 1
    assert receipt.errors[0].column == "CF_WSH"


def test_bad_rows_stand_with_the_batch_without_personal_data(tmp_path: Path, moment: datetime) -> None:
    receipt, _ = bring(
        tmp_path,
        BatchKind.PENALTIES,
        [penalty(UNKNOWN), penalty(UNKNOWN, 2, CF_JDRQ=IDENTITY), penalty(IDENTITY, 3, CF_XDR_LB="自然人")],
        now=moment,
    )
    assert receipt.batch is not None
    summary = str(receipt.batch.summary)
    assert [error["row"] for error in receipt.batch.summary["errors"]] == [3, 4]
    assert IDENTITY not in summary


def test_a_changed_row_is_told_before_and_after_and_blank_cells_leave_what_is_there(
    tmp_path: Path, moment: datetime, national: Account
) -> None:
    code = make_institution().uscc
    bring_in(tmp_path, BatchKind.PENALTIES, [penalty(code)], national, moment)
    receipt, _ = bring(
        tmp_path, BatchKind.PENALTIES, [penalty(code, CF_NR_FK="2.25", CF_SY="", CF_WFXW="")], now=moment
    )
    [row] = rows_of(receipt.batch)
    assert (row.verdict, row.changes) == ("changed", "罚款（万元）：1.5 → 2.25")


def test_a_derived_degree_does_not_overrule_what_the_sender_said(
    tmp_path: Path, moment: datetime, national: Account
) -> None:
    code = make_institution().uscc
    bring_in(tmp_path, BatchKind.PENALTIES, [penalty(code, BZ="严重")], national, moment)
    receipt, _ = bring(tmp_path, BatchKind.PENALTIES, [penalty(code)], now=moment)
    assert receipt.batch is None
    receipt, _ = bring(tmp_path, BatchKind.PENALTIES, [penalty(code, CF_CFLB="警告")], now=moment)
    [row] = rows_of(receipt.batch)
    assert "失信等级：严重 → 轻微" in row.changes


def test_a_row_without_the_code_of_its_authority_is_the_same_record(
    tmp_path: Path, moment: datetime, national: Account
) -> None:
    code = make_institution().uscc
    bring_in(tmp_path, BatchKind.PENALTIES, [penalty(code, CF_CFJGDM="")], national, moment)
    assert "示例市监局" in only_record().key
    bring_in(tmp_path, BatchKind.PENALTIES, [penalty(code)], national, moment)
    record = only_record()
    assert (record.authority_code, AUTHORITY in record.key) == (AUTHORITY, True)
    receipt, _ = bring(tmp_path, BatchKind.PENALTIES, [penalty(code, CF_CFJGDM="")], now=moment)
    assert receipt.batch is None


def test_the_newest_waiting_row_decides_whether_a_row_says_something_new(
    tmp_path: Path, moment: datetime
) -> None:
    code = make_institution().uscc
    for fine, waits in (("1", True), ("2", True), ("2", False), ("1", True)):
        receipt, _ = bring(tmp_path, BatchKind.PENALTIES, [penalty(code, CF_NR_FK=fine)], now=moment)
        assert (receipt.batch is not None) == waits, fine


class TestRegions:
    def test_an_office_brings_only_what_lies_in_its_region_or_is_unknown(
        self, tmp_path: Path, moment: datetime, local: Account
    ) -> None:
        here, there = make_institution(), make_institution(region_code="330100")
        receipt, notes = bring(
            tmp_path,
            BatchKind.PENALTIES,
            [penalty(here.uscc), penalty(there.uscc, 2), penalty(UNKNOWN, 3)],
            now=moment,
            actor=local.actor,
        )
        assert (receipt.counts.accepted, receipt.counts.rejected, receipt.counts.unknown) == (1, 1, 1)
        assert "不在本单位的管辖区域" in rejected(notes)[0]
        assert receipt.batch is not None
        assert receipt.batch.region_code == "510100"

    def test_a_record_that_another_region_keeps_unmatched_is_not_altered_from_here(
        self, tmp_path: Path, moment: datetime, national: Account, local: Account
    ) -> None:
        bring_in(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], national, moment)
        receipt, notes = bring(
            tmp_path,
            BatchKind.PENALTIES,
            [penalty(UNKNOWN, CF_NR_FK="9")],
            now=moment,
            actor=local.actor,
        )
        assert receipt.batch is None
        assert "由其他地区接收" in rejected(notes)[0]


class TestFullLists:
    def test_what_the_list_lacks_is_proposed_once_and_not_removed(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        codes = [make_institution().uscc for _ in range(3)]
        rows = [listed(code, number) for number, code in enumerate(codes)]
        other = listed(codes[0], 9, 名单名称="另一名单（示例）")
        bring_in(tmp_path, BatchKind.SEVERE_LIST, [*rows, other], national, moment)
        receipt, _ = bring(tmp_path, BatchKind.SEVERE_LIST, rows[:2], now=moment, full_list=True)
        [row] = rows_of(receipt.batch)
        assert (row.verdict, row.uscc, row.row_number) == ("removal", codes[2], -1)
        assert {record.state for record in records()} == {"published"}
        again, _ = bring(tmp_path, BatchKind.SEVERE_LIST, rows[:2], now=moment, full_list=True)
        assert again.batch is None

    def test_a_row_with_a_fault_is_not_missing(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        codes = [make_institution(name=f"成都示例{name}公司").uscc for name in "甲乙丙"]
        rows = [
            listed(code, number, 主体名称=f"成都示例{name}公司")
            for number, (code, name) in enumerate(zip(codes, "甲乙丙", strict=True))
        ]
        bring_in(tmp_path, BatchKind.SEVERE_LIST, rows, national, moment)
        faulty = [rows[0], rows[1] | {"列入日期": "?"}, rows[2] | {"统一社会信用代码": "123"}]
        receipt, _ = bring(tmp_path, BatchKind.SEVERE_LIST, faulty, now=moment, full_list=True)
        assert rows_of(receipt.batch) == []
        assert receipt.counts.missing == 0

    def test_only_records_of_the_same_sender_within_the_office_are_missing(
        self, tmp_path: Path, moment: datetime, national: Account, local: Account, provincial: Account
    ) -> None:
        codes = [make_institution().uscc for _ in range(4)]
        bring_in(
            tmp_path,
            BatchKind.PENALTIES,
            [penalty(codes[0], 1), penalty(codes[1], 2, CF_SJLY="另一中心")],
            national,
            moment,
        )
        bring_in(
            tmp_path,
            BatchKind.PENALTIES,
            [penalty(codes[2], 3)],
            provincial,
            moment,
            actor=local.actor,
        )
        fresh = [penalty(codes[3], 4)]
        receipt, _ = bring(
            tmp_path, BatchKind.PENALTIES, fresh, now=moment, actor=local.actor, full_list=True
        )
        assert [(row.verdict, row.uscc) for row in rows_of(receipt.batch)] == [
            ("new", codes[3]),
            ("removal", codes[2]),
        ]

    def test_facts_are_missing_by_kind_and_authority(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        codes = [make_institution().uscc for _ in range(2)]
        rows = [fact(codes[0], "注销"), fact(codes[1], "注销"), fact(codes[1], "破产")]
        bring_in(tmp_path, BatchKind.FACTS, rows, national, moment)
        receipt, _ = bring(tmp_path, BatchKind.FACTS, rows[:1], now=moment, full_list=True)
        assert [(row.kind, row.uscc) for row in rows_of(receipt.batch)] == [("deregistered", codes[1])]

    def test_one_that_has_not_changed_waits_once_so_that_its_day_is_known(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        institution = make_institution()
        rows = [listed(institution.uscc)]
        bring_in(tmp_path, BatchKind.SEVERE_LIST, rows, national, moment, full_list=True)
        later = moment + timedelta(days=30)
        receipt, _ = bring(tmp_path, BatchKind.SEVERE_LIST, rows, now=later, full_list=True)
        assert (receipt.counts.unchanged, rows_of(receipt.batch)) == (1, [])
        before = traces()
        again, _ = bring(tmp_path, BatchKind.SEVERE_LIST, rows, now=later, full_list=True)
        assert again.batch is None
        assert traces() == before
        region = institution.region_code
        assert received_dates(region)[BatchKind.SEVERE_LIST] == moment.date()
        assert confirm(receipt, national, later + timedelta(days=3)) == {}
        assert received_dates(region)[BatchKind.SEVERE_LIST] == later.date()
        part, _ = bring(tmp_path, BatchKind.SEVERE_LIST, rows, now=later)
        assert part.batch is None

    def test_one_without_a_good_row_tells_nothing(self, tmp_path: Path, moment: datetime) -> None:
        bad = [listed(UNKNOWN, 列入日期="?")]
        receipt, _ = bring(tmp_path, BatchKind.SEVERE_LIST, bad, now=moment, full_list=True)
        assert receipt.batch is None

    def test_what_it_still_has_although_it_was_taken_down_here_is_noted(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        codes = [make_institution().uscc for _ in range(3)]
        rows = [penalty(code, number) for number, code in enumerate(codes)]
        bring_in(tmp_path, BatchKind.PENALTIES, rows, national, moment)
        bring_in(tmp_path, BatchKind.REPAIRS, [repaired(codes[0], 0), repaired(codes[1])], national, moment)
        part, _ = bring(tmp_path, BatchKind.PENALTIES, [*rows, penalty(codes[2], 9)], now=moment)
        assert part.batch is not None
        assert "still_listed" not in part.batch.summary
        receipt, _ = bring(tmp_path, BatchKind.PENALTIES, rows[:2], now=moment, full_list=True)
        assert receipt.batch is not None
        gone = [record.id for record in records()[:2]]
        assert receipt.batch.summary["still_listed"] == gone
        found = compare(OPERATOR, Filter(Difference.LISTED.value)).lines
        assert [line.record_id for line in found] == gone


class TestRepairs:
    def test_an_unknown_record_is_kept_once(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        code = make_institution().uscc
        receipt, _ = bring(tmp_path, BatchKind.REPAIRS, [repaired(code)], now=moment)
        assert receipt.counts.contract(BatchKind.REPAIRS) == {
            "accepted": 0,
            "unchanged": 0,
            "rejected": 0,
            "unknown_institution": 1,
        }
        assert rows_of(receipt.batch)[0].verdict == "unknown"
        confirm(receipt, national, moment)
        again, _ = bring(tmp_path, BatchKind.REPAIRS, [repaired(code)], now=moment)
        assert again.batch is None

    def test_two_records_with_the_same_number_ask_for_the_authority(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        code = make_institution().uscc
        other = uscc(division="510000", serial=778, kind="11")
        bring_in(
            tmp_path,
            BatchKind.PENALTIES,
            [penalty(code), penalty(code, CF_CFJGDM=other, CF_CFJG="另一局")],
            national,
            moment,
        )
        _, notes = bring(tmp_path, BatchKind.REPAIRS, [repaired(code, 处罚机关代码="")], now=moment)
        assert "请填写处罚机关代码" in rejected(notes)[0]
        receipt, _ = bring(tmp_path, BatchKind.REPAIRS, [repaired(code)], now=moment)
        [row] = rows_of(receipt.batch)
        assert (row.verdict, row.changes) == ("changed", "状态：公示中 → 已修复（2026-03-01）")


def test_a_batch_bears_the_state_and_the_second_person_as_the_database_demands(
    tmp_path: Path, moment: datetime
) -> None:
    receipt, _ = bring(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], now=moment, actor=OPERATOR)
    assert receipt.batch is not None
    assert receipt.batch.state == BatchState.RECEIVED
    assert db.session.scalar(select(CreditRecord.id)) is None
