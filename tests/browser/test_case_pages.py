"""Every page of registrations, commitments, reports, warnings and checks, in every state, on a desk and in a hand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.guard import Guard
from tests.browser.live_site import LiveSite
from tests.browser.test_staff_pages import fits, press_enter, tab_to
from tests.core.codes import uscc
from tests.walk.people import picture

OpenPage = Callable[..., Page]
SignIn = Callable[[Page, str], Any]
Accessible = Callable[[Page], None]

NOTHING = "齉龘靐"  # a word that no filter finds
FACTS = "在公示的年费之外，另行收取 500 元加急费。"
RECEIPT = re.compile("^([2-9A-Z]{4}-){4}[2-9A-Z]{4}$")

# role → addresses; after ">" the words of a link to follow from there.
PAGES = (
    (
        "",
        (
            "/account/open",
            "/reports/new",
            "/reports/new?kind=report&matter=impersonation",
            f"/reports/new?kind=objection&uscc={uscc()}",
            "/reports/receipt",
            "/reports/track",
            "/reports/proof",
            "/inspections",
            "/inspections > 示例",
            f"/inspections?q={NOTHING}",
            "/inspections?page=99",
            "/warnings",
            f"/warnings?q={NOTHING}",
            "/warnings?page=99",
            "/reports/outcomes",
            "/reports/outcomes > 示例",
            f"/reports/outcomes?q={NOTHING}",
            "/reports/outcomes?page=99",
            "/reports/statistics",
            "/institutions?committed=1 > 示例 > ^信用承诺书 ",
        ),
    ),
    (
        "provincial",
        (
            "/staff",
            "/staff/registrations",
            f"/staff/registrations?q={NOTHING}",
            "/staff/commitments",
            f"/staff/commitments?q={NOTHING}",
            "/staff/reports",
            f"/staff/reports?q={NOTHING}&state=all",
            "/staff/warnings?state=all",
            f"/staff/warnings?q={NOTHING}",
            "/staff/outcomes?state=all",
            f"/staff/outcomes?q={NOTHING}",
            "/staff/outcomes?state=rejected > 示例 > ^重新拟定$",
            "/staff/spotchecks?state=all",
            f"/staff/spotchecks?q={NOTHING}",
            "/staff/spotchecks/new",
            "/staff/letters?state=all",
            f"/staff/letters?q={NOTHING}",
            "/staff/letters/new",
            "/staff/letters/templates > ^提示函（",
            "/staff/settings",
            "/staff/settings > ^公示期适用",
            "/staff/letters?state=draft > 示例 > ^修改草稿$",
            "/staff/letters?state=draft > 示例 > ^打印$",
            "/staff/letters?state=answered > 示例 > ^打印$",
            "/staff/institutions?category=01 > 示例 > ^开展核查$",
            "/staff/reports?matter=impersonation&state=closed > ^2 > 冒名警示$",
        ),
    ),
    ("local", ("/staff/registrations", "/staff/warnings", "/staff/spotchecks")),
    ("inspector", ("/staff", "/staff/spotchecks?state=proposed > 示例", "/staff/reports")),
    (
        "auditor",
        (
            "/staff/reports?state=received > ^2",
            "/staff/spotchecks?state=ordered > 示例",
            "/staff/letters?state=delivered > 示例",
        ),
    ),
)

# Queue → the states whose cases are looked at.
QUEUES = (
    ("/staff/registrations?state={}", "submitted returned accepted refused"),
    ("/staff/registrations?state=all&kind={}", "new claim"),
    ("/staff/commitments?view={}", "in_force half_signed draft ended"),
    ("/staff/reports?state={}", "received investigating awaiting_reporter awaiting_institution merged"),
    ("/staff/reports?state={}", "decided answered reviewing closed refused withdrawn"),
    ("/staff/warnings?state={}", "proposed published rejected ended withdrawn"),
    ("/staff/outcomes?state={}", "proposed published rejected ended withdrawn"),
    (
        "/staff/spotchecks?state={}",
        "open proposed published ordered responded corrected withdrawn cancelled",
    ),
    ("/staff/letters?state={}", "draft awaiting_issue issued delivered answered discarded"),
)


def looks_right(page: Page, accessible: Accessible, *, on_phone: bool = True) -> None:
    """The page neither scrolls sideways nor bars anybody, on a desk and on a phone."""
    for size in (DESKTOP, PHONE):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert fits(page), f"{page.url} scrolls sideways at {size['width']}"
        if size is DESKTOP or on_phone:
            accessible(page)
    page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})


def opened(answer: Response | None) -> None:
    assert answer is not None
    assert answer.ok, f"{answer.status} {answer.url}"


def go(page: Page, way: str) -> None:
    """Open an address, then follow links of the page by their words."""
    address, *words = way.split(" > ")
    opened(page.goto(address))
    for each in words:
        link = page.get_by_role("main").get_by_role("link", name=re.compile(each)).first
        opened(page.goto(link.get_attribute("href") or ""))


@pytest.mark.parametrize(("role", "ways"), PAGES, ids=[role or "public" for role, _ in PAGES])
def test_every_page_answers_fits_and_bars_nobody(
    page: Page, sign_in: SignIn, assert_accessible: Accessible, role: str, ways: tuple[str, ...]
) -> None:
    if role:
        sign_in(page, role)
    for way in ways:
        go(page, way)
        looks_right(page, assert_accessible)


@pytest.mark.parametrize(("queue", "states"), QUEUES, ids=[queue.split("?")[0][7:] for queue, _ in QUEUES])
def test_a_case_looks_right_in_every_state(
    page: Page, sign_in: SignIn, assert_accessible: Accessible, queue: str, states: str
) -> None:
    sign_in(page, "national")
    for number, state in enumerate(states.split()):
        opened(page.goto(queue.format(state)))
        case = page.get_by_role("table").get_by_role("rowheader").get_by_role("link").first
        opened(page.goto(case.get_attribute("href") or ""))
        assert page.locator("[data-state]").count() == 1
        looks_right(page, assert_accessible, on_phone=number == 0)


def test_a_reporter_reads_the_case_in_every_state(
    page: Page, assert_accessible: Accessible, live_site: LiveSite
) -> None:
    kept = json.loads((live_site.instance / "sample-receipts.json").read_text(encoding="utf-8"))
    receipts = {each["state"]: each["receipt"] for each in kept}
    assert len(receipts) == 11
    for number, receipt in enumerate(receipts.values()):
        page.goto("/reports/track")
        page.get_by_label("回执码").fill(receipt)
        page.get_by_role("button", name="查看").click()
        expect(page.locator("[data-state]")).to_have_count(1)
        looks_right(page, assert_accessible, on_phone=number == 0)
        page.get_by_role("button", name="看完了，关闭本页").click()
        expect(page.get_by_label("回执码")).to_be_visible()


def test_an_institution_at_work_in_every_state(
    page: Page, assert_accessible: Accessible, live_site: LiveSite
) -> None:
    seen: set[str] = set()
    for account in live_site.accounts("agent"):
        page.context.clear_cookies()
        page.goto("/account/login")
        page.fill("input[name=email]", account.email)
        page.fill("input[name=password]", account.password)
        press_enter(page)
        for way in ("", "/registration", "/commitments", "/spotchecks", "/outcomes"):
            opened(page.goto(f"/workspace{way}"))
            seen |= look_once(page, assert_accessible, seen)
            if way in ("/commitments", "/spotchecks", "/outcomes"):
                inside = page.locator(f"main a[href^='/workspace{way}/']")
                if inside.count():
                    opened(page.goto(inside.first.get_attribute("href") or ""))
                    seen |= look_once(page, assert_accessible, seen)
        opened(page.goto("/account/messages"))
        seen |= look_once(page, assert_accessible, seen)
    wanted = {"submitted", "returned", "accepted", "refused", "draft"}
    assert {f"/workspace/registration {state}" for state in wanted} <= seen
    assert {"/workspace/commitments/N/sign draft", "/workspace/spotchecks/N ordered"} <= seen
    assert "/workspace/outcomes/N proposed" in seen


def look_once(page: Page, accessible: Accessible, seen: set[str]) -> set[str]:
    """Look at the page unless one like it was seen in this state; what it is like."""
    shape = re.sub(r"\d+", "N", urlsplit(page.url).path)
    states = page.locator("[data-state]").evaluate_all("all => all.map(one => one.dataset.state)")
    if not states:  # a page that lists: as many kinds of it as there are headings
        states = [page.locator("main h2").first.inner_text() if page.locator("main h2").count() else ""]
    like = f"{shape} {states[0]}"
    if like not in seen:
        looks_right(page, accessible, on_phone=not any(each.startswith(f"{shape} ") for each in seen))
    return {like}


# ---- what people leave out ----


EMPTY_FORMS = (
    ("", "/account/open", "开立账号并登录", "请填写登录邮箱"),
    ("", "/reports/new", "提交", "请写明发生了什么"),
    ("", "/reports/track", "查看", "回执码"),
    ("agent", "/workspace/registration?new=1", "提交申请", "营业执照"),
    ("inspector", "/staff/spotchecks/new", "登记核查", "请选择核查事项"),
    ("inspector", "/staff/letters/new", "保存草稿", "请填写主送机关"),
    ("provincial", "/staff/reports?state=decided > ^2", "答复", "请填写给提交人的答复"),
    ("provincial", "/staff/warnings?state=published > 示例", "撤下", ""),
    ("provincial", "/staff/outcomes?state=published > 示例", "撤下", "请填写理由"),
    ("provincial", "/staff/commitments?view=in_force > 示例", "撤下", "请填写撤下原因"),
    ("provincial", "/staff/registrations?state=submitted > 示例", "退回补正", "请填写"),
    ("provincial", "/staff/spotchecks?state=proposed > 示例", "复核并公示", "请填写理由"),
)


@pytest.mark.parametrize(
    ("role", "way", "button", "sentence"),
    EMPTY_FORMS,
    ids=[f"{way.split('?')[0]}-{button}" for _, way, button, _ in EMPTY_FORMS],
)
def test_a_form_sent_empty_says_beside_the_field_what_is_missing(
    page: Page,
    sign_in: SignIn,
    assert_accessible: Accessible,
    guard: Guard,
    role: str,
    way: str,
    button: str,
    sentence: str,
) -> None:
    guard.expect("422 (UNPROCESSABLE ENTITY)")
    if role:
        sign_in(page, role)
    go(page, way)
    press = page.get_by_role("main").get_by_role("button", name=button, exact=True).first
    if not press.is_visible():
        page.locator("summary", has_text=button).first.click()
    # The server answers for browsers that let an empty field through.
    press.evaluate("button => { button.form.noValidate = true; }")
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        press.click()
    assert answered.value.status == 422
    expect(page.locator(".form-error, .alert").filter(has_text=sentence).first).to_be_visible()
    looks_right(page, assert_accessible)


def test_a_receipt_that_is_none_is_told_and_kept(
    phone: Page, assert_accessible: Accessible, guard: Guard
) -> None:
    guard.expect("422 (UNPROCESSABLE ENTITY)")
    phone.goto("/reports/track")
    for wrong in ("ABCD-EFGH", "ABCD-EFGH-JKMN-PQRS-TUVW"):
        phone.get_by_label("回执码").fill(wrong)
        phone.get_by_role("button", name="查看").click()
        expect(phone.get_by_role("alert")).to_be_visible()
        expect(phone.get_by_label("回执码")).to_have_value(wrong)
        assert_accessible(phone)


# ---- paper ----


def test_a_commitment_prints_on_one_sheet_with_number_and_hash(page: Page) -> None:
    go(page, "/institutions?committed=1 > 示例 > ^信用承诺书 ")
    number = page.url.rpartition("/")[2]
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    expect(page.get_by_text(re.compile("^[0-9a-f]{64}$"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("二维码"))).to_be_visible()
    expect(page.get_by_text("打印自")).to_be_visible()
    expect(page.get_by_role("navigation", name="主要栏目")).to_be_hidden()
    sheets = re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4"))
    assert len(sheets) == 1


def test_a_receipt_prints_with_the_address_that_opens_it(page: Page) -> None:
    receipt = files_a_report(page)
    page.emulate_media(media="print")
    expect(page.get_by_text(receipt)).to_be_visible()
    expect(page.get_by_text("查询网址")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)


# ---- without scripts, without a mouse, and back ----


def files_a_report(page: Page) -> str:
    page.goto("/reports/new")
    page.get_by_role("radio", name=re.compile("^举报")).check()
    page.get_by_label("对方名称").fill("示例来电公司")
    page.get_by_label("事实经过").fill(FACTS)
    page.get_by_label("证据材料").set_input_files(
        [{"name": "截图.png", "mimeType": "image/png", "buffer": picture()}]
    )
    page.get_by_role("button", name="提交", exact=True).click()
    return page.get_by_text(RECEIPT).inner_text()


def test_a_report_is_filed_and_followed_without_scripts(open_page: OpenPage) -> None:
    phone = open_page(PHONE, java_script_enabled=False)
    receipt = files_a_report(phone)
    phone.get_by_role("button", name="我已保存，不再显示").click()
    phone.get_by_label("回执码").fill(receipt)
    phone.get_by_role("button", name="查看").click()
    main = phone.get_by_role("main")
    expect(main).to_contain_text(FACTS)
    expect(main).to_contain_text("附件1.png")
    phone.get_by_role("textbox", name="留言").fill("补充一句。")
    phone.get_by_role("button", name="发送留言").click()
    expect(main).to_contain_text("留言已送达办理人员")
    expect(main).to_contain_text("补充一句。")


def test_a_report_is_filed_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/reports/new")
    tab_to(page, "input[name=kind]")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name=re.compile("^质疑"))).to_be_checked()
    tab_to(page, "input[name=subject_name]")
    page.keyboard.type("示例来电公司")
    tab_to(page, "textarea[name=facts]")
    page.keyboard.type(FACTS)
    tab_to(page, "input[name=anonymous]")
    page.keyboard.press("ArrowDown")
    tab_to(page, "input[name=contact_name]")  # shown only to whoever gives a name
    page.keyboard.type("王示例")
    tab_to(page, "input[name=contact_phone]")
    page.keyboard.type("13800000000")
    press_enter(page)  # in a field it leads on to the preview
    expect(page.get_by_role("heading", level=1)).to_have_text("预览：还没有提交")
    tab_to(page, "main button[type=submit]")
    press_enter(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("已收到您的质疑"))
    receipt = page.get_by_text(RECEIPT).inner_text()

    tab_to(page, "main button[type=submit]")
    press_enter(page)
    tab_to(page, "input[name=receipt]")
    page.keyboard.type(receipt)
    press_enter(page)
    expect(page.get_by_role("main")).to_contain_text("实名（姓名和电话加密保存，此处不显示）")


def test_the_back_button_brings_the_form_as_it_was_and_sending_again_the_same_receipt(page: Page) -> None:
    page.goto("/reports/new")
    page.get_by_role("radio", name=re.compile("^违规收费")).check()
    page.get_by_label("对方名称").fill("示例来电公司")
    page.get_by_label("事实经过").fill(FACTS)
    page.get_by_role("button", name="提交").click()
    receipt = page.get_by_text(RECEIPT).inner_text()

    page.go_back()
    expect(page.get_by_role("radio", name=re.compile("^违规收费"))).to_be_checked()
    expect(page.get_by_label("事实经过")).to_have_value(FACTS)
    # Kept out of the lists of what was typed before, and so, in a browser that fetches the page anew, out of this.
    page.get_by_label("对方名称").fill("示例来电公司")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text(RECEIPT)).to_have_text(receipt)


def test_another_report_from_the_same_form_is_asked_about_once_and_then_filed(
    page: Page, guard: Guard
) -> None:
    guard.expect("422 (UNPROCESSABLE ENTITY)")
    first = files_a_report(page)
    page.go_back()
    page.get_by_label("对方名称").fill("示例另一家公司")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("alert")).to_contain_text("这份表单已经提交过，内容不同")
    expect(page.get_by_label("事实经过")).to_have_value(FACTS)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text(RECEIPT)).not_to_have_text(first)


def test_a_browser_may_keep_the_form_for_going_back_but_not_with_a_name_on_it(
    page: Page, sign_in: SignIn
) -> None:
    def kept(path: str) -> str:
        answer = page.goto(path)
        assert answer is not None
        return answer.headers["cache-control"]

    assert [kept("/reports/new"), kept("/reports/new")] == ["private, no-cache"] * 2
    sign_in(page, "agent")
    for path in ("/reports/new", "/institutions", "/inspections"):
        assert "no-store" in kept(path), path
