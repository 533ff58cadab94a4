"""The citizen's form in a browser: only what is needed, an agency from the register, a preview, files, a draft."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.guard import Guard
from tests.browser.test_staff_pages import fits, press_enter, tab_to
from tests.walk.people import picture

OpenPage = Callable[..., Page]
Accessible = Callable[[Page], None]

# Of the sample register.
AGENCY = "广安示例甲丑资信评估有限公司"
CODE = "91511600MA00000233"
FACTS = "在公示的年费之外，另行收取 500 元加急费。"
DRAFT = "report-draft"


def radio(page: Page, words: str) -> Locator:
    return page.get_by_role("radio", name=re.compile(f"^{words}"))


def send(page: Page) -> None:
    page.get_by_role("button", name="提交", exact=True).click()


def go_on(page: Page) -> None:
    page.get_by_role("button", name="下一步：预览").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("预览：还没有提交")


def draft_of(page: Page) -> dict[str, Any] | None:
    kept = page.evaluate(f"localStorage.getItem('{DRAFT}')")
    return json.loads(kept) if kept else None


def wait_for_draft(page: Page, words: str) -> None:
    page.wait_for_function("words => (localStorage.getItem('report-draft') ?? '').includes(words)", arg=words)


@pytest.mark.parametrize("scripts", [True, False])
def test_each_kind_asks_only_its_fields(open_page: OpenPage, scripts: bool) -> None:
    page = open_page(PHONE, java_script_enabled=scripts)
    page.goto("/reports/new")
    matter, region = radio(page, "违规收费"), page.get_by_label("事情发生在哪里")
    site, name = page.get_by_label("网址或应用名称"), page.get_by_label("联系人姓名")

    def shown() -> list[bool]:
        return [each.is_visible() for each in (matter, region, site, name)]

    assert shown() == [True, True, False, False]
    radio(page, "冒用名义").check()
    assert shown() == [True, True, True, False]
    radio(page, "其他").check()
    page.get_by_label("名录里没有对方").check()
    assert shown() == [True, True, True, False]
    radio(page, "质疑").check()
    assert shown() == [False, False, False, False]
    radio(page, "实名").check()
    assert shown() == [False, False, False, True]
    radio(page, "匿名").check()
    radio(page, "异议").check()
    assert shown() == [False, False, False, True]
    assert radio(page, "实名").is_checked() == scripts  # else the page says that it must be chosen
    expect(radio(page, "匿名")).to_be_visible(visible=not scripts)
    expect(page.get_by_text("异议要核对身份")).to_be_visible(visible=not scripts)


def test_an_agency_is_chosen_while_one_types_and_its_code_comes_along(
    open_page: OpenPage, assert_accessible: Accessible
) -> None:
    for size in (DESKTOP, PHONE):
        page = open_page(size)
        page.goto("/reports/new")
        box, code = page.get_by_role("combobox", name="对方名称"), page.get_by_label("对方的统一社会信用代码")
        box.press_sequentially("guanganshilijiachou", delay=5)
        options = page.get_by_role("listbox", name="建议的机构").get_by_role("option")
        expect(options.first).to_contain_text(AGENCY)
        assert_accessible(page)
        fits(page)
        box.press("ArrowDown")
        box.press("Enter")
        expect(box).to_have_value(AGENCY)
        expect(code).to_have_value(CODE)
        assert page.url.endswith("/reports/new")
        box.press("Backspace")
        expect(code).to_have_value("")  # another name is another agency
        box.press("Escape")
        box.press("Escape")
        expect(box).to_have_value(AGENCY[:-1])


def test_without_scripts_a_button_finds_it(open_page: OpenPage, assert_accessible: Accessible) -> None:
    for size in (DESKTOP, PHONE):
        page = open_page(size, java_script_enabled=False)
        page.goto("/reports/new")
        page.get_by_label("对方名称").fill("广安示例甲丑资信")
        page.get_by_label("证据材料").set_input_files(
            [{"name": "截图.png", "mimeType": "image/png", "buffer": picture()}]
        )
        page.get_by_role("button", name="在名录中查找").click()
        radio(page, AGENCY).check()
        assert page.url.endswith("#whom")
        page.get_by_label("事实经过").fill(FACTS)
        go_on(page)
        main = page.get_by_role("main")
        for words in (AGENCY, CODE, "名录中的机构", "截图.png", FACTS):
            expect(main).to_contain_text(words)
        send(page)
        expect(page.get_by_role("heading", level=1)).to_contain_text("已收到您的举报")


def test_a_line_of_a_profile_is_doubted_with_the_keyboard(page: Page) -> None:
    page.goto(f"/institutions/{CODE}")
    tab_to(page, "a.doubt[href*='fact:address']")
    press_enter(page)
    expect(radio(page, "质疑")).to_be_checked()
    expect(page.locator("blockquote")).to_contain_text("住所")
    expect(page.get_by_label("对方名称")).to_have_value(AGENCY)
    page.get_by_label("事实经过").fill("这个地址没有这家公司。")
    go_on(page)
    expect(page.get_by_role("main")).to_contain_text("针对的信息")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize(
    "address",
    [
        "/reports/new",
        "/reports/new?kind=report&matter=impersonation",
        f"/reports/new?kind=question&uscc={CODE}&item=fact:address",
        f"/reports/new?kind=objection&uscc={CODE}&item=fact:phone",
    ],
)
def test_form_preview_and_faults_fit_and_axe_finds_nothing(
    open_page: OpenPage, assert_accessible: Accessible, guard: Guard, size: dict[str, int], address: str
) -> None:
    guard.expect("422 (UNPROCESSABLE ENTITY)")
    page = open_page(size)
    page.goto(address)
    assert_accessible(page)
    fits(page)
    page.get_by_label("对方名称").fill(AGENCY)
    page.get_by_label("事实经过").fill("短")
    page.get_by_label("证据材料").set_input_files(
        [{"name": "很长的名字" * 12 + ".png", "mimeType": "image/png", "buffer": picture()}]
    )
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("至少写 4 个字")
    expect(page.get_by_text("已经收到的文件")).to_be_visible()
    assert_accessible(page)
    fits(page)
    page.get_by_label("事实经过").fill("我是王示例，电话 13800005678。对方 13900001111 来电。")
    radio(page, "实名").check()
    page.get_by_label("联系人姓名").fill("王示例")
    page.get_by_label("联系电话").fill("13800005678")
    go_on(page)
    expect(page.locator("mark.mark-out")).to_have_text(["王示例", "13800005678"])
    assert_accessible(page)
    fits(page)
    page.get_by_role("button", name="返回修改").click()
    expect(page.get_by_label("联系人姓名")).to_have_value("王示例")
    expect(page.get_by_text("已经收到的文件")).to_be_visible()


class TestDraft:
    def test_nothing_is_kept_unless_it_is_asked_for(self, page: Page) -> None:
        page.goto("/reports/new")
        expect(page.get_by_label("在这台设备上暂存草稿")).not_to_be_checked()
        page.get_by_label("对方名称").fill("示例来电公司")
        page.get_by_label("事实经过").fill(FACTS)
        go_on(page)
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0

    def test_it_comes_back_without_the_author_and_goes_when_it_is_deleted(
        self, page: Page, assert_accessible: Accessible
    ) -> None:
        page.goto("/reports/new")
        page.get_by_label("在这台设备上暂存草稿").check()
        radio(page, "冒用名义").check()
        page.get_by_label("对方名称").fill("示例来电公司")
        page.get_by_label("网址或应用名称").fill("shili.example")
        radio(page, "实名").check()
        page.get_by_label("联系人姓名").fill("王示例")
        page.get_by_label("联系电话").fill("13800005678")
        page.get_by_label("通信地址").fill("示例市示例路 1 号")
        page.get_by_label("事实经过").fill(FACTS)
        wait_for_draft(page, FACTS)
        kept = json.dumps(draft_of(page), ensure_ascii=False)
        key = page.locator("input[name=idempotency_key]").input_value()
        for secret in ("王示例", "13800005678", "示例路", key):
            assert secret not in kept

        page.goto("/")
        page.goto("/reports/new")
        expect(page.get_by_text("已恢复")).to_be_visible()
        expect(page.get_by_label("事实经过")).to_have_value(FACTS)
        expect(page.get_by_label("网址或应用名称")).to_have_value("shili.example")
        expect(radio(page, "冒用名义")).to_be_checked()
        expect(radio(page, "匿名")).to_be_checked()
        assert_accessible(page)
        page.get_by_role("button", name="删除草稿").click()
        assert draft_of(page) is None
        page.goto("/reports/new")
        expect(page.get_by_label("事实经过")).to_have_value("")

    def test_a_filed_report_deletes_it(self, page: Page) -> None:
        page.goto("/reports/new")
        page.get_by_label("在这台设备上暂存草稿").check()
        page.get_by_label("对方名称").fill("示例来电公司")
        page.get_by_label("事实经过").fill(FACTS)
        go_on(page)
        assert draft_of(page)
        send(page)
        expect(page.get_by_role("heading", level=1)).to_contain_text("已收到您的举报")
        page.wait_for_function("localStorage.getItem('report-draft') === null")

    def test_one_begun_after_a_receipt_stays_when_the_receipt_is_looked_at_again(self, page: Page) -> None:
        page.goto("/reports/new")
        page.get_by_label("对方名称").fill("示例来电公司")
        page.get_by_label("事实经过").fill(FACTS)
        send(page)
        page.goto("/reports/new")
        page.get_by_label("在这台设备上暂存草稿").check()
        page.get_by_label("事实经过").fill("另一件事情。")
        wait_for_draft(page, "另一件事情")
        page.goto("/reports/receipt")
        assert draft_of(page)

    def test_what_a_link_has_filled_in_is_not_written_over(self, page: Page) -> None:
        page.goto("/reports/new")
        page.get_by_label("在这台设备上暂存草稿").check()
        page.get_by_label("对方名称").fill("示例来电公司")
        wait_for_draft(page, "示例来电公司")
        page.goto(f"/reports/new?kind=question&uscc={CODE}&item=fact:address")
        expect(page.get_by_label("对方名称")).to_have_value(AGENCY)
        page.get_by_role("button", name="恢复草稿").click()
        expect(page.get_by_label("对方名称")).to_have_value("示例来电公司")

    def test_an_old_one_or_a_broken_one_is_deleted(self, page: Page) -> None:
        page.goto("/reports/new")
        for kept in ('{"at": 0, "values": {"facts": "旧"}}', "{"):
            page.evaluate("kept => localStorage.setItem('report-draft', kept)", kept)
            page.goto("/reports/new")
            expect(page.get_by_label("事实经过")).to_have_value("")
            expect(page.locator(".draft-notice")).to_have_count(0)

    def test_without_scripts_it_is_not_offered(self, plain_page: Page) -> None:
        plain_page.goto("/reports/new")
        expect(plain_page.get_by_label("在这台设备上暂存草稿")).to_be_hidden()
