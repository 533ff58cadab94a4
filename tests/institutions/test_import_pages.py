"""The import pages of staff: preview first, then import what was previewed, once."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.core.database import db
from credit_register.core.files import StoredFile, file_store
from credit_register.core.sheets import SheetLimits
from credit_register.institutions.models import ImportBatch, ImportNote
from tests.institutions.importing import (
    EXPECTED,
    SAMPLES,
    audits,
    csv_file,
    institution,
    press,
    product_row,
    roster_row,
    signed_in,
    take,
    traces,
    upload,
    xlsx_file,
)

MESSY = SAMPLES / "roster_messy.xlsx"


def counts(page: str) -> dict[str, int]:
    (cards,) = re.findall(r'<ul class="count-cards"([^>]*)>', page)
    return {name: int(number) for name, number in re.findall(r'data-([a-z-]+)="(\d+)"', cards)}


def show(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status
    return answer.get_data(as_text=True)


@pytest.fixture
def national(app: Flask) -> FlaskClient:
    return signed_in(app, "000000", Role.NATIONAL)


@pytest.fixture
def chengdu(app: Flask) -> FlaskClient:
    return signed_in(app, "510100")


def test_the_messy_roster_is_previewed_and_imported_with_the_expected_numbers(national: FlaskClient) -> None:
    expected = EXPECTED["roster_messy.xlsx"]
    address = upload(national, MESSY).headers["Location"]
    page = show(national, address)
    numbers = {key: expected[key] for key in ("accepted", "rejected", "duplicate")}
    assert counts(page).items() >= (numbers | {"new": 30, "changed": 0, "unchanged": 0}).items()
    assert not any(traces().values())
    assert "=HYPERLINK" not in page
    rows = [int(row) for row in re.findall(r'<tr data-row="(\d+)">', page)]
    assert rows == [row["row"] for row in expected["rows"] if row["outcome"] == "rejected"]
    page = press(national, address + "/confirm").get_data(as_text=True)
    assert "已导入 30 行" in page
    assert counts(page).items() >= numbers.items()
    assert traces() == dict.fromkeys(traces(), 30)
    assert [event.detail["accepted"] for event in audits("import.institutions")] == [30]


def test_a_batch_is_imported_once_and_says_by_whom(national: FlaskClient) -> None:
    address = upload(national, MESSY).headers["Location"]
    press(national, address + "/confirm")
    for move in ("/confirm", "/discard"):
        page = press(national, address + move).get_data(as_text=True)
        assert re.search(r"该文件已导入（导入人员，[-\d]+ [:\d]+），不能重复办理", page)
    assert traces()["InstitutionVersion"] == 30


def test_a_discarded_batch_is_not_imported(national: FlaskClient) -> None:
    address = upload(national, MESSY).headers["Location"]
    press(national, address + "/discard")
    assert "放弃" in press(national, address + "/confirm").get_data(as_text=True)
    assert not any(traces().values())


def test_the_preview_lists_what_changes_in_which_field(chengdu: FlaskClient, tmp_path: Path) -> None:
    take(csv_file(tmp_path, [roster_row(1, 联系电话="028-12345678"), roster_row(2)]))
    file = csv_file(tmp_path, [roster_row(1, 联系电话="028-87654321"), roster_row(2), roster_row(3)])
    page = show(chengdu, upload(chengdu, file).headers["Location"])
    assert counts(page).items() >= {"new": 1, "changed": 1, "unchanged": 1}.items()
    assert "028-12345678 → 028-87654321" in page
    assert institution().phone == "028-12345678"


def test_a_register_that_changed_after_the_preview_is_previewed_again_before_anything_is_imported(
    chengdu: FlaskClient, tmp_path: Path
) -> None:
    address = upload(chengdu, csv_file(tmp_path, [roster_row(1, 简介="甲"), roster_row(2)])).headers[
        "Location"
    ]
    take(csv_file(tmp_path, [roster_row(1, 简介="乙")]))
    before = traces()
    page = press(chengdu, address + "/confirm").get_data(as_text=True)
    assert "预览之后登记内容有变化，尚未导入" in page
    assert counts(page).items() >= {"new": 1, "changed": 1}.items()
    assert "乙 → 甲" in page
    assert traces() == before
    assert "已导入 2 行" in press(chengdu, address + "/confirm").get_data(as_text=True)
    assert institution().introduction == "甲"


def test_staff_of_a_region_import_only_into_it_and_see_only_its_batches(
    app: Flask, national: FlaskClient, chengdu: FlaskClient, tmp_path: Path
) -> None:
    file = csv_file(tmp_path, [roster_row(1), roster_row(2, 区划代码="510700")])
    address = upload(chengdu, file).headers["Location"]
    page = show(chengdu, address)
    assert counts(page).items() >= {"accepted": 1, "rejected": 1}.items()
    assert "不在本次导入的管辖区域（四川省成都市）内" in page
    mianyang = signed_in(app, "510700")
    assert mianyang.get(address).status_code == 404
    assert mianyang.get(address + "/rejected.xlsx").status_code == 404
    assert press(mianyang, address + "/confirm").status_code == 404
    assert press(mianyang, address + "/discard").status_code == 404
    assert "file.csv" not in show(mianyang, "/staff/imports")
    assert "file.csv" in show(national, "/staff/imports")
    assert "已导入 1 行" in press(national, address + "/confirm").get_data(as_text=True)
    assert traces()["Institution"] == 1


def test_the_rejected_rows_can_be_downloaded_and_imported_after_correction(
    national: FlaskClient, tmp_path: Path
) -> None:
    address = upload(national, MESSY).headers["Location"]
    answer = national.get(address + "/rejected.xlsx")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    workbook = load_workbook(BytesIO(answer.data))
    page = workbook.active
    assert page is not None
    assert page.max_row == 3 + EXPECTED["roster_messy.xlsx"]["rejected"]
    titles = [cell.value for cell in page[3]]
    for line in range(4, page.max_row + 1):
        for column, value in roster_row(line, 成立日期="").items():
            page.cell(line, titles.index(column) + 1).value = str(value) or None
    corrected = tmp_path / "corrected.xlsx"
    workbook.save(corrected)
    page_text = show(national, upload(national, corrected).headers["Location"])
    assert counts(page_text).items() >= {"accepted": 30, "rejected": 0}.items()


def test_products_without_their_institution_are_kept_waiting(chengdu: FlaskClient, tmp_path: Path) -> None:
    take(csv_file(tmp_path, [roster_row(1)]))
    address = upload(chengdu, csv_file(tmp_path, [product_row(1), product_row(2)]), "products").headers[
        "Location"
    ]
    assert counts(show(chengdu, address)).items() >= {"accepted": 1, "unknown-institution": 1}.items()
    assert "已导入 2 行" in press(chengdu, address + "/confirm").get_data(as_text=True)
    assert len(institution().products) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "没有内容"),
        ("a.xlsx", b"PK\x03\x04" + b"0" * 200, "损坏"),
        ("a.xls", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "旧版"),
        ("a.csv", "甲,乙\n1,2\n".encode(), "没有找到表头"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"0" * 600, "图片"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence_and_not_kept(
    chengdu: FlaskClient, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    answer = upload(chengdu, file)
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert not db.session.scalars(select(StoredFile)).all()
    assert not db.session.scalars(select(ImportBatch)).all()


def test_no_file_at_all_is_told_beside_the_field(chengdu: FlaskClient) -> None:
    answer = press(chengdu, "/staff/imports/new")
    assert answer.status_code == 422
    assert "请选择要导入的文件" in answer.get_data(as_text=True)


def test_a_file_too_long_for_the_page_is_referred_to_the_command(
    chengdu: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("credit_register.institutions.imports.batches.PAGE_LIMITS", SheetLimits(rows=2))
    answer = upload(chengdu, csv_file(tmp_path, [roster_row(serial) for serial in (1, 2, 3)]))
    assert answer.status_code == 422
    assert "flask --app wsgi import institutions" in answer.get_data(as_text=True)


def test_a_stored_file_that_was_tampered_with_is_not_imported(chengdu: FlaskClient, tmp_path: Path) -> None:
    address = upload(chengdu, csv_file(tmp_path, [roster_row(1)])).headers["Location"]
    stored = db.session.scalars(select(StoredFile)).one()
    assert stored.purpose == "import"
    file_store().put(stored.public_id + ".original", csv_file(tmp_path, [roster_row(2)]).read_bytes())
    assert "与预览时不一致" in press(chengdu, address + "/confirm").get_data(as_text=True)
    assert not any(traces().values())


def test_a_form_without_its_token_does_nothing(chengdu: FlaskClient, tmp_path: Path) -> None:
    address = upload(chengdu, csv_file(tmp_path, [roster_row(1)])).headers["Location"]
    assert chengdu.post(address + "/confirm").status_code == 400
    assert not any(traces().values())


@pytest.mark.parametrize("role", [Role.SYSADMIN, Role.INSPECTOR, Role.REVIEWER])
def test_who_may_not_read_imports_does_not_see_the_page(app: Flask, role: Role) -> None:
    assert signed_in(app, "510100", role).get("/staff/imports").status_code == 403


def test_the_auditor_reads_a_batch_and_cannot_move_it(
    app: Flask, chengdu: FlaskClient, tmp_path: Path
) -> None:
    address = upload(chengdu, csv_file(tmp_path, [roster_row(1), roster_row(2, 机构名称="")])).headers[
        "Location"
    ]
    auditor = signed_in(app, "000000", Role.AUDITOR)
    page = show(auditor, address)
    assert 'data-state="previewed"' in page
    assert "确认导入" not in page
    assert "放弃这个文件" not in page
    assert auditor.get(address + "/rejected.xlsx").status_code == 200
    for move in ("/confirm", "/discard"):
        assert press(auditor, address + move).status_code == 403
    assert not any(traces().values())


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-8", "utf-8-sig"])
def test_a_csv_is_taken_in_every_encoding_that_the_command_takes(
    chengdu: FlaskClient, tmp_path: Path, encoding: str
) -> None:
    file = csv_file(tmp_path, [roster_row(1, 简介="成都")], encoding=encoding)
    address = upload(chengdu, file).headers["Location"]
    assert counts(show(chengdu, address)).items() >= {"accepted": 1, "rejected": 0}.items()
    assert "已导入 1 行" in press(chengdu, address + "/confirm").get_data(as_text=True)
    assert institution().introduction == "成都"
    assert 'data-state="imported"' in show(chengdu, address)


def test_a_workbook_with_macros_is_refused_whatever_it_is_called(
    chengdu: FlaskClient, tmp_path: Path
) -> None:
    file = xlsx_file(tmp_path, [list(roster_row()), list(roster_row().values())])
    with ZipFile(file, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    answer = upload(chengdu, file)
    assert answer.status_code == 422
    assert "工作簿含有宏" in answer.get_data(as_text=True)


def test_after_a_refusal_the_page_can_be_loaded_again(chengdu: FlaskClient, tmp_path: Path) -> None:
    file = tmp_path / "空.csv"
    file.write_bytes(b"")
    assert upload(chengdu, file).status_code == 422
    page = show(chengdu, "/staff/imports/new?kind=products")
    assert "上传并预览" in page
    assert "请选择要导入的文件" not in page


@pytest.mark.parametrize("kind", ["institutions", "products"])
def test_the_empty_sheet_can_be_filled_in_and_imported(
    chengdu: FlaskClient, tmp_path: Path, kind: str
) -> None:
    workbook = load_workbook(BytesIO(chengdu.get(f"/staff/imports/template/{kind}.xlsx").data))
    page = workbook.active
    assert page is not None
    titles = [cell.value for cell in page[3]]
    row = roster_row(1) if kind == "institutions" else product_row(1)
    page.append([row.get(str(title)) for title in titles])
    filled = tmp_path / "filled.xlsx"
    workbook.save(filled)
    found = counts(show(chengdu, upload(chengdu, filled, kind).headers["Location"]))
    assert found["accepted"] + found["unknown-institution"] == 1


def test_many_remarks_are_paged_and_a_wild_parameter_is_refused(chengdu: FlaskClient, tmp_path: Path) -> None:
    rows = [roster_row(serial, 机构名称="") for serial in range(1, 100)]
    address = upload(chengdu, csv_file(tmp_path, rows)).headers["Location"]
    assert "共 3 页" in show(chengdu, address)
    last = show(chengdu, f"{address}?level=rejected&page=3")
    assert 'data-row="100"' in last
    assert "没有可以导入的行" in last
    assert chengdu.get(f"{address}?level=all").status_code == 400
    assert chengdu.get(f"{address}?page=x").status_code == 400


def test_the_notes_go_with_the_preview_that_is_made_anew(chengdu: FlaskClient, tmp_path: Path) -> None:
    address = upload(chengdu, csv_file(tmp_path, [roster_row(1, 简介="甲")])).headers["Location"]
    take(csv_file(tmp_path, [roster_row(1, 简介="乙")]))
    press(chengdu, address + "/confirm")
    levels = [note.level for note in db.session.scalars(select(ImportNote))]
    assert levels == ["change"]
