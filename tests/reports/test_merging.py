"""Reports on the same facts handled as one, and taken apart again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.reports import merging, tracking
from credit_register.reports.models import Report
from credit_register.reports.similar import similar_to
from tests.accounts.signing_in import actor, signed_in
from tests.factories import make_report
from tests.reports.citizens import file_report, open_case, seed_deadline_rules, the_report
from tests.reports.officers import act, done, fresh, recorded, runs

NAME = "成都示例被冒用信用管理有限公司"
SAID = "对方来电自称该公司业务员，说可以包修复征信，收取 3000 元后失去联系。"


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, Role.LOCAL)


def two(**overrides: object) -> tuple[Report, Report]:
    """An older and a younger report on one subject."""
    older = make_report(
        subject_name=NAME, facts=SAID, received_at=now() - timedelta(days=1), state="investigating"
    )
    return older, make_report(subject_name=NAME, facts=f"{SAID}请尽快查处。", **overrides)


class TestSuggestions:
    def test_the_same_story_on_the_same_subject_is_suggested_and_another_story_is_not(
        self, app: Flask
    ) -> None:
        older, younger = two()
        make_report(subject_name=NAME, facts="网站上登记的住所没有人办公，电话也打不通。")
        make_report(subject_name="别的示例公司", facts=SAID)
        make_report(subject_name=NAME, facts=SAID, region_code="330100")
        make_report(subject_name=NAME, facts=SAID, kind="objection")
        found = similar_to(actor(Role.LOCAL), younger)
        assert [each.report.id for each in found] == [older.id]
        assert found[0].percent > 50

    def test_the_same_telephone_of_an_impostor_is_the_same_subject(self, app: Flask) -> None:
        one = make_report(subject_name="甲", facts=SAID, subject_phone="400-000-0000")
        other = make_report(subject_name="乙", facts=SAID, subject_phone="400-000-0000")
        assert [each.report.id for each in similar_to(actor(Role.LOCAL), one)] == [other.id]

    def test_the_page_shows_it(self, officer: FlaskClient) -> None:
        older, younger = two()
        page = officer.get(f"/staff/reports/{younger.id}").text
        assert "可能反映同一情况" in page
        assert older.number in page


class TestMerging:
    def test_the_report_that_ends_first_leads_whichever_page_it_was_done_on(
        self, officer: FlaskClient
    ) -> None:
        older, younger = two()
        act(officer, older, "merge", other=younger.number, reason="同一团队，同一手法")
        assert fresh(younger).state == "received", "of these two the one still to be accepted ends first"
        assert fresh(older).state == "merged"
        assert fresh(older).merged_into_id == younger.id
        assert runs(older) == {}, "its clock stands"
        assert runs(younger).keys() == {"report_acceptance"}
        assert recorded(older, "merge").detail["lead"] == younger.number
        assert "随牵头件办理" in officer.get(f"/staff/reports/{older.id}").text
        assert recorded(younger, "take_in").detail["merged"] == older.number
        assert "已并入另一件" in officer.get(f"/staff/reports/{older.id}").text
        assert older.number in officer.get(f"/staff/reports/{younger.id}").text

    def test_everybody_is_answered_and_keeps_a_receipt(
        self, officer: FlaskClient, client: FlaskClient
    ) -> None:
        seed_deadline_rules()
        receipt = file_report(client, subject_name=NAME, facts=SAID)
        first = the_report()
        first.region_code = "510100"
        db.session.commit()
        second = make_report(
            subject_name=NAME, facts=SAID, state="investigating", received_at=now() - timedelta(days=20)
        )
        done(first, "merge", officer, other=second.number, reason="同一团队")
        assert fresh(first).state == "merged"
        open_case(client, receipt)
        page = client.get("/reports/track").text
        assert 'data-state="investigating"' in page
        assert "并" not in page.split("data-state")[1].split("</main>")[0], (
            "nobody learns of the other reports"
        )
        done(second, "decide", officer, outcome="upheld", reason="查明系同一团队冒名。")
        done(second, "answer", officer, text="已查实，并已移送公安机关。")
        row = fresh(first)
        assert (row.state, row.outcome, row.decision) == ("answered", "upheld", "查明系同一团队冒名。")
        page = client.get("/reports/track").text
        assert "已查实，并已移送公安机关。" in page
        assert "查明系同一团队冒名。" in page
        assert runs(first) == {}
        done(first, "close", officer)

    def test_taken_apart_it_runs_on_as_if_nothing_had_been(self, officer: FlaskClient) -> None:
        older, younger = two(state="investigating")
        before = runs(younger)
        done(younger, "merge", officer, other=older.number, reason="同一团队")
        later = now() + timedelta(days=3)
        chief = actor(Role.PROVINCIAL)
        merging.unmerge(
            fresh(younger), reason="另有其人", version=fresh(younger).version, actor=chief, now=later
        )
        assert fresh(younger).merged_into_id is None
        assert runs(younger) == before, "merging and taking apart buys no time"
        assert recorded(older, "let_out").detail["merged"] == younger.number

    def test_a_report_not_accepted_yet_is_accepted_by_being_merged(self, officer: FlaskClient) -> None:
        lead = make_report(subject_name=NAME, state="investigating", received_at=now() - timedelta(days=20))
        other = make_report(subject_name=NAME)
        done(other, "merge", officer, other=lead.number, reason="同一团队")
        assert runs(other) == {}
        done(other, "unmerge", officer, reason="另有其人")
        assert runs(other).keys() == {"report_investigation"}

    def test_what_was_merged_before_goes_along(self, officer: FlaskClient) -> None:
        first = make_report(subject_name=NAME, state="investigating", received_at=now() - timedelta(days=9))
        second = make_report(subject_name=NAME, state="investigating", received_at=now() - timedelta(days=5))
        third = make_report(subject_name=NAME, state="investigating")
        done(third, "merge", officer, other=second.number, reason="同一团队")
        done(second, "merge", officer, other=first.number, reason="同一团队")
        assert {fresh(each).merged_into_id for each in (second, third)} == {first.id}

    def test_a_lead_goes_to_another_office_with_what_was_merged_into_it(self, officer: FlaskClient) -> None:
        older, younger = two(state="investigating")
        done(younger, "merge", officer, other=older.number, reason="同一团队")
        act(officer, older, "forward", region="330100", reason="对方在杭州")
        assert {fresh(each).region_code for each in (older, younger)} == {"330100"}

    def test_a_lead_that_is_taken_back_lets_the_others_go_on(self, officer: FlaskClient) -> None:
        older, younger = two(state="investigating")
        done(younger, "merge", officer, other=older.number, reason="同一团队")
        tracking.withdraw(older.id, now=now())
        assert fresh(older).state == "withdrawn"
        assert fresh(younger).state == "investigating"
        assert runs(younger).keys() == {"report_investigation"}

    def test_a_lead_is_not_refused_while_others_hang_on_it(self, officer: FlaskClient) -> None:
        older, younger = two(state="investigating")
        done(younger, "merge", officer, other=older.number, reason="同一团队")
        assert "不予受理</summary>" not in officer.get(f"/staff/reports/{older.id}").text
        refused = act(officer, older, "refuse", reason="不属于受理范围")
        assert refused.status_code == 409
        assert "取消并案" in refused.text
        assert fresh(older).state == "investigating"


class TestRefusals:
    @pytest.mark.parametrize(
        ("overrides", "sentence"),
        [
            ({"state": "closed"}, "已经并案、作出决定或者结束"),
            ({"kind": "objection"}, "异议须逐件核实"),
        ],
    )
    def test_what_cannot_be_merged_is_said_beside_the_field(
        self, officer: FlaskClient, overrides: dict[str, str], sentence: str
    ) -> None:
        report = make_report(subject_name=NAME)
        other = make_report(subject_name=NAME, **overrides)
        answer = act(officer, report, "merge", other=other.number, reason="同一团队")
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "同一团队" in answer.text, "what was typed is kept"
        assert fresh(report).state == "received"

    @pytest.mark.parametrize("number", ["", "2026-999999", "abc", "0", "99999999999"])
    def test_a_number_that_is_not_there(self, officer: FlaskClient, number: str) -> None:
        report = make_report()
        answer = act(officer, report, "merge", other=number, reason="同一团队")
        assert answer.status_code == 422
        assert "另一件的编号" in answer.text or "没有这个编号" in answer.text

    def test_a_report_of_another_region_is_not_there(self, officer: FlaskClient) -> None:
        report, foreign = make_report(), make_report(region_code="330100", subject_name="杭州示例")
        answer = act(officer, report, "merge", other=foreign.number, reason="同一团队")
        assert "辖区内没有这个编号" in answer.text
        assert "杭州示例" not in answer.text

    def test_not_into_itself(self, officer: FlaskClient) -> None:
        report = make_report()
        assert "不能与自己并案" in act(officer, report, "merge", other=report.number, reason="同一").text

    def test_two_provinces_do_not_share_a_case(self, app: Flask) -> None:
        one, other = make_report(), make_report(region_code="330100")
        national = actor(Role.NATIONAL)
        with pytest.raises(merging.MergeRefused, match="不同地区"):
            merging.merge(one, other, reason="同一", versions={}, actor=national, now=now())

    def test_the_same_click_twice_is_no_error(self, officer: FlaskClient) -> None:
        older, younger = two(state="investigating")
        version = fresh(younger).version
        fields = {"other": older.number, "reason": "同一团队", "version": version}
        assert act(officer, younger, "merge", **fields).status_code == 302
        assert act(officer, younger, "merge", **fields).status_code == 302
        recorded(younger, "merge")
