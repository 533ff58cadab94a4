"""What narrows the queue: each filter, words through the index and without it, the new states, wild addresses."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.core import clock
from credit_register.core.database import db
from credit_register.reports import full_text
from credit_register.reports.work_models import Tag
from credit_register.web.case_search import narrowing
from tests.accounts.signing_in import client_of, make_account, signed_in
from tests.factories import make_institution, make_report
from tests.reports.queue_page import subjects
from tests.web.case_search.cases import index_cases

CODE = "91510100MA0000001X"


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, Role.LOCAL)


def tag(report_id: int, *words: str) -> None:
    db.session.add_all([Tag(report_id=report_id, word=word) for word in words])
    db.session.commit()


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("tag=加急", ["示例甲"]),
            ("tag=加", []),
            ("category=03", ["成都示例评级信用管理有限公司"]),
            ("category=06", []),
            ("subject=示例甲", ["示例甲"]),
            ("subject=示例", []),
            (f"subject={CODE}", ["示例乙"]),
            (f"subject={CODE.lower()}", ["示例乙"]),
            ("subject=成都示例评级信用管理有限公司", ["成都示例评级信用管理有限公司"]),
            ("subject=https://impostor.example.cn", ["示例丙"]),
            ("subject=400-000-0000", ["示例丙"]),
            ("decided=90&state=all", ["示例近日"]),
            ("decided=90", ["示例近日"]),
            ("decided=90&due=overdue", []),
            ("tag=加急&kind=question", []),
        ],
    )
    def test_each_narrows(self, officer: FlaskClient, query: str, expected: list[str]) -> None:
        rated = make_institution(name="成都示例评级信用管理有限公司", categories=("03",))
        tag(make_report(subject_name="示例甲").id, "加急", "重复")
        make_report(subject_name="示例乙", subject_uscc=CODE)
        make_report(
            subject_name="示例丙",
            subject_site="https://impostor.example.cn",
            subject_phone="400-000-0000",
        )
        make_report(subject_uscc=rated.uscc, institution_id=rated.id)
        now = clock.now()
        make_report(subject_name="示例近日", state="answered", received_at=now - timedelta(days=30))
        make_report(
            subject_name="示例早先",
            state="answered",
            received_at=now - timedelta(days=300),
            decided_at=now - timedelta(days=91),
        )
        assert subjects(officer.get(f"/staff/reports?{query}").text) == expected

    def test_a_person_of_the_office_is_chosen_and_a_stranger_is_unknown(self, app: Flask) -> None:
        me = make_account(Role.LOCAL).account
        colleague = make_account(Role.INSPECTOR, name="李示例").account
        stranger = make_account(Role.LOCAL, email="far@example.cn", region="330100", name="远方某").account
        make_report(subject_name="示例我的", handler_id=me.id, state="investigating")
        make_report(subject_name="示例他的", handler_id=colleague.id, state="investigating")
        client = client_of(app, me)
        page = client.get(f"/staff/reports?handler={colleague.id}").text
        assert subjects(page) == ["示例他的"]
        assert f'<option value="{colleague.id}" selected>李示例（四川省成都市）</option>' in page
        assert "远方某" not in page
        for unknown in (stranger.id, 999_999, "9" * 30, "-1", "１"):
            assert client.get(f"/staff/reports?handler={unknown}").status_code == 400

    def test_whoever_has_left_is_still_found_by_what_is_in_hand(self, app: Flask) -> None:
        gone = make_account(Role.INSPECTOR, name="离任某").account
        gone.active = False
        moved = make_account(Role.LOCAL, email="moved@example.cn", region="330100", name="调走某").account
        make_report(subject_name="示例离任", handler_id=gone.id, state="investigating")
        make_report(subject_name="示例调走", handler_id=moved.id, state="investigating")
        client = signed_in(app, Role.LOCAL)
        assert subjects(client.get(f"/staff/reports?handler={gone.id}").text) == ["示例离任"]
        page = client.get(f"/staff/reports?handler={moved.id}").text
        assert subjects(page) == ["示例调走"]
        assert '" selected>调走某</option>' in page

    def test_tags_stand_beside_the_subject_and_lead_to_their_own_list(self, officer: FlaskClient) -> None:
        tag(make_report(subject_name="示例甲").id, "加急")
        tag(make_report(subject_name="示例外地", region_code="330100").id, "外地标签")
        page = unescape(officer.get("/staff/reports").text)
        assert '<a class="tag" href="/staff/reports?tag=%E5%8A%A0%E6%80%A5">加急</a>' in page
        assert '<option value="加急"></option>' in page
        assert "外地标签" not in page

    def test_filters_travel_to_the_case_and_to_the_next_page(self, officer: FlaskClient) -> None:
        for number in range(41):
            tag(make_report(subject_name=f"示例{number:02}").id, "加急")
        page = unescape(officer.get("/staff/reports?tag=加急&kind=report").text)
        assert "第 1 页，共 2 页" in page
        assert 'href="/staff/reports?page=2&kind=report&tag=%E5%8A%A0%E6%80%A5"' in page
        assert re.search(r'href="/staff/reports/\d+\?kind=report&tag=%E5%8A%A0%E6%80%A5"', page)
        assert subjects(officer.get("/staff/reports?tag=加急&page=2").text) == ["示例40"]


class TestStates:
    def test_what_is_merged_or_taken_back_is_not_in_the_open_list(self, officer: FlaskClient) -> None:
        lead = make_report(subject_name="示例牵头", state="investigating")
        make_report(subject_name="示例并入", state="merged", merged_into_id=lead.id)
        make_report(subject_name="示例撤回", state="withdrawn")
        make_report(subject_name="示例复核", state="reviewing", review_requested_at=clock.now())
        make_report(subject_name="示例待机构", state="awaiting_institution")
        page = officer.get("/staff/reports").text
        assert sorted(subjects(page)) == ["示例复核", "示例待机构", "示例牵头"]
        assert re.search(r"复核中 <strong>1</strong>", page)
        assert re.search(r"待机构答复 <strong>1</strong>", page)
        assert "已并案 <strong>" not in page
        assert subjects(officer.get("/staff/reports?state=merged").text) == ["示例并入"]
        assert subjects(officer.get("/staff/reports?state=withdrawn").text) == ["示例撤回"]
        assert len(subjects(officer.get("/staff/reports?state=all").text)) == 5


class TestWords:
    def test_words_of_the_facts_are_found_through_the_index_in_the_order_of_the_queue(
        self, officer: FlaskClient
    ) -> None:
        make_report(subject_name="示例今天", facts="对方称可以修复征信，收取押金。")
        make_report(
            subject_name="示例早先",
            facts="押金没有退还，也是修复征信的。",
            received_at=clock.now() - timedelta(days=40),
        )
        make_report(subject_name="示例无关")
        make_report(subject_name="示例外地", facts="押金", region_code="330100")
        make_report(subject_name="示例办完", facts="押金", state="closed")
        index_cases()
        page = officer.get("/staff/reports?q=押金").text
        assert subjects(page) == ["示例早先", "示例今天"]
        assert "全文检索暂不可用" not in page
        assert len(subjects(officer.get("/staff/reports?q=押金&state=all").text)) == 3
        assert subjects(officer.get("/staff/reports?q=押金&region=33").text) == []
        assert subjects(officer.get("/staff/reports?q=没有的词语").text) == []

    def test_a_number_is_found_before_the_index_knows_it(self, officer: FlaskClient) -> None:
        index_cases()
        report = make_report(subject_name="示例刚到")
        for text in (report.number, str(report.id)):
            assert subjects(officer.get(f"/staff/reports?q={text}").text) == ["示例刚到"]

    def test_without_the_index_names_are_found_and_the_page_says_so(self, officer: FlaskClient) -> None:
        make_report(subject_name="示例押金公司")
        make_report(subject_name="示例乙", facts="押金没有退还。")
        page = officer.get("/staff/reports?q=押金").text
        assert subjects(page) == ["示例押金公司"]
        assert "全文检索暂不可用" in page
        assert "全文检索暂不可用" not in officer.get("/staff/reports").text

    def test_too_many_hits_are_cut_and_said(
        self, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(5):
            make_report(subject_name=f"示例押金{number}")
        index_cases()
        monkeypatch.setattr(full_text, "MOST", 3)
        monkeypatch.setattr(narrowing, "_AT_ONCE", 2)
        page = officer.get("/staff/reports?q=押金").text
        assert len(subjects(page)) == 3
        assert "在 5 件中出现，列表只从最相关的 3 件中选取" in page

    def test_all_pages_of_hits_are_taken(self, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        for number in range(5):
            make_report(subject_name=f"示例押金{number}")
        index_cases()
        monkeypatch.setattr(narrowing, "_AT_ONCE", 2)
        assert len(subjects(officer.get("/staff/reports?q=押金").text)) == 5


@pytest.mark.parametrize(
    "query",
    ["category=98", "category=1", "decided=30", "handler=0", "state=gone", "due=90", "page=0", "region=zz"],
)
def test_a_parameter_that_cannot_be_read_is_refused(officer: FlaskClient, query: str) -> None:
    assert officer.get(f"/staff/reports?{query}").status_code == 400


@pytest.mark.parametrize("name", ["q", "tag", "subject", "category", "handler", "decided", "page", "region"])
@pytest.mark.parametrize(
    "value",
    ["%00", "%ED%A0%80", "'\"<script>", "%25_%5C", "*:*", "(((", "9" * 40, "信" * 3000, "-1", "%F0%9F%98%80"],
)
def test_no_value_breaks_the_queue(officer: FlaskClient, name: str, value: str) -> None:
    make_report()
    answer = officer.get(f"/staff/reports?{name}={value}")
    assert answer.status_code in (200, 400)
    assert "<script>alert" not in answer.text
    assert len(answer.data) < 200_000
