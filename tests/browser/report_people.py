"""Who takes part in a report, and what citizens and officers do with the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.live_site import Account, LiveSite
from tests.browser.test_case_pages import RECEIPT, looks_right
from tests.browser.test_story import goes_to, stands_at, step
from tests.walk.people import picture

SICHUAN, CHENGDU, ZHEJIANG, NATION = "510000", "510100", "330000", "000000"

OpenPage = Callable[..., Page]
Accessible = Callable[[Page], None]


def png(name: str) -> dict[str, Any]:
    return {"name": name, "mimeType": "image/png", "buffer": picture()}


class Agency(NamedTuple):
    """An institution of Chengdu, and who acts for it."""

    name: str
    code: str
    agent: Account


@dataclass
class People:
    """Opens a browser for each person."""

    site: LiveSite
    open_page: OpenPage
    accessible: Accessible

    def citizen(self) -> Page:
        return self.open_page(PHONE)

    def officer(self, role: str, region: str) -> Page:
        return self.signed_in(next(each for each in self.site.accounts(role) if each.region == region))

    def signed_in(self, account: Account) -> Page:
        page = self.open_page()
        page.goto("/account/login")
        page.get_by_label("邮箱").fill(account.email)
        page.get_by_label("密码", exact=True).fill(account.password)
        with page.expect_navigation():
            page.get_by_role("main").get_by_role("button", name="登录").click()
        assert urlsplit(page.url).path != "/account/login", page.inner_text("main")
        return page

    def agency(self) -> Agency:
        agent = self.site.account("agent")
        page = self.signed_in(agent)
        name = page.get_by_role("heading", level=1).inner_text()
        page.context.close()
        assert agent.uscc is not None
        return Agency(name, agent.uscc, agent)

    def looks_right(self, page: Page) -> None:
        """Nobody is barred and nothing scrolls sideways, on a desk and on a phone; the page stays as it is."""
        size = page.viewport_size
        looks_right(page, self.accessible)
        assert size is not None
        page.set_viewport_size(size)


# ---- what citizens do ----


def radio(page: Page, words: str) -> Locator:
    return page.get_by_role("radio", name=re.compile(f"^{words}"))


def begins(page: Page, matter: str, subject: str, facts: str) -> None:
    """From the front page to a form that is filled in."""
    page.goto("/")
    page.get_by_role("link", name=re.compile("举报")).first.click()
    radio(page, "举报").check()
    radio(page, matter).check()
    page.get_by_label("对方名称").fill(subject)
    page.get_by_label("事实经过").fill(facts)


def previews_and_sends(page: Page) -> str:
    """By way of the preview; what comes back is the receipt."""
    page.get_by_role("button", name="下一步：预览").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("预览：还没有提交")
    return sends(page)


def sends(page: Page) -> str:
    page.get_by_role("button", name="提交", exact=True).click()
    return page.get_by_text(RECEIPT).inner_text()


def follows(page: Page, receipt: str) -> None:
    """Open the case with the receipt."""
    page.goto("/")
    page.get_by_role("link", name="查询进度").first.click()
    page.get_by_label("回执码", exact=True).fill(receipt)
    page.get_by_role("button", name="查看").click()
    expect(page.locator("[data-state]")).to_have_count(1)


def looks_again(page: Page, state: str) -> None:
    page.reload()
    stands_at(page, state)


# ---- what officers do ----


def finds(page: Page, words: str, *, state: str = "") -> None:
    """The one case in the queue of which these words tell."""
    goes_to(page, "^举报办理$")
    for _ in range(40):  # words are found as soon as the worker has brought them into the index
        search = page.get_by_role("search", name="查找举报")
        search.get_by_label("查找内容").fill(words)
        search.get_by_label("状态").select_option(state)
        search.get_by_role("button", name="查找").click()
        if page.get_by_role("rowheader").count():
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"no case of {words}: {page.inner_text('main')}")


def opens(page: Page, words: str, *, state: str = "") -> str:
    """Open the case of which these words tell; gives its number."""
    finds(page, words, state=state)
    page.get_by_role("rowheader").get_by_role("link").first.click()
    return number_of(page)


def number_of(page: Page) -> str:
    found = re.search(r"20\d\d-\d{6}", page.get_by_role("heading", level=1).inner_text())
    assert found, page.url
    return found[0]


def takes(page: Page) -> None:
    with step(page, "受理"):
        pass
    stands_at(page, "核查中")


def decides(page: Page, outcome: str, words: str) -> None:
    with step(page, "作出处理决定") as part:
        part.get_by_label(outcome, exact=True).check()
        part.get_by_label("处理决定").fill(words)
    stands_at(page, "已作出决定，待答复")


def answers(page: Page, words: str) -> None:
    with step(page, "答复") as part:
        part.get_by_label("答复内容").fill(words)
    stands_at(page, "已答复")


def region(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def downloads(page: Page, link: Locator) -> str:
    """Open a file; the name that it has by then."""
    with page.expect_download() as started:
        link.click()
    assert started.value.path().stat().st_size > 0
    return started.value.suggested_filename


def publish_a_finding(people: People, agency: Agency, finding: str) -> None:
    """One inspects, another confirms."""
    inspector, second = people.officer("inspector", SICHUAN), people.officer("provincial", SICHUAN)
    goes_to(inspector, "^登记机构$")
    inspector.get_by_label("名称、曾用名或代码").fill(agency.code)
    inspector.get_by_role("button", name="查找").click()
    goes_to(inspector, agency.name, "开展核查")
    inspector.get_by_label("核查事项").select_option(label="服务产品与收费标准")
    inspector.get_by_label("查到的情况").fill("对照了合同样本。")
    inspector.get_by_label("结论", exact=True).select_option(label="公示信息隐瞒真实情况、弄虚作假")
    inspector.get_by_label("结论的理由").fill(finding)
    inspector.get_by_role("button", name="登记核查").click()
    stands_at(inspector, "待复核")
    second.goto(urlsplit(inspector.url).path)
    with step(second, "复核并公示") as part:
        part.get_by_label("复核意见").fill("证据充分，同意公布。")
    stands_at(second, "结论已公示")
