"""The commands `import penalties`, `severe-list`, `facts` and `repairs`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from credit_register.accounts.models import Account
from credit_register.core.clock import SHANGHAI, clock_at
from credit_register.core.database import db
from credit_register.credit_records.imports.applying import confirm_batch
from credit_register.credit_records.models import CreditRecord, RecordBatch
from tests.core.codes import uscc
from tests.credit_records.imports.bringing import fact, listed, penalty, records, repaired, traces
from tests.factories import make_institution
from tests.institutions.importing import EXPECTED, SHIPPED, command, csv_file, json_of

LATER = datetime(2026, 11, 28, 9, 30, tzinfo=SHANGHAI)  # when all sample decisions have been made
UNKNOWN = uscc(division="510100", serial=990)


def confirm_all(by: Account) -> None:
    for batch in db.session.scalars(select(RecordBatch).where(RecordBatch.state == "received")).all():
        confirm_batch(batch, with_removals=False, version=batch.version, actor=by.actor, now=LATER)


def test_the_shipped_files_give_the_expected_numbers_and_a_second_time_changes_nothing(
    app: Flask, national: Account
) -> None:
    with clock_at(LATER):
        command(app, "import", "institutions", SHIPPED / "institutions.csv")
        for confirmed in (False, True):
            if confirmed:
                confirm_all(national)
            before = traces()
            for again in (True,) if confirmed else (False, True):
                status, output, _ = command(app, "import", "penalties", SHIPPED / "penalties.xlsx", "--json")
                expected = {key: value for key, value in EXPECTED["penalties.xlsx"].items() if key != "note"}
                unchanged = expected["accepted"] if again else 0
                assert status == 0
                assert json_of(output) == expected | {"unchanged": unchanged, "rejected": 0, "errors": []}
                status, output, _ = command(
                    app, "import", "severe-list", SHIPPED / "severe_list_gb18030.csv", "--json"
                )
                expected = {
                    key: value for key, value in EXPECTED["severe_list_gb18030.csv"].items() if key != "note"
                }
                assert status == 0
                assert json_of(output) == expected | {
                    "unchanged": expected["accepted"] if again else 0,
                    "rejected": 0,
                    "unknown_institution": 0,
                    "errors": [],
                }
            if confirmed:
                assert traces() == before
        removed = select(CreditRecord.id).where(CreditRecord.state == "removed")
        assert len(db.session.scalars(removed).all()) == EXPECTED["severe_list_gb18030.csv"]["removed"]


def test_the_keys_of_the_contract_stand_in_their_order(app: Flask, tmp_path: Path, moment: datetime) -> None:
    for name, row, keys in (
        ("penalties", penalty(UNKNOWN), "accepted unchanged rejected unknown_institution errors"),
        ("severe-list", listed(UNKNOWN), "accepted unchanged removed rejected unknown_institution errors"),
        ("facts", fact(UNKNOWN, "注销"), "accepted unchanged rejected unknown_institution errors"),
        ("repairs", repaired(UNKNOWN), "accepted unchanged rejected unknown_institution errors"),
    ):
        status, output, _ = command(app, "import", name, csv_file(tmp_path, [row]), "--json")
        assert status == 0
        assert list(json_of(output)) == keys.split()
        assert json_of(output)["unknown_institution"] == 1
        assert "待工作人员在“信用记录批次”中复核确认" in output


def test_bad_rows_are_told_and_written_to_correct(app: Flask, tmp_path: Path, moment: datetime) -> None:
    code = make_institution().uscc
    rows = [
        penalty(code),
        penalty(code, 2, CF_JDRQ="?"),
        penalty("", 3, CF_XDR_LB="自然人", CF_XDR_MC="张某"),
    ]
    sheet = tmp_path / "rejected.xlsx"
    status, output, _ = command(
        app, "import", "penalties", csv_file(tmp_path, rows), "--json", "--rejected", sheet
    )
    found = json_of(output)
    assert status == 0
    assert (found["accepted"], found["rejected"]) == (1, 2)
    assert [(error["row"], error["column"]) for error in found["errors"]] == [
        (3, "CF_JDRQ"),
        (4, "CF_XDR_LB"),
    ]
    written = list(load_workbook(sheet).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert written[2][:3] == ("行号", "问题", "CF_XDR_MC")
    assert [row[0] for row in written[3:]] == [3]
    assert "张某" not in str(written)


def test_a_full_list_says_what_it_lacks(app: Flask, tmp_path: Path, national: Account) -> None:
    codes = [make_institution().uscc for _ in range(2)]
    rows = [listed(code, number) for number, code in enumerate(codes)]
    command(app, "import", "severe-list", csv_file(tmp_path, rows))
    confirm_all(national)
    _, output, _ = command(
        app, "import", "severe-list", csv_file(tmp_path, rows[:1]), "--json", "--full-list"
    )
    assert "全量名单中已没有、提请移出 1 条" in output
    assert json_of(output)["accepted"] == json_of(output)["unchanged"] == 1
    assert {record.state for record in records()} == {"published"}


@pytest.mark.parametrize("name", ["penalties", "severe-list", "facts", "repairs"])
def test_a_file_that_cannot_be_read_ends_with_two(
    app: Flask, tmp_path: Path, moment: datetime, name: str
) -> None:
    status, output, complaint = command(app, "import", name, tmp_path / "missing.csv", "--json")
    assert status == 2
    assert "无法打开文件" in complaint
    assert "error" in json_of(output)
    assert command(app, "import", name, csv_file(tmp_path, [{"甲": 1, "乙": 2}]))[0] == 2


def test_repairs_have_no_full_list(app: Flask, tmp_path: Path, moment: datetime) -> None:
    status, _, complaint = command(
        app, "import", "repairs", csv_file(tmp_path, [repaired(UNKNOWN)]), "--full-list"
    )
    assert status == 2
    assert "--full-list" in complaint
