"""A business owner finds an agency, reads its record, compares it and checks a caller: with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.guard import Guard

# Of the sample register.
AGENCY = "广安示例甲丑资信评估有限公司"
CODE = "91511600MA00000233"
FALSE_NAME = "广安示例甲子资信评估有限公司"

PUBLIC = [
    "/",
    "/help",
    "/institutions",
    "/institutions?q=示例甲丑&category=03&sort=fee",
    "/institutions?q=齉龘靐",
    "/institutions?page=9999",
    f"/institutions?category=03&page=2&uscc={CODE}&uscc=91231200MA00001036&uscc=91542500MA0000015U",
    f"/institutions/{CODE}",
    f"/institutions/{CODE}/history",
    f"/institutions/{CODE}/history/1",
    "/institutions/compare",
    f"/institutions/compare?uscc={CODE}&q=甲酉",
    f"/institutions/compare?uscc={CODE}&uscc=91231200MA00001036&uscc=91542500MA0000015U",
    "/verify",
    f"/verify?q={AGENCY}",
    f"/verify?q={FALSE_NAME}",
    f"/verify?q={AGENCY} 91542500MA0000015U",
    "/verify?q=宇宙无敌征信修复有限公司",
    "/verify/bulk",
]

LINES = """all => all.map(one => {
  const range = document.createRange();
  range.selectNodeContents(one);
  return range.getClientRects().length;
})"""


def walk(page: Page) -> None:
    """Home → search by half a name → filter → profile → compare three → verify a false name."""
    page.goto("/")
    page.get_by_label("搜索机构").fill("甲丑资信")
    page.get_by_role("button", name="搜索").click()
    expect(page).to_have_url(re.compile(r"/institutions\?"))
    expect(page.get_by_role("heading", name=re.compile("“甲丑资信”找到"))).to_be_visible()

    page.get_by_role("navigation", name="筛选条件").get_by_role("link", name=re.compile("四川省")).click()
    expect(page.get_by_role("list", name="已选条件")).to_contain_text("四川省")
    page.get_by_role("link", name=AGENCY).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(AGENCY)
    expect(page.locator(".glance")).to_contain_text(re.compile("登记机构.*承诺.*截至 2", re.DOTALL))
    expect(page.get_by_role("heading", name="服务与收费")).to_be_visible()
    expect(page.get_by_text("没有在本栏目登记企业征信、个人征信")).to_be_visible()
    page.get_by_role("link", name="加入比较").click()

    for part in ("绥化示例甲酉资信", "内江示例乙午信用"):
        page.get_by_label("机构名称或代码").fill(part)
        page.get_by_role("button", name="搜索").click()
        page.get_by_role("link", name=re.compile(f"加入比较.*{part}")).click()
    table = page.get_by_role("table")
    expect(table.get_by_role("columnheader").filter(has_text="示例")).to_have_count(3)
    expect(table.get_by_text("最低").first).to_be_visible()

    page.get_by_role("link", name="真伪核验").click()
    page.get_by_label(re.compile("机构名称、18 位")).fill(f"昨天有人来电自称{FALSE_NAME}，代码{CODE}")
    page.get_by_role("button", name="核验").click()
    expect(page.get_by_role("heading", name="名称与代码不属于同一家机构")).to_be_visible()
    page.get_by_label(re.compile("机构名称、18 位")).fill(FALSE_NAME)
    page.get_by_role("button", name="核验").click()
    expect(page.get_by_role("heading", name="没有完全相符的机构，但有相近的")).to_be_visible()
    expect(page.locator(".diff mark").first).to_have_text("子")


def test_a_business_owner_walks_the_register(page: Page) -> None:
    walk(page)


def test_the_walk_needs_no_scripts(plain_page: Page) -> None:
    walk(plain_page)


def test_three_are_laid_aside_over_pages_and_filters_by_keyboard_alone(page: Page) -> None:
    page.goto("/institutions?region=51")
    adding = page.get_by_role("button", name=re.compile("^加入比较"))
    basket = page.get_by_role("region", name=re.compile("^已选"))

    def add(wanted: int) -> None:
        adding.nth(1).focus()
        page.keyboard.press("Enter")
        expect(basket.get_by_role("listitem")).to_have_count(wanted)

    add(1)
    page.get_by_role("link", name="下一页").click()
    add(2)
    expect(page).to_have_url(re.compile("page=2"))
    page.get_by_role("navigation", name="筛选条件").get_by_role("link", name=re.compile("信用评级")).click()
    page.get_by_role("combobox", name="搜索机构").fill("示例")
    page.get_by_role("button", name="搜索").click()
    add(3)
    basket.get_by_role("link", name=re.compile("^移除")).first.click()
    expect(basket.get_by_role("listitem")).to_have_count(2)
    add(3)
    basket.get_by_role("link", name="比较所选机构").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("table").get_by_role("columnheader").filter(has_text="示例")).to_have_count(3)


def test_suggestions_are_chosen_with_the_keyboard(page: Page) -> None:
    page.goto("/")
    box = page.get_by_role("combobox", name="搜索机构")
    box.press_sequentially("guanganshilijiachou", delay=5)
    listbox = page.get_by_role("listbox", name="建议的机构")
    expect(listbox.get_by_role("option").first).to_contain_text(AGENCY)
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    expect(listbox.get_by_role("option", selected=True)).to_have_count(1)
    box.press("Escape")
    expect(listbox).to_be_hidden()
    expect(box).to_have_value("guanganshilijiachou")
    box.press("ArrowDown")
    expect(listbox).to_be_visible()
    box.press("ArrowDown")
    box.press("Enter")
    expect(page).to_have_url(re.compile(f"/institutions/{CODE}$"))


def test_filters_open_on_a_phone_without_scripts(open_page: Callable[..., Page]) -> None:
    phone = open_page({"width": 390, "height": 844}, java_script_enabled=False)
    phone.goto("/institutions")
    filters = phone.get_by_role("navigation", name="筛选条件")
    expect(filters).to_be_hidden()
    phone.get_by_text("筛选条件（地区、类别、状态、承诺）").click()
    expect(filters).to_be_visible()
    filters.get_by_role("link", name=re.compile("信用培训")).click()
    expect(phone.get_by_role("list", name="已选条件")).to_contain_text("信用培训")


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_page_is_accessible_and_fits(
    open_page: Callable[..., Page], assert_accessible: Callable[[Page], None], address: str
) -> None:
    for width, height in ((1280, 900), (390, 844)):
        page = open_page({"width": width, "height": height})
        page.goto(address)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} at {width}"


def test_an_unknown_code_is_told_and_can_be_verified(
    page: Page, guard: Guard, assert_accessible: Callable[[Page], None]
) -> None:
    guard.expect("404")
    page.goto("/institutions/91511600MA00000234")
    assert_accessible(page)
    page.get_by_role("link", name="核验这个代码").click()
    expect(page.get_by_text("第 18 位：您提供的是“4”，登记的是“3”")).to_be_visible()


def test_a_profile_on_paper_carries_its_address_and_no_menu(page: Page) -> None:
    page.goto(f"/institutions/{CODE}")
    page.emulate_media(media="print")
    expect(page.get_by_text("打印自")).to_be_visible()
    expect(page.get_by_role("navigation", name="主要栏目")).to_be_hidden()
    expect(page.get_by_role("heading", name="服务与收费")).to_be_visible()


def test_on_a_phone_the_telephone_number_comes_before_the_fees(open_page: Callable[..., Page]) -> None:
    phone = open_page({"width": 390, "height": 844})
    phone.goto(f"/institutions/{CODE}")
    tops = [
        phone.get_by_role("heading", name=name).evaluate("e => e.getBoundingClientRect().top")
        for name in ("登记的服务类别", "基本信息", "服务与收费", "变更记录")
    ]
    assert tops == sorted(tops)


def test_the_names_of_facts_are_not_broken_on_a_phone(open_page: Callable[..., Page]) -> None:
    phone = open_page({"width": 390, "height": 844})
    for address in (f"/institutions/{CODE}", f"/institutions/{CODE}/history/1", f"/verify?q={CODE}"):
        phone.goto(address)
        lines = phone.locator(".facts-pairs dt").evaluate_all(LINES)
        assert set(lines) == {1}, address
