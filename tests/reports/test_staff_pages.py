"""The triage queue and the page of one report: what is shown, in which order, and what a file download gives."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import escape, unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import event

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.core import clock
from credit_register.core.clock import today
from credit_register.core.database import db
from credit_register.core.files import DOCUMENTS, PICTURES, FilePolicy, StoredFile, store_upload
from credit_register.reports import triage_queue
from credit_register.reports.models import Report, State
from credit_register.reports.running import lamps
from credit_register.reports.triage_queue import QueueFilter, counts_by_state, overdue_count, queue
from credit_register.web.desk import Card
from tests.accounts.signing_in import client_of, make_account, send, signed_in
from tests.factories import make_institution, make_report, make_warning

EVERYTHING = Actor(account_id=0, name="甲", role=Role.LOCAL, region="510100")


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, Role.LOCAL)


def days_ago(days: int) -> Any:
    return clock.now() - timedelta(days=days)


def subjects(page: str) -> list[str]:
    """The subjects of the rows, in order."""
    return [
        re.sub(r"<[^>]+>|未在名录", "", cell).strip()
        for cell in re.findall(r'<td data-label="对象"><div>(.*?)</div>', page, re.S)
    ]


class TestQueue:
    def test_it_holds_what_is_open_in_the_region_the_most_urgent_first(self, officer: FlaskClient) -> None:
        make_report(subject_name="示例今天收到")
        make_report(subject_name="示例拖了两个月", received_at=days_ago(60), state="investigating")
        make_report(subject_name="示例逾期受理", received_at=days_ago(20))
        make_report(subject_name="示例等办结", state="answered", received_at=days_ago(90))
        make_report(subject_name="示例已办结", state="closed")
        make_report(subject_name="示例外地", region_code="330100")
        page = officer.get("/staff/reports").text
        assert subjects(page) == ["示例拖了两个月", "示例逾期受理", "示例今天收到", "示例等办结"]
        assert page.count("已逾期 20") == 2
        assert re.search(r"已逾期 <strong>2</strong>", page)
        assert re.search(r"待受理 <strong>2</strong>", page)

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("state=all", ["示例甲", "示例乙", "示例丙", "示例丁"]),
            ("state=closed", ["示例丁"]),
            ("state=received", ["示例甲"]),
            ("kind=objection", ["示例乙"]),
            ("matter=impersonation", ["示例丙"]),
            ("region=510104", ["示例乙"]),
            ("region=33", []),
            ("handler=mine", ["示例丙"]),
            ("handler=nobody", ["示例甲", "示例乙"]),
            ("due=overdue", ["示例甲"]),
            ("q=例乙", ["示例乙"]),
            ("q=100%25", []),
            ("q=91510100", ["示例丙"]),
        ],
    )
    def test_each_filter_narrows(self, app: Flask, query: str, expected: list[str]) -> None:
        me = make_account(Role.LOCAL).account
        make_report(subject_name="示例甲", received_at=days_ago(30))
        make_report(subject_name="示例乙", kind="objection", region_code="510104", state="investigating")
        make_report(
            subject_name="示例丙",
            matter="impersonation",
            state="investigating",
            handler_id=me.id,
            subject_uscc="91510100MA0000001X",
        )
        make_report(subject_name="示例丁", state="closed", handler_id=me.id)
        page = client_of(app, me).get(f"/staff/reports?{query}").text
        assert subjects(page) == expected

    def test_a_case_is_found_by_its_number(self, officer: FlaskClient) -> None:
        make_report(subject_name="示例甲")
        report = make_report(subject_name="示例乙")
        number = report.number
        assert re.fullmatch(r"20\d\d-\d{6}", number)
        assert subjects(officer.get(f"/staff/reports?q={number}").text) == ["示例乙"]
        assert number in officer.get(f"/staff/reports/{report.id}").text

    def test_forty_rows_stand_on_a_page(self, officer: FlaskClient) -> None:
        for number in range(41):
            make_report(subject_name=f"示例{number:02}", received_at=days_ago(50 - number))
        page = officer.get("/staff/reports")
        assert len(page.data) < 100_000
        first = subjects(page.text)
        assert first == [f"示例{number:02}" for number in range(40)]
        assert subjects(officer.get("/staff/reports?page=2").text) == ["示例40"]

    @pytest.mark.parametrize(
        "query", ["state=gone", "kind=x", "matter=love", "handler=you", "due=ever", "region=ab", "page=0"]
    )
    def test_a_parameter_that_cannot_be_read_is_refused(self, officer: FlaskClient, query: str) -> None:
        assert officer.get(f"/staff/reports?{query}").status_code == 400

    def test_an_empty_queue_says_what_will_come(self, officer: FlaskClient) -> None:
        assert "没有待办的举报、质疑和异议" in officer.get("/staff/reports").text
        assert "没有符合条件的举报" in officer.get("/staff/reports?kind=report").text

    def test_a_subject_leads_to_the_register_where_it_is_known(self, officer: FlaskClient) -> None:
        here, elsewhere = make_institution(), make_institution(region_code="330100")
        for institution in (here, elsewhere):
            make_report(subject_uscc=institution.uscc, institution_id=institution.id)
        page = officer.get("/staff/reports").text
        assert f'href="/staff/institutions/{here.id}"' in page
        assert f'href="/institutions/{elsewhere.uscc}"' in page

    def test_forty_rows_cost_no_more_questions_than_one(self, app: Flask) -> None:
        def cost() -> int:
            asked: list[str] = []
            db.session.remove()
            listener = lambda *arguments: asked.append(str(arguments[2]))  # noqa: E731
            event.listen(db.engine, "before_cursor_execute", listener)
            counts = counts_by_state(EVERYTHING)
            for row in queue(EVERYTHING, QueueFilter(), page=1, lamps=lamps(today()), counts=counts).items:
                assert row.report.handler is None
                assert row.report.institution is not None
            event.remove(db.engine, "before_cursor_execute", listener)
            return len(asked)

        about = [
            {"institution_id": each.id, "subject_uscc": each.uscc}
            for each in (make_institution(), make_institution())
        ]
        for number in range(3):
            make_report(**about[number % 2])
        few = cost()
        for number in range(20):
            make_report(**about[number % 2])
        assert cost() == few

    def test_both_ways_through_the_database_give_the_same_order(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        states = [State.RECEIVED, State.INVESTIGATING, State.ANSWERED, State.DECIDED, State.CLOSED]
        for number in range(60):
            make_report(
                state=states[number % 5],
                kind="objection" if number % 3 == 0 else "report",
                received_at=days_ago(number % 17),
            )
        counts, day = counts_by_state(EVERYTHING), lamps(today())

        def pages(wanted: QueueFilter) -> list[list[int]]:
            found = [queue(EVERYTHING, wanted, page=page, lamps=day, counts=counts) for page in (1, 2, 3)]
            return [[row.report.id for row in each.items] for each in found]

        for wanted in (QueueFilter(), QueueFilter(state="all"), QueueFilter(state="decided")):
            few = pages(wanted)
            late = overdue_count(EVERYTHING, on=today(), counts=counts)
            monkeypatch.setattr(triage_queue, "FEW", -1)
            assert pages(wanted) == few
            assert overdue_count(EVERYTHING, on=today(), counts=counts) == late > 0
            monkeypatch.undo()
        assert sum(len(page) for page in few) == 12

    def test_urgency_filters_follow_the_lamp(self, app: Flask) -> None:
        for days in range(15):
            make_report(received_at=days_ago(days))
        counts, day = counts_by_state(EVERYTHING), lamps(today())
        everything = queue(EVERYTHING, QueueFilter(), page=1, lamps=day, counts=counts).items
        for due in ("overdue", "soon"):
            found = queue(EVERYTHING, QueueFilter(due=due), page=1, lamps=day, counts=counts)
            expected = [row.report.id for row in everything if row.next_due and row.next_due.urgency == due]
            assert [row.report.id for row in found.items] == expected
            assert found.total == len(expected) > 0


def stored(name: str = "转账记录.png") -> StoredFile:
    policy = FilePolicy(max_bytes=10_000, max_count=5, kinds=PICTURES | DOCUMENTS)
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(picture, "PNG")
    picture.seek(0)
    file = store_upload(picture, name, policy, purpose="report", now=clock.now())
    db.session.flush()
    return file


class TestCase:
    def test_a_file_is_handed_out_as_its_cleaned_copy_and_only_with_its_own_report(
        self, app: Flask, officer: FlaskClient
    ) -> None:
        report, other = make_report(files=(stored(),)), make_report()
        file_id = report.files[0].file_id
        path = f"/staff/reports/{report.id}/files/{file_id}"
        assert path in officer.get(f"/staff/reports/{report.id}").text
        answer = officer.get(path, buffered=True)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.data.startswith(b"\x89PNG")
        assert officer.get(f"/staff/reports/{other.id}/files/{file_id}").status_code == 404
        foreign = signed_in(app, Role.LOCAL, region="330100", email="foreign@example.cn")
        assert foreign.get(path).status_code == 404

    def test_other_reports_about_the_same_subject_are_counted_within_the_region(
        self, officer: FlaskClient
    ) -> None:
        institution = make_institution()
        about: dict[str, Any] = {"subject_uscc": institution.uscc, "institution_id": institution.id}
        report = make_report(**about)
        for _ in range(6):
            make_report(state="closed", **about)
        make_report(region_code="330100", **about)
        page = officer.get(f"/staff/reports/{report.id}").text
        assert "同一对象的其他 6 件" in page
        assert len(re.findall(r'href="/staff/reports/\d+">20\d\d-', page)) == 5

    def test_messages_of_both_sides_stand_in_their_order(self, officer: FlaskClient) -> None:
        report = make_report(messages=("合同在附件里。",))
        page = officer.get(f"/staff/reports/{report.id}").text
        assert "合同在附件里。" in page
        assert "talk-theirs" in page

    def test_the_usual_step_stands_open_and_the_others_wait(self, officer: FlaskClient) -> None:
        report: Report = make_report(state="investigating")
        page = officer.get(f"/staff/reports/{report.id}").text
        assert re.search(r'<details class="case-move" open><summary>作出处理决定', page)
        assert re.search(r'<details class="case-move"><summary>请提交人补充', page)
        assert 'data-state="investigating"' in page
        identifiers = re.findall(r'\sid="([^"]+)"', page)
        assert len(identifiers) == len(set(identifiers))

    def test_what_citizens_typed_is_shown_as_text(self, officer: FlaskClient) -> None:
        report = make_report(subject_name="<script>alert(1)</script>", facts="<b>事实</b>\n第二行")
        for path in ("/staff/reports", f"/staff/reports/{report.id}"):
            page = officer.get(path).text
            assert "<script>alert(1)" not in page
            assert "<b>事实" not in page

    def test_the_desk_counts_what_waits_and_what_is_late(self, officer: FlaskClient) -> None:
        make_report(received_at=days_ago(30))
        make_report(received_at=days_ago(60), state="investigating")
        make_report(received_at=days_ago(60), region_code="330100")
        page = officer.get("/staff").text
        assert "待受理举报异议，逾期 1 件" in page
        assert 'href="/staff/reports?state=received&amp;due=overdue"' in page
        assert "未办结举报异议，逾期 2 件" in page
        assert len(subjects(officer.get("/staff/reports?state=received&due=overdue").text)) == 1

    def test_the_desk_says_that_nothing_is_late_only_where_that_was_counted(
        self, app: Flask, officer: FlaskClient
    ) -> None:
        proposer = make_account(Role.INSPECTOR).account
        make_warning(proposed_by_id=proposer.id)
        make_report(state="investigating", received_at=days_ago(60))
        make_report()
        cards = dict(re.findall(r"</svg>(待\w+)</span>(.*?)</a>", officer.get("/staff").text))
        assert cards["待受理举报异议"] == '<span class="count-advice">没有逾期。</span>'
        assert cards["待复核冒名警示"] == "", "no period runs for a warning"

    def test_counting_ends_where_the_desk_says_so(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        for _ in range(3):
            make_report(received_at=days_ago(30))
        make_report(received_at=days_ago(60), state="investigating")
        counts = counts_by_state(EVERYTHING)
        for few in (triage_queue.FEW, -1):
            monkeypatch.setattr(triage_queue, "FEW", few)
            late = overdue_count(EVERYTHING, on=today(), counts=counts, state=State.RECEIVED)
            assert late == 3
            assert overdue_count(EVERYTHING, on=today(), counts=counts) == 4
        assert Card("待受理", 5, 1000, "", "", 1000).overdue_words == "1000 件以上"
        assert Card("待受理", 5, 999, "", "", 1000).overdue_words == "999 件"


class TestWorkingThroughTheQueue:
    FILTERS = "kind=report&matter=other&handler=nobody"

    def test_the_way_back_leads_to_the_same_part_of_the_queue(self, officer: FlaskClient) -> None:
        report = make_report(subject_name="示例甲")
        make_report(subject_name="示例乙", kind="question")
        found = re.search(
            rf'href="(/staff/reports/{report.id}\?[^"]+)"', officer.get(f"/staff/reports?{self.FILTERS}").text
        )
        assert found
        case = unescape(found[1])
        back = f'<a href="/staff/reports?{escape(self.FILTERS)}">举报办理</a>'
        page = officer.get(case).text
        assert back in page
        step = re.search(rf'action="(/staff/reports/{report.id}/take\?[^"]+)"', page)
        assert step
        answer = send(officer, unescape(step[1]), {"version": str(report.version)}, page=case)
        assert (answer.status_code, answer.location) == (302, case), "after a step, too"
        assert back in officer.get(case).text
        late = send(officer, unescape(step[1]), {"version": "1", "reason": "再来一次"}, page=case)
        assert late.status_code == 409
        assert back in late.text

    def test_the_page_of_the_queue_is_kept_too(self, officer: FlaskClient) -> None:
        for number in range(41):
            make_report(received_at=days_ago(50 - number))
        second = officer.get("/staff/reports?page=2&state=received").text
        found = re.search(r'href="(/staff/reports/\d+\?state=received&amp;page=2)"', second)
        assert found
        assert (
            'href="/staff/reports?state=received&amp;page=2">举报办理' in officer.get(unescape(found[1])).text
        )

    def test_foreign_parameters_are_dropped_and_unreadable_ones_named(self, officer: FlaskClient) -> None:
        report = make_report()
        page = officer.get(f"/staff/reports/{report.id}?back=https://example.com/&next=//example.com").text
        assert "example.com" not in page
        assert officer.get(f"/staff/reports/{report.id}?state=gone").status_code == 400

    def test_the_next_one_is_the_most_urgent_other_that_is_open(
        self, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        today_, late, later = (make_report(received_at=days_ago(days)) for days in (0, 30, 20))
        make_report(received_at=days_ago(90), state="closed")
        make_report(received_at=days_ago(90), region_code="330100")

        def following(report: Report) -> str:
            page = officer.get(f"/staff/reports/{report.id}?kind=report").text
            found = re.search(r'href="/staff/reports/(\d+)\?kind=report">下一件', page)
            assert found
            return found[1]

        for few in (triage_queue.FEW, -1):
            monkeypatch.setattr(triage_queue, "FEW", few)
            assert following(today_) == following(later) == str(late.id)
            assert following(late) == str(later.id)

    def test_without_another_there_is_no_next(self, officer: FlaskClient) -> None:
        report = make_report()
        make_report(state="closed")
        assert "下一件" not in officer.get(f"/staff/reports/{report.id}").text

    @pytest.mark.parametrize("query", ["page=7", "page=7&state=received"])
    def test_a_page_beyond_the_end_says_so(self, officer: FlaskClient, query: str) -> None:
        make_report()
        page = officer.get(f"/staff/reports?{query}").text
        assert "页码超出了范围" in page
        assert "没有待办" not in page
        assert "没有符合条件" not in page

    def test_a_browser_asks_for_the_outcome_and_nothing_is_chosen_beforehand(
        self, officer: FlaskClient
    ) -> None:
        report = make_report(state="investigating")
        page = officer.get(f"/staff/reports/{report.id}").text
        buttons = re.findall(r'<input[^>]*name="outcome"[^>]*>', page)
        assert len(buttons) == 5
        assert all(" required" in button and " checked" not in button for button in buttons)
