"""The commands `import institutions` and `import products`, on the files that offices hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from openpyxl import load_workbook

from tests.institutions.importing import (
    EXPECTED,
    SAMPLES,
    SHIPPED,
    audits,
    command,
    csv_file,
    json_of,
    product_row,
    roster_row,
    traces,
    xlsx_file,
)

MESSY = SAMPLES / "roster_messy.xlsx"


def test_the_shipped_rosters_give_the_expected_numbers_and_a_second_time_changes_nothing(app: Flask) -> None:
    status, output, _ = command(app, "import", "institutions", SHIPPED / "institutions.csv", "--json")
    found = json_of(output)
    assert (status, found) == (
        0,
        EXPECTED["roster.csv"] | {"unchanged": 0, "duplicate": 0, "errors": []},
    )
    status, output, _ = command(app, "import", "products", SHIPPED / "products.csv", "--json")
    found = json_of(output)
    assert status == 0
    assert found["accepted"] == EXPECTED["products.csv"]["accepted"]
    assert (found["rejected"], found["unknown_institution"], found["errors"]) == (0, 0, [])
    before = traces()
    assert before["Institution"] == 2000
    for kind, rows in (("institutions", 2000), ("products", 5250)):
        _, output, _ = command(app, "import", kind, SHIPPED / f"{kind}.csv", "--json")
        assert json_of(output)["accepted"] == json_of(output)["unchanged"] == rows
    assert traces() == before


def test_the_messy_roster_is_judged_row_by_row_as_expected(app: Flask) -> None:
    expected = EXPECTED["roster_messy.xlsx"]
    status, output, _ = command(app, "import", "institutions", MESSY, "--json")
    found = json_of(output)
    assert status == 0
    assert {key: found[key] for key in ("accepted", "rejected", "duplicate")} == {
        key: expected[key] for key in ("accepted", "rejected", "duplicate")
    }
    assert list(found) == ["accepted", "unchanged", "rejected", "duplicate", "errors"]
    complaints: dict[int, list[str]] = {}
    for error in found["errors"]:
        assert list(error) == ["row", "column", "message"]
        assert error["message"].endswith("。")
        complaints.setdefault(error["row"], []).append(error["column"] + error["message"])
    for row in expected["rows"]:
        said = "".join(complaints.pop(row["row"], []))
        assert bool(said) == (row["outcome"] != "accepted"), row
        assert ("相同" in said) == (row["outcome"] == "duplicate"), row
        assert WORDS.get(row["why"], "") in said, (row, said)
    assert not complaints


WORDS = {
    "check character of the code is wrong": "统一社会信用代码校验码不符",
    "name is missing": "机构名称机构名称为空",
    "code has 17 characters": "统一社会信用代码统一社会信用代码应为 18 位",
    "unknown service category": "服务类别服务类别“征信”、“不存在的类别”无法识别",
    "a name may not begin with a spreadsheet formula sign": "机构名称机构名称不能以“=”开头",
    "not a date": "成立日期成立日期“2199-13-40”不是有效日期",
}


def test_the_messy_roster_a_second_time_changes_nothing(app: Flask) -> None:
    command(app, "import", "institutions", MESSY)
    before = traces()
    _, output, _ = command(app, "import", "institutions", MESSY, "--json")
    assert json_of(output)["unchanged"] == 30
    assert traces() == before == dict.fromkeys(before, 30)


def test_rejected_rows_come_as_a_sheet_that_is_corrected_and_imported_again(
    app: Flask, tmp_path: Path
) -> None:
    sheet = tmp_path / "rejected.xlsx"
    command(app, "import", "institutions", MESSY, "--rejected", sheet)
    _, output, _ = command(app, "import", "institutions", sheet, "--json")
    assert json_of(output) | {"errors": []} == {
        "accepted": 0,
        "unchanged": 0,
        "rejected": 30,
        "duplicate": 0,
        "errors": [],
    }
    workbook = load_workbook(sheet)
    page = workbook.active
    assert page is not None
    titles = [cell.value for cell in page[3]]
    assert titles[:2] == ["行号", "问题"]
    expected = {row["row"] for row in EXPECTED["roster_messy.xlsx"]["rows"] if row["outcome"] == "rejected"}
    assert {page.cell(line, 1).value for line in range(4, page.max_row + 1)} == expected
    for line in range(4, page.max_row + 1):
        for column, value in roster_row(line, 成立日期="2020-01-02").items():
            page.cell(line, titles.index(column) + 1).value = str(value)
    workbook.save(sheet)
    _, output, _ = command(app, "import", "institutions", sheet, "--json")
    assert json_of(output)["accepted"] == 30


def test_no_sheet_is_written_when_nothing_was_rejected(app: Flask, tmp_path: Path) -> None:
    sheet = tmp_path / "rejected.xlsx"
    status, output, _ = command(
        app, "import", "institutions", csv_file(tmp_path, [roster_row()]), "--rejected", sheet
    )
    assert status == 0
    assert "没有需要改正的行" in output
    assert not sheet.exists()


def test_a_place_that_cannot_be_written_is_told_after_the_import_is_done(app: Flask, tmp_path: Path) -> None:
    file = csv_file(tmp_path, [roster_row(), roster_row(2, 机构名称="")])
    status, _, complaint = command(
        app, "import", "institutions", file, "--rejected", tmp_path / "nowhere" / "rejected.xlsx"
    )
    assert status == 0
    assert "导入已完成" in complaint
    assert traces()["Institution"] == 1


BROKEN = {
    "missing.xlsx": None,
    "empty.csv": b"",
    "picture.xlsx": b"\x89PNG\r\n\x1a\n" + b"0" * 600,
    "cut.xlsx": MESSY.read_bytes()[:5000],
    "old.xls": bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600,
    "secret.xlsx": bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600,
    "prose.csv": "信用服务机构专栏\n欢迎访问\n".encode(),
    "header-only.csv": "机构名称,统一社会信用代码,区划代码,服务类别\n".encode(),
    "no-code.csv": "机构名称,区划代码,服务类别\n甲,510104,信用报告\n".encode(),
    "quote.csv": ("机构名称,统一社会信用代码,区划代码,服务类别\n" + '"甲' + "\n乙" * 3000).encode(),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_read_gets_a_sentence_and_changes_nothing(
    app: Flask, tmp_path: Path, name: str
) -> None:
    file, content = tmp_path / name, BROKEN[name]
    if content is not None:
        file.write_bytes(content)
    status, output, complaint = command(app, "import", "institutions", file, "--json")
    assert status == 2
    assert complaint.strip().endswith("。")
    assert json_of(output) == {"error": complaint.strip()}
    assert not any(traces().values())
    assert not audits("import.institutions")


def test_a_fault_far_down_the_file_undoes_everything(app: Flask, tmp_path: Path) -> None:
    file = csv_file(tmp_path, [roster_row(serial) for serial in range(1, 1500)])
    with file.open("a", encoding="utf-8") as stream:
        stream.write('"' + "未成对\n" * 2000)
    status, _, complaint = command(app, "import", "institutions", file)
    assert status == 2
    assert "引号" in complaint
    assert not any(traces().values())


def test_products_give_the_promised_keys_and_faults_by_row_and_column(app: Flask, tmp_path: Path) -> None:
    command(app, "import", "institutions", csv_file(tmp_path, [roster_row()]))
    file = csv_file(
        tmp_path,
        [
            product_row(),
            product_row(2),
            product_row(产品名称="", 收费标准="不知道"),
            product_row(产品名称="驻场", 收费方式="随便"),
            product_row(),
        ],
    )
    status, output, _ = command(app, "import", "products", file, "--json")
    found = json_of(output)
    assert status == 0
    assert list(found) == ["accepted", "unchanged", "rejected", "unknown_institution", "errors"]
    assert [found[key] for key in ("accepted", "rejected", "unknown_institution")] == [1, 3, 1]
    assert [(error["row"], error["column"]) for error in found["errors"]] == [
        (4, "产品名称"),
        (4, "收费标准"),
        (5, "收费方式"),
        (6, "产品名称"),
    ]


def test_errors_name_the_column_as_the_file_writes_it(app: Flask, tmp_path: Path) -> None:
    file = xlsx_file(
        tmp_path,
        [
            ["企业名称", "信用代码", "所属区划", "业务类别"],
            ["", roster_row()["统一社会信用代码"], "999999", "信用报告"],
        ],
    )
    _, output, _ = command(app, "import", "institutions", file, "--json")
    assert [error["column"] for error in json_of(output)["errors"]] == ["企业名称", "所属区划"]


def test_an_import_is_one_line_of_the_audit(app: Flask, tmp_path: Path) -> None:
    command(app, "import", "institutions", csv_file(tmp_path, [roster_row(1), roster_row(2)]))
    (event,) = audits("import.institutions")
    assert (event.actor_role, event.region_code, event.detail["accepted"]) == ("operator", "000000", 2)
    assert event.detail["file_name"] == "file.csv"
