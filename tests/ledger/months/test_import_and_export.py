"""`import ledger` and `export ledger`: what comes as a file goes out again word for word, and never moves a case."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import func, select

from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.database import db
from credit_register.core.files import StoredFile
from credit_register.ledger.models import LedgerCase, LedgerMonth
from credit_register.ledger.months import services
from credit_register.ledger.months.sheet import shown
from tests.institutions.importing import SAMPLES
from tests.ledger.months.building import LINE, SAMPLE, cells, make_case, run, write_form

EXPECTED = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))["ledger_attachment1.xlsx"]
WHERE = ("--region", EXPECTED["region"], "--month", EXPECTED["month"])


@pytest.fixture(autouse=True)
def _clock(moment: datetime) -> None:
    pass


def kept() -> int:
    return db.session.scalar(select(func.count()).select_from(LedgerMonth)) or 0


def test_the_sample_gives_the_expected_numbers_and_comes_out_cell_by_cell(app: Flask, tmp_path: Path) -> None:
    status, said, found = run(app, "import", "ledger", *WHERE, SAMPLE)
    assert status == 0, said
    assert found == {"rows": EXPECTED["rows"], "exited": EXPECTED["exited"], "warnings": [], "errors": []}
    status, said, found = run(app, "export", "ledger", *WHERE, tmp_path / "out.xlsx")
    assert status == 0, said
    assert found == {"rows": EXPECTED["rows"]}
    assert cells(tmp_path / "out.xlsx") == cells(SAMPLE)


def test_a_form_of_ten_columns_with_dates_notes_and_formulas_comes_out_as_it_was(
    app: Flask, tmp_path: Path
) -> None:
    day = datetime(2026, 2, 6)  # noqa: DTZ001 -- a spreadsheet knows no zones
    source = write_form(
        tmp_path / "in.xlsx",
        [[*LINE, "是", day], [*LINE[:3], 0.5, True, " 两端有空格 ", None, "否", "=1+1"]],
        supervision=False,
        above=[["附件1"], ["四川省成都市台账"], [], [None, "时间：", day]],
        below=[[], ["注：示例"]],
    )
    assert run(app, "import", "ledger", *WHERE, source)[0] == 0
    assert run(app, "export", "ledger", *WHERE, tmp_path / "out.xlsx")[0] == 0
    assert cells(tmp_path / "out.xlsx") == cells(source)
    sheet = load_workbook(tmp_path / "out.xlsx").active
    assert sheet is not None
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert run(app, "import", "ledger", *WHERE, tmp_path / "out.xlsx")[0] == 0
    assert kept() == 1  # what was given back is the same ledger


def test_times_durations_and_formatted_numbers_come_out_as_they_were(app: Flask, tmp_path: Path) -> None:
    odd: list[tuple[object, str]] = [
        (0.9, "0%"),
        (1234.5, '#,##0.00" 元"'),
        (time(9, 30), "h:mm"),
        (timedelta(hours=30, minutes=5), "[h]:mm:ss"),
        (datetime(2026, 2, 6, 8, 15), 'yyyy"年"m"月"d"日" hh:mm'),  # noqa: DTZ001 -- a spreadsheet knows no zones
        (7, "General"),
        (0, "0"),
    ]
    source = write_form(tmp_path / "in.xlsx", [[*LINE, "否", "是", value] for value, _ in odd])
    book = load_workbook(source)
    for row, (value, number_format) in enumerate(odd, 5):
        for letter in "DK":
            book.active[f"{letter}{row}"].value = value  # type: ignore[index]
            book.active[f"{letter}{row}"].number_format = number_format  # type: ignore[index]
    book.active["C5"].value = 91510100  # type: ignore[index]
    book.save(source)
    assert run(app, "import", "ledger", *WHERE, source)[0] == 0
    assert run(app, "export", "ledger", *WHERE, tmp_path / "out.xlsx")[0] == 0
    assert cells(tmp_path / "out.xlsx") == cells(source)
    sheet = load_workbook(tmp_path / "out.xlsx").active
    assert sheet is not None
    for row, wanted in enumerate(odd, 5):
        for letter in "DK":
            cell = sheet[f"{letter}{row}"]
            assert (cell.value, cell.number_format) == wanted
    assert run(app, "import", "ledger", *WHERE, tmp_path / "out.xlsx")[0] == 0
    assert kept() == 1  # what was given back is the same ledger
    month = db.session.scalars(select(LedgerMonth)).one()
    assert [shown(row[10]) for row in month.rows] == [
        "90%",
        "1234.5",
        "09:30:00",
        "30:05:00",
        "2026-02-06 08:15:00",
        "7",
        "0",
    ]


def test_the_same_file_again_changes_nothing_and_another_is_a_numbered_correction(
    app: Flask, tmp_path: Path
) -> None:
    run(app, "import", "ledger", *WHERE, SAMPLE)
    before = db.session.scalar(select(func.count()).select_from(AuditEvent))
    status, said, found = run(app, "import", "ledger", *WHERE, SAMPLE)
    assert (status, found["rows"]) == (0, 20)
    assert "没有改动" in said
    assert kept() == 1
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == before
    other = write_form(tmp_path / "other.xlsx", [[*LINE, "否", "否", None]])
    status, said, found = run(app, "import", "ledger", *WHERE, other)
    assert status == 2
    assert "--reason" in found["error"]
    assert kept() == 1
    assert run(app, "import", "ledger", *WHERE, "--reason", "原表漏填一户", other)[0] == 0
    numbers = db.session.scalars(select(LedgerMonth).order_by(LedgerMonth.number)).all()
    assert [(month.number, month.reason) for month in numbers] == [(0, ""), (1, "原表漏填一户")]
    assert run(app, "export", "ledger", *WHERE, tmp_path / "out.xlsx")[2] == {"rows": 1}
    assert cells(tmp_path / "out.xlsx") == cells(other)


def test_a_month_that_was_closed_here_is_exported_as_it_was_closed_and_takes_no_file(
    app: Flask, city: Account, moment: datetime, tmp_path: Path
) -> None:
    where = ("--region", "510100", "--month", "2026-02")
    case = make_case()
    services.close_month("2026-02", actor=city.actor, now=moment)
    status, _, found = run(app, "import", "ledger", *where, "--reason", "改", SAMPLE)
    assert status == 2
    assert "已由关账人甲于 2026-03-12 10:30 在本系统关账" in found["error"]
    assert kept() == 1
    assert run(app, "export", "ledger", *where, tmp_path / "out.xlsx")[2] == {"rows": 1}
    assert cells(tmp_path / "out.xlsx")[0][4][1] == case.name


def test_what_was_imported_before_the_closing_may_come_again_and_changes_nothing(
    app: Flask, city: Account, moment: datetime, tmp_path: Path
) -> None:
    where = ("--region", "510100", "--month", "2026-02")
    run(app, "import", "ledger", *where, SAMPLE)
    services.close_month("2026-02", actor=city.actor, now=moment)
    assert run(app, "import", "ledger", *where, SAMPLE)[0] == 0
    assert kept() == 2
    assert run(app, "export", "ledger", *where, tmp_path / "out.xlsx")[2] == {"rows": 0}


def test_no_case_moves_and_the_file_is_kept_with_its_hash(app: Flask) -> None:
    case = make_case()
    run(app, "import", "ledger", *WHERE, SAMPLE)
    db.session.expire_all()
    assert db.session.get_one(LedgerCase, case.id).state == "open"
    assert db.session.scalar(select(func.count()).select_from(LedgerCase)) == 1
    month = db.session.scalars(select(LedgerMonth)).one()
    assert month.file_id is not None
    assert db.session.get_one(StoredFile, month.file_id).purpose == "ledger_month"


@pytest.mark.parametrize(
    ("region", "month", "words"),
    [("5101", "2026-10", "行政区划"), ("510100", "2026-13", "2026-10 的样子"), ("510100", "26-10", "月份")],
)
def test_a_wrong_region_or_month_is_refused(app: Flask, region: str, month: str, words: str) -> None:
    status, _, found = run(app, "import", "ledger", "--region", region, "--month", month, SAMPLE)
    assert status == 2
    assert words in found["error"]


def test_an_open_month_is_not_exported_but_as_a_draft(app: Flask, tmp_path: Path) -> None:
    make_case()
    where = ("--region", "510100", "--month", "2026-03")
    status, _, found = run(app, "export", "ledger", *where, tmp_path / "out.xlsx")
    assert status == 2
    assert "还没有关账" in found["error"]
    assert not (tmp_path / "out.xlsx").exists()
    assert run(app, "export", "ledger", *where, "--draft", tmp_path / "out.xlsx")[2] == {"rows": 1}
    past = ("--region", "510100", "--month", "2026-02")
    assert run(app, "export", "ledger", *past, "--draft", tmp_path / "no.xlsx")[0] == 2
