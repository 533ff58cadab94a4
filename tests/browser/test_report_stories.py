"""Seven stories of reports, each lived through by everybody who has a part in it, every person in an own browser."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.guard import Guard
from tests.browser.live_site import LiveSite
from tests.browser.report_people import (
    CHENGDU,
    NATION,
    SICHUAN,
    ZHEJIANG,
    Accessible,
    OpenPage,
    People,
    answers,
    begins,
    decides,
    downloads,
    finds,
    follows,
    looks_again,
    number_of,
    opens,
    png,
    previews_and_sends,
    publish_a_finding,
    radio,
    region,
    sends,
    takes,
)
from tests.browser.test_story import goes_to, says, stands_at, step

# Of the sample register, in Sichuan outside Chengdu.
AGENCY = "广安示例甲丑资信评估有限公司"


@pytest.fixture
def people(live_site: LiveSite, open_page: OpenPage, assert_accessible: Accessible, guard: Guard) -> People:
    return People(live_site, open_page, assert_accessible)


def test_an_anonymous_report_with_files_and_questions_both_ways(people: People) -> None:
    citizen, officer = people.citizen(), people.officer("provincial", SICHUAN)
    begins(citizen, "冒用名义", "示例无名信用修复工作室", "来电自称与登记机构合作，要我先交 800 元。")
    citizen.get_by_label("名录里没有对方").check()
    citizen.get_by_label("事情发生在哪里").select_option(label="四川省")
    citizen.get_by_label("网址或应用名称").fill("wuming.example")
    citizen.get_by_label("证据材料").set_input_files([png("我的手机截图.png")])
    citizen.get_by_role("button", name="下一步：预览").click()
    says(citizen, "没有与名录中的机构对上，同样受理")
    says(citizen, "我的手机截图.png")
    people.looks_right(citizen)
    receipt = sends(citizen)
    says(citizen, "四川省信用主管部门办理")

    opens(officer, "示例无名信用修复工作室")
    says(officer, "没有对应的登记机构")
    says(officer, "wuming.example")
    says(officer, "匿名")
    evidence = region(officer, "证据清单")
    expect(evidence).not_to_contain_text("我的手机截图")
    assert downloads(officer, evidence.get_by_role("link", name="附件1.png")) == "附件1.png"
    takes(officer)
    with step(officer, "请提交人补充") as part:
        part.get_by_label("需要补充什么").fill("请补充收款账户的截图。")
    stands_at(officer, "待提交人补充")
    expect(region(officer, "期限")).to_contain_text("起暂停计算")
    people.looks_right(officer)

    again = people.citizen()  # a browser that knows nothing but the receipt
    follows(again, receipt)
    stands_at(again, "待提交人补充")
    says(again, "等您期间，办理期限暂停计算")
    says(again, "请补充收款账户的截图。")
    people.looks_right(again)
    again.get_by_role("textbox", name="留言").fill("这是转账页面的截图。")
    again.get_by_label("证据材料").set_input_files([png("转账.png")])
    again.get_by_role("button", name="提交补充").click()
    says(again, "留言已送达办理人员")
    stands_at(again, "核查中")
    expect(region(again, "进度")).to_contain_text(re.compile(r"最迟 \d{4}-\d\d-\d\d"))

    goes_to(officer, "^消息", "提交人有新留言")
    stands_at(officer, "核查中")
    for name in ("附件1.png", "附件2.png"):
        expect(evidence.get_by_role("link", name=name)).to_be_visible()
    assert downloads(officer, evidence.get_by_role("link", name="附件2.png")) == "附件2.png"
    says(officer, "这是转账页面的截图。")
    expect(region(officer, "期限")).not_to_contain_text("暂停")
    officer.get_by_text("给提交人留言（不改变状态）").click()
    officer.get_by_label("给提交人的消息").fill("材料齐了，正在向银行核对。")
    officer.get_by_role("button", name="留言", exact=True).click()
    says(officer, "材料齐了")

    looks_again(again, "核查中")
    says(again, "材料齐了，正在向银行核对。")
    again.get_by_role("textbox", name="留言").fill("谢谢，等结果。")
    again.get_by_role("button", name="发送留言").click()
    says(again, "留言已送达办理人员")
    officer.reload()
    expect(region(officer, "与提交人的往来")).to_contain_text("谢谢，等结果。")


def test_a_named_report_and_its_written_answer(people: People) -> None:
    name, phone, address = "王示例", "13800005678", "成都市示例路 66 号 5 楼"
    citizen, inspector = people.citizen(), people.officer("inspector", SICHUAN)
    begins(citizen, "违规收费", AGENCY, f"我是{name}，电话 {phone}，住{address}。对方另收 500 元书面加急费。")
    radio(citizen, "实名").check()
    citizen.get_by_label("联系人姓名").fill(name)
    citizen.get_by_label("联系电话").fill(phone)
    citizen.get_by_label("通信地址").fill(address)
    citizen.get_by_role("button", name="下一步：预览").click()
    expect(citizen.locator("mark.mark-out")).to_have_text([name, phone, address])
    people.looks_right(citizen)
    receipt = sends(citizen)

    opens(inspector, "书面加急费")
    facts = region(inspector, "反映的内容")
    expect(facts).to_contain_text("我是【已隐去】，电话 【已隐去】，住【已隐去】。")
    says(inspector, "您的角色不能查看身份")
    for secret in (name, phone, "示例路"):
        expect(inspector.get_by_role("main")).not_to_contain_text(secret)
    takes(inspector)

    office = people.officer("provincial", SICHUAN)
    reason = "需要按通信地址寄送书面答复"
    number = opens(office, "书面加急费")
    office.get_by_text("查看提交人身份", exact=True).click()
    office.get_by_label("查看理由").fill(reason)
    office.get_by_role("button", name="记录理由并查看").click()
    identity = region(office, "提交人身份（仅本次显示）")
    for secret in (name, phone, address):
        expect(identity).to_contain_text(secret)
    people.looks_right(office)
    opens(office, number)
    for secret in (name, phone, "示例路"):
        expect(office.get_by_role("main")).not_to_contain_text(secret)

    inspector.reload()
    decides(inspector, "情况属实", "经核对收费台账，另收 500 元没有依据，已责令退还。")
    answers(inspector, "您反映的情况属实，该机构已退还 500 元。")
    inspector.get_by_role("link", name="书面答复，可打印邮寄").click()
    on_paper = inspector.locator("[data-written-answer]")
    expect(on_paper).to_contain_text("已责令退还")

    follows(citizen, receipt)
    stands_at(citizen, "已答复")
    expect(region(citizen, "处理结果")).to_contain_text("已责令退还")
    says(citizen, "该机构已退还 500 元")
    citizen.get_by_role("link", name="打印书面答复").click()
    expect(citizen.get_by_role("heading", level=1)).to_have_text("关于您反映事项的答复")
    for page in (citizen, inspector):
        paper = page.locator("[data-written-answer]")
        expect(paper).to_contain_text("四川省广安市信用主管部门")
        for secret in (name, phone, "示例路", "核查人员", receipt):
            expect(paper).not_to_contain_text(secret)
    people.looks_right(citizen)
    citizen.emulate_media(media="print")
    for around in ("banner", "contentinfo"):
        expect(citizen.get_by_role(around)).to_have_count(0)  # a letter of an office, no page of a site
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", citizen.pdf(format="A4"))) == 1

    auditor = people.officer("auditor", NATION)
    goes_to(auditor, "^操作记录$")
    auditor.get_by_label("事项").select_option(label="举报质疑异议：查看举报人身份")
    auditor.get_by_role("button", name="查找").click()
    seen = auditor.get_by_role("row").filter(has_text=reason)
    expect(seen).to_have_count(1)
    expect(seen).to_contain_text("省级牵头单位人员")


def test_an_objection_takes_a_published_line_down(people: People) -> None:
    agency = people.agency()
    finding = "网页上的收费标准与合同不一致，示例异议用。"
    publish_a_finding(people, agency, finding)
    reader, agent = people.citizen(), people.signed_in(agency.agent)
    profile = f"/institutions/{agency.code}"
    for address in (profile, f"/inspections?q={agency.code}"):
        reader.goto(address)
        says(reader, finding)

    goes_to(agent, "^查看公开页面$")
    line = region(agent, "核查情况").get_by_role("listitem").filter(has_text=finding)
    line.get_by_role("link", name=re.compile("^质疑")).click()
    goes_to(agent, "^对这条信息有异议$")
    expect(radio(agent, "异议")).to_be_checked()
    expect(agent.locator("blockquote")).to_contain_text("核查结论")
    objected = "合同所附的是旧版价目，新版与网页一致，请核实。"
    agent.get_by_label("事实经过").fill(objected)
    agent.get_by_label("证据材料").set_input_files([png("新版价目.png")])
    agent.get_by_role("button", name="下一步：预览").click()
    says(agent, "以机构身份提出")
    people.looks_right(agent)
    sends(agent)

    officer = people.officer("local", CHENGDU)
    opens(officer, "旧版价目")
    says(officer, "由机构账号登录后提交")
    with step(officer, "标注异议") as part:
        part.get_by_label("有异议的信息").fill("收费标准的核查结论")
    mark = "该机构对“收费标准的核查结论”提出异议，主管部门正在核实"
    reader.goto(profile)
    says(reader, mark)
    people.looks_right(reader)
    takes(officer)
    with step(officer, "作出处理决定") as part:
        part.get_by_label("情况属实", exact=True).check()
        part.get_by_label("处理决定").fill("新版价目与网页一致，原结论有误，予以撤下。")
        part.get_by_label("同时从公开页面撤下").check()
    stands_at(officer, "已作出决定，待答复")
    answers(officer, "异议成立，核查结论已经撤下。")

    for address in (profile, f"/inspections?q={agency.code}"):
        reader.goto(address)
        for gone in (finding, mark):
            expect(reader.get_by_role("main")).not_to_contain_text(gone)
    agent.goto("/workspace")
    goes_to(agent, "^本机构提出的异议与答复$")
    objection = region(agent, objected)
    expect(objection).to_contain_text(
        "针对公开的信息“核查结论：服务产品与收费标准，公示信息隐瞒真实情况、弄虚作假"
    )
    expect(objection).to_contain_text("已答复")
    expect(objection).to_contain_text("异议成立，核查结论已经撤下。")
    people.looks_right(agent)


def test_a_report_goes_on_to_another_region(people: People, guard: Guard) -> None:
    guard.expect("404 (NOT FOUND)")  # the case that the first office no longer sees
    citizen, first = people.citizen(), people.officer("provincial", SICHUAN)
    begins(citizen, "其他", "示例跨省信用顾问", "合同在成都签，公司在杭州。")
    citizen.get_by_label("名录里没有对方").check()
    citizen.get_by_label("事情发生在哪里").select_option(label="四川省")
    receipt = previews_and_sends(citizen)

    number = opens(first, "示例跨省信用顾问")
    case = urlsplit(first.url).path
    first.get_by_text("写一条备注").click()
    first.get_by_role("textbox", name="内部备注").fill("已电话问过成都的同事。")
    first.get_by_role("button", name="记下").click()
    says(first, "已电话问过成都的同事。")
    with step(first, "转其他地区办理") as part:
        part.get_by_label("转往地区").fill("浙江省")
        part.get_by_label("转办原因").fill("注册地在杭州，由当地核查更方便。")
        people.looks_right(first)
    says(first, f"{number} 已转出，由接收地区办理")
    answer = first.goto(case)
    assert answer is not None
    assert answer.status == 404
    goes_to(first, "^举报办理$")
    first.get_by_label("查找内容").fill(number)
    first.get_by_role("button", name="查找").click()
    says(first, "没有符合条件的举报")

    second = people.officer("provincial", ZHEJIANG)
    assert opens(second, "示例跨省信用顾问") == number
    stands_at(second, "待受理")
    expect(region(second, "转来说明")).to_contain_text("注册地在杭州，由当地核查更方便。")
    expect(region(second, "内部备注")).to_contain_text("还没有备注")
    people.looks_right(second)
    takes(second)

    follows(citizen, receipt)
    stands_at(citizen, "核查中")
    says(citizen, "由浙江省信用主管部门办理")
    expect(citizen.get_by_role("main")).not_to_contain_text("成都的同事")


def test_two_reports_become_one_and_both_are_answered(people: People) -> None:
    subject, facts = "示例双胞胎信用服务部", "上门推销征信修复，收了 600 元定金，不开收据。"
    citizens = [people.citizen(), people.citizen()]
    receipts = []
    for page in citizens:
        begins(page, "其他", subject, facts)
        page.get_by_label("事情发生在哪里").select_option(label="四川省")
        receipts.append(previews_and_sends(page))
    officer = people.officer("inspector", SICHUAN)
    finds(officer, subject)
    links = officer.get_by_role("rowheader").get_by_role("link")
    expect(links).to_have_count(2)
    lead, other = sorted(links.all_inner_texts())
    for number in (lead, other):
        opens(officer, number)
        takes(officer)

    alike = region(officer, "反映的内容")
    expect(alike).to_contain_text(re.compile(rf"可能反映同一情况.*{lead}.*文字相近 100%", re.DOTALL))
    with step(officer, "并入另一件") as part:
        part.get_by_label("另一件的编号").fill(lead)
        part.get_by_label("并案理由").fill("同一对象、同一手法。")
        people.looks_right(officer)
    says(officer, "已并案，由先到期的一件牵头办理")
    assert number_of(officer) == lead
    expect(region(officer, "反映的内容")).to_contain_text("并入这一件的 1 件")
    for page, receipt in zip(citizens, receipts, strict=True):
        follows(page, receipt)
        stands_at(page, "核查中")
        expect(page.get_by_role("main")).not_to_contain_text("并案")

    region(officer, "反映的内容").get_by_role("link", name=other).first.click()
    stands_at(officer, "已并案")
    with step(officer, "取消并案，单独办理") as part:
        part.get_by_label("取消并案的原因").fill("再核对一次。")
    stands_at(officer, "核查中")
    finds(officer, subject)
    for number in (lead, other):
        officer.get_by_role("checkbox", name=f"选择 {number}").check()
    bulk = region(officer, "办理所选事项")
    bulk.get_by_label("并为一件办理").check()
    bulk.get_by_label("原因").fill("确是同一件事。")
    people.looks_right(officer)
    bulk.get_by_role("button", name="办理所选").click()

    opens(officer, lead)
    decides(officer, "情况属实", "已责令退还定金并开具收据。")
    answers(officer, "您反映的情况属实，定金已退还。")
    for page in citizens:
        looks_again(page, "已答复")
        expect(region(page, "处理结果")).to_contain_text("已责令退还定金并开具收据。")
        says(page, "定金已退还")
        expect(page.get_by_role("main")).not_to_contain_text("并案")


def test_another_officer_reviews_and_the_citizen_reads_both_results(people: People) -> None:
    agency = people.agency()
    citizen, first = people.citizen(), people.officer("local", CHENGDU)
    begins(citizen, "违规收费", agency.name, "示例复核：收了 700 元资料费，没有公示。")
    receipt = previews_and_sends(citizen)
    opens(first, "700 元资料费")
    takes(first)
    decides(first, "未发现所反映的情况", "机构说明资料费已取消。")
    answers(first, "未发现收取资料费。")

    follows(citizen, receipt)
    stands_at(citizen, "已答复")
    says(citizen, "未发现收取资料费。")
    people.looks_right(citizen)
    citizen.get_by_text("申请复核").first.click()
    citizen.get_by_label("为什么申请复核").fill("没有看我的转账记录，请再核对。")
    citizen.get_by_role("button", name="申请复核").click()
    stands_at(citizen, "复核中")

    first.reload()
    stands_at(first, "复核中")
    expect(first.get_by_role("main")).not_to_contain_text("已经办结")
    says(first, "原处理结果由您作出，须由另一名有复核权限的工作人员复核")
    expect(first.get_by_role("button", name=re.compile("^复核：")).locator("visible=true")).to_have_count(0)

    second = people.officer("provincial", SICHUAN)
    opens(second, "700 元资料费")
    expect(region(second, "复核申请")).to_contain_text("没有看我的转账记录")
    people.looks_right(second)
    with step(second, "复核：重新核查") as part:
        part.get_by_label("复核意见").fill("转账记录没有核对，须重新核查。")
    stands_at(second, "核查中")
    looks_again(citizen, "核查中")
    says(citizen, "撤销原处理结果，重新核查。转账记录没有核对")
    decides(second, "情况属实", "转账记录属实，已责令退还 700 元。")
    answers(second, "经复核，情况属实，700 元已退还。")

    looks_again(citizen, "已答复")
    says(citizen, "未发现收取资料费。")
    says(citizen, "经复核，情况属实，700 元已退还。")
    expect(region(citizen, "处理结果")).to_contain_text("已责令退还 700 元")
    expect(citizen.get_by_role("button", name="申请复核")).to_have_count(0)  # once for each report
    radio(citizen, "4 分").check()
    citizen.get_by_label("想说的话").fill("第二次很仔细。")
    citizen.get_by_role("button", name="提交评价").click()
    says(citizen, "您已评价：4 分")
    second.reload()
    expect(region(second, "提交人")).to_contain_text("第二次很仔细。")


def test_the_institution_is_asked_and_answers_with_a_file(people: People) -> None:
    agency = people.agency()
    citizen, officer = people.citizen(), people.officer("local", CHENGDU)
    begins(citizen, "违规收费", agency.name, "示例核实：业务员另收 350 元服务费。")
    receipt = previews_and_sends(citizen)
    opens(officer, "350 元服务费")
    takes(officer)
    question = "请说明贵机构收取服务费的依据，并提供收费台账。"
    with step(officer, "向机构核实") as part:
        part.get_by_label("向机构核实什么").fill(question)
    stands_at(officer, "待机构答复")
    follows(citizen, receipt)
    stands_at(citizen, "待机构答复")
    says(citizen, "机构看不到是谁反映的")

    agent = people.signed_in(agency.agent)
    goes_to(agent, "^消息", "向贵机构核实情况")
    says(agent, question)
    for unseen in ("350", "业务员"):
        expect(agent.get_by_role("main")).not_to_contain_text(unseen)
    people.looks_right(agent)
    agent.get_by_role("textbox", name="答复").fill("服务费已于上月取消，台账见附件。")
    agent.get_by_label("证据材料").set_input_files([png("台账.png")])
    agent.get_by_role("button", name="提交答复").click()
    says(agent, "答复已送达主管部门")
    goes_to(agent, "^核实函$")
    row = agent.get_by_role("row").filter(has_text="收取服务费的依据")
    expect(row).to_contain_text("已答复")
    agent.set_viewport_size({"width": 390, "height": 844})
    assert (
        row.get_by_role("link").evaluate("link => link.getClientRects().length") <= 2
    )  # not a column of words

    goes_to(officer, "^消息", "机构已答复")
    stands_at(officer, "核查中")
    expect(region(officer, "向机构核实")).to_contain_text("服务费已于上月取消，台账见附件。")
    evidence = region(officer, "证据清单")
    expect(evidence).to_contain_text("机构提供")
    assert downloads(officer, evidence.get_by_role("link").first)
    people.looks_right(officer)
    looks_again(citizen, "核查中")
    expect(citizen.get_by_role("main")).not_to_contain_text("台账")
