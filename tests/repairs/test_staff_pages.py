"""Repairs on the pages of the office: the queue, the steps, two persons, and what other regions never see."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.calendar.services import seed_calendar
from credit_register.core.clock import SHANGHAI, clock_at, local_date
from credit_register.core.database import db
from credit_register.credit_records.models import CreditRecord
from credit_register.credit_records.publication import is_visible, take_off
from credit_register.institutions.models import Institution
from credit_register.notices.models import Notice
from credit_register.repairs.models import RepairApplication
from credit_register.web.reminders import remind_of_deadlines
from tests.accounts.signing_in import make_account, signed_in
from tests.factories import make_institution, make_record
from tests.repairs.repairing import (
    NUMBER,
    apply,
    fresh,
    move,
    only_application,
    picture,
    post,
    propose,
    ripe_record,
)

QUEUE = "/staff/repairs"


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page)


@pytest.fixture
def made(record: CreditRecord, own: Actor) -> RepairApplication:
    return apply(record, own)


class TestTheQueue:
    def test_without_applications_it_says_what_to_do(self, inspector: FlaskClient) -> None:
        page = inspector.get(QUEUE).text
        assert "没有未办结的修复申请" in page
        assert "/staff/repairs/possible" in page

    def test_what_waits_for_a_second_look_stands_first(
        self, agency: Institution, own: Actor, first: Account, office: FlaskClient, moment: datetime
    ) -> None:
        old = apply(ripe_record(agency), own, on=local_date(moment) - timedelta(days=40))
        waiting = apply(ripe_record(agency), own)
        propose(waiting, first.actor)
        page = office.get(QUEUE).text
        order = re.findall(r'href="/staff/repairs/(\d+)"', page)
        assert order == [str(waiting.id), str(old.id)]
        assert '待我复核 <span class="number">1</span>' in page

    def test_it_is_narrowed_by_state_text_region_and_what_is_late(
        self, agency: Institution, own: Actor, app: Flask, moment: datetime
    ) -> None:
        late = apply(ripe_record(agency), own, on=local_date(moment) - timedelta(days=30))
        elsewhere = make_institution(name="绵阳示例信用管理有限公司", region_code="510700")
        agent = make_account(Role.AGENT, email="other@example.cn", uscc_code=elsewhere.uscc).account
        other = apply(ripe_record(elsewhere), agent.actor)
        province = signed_in(app, Role.PROVINCIAL)

        def found(query: str) -> set[str]:
            return set(re.findall(r'href="/staff/repairs/(\d+)"', province.get(f"{QUEUE}?{query}").text))

        assert found("") == {str(late.id), str(other.id)}
        assert found("overdue=1") == {str(late.id)}
        assert found("region=5107") == {str(other.id)}
        assert found("q=绵阳") == {str(other.id)}
        assert found(f"q={agency.uscc}") == {str(late.id)}
        assert found("state=applied") == {str(late.id), str(other.id)}
        assert found("state=repaired") == set()
        assert found("waiting=1") == set()
        assert province.get(f"{QUEUE}?state=gone").status_code == 400

    def test_an_application_of_another_region_does_not_exist(
        self, made: RepairApplication, app: Flask
    ) -> None:
        stranger = signed_in(app, Role.LOCAL, region="330100")
        assert stranger.get(f"{QUEUE}/{made.id}").status_code == 404
        assert stranger.get(f"{QUEUE}/records/{made.record_id}").status_code == 404
        assert "成都示例" not in stranger.get(QUEUE).text
        answered = move(stranger, made, "accept")
        assert answered.status_code == 404
        assert fresh(made).state == "applied"


class TestTheSteps:
    def test_from_application_to_repair(
        self,
        made: RepairApplication,
        record: CreditRecord,
        inspector: FlaskClient,
        office: FlaskClient,
        moment: datetime,
    ) -> None:
        assert move(inspector, made, "accept").status_code == 302
        page = inspector.get(f"{QUEUE}/{made.id}").text
        assert 'data-state="accepted"' in page
        assert "信用修复认定部门决定" in page
        answered = move(inspector, made, "propose", decision=[picture()])
        assert answered.status_code == 302
        page = inspector.get(f"{QUEUE}/{made.id}").text
        assert 'data-state="confirming"' in page
        assert is_visible(record, local_date(moment))
        page = office.get(f"{QUEUE}/{made.id}").text
        assert NUMBER in page
        assert "修复决定.png" in page
        proof = next(each.file_id for each in fresh(made).files)
        assert office.get(f"{QUEUE}/{made.id}/files/{proof}", buffered=True).status_code == 200
        assert move(office, made, "confirm").status_code == 302
        assert fresh(made).state == "repaired"
        assert record.state == "repaired"
        assert "已办结" in office.get(f"{QUEUE}/{made.id}").text

    def test_a_proposal_without_a_proof_keeps_what_was_typed(
        self, made: RepairApplication, inspector: FlaskClient
    ) -> None:
        answered = move(inspector, made, "propose", reason="已电话核对。")
        assert answered.status_code == 422
        assert "请上传修复决定" in answered.text
        assert "已电话核对。" in answered.text
        assert NUMBER in answered.text

    def test_whoever_entered_the_repair_is_told_that_another_confirms(
        self, made: RepairApplication, second: Account, office: FlaskClient, record: CreditRecord
    ) -> None:
        propose(made, second.actor)
        page = office.get(f"{QUEUE}/{made.id}").text
        assert "须由另一位有复核权限的人员复核" in page
        assert f"{QUEUE}/{made.id}/confirm" not in page
        answered = move(office, made, "confirm")
        assert answered.status_code == 409
        assert "您的操作没有生效" in answered.text
        assert record.state == "published"

    def test_who_may_not_confirm_does_not(
        self, made: RepairApplication, first: Account, inspector: FlaskClient, app: Flask
    ) -> None:
        propose(made, first.actor)
        assert move(inspector, made, "confirm").status_code == 403
        auditor = signed_in(app, Role.AUDITOR)
        assert '<form method="post" action="/staff/repairs' not in auditor.get(f"{QUEUE}/{made.id}").text
        assert move(auditor, made, "confirm").status_code == 403

    def test_the_second_of_two_officers_is_told_who_was_first_and_keeps_the_words(
        self, made: RepairApplication, inspector: FlaskClient, office: FlaskClient
    ) -> None:
        seen = fresh(made).version
        move(inspector, made, "accept")
        answered = move(office, made, "refuse", version=seen, reason="认定单位说材料不全。")
        assert answered.status_code == 409
        assert "登记员甲" in answered.text
        assert "认定单位说材料不全。" in answered.text
        assert fresh(made).state == "accepted"

    def test_a_second_click_is_no_second_step(
        self, made: RepairApplication, first: Account, office: FlaskClient
    ) -> None:
        propose(made, first.actor)
        seen = fresh(made).version
        for _ in range(2):
            assert move(office, made, "confirm", version=seen).status_code == 302
        assert fresh(made).state == "repaired"

    @pytest.mark.parametrize(
        ("name", "fields", "state"),
        [
            ("refuse", {"reason": "材料不全。"}, "refused"),
            ("deny", {"reason": "义务没有履行完毕。"}, "not_repaired"),
            ("discard", {"reason": "机构说没有申请过。"}, "closed"),
        ],
    )
    def test_the_ends_without_a_repair_tell_the_institution_why(
        self,
        made: RepairApplication,
        inspector: FlaskClient,
        agent: FlaskClient,
        name: str,
        fields: dict[str, str],
        state: str,
    ) -> None:
        assert move(inspector, made, name).status_code == 422
        assert move(inspector, made, name, **fields).status_code == 302
        assert fresh(made).state == state
        assert fields["reason"] in agent.get(f"/workspace/repairs/{made.record_id}").text

    def test_a_record_that_a_batch_has_repaired_needs_no_step(
        self,
        made: RepairApplication,
        record: CreditRecord,
        second: Account,
        office: FlaskClient,
        moment: datetime,
    ) -> None:
        take_off(record, "repair", reason="批次", actor=second.actor, now=moment)
        db.session.commit()
        page = office.get(f"{QUEUE}/{made.id}").text
        assert "认定单位已修复（由批次确认）" in page
        assert "认定单位已修复（由批次确认）" in office.get(QUEUE).text
        assert f"{QUEUE}/{made.id}/accept" not in page
        answered = move(office, made, "accept")
        assert answered.status_code == 409
        assert "已另行办结" in answered.text


class TestAnEntryForAnInstitution:
    def test_the_institution_is_found_and_the_record_chosen(
        self, record: CreditRecord, inspector: FlaskClient, moment: datetime
    ) -> None:
        page = inspector.get(f"{QUEUE}/new?uscc={record.uscc}").text
        assert f"{QUEUE}/records/{record.id}" in page
        assert record.document_number in inspector.get(f"{QUEUE}/new?uscc={record.name}").text
        answered = post(
            inspector,
            f"{QUEUE}/records/{record.id}",
            {"applied_on": local_date(moment).isoformat(), "applied_to": "政务服务大厅"},
        )
        assert answered.status_code == 302
        assert answered.location.endswith(f"{QUEUE}/{only_application().id}")

    def test_an_institution_of_another_region_is_not_found(self, record: CreditRecord, app: Flask) -> None:
        stranger = signed_in(app, Role.LOCAL, region="330100")
        assert "辖区内没有这家机构" in stranger.get(f"{QUEUE}/new?uscc={record.uscc}").text

    def test_one_that_runs_already_is_told(
        self, made: RepairApplication, inspector: FlaskClient, moment: datetime
    ) -> None:
        answered = post(
            inspector,
            f"{QUEUE}/records/{made.record_id}",
            {"applied_on": local_date(moment).isoformat(), "applied_to": "政务服务大厅"},
        )
        assert answered.status_code == 409
        assert "已有进行中的修复申请" in answered.text

    def test_an_unmatched_record_has_no_page(self, inspector: FlaskClient) -> None:
        assert inspector.get(f"{QUEUE}/records/{make_record().id}").status_code == 404


def test_the_desk_counts_what_this_person_can_confirm(
    made: RepairApplication, first: Account, office: FlaskClient, inspector: FlaskClient
) -> None:
    assert "待复核修复结果" in office.get("/staff").text
    propose(made, first.actor)
    for client in (office, inspector):
        page = client.get("/staff").text
        card = re.search(
            r'<span class="big-number">(\d+)</span> 件<span class="count-word">[^待]*待复核修复结果', page
        )
        assert card, page
        assert card[1] == "1"


def test_staff_find_an_application_by_what_names_it(made: RepairApplication, office: FlaskClient) -> None:
    for text in ("XF-1", made.institution.uscc, made.record.document_number):
        page = office.get(f"/staff/search?q={text}&kind=repair").text
        assert f"{QUEUE}/{made.id}" in page, text


def test_the_morning_counts_answers_of_authorities_that_are_late(
    app: Flask, agency: Institution, own: Actor, second: Account
) -> None:
    monday = datetime(2026, 11, 30, 9, 0, tzinfo=SHANGHAI)
    with clock_at(monday):
        apply(ripe_record(agency), own, on=local_date(monday) - timedelta(days=30))
        seed_calendar(now=monday)
        remind_of_deadlines(monday)
    told = db.session.scalars(select(Notice.title).where(Notice.account_id == second.id)).all()
    assert told == ["今日待办：信用修复待认定单位答复 1 件（逾期 1 件）"]
