"""Names offered while one types: by keyboard, mouse, finger and input method, and never in the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, Route, expect

# Of the sample register.
AGENCY = "广安示例甲丑资信评估有限公司"
CODE = "91511600MA00000233"
WIDTHS = [{"width": 1280, "height": 900}, {"width": 390, "height": 844}]


def box_of(page: Page) -> Locator:
    return page.get_by_role("combobox", name="搜索机构")


def options_of(page: Page) -> Locator:
    return page.get_by_role("listbox", name="建议的机构").get_by_role("option")


def active(page: Page) -> str | None:
    """The words of the option that a screen reader is told of."""
    words: str | None = box_of(page).evaluate(
        "box => document.getElementById(box.getAttribute('aria-activedescendant'))?.textContent ?? null"
    )
    return words


@pytest.mark.parametrize("viewport", WIDTHS)
def test_an_agency_is_reached_by_keyboard_alone(
    open_page: Callable[..., Page], assert_accessible: Callable[[Page], None], viewport: dict[str, int]
) -> None:
    page = open_page(viewport)
    page.goto("/institutions")
    box = box_of(page)
    for _ in range(40):
        page.keyboard.press("Tab")
        if box.evaluate("box => box === document.activeElement"):
            break
    page.keyboard.type("guangan", delay=5)
    expect(options_of(page)).not_to_have_count(0)
    expect(
        page.get_by_role("status").filter(has_text=re.compile("^有 [0-9] 个建议，用上下方向键选择"))
    ).to_have_count(1)
    expect(box).to_have_attribute("aria-expanded", "true")
    assert active(page) is None
    page.keyboard.press("ArrowDown")
    expect(options_of(page).first).to_have_attribute("aria-selected", "true")
    assert active(page) == options_of(page).first.text_content()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    page.keyboard.press("ArrowUp")
    assert active(page) is None, "one step beyond the first is the text again"
    page.keyboard.press("ArrowUp")
    assert active(page) == options_of(page).last.text_content()
    page.keyboard.press("Home")
    assert active(page) is None, "Home is for the text"
    page.keyboard.press("End")
    page.keyboard.type("shilijiachou", delay=5)
    expect(options_of(page).first).to_contain_text(AGENCY)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/institutions/{CODE}$"))


def test_enter_without_a_choice_submits_what_was_typed(page: Page) -> None:
    page.goto("/")
    box_of(page).press_sequentially("广安示例", delay=5)
    expect(options_of(page)).not_to_have_count(0)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/institutions\?q={quote('广安示例')}"))


def test_escape_closes_first_and_clears_then(page: Page) -> None:
    page.goto("/")
    box = box_of(page)
    box.press_sequentially("广安", delay=5)
    expect(options_of(page)).not_to_have_count(0)
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("广安")
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Alt+ArrowUp")
    expect(box).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Escape")
    expect(box).to_have_value("")


def test_tab_goes_on_and_takes_nothing(page: Page) -> None:
    page.goto("/")
    box = box_of(page)
    box.press_sequentially("广安", delay=5)
    expect(options_of(page)).not_to_have_count(0)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(box).to_have_value("广安")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("button", name="搜索")).to_be_focused()


def test_nothing_to_offer_is_told_and_does_not_open(page: Page) -> None:
    page.goto("/")
    box_of(page).press_sequentially("齉龘靐", delay=5)
    expect(page.get_by_role("status").filter(has_text="没有建议，按回车键搜索")).to_have_count(1)
    expect(box_of(page)).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize("viewport", WIDTHS)
def test_a_pointer_takes_an_option(open_page: Callable[..., Page], viewport: dict[str, int]) -> None:
    page = open_page(viewport)
    page.goto("/")
    box_of(page).press_sequentially("guanganshilijiachou", delay=5)
    options_of(page).first.click()
    expect(page).to_have_url(re.compile(f"/institutions/{CODE}$"))


def test_an_entry_that_is_not_in_force_is_offered_with_its_status(page: Page) -> None:
    page.goto("/institutions?status=deregistered")
    name = page.locator(".result h3 a").first.text_content() or ""
    page.goto("/")
    box_of(page).fill(name)
    first = options_of(page).first
    expect(first).to_contain_text(name)
    expect(first.locator(".status")).to_have_text("已注销登记")
    expect(first.locator(".status use")).to_have_attribute("href", re.compile("icons.svg#cross$"))


def test_an_input_method_is_left_alone_until_its_word_is_done(page: Page) -> None:
    asked: list[str] = []
    page.on(
        "request",
        lambda request: asked.append(request.url) if "/institutions/suggest" in request.url else None,
    )
    page.goto("/")
    box_of(page).focus()
    keys = page.context.new_cdp_session(page)
    keys.send("Input.imeSetComposition", {"text": "guang'an", "selectionStart": 8, "selectionEnd": 8})
    page.wait_for_timeout(400)
    assert asked == []
    keys.send("Input.insertText", {"text": "广安"})
    expect(options_of(page).first).to_contain_text("广安")
    assert [quote("广安") in address for address in asked] == [True]


class Held:
    """Answers to the search box, kept back until the test lets them go."""

    def __init__(self, page: Page) -> None:
        self.routes: list[Route] = []
        page.route("**/institutions/suggest?*", self._keep)
        self._page = page

    def _keep(self, route: Route) -> None:
        self.routes.append(route)

    def wait_for(self, count: int) -> None:
        for _ in range(100):
            if len(self.routes) >= count:
                return
            self._page.wait_for_timeout(50)
        raise AssertionError(f"asked {len(self.routes)} times, not {count}")


def test_an_answer_that_comes_late_does_not_replace_a_newer_one(page: Page) -> None:
    page.goto("/")
    held = Held(page)
    box_of(page).press_sequentially("绥化", delay=5)
    held.wait_for(1)
    box_of(page).fill("广安")
    held.wait_for(2)
    held.routes[1].continue_()
    expect(options_of(page).first).to_contain_text("广安")
    held.routes[0].fulfill(json=[])
    page.wait_for_timeout(300)
    expect(options_of(page).first).to_contain_text("广安")


@pytest.mark.parametrize("leaving", ["Tab", "Escape", "submit"])
def test_an_answer_that_comes_after_one_has_left_opens_nothing(page: Page, leaving: str) -> None:
    page.goto("/institutions")
    held = Held(page)
    box = box_of(page)
    box.press_sequentially("广安", delay=5)
    held.wait_for(1)
    if leaving == "submit":
        # The next page is on its way for a while, and the focus is still in the box.
        box.evaluate("box => box.form.addEventListener('submit', event => event.preventDefault())")
        page.keyboard.press("Enter")
    else:
        page.keyboard.press(leaving)
    held.routes[0].continue_()
    page.wait_for_timeout(400)
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(options_of(page)).to_have_count(0)


@pytest.mark.parametrize(
    "typed", ["广安示例甲丑", "甲丑资信", "guanganshilijiachou", "GASLJC", "gaslj", CODE[:12]]
)
def test_without_scripts_the_list_finds_a_half_typed_name(plain_page: Page, typed: str) -> None:
    plain_page.goto("/")
    plain_page.get_by_label("搜索机构").fill(typed)
    plain_page.get_by_role("button", name="搜索").click()
    expect(plain_page.locator(".result").filter(has_text=AGENCY)).to_have_count(1)
