"""Staff import a messy roster on the page: upload, preview, confirm, and the rows to correct."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.live_site import Account

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
MESSY = SAMPLES / "roster_messy.xlsx"
EXPECTED: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))[
    "roster_messy.xlsx"
]


def counts(page: Page) -> dict[str, int]:
    cards = page.locator("ul.count-cards")
    return {
        key: int(cards.get_attribute(f"data-{key}") or -1) for key in ("accepted", "rejected", "duplicate")
    }


def hand_in(page: Page, file: Path) -> None:
    page.goto("/staff/imports")
    page.get_by_label("文件", exact=False).last.set_input_files(file)
    page.get_by_role("button", name="上传并预览").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("导入预览")


def test_the_messy_roster_gives_the_expected_numbers_before_and_after_confirmation(
    page: Page,
    sign_in: Callable[[Page, str], Account],
    assert_accessible: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    expected = {key: EXPECTED[key] for key in ("accepted", "rejected", "duplicate")}
    rejected = [row["row"] for row in EXPECTED["rows"] if row["outcome"] == "rejected"]
    duplicates = [row["row"] for row in EXPECTED["rows"] if row["outcome"] == "duplicate"]
    sign_in(page, "national")
    page.goto("/staff/imports")
    assert_accessible(page)

    hand_in(page, MESSY)
    assert counts(page) == expected
    assert_accessible(page)
    assert shown_rows(page) == rejected
    with page.expect_download() as download:
        page.get_by_role("link", name="下载需改正的 30 行").click()
    sheet = tmp_path / "rejected.xlsx"
    download.value.save_as(sheet)
    lines = load_workbook(sheet).active
    assert lines is not None
    assert [lines.cell(line, 1).value for line in range(4, lines.max_row + 1)] == rejected
    page.get_by_role("link", name="重复 5").click()
    assert shown_rows(page) == duplicates

    page.get_by_role("button", name="确认导入 30 行").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("导入结果")
    assert counts(page) == expected
    assert_accessible(page)

    hand_in(page, MESSY)
    assert counts(page) == expected
    assert page.locator("ul.count-cards").get_attribute("data-unchanged") == "30"
    expect(page.get_by_text("导入不会改变任何内容")).to_be_visible()
    page.get_by_role("button", name="放弃这个文件").click()
    expect(page.get_by_text("已放弃该文件")).to_be_visible()


def shown_rows(page: Page) -> list[int]:
    return [int(row.get_attribute("data-row") or 0) for row in page.locator("#notes tbody tr").all()]


def test_the_import_pages_fit_a_phone_and_need_no_scripts(
    phone: Page, plain_page: Page, sign_in: Callable[[Page, str], Account]
) -> None:
    for page in (phone, plain_page):
        sign_in(page, "local")
        hand_in(page, MESSY)
        assert page.get_by_text("不在本次导入的管辖区域").count() > 0
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
