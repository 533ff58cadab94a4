"""Governance in real browsers: an institution from screening to exit, another pruned, an impostor through letter and answer."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook
from playwright.sync_api import Page, expect

from credit_register.core.clock import today
from tests.browser.guard import Guard
from tests.browser.live_site import Account, LiveSite
from tests.browser.report_people import SICHUAN, OpenPage, People, png
from tests.browser.test_story import goes_to, says, signs, stands_at, step
from tests.core.codes import uscc
from tests.services import PROJECT, clean_environment

CODE, NAME = uscc(division="511300", serial=626262), "南充示例知错信用服务有限公司"
GONE_CODE, GONE_NAME = uscc(division="511300", serial=636363), "南充示例已散信用服务有限公司"
PASSWORD = "Mended-Ways-2026!"
OFFICE = "南充市示例市场监督管理局"
DOCUMENT = "南示例市监处罚〔2026〕77号"


@pytest.fixture
def people(live_site: LiveSite, open_page: OpenPage) -> People:
    return People(live_site, open_page, lambda page: None)


def _flask(site: LiveSite, *arguments: str, given: str = "") -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=PROJECT,
        env=clean_environment(INSTANCE_PATH=str(site.instance), SAMPLE="yes"),
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _institution(site: LiveSite, folder: Path, code: str, name: str) -> None:
    """An entry of the register, as an office brings it in."""
    roster = folder / f"{code}.csv"
    roster.write_text(
        "机构名称,统一社会信用代码,法定代表人,区划代码,住所,联系电话,服务类别\n"
        f"{name},{code},郑示例,511300,四川省南充市示例路 8 号,0817-2345678,信用管理咨询\n",
        encoding="utf-8-sig",
    )
    _flask(site, "import", "institutions", str(roster))


def _person(site: LiveSite, role: str, code: str) -> Account:
    email = f"{role.replace('_', '.')}.{code.lower()}@example.cn"
    _flask(site, "user", "create", "--role", role, "--uscc", code, "--password-stdin", email, given=PASSWORD)
    return Account(email, PASSWORD, role, None, code)


def _penalties(folder: Path, *rows: tuple[str, str, str]) -> Path:
    """A file of penalties: code, name and document of each."""
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    authority = uscc(division="511300", serial=777, kind="11")
    sheet.append(
        [
            "CF_XDR_MC",
            "CF_XDR_SHXYM",
            "CF_WSH",
            "CF_WFXW",
            "CF_SY",
            "CF_CFLB",
            "CF_NR",
            "CF_NR_FK",
            "CF_JDRQ",
            "CF_CFJG",
            "CF_CFJGDM",
        ]
    )
    for code, name, document in rows:
        what = ("虚假宣传", "在宣传材料中承诺信用等级。", "罚款", "罚款 1 万元", 1)
        sheet.append([name, code, document, *what, today() - timedelta(days=120), OFFICE, authority])
    path = folder / "penalties.xlsx"
    workbook.save(path)
    return path


def _opens_its_case(page: Page, name: str) -> None:
    page.goto(f"/staff/ledger?q={name}&state=all")
    page.get_by_role("row").filter(has_text=name).get_by_role("link").first.click()


def _receives_and_confirms(page: Page, second: Page, file: Path) -> None:
    page.goto("/staff/records/batches/new")
    page.get_by_label("文件", exact=True).set_input_files(file)
    page.get_by_role("main").get_by_role("button", name=re.compile("接收|上传")).click()
    says(page, "待复核")
    second.goto(page.url)
    second.get_by_role("button", name=re.compile("确认")).first.click()
    says(second, "已确认")


def _is_screened(page: Page, name: str) -> None:
    page.goto("/staff/ledger/screening")
    says(page, name)
    page.get_by_role("button", name=re.compile("纳入")).click()
    _opens_its_case(page, name)
    stands_at(page, "治理中")


def test_an_institution_goes_from_screening_to_exit(
    live_site: LiveSite, people: People, guard: Guard, tmp_path: Path
) -> None:
    _institution(live_site, tmp_path, CODE, NAME)
    agent_account, owner_account = _person(live_site, "agent", CODE), _person(live_site, "legal_rep", CODE)
    provincial = people.officer("provincial", SICHUAN)
    inspector, nation = people.officer("inspector", SICHUAN), people.officer("national", "000000")

    _receives_and_confirms(provincial, nation, _penalties(tmp_path, (CODE, NAME, DOCUMENT)))
    citizen = people.citizen()
    citizen.goto(f"/institutions/{CODE}")
    says(citizen, DOCUMENT)

    _is_screened(provincial, NAME)
    case = provincial.url
    agent, owner = people.signed_in(agent_account), people.signed_in(owner_account)
    the_institution_is_interviewed(inspector, agent, case)
    the_institution_corrects_what_was_ordered(inspector, agent, case)
    both_sign_the_commitment(agent, owner)
    the_penalty_is_repaired(inspector, provincial, agent, case)
    citizen.reload()
    expect(citizen.get_by_role("main")).not_to_contain_text(DOCUMENT)

    inspector.goto(case)
    with step(inspector, "提出退出") as part:
        part.get_by_label("满足退出条件的情况").fill("处罚已修复，已纠正，承诺书公示中。")
    says(inspector, "等待另一人复核")
    provincial.goto(case)
    with step(provincial, "确认退出") as part:
        part.get_by_label("复核意见").fill("材料齐全，同意退出。")
    stands_at(provincial, "已退出")
    agent.goto("/workspace/governance")
    says(agent, "本机构不在专项治理台账中")


def the_institution_is_interviewed(inspector: Page, agent: Page, case: str) -> None:
    inspector.goto(case)
    says(inspector, "尚缺")
    inspector.get_by_role("link", name="通知约谈").click()
    main = inspector.get_by_role("main")
    main.get_by_label("约谈形式").select_option(label="提示约谈")
    main.get_by_label("约谈日期").fill(today().isoformat())
    main.get_by_label("时间", exact=True).fill("下午 2 时")
    main.get_by_label("约谈地点").fill("示例会议室")
    main.get_by_label("约谈事项").fill("就虚假宣传受到处罚一事约谈。")
    main.get_by_label("联系人").fill("王示例")
    main.get_by_label("联系电话").fill("028-12345678")
    main.locator("button[type=submit]").click()
    agent.goto("/workspace/measures")
    says(agent, "提示约谈")
    with step(inspector, "登记约谈情况") as part:
        part.get_by_label("双方参加人员").fill("示例单位两人，机构法定代表人")
        part.get_by_label("约谈内容").fill("说明了违法事实和修复途径。")
        part.get_by_label("机构的承诺").fill("一周内改正宣传材料。")
    says(inspector, "约谈情况已登记")


def the_institution_corrects_what_was_ordered(inspector: Page, agent: Page, case: str) -> None:
    inspector.goto(case)
    inspector.get_by_role("link", name="责令限期纠正").click()
    main = inspector.get_by_role("main")
    main.get_by_label("责令日期").fill(today().isoformat())
    main.get_by_label("纠正要求").fill("撤下承诺信用等级的宣传材料。")
    main.locator("button[type=submit]").click()
    order = inspector.url
    agent.goto("/workspace")
    agent.get_by_role("link", name="查看并报告").first.click()
    agent.get_by_role("textbox", name="纠正情况").fill("宣传材料已全部撤下。")
    agent.get_by_role("button", name="报送").click()
    inspector.goto(order)
    with step(inspector, "确认已纠正") as part:
        part.get_by_label("确认的依据").fill("网站和店面均已核对。")
    says(inspector, "已确认纠正")


def both_sign_the_commitment(agent: Page, owner: Page) -> None:
    agent.goto("/workspace/commitments")
    agent.get_by_role("button", name="生成承诺书").click()
    goes_to(agent, "我的工作台", "查看并签署")
    signs(agent)
    goes_to(owner, "我的工作台", "查看并签署")
    signs(owner)
    says(owner, "双方均已签署，承诺书已公示")


def the_penalty_is_repaired(inspector: Page, provincial: Page, agent: Page, case: str) -> None:
    provincial.goto(case)
    provincial.get_by_role("link", name=DOCUMENT).first.click()
    record = provincial.url
    with step(provincial, "登记履行完毕或达成和解") as part:
        part.get_by_label("履行完毕或达成和解的日期").fill((today() - timedelta(days=100)).isoformat())
        part.locator("textarea").fill("罚款已缴清。")
        part.locator("input[type=file]").set_input_files(png("缴款凭证.png"))
    agent.goto("/workspace/repairs")
    agent.get_by_role("link", name=re.compile(DOCUMENT)).first.click()
    agent.get_by_label("申请日期").fill(today().isoformat())
    agent.get_by_label("向哪里申请").fill("“信用中国”网站")
    agent.get_by_role("button", name="登记申请").click()
    says(agent, "已申请")
    inspector.goto("/staff/repairs")
    inspector.get_by_role("row").filter(has_text=NAME).get_by_role("link").first.click()
    with step(inspector, "登记已修复，送复核") as part:
        part.get_by_label("答复日期").fill(today().isoformat())
        part.get_by_label("修复决定文号").fill("南示例修复〔2026〕7号")
        part.locator("input[type=file]").set_input_files(png("修复决定.png"))
    provincial.goto(inspector.url)
    with step(provincial, "复核确认修复"):
        pass
    stands_at(provincial, "已修复")
    provincial.goto(record)
    stands_at(provincial, "已修复")


def test_an_institution_that_is_gone_is_pruned_and_can_be_put_back(
    live_site: LiveSite, people: People, guard: Guard, tmp_path: Path
) -> None:
    _institution(live_site, tmp_path, GONE_CODE, GONE_NAME)
    provincial, nation = people.officer("provincial", SICHUAN), people.officer("national", "000000")
    guard.expect("422 (UNPROCESSABLE ENTITY)")  # the reason that nothing proves
    file = _penalties(tmp_path, (GONE_CODE, GONE_NAME, "南示例市监处罚〔2026〕78号"))
    _receives_and_confirms(provincial, nation, file)
    _is_screened(provincial, GONE_NAME)
    with step(provincial, "剔除") as part:
        part.get_by_label("剔除的理由").select_option(label="已注销")
    says(provincial, "请上传证明文件")
    with step(provincial, "剔除") as part:
        part.get_by_label("证明文件").set_input_files(png("注销核准通知书.png"))
    stands_at(provincial, "已剔除")
    with step(provincial, "恢复到台账") as part:
        part.get_by_label("恢复的理由").fill("注销登记已被撤销。")
    stands_at(provincial, "治理中")


def test_an_impostor_goes_through_letter_and_answer_to_exit(people: People, guard: Guard) -> None:
    inspector, provincial = people.officer("inspector", SICHUAN), people.officer("provincial", SICHUAN)
    inspector.goto("/staff/ledger/new")
    inspector.get_by_label("治理对象的类型").select_option(label="冒名主体")
    inspector.get_by_label("名称", exact=True).fill("示例假冒征信团队")
    inspector.get_by_label("纳入的依据").fill("自称信用服务机构，收取“修复”定金。")
    inspector.get_by_role("button", name="纳入台账").click()
    stands_at(inspector, "治理中")
    case = inspector.url

    inspector.get_by_role("link", name="起草提示函").first.click()
    inspector.get_by_label("主送机关").fill("四川省示例市场监督管理局")
    inspector.get_by_label("联系人").fill("王示例")
    inspector.get_by_label("联系电话").fill("028-12345678")
    inspector.get_by_role("button", name="保存草稿").click()
    with step(inspector, "送签发"):
        pass
    letter = inspector.url
    provincial.goto(letter)
    with step(provincial, "签发"):
        pass
    inspector.goto(letter)
    with step(inspector, "登记送达") as part:
        part.get_by_label("送达方式").select_option(label="公文交换")
    inspector.goto(case)
    says(inspector, "0 件已有查处结果")
    inspector.goto(letter)
    with step(inspector, "登记反馈") as part:
        part.get_by_label("查处结果").select_option(label="查实并已查处")
        part.get_by_label("反馈内容").fill("已责令停止并处罚。")
    inspector.goto(case)
    with step(inspector, "提出退出") as part:
        part.get_by_label("满足退出条件的情况").fill("提示函已有查处结果。")
    provincial.goto(case)
    with step(provincial, "确认退出") as part:
        part.get_by_label("复核意见").fill("同意退出。")
    stands_at(provincial, "已退出")
