"""Staff at their desks, as a person with a keyboard, a telephone and no scripts meets the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.guard import Guard

OFFICE_PAGES = (
    "/staff",
    "/staff/search",
    "/staff/search?q=示例",
    "/staff/search?q=收费&kind=report",
    "/staff/search?q=没有这样的词语",
    "/staff/institutions",
    "/staff/institutions?needs=unverified",
    "/staff/institutions?q=没有这样的名称",
    "/staff/institutions/new",
    "/staff/calendar",
    "/staff/permissions",
    "/account",
    "/account/change",
    "/account/tf-setup",
    "/account/verify",
)
BROAD_QUEUES = (
    "/staff/ledger",
    "/staff/letters",
    "/staff/warnings?state=all",
    "/staff/records",
    "/staff/reports",
    "/staff/registrations?state=all",
)
PAGES = (
    ("provincial", OFFICE_PAGES),
    (
        "sysadmin",
        ("/staff", "/staff/accounts", "/staff/accounts/new", "/staff/accounts/1", "/staff/calendar"),
    ),
    ("auditor", ("/staff", "/staff/audit", "/staff/audit?action=account.sign_in")),
    ("agent", ("/workspace", "/workspace/products", "/account")),
)

SignIn = Callable[[Page, str], Any]


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def tab_to(page: Page, selector: str, most: int = 120) -> None:
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement?.matches(wanted)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")


def press_enter(page: Page) -> None:
    """Follow the link or send the form that has the focus, and wait for the next page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize(("role", "paths"), PAGES, ids=[role for role, _ in PAGES])
@pytest.mark.parametrize("device", ["page", "phone"])
def test_every_page_fits_its_screen_and_axe_finds_nothing(
    request: pytest.FixtureRequest,
    sign_in: SignIn,
    assert_accessible: Callable[[Page], None],
    role: str,
    paths: tuple[str, ...],
    device: str,
) -> None:
    page: Page = request.getfixturevalue(device)
    page.goto("/account/login")
    assert_accessible(page)
    sign_in(page, role)
    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, path
        assert fits(page), f"{path} scrolls sideways"
        assert_accessible(page)


def test_the_widest_queues_fit_a_tablet(page: Page, sign_in: SignIn) -> None:
    sign_in(page, "provincial")
    for path in BROAD_QUEUES:
        page.goto(path)
        for width in (768, 900, 1024):
            page.set_viewport_size({"width": width, "height": 900})
            assert fits(page), f"{path} scrolls sideways at {width}"


@pytest.mark.parametrize("device", ["page", "phone"])
def test_the_pages_of_one_entry_fit_and_are_accessible(
    request: pytest.FixtureRequest,
    sign_in: SignIn,
    assert_accessible: Callable[[Page], None],
    device: str,
) -> None:
    page: Page = request.getfixturevalue(device)
    sign_in(page, "provincial")
    page.goto("/staff/institutions?category=01")
    page.locator("table.queue tbody th a").first.click()
    entry = urlsplit(page.url).path
    for path in ("", "/edit", "/products", "/products/new"):
        page.goto(entry + path)
        assert fits(page), path
        assert_accessible(page)
    page.goto(f"{entry}/products")
    page.get_by_role("link", name=re.compile("^撤下")).first.click()
    assert_accessible(page)


def test_with_the_keyboard_alone_a_fee_is_changed_and_the_public_page_shows_it(
    plain_page: Page, live_site: Any
) -> None:
    page, account = plain_page, live_site.account("local")
    page.goto("/account/login")
    tab_to(page, "input[name=email]")
    page.keyboard.type(account.email)
    tab_to(page, "input[name=password]")
    page.keyboard.type(account.password)
    press_enter(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("工作台")

    tab_to(page, "a[href='/staff/institutions']")
    press_enter(page)
    tab_to(page, "table.queue tbody th a")
    name = page.evaluate("document.activeElement.textContent")
    press_enter(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    tab_to(page, "a[href$='/products']")
    press_enter(page)
    tab_to(page, "a[href$='/edit']")
    press_enter(page)

    tab_to(page, "input[name=fee_low]")
    page.keyboard.press("Control+A")
    page.keyboard.type("98.76")  # an amount, and a percentage as well
    tab_to(page, "input[name=fee_high]")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    tab_to(page, "textarea[name=reason]")
    page.keyboard.type("机构报送新的收费标准")
    tab_to(page, "main button[type=submit]")
    press_enter(page)
    expect(page.get_by_text("已保存并公示")).to_be_visible()
    expect(page.locator("main")).to_contain_text("98.76")

    tab_to(page, "nav.breadcrumb-line li:nth-child(2) a")
    press_enter(page)
    tab_to(page, "a.btn[href^='/institutions/']")
    press_enter(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    expect(page.locator("main")).to_contain_text("98.76")


def test_the_second_officer_sees_what_the_first_one_changed(
    open_page: Callable[..., Page],
    sign_in: SignIn,
    assert_accessible: Callable[[Page], None],
    guard: Guard,
) -> None:
    guard.expect("409 (CONFLICT)")
    first, second = open_page(), open_page()
    for page in (first, second):
        sign_in(page, "provincial")
    first.goto("/staff/institutions?category=10")
    path = first.locator("table.queue tbody th a").last.get_attribute("href")
    for page in (first, second):
        page.goto(f"{path}/edit")
    first.get_by_label("联系电话").fill("028-8888888")
    first.get_by_label("变更原因").fill("机构来函变更电话")
    first.get_by_role("button", name="保存并公示").click()
    expect(first.get_by_text("已保存并公示")).to_be_visible()
    second.get_by_label("住所").fill("四川省成都市新的住所")
    second.get_by_label("变更原因").fill("机构来函变更住所")
    second.get_by_role("button", name="保存并公示").click()
    expect(second.get_by_role("alert")).to_contain_text("028-8888888")
    expect(second.get_by_label("住所")).to_have_value("四川省成都市新的住所")
    expect(second.get_by_label("联系电话")).to_have_value("028-8888888")
    assert_accessible(second)
    second.get_by_role("button", name="保存并公示").click()
    expect(second.get_by_text("已保存并公示")).to_be_visible()
    expect(second.locator("main")).to_contain_text("四川省成都市新的住所")


def test_a_form_sent_after_the_sign_in_expired_is_not_lost(
    page: Page, sign_in: SignIn, live_site: Any, assert_accessible: Callable[[Page], None], guard: Guard
) -> None:
    guard.expect("401 (UNAUTHORIZED)")
    sign_in(page, "provincial")
    page.goto("/staff/institutions?category=06")
    page.locator("table.queue tbody th a").first.click()
    page.get_by_role("link", name="更正登记信息").click()
    page.get_by_label("机构简介").fill("写了很久的简介，\n不应丢失。")
    page.get_by_label("变更原因").fill("机构报送新的简介")
    page.context.clear_cookies()
    page.get_by_role("button", name="保存并公示").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("请先登录")
    assert_accessible(page)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="在新标签页登录").click()
    account, tab = live_site.account("provincial"), opened.value
    tab.fill("input[name=email]", account.email)
    tab.fill("input[name=password]", account.password)
    tab.press("input[name=password]", "Enter")
    expect(tab.get_by_role("heading", level=1)).to_have_text("工作台")
    tab.close()
    page.get_by_role("button", name="重新提交").click()
    expect(page.get_by_text("已保存并公示")).to_be_visible()
    expect(page.locator("main")).to_contain_text("写了很久的简介")
