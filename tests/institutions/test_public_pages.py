"""The public pages as a reader gets them, with their empty and broken states."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from itertools import pairwise

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.core import search
from credit_register.core.database import db
from credit_register.institutions import profile
from credit_register.institutions.imports.writing_institutions import STATUS_REASON
from credit_register.institutions.models import Institution, InstitutionCategory
from tests.core.codes import uscc
from tests.factories import make_institution, make_product, republish


def text_of(client: FlaskClient, address: str, status: int = 200) -> str:
    """The words of a page, without markup."""
    answer = client.get(address)
    assert answer.status_code == status, address
    body = re.sub(r"<script.*?</script>", "", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


@pytest.fixture
def agency(app: Flask) -> Institution:
    made = make_institution(
        name="成都示例甲子信用评级有限公司",
        former_names=["成都旧名评估有限公司"],
        categories=(
            InstitutionCategory(
                code="03",
                licence_number="川信评备〔2021〕7号",
                licence_issuer="中国人民银行四川省分行",
                licence_expires_on=date(2099, 6, 30),
                verified_on=date(2026, 3, 1),
            ),
            "05",
        ),
        chief_supervisor="欧阳建国",
        introduction="本机构<b>很好</b>",
        voluntary="## 荣誉\n\n- 先进单位\n\n<script>alert(1)</script>",
        conduct_title="行为准则",
        conduct_version="第 2 版",
    )
    make_product(made, name="主体评级", basis="per_year", fee_low="1.5", unit="万元/年", included="含税")
    return made


ADDRESSES = ["/", "/help", "/institutions", "/institutions/compare", "/verify"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_empty_register_has_pages_without_an_error(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_has_one_heading_of_the_first_level_and_none_skipped(
    client: FlaskClient, agency: Institution, address: str
) -> None:
    for one in (address, f"/institutions/{agency.uscc}", f"/institutions/{agency.uscc}/history"):
        levels = [int(level) for level in re.findall(r"<h([1-6])", client.get(one).text)]
        assert levels.count(1) == 1, one
        assert all(after - before <= 1 for before, after in pairwise(levels)), (
            one,
            levels,
        )


def test_no_page_links_to_a_part_of_the_site_that_does_not_exist(
    app: Flask, client: FlaskClient, agency: Institution
) -> None:
    waiting, seen = ["/", f"/verify?q={agency.name}", "/verify?q=无此机构有限公司"], set()
    while waiting:
        address = waiting.pop()
        if address in seen or len(seen) > 150:
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code in (200, 302), address
        waiting += [
            link
            for link in map(unescape, re.findall(r'href="(/[^"#]*)', answer.text))
            if not link.startswith(("/static", "/bootstrap", "/account"))
        ]
    assert f"/institutions/{agency.uscc}/history/1" in seen


def test_the_home_page_says_how_many_there_are_and_names_the_newest(
    client: FlaskClient, agency: Institution
) -> None:
    words = text_of(client, "/")
    assert "1 家登记机构" in words
    assert agency.name in words
    assert "12315" in words


def test_the_list_shows_rows_and_facets_and_lays_agencies_aside(
    client: FlaskClient, agency: Institution
) -> None:
    search.rebuild()
    answer = client.get("/institutions?q=示例&category=03&sort=fee")
    assert f'name="uscc" value="{agency.uscc}" formaction="/institutions#agency-{agency.uscc}"' in answer.text
    assert "<mark>示例</mark>" in answer.text
    words = text_of(client, "/institutions?q=示例&category=03&sort=fee")
    assert "15,000 元/年" in words
    assert "去掉条件： 信用评级" in words


def test_sorting_by_fee_is_explained_until_a_category_is_chosen(
    client: FlaskClient, agency: Institution
) -> None:
    assert "最低费用（先选服务类别）" in text_of(client, "/institutions")
    assert "按费用排序须同时选择服务类别" in text_of(client, "/institutions?sort=fee", 400)


def test_without_the_index_the_list_says_so_and_still_answers(
    client: FlaskClient, agency: Institution
) -> None:
    words = text_of(client, "/institutions?q=甲子")
    assert "检索服务暂时不可用" in words
    assert agency.name in words
    assert [one["uscc"] for one in client.get("/institutions/suggest?q=甲子").json] == [agency.uscc]


def test_nothing_found_says_what_to_do(client: FlaskClient, agency: Institution) -> None:
    words = text_of(client, "/institutions?q=齉龘&region=51")
    assert "没有找到符合条件的机构" in words
    assert "到“真伪核验”核对" in words
    assert "去掉全部筛选条件再搜" in words


def test_an_empty_register_says_so_instead_of_offering_filters(client: FlaskClient) -> None:
    for address in ("/institutions", "/institutions?q=甲&category=03"):
        words = text_of(client, address)
        assert "名录中还没有机构" in words
        assert "筛选条件" not in words
        assert "查看全部机构" not in words
    words = text_of(client, "/verify?q=宇宙无敌征信有限公司")
    assert "现在无法核验" in words
    assert "不在名录中" not in words


def test_what_was_laid_aside_goes_along_every_link_and_form_of_the_list(client: FlaskClient) -> None:
    agencies = [make_institution() for _ in range(23)]
    search.rebuild()
    chosen = [one.uscc for one in agencies[:2]]
    carried = "&amp;".join(f"uscc={code}" for code in chosen)
    source = client.get("/institutions?" + "&".join(f"uscc={code}" for code in chosen)).text
    for code in chosen:
        assert f'<input type="hidden" name="uscc" value="{code}">' in source
        assert f'href="/institutions?uscc={chosen[1 - chosen.index(code)]}"' in source  # to take it out again
    links = [link for link in re.findall(r'href="(/institutions\?[^"#]*)', source) if "page=2" in link]
    links += [link for link in re.findall(r'href="(/institutions\?[^"#]*)', source) if "sort=" in link]
    links += [link for link in re.findall(r'href="(/institutions\?[^"#]*)', source) if "category=" in link]
    assert len(links) > 3
    assert all(carried in link for link in links), links
    assert f'href="/institutions/compare?{carried}"' in source
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", source))
    assert "已选 2 家" in words
    assert all(one.short_name in words for one in agencies[:2])
    second = client.get("/institutions?page=2&" + "&".join(f"uscc={code}" for code in chosen)).text
    assert "已选 <" in second


def test_the_basket_holds_four_and_names_what_is_no_agency(client: FlaskClient) -> None:
    five = [make_institution() for _ in range(5)]
    one = text_of(client, f"/institutions?uscc={five[0].uscc}&uscc=xyz")
    assert "再选 1 家就可以比较" in one
    assert "名录中没有这些代码： XYZ" in one
    words = text_of(client, "/institutions?" + "&".join(f"uscc={each.uscc}" for each in five))
    assert "已满 4 家" in words
    assert "比较所选机构" in words
    assert f"没有列入：{five[4].name}" in words
    assert "加入比较" not in words
    assert "已选" not in text_of(client, "/institutions?uscc=")


def test_the_words_of_fees_are_found(client: FlaskClient) -> None:
    free, yearly, counted = make_institution(), make_institution(), make_institution()
    make_product(free, name="甲", basis="per_report", fee_low="0")
    make_product(yearly, name="乙", basis="per_year", fee_low="1.5", unit="万元/年")
    make_product(counted, name="丙", basis="per_record", fee_low="200", unit="元/千条")
    search.rebuild()
    for words, expected in (
        ("免费", free),
        ("0元", free),
        ("年费", yearly),
        ("万元/年", yearly),
        ("元/年", yearly),
        ("元/条", counted),
        ("元/千条", counted),
        ("按条", counted),
    ):
        found = client.get("/api/v1/institutions", query_string={"q": words}).json
        assert [one["uscc"] for one in found["items"]] == [expected.uscc], words


def test_foreign_parameters_are_ignored_on_pages(client: FlaskClient, agency: Institution) -> None:
    # Decided: messengers and advertisers append their own to every shared link; the API refuses them.
    for address in (
        "/",
        "/help",
        "/institutions",
        "/institutions/compare",
        "/verify",
        f"/institutions/{agency.uscc}",
        f"/institutions/{agency.uscc}/history",
    ):
        assert client.get(f"{address}?from=timeline&isappinstalled=0").status_code == 200, address
    assert client.get("/api/v1/institutions?from=timeline").status_code == 400


def test_a_page_behind_the_last_one_answers_and_leads_back(client: FlaskClient, agency: Institution) -> None:
    # 200, not 404: the list shrinks under a kept address, and a filter may bring the page back.
    assert "没有第 99 页" in text_of(client, "/institutions?page=99")


@pytest.mark.parametrize(
    "address", ["/institutions?page=0", "/institutions?region=99", "/institutions?committed=2"]
)
def test_a_parameter_that_cannot_be_used_is_400_with_a_reason(client: FlaskClient, address: str) -> None:
    assert "请求无法处理" in text_of(client, address, 400)


def test_suggestions_come_from_the_index_with_marks(client: FlaskClient, agency: Institution) -> None:
    search.rebuild()
    found = client.get("/institutions/suggest?q=shilijiazi").json
    assert found[0]["url"] == f"/institutions/{agency.uscc}"
    assert "".join(segment["text"] for segment in found[0]["segments"]) == agency.name
    assert client.get("/institutions/suggest?q=").json == []


def test_a_profile_tells_the_whole_record(client: FlaskClient, agency: Institution) -> None:
    words = text_of(client, f"/institutions/{agency.uscc}")
    for expected in (
        "登记机构 未承诺 截至",
        "备案已核验",
        "川信评备〔2021〕7号",
        "没有在本栏目登记企业征信、个人征信。",
        "是否取得许可或备案，请向中国人民银行核实",
        "首席信用监督官",
        "1.5 万元/年",
        "合 15,000 元/年",
        "成都旧名评估有限公司",
        "欧**",
        "机构自行填报",
        "先进单位",
        "尚未接收这家机构所在地区的行政处罚",
        "第 2 版",
    ):
        assert expected in words, expected


def test_a_profile_names_the_supervisor_nowhere_and_runs_nothing_that_was_typed(
    client: FlaskClient, agency: Institution
) -> None:
    for address in (f"/institutions/{agency.uscc}", f"/institutions/{agency.uscc}/history/1"):
        source = client.get(address).text
        assert "建国" not in source
        assert "alert(1)</script>" not in source
        assert "<b>很好</b>" not in source.replace("&lt;b&gt;", "")


def test_structured_data_and_the_permanent_address_stand_in_the_head(
    client: FlaskClient, agency: Institution
) -> None:
    agency.address = "</script><script>alert(2)</script>"
    republish(agency)
    source = client.get(f"/institutions/{agency.uscc}").text
    address = f"http://localhost/institutions/{agency.uscc}"
    assert f'<link rel="canonical" href="{address}">' in source
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', source, re.DOTALL)
    assert block
    data = json.loads(block[1])
    assert (data["@id"], data["legalName"]) == (address, agency.name)
    assert data["address"]["streetAddress"] == agency.address


@pytest.mark.parametrize(
    ("licence", "words"),
    [
        ({}, "备案未核验"),
        ({"licence_number": "7 号"}, "备案未核验"),
        ({"licence_number": "7 号", "verified_on": date(2020, 1, 1)}, "备案已核验"),
        (
            {
                "licence_number": "7 号",
                "verified_on": date(2020, 1, 1),
                "licence_expires_on": date(2021, 1, 1),
            },
            "备案已过期",
        ),
    ],
)
def test_a_licence_is_told_as_far_as_it_is_proven(
    client: FlaskClient, licence: dict[str, object], words: str
) -> None:
    one = make_institution(categories=(InstitutionCategory(code="01", **licence),))
    assert words in text_of(client, f"/institutions/{one.uscc}")


@pytest.mark.parametrize(
    ("status", "word"),
    [("suspended", "暂停登记"), ("deregistered", "已注销登记"), ("withdrawn", "已撤回登记")],
)
def test_an_entry_that_is_not_in_force_says_so_with_reason_and_date(
    client: FlaskClient, status: str, word: str
) -> None:
    one = make_institution(status=status, status_reason="登记材料不实", status_since=date(2026, 2, 3))
    words = text_of(client, f"/institutions/{one.uscc}")
    assert f"自 2026-02-03 起{word}" in words
    assert "登记材料不实" in words
    assert "现在不是登记机构" in text_of(client, f"/verify?q={one.uscc}")


def test_that_a_list_was_imported_is_no_reason_to_be_read_by_the_public(client: FlaskClient) -> None:
    imported = make_institution(status_reason=STATUS_REASON, status_since=date(2024, 12, 29))
    for address in (
        f"/institutions/{imported.uscc}",
        f"/verify?q={imported.uscc}",
        f"/institutions/{imported.uscc}/history/1",
    ):
        words = text_of(client, address)
        assert "2024-12-29" in words
        assert STATUS_REASON not in words
    resumed = make_institution(status_reason="整改完成")
    for address in (f"/institutions/{resumed.uscc}", f"/verify?q={resumed.uscc}"):
        assert "整改完成" in text_of(client, address)
    suspended = make_institution(status="suspended", status_reason="登记材料不实")
    assert "原因：登记材料不实" in text_of(client, f"/verify?q={suspended.uscc}")


def test_a_site_that_is_no_web_address_is_no_link(client: FlaskClient) -> None:
    one = make_institution(website="javascript:alert(3)")
    assert 'href="javascript' not in client.get(f"/institutions/{one.uscc}").text
    safe = make_institution(website="https://agency.example.cn")
    assert 'rel="nofollow noopener noreferrer external"' in client.get(f"/institutions/{safe.uscc}").text


def test_other_spellings_of_a_code_lead_to_the_one_address(client: FlaskClient, agency: Institution) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) for char in agency.uscc)
    for spelling in (agency.uscc.lower(), wide, f"{agency.uscc[:8]} {agency.uscc[8:]}"):
        answer = client.get(f"/institutions/{spelling}")
        assert answer.status_code == 301
        assert answer.headers["Location"] == f"/institutions/{agency.uscc}"


@pytest.mark.parametrize("code", ["xyz", "---", "91510104MA0000019", "x" * 300, "0" * 18])
def test_a_code_of_nobody_is_404_and_offers_to_verify(client: FlaskClient, code: str) -> None:
    assert "名录中没有代码为" in text_of(client, f"/institutions/{code}", 404)
    assert client.get(f"/institutions/{code}/history").status_code == 404
    assert client.get(f"/institutions/{code}/conduct").status_code == 404
    assert client.get("/institutions/%00").status_code == 404


def test_a_change_shows_at_once_on_a_page_that_is_kept(client: FlaskClient, agency: Institution) -> None:
    address = f"/institutions/{agency.uscc}"
    first = client.get(address)
    assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    agency.phone = "028-87654321"
    republish(agency)
    second = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    assert "028-87654321" in second.text
    agency.committed, agency.committed_on = True, date(2026, 3, 1)
    db.session.commit()
    assert "已于 2026-03-01 作出信用承诺" in text_of(client, address)


def test_a_kept_page_is_shown_to_nobody_who_may_be_signed_in(
    client: FlaskClient, agency: Institution
) -> None:
    address = f"/institutions/{agency.uscc}"
    client.set_cookie("cookie_of_the_parent_domain", "anything")
    assert "ETag" in client.get(address).headers
    client.set_cookie("register_session", "anything")
    assert "ETag" not in client.get(address).headers


@pytest.fixture
def own_section(app: Flask) -> Iterator[dict[str, str]]:
    """A section as a later domain adds one, whose data a test may change."""
    before = dict(profile._sections)
    data = {"word": "第一"}
    profile.register_section(
        20,
        profile.CREDIT_RECORDS,
        "institutions/section_nothing_yet.html",
        lambda code: data["word"],
        stamp=lambda code: data["word"],
    )
    yield data
    profile._sections.clear()
    profile._sections.update(before)


def test_a_section_that_changes_by_itself_is_rendered_anew(
    client: FlaskClient, agency: Institution, own_section: dict[str, str]
) -> None:
    before = profile.section_stamps(agency.uscc)
    own_section["word"] = "第二"
    assert profile.section_stamps(agency.uscc) != before
    titles = [section.title for section in profile.sections()]
    assert titles == ["异议标注", "信用承诺", "信用记录", "治理措施", "核查情况", "举报办理结果"]


def test_what_is_still_awaited_is_said(client: FlaskClient, agency: Institution) -> None:
    titles = [section.title for section in profile.sections()]
    assert titles == ["异议标注", "信用承诺", "信用记录", "治理措施", "核查情况", "举报办理结果"]
    page = client.get(f"/institutions/{agency.uscc}").text
    assert page.count("尚未接收") == 1
    assert "异议标注" not in page, "a section that shows only content is left out without any"


def test_the_history_and_an_old_version_can_be_read(client: FlaskClient, agency: Institution) -> None:
    agency.phone = "028-87654321"
    republish(agency, reason="电话变更")
    words = text_of(client, f"/institutions/{agency.uscc}/history")
    assert "联系电话 028-12345678 028-87654321" in words
    assert "原因：电话变更" in words
    old = text_of(client, f"/institutions/{agency.uscc}/history/1")
    assert "的旧版本" in old
    assert "028-12345678" in old
    assert client.get(f"/institutions/{agency.uscc}/history/{10**21}").status_code == 404
    assert "没有这一页" in text_of(client, f"/institutions/{agency.uscc}/history?page=9")


def test_a_comparison_can_be_chosen_grown_and_shrunk_without_scripts(
    client: FlaskClient, agency: Institution
) -> None:
    other = make_institution(name="绵阳示例乙丑信用评级有限公司", categories=("03",))
    assert "选择要比较的机构" in text_of(client, "/institutions/compare")
    one = client.get(f"/institutions/compare?uscc={agency.uscc}&q=乙丑").text
    assert f"/institutions/compare?uscc={agency.uscc}&amp;uscc={other.uscc}" in one
    both = client.get(f"/institutions/compare?uscc={agency.uscc}&uscc={other.uscc}").text
    assert f'href="/institutions/compare?uscc={other.uscc}"' in both
    words = text_of(client, f"/institutions/compare?uscc={agency.uscc}&uscc={other.uscc}&uscc=xyz")
    assert "没有列入比较： XYZ" in words
    assert "没有公布收费" in words
    assert "未登记此类别" in words


def test_more_than_four_are_told_who_was_left_out(client: FlaskClient) -> None:
    five = [make_institution() for _ in range(5)]
    words = text_of(client, "/institutions/compare?" + "&".join(f"uscc={one.uscc}" for one in five))
    assert f"没有列入的有：{five[4].name}" in words


def test_verification_says_each_answer_in_words(client: FlaskClient, agency: Institution) -> None:
    search.rebuild()
    code, name = agency.uscc, "成都示例甲子信用评级有限公司"
    assert "是名录中的登记机构" in text_of(client, f"/verify?q={name}")
    assert "名称与代码相符" in text_of(client, f"/verify?q={name} {code}")
    near = client.get("/verify?q=成都示例甲丑信用评级有限公司").text
    assert "<mark>丑</mark>" in near
    assert "<mark>子</mark>" in near
    unknown = text_of(client, "/verify?q=宇宙无敌征信修复有限公司")
    for expected in ("不在名录中", "先不要付款", "12315", "110", "这不说明", "核验时间", "没有在本栏目登记"):
        assert expected in unknown, expected
    # The register does not know what the People's Bank licensed or filed.
    assert "是否取得许可或备案，请向中国人民银行核实" in unknown
    assert "与名录不符" not in unknown
    assert "有备案" not in unknown
    other = make_institution(name="上海示例丙卯商账管理有限公司")
    assert "名称与代码不属于同一家机构" in text_of(client, f"/verify?q={other.name}，{code}")
    assert "不在名录中" in text_of(client, f"/verify?q={uscc(serial=987_654)}")


def test_a_text_too_long_to_verify_is_refused_beside_the_field_and_kept(client: FlaskClient) -> None:
    answer = client.get("/verify?q=" + "长" * 301)
    assert answer.status_code == 400
    assert "最多 300 字" in answer.text
    assert "长" * 301 in answer.text


def test_what_is_typed_is_never_markup(client: FlaskClient, agency: Institution) -> None:
    wild = "<script>alert(1)</script>"
    for address in (
        f"/institutions?q={wild}",
        f"/verify?q={wild}",
        f"/institutions/compare?uscc={wild}&q={wild}",
    ):
        assert wild not in client.get(address).text


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("/institutions?q=" + "长" * 201, "搜索词（q）最多 200 字，现为 201 字"),
        ("/institutions?q=甲子&page=0", "参数 page 须为 1 至 1000000 的整数"),
    ],
)
def test_a_question_that_is_refused_keeps_what_was_typed_and_leads_on(
    client: FlaskClient, address: str, reason: str
) -> None:
    page = client.get(address)
    assert page.status_code == 400
    typed = address.partition("q=")[2].partition("&")[0]
    assert f'name="q" value="{typed}"' in page.text
    assert reason in page.text
    assert "查看全部机构" in page.text


def test_a_relaxed_answer_says_so_and_does_not_claim_to_have_found_it(
    client: FlaskClient, agency: Institution
) -> None:
    search.rebuild()
    both = text_of(client, "/institutions?q=成都示例甲子信用评级 飞船")
    assert "没有机构同时符合“成都示例甲子信用评级 飞船”的全部词语" in both
    assert "相近的机构 1 家" in both
    slip = text_of(client, "/institutions?q=成都示例甲子信用评极有限公司")
    assert "没有与“成都示例甲子信用评极有限公司”完全相符的机构，下面是相近的结果" in slip
    assert "找到 1 家" not in both + slip
    assert "找到 1 家机构" in text_of(client, "/institutions?q=甲子 评级")


def test_suggestions_tell_the_status_of_the_register(client: FlaskClient, agency: Institution) -> None:
    search.rebuild()
    out = make_institution(name="成都示例甲丑信用评级有限公司", status="suspended")
    search.apply_outbox()
    found = {one["uscc"]: one for one in client.get("/institutions/suggest?q=成都示例甲").json}
    assert found[agency.uscc]["status"] == "registered"
    assert (found[out.uscc]["status"], found[out.uscc]["status_word"]) == ("suspended", "暂停登记")
