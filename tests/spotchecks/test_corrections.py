"""Ordered corrections: the verdict that orders one, what the public reads after the last day, the office's period."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from credit_register.accounts.models import Account
from credit_register.core.clock import SHANGHAI, clock_at
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline
from credit_register.core.deadlines.queries import open_deadline, open_deadlines
from credit_register.institutions.models import Institution
from credit_register.notices.models import Notice
from credit_register.spotchecks.lifecycle import KIND
from credit_register.spotchecks.models import SpotCheck
from credit_register.transparency.models import PublicEvent
from tests.factories import make_check
from tests.spotchecks.checking import FINDING, FOUND, fresh, move, only_check, post

NEW = "/staff/spotchecks/new"
ORDERED = "ordered_to_correct"
CORRECTION = "请把公示的收费标准改为实际标价。"
OVER = "改正期限 2026-03-26 已届满，主管部门尚未确认是否改正"


def conclude(client: FlaskClient, agency: Institution, **fields: Any) -> Any:
    """Open a check and conclude it with the published fields, and what else is given."""
    data = {"uscc": agency.uscc, "matter": "fees", "declared": "", "found": FOUND, "reason": FINDING}
    return post(client, NEW, {**data, "verdict": ORDERED, **fields})


def in_the_morning(day: int, month: int = 3) -> Any:
    return clock_at(datetime(2026, month, day, 9, tzinfo=SHANGHAI))


def public_pages(client: FlaskClient, agency: Institution) -> list[str]:
    pages = (client.get(f"/institutions/{agency.uscc}"), client.get("/inspections"))
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.text)) for page in pages]


@pytest.fixture
def ordered(agency: Institution, inspector: FlaskClient, office: FlaskClient) -> SpotCheck:
    """Ordered on Thursday 12 March 2026: ten working days end on the 26th."""
    conclude(inspector, agency, verdict="falsehood")
    check = only_check()
    assert move(office, check, "confirm").status_code == 302
    assert move(inspector, check, "order", reason=CORRECTION).status_code == 302
    return fresh(check)


def report(agent: FlaskClient, check: SpotCheck, text: str = "已更新公示的收费标准。") -> None:
    data = {"text": text, "version": fresh(check).version}
    assert post(agent, f"/workspace/spotchecks/{check.id}/respond", data).status_code == 302


class TestTheVerdictThatOrders:
    def test_it_becomes_public_together_with_the_order(
        self,
        client: FlaskClient,
        agency: Institution,
        inspector: FlaskClient,
        office: FlaskClient,
        agent: FlaskClient,
        first: Account,
    ) -> None:
        assert conclude(inspector, agency, correction=CORRECTION).status_code == 302
        check = only_check()
        assert (check.state, check.correction) == ("proposed", CORRECTION)
        page = office.get(f"/staff/spotchecks/{check.id}").text
        assert CORRECTION in page
        assert "复核公示并责令改正" in page
        assert move(office, check, "confirm", reason="证据充分").status_code == 302
        check = fresh(check)
        assert (check.state, check.published_on) == ("ordered", date(2026, 3, 12))
        assert [row.rule.name for row in open_deadlines(KIND, check.id)] == ["correction"]
        kinds = db.session.scalars(select(PublicEvent.kind).where(PublicEvent.subject_kind == KIND)).all()
        assert kinds == ["spot_check.published", "spot_check.ordered"]
        for text in public_pages(client, agency):
            assert "限期改正中 期限至 2026-03-26" in text
            assert CORRECTION not in text
        titles = db.session.scalars(select(Notice.title).where(Notice.account_id != first.id)).all()
        assert titles == ["主管部门公示了一项核查结论，并责令限期改正"]
        own = agent.get(f"/workspace/spotchecks/{check.id}").text
        assert CORRECTION in own
        assert "复核公示并责令限期改正" in own
        assert "证据充分" not in own
        report(agent, check)
        assert move(inspector, check, "fulfil").status_code == 302

    def test_a_program_that_knows_the_published_fields_only_orders_what_the_reason_says(
        self, agency: Institution, inspector: FlaskClient, office: FlaskClient
    ) -> None:
        assert conclude(inspector, agency).status_code == 302
        check = only_check()
        assert check.correction == FINDING
        assert move(office, check, "confirm").status_code == 302
        assert (fresh(check).state, fresh(check).correction) == ("ordered", FINDING)

    def test_who_sees_the_field_says_what_to_correct_and_only_with_this_verdict(
        self, agency: Institution, inspector: FlaskClient
    ) -> None:
        for fields, sentence in (
            ({"correction": " "}, "请写明机构要改正什么"),
            ({"correction": "联系 13800138000"}, "内容里有手机号"),
            ({"correction": CORRECTION, "verdict": "falsehood"}, "其他结论请先清空"),
            ({"correction": "改" * 601}, "最多 600 字"),
        ):
            answer = conclude(inspector, agency, **fields)
            assert answer.status_code == 422
            assert sentence in answer.text
            assert FOUND in answer.text
        assert db.session.scalars(select(SpotCheck)).all() == []

    def test_sent_back_the_order_stays_a_draft_that_another_verdict_drops(
        self, agency: Institution, inspector: FlaskClient, office: FlaskClient
    ) -> None:
        conclude(inspector, agency, correction=CORRECTION)
        check = only_check()
        assert move(office, check, "reject").status_code == 302
        page = inspector.get(f"/staff/spotchecks/{check.id}").text
        assert f">\n{CORRECTION}</textarea>" in page.replace("\r\n", "\n")
        assert "改正</h2>" not in page
        fields = {"found": FOUND, "reason": FINDING, "verdict": "falsehood"}
        assert move(inspector, check, "conclude", **fields).status_code == 302
        assert fresh(check).correction == ""
        assert move(office, check, "confirm").status_code == 302
        assert fresh(check).state == "published"

    def test_two_clicks_are_quiet(
        self, agency: Institution, inspector: FlaskClient, office: FlaskClient
    ) -> None:
        places = {conclude(inspector, agency, correction=CORRECTION).location for _ in range(2)}
        check = only_check()
        assert places == {f"/staff/spotchecks/{check.id}"}
        seen = check.version
        assert [move(office, check, "confirm", version=seen).status_code for _ in range(2)] == [302, 302]
        assert len(open_deadlines(KIND, check.id)) == 1

    def test_who_gave_it_cannot_confirm_it(self, agency: Institution, office: FlaskClient) -> None:
        conclude(office, agency, correction=CORRECTION)
        check = only_check()
        assert move(office, check, "confirm").status_code == 409
        assert fresh(check).state == "proposed"

    def test_the_database_knows_no_such_verdict_without_its_order(
        self, agency: Institution, first: Account, second: Account
    ) -> None:
        with pytest.raises(IntegrityError):
            make_check(
                agency, opened_by_id=first.id, confirmed_by_id=second.id, state="published", verdict=ORDERED
            )
        db.session.rollback()


class TestAfterTheLastDay:
    def test_the_public_reads_that_it_is_over_and_nothing_of_who_was_late(
        self, client: FlaskClient, agency: Institution, agent: FlaskClient, ordered: SpotCheck
    ) -> None:
        with in_the_morning(26):
            for text in public_pages(client, agency):
                assert "改正：限期改正中 期限至 2026-03-26" in text
        with in_the_morning(27):
            nobody_reported = public_pages(client, agency)
        for text in nobody_reported:
            assert OVER in text
            assert "限期改正中" not in text
            assert "逾期" not in text
        with in_the_morning(25):
            report(agent, ordered)
        with in_the_morning(27):
            assert public_pages(client, agency) == nobody_reported

    def test_once_confirmed_only_that_is_said(
        self, client: FlaskClient, agency: Institution, inspector: FlaskClient, ordered: SpotCheck
    ) -> None:
        with in_the_morning(30):
            assert move(inspector, ordered, "fulfil").status_code == 302
            for text in public_pages(client, agency):
                assert "已改正 2026-03-30" in text
                assert "届满" not in text


class TestThePeriodOfTheOffice:
    def test_a_report_starts_it_and_it_is_shown_in_queue_case_and_desk(
        self, agency: Institution, inspector: FlaskClient, agent: FlaskClient, ordered: SpotCheck
    ) -> None:
        with in_the_morning(16):
            report(agent, ordered)  # five working days end on Monday the 23rd
            assert [(row.rule.name, row.due_on.day) for row in open_deadlines(KIND, ordered.id)] == [
                ("correction_confirmation", 23),
                ("correction", 26),
            ]
            queue = inspector.get("/staff/spotchecks").text
            assert queue.count(f'href="/staff/spotchecks/{ordered.id}"') == 1
            assert "期限内 2026-03-23" in queue
            case = inspector.get(f"/staff/spotchecks/{ordered.id}").text
            assert re.search("核对改正情况 .*期限内 2026-03-23", case)
            assert "机构的改正期限至 2026-03-26" in case
            own = agent.get(f"/workspace/spotchecks/{ordered.id}").text
            assert "核对期限至 2026-03-23" in own
            assert "本机构的改正期限至 2026-03-26" in own
            assert "请最迟在 2026-03-23 核对。" in db.session.scalars(select(Notice.text)).all()
        with in_the_morning(23):
            assert agency.name not in inspector.get("/staff/spotchecks?overdue=1").text
        with in_the_morning(24):
            assert agency.name in inspector.get("/staff/spotchecks?overdue=1").text
            assert "已逾期 2026-03-23" in inspector.get(f"/staff/spotchecks/{ordered.id}").text
            assert "逾期 1 件" in inspector.get("/staff").text

    def test_to_insist_ends_it_while_the_institutions_own_goes_on_as_decided(
        self, inspector: FlaskClient, agent: FlaskClient, ordered: SpotCheck
    ) -> None:
        with in_the_morning(16):
            report(agent, ordered)
        with in_the_morning(17):
            assert move(inspector, ordered, "insist").status_code == 302
            [running] = open_deadlines(KIND, ordered.id)
            assert (running.rule.name, running.due_on) == ("correction", date(2026, 3, 26))
        with in_the_morning(18):
            report(agent, ordered, "再次改正。")
            again = open_deadline(KIND, ordered.id, "correction_confirmation")
            assert again is not None
            assert again.due_on == date(2026, 3, 25)

    @pytest.mark.parametrize("name", ["fulfil", "withdraw"])
    def test_whatever_ends_the_case_ends_all_periods(
        self, office: FlaskClient, agent: FlaskClient, ordered: SpotCheck, name: str
    ) -> None:
        report(agent, ordered)
        assert move(office, ordered, name).status_code == 302
        rows = db.session.scalars(select(Deadline).where(Deadline.subject_id == ordered.id)).all()
        assert {row.rule.name for row in rows} == {
            "spotcheck_publication",
            "correction",
            "correction_confirmation",
        }
        assert all(row.closed_at is not None for row in rows)

    def test_while_the_office_looks_the_institution_is_not_late(
        self, agency: Institution, inspector: FlaskClient, agent: FlaskClient, ordered: SpotCheck
    ) -> None:
        with in_the_morning(26):
            report(agent, ordered)
        with in_the_morning(27):
            assert agency.name not in inspector.get("/staff/spotchecks?overdue=1").text
            assert "已逾期" not in inspector.get(f"/staff/spotchecks/{ordered.id}").text


def test_the_period_counts_working_days_over_a_holiday(
    agency: Institution, inspector: FlaskClient, office: FlaskClient, agent: FlaskClient
) -> None:
    with in_the_morning(24, month=9):
        conclude(inspector, agency, correction=CORRECTION)
        assert move(office, only_check(), "confirm").status_code == 302
    with in_the_morning(29, month=9):
        report(agent, only_check())
        due = open_deadline(KIND, only_check().id, "correction_confirmation")
        assert due is not None
        assert due.due_on - date(2026, 9, 29) > timedelta(days=9)  # the national week lies in between
