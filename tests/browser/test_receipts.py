"""The receipt as a code, its proof, and the question for floods, in real browsers with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.guard import Guard
from tests.browser.test_case_pages import RECEIPT, files_a_report
from tests.browser.test_staff_pages import fits

OpenPage = Callable[..., Page]
Accessible = Callable[[Page], None]


def code_of(page: Page) -> None:
    expect(page.get_by_role("img", name=re.compile("二维码"))).to_be_visible()


def test_the_receipt_shows_its_code_and_prints_on_one_sheet(
    page: Page, assert_accessible: Accessible
) -> None:
    files_a_report(page)
    code_of(page)
    assert_accessible(page)
    page.emulate_media(media="print")
    code_of(page)
    expect(page.get_by_role("link", name="下载存证凭证")).to_have_count(0)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4"))) == 1


def test_the_address_of_the_code_fills_in_the_receipt_and_leaves_nothing_in_the_bar(
    page: Page, open_page: OpenPage
) -> None:
    receipt = files_a_report(page)
    phone = open_page(PHONE)
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url + str(request.headers)))
    phone.goto(f"/reports/track#{receipt}")
    expect(phone.get_by_label("回执码", exact=True)).to_have_value(receipt)
    assert urlsplit(phone.url).fragment == ""
    assert phone.url.endswith("/reports/track")
    assert receipt not in "".join(asked)
    expect(phone.get_by_role("button", name="查看")).to_be_focused()
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("示例来电公司")
    # While it is open, the code of another case offers that one.
    other = files_a_report(open_page(DESKTOP))
    phone.goto(f"/reports/track#{other}")
    expect(phone.get_by_label("刚才扫描的回执码")).to_have_value(other)
    assert urlsplit(phone.url).fragment == ""
    phone.get_by_role("button", name="打开它的事项").click()
    expect(phone.get_by_label("刚才扫描的回执码")).to_be_hidden()


def test_what_is_no_receipt_behind_the_sign_is_left_alone(page: Page) -> None:
    page.goto("/reports/track#content")
    expect(page.get_by_label("回执码", exact=True)).to_have_value("")
    assert urlsplit(page.url).fragment == "content"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_proof_and_content_are_downloaded_and_verified(
    open_page: OpenPage, tmp_path: Path, assert_accessible: Accessible, scripts: bool
) -> None:
    page = open_page(PHONE, java_script_enabled=scripts)
    files_a_report(page)
    taken = []
    for name in ("下载存证凭证", "下载内容副本"):
        with page.expect_download() as started:
            page.get_by_role("link", name=name).click()
        taken.append(tmp_path / started.value.suggested_filename)
        started.value.save_as(taken[-1])
    assert [path.name for path in taken] == ["存证凭证.json", "内容副本.json"]
    page.get_by_role("link", name="核验", exact=True).click()
    page.get_by_label("或者选择存证凭证的文件").set_input_files(taken[0])
    page.get_by_label("或者选择内容副本的文件").set_input_files(taken[1])
    page.get_by_role("button", name="核验").click()
    expect(page.get_by_role("heading", name="签名有效")).to_be_visible()
    expect(page.get_by_role("heading", name="内容与凭证一致")).to_be_visible()
    expect(page.get_by_label("存证凭证的全文")).to_have_value(taken[0].read_text(encoding="utf-8"))
    if scripts:
        assert_accessible(page)
    assert fits(page)


def test_whoever_unticks_the_box_gets_no_proof(page: Page) -> None:
    page.goto("/reports/new")
    page.get_by_role("checkbox", name="给我一份存证凭证").uncheck()
    page.get_by_label("对方名称").fill("示例来电公司")
    page.get_by_label("事实经过").fill("在公示的年费之外，另行收取 500 元加急费。")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text(RECEIPT)).to_be_visible()
    expect(page.get_by_role("link", name="下载存证凭证")).to_have_count(0)


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desk", "phone"])
def asked(request: pytest.FixtureRequest, open_page: OpenPage, guard: Guard) -> Page:
    """A form that came back with a question, because something filled in the field that people do not see."""
    guard.expect("429 (TOO MANY REQUESTS)")
    page = open_page(request.param)
    page.goto("/reports/new")
    page.get_by_label("对方名称").fill("示例来电公司")
    page.get_by_label("事实经过").fill("在公示的年费之外，另行收取 500 元加急费。")
    page.locator("input[name=remark_second]").evaluate("field => { field.value = 'filled by a program'; }")
    page.get_by_role("button", name="提交").click()
    return page


def test_the_question_stands_with_everything_typed_and_fits(
    asked: Page, assert_accessible: Accessible, guard: Guard
) -> None:
    expect(asked.get_by_role("alert")).to_contain_text("答对就收")
    expect(asked.get_by_label("事实经过")).to_have_value(re.compile("加急费"))
    field = asked.locator("input[name=question_answer]")
    expect(field).to_be_visible()
    expect(field).to_have_accessible_name(re.compile("[？。]$"))
    expect(field).to_have_accessible_description(re.compile("数字或汉字.*答对就收"))
    expect(asked.locator("input[name=remark_second]")).not_to_be_in_viewport()
    assert_accessible(asked)
    assert fits(asked)
    field.fill("不知道")
    asked.get_by_role("button", name="提交").click()
    expect(asked.get_by_role("alert")).to_contain_text("换了一道题")
