"""One deed on many reports: what goes through, what is left with its reason, what is not there, and what comes twice."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.database import db
from credit_register.notices.models import Notice
from credit_register.reports.tags import tags_of
from tests.accounts.signing_in import client_of, make_account, send, signed_in
from tests.factories import make_report
from tests.reports.queue_page import REASON, fresh, rows, send_bulk, subjects


@pytest.fixture
def me(app: Flask) -> Account:
    return make_account(Role.LOCAL, name="甲某").account


@pytest.fixture
def colleague(app: Flask) -> Account:
    return make_account(Role.INSPECTOR, name="乙某").account


@pytest.fixture
def officer(app: Flask, me: Account) -> FlaskClient:
    return client_of(app, me)


def deeds(action: str) -> list[tuple[str, dict[str, object]]]:
    """The audit of one kind of deed: number of the case and detail."""
    db.session.rollback()
    found = select(AuditEvent.subject_id, AuditEvent.detail).where(AuditEvent.action == action)
    return [(number, detail) for number, detail in db.session.execute(found.order_by(AuditEvent.id))]


def notices_of(account: Account) -> list[str]:
    return list(db.session.scalars(select(Notice.title).where(Notice.account_id == account.id)))


class TestAssigning:
    def test_all_go_to_one_officer_who_is_told_once(
        self, officer: FlaskClient, me: Account, colleague: Account
    ) -> None:
        reports = [make_report(), make_report(state="investigating", handler_id=me.id)]
        answer = send_bulk(officer, "assign", rows(*reports), officer=str(colleague.id))
        assert answer.status_code == 302, answer.text
        assert [fresh(each).handler_id for each in reports] == [colleague.id] * 2
        assert deeds("report.assign") == [
            (str(each.id), {"reason": REASON, "to": "乙某"}) for each in reports
        ]
        assert notices_of(colleague) == ["2 件举报、质疑、异议指定由您办理"]
        assert "已办理 2 件" in officer.get("/staff/reports").text

    def test_taking_them_oneself_tells_nobody(self, officer: FlaskClient, me: Account) -> None:
        report = make_report()
        assert send_bulk(officer, "assign", rows(report), officer=str(me.id)).status_code == 302
        assert fresh(report).handler_id == me.id
        assert notices_of(me) == []

    def test_a_row_that_changed_or_is_over_is_left_and_named_and_the_others_go_through(
        self, officer: FlaskClient, colleague: Account
    ) -> None:
        changed, over, fine = make_report(), make_report(state="closed"), make_report()
        lead = make_report(state="investigating")
        merged = make_report(state="merged", merged_into_id=lead.id)
        chosen = rows(changed, over, fine, merged)
        changed.matter = "breach"
        db.session.commit()
        answer = send_bulk(officer, "assign", chosen, officer=str(colleague.id))
        page = unescape(answer.text)
        assert answer.status_code == 409
        assert f"已办理 1 件：{fresh(fine).number}" in page
        assert re.search(rf"<li>{fresh(changed).number}：这件事项刚刚有变化", page)
        assert f"{fresh(over).number}：已经结束" in page
        assert f"{fresh(merged).number}：已并案，随牵头件办理" in page
        assert [fresh(each).handler_id for each in (changed, over, fine, merged)] == [
            *(None, None, colleague.id, None)
        ]

    def test_a_double_click_does_it_once(self, officer: FlaskClient, colleague: Account) -> None:
        chosen = rows(make_report(), make_report())
        for _ in range(2):
            assert send_bulk(officer, "assign", chosen, officer=str(colleague.id)).status_code == 302
        assert len(deeds("report.assign")) == 2
        assert len(notices_of(colleague)) == 1

    @pytest.mark.parametrize("who", ["far", "gone", "reviewer", "above", "nobody"])
    def test_only_an_active_officer_of_the_region_can_be_given_a_case(
        self, officer: FlaskClient, who: str
    ) -> None:
        people = {
            "far": make_account(Role.LOCAL, email="far@example.cn", region="330100"),
            "gone": make_account(Role.LOCAL, email="gone@example.cn"),
            "reviewer": make_account(Role.REVIEWER, email="reviewer@example.cn"),
            "above": make_account(Role.PROVINCIAL, email="above@example.cn"),
        }
        ids = {name: made.account.id for name, made in people.items()} | {"nobody": 999_999}
        people["gone"].account.active = False
        db.session.commit()
        report = make_report()
        answer = send_bulk(officer, "assign", rows(report), officer=str(ids[who]))
        assert answer.status_code == 409
        assert "这名工作人员不能办理该地区的事项" in answer.text
        assert fresh(report).handler_id is None
        assert deeds("report.assign") == []

    def test_an_officer_of_another_city_is_refused_for_the_case_of_this_one(self, app: Flask) -> None:
        province = signed_in(app, Role.PROVINCIAL)
        city = make_account(Role.LOCAL, email="city@example.cn", region="510700").account
        here, there = make_report(region_code="510100"), make_report(region_code="510700")
        answer = send_bulk(province, "assign", rows(here, there), officer=str(city.id))
        assert answer.status_code == 409
        assert (fresh(here).handler_id, fresh(there).handler_id) == (None, city.id)


class TestTags:
    def test_a_tag_is_added_once_and_taken_away(self, officer: FlaskClient) -> None:
        reports = [make_report(), make_report()]
        ids = [each.id for each in reports]
        for _ in range(2):
            answer = send_bulk(officer, "tag", rows(*reports), tag=" 加急 ", reason="")
            assert answer.status_code == 302, answer.text
        assert tags_of(ids) == {each: ["加急"] for each in ids}
        assert len(deeds("report.tag")) == 2
        for _ in range(2):
            assert send_bulk(officer, "untag", rows(*reports), tag="加急", reason="").status_code == 302
        assert tags_of(ids) == {each: [] for each in ids}
        assert [detail for _, detail in deeds("report.untag")] == [{"tag": "加急"}] * 2

    def test_no_case_bears_more_than_ten(self, officer: FlaskClient) -> None:
        report = make_report()
        for number in range(10):
            assert send_bulk(officer, "tag", rows(report), tag=f"标签{number}").status_code == 302
        answer = send_bulk(officer, "tag", rows(report), tag="再一个")
        assert "已有 10 个标签" in answer.text
        assert len(tags_of([report.id])[report.id]) == 10

    @pytest.mark.parametrize("word", ["", "长" * 21, "13800000000"])
    def test_a_word_that_is_no_tag_is_refused_beside_the_field(self, officer: FlaskClient, word: str) -> None:
        report = make_report()
        answer = send_bulk(officer, "tag", rows(report), tag=word)
        assert answer.status_code == 422
        assert 'id="bulk-tag-error"' in answer.text
        assert f'value="{report.id}-1" form="bulk" aria-label="选择 {report.number}" checked' in answer.text
        assert tags_of([report.id])[report.id] == []


class TestForwarding:
    def test_they_leave_for_the_other_region_and_a_second_click_is_told_the_same(
        self, officer: FlaskClient
    ) -> None:
        reports = [make_report(), make_report(state="investigating")]
        chosen = rows(*reports)
        for _ in range(2):
            answer = send_bulk(officer, "forward", chosen, region="浙江省杭州市")
            assert answer.status_code == 302, answer.text
        assert [fresh(each).region_code for each in reports] == ["330100"] * 2
        assert len(deeds("report.forward")) == 2

    def test_what_is_here_already_or_decided_is_left(self, officer: FlaskClient) -> None:
        here, decided = make_report(), make_report(state="decided")
        answer = send_bulk(officer, "forward", rows(here, decided), region="510100")
        assert answer.status_code == 409
        assert answer.text.count("现在就由四川省成都市办理") == 2
        answer = send_bulk(officer, "forward", rows(here, decided), region="510700")
        assert f"已办理 1 件：{here.number}" in answer.text
        assert f"{decided.number}：现在的状态是“已作出决定，待答复”" in answer.text

    def test_a_region_that_is_not_there_is_refused_beside_the_field(self, officer: FlaskClient) -> None:
        answer = send_bulk(officer, "forward", rows(make_report()), region="亚特兰蒂斯")
        assert answer.status_code == 422
        assert 'id="bulk-region-error"' in answer.text
        assert 'value="亚特兰蒂斯"' in answer.text


class TestMerging:
    def test_all_become_one_and_a_second_click_is_told_the_same(self, officer: FlaskClient) -> None:
        reports = [make_report(state="investigating") for _ in range(3)]
        chosen = rows(*reports)
        for _ in range(2):
            answer = send_bulk(officer, "merge", chosen)
            assert answer.status_code == 302, answer.text
        states = sorted(fresh(each).state for each in reports)
        assert states == ["investigating", "merged", "merged"]
        lead = next(each for each in reports if fresh(each).state == "investigating")
        assert {each.merged_into_id for each in map(fresh, reports) if each.id != lead.id} == {lead.id}
        assert len(deeds("report.merge")) == 2

    def test_what_cannot_be_merged_is_left_and_the_others_are_merged(self, officer: FlaskClient) -> None:
        decided = make_report(state="decided")
        objection = make_report(kind="objection", state="investigating")
        fine, county, too = make_report(), make_report(region_code="510104"), make_report()
        answer = send_bulk(officer, "merge", rows(decided, objection, fine, county, too))
        page = unescape(answer.text)
        assert answer.status_code == 409
        assert "已办理 1 件" in page
        assert f"{fresh(decided).number}：{fresh(decided).number} 已经并案、作出决定或者结束" in page
        assert f"{fresh(objection).number}：异议须逐件核实" in page
        assert f"{fresh(county).number}：两件由不同地区办理" in page
        assert {fresh(each).state for each in (fine, too)} == {"received", "merged"}

    def test_one_that_changed_meanwhile_stays_and_the_rest_is_merged(self, officer: FlaskClient) -> None:
        changed, second, third = (make_report(state="investigating") for _ in range(3))
        chosen = rows(changed, second, third)
        changed.matter = "breach"
        db.session.commit()
        answer = send_bulk(officer, "merge", chosen)
        assert answer.status_code == 409
        assert f"<li>{fresh(changed).number}：" in answer.text
        assert fresh(changed).state == "investigating"
        assert fresh(changed).merged_into_id is None
        assert sorted(fresh(each).state for each in (second, third)) == ["investigating", "merged"]

    def test_one_alone_is_not_merged(self, officer: FlaskClient) -> None:
        answer = send_bulk(officer, "merge", rows(make_report()))
        assert answer.status_code == 422
        assert "并案至少要选两件" in answer.text


class TestTheForm:
    @pytest.mark.parametrize("deed", ["assign", "tag", "untag", "forward", "merge"])
    def test_rows_of_another_region_are_not_there(
        self, officer: FlaskClient, colleague: Account, deed: str
    ) -> None:
        far = [make_report(region_code="330100", subject_name="示例外地"), make_report(region_code="330100")]
        before = [(each.version, each.state, each.region_code) for each in far]
        answer = send_bulk(
            officer,
            deed,
            [*rows(*far), "999999999-1"],
            officer=str(colleague.id),
            tag="加急",
            region="510700",
        )
        assert answer.status_code == 409
        assert "所选事项已不在本辖区" in answer.text
        assert "示例外地" not in answer.text
        assert not any(each.number in answer.text for each in map(fresh, far))
        assert [(each.version, each.state, each.region_code) for each in map(fresh, far)] == before
        assert all(fresh(each).handler_id is None for each in far)
        assert tags_of([each.id for each in far]) == {each.id: [] for each in far}

    def test_beside_rows_of_the_own_region_foreign_ones_are_passed_over(
        self, officer: FlaskClient, colleague: Account
    ) -> None:
        here, far = make_report(), make_report(region_code="330100")
        answer = send_bulk(officer, "assign", rows(here, far), officer=str(colleague.id))
        assert answer.status_code == 302
        assert (fresh(here).handler_id, fresh(far).handler_id) == (colleague.id, None)

    @pytest.mark.parametrize(
        ("chosen", "words"),
        [
            ([], "请先勾选要办理的事项"),
            (["x"], "页面已过期"),
            (["1-1", "2"], "页面已过期"),
            (["99999999999-1"], "页面已过期"),
            (["１-1"], "页面已过期"),
            ([f"{number}-1" for number in range(1, 102)], "一次最多办理 100 件"),
        ],
    )
    def test_rows_that_cannot_be_read_change_nothing(
        self, officer: FlaskClient, chosen: list[str], words: str
    ) -> None:
        report = make_report(id=1)
        answer = send_bulk(officer, "tag", chosen, tag="加急")
        assert answer.status_code == 422
        assert words in answer.text
        assert tags_of([report.id]) == {1: []}

    def test_what_was_typed_and_ticked_is_kept(self, officer: FlaskClient, colleague: Account) -> None:
        report = make_report()
        answer = send_bulk(officer, "assign", rows(report), officer=str(colleague.id), reason="短")
        assert answer.status_code == 422
        assert 'id="bulk-reason-error"' in answer.text
        assert f'<option selected value="{colleague.id}">' in answer.text
        assert f'选择 {fresh(report).number}" checked' in answer.text
        assert send_bulk(officer, "fly", rows(report)).status_code == 422
        assert send_bulk(officer, "assign", rows(report), officer="x").status_code == 422

    def test_the_way_back_leads_to_the_same_part_of_the_queue(self, officer: FlaskClient) -> None:
        report = make_report()
        data = {"deed": "tag", "tag": "加急", "row": rows(report)}
        answer = send(
            officer, "/staff/reports/bulk?kind=report&page=2", data, page="/staff/reports?kind=report"
        )
        assert answer.location == "/staff/reports?kind=report&page=2"

    def test_who_may_not_handle_sees_no_boxes_and_cannot_send_them(self, app: Flask) -> None:
        report = make_report()
        auditor = signed_in(app, Role.AUDITOR)
        page = auditor.get("/staff/reports").text
        assert subjects(page) == [report.subject_name]
        assert 'name="row"' not in page
        assert "办理所选" not in page
        token = send_bulk(auditor, "tag", rows(report), tag="加急")
        assert token.status_code == 403
