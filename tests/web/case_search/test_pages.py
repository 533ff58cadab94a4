"""The page on which staff look for cases: what it shows to whom, and what it says when there is nothing to show."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import MATRIX, Permission, Role
from credit_register.core import search
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.outbox import IndexName
from credit_register.reports.models import Report
from credit_register.web.case_search.kinds import KINDS
from tests.accounts.signing_in import make_account, signed_in
from tests.factories import make_check, make_institution, make_letter, make_report, make_warning
from tests.web.case_search.cases import (
    KIND_NAMES,
    WORD,
    Cases,
    counts,
    index_cases,
    links,
    look_for,
    make_cases,
    waiting_keys,
)
from tests.web.case_search.test_index import lose_the_index

NOTHING = "没有找到相符的案件"
LABELS = {kind.name: kind.label for kind in KINDS}


@pytest.fixture
def cases(app: Flask) -> Cases:
    made = make_cases()
    index_cases()
    return made


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, Role.LOCAL)


class TestFinding:
    def test_all_kinds_of_cases_are_found_at_once(self, cases: Cases, officer: FlaskClient) -> None:
        page = look_for(officer, WORD)
        assert counts(page) == dict.fromkeys(LABELS.values(), 1)
        assert links(page) == [
            f"/staff/reports/{cases.report.id}",
            f"/staff/registrations/{cases.registration.id}",
            f"/staff/commitments/{cases.commitment.id}",
            f"/staff/spotchecks/{cases.check.id}",
            f"/staff/warnings/{cases.warning.id}",
            f"/staff/letters/{cases.letter.id}",
            f"/staff/outcomes/{cases.outcome.id}",
            f"/staff/records/{cases.repair.record_id}",
            f"/staff/ledger/{cases.governed.id}",
            f"/staff/repairs/{cases.repair.id}",
        ]
        for address in links(page):
            assert officer.get(address).status_code == 200

    def test_what_was_written_in_a_case_finds_it_and_is_shown(
        self, cases: Cases, officer: FlaskClient
    ) -> None:
        make_report(facts="对方以“内部渠道”为名收取押金，签了石榴树计划书。", subject_name="示例某某")
        index_cases()
        page = look_for(officer, "石榴树")
        assert counts(page) == {"举报、质疑和异议": 1}
        assert "<mark>石榴树</mark>" in page
        assert (
            "没有找到相符的登记申请、信用承诺、核查、冒名警示、提示函、办理结果公开、信用记录、治理台账、信用修复。"
            in page
        )

    @pytest.mark.parametrize("kind", KIND_NAMES)
    def test_a_case_is_found_by_its_number_and_by_the_code_of_the_institution(
        self, cases: Cases, officer: FlaskClient, kind: str
    ) -> None:
        row = {
            "report": cases.report,
            "registration": cases.registration,
            "commitment": cases.commitment,
            "spotcheck": cases.check,
            "warning": cases.warning,
            "letter": cases.letter,
            "outcome": cases.outcome,
            "ledger": cases.governed,
            "record": cases.repair.record,
            "repair": cases.repair,
        }[kind]
        first = links(look_for(officer, str(row.id), kind=kind))[0]
        assert first.endswith(f"/{row.id}")
        code = cases.registration.uscc if kind == "registration" else cases.institution.uscc
        for typed in (code, code.lower(), code[:10]):
            nameless = kind in ("warning", "letter")
            assert links(look_for(officer, typed, kind=kind)) == ([] if nameless else [first])

    def test_a_whole_number_comes_before_all_that_merely_contain_it(
        self, app: Flask, officer: FlaskClient
    ) -> None:
        reports = [make_report(subject_name=f"示例{number}") for number in range(12)]
        index_cases()
        for wanted in (reports[0], reports[1]):
            for typed in (wanted.number, str(wanted.id)):
                assert links(look_for(officer, typed, kind="report"))[0] == f"/staff/reports/{wanted.id}"

    def test_a_warning_is_found_by_the_code_of_whom_it_protects(
        self, app: Flask, officer: FlaskClient
    ) -> None:
        institution = make_institution()
        warning = make_warning(
            proposed_by_id=make_account(email="other@example.cn").account.id, imitated_uscc=institution.uscc
        )
        index_cases()
        assert links(look_for(officer, institution.uscc)) == [f"/staff/warnings/{warning.id}"]

    def test_a_letter_is_found_by_its_number_and_by_whom_it_is_about(
        self, app: Flask, officer: FlaskClient
    ) -> None:
        writer = make_account(Role.INSPECTOR, email="writer@example.cn").account
        issuer = make_account(Role.PROVINCIAL, email="issuer@example.cn").account
        letters = [
            make_letter(drafted_by_id=writer.id, issued_by_id=issuer.id, state="issued") for _ in range(3)
        ]
        index_cases()
        wanted = letters[1]
        number = str(wanted.number)
        for typed in (
            number,
            number.replace("〔", "[").replace("〕", "]"),
            number[-11:],
            wanted.clues[0].name,
        ):
            assert links(look_for(officer, typed))[0] == f"/staff/letters/{wanted.id}", typed

    def test_five_of_a_kind_stand_on_the_first_page_and_all_of_them_one_click_away(
        self, app: Flask, officer: FlaskClient
    ) -> None:
        for number in range(23):
            make_report(subject_name=f"示例蓝鲸{number:02}号")
        index_cases()
        page = look_for(officer, WORD)
        assert counts(page) == {"举报、质疑和异议": 23}
        assert len(links(page)) == 5
        assert "查看全部 23 件举报、质疑和异议" in page
        first = look_for(officer, WORD, kind="report")
        second = look_for(officer, WORD, kind="report", page=2)
        assert "第 1 页，共 2 页" in first
        assert (len(links(first)), len(links(second))) == (20, 3)
        assert len({*links(first), *links(second)}) == 23
        newest = look_for(officer, WORD, kind="report", sort="newest")
        assert len(links(newest)) == 20

    def test_the_desk_and_the_menu_lead_to_it(self, app: Flask, officer: FlaskClient) -> None:
        desk = officer.get("/staff").text
        assert 'action="/staff/search"' in desk
        assert desk.count('href="/staff/search"') == 1


class TestScope:
    @pytest.mark.parametrize("role", [role for role in Role if role.is_staff and role is not Role.NATIONAL])
    def test_a_foreign_region_finds_nothing_not_even_counts(
        self, app: Flask, cases: Cases, role: Role
    ) -> None:
        client = signed_in(app, role, region="330000")
        if Permission.CASES_READ not in MATRIX[role]:
            assert client.get(f"/staff/search?q={quote(WORD)}").status_code == 403
            return
        code = cases.institution.uscc
        for text in (
            WORD,
            "lanjing",
            code,
            str(cases.report.id),
            "成都",
            "收费标准",
            "示例蓝鲸信用管理有限公司",
        ):
            page = look_for(client, text)
            assert NOTHING in page, text
            assert counts(page) == {}
            for kind in KINDS:
                if kind.permission in MATRIX[role]:
                    page = look_for(client, text, kind=kind.name)
                    assert f"没有找到相符的{kind.label}" in page
                    assert links(page) == []
                    assert "冒名团队" not in page

    def test_whether_something_is_found_tells_nothing_of_another_region(
        self, app: Flask, officer: FlaskClient
    ) -> None:
        make_report(subject_name="示例甲子信用评级有限公司")
        index_cases()
        slip = "示例甲丑信用评级有限公司"

        def answer() -> str:
            page = look_for(officer, slip)
            return page[page.index("<main") : page.index("</main>")]

        before = answer()
        make_report(subject_name=slip, region_code="330100")
        index_cases()
        assert answer() == before
        page = look_for(officer, "示例甲丑信用")
        assert "您要找的是不是" not in page

    def test_a_county_finds_its_own_and_the_province_all_below(self, app: Flask, cases: Cases) -> None:
        make_report(subject_name="示例蓝鲸武侯", region_code="510107")
        index_cases()
        for role, region, expected in (
            (Role.LOCAL, "510107", 1),
            (Role.LOCAL, "510100", 2),
            (Role.PROVINCIAL, "510000", 2),
            (Role.NATIONAL, "000000", 2),
            (Role.LOCAL, "510104", 0),
        ):
            client = signed_in(app, role, email=f"{role}{region}@example.cn", region=region)
            assert counts(look_for(client, WORD)).get("举报、质疑和异议", 0) == expected, (role, region)

    @pytest.mark.parametrize("role", list(Role))
    def test_each_role_finds_the_kinds_that_it_may_read_and_no_other(
        self, app: Flask, cases: Cases, role: Role
    ) -> None:
        client = signed_in(app, role)
        may = [kind for kind in KINDS if kind.permission in MATRIX[role]]
        assert bool(may) is (Permission.CASES_READ in MATRIX[role])
        answer = client.get(f"/staff/search?q={quote(WORD)}")
        assert answer.status_code == (200 if may else 403)
        if may:
            assert list(counts(answer.text)) == [kind.label for kind in may]
        for kind in KINDS:
            answer = client.get(f"/staff/search?kind={kind.name}&q={quote(WORD)}")
            assert answer.status_code == (200 if kind in may else 403), kind.name
            if kind not in may:
                assert WORD not in answer.text

    def test_a_case_that_has_just_left_the_region_is_neither_listed_nor_counted(
        self, app: Flask, officer: FlaskClient
    ) -> None:
        gone, stays = make_report(subject_name="示例蓝鲸甲"), make_report(subject_name="示例蓝鲸乙")
        index_cases()
        gone.region_code = "330100"
        db.session.commit()
        assert waiting_keys() == [f"report:{gone.id}"]
        for more in ({}, {"kind": "report"}):
            page = look_for(officer, WORD, **more)
            assert links(page) == [f"/staff/reports/{stays.id}"]
            assert "2 件" not in page
        stays.region_code = "330100"
        db.session.commit()
        assert NOTHING in look_for(officer, WORD)
        there = signed_in(app, Role.LOCAL, email="there@example.cn", region="330100")
        index_cases()
        assert len(links(look_for(there, WORD))) == 2


class TestEdges:
    def test_without_a_text_it_says_what_can_be_typed(self, officer: FlaskClient) -> None:
        for query in ("", "?q=", "?q=%20%20", "?q=&kind=report"):
            page = officer.get(f"/staff/search{query}").text
            assert "输入要找的内容" in page
            assert NOTHING not in page

    def test_nothing_found_is_said_with_advice(self, cases: Cases, officer: FlaskClient) -> None:
        assert NOTHING in look_for(officer, "没有这样的词语")
        page = look_for(officer, "没有这样的词语", kind="spotcheck")
        assert "没有找到相符的核查" in page
        assert "在全部种类中查找" in page

    def test_a_very_long_text_is_cut_and_the_page_says_so(self, cases: Cases, officer: FlaskClient) -> None:
        page = look_for(officer, "蓝" * 5_000)
        assert "只按前 100 个字查找" in page
        assert "蓝" * 101 not in page
        assert "只按前" not in look_for(officer, "蓝" * 100)

    @pytest.mark.parametrize(
        "query",
        ["page=-1", "page=0", "page=1e9", "kind=gone", "kind=report&page=x", "sort=best", "page=9999999999"],
    )
    def test_a_parameter_that_cannot_be_read_is_refused(self, officer: FlaskClient, query: str) -> None:
        assert officer.get(f"/staff/search?q=a&{query}").status_code == 400

    def test_a_page_beyond_the_end_leads_back(self, cases: Cases, officer: FlaskClient) -> None:
        page = look_for(officer, WORD, kind="report", page=7)
        assert "没有第 7 页" in page
        assert "共 1 页、1 件" in page

    @pytest.mark.parametrize(
        "text", ["'\"<script>", "*:*", "(((", "\u200b", "😀" * 50, "，。！", "%", "-- OR 1=1"]
    )
    @pytest.mark.parametrize("lost", [False, True])
    def test_wild_texts_find_nothing_and_break_nothing(
        self, app: Flask, cases: Cases, officer: FlaskClient, text: str, lost: bool
    ) -> None:
        if lost:
            lose_the_index(app)
        answer = officer.get(f"/staff/search?q={quote(text)}")
        assert answer.status_code == 200
        assert "<script>" not in answer.text
        assert links(answer.text) == []


class TestWithoutTheIndex:
    def test_the_database_answers_within_role_and_region_and_the_page_says_so(
        self, app: Flask, cases: Cases, officer: FlaskClient
    ) -> None:
        make_report(subject_name="示例蓝鲸外地", region_code="330100")
        lose_the_index(app)
        page = look_for(officer, WORD)
        assert "检索索引暂时不可用" in page
        assert counts(page) == dict.fromkeys(LABELS.values(), 1)
        assert "外地" not in page
        reviewer = signed_in(app, Role.REVIEWER)
        assert list(counts(look_for(reviewer, WORD))) == ["登记申请", "信用承诺"]
        assert search.heal(IndexName.CASES)
        assert "检索索引暂时不可用" not in look_for(officer, WORD)

    def test_numbers_codes_and_several_words_are_found_and_pages_turn(
        self, app: Flask, cases: Cases, officer: FlaskClient
    ) -> None:
        lose_the_index(app)
        assert f"/staff/reports/{cases.report.id}" in links(look_for(officer, cases.report.number))
        assert len(links(look_for(officer, cases.institution.uscc.lower()))) == 7
        assert len(links(look_for(officer, f"{WORD} 信用", kind="spotcheck"))) == 1
        assert links(look_for(officer, f"{WORD} 不在其中")) == []
        page = look_for(officer, WORD, kind="report", page=3)
        assert "没有第 3 页" in page

    def test_an_application_that_is_being_changed_keeps_its_new_name(
        self, app: Flask, cases: Cases, officer: FlaskClient
    ) -> None:
        row = cases.registration
        row.state, row.decided_at, row.saved_at = "returned", row.sent_at, now()
        row.name = "示例尚未提交"
        db.session.commit()
        lose_the_index(app)
        assert links(look_for(officer, "尚未提交")) == []
        page = look_for(officer, row.uscc)
        assert links(page) == [f"/staff/registrations/{row.id}"]
        assert "尚未提交" not in page


def test_an_undecided_check_shows_its_state_in_words(app: Flask, officer: FlaskClient) -> None:
    person = make_account(email="person@example.cn").account
    make_check(make_institution(name="示例蓝鲸信用有限公司"), opened_by_id=person.id, state="proposed")
    index_cases()
    page = look_for(officer, WORD)
    assert "待复核" in page
    assert db.session.query(Report).count() == 0
