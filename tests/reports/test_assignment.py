"""Who handles a report: the rule of the service, two officers at once, and the handover of a leaver's cases."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.audit.moves import NotPermitted
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.lifecycle import StaleVersion
from credit_register.notices.models import Notice
from credit_register.reports.assignment import (
    AssignRefused,
    assign_report,
    hand_over,
    tag_report,
    untag_report,
)
from credit_register.reports.models import Report
from credit_register.reports.tags import tags_of
from credit_register.reports.work_models import Note
from tests.accounts.signing_in import client_of, make_account, send, signed_in
from tests.factories import make_report
from tests.reports.queue_page import fresh


@pytest.fixture
def me(app: Flask) -> Account:
    return make_account(Role.LOCAL, name="甲某").account


@pytest.fixture
def colleague(app: Flask) -> Account:
    return make_account(Role.INSPECTOR, name="乙某").account


def assign(report: Report, officer: Account, actor: Actor, version: int | None = None) -> None:
    assign_report(
        report,
        officer_id=officer.id,
        reason="按分工办理",
        version=report.version if version is None else version,
        actor=actor,
        now=now(),
    )


def titles(account: Account) -> list[str]:
    found = select(Notice.title).where(Notice.account_id == account.id).order_by(Notice.id)
    return list(db.session.scalars(found))


class TestAssigning:
    def test_the_version_counts_on_and_the_audit_names_both(self, me: Account, colleague: Account) -> None:
        other = make_account(Role.LOCAL, email="other@example.cn", name="丙某").account
        report = make_report(state="investigating", handler_id=other.id)
        before = report.version
        assign(report, colleague, me.actor)
        assert fresh(report).version == before + 1
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "report.assign")).one()
        assert event.detail == {"reason": "按分工办理", "to": "乙某", "handler": "丙某"}
        assert titles(colleague) == ["1 件举报、质疑、异议指定由您办理"]
        assign(report, colleague, me.actor, version=before)  # sent twice
        assert len(titles(colleague)) == 1

    def test_the_second_of_two_officers_changes_nothing(self, me: Account, colleague: Account) -> None:
        report = make_report()
        seen = report.version
        assign(report, colleague, me.actor)
        with pytest.raises(StaleVersion):
            assign(report, me, colleague.actor, version=seen)
        assert fresh(report).handler_id == colleague.id
        assert titles(me) == []

    def test_who_may_not_handle_may_not_assign_or_tag(self, me: Account) -> None:
        auditor = make_account(Role.AUDITOR).account.actor
        report = make_report()
        with pytest.raises(NotPermitted):
            assign(report, me, auditor)
        for deed in (tag_report, untag_report):
            with pytest.raises(NotPermitted):
                deed(report, word="加急", version=report.version, actor=auditor, now=now())

    def test_a_stranger_is_refused(self, me: Account) -> None:
        far = make_account(Role.LOCAL, email="far@example.cn", region="330100").account
        with pytest.raises(AssignRefused):
            assign(make_report(), far, me.actor)

    def test_a_tag_on_a_row_that_changed_is_refused(self, me: Account) -> None:
        report = make_report()
        for deed in (tag_report, untag_report):
            with pytest.raises(StaleVersion):
                deed(report, word="加急", version=report.version + 1, actor=me.actor, now=now())
        tag_report(report, word="加急", version=report.version, actor=me.actor, now=now())
        assert tags_of([report.id]) == {report.id: ["加急"]}


class TestHandover:
    def send(self, client: FlaskClient, giver: object, taker: object, reason: str = "工作调动") -> str:
        answer = send(
            client,
            "/staff/reports/handover",
            {"giver": str(giver), "taker": str(taker), "reason": reason},
        )
        return answer.headers.get("Location", "") or answer.text

    def test_everything_unfinished_goes_at_once_and_nothing_else_changes(
        self, app: Flask, me: Account, colleague: Account
    ) -> None:
        leaver = make_account(Role.LOCAL, email="leaver@example.cn", name="丁某").account
        lead = make_report(state="investigating", handler_id=leaver.id, named=True)
        merged = make_report(state="merged", merged_into_id=lead.id, handler_id=leaver.id)
        answered = make_report(state="answered", handler_id=leaver.id, region_code="510104")
        closed = make_report(state="closed", handler_id=leaver.id)
        far = make_report(state="investigating", handler_id=leaver.id, region_code="330100")
        db.session.add(
            Note(report_id=lead.id, at=now(), account_id=leaver.id, region_code="510100", text="备注")
        )
        leaver.active = False
        db.session.commit()
        before = (lead.state, lead.facts, lead.received_at)
        client = client_of(app, me)
        page = client.get("/staff/reports/handover").text
        assert "丁某（四川省成都市，已停用）　未办结 3 件" in page
        assert self.send(client, leaver.id, colleague.id) == "/staff/reports/handover"
        assert [fresh(each).handler_id for each in (lead, merged, answered)] == [colleague.id] * 3
        assert [fresh(each).handler_id for each in (closed, far)] == [leaver.id] * 2
        assert (fresh(lead).state, fresh(lead).facts, fresh(lead).received_at) == before
        assert [note.account_id for note in db.session.scalars(select(Note))] == [leaver.id]
        events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "report.assign")).all()
        assert [event.detail for event in events] == [
            {"reason": "工作调动", "to": "乙某", "handler": "丁某"}
        ] * 3
        assert titles(colleague) == ["3 件举报、质疑、异议移交由您办理"]
        assert titles(leaver) == ["您经办的 3 件举报、质疑、异议已移交他人办理"]
        assert "已将 丁某 的 3 件移交 乙某" in client.get("/staff/reports/handover").text
        self.send(client, leaver.id, colleague.id)
        assert "没有需要移交的" in client.get("/staff/reports").text
        assert len(titles(colleague)) == 1

    def test_all_or_nothing_where_the_taker_does_not_see_every_case(self, app: Flask) -> None:
        leaver = make_account(Role.PROVINCIAL, email="leaver@example.cn", name="丁某").account
        city = make_account(Role.LOCAL, name="市某").account
        here = make_report(state="investigating", handler_id=leaver.id)
        there = make_report(state="investigating", handler_id=leaver.id, region_code="510700")
        client = signed_in(app, Role.PROVINCIAL)
        page = self.send(client, leaver.id, city.id)
        assert f"{there.number}不在接手人的辖区" in page
        assert 'id="handover-taker-error"' in page
        assert [fresh(each).handler_id for each in (here, there)] == [leaver.id] * 2
        assert titles(city) == []

    @pytest.mark.parametrize("taker", ["far", "same", "nobody", "words"])
    def test_a_taker_who_cannot_take_over_is_refused_beside_the_field(
        self, app: Flask, me: Account, colleague: Account, taker: str
    ) -> None:
        far = make_account(Role.LOCAL, email="far@example.cn", region="330100", name="远方某").account
        report = make_report(state="investigating", handler_id=colleague.id)
        ids = {"far": far.id, "same": colleague.id, "nobody": 999_999, "words": "乙某"}
        client = client_of(app, me)
        page = self.send(client, colleague.id, ids[taker])
        assert 'id="handover-taker-error"' in page
        assert "远方某" not in page
        assert fresh(report).handler_id == colleague.id

    def test_a_stranger_who_leaves_has_nothing_here(self, app: Flask, me: Account) -> None:
        far = make_account(Role.LOCAL, email="far@example.cn", region="330100", name="远方某").account
        report = make_report(state="investigating", handler_id=far.id, region_code="330100")
        here = make_report(state="investigating", handler_id=me.id)
        client = client_of(app, me)
        assert self.send(client, far.id, me.id) == "/staff/reports/handover"
        page = client.get("/staff/reports/handover").text
        assert "没有需要移交的" in page
        assert "远方某" not in page
        assert fresh(report).handler_id == far.id
        assert fresh(here).handler_id == me.id

    def test_a_reason_is_needed_and_what_was_chosen_is_kept(
        self, app: Flask, me: Account, colleague: Account
    ) -> None:
        make_report(state="investigating", handler_id=me.id)
        page = self.send(client_of(app, me), me.id, colleague.id, reason="")
        assert 'id="handover-reason-error"' in page
        assert f'<option selected value="{colleague.id}">' in page

    def test_an_empty_office_is_told_so(self, app: Flask, me: Account) -> None:
        assert "没有需要移交的事项" in client_of(app, me).get("/staff/reports/handover").text

    def test_it_needs_the_permission_of_a_head(self, app: Flask, me: Account, colleague: Account) -> None:
        assert client_of(app, colleague).get("/staff/reports/handover").status_code == 403
        with pytest.raises(NotPermitted):
            hand_over(
                giver_id=me.id, taker_id=colleague.id, reason="工作调动", actor=colleague.actor, now=now()
            )
