"""One story with seven people: an institution registers and promises, a citizen reports it, an inspector catches it out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.guard import Guard
from tests.core.codes import uscc
from tests.walk.people import picture

CODE = uscc(division="510100", serial=515151)
NAME = "成都示例守约信用服务有限公司"
PASSWORD = "Promise-Kept-2026!"
LICENCE = {"name": "营业执照.png", "mimeType": "image/png", "buffer": picture()}
PROOF = {"name": "转账记录.png", "mimeType": "image/png", "buffer": picture()}
FINDING = "公示的住所与实际经营地点不符。"

OpenPage = Callable[..., Page]
SignIn = Callable[[Page, str], Any]


def test_an_institution_registers_and_promises_a_citizen_reports_it_and_a_falsehood_is_corrected(
    open_page: OpenPage, sign_in: SignIn, guard: Guard
) -> None:
    guard.expect("422 (UNPROCESSABLE ENTITY)")  # the one receipt with a typing error
    citizen = open_page(PHONE)
    agent, reviewer = open_page(), open_page()
    sign_in(reviewer, "reviewer")

    the_agent_opens_an_account(agent)
    the_agent_begins_and_goes_on_later(agent)
    the_reviewer_returns_the_application(reviewer)
    the_agent_mends_what_was_asked(agent)
    the_reviewer_accepts(reviewer)
    everybody_finds_the_institution(citizen)

    representative = open_page()
    the_legal_representative_claims_the_entry(representative, reviewer)
    both_sign_the_commitment(agent, representative)
    the_public_reads_the_commitment(citizen)

    officer = open_page()
    sign_in(officer, "local")
    receipt = the_citizen_reports_the_institution(citizen)
    the_citizen_mistypes_the_receipt_and_is_told(citizen, receipt)
    the_officer_asks_and_the_citizen_answers(officer, citizen)
    the_officer_decides_answers_and_closes(officer)
    the_citizen_reads_the_answer(citizen)

    inspector, second = open_page(), open_page()
    sign_in(inspector, "inspector")
    sign_in(second, "provincial")
    the_inspector_records_a_falsehood(inspector)
    nobody_else_can_know_it_yet(citizen)
    a_second_person_confirms(second)
    the_profile_shows_the_falsehood(citizen)
    the_inspector_orders_a_correction(inspector)
    the_agent_reports_what_was_corrected(agent)
    the_inspector_sees_that_it_was_corrected(inspector)
    the_public_sees_that_it_was_corrected(citizen)


# ---- how people look at pages ----


def says(page: Page, text: str | re.Pattern[str]) -> None:
    """The page says so, in what a person reads of it."""
    expect(page.get_by_role("main")).to_contain_text(text)


def stands_at(page: Page, state: str) -> None:
    """The case beneath its heading has this state."""
    expect(page.locator(".page-head")).to_contain_text(state)


def goes_to(page: Page, *entries: str) -> None:
    """Follow links of the header, then of the page, by their words."""
    for entry in entries:
        page.get_by_role("link", name=re.compile(entry)).first.click()


def opens_its_case(page: Page) -> None:
    """The line of the institution in a queue."""
    page.get_by_role("row").filter(has_text=NAME).get_by_role("link").first.click()


@contextmanager
def step(page: Page, name: str) -> Iterator[Locator]:
    """Unfold a step of a case, fill in what stands in it, and press its button, which has the same words."""
    part = page.locator("details").filter(
        has=page.locator("summary", has_text=re.compile(rf"^\s*{name}\s*$"))
    )
    if not part.evaluate("part => part.open"):
        part.locator("summary").click()
    yield part
    part.get_by_role("button", name=name, exact=True).click()


# ---- the register ----


def opens_an_account(page: Page, *, email: str, person: str, standing: str) -> None:
    page.goto("/")
    page.get_by_role("link", name="开立机构账号").click()
    page.get_by_label("登录邮箱").fill(email)
    page.get_by_label("姓名").fill(person)
    page.get_by_label("机构的统一社会信用代码").fill(CODE.lower())
    page.get_by_label("您的身份").select_option(label=standing)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_label("再次输入密码").fill(PASSWORD)
    page.get_by_role("button", name="开立账号并登录").click()
    says(page, "账号已开立，您已登录")


def the_agent_opens_an_account(agent: Page) -> None:
    opens_an_account(
        agent, email="agent.story@example.cn", person="吴示例", standing="经办人（受机构委托办理）"
    )


def the_agent_begins_and_goes_on_later(agent: Page) -> None:
    expect(agent.get_by_role("heading", level=1)).to_have_text("登记申请")
    agent.get_by_label("机构名称").fill(NAME)
    agent.get_by_label("法定代表人").fill("郑示例")
    agent.get_by_role("button", name="保存草稿").click()
    says(agent, "草稿已保存，尚未提交")
    stands_at(agent, "草稿")

    agent.get_by_role("link", name="我的工作台").click()
    agent.get_by_role("region", name="接下来要办的").get_by_role("link").first.click()
    expect(agent.get_by_label("机构名称")).to_have_value(NAME)
    agent.get_by_label("所在地区").fill("四川省成都市")
    agent.get_by_label("住所").fill("成都市示例路 8 号")
    agent.get_by_label("联系电话").fill("028-87654321")
    agent.get_by_label("机构简介").fill("为中小企业提供信用调查和信用管理咨询。")
    agent.get_by_label("信用调查").check()
    agent.get_by_label("信用管理咨询").check()
    agent.get_by_label("营业执照扫描件或照片").set_input_files([LICENCE])
    agent.get_by_role("button", name="提交申请").click()
    says(agent, "申请已提交，等待审核")


def the_reviewer_returns_the_application(reviewer: Page) -> None:
    goes_to(reviewer, "^登记申请$", NAME)
    says(reviewer, "校验码相符")
    with reviewer.expect_download() as download:
        reviewer.get_by_role("link", name="营业执照.png").click()
    assert download.value.suggested_filename == "营业执照.png"
    reviewer.get_by_label("意见").fill("住所请写到楼层。")
    reviewer.get_by_role("button", name="退回补正").click()
    stands_at(reviewer, "退回补正")


def the_agent_mends_what_was_asked(agent: Page) -> None:
    goes_to(agent, "^消息", "退回")
    says(agent, "住所请写到楼层。")
    expect(agent.get_by_label("住所")).to_have_value("成都市示例路 8 号")
    agent.get_by_label("住所").fill("成都市示例路 8 号 2 层")
    agent.get_by_role("button", name="提交申请").click()
    says(agent, "申请已提交，等待审核")


def the_reviewer_accepts(reviewer: Page) -> None:
    goes_to(reviewer, "^登记申请$", NAME)
    says(reviewer, "成都市示例路 8 号 2 层")
    reviewer.get_by_role("button", name="通过并公示").click()
    stands_at(reviewer, "已通过")


def everybody_finds_the_institution(citizen: Page) -> None:
    citizen.goto("/")
    citizen.get_by_label("搜索机构").fill("示例守约信用")
    citizen.get_by_role("button", name="搜索").click()
    found = citizen.get_by_role("link", name=NAME)
    for _ in range(40):  # the worker brings it into the index within a second or two
        if found.count():
            break
        citizen.wait_for_timeout(250)
        citizen.reload()
    found.click()
    expect(citizen.get_by_role("heading", level=1)).to_have_text(NAME)
    expect(citizen.locator(".glance")).to_contain_text(re.compile("登记机构.*未承诺", re.DOTALL))


# ---- the commitment ----


def the_legal_representative_claims_the_entry(representative: Page, reviewer: Page) -> None:
    opens_an_account(representative, email="legal.story@example.cn", person="郑示例", standing="法定代表人")
    says(representative, "您的机构已在名录中")
    expect(representative.get_by_label("机构名称")).to_have_value(NAME)
    representative.get_by_label("营业执照扫描件或照片").set_input_files([LICENCE])
    representative.get_by_role("button", name="提交申请").click()
    says(representative, "申请已提交，等待审核")

    goes_to(reviewer, "^登记申请$", NAME)
    says(reviewer, "认领名录中的登记")
    says(reviewer, "吴示例")  # who else acts for this institution
    reviewer.get_by_role("button", name="通过并公示").click()
    stands_at(reviewer, "已通过")


def signs(page: Page) -> None:
    says(page, "郑示例")
    page.get_by_label("我已阅读承诺书全文，同意并签署").check()
    page.get_by_role("button", name="签署", exact=True).click()


def both_sign_the_commitment(agent: Page, representative: Page) -> None:
    goes_to(agent, "我的工作台", "查看并签署")
    signs(agent)
    says(agent, "您已签署。另一方签署后，承诺书即公示。")
    goes_to(representative, "我的工作台", "查看并签署")
    signs(representative)
    says(representative, "双方均已签署，承诺书已公示")


def the_public_reads_the_commitment(citizen: Page) -> None:
    citizen.reload()
    expect(citizen.locator(".glance")).to_contain_text("已承诺")
    citizen.get_by_role("link", name=re.compile("^信用承诺书 ")).click()
    expect(citizen.get_by_role("heading", level=1)).to_contain_text("信用承诺书")
    says(citizen, NAME)
    says(citizen, "公示中")
    citizen.get_by_role("link", name=NAME).first.click()


# ---- the report ----


def the_citizen_reports_the_institution(citizen: Page) -> str:
    citizen.get_by_role("link", name="举报或质疑这家机构").click()
    expect(citizen.get_by_label("对方的统一社会信用代码")).to_have_value(CODE)
    expect(citizen.get_by_role("radio", name=re.compile("^举报"))).to_be_checked()
    citizen.get_by_role("radio", name=re.compile("^违规收费")).check()
    citizen.get_by_label("事实经过").fill("在公示的年费之外，另行收取 500 元加急费，有转账记录。")
    citizen.get_by_label("证据材料").set_input_files([PROOF])
    citizen.get_by_role("button", name="提交").click()
    says(citizen, "已收到您的举报")
    receipt = citizen.get_by_text(re.compile("^([2-9A-Z]{4}-){4}[2-9A-Z]{4}$")).inner_text()
    citizen.get_by_role("button", name="我已保存，不再显示").click()
    expect(citizen.get_by_text(receipt)).to_have_count(0)
    return receipt


def the_citizen_mistypes_the_receipt_and_is_told(citizen: Page, receipt: str) -> None:
    wrong = receipt[:-1] + ("2" if receipt[-1] != "2" else "3")
    citizen.get_by_label("回执码").fill(wrong)
    citizen.get_by_role("button", name="查看").click()
    expect(citizen.get_by_role("alert")).to_contain_text("回执码")
    expect(citizen.get_by_label("回执码")).to_have_value(wrong)
    citizen.get_by_label("回执码").fill(receipt.replace("-", " ").lower())
    citizen.get_by_role("button", name="查看").click()
    stands_at(citizen, "待受理")
    says(citizen, "附件1.png")


def the_officer_asks_and_the_citizen_answers(officer: Page, citizen: Page) -> None:
    goes_to(officer, "举报办理")
    opens_its_case(officer)
    says(officer, "匿名")
    with step(officer, "受理"):
        pass
    stands_at(officer, "核查中")
    with step(officer, "请提交人补充") as part:
        part.get_by_label("需要补充什么").fill("请补充付款的日期。")
    stands_at(officer, "待提交人补充")

    citizen.reload()
    says(citizen, "办理人员在等您补充")
    says(citizen, "请补充付款的日期。")
    citizen.get_by_role("textbox", name="留言").fill("2026 年 3 月 2 日付款。")
    citizen.get_by_role("button", name="提交补充").click()
    says(citizen, "留言已送达办理人员")


def the_officer_decides_answers_and_closes(officer: Page) -> None:
    goes_to(officer, "^消息", "提交人有新留言")
    stands_at(officer, "核查中")
    says(officer, "2026 年 3 月 2 日付款。")
    with step(officer, "作出处理决定") as part:
        part.get_by_label("情况属实").check()
        part.get_by_label("处理决定").fill("经核对转账记录，情况属实，已责令退还。")
    stands_at(officer, "已作出决定，待答复")
    with step(officer, "答复") as part:
        part.get_by_label("答复内容").fill("您反映的情况属实，该机构已退还 500 元。")
    stands_at(officer, "已答复")
    officer.get_by_role("button", name="办结").click()
    stands_at(officer, "已办结")


def the_citizen_reads_the_answer(citizen: Page) -> None:
    citizen.reload()
    stands_at(citizen, "已办结")
    says(citizen, "该机构已退还 500 元")
    expect(citizen.get_by_role("region", name="处理结果")).to_contain_text("情况属实，已责令退还")
    citizen.get_by_role("button", name="看完了，关闭本页").click()
    says(citizen, "本浏览器不再显示这件事项")


# ---- the check ----


def the_inspector_records_a_falsehood(inspector: Page) -> None:
    goes_to(inspector, "^登记机构$")
    inspector.get_by_label("名称、曾用名或代码").fill(CODE)
    inspector.get_by_role("button", name="查找").click()
    goes_to(inspector, NAME, "开展核查")
    says(inspector, "成都市示例路 8 号 2 层")  # what the register says today, beside the form
    inspector.get_by_label("核查事项").select_option(label="基本登记信息")
    inspector.get_by_label("查到的情况").fill("书面询问物业：该地址没有这家机构。")
    inspector.get_by_label("结论", exact=True).select_option(label="公示信息隐瞒真实情况、弄虚作假")
    inspector.get_by_label("结论的理由").fill(FINDING)
    inspector.get_by_role("button", name="登记核查").click()
    stands_at(inspector, "待复核")
    says(inspector, "须由另一位有复核权限的人员复核")


def nobody_else_can_know_it_yet(citizen: Page) -> None:
    for path in (f"/institutions/{CODE}", f"/inspections?q={CODE}"):
        citizen.goto(path)
        expect(citizen.get_by_role("main")).not_to_contain_text(FINDING)


def a_second_person_confirms(second: Page) -> None:
    goes_to(second, "待复核核查结论", NAME)
    says(second, FINDING)
    with step(second, "复核并公示") as part:
        part.get_by_label("复核意见").fill("证据充分，同意公布。")
    stands_at(second, "结论已公示")


def the_profile_shows_the_falsehood(citizen: Page) -> None:
    goes_to(citizen, "^核查结果$", NAME)
    expect(citizen.get_by_role("region", name="核查情况")).to_contain_text(
        re.compile(f"弄虚作假.*{FINDING}", re.DOTALL)
    )
    expect(citizen.get_by_role("main")).not_to_contain_text("书面询问物业")  # stays in the office


def the_inspector_orders_a_correction(inspector: Page) -> None:
    inspector.reload()
    with step(inspector, "责令限期改正") as part:
        part.get_by_label("改正要求").fill("更正公示的住所。")
    stands_at(inspector, "限期改正中")


def the_agent_reports_what_was_corrected(agent: Page) -> None:
    goes_to(agent, "^消息")
    agent.get_by_role("main").get_by_role("link", name=re.compile("改正")).first.click()
    says(agent, "更正公示的住所。")
    agent.get_by_role("textbox", name="改正情况").fill("已申请变更住所，附新的租赁合同。")
    agent.get_by_label("证明材料").set_input_files([PROOF])
    agent.get_by_role("button", name="报送").click()
    says(agent, "改正情况已报送")


def the_inspector_sees_that_it_was_corrected(inspector: Page) -> None:
    goes_to(inspector, "^核查$", "待确认改正", NAME)
    says(inspector, "已申请变更住所")
    with step(inspector, "确认已改正") as part:
        part.get_by_label("确认的依据").fill("已核对变更后的住所和租赁合同。")
    stands_at(inspector, "已改正")


def the_public_sees_that_it_was_corrected(citizen: Page) -> None:
    citizen.reload()
    expect(citizen.get_by_role("region", name="核查情况")).to_contain_text("已改正")
