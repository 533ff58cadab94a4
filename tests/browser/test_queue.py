"""The queue of reports under the hands of an officer: keys, boxes, one deed on many rows, without scripts and on a telephone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.guard import Guard
from tests.browser.test_staff_pages import fits

SignIn = Callable[[Page, str], Any]
Accessible = Callable[[Page], None]

FOCUSED = "document.activeElement.closest('tr')?.sectionRowIndex ?? -1"
PAGES = (
    "/staff/reports",
    "/staff/reports?state=all",
    "/staff/reports?q=收费",
    "/staff/reports?subject=没有这样的对象",
    "/staff/reports?state=all&page=99",
    "/staff/reports/handover",
    "/staff/reports/regions",
)


@pytest.mark.parametrize("device", ["page", "phone"])
def test_the_pages_fit_their_screen_and_axe_finds_nothing(
    request: pytest.FixtureRequest,
    sign_in: SignIn,
    assert_accessible: Accessible,
    guard: Guard,
    device: str,
) -> None:
    guard.expect("422")
    page: Page = request.getfixturevalue(device)
    sign_in(page, "provincial")
    for path in PAGES:
        page.goto(path)
        assert fits(page), f"{path} scrolls sideways"
        assert_accessible(page)
    page.goto("/staff/reports?kind=report")
    page.get_by_text("保存和管理条件").click()
    page.get_by_text("更多条件").click()
    assert fits(page)
    assert_accessible(page)
    page.get_by_role("button", name="办理所选").evaluate("button => button.form.noValidate = true")
    page.get_by_role("button", name="办理所选").click()
    expect(page.locator("main")).to_contain_text("请先勾选要办理的事项")
    assert fits(page)
    assert_accessible(page)


def test_keys_move_tick_open_and_search(page: Page, sign_in: SignIn) -> None:
    sign_in(page, "provincial")
    page.goto("/staff/reports")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(FOCUSED) == -1  # until a row has the focus, arrows move the page
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(FOCUSED) == 2
    page.keyboard.press("k")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("k")
    assert page.evaluate(FOCUSED) == 0
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px"
    page.keyboard.press("x")
    box = page.locator("input[name=row]").first
    expect(box).to_be_checked()
    expect(page.locator("[data-chosen-count]")).to_have_text("已选 1 件")
    page.keyboard.press("x")
    expect(box).not_to_be_checked()
    page.keyboard.press("?")
    expect(page.locator("[data-keys-help]")).to_have_attribute("open", "")
    page.keyboard.press("?")
    expect(page.locator("[data-keys-help]")).not_to_have_attribute("open", "")
    page.keyboard.press("/")
    page.keyboard.type("jx/?k")
    expect(page.locator("#q")).to_have_value("jx/?k")
    page.locator("#bulk-reason").focus()
    page.keyboard.type("xj")
    expect(page.locator("#bulk-reason")).to_have_value("xj")
    assert page.evaluate(FOCUSED) == -1
    page.locator("#handler").focus()
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED) == -1
    page.locator("input[name=row]").nth(1).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/staff/reports/\d+$"))


def test_the_keys_can_be_switched_off(page: Page, sign_in: SignIn) -> None:
    sign_in(page, "provincial")
    page.goto("/staff/reports")
    page.keyboard.press("?")
    page.get_by_label("使用快捷键").uncheck()
    page.reload()
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED) == -1
    page.locator("[data-keys-help] summary").click()
    expect(page.get_by_label("使用快捷键")).not_to_be_checked()
    page.get_by_label("使用快捷键").check()
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED) == 0


def test_one_box_ticks_the_whole_page(page: Page, sign_in: SignIn) -> None:
    sign_in(page, "provincial")
    page.goto("/staff/reports")
    boxes = page.locator("input[name=row]")
    page.get_by_label("全选本页").check()
    count = boxes.count()
    assert count > 5
    assert boxes.evaluate_all("all => all.every(box => box.checked)")
    expect(page.locator("[data-chosen-count]")).to_have_text(f"已选 {count} 件")
    boxes.nth(2).uncheck()
    expect(page.get_by_label("全选本页")).not_to_be_checked()


def test_without_scripts_many_rows_get_a_tag_and_a_filter_is_kept(plain_page: Page, sign_in: SignIn) -> None:
    page = plain_page
    sign_in(page, "provincial")
    page.goto("/staff/reports")
    expect(page.get_by_text("全选本页")).to_be_hidden()
    expect(page.locator("[data-keys-help]")).to_be_hidden()
    boxes = page.locator("input[name=row]")
    for number in range(3):
        boxes.nth(number).check()
    page.get_by_label("加标签").check()
    page.locator("#bulk-tag").fill("浏览器标签")
    page.get_by_role("button", name="办理所选").click()
    expect(page.get_by_text("“加标签”已办理 3 件")).to_be_visible()
    page.get_by_role("link", name="浏览器标签").first.click()
    expect(page.locator("table.queue tbody tr")).to_have_count(3)
    page.locator(".keep-filter > summary").click()
    page.get_by_label("名称", exact=True).fill("带标签的")
    page.get_by_role("button", name="保存现在的条件").click()
    page.goto("/staff/reports")
    page.get_by_role("navigation", name="已存条件").get_by_role("link", name="带标签的").click()
    expect(page.locator("table.queue tbody tr")).to_have_count(3)
