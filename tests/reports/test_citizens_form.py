"""The citizen's form: only what the kind needs, the agency found by a button, the line that is doubted, and a preview."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from credit_register.access.roles import Role
from credit_register.core.database import db
from credit_register.institutions.profile import product_key
from credit_register.reports.models import Identity, Report
from credit_register.reports.preview import Mark, pieces
from credit_register.reports.redaction import HIDDEN, NOBODY, Reporter, redact
from search_index import IndexUnavailable
from tests.accounts.signing_in import client_of, make_account
from tests.factories import make_institution, make_product
from tests.reports.citizens import (
    FACTS,
    fields_of,
    file_report,
    picture,
    preview,
    report_fields,
    seed_deadline_rules,
    send_report,
    shown_receipt,
    the_report,
)

NAMED = {"anonymous": "0", "contact_name": "王示例", "contact_phone": "13800005678"}
AGENCY = "成都示例查找信用有限公司"


@pytest.fixture(autouse=True)
def rules(app: Flask) -> None:
    seed_deadline_rules()


def reports() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Report)) or 0


def put_aside(page: str) -> set[str]:
    """The parts that a browser without :has() does not show because a link asked for one kind."""
    return set(re.findall(r'class="asks-(\w+) put-aside"', page))


class TestKinds:
    @pytest.mark.parametrize(
        ("query", "aside"),
        [
            ("", set()),  # everything may be shown: which kind it will be is not known
            ("?kind=report", {"traces"}),
            ("?kind=report&matter=unlawful_fee", {"traces"}),
            ("?kind=report&matter=impersonation", set()),
            ("?matter=impersonation", set()),
            ("?kind=question", {"matter", "place", "traces"}),
            ("?kind=objection", {"matter", "place", "traces"}),
            ("?kind=question&matter=impersonation", {"matter", "place", "traces"}),
            ("?kind=wild&matter=wild", set()),
        ],
    )
    def test_a_link_asks_only_for_what_its_kind_needs(
        self, client: FlaskClient, query: str, aside: set[str]
    ) -> None:
        page = client.get(f"/reports/new{query}").text
        assert put_aside(page) == aside
        for name in ("kind", "matter", "subject_name", "subject_site", "facts", "anonymous", "contact_name"):
            assert f'name="{name}"' in page  # whoever chooses otherwise finds the rest

    def test_what_was_typed_is_asked_for_again_whatever_the_kind(self, client: FlaskClient) -> None:
        answer = send_report(client, kind="question", facts="短", subject_site="shili.example")
        assert put_aside(answer.text) == {"matter", "place"}

    def test_every_matter_is_explained_and_none_is_chosen_beforehand(self, client: FlaskClient) -> None:
        page = client.get("/reports/new").text
        assert "收费与公示不符，或收钱“修复”征信" in page
        assert not re.search(r'<input checked[^>]*name="matter"', page)
        page = client.get("/reports/new?matter=data_leak").text
        assert re.search(r'<input checked[^>]*name="matter"[^>]*value="data_leak"', page)

    def test_the_other_ways_stand_beside_the_first_choice(self, client: FlaskClient) -> None:
        page = client.get("/reports/new").text
        first = page[page.index('id="what"') : page.index('id="whom"')]
        for words in ("tel:110", "tel:12315", "中国人民银行当地分支机构", "信访"):
            assert words in first

    @pytest.mark.parametrize(("kind", "matter"), [("report", "impersonation"), ("question", "other")])
    def test_only_reports_are_sorted_by_their_sender(
        self, client: FlaskClient, kind: str, matter: str
    ) -> None:
        file_report(client, kind=kind, matter="impersonation")
        assert the_report().matter == matter

    def test_the_published_fields_alone_file_a_report(self, client: FlaskClient) -> None:
        file_report(client)
        report = the_report()
        assert (report.kind, report.matter, report.subject_site, report.disputed_key) == (
            "report",
            "other",
            "",
            "",
        )

    def test_what_an_impostor_left_behind_is_kept(self, client: FlaskClient) -> None:
        file_report(
            client,
            matter="impersonation",
            subject_site="shili.example",
            subject_phone="０２８－１２３４",
            subject_account="户名 示例",
            subject_contract="HT-2026-01",
        )
        report = the_report()
        traces = (report.subject_site, report.subject_phone, report.subject_account, report.subject_contract)
        assert traces == ("shili.example", "028-1234", "户名 示例", "HT-2026-01")

    @pytest.mark.parametrize(
        ("name", "length"),
        [
            ("subject_site", 201),
            ("subject_phone", 61),
            ("subject_account", 121),
            ("subject_contract", 121),
            ("contact_address", 121),
        ],
    )
    def test_what_is_too_long_is_told_beside_its_field(
        self, client: FlaskClient, name: str, length: int
    ) -> None:
        answer = send_report(client, **{name: "示" * length}, **NAMED)
        assert answer.status_code == 422
        assert f'id="{name}-error"' in answer.text
        assert f'<a href="#{name}">' in answer.text

    @pytest.mark.parametrize("anonymous", ["0", "1"])
    def test_an_address_for_the_answer_goes_with_the_name_only(
        self, client: FlaskClient, anonymous: str
    ) -> None:
        file_report(client, **{**NAMED, "anonymous": anonymous}, contact_address="示例市示例路 1 号")
        identity = db.session.scalars(select(Identity)).one_or_none()
        assert (identity.address if identity else None) == ("示例市示例路 1 号" if anonymous == "0" else None)


def find(client: FlaskClient, **changes: str) -> str:
    """Press the button for the register."""
    answer = client.post("/reports/new", data={**report_fields(client, **changes), "find": "1"})
    assert answer.status_code == 200
    return answer.text


class TestFinding:
    @pytest.fixture
    def agency(self, app: Flask) -> str:
        code = make_institution(name=AGENCY, status="suspended").uscc
        make_institution(name="绵阳示例别家信用有限公司")
        return code

    @pytest.fixture(autouse=True)
    def answered_by_the_database(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing(*_: object) -> None:
            raise IndexUnavailable

        monkeypatch.setattr("credit_register.institutions.search_page.engine", missing)

    def test_the_button_offers_agencies_and_files_nothing(self, client: FlaskClient, agency: str) -> None:
        page = find(client, subject_name="示例查找", kind="question", facts="还没写完", **NAMED)
        assert re.search(rf'type="radio" name="subject_pick"[^>]*value="{agency}"', page)
        assert "别家" not in page
        assert "暂停" in page
        kept = fields_of(page)
        assert (kept["subject_name"], kept["kind"], kept["facts"]) == ("示例查找", "question", "还没写完")
        assert (kept["contact_name"], kept["anonymous"]) == ("王示例", "0")
        assert 'role="alert"' not in page
        assert reports() == 0

    def test_the_chosen_one_takes_the_place_of_what_was_typed(self, client: FlaskClient, agency: str) -> None:
        page = find(client, subject_name="示例查找")
        sent = client.post("/reports/new", data=fields_of(page, subject_pick=agency))
        assert sent.status_code == 303
        report = the_report()
        assert (report.subject_uscc, report.subject_name) == (agency, AGENCY)
        assert report.institution is not None

    def test_none_of_them_keeps_what_was_typed_and_asks_for_traces(
        self, client: FlaskClient, agency: str
    ) -> None:
        page = find(client, subject_name="示例查找")
        seen = client.post("/reports/new", data=fields_of(page, subject_pick="none", step="preview")).text
        again = client.post("/reports/new", data=fields_of(seen, step="edit")).text
        assert "traces" not in put_aside(again)
        assert fields_of(again)["subject_name"] == "示例查找"

    @pytest.mark.parametrize("picked", ["91510000MA00000000", "../..", "wild"])
    def test_a_choice_that_was_not_offered_changes_nothing(
        self, client: FlaskClient, agency: str, picked: str
    ) -> None:
        file_report(client, subject_pick=picked)
        assert the_report().subject_uscc == ""

    def test_a_code_is_found_too(self, client: FlaskClient, agency: str) -> None:
        assert f'value="{agency}"' in find(client, subject_name="", subject_uscc=agency[:12])

    def test_nothing_found_leads_to_the_traces(self, client: FlaskClient, agency: str) -> None:
        page = find(client, subject_name="宇宙无敌")
        assert "名录中没有查到" in page
        assert "traces" not in put_aside(page)

    def test_nothing_typed_is_said_beside_the_field(self, client: FlaskClient) -> None:
        page = find(client, subject_name="")
        assert 'id="subject_name-error"' in page
        assert "请先写下名称或代码的一部分" in page


class TestLines:
    @pytest.fixture
    def code(self, app: Flask) -> str:
        institution = make_institution(
            name=AGENCY, address="成都市示例路 8 号", phone="028-87654321", website=""
        )
        make_product(institution, name="示例信用调查", category="04")
        return institution.uscc

    def links(self, client: FlaskClient, code: str) -> list[str]:
        page = client.get(f"/institutions/{code}").text
        return [unescape(link) for link in re.findall(r'<a class="doubt screen-only" href="([^"]+)"', page)]

    def test_every_doubt_link_of_a_profile_leads_to_a_form_that_quotes_its_line(
        self, client: FlaskClient, code: str
    ) -> None:
        links = self.links(client, code)
        keys = {link.partition("item=")[2] for link in links}
        assert {"fact:name", "fact:address", "fact:phone", "fact:legal_representative"} <= keys
        assert f"product:{product_key('04', '示例信用调查')}" in keys
        for link in links:
            page = client.get(link).text
            assert "质疑的公示信息" in page, link
            assert fields_of(page)["item"] == link.partition("item=")[2]
            assert fields_of(page)["kind"] == "question"

    def test_a_version_of_the_past_has_none(self, client: FlaskClient, code: str) -> None:
        assert 'class="doubt' not in client.get(f"/institutions/{code}/history/1").text

    def test_the_line_goes_into_the_report_as_it_reads(self, client: FlaskClient, code: str) -> None:
        page = client.get(f"/reports/new?kind=question&uscc={code}&item=fact:address").text
        assert "成都市示例路 8 号" in page
        sent = client.post("/reports/new", data=fields_of(page, facts="这个地址没有这家公司。"))
        assert sent.status_code == 303
        report = the_report()
        assert (report.disputed_key, report.disputed_text) == ("fact:address", "住所：成都市示例路 8 号")

    def test_whoever_turns_to_another_agency_means_none_of_its_lines(
        self, client: FlaskClient, code: str
    ) -> None:
        other = make_institution(name="绵阳示例别家信用有限公司", address="绵阳市示例路 9 号").uscc
        page = client.get(f"/reports/new?kind=question&uscc={code}&item=fact:address").text
        turned = fields_of(page, subject_uscc=other, facts="这个地址没有这家公司。")
        assert "示例路" not in client.post("/reports/new", data={**turned, "step": "edit"}).text
        assert client.post("/reports/new", data=turned).status_code == 303
        assert the_report().disputed_key == ""

    def test_it_stays_through_find_preview_and_back(self, client: FlaskClient, code: str) -> None:
        page = client.get(f"/reports/new?kind=question&uscc={code}&item=fact:phone").text
        for step in ({"find": "1"}, {"step": "preview"}, {"step": "edit"}):
            page = client.post("/reports/new", data=fields_of(page, facts="打不通。", **step)).text
            assert fields_of(page)["item"] == "fact:phone", step
            assert "028-87654321" in page

    def test_an_objection_starts_from_the_same_line(self, app: Flask, code: str) -> None:
        person = client_of(app, make_account(Role.AGENT, uscc_code=code).account)
        workspace = person.get("/workspace/").text
        [link] = {
            unescape(each)
            for each in re.findall(r'href="(/reports/new\?[^"]+)"', workspace)
            if "address" in each
        }
        page = person.get(link).text
        assert "有异议的公示信息" in page
        assert fields_of(page)["kind"] == "objection"
        question = person.get(link.replace("objection", "question")).text
        assert unescape(question).count(f"kind=objection&uscc={code}&item=fact:address") == 1

    @pytest.mark.parametrize(
        "item", ["fact:status", "fact:", "product:0000", "check:none", "wild", "x" * 5000, "fact:website"]
    )
    def test_an_unknown_line_is_let_go_without_a_word(
        self, client: FlaskClient, code: str, item: str
    ) -> None:
        page = client.get(f"/reports/new?kind=question&uscc={code}&item={item}")
        assert page.status_code == 200
        assert "质疑的公示信息" not in page.text
        file_report(client, kind="question", subject_uscc=code, item=item)
        assert the_report().disputed_key == ""

    def test_a_line_of_another_agency_is_no_line_of_this_one(self, client: FlaskClient, code: str) -> None:
        other = make_institution(name="绵阳示例别家信用有限公司").uscc
        key = f"product:{product_key('04', '示例信用调查')}"
        assert "质疑的公示信息" not in client.get(f"/reports/new?kind=question&uscc={other}&item={key}").text


class TestPreview:
    def test_it_shows_what_is_sent_and_files_nothing(self, client: FlaskClient) -> None:
        answer = preview(client, kind="report", matter="unlawful_fee", region="510000")
        assert answer.status_code == 200
        for words in ("还没有提交", FACTS, "违规收费", "示例某某信用咨询", "四川省信用主管部门", "匿名。"):
            assert words in answer.text
        assert "永远不公开" in answer.text
        assert reports() == 0

    def test_from_it_the_report_is_filed_as_it_was_typed(self, client: FlaskClient) -> None:
        page = preview(client, matter="breach", subject_account="示例", facts="第一行\n第二行", **NAMED).text
        sent = client.post("/reports/new", data=fields_of(page))
        assert sent.status_code == 303
        shown_receipt(client)
        report = the_report()
        assert (report.matter, report.subject_account) == ("breach", "示例")
        assert report.facts == "第一行\n第二行"
        assert db.session.scalars(select(Identity)).one().name == "王示例"

    def test_no_browser_keeps_the_page(self, client: FlaskClient) -> None:
        assert "no-store" in preview(client, **NAMED).headers["Cache-Control"]

    def test_the_receipt_is_the_same_with_and_without_it(self, client: FlaskClient) -> None:
        fields = report_fields(client, **NAMED, matter="breach")
        assert client.post("/reports/new", data=fields).status_code == 303
        receipt = shown_receipt(client)
        page = client.post("/reports/new", data={**fields, "step": "preview"}).text
        assert client.post("/reports/new", data=fields_of(page)).status_code == 303
        assert shown_receipt(client) == receipt
        assert reports() == 1

    def test_the_way_back_keeps_everything(self, client: FlaskClient) -> None:
        fields = report_fields(client, **NAMED, matter="impersonation", region="510000", subject_site="a.cn")
        page = client.post("/reports/new", data={**fields, "step": "preview"}).text
        again = client.post("/reports/new", data=fields_of(page, step="edit"))
        assert again.status_code == 200
        assert 'role="alert"' not in again.text
        kept = fields_of(again.text)
        assert {name: kept[name] for name in fields if name != "csrf_token"} == {
            name: value for name, value in fields.items() if name != "csrf_token"
        }

    def test_a_form_with_faults_comes_back_instead(self, client: FlaskClient) -> None:
        answer = preview(client, facts="短")
        assert answer.status_code == 422
        assert "至少写 4 个字" in answer.text

    def test_it_marks_what_is_taken_out_and_what_stays(self, client: FlaskClient) -> None:
        facts = "我是王示例，电话 138-0000-5678，对方电话 13900001111，邮箱 a@example.cn。"
        page = preview(client, facts=facts, **NAMED).text
        assert re.search(r'<mark class="mark-out">王示例</mark><span[^>]*>（提交时隐去）', page)
        assert '<mark class="mark-out">138-0000-5678</mark>' in page
        assert re.search(r"<mark>13900001111</mark><span[^>]*>（手机号，办理人员能看到）", page)
        assert "<mark>a@example.cn</mark>" in page
        assert "不是您自己的" in page
        client.post("/reports/new", data=fields_of(page))
        assert the_report().facts == facts.replace("王示例", HIDDEN).replace("138-0000-5678", HIDDEN)

    def test_an_objection_of_the_institution_itself_leaves_no_contact(self, app: Flask) -> None:
        institution = make_institution()
        person = client_of(app, make_account(Role.AGENT, uscc_code=institution.uscc).account)
        page = preview(person, kind="objection", subject_uscc=institution.uscc, anonymous="0").text
        assert "以机构身份提出" in page

    @pytest.mark.parametrize(
        ("kind", "published"), [("report", True), ("question", True), ("objection", False)]
    )
    def test_it_says_what_may_become_public(self, client: FlaskClient, kind: str, published: bool) -> None:
        page = preview(client, kind=kind, **NAMED).text
        assert ("经另一人复核后，才公开" in page) == published
        assert "永远不公开" in page

    def test_what_was_typed_is_text_and_no_markup(self, client: FlaskClient) -> None:
        wild = "\"><script>alert(1)</script>'<b>"
        page = preview(
            client, facts=wild, subject_name=wild, subject_account=wild, matter="impersonation"
        ).text
        assert "<script>alert" not in page
        assert fields_of(page)["facts"] == wild
        client.post("/reports/new", data=fields_of(page))
        assert the_report().facts == wild

    @pytest.mark.parametrize(
        ("text", "reporter"),
        [
            ("", NOBODY),
            ("没有什么", Reporter("王示例", "13800005678", "示例市示例路 1 号")),
            ("王示例王 示例，住示例路 1 号", Reporter("王示例", "", "示例市示例路 1 号")),
            ("13800005678 和 13900001111 和 6222020000000000", Reporter("", "13800005678", "")),
        ],
    )
    def test_its_parts_are_the_text_and_without_the_marked_ones_what_staff_read(
        self, text: str, reporter: Reporter
    ) -> None:
        parts = pieces(text, reporter)
        assert "".join(part.text for part in parts) == text
        read = "".join(HIDDEN if part.mark is Mark.TAKEN_OUT else part.text for part in parts)
        assert read == redact(text, reporter)

    def test_files_are_listed_by_the_names_they_came_with(self, client: FlaskClient) -> None:
        page = preview(client, files=(io.BytesIO(picture()), "合影.jpg")).text
        assert "附件1：合影.jpg" in page
