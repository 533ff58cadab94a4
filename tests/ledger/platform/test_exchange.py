"""The exchange with the national platform: what goes out, what is not told twice, and what comes back."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.ledger.models import LedgerCase, PlatformBatch, PlatformRow
from credit_register.ledger.platform.events import events_of
from credit_register.ledger.platform.services import FILE_COLUMNS
from credit_register.letters.models import LetterClue
from tests.accounts.signing_in import make_account, signed_in
from tests.conftest import MOMENT
from tests.ledger.months.building import (
    make_case,
    make_case_letter,
    make_measure,
    make_promise,
    make_record,
    run,
)
from tests.spotchecks.checking import seed

SINCE = ("--since", "2026-02-01")
PATH = "/staff/ledger/platform"
WRITTEN = {
    "issued_on": date(2026, 2, 11),
    "delivered_on": date(2026, 2, 12),
    "answered_on": date(2026, 2, 25),
}


@pytest.fixture(autouse=True)
def clock(app: Flask) -> Iterator[None]:
    with clock_at(MOMENT):
        seed(MOMENT)
        yield


@pytest.fixture
def people() -> tuple[Account, Account]:
    return (
        make_account(Role.LOCAL, email="one@example.cn").account,
        make_account(Role.LOCAL, email="two@example.cn").account,
    )


@pytest.fixture
def case(people: tuple[Account, Account]) -> LedgerCase:
    """An exited case about which everything happened that is told."""
    first, second = people
    case = make_case(
        state="exited",
        exit_proposed_by_id=first.id,
        exit_decided_by_id=second.id,
        exited_on=date(2026, 3, 1),
    )
    make_measure(case, "interview", account_id=first.id)
    make_measure(case, "supervision", account_id=first.id, suspended=True, done_on=date(2026, 2, 4))
    make_record(case, state="repaired", left_on=date(2026, 2, 20))
    make_promise(case, published_on=date(2026, 2, 10))
    make_case_letter(case, account_id=first.id, second_id=second.id, state="answered", **WRITTEN)
    # What is announced, ended without being held, older, or of a case elsewhere is not told.
    make_measure(case, "interview", account_id=first.id, state="announced", done_on=None)
    make_measure(
        case, "interview", account_id=first.id, state="ended", done_on=None, ended_on=date(2026, 2, 20)
    )
    make_measure(case, "order", account_id=first.id, done_on=date(2026, 1, 20))
    return case


def lines_of(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def export(app: Flask, path: Path, *more: str) -> dict[str, Any]:
    status, said, found = run(app, "export", "platform", *SINCE, *more, path)
    assert status == 0, said
    return found


def answer(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    book = Workbook()
    assert book.active is not None
    for row in (["批次号", "行号", "结果", "错误说明"], *rows):
        book.active.append(list(row))
    book.save(path)
    return path


def receipts(app: Flask, path: Path) -> dict[str, Any]:
    status, said, found = run(app, "import", "platform-receipts", path)
    assert status == 0, said
    return found


def test_a_batch_tells_interviews_measures_commitments_repairs_and_results(
    app: Flask, case: LedgerCase, tmp_path: Path
) -> None:
    number = "000000-2026-0001"
    assert export(app, tmp_path / "a.csv") == {"number": number, "rows": 6}
    lines = lines_of(tmp_path / "a.csv")
    assert list(lines[0]) == [column.name for column in FILE_COLUMNS]
    assert [(line["类别"], line["日期"], line["内容"]) for line in lines] == [
        ("约谈", "2026-02-03", "提示约谈"),
        ("治理措施", "2026-02-04", "重点监管（重点），已暂停其开展相关业务"),
        ("信用承诺", "2026-02-10", "机构和法定代表人已签署并公示"),
        ("信用修复", "2026-02-20", "行政处罚：已修复"),
        ("治理结果", "2026-02-25", "提示函反馈：查实并已查处"),
        ("治理结果", "2026-03-01", "退出台账"),
    ]
    assert {line["批次号"] for line in lines} == {number}
    assert {line["治理对象"] for line in lines} == {case.name}
    assert [line["行号"] for line in lines] == [str(place) for place in range(1, 7)]
    audit = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "platform_batch.send")).one()
    assert audit.detail["number"] == number


def test_different_answers_to_the_clues_of_one_letter_are_told_apart(
    app: Flask, people: tuple[Account, Account], tmp_path: Path
) -> None:
    first, second = people
    cases = [make_case(subject="impersonator"), make_case(subject="impersonator")]
    letter = make_case_letter(cases[0], account_id=first.id, second_id=second.id, state="answered", **WRITTEN)
    letter.clues.append(
        LetterClue(
            name=cases[1].name,
            description="冒用名称。",
            source_kind="ledger_case",
            source_id=cases[1].id,
            result="not_confirmed",
            answered_on=letter.answered_on,
        )
    )
    db.session.commit()
    export(app, tmp_path / "a.csv")
    [line] = [line for line in lines_of(tmp_path / "a.csv") if line["类别"] == "治理结果"]
    assert line["治理对象"] == f"{cases[0].name}、{cases[1].name}"
    assert line["内容"] == f"提示函反馈：查实并已查处（{cases[0].name}）；未查实（{cases[1].name}）"


def test_a_workbook_holds_codes_as_text_and_real_dates(app: Flask, case: LedgerCase, tmp_path: Path) -> None:
    export(app, tmp_path / "a.xlsx")
    sheet = load_workbook(tmp_path / "a.xlsx").active
    assert sheet is not None
    assert sheet["F2"].value == case.uscc
    assert sheet["F2"].number_format == "@"
    assert sheet["H2"].number_format == "yyyy-mm-dd"


def test_nothing_personal_and_no_words_of_an_interview_leave_the_house(
    app: Flask, people: tuple[Account, Account], tmp_path: Path
) -> None:
    case = make_case()
    make_measure(
        case,
        "interview",
        account_id=people[0].id,
        present="张三出席",
        minutes="谈话秘密",
        promises="秘密承诺",
    )
    export(app, tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    assert all(word not in text for word in ("张三", "秘密", "请按时到场"))


def test_what_is_on_its_way_or_accepted_unchanged_is_not_told_again(
    app: Flask, case: LedgerCase, tmp_path: Path
) -> None:
    number = export(app, tmp_path / "a.csv")["number"]
    assert export(app, tmp_path / "b.csv") == {"number": None, "rows": 0}
    assert not (tmp_path / "b.csv").exists()
    assert export(app, tmp_path / "b.csv", "--again")["rows"] == 6
    receipts(
        app, answer(tmp_path / "r.xlsx", [["000000-2026-0002", line, "接收", None] for line in range(1, 7)])
    )
    assert export(app, tmp_path / "c.csv", "--again")["rows"] == 0
    measure = next(each for each in case.measures if each.kind == "supervision")
    measure.state, measure.ended_on = "ended", date(2026, 3, 5)
    db.session.commit()
    assert export(app, tmp_path / "d.csv") == {"number": "000000-2026-0003", "rows": 1}
    assert "2026-03-05解除" in lines_of(tmp_path / "d.csv")[0]["内容"]
    assert number == "000000-2026-0001"


def test_what_was_given_back_comes_again_however_old_it_is(
    app: Flask, case: LedgerCase, tmp_path: Path
) -> None:
    number = export(app, tmp_path / "a.csv")["number"]
    back = [[number, 1, "退回", "代码不存在"], *([number, line, "接收", None] for line in range(2, 7))]
    found = receipts(app, answer(tmp_path / "r.xlsx", back))
    assert found == {
        "accepted": 6,
        "unchanged": 0,
        "rejected": 0,
        "platform_accepted": 5,
        "platform_rejected": 1,
        "errors": [],
    }
    assert receipts(app, tmp_path / "r.xlsx")["unchanged"] == 6
    status, _, found = run(app, "export", "platform", "--since", "2026-03-10", tmp_path / "b.csv")
    assert (status, found["rows"]) == (0, 1)
    assert lines_of(tmp_path / "b.csv")[0]["内容"] == "提示约谈"


def test_numbers_run_by_region_and_a_region_tells_its_own_cases(
    app: Flask, case: LedgerCase, people: tuple[Account, Account], tmp_path: Path
) -> None:
    there = make_case(region_code="330100")
    make_measure(there, "circular", account_id=people[0].id)
    assert export(app, tmp_path / "a.csv", "--region", "330000") == {"number": "330000-2026-0001", "rows": 1}
    assert export(app, tmp_path / "b.csv", "--region", "510000") == {"number": "510000-2026-0001", "rows": 6}
    assert export(app, tmp_path / "c.csv")["rows"] == 7
    assert len(events_of("510100", since=date(2026, 1, 1), until=date(2026, 3, 12))) == 7


def test_receipts_that_cannot_be_used_are_told_line_by_line(
    app: Flask, case: LedgerCase, tmp_path: Path
) -> None:
    number = export(app, tmp_path / "a.csv")["number"]
    rows = [
        ["000000-2026-9999", 1, "接收", None],
        [number, 99, "接收", None],
        [number, 1, "待定", None],
        [number, 1, "退回", None],
        [number, 1, "接收", None],
    ]
    found = receipts(app, answer(tmp_path / "r.xlsx", rows))
    assert [(error["row"], error["column"]) for error in found["errors"]] == [
        (2, "批次号"),
        (3, "行号"),
        (4, "结果"),
        (5, "错误说明"),
    ]
    assert (found["accepted"], found["rejected"]) == (1, 4)
    status, _, refused = run(app, "import", "platform-receipts", tmp_path / "missing.xlsx")
    assert status == 2
    assert "无法打开" in refused["error"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--since", "某日"), "不是有效日期"),
        (("--since", "2027-01-01"), "在今天以后"),
        (("--since", "2026-01-01", "--region", "51"), "行政区划"),
    ],
)
def test_a_wrong_option_is_refused_and_takes_no_number(
    app: Flask, case: LedgerCase, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    status, _, found = run(app, "export", "platform", *words, tmp_path / "a.csv")
    assert status == 2
    assert sentence in found["error"]
    status, _, found = run(app, "export", "platform", *SINCE, tmp_path / "no" / "folder" / "a.csv")
    assert status == 2
    assert "没有编号" in found["error"]
    assert db.session.scalars(select(PlatformBatch)).all() == []


class TestPages:
    def test_an_empty_page_says_how_batches_are_made(self, app: Flask) -> None:
        assert "导出第一批" in signed_in(app, Role.NATIONAL).get(PATH).text

    def test_errors_stand_first_on_both_pages_and_the_file_comes_again(
        self, app: Flask, case: LedgerCase, people: tuple[Account, Account], tmp_path: Path
    ) -> None:
        first = export(app, tmp_path / "a.csv")["number"]
        make_measure(case, "circular", account_id=people[0].id)
        second = export(app, tmp_path / "b.csv")["number"]
        receipts(app, answer(tmp_path / "r.xlsx", [[first, 5, "退回", "地区不符"]]))
        nation = signed_in(app, Role.NATIONAL)
        page = nation.get(PATH).text
        assert page.index(first) < page.index(second)
        assert "退回 1 行" in page
        batch = db.session.scalars(select(PlatformBatch).where(PlatformBatch.number == first)).one()
        page = nation.get(f"{PATH}/{batch.id}").text
        assert page.index("地区不符") < page.index("提示约谈")
        answer_file = nation.get(f"{PATH}/{batch.id}/batch.xlsx")
        (tmp_path / "again.xlsx").write_bytes(answer_file.data)
        sheet = load_workbook(tmp_path / "again.xlsx").active
        assert sheet is not None
        assert sheet.max_row == 7
        assert signed_in(app, Role.PROVINCIAL).get(f"{PATH}/{batch.id}").status_code == 404


def test_each_line_knows_its_row_and_digest(app: Flask, case: LedgerCase, tmp_path: Path) -> None:
    export(app, tmp_path / "a.csv")
    rows = db.session.scalars(select(PlatformRow).order_by(PlatformRow.line)).all()
    assert [line["内容指纹"] for line in lines_of(tmp_path / "a.csv")] == [row.digest for row in rows]
    assert lines_of(tmp_path / "a.csv")[5]["事项标识"] == f"ledger_case-{case.id}"
