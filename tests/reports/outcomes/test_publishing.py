"""Results of reports: proposed from a decided report, published by a second person, gone in time or at once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import clock_at, today
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.notices.models import Notice
from credit_register.reports.models import Report
from credit_register.reports.outcomes import services
from credit_register.reports.outcomes.models import PublishedOutcome
from tests.accounts.signing_in import client_of, send, signed_in
from tests.factories import make_institution, make_outcome
from tests.reports.outcomes.steps import (
    REASON,
    REPLY,
    TEXT,
    act,
    answer,
    content,
    events,
    fresh,
    only_outcome,
    propose,
    public_pages,
    published,
    upheld,
)

UNDER_REVIEW = datetime.fromisoformat("2026-03-10T10:00:00+08:00")


class TestTheWholeLife:
    def test_it_is_public_from_the_second_person_to_the_withdrawal(
        self,
        client: FlaskClient,
        agency: Institution,
        report: Report,
        inspector: FlaskClient,
        office: FlaskClient,
        agent: FlaskClient,
    ) -> None:
        page = f"/staff/reports/{report.id}"
        assert f"/staff/outcomes/new?report={report.id}" in inspector.get(page).text
        located = propose(inspector, report).location
        outcome = only_outcome()
        assert located == f"/staff/outcomes/{outcome.id}"
        assert (outcome.state, outcome.kind, outcome.matter, outcome.verdict) == (
            "proposed",
            "report",
            "unlawful_fee",
            "upheld",
        )
        assert (outcome.working_days, outcome.ends_on) == (7, date(2027, 3, 12))
        assert events(outcome) == []
        for path in public_pages(outcome, agency):
            assert TEXT["found"] not in client.get(path).text, path
            assert "办理结果</h2>" not in client.get(path).text, path
        assert f"/staff/outcomes/{outcome.id}" in inspector.get(page).text
        assert "答复" in agent.get("/account/messages").text

        assert answer(agent, outcome).status_code == 302
        assert act(office, outcome, "confirm").status_code == 302
        for path in (
            "/reports/outcomes",
            f"/reports/outcomes/{outcome.public_id}",
            f"/institutions/{agency.uscc}",
        ):
            shown = client.get(path).text
            for words in (*TEXT.values(), REPLY, "情况属实", "四川省成都市信用主管部门"):
                assert words in shown, (path, words)
            assert '<span class="number">7</span> 个工作日' in shown
            assert report.subject_name == "" or report.subject_name not in shown
            assert report.facts not in shown
        (event,) = events(outcome)
        assert event.kind == "published_outcome.publish"
        assert content(event) == {
            "uscc": agency.uscc,
            "kind": "report",
            "matter": "unlawful_fee",
            "verdict": "upheld",
            **TEXT,
            "reply": REPLY,
            "reply_withheld": False,
            "working_days": 7,
            "office": "四川省成都市信用主管部门",
            "published_on": "2026-03-12",
            "ends_on": "2027-03-12",
        }

        assert act(office, outcome, "withdraw", reason="机构证明费用已事先公示，撤下。").status_code == 302
        for path in public_pages(outcome, agency):
            assert TEXT["found"] not in client.get(path).text, path
            assert "举报办理结果</h2>" not in client.get(path).text, path
        assert client.get(f"/reports/outcomes/{outcome.public_id}").status_code == 404
        first, last = events(outcome)
        assert first.payload is None
        assert (last.kind, content(last)) == ("published_outcome.withdraw", {"withdrawn_on": "2026-03-12"})
        timeline = office.get(f"/staff/outcomes/{outcome.id}").text
        for words in ("拟定", "机构答复", "复核并公开", "撤下", "机构证明费用已事先公示，撤下。"):
            assert words in timeline

    def test_its_last_day_ends_it_and_the_job_keeps_the_record(
        self, client: FlaskClient, agency: Institution, first: Account, second: Account, moment: datetime
    ) -> None:
        outcome = published(agency, first, second, ends_on=today() + timedelta(days=3))
        assert services.end_outcomes(moment + timedelta(days=3)) == 0
        later = moment + timedelta(days=4)
        with clock_at(later):
            assert client.get(f"/reports/outcomes/{outcome.public_id}").status_code == 404
            assert outcome.found not in client.get(f"/institutions/{agency.uscc}").text
        assert services.end_outcomes(later) == 1
        assert services.end_outcomes(later) == 0
        assert (fresh(outcome).state, fresh(outcome).ended_on) == ("ended", later.date())
        assert [event.kind for event in events(outcome)] == ["published_outcome.withdraw"]

    @pytest.mark.parametrize("step", ["revise", "reopen"])
    def test_a_decision_taken_back_takes_it_off_at_once_and_the_job_withdraws_it(
        self,
        app: Flask,
        client: FlaskClient,
        agency: Institution,
        first: Account,
        second: Account,
        moment: datetime,
        step: str,
    ) -> None:
        outcome = published(agency, first, second)
        name = outcome.public_id
        report = db.session.get_one(Report, outcome.report_id)
        above = signed_in(app, Role.PROVINCIAL)
        page = f"/staff/reports/{report.id}"
        if step == "reopen":
            report.state = "answered"
            db.session.commit()
        assert outcome.found in client.get(f"/institutions/{agency.uscc}").text
        fields = {"reason": "有新的证据，重新核查。", "version": str(report.version)}
        assert send(above, f"{page}/{step}", fields, page="/account").status_code == 302
        for path in public_pages(outcome, agency):
            assert outcome.found not in client.get(path).text, path
        assert "已被撤销或改变" in above.get(f"/staff/outcomes/{outcome.id}").text
        assert services.end_outcomes(moment) == 1
        row = fresh(outcome)
        assert (row.state, row.end_reason) == ("withdrawn", "所依据的处理决定已被撤销或改变")
        assert [event.kind for event in events(outcome)] == ["published_outcome.withdraw"]

        # Decided once more, it is a new result under a new name.
        report = db.session.get_one(Report, report.id)
        fields = {"outcome": "partly", "reason": "部分属实。", "version": str(report.version)}
        assert send(above, f"{page}/decide", fields, page="/account").status_code == 302
        assert client.get(f"/reports/outcomes/{outcome.public_id}").status_code == 404
        assert propose(above, report).status_code == 302
        again = only_outcome()
        assert (again.state, again.verdict, again.published_on) == ("proposed", "partly", None)
        assert again.public_id != name

    def test_what_was_rejected_is_written_anew_in_the_same_row(
        self, app: Flask, report: Report, inspector: FlaskClient, office: FlaskClient, first: Account
    ) -> None:
        propose(inspector, report)
        outcome = only_outcome()
        name = outcome.public_id
        assert act(office, outcome, "reject", reason="措施写得不清楚，请改写。").status_code == 302
        told = db.session.scalars(select(Notice.title).where(Notice.account_id == first.id)).all()
        assert told == ["拟公开的办理结果复核未通过"]
        page = inspector.get(f"/staff/outcomes/new?report={report.id}").text
        assert TEXT["measure"] in page, "what was written before is there to be mended"
        assert propose(inspector, report, measure="责令三日内退还。").status_code == 302
        outcome = only_outcome()
        assert (outcome.state, outcome.measure) == ("proposed", "责令三日内退还。")
        assert outcome.public_id != name
        assert services.reply_until(outcome) == date(2026, 3, 19)


class TestTheSecondPerson:
    def test_who_proposed_cannot_judge(
        self, app: Flask, agency: Institution, report: Report, second: Account, office: FlaskClient
    ) -> None:
        outcome = make_outcome(report, proposed_by_id=second.id, proposed_at=report.received_at)
        page = office.get(f"/staff/outcomes/{outcome.id}").text
        assert "由您拟定，须由另一名有复核权限的工作人员复核" in page
        assert f"/staff/outcomes/{outcome.id}/confirm" not in page
        for move in ("confirm", "reject"):
            refused = act(office, outcome, move)
            assert refused.status_code == 409
            assert "由您拟定" in refused.text
            assert REASON in refused.text
        assert fresh(outcome).state == "proposed"

    def test_the_rule_looks_at_the_locked_row_and_not_at_what_was_read_before(
        self, report: Report, first: Account, second: Account, moment: datetime
    ) -> None:
        outcome = make_outcome(report, proposed_by_id=first.id, proposed_at=report.received_at)
        assert outcome.proposed_by_id == first.id
        number, judge, version = outcome.id, second.actor, outcome.version
        values = {"proposed_by_id": second.id}
        db.session.rollback()
        with db.engine.begin() as connection:  # meanwhile the same person became the one who proposed it
            connection.execute(update(PublishedOutcome).where(PublishedOutcome.id == number).values(**values))
        with pytest.raises(services.SecondPersonNeeded):
            services.confirm_outcome(outcome, reason=REASON, version=version, actor=judge, now=moment)
        db.session.rollback()

    def test_the_database_repeats_the_rules(
        self, agency: Institution, first: Account, second: Account
    ) -> None:
        for overrides in (
            {"confirmed_by_id": first.id},
            {"confirmed_by_id": None},
            {"published_on": None},
            {"verdict": "unfounded"},
            {"matter": "impersonation"},
            {"kind": "objection"},
            {"found": ""},
            {"reply": "答复"},
            {"working_days": -1},
        ):
            report = upheld(agency)
            with pytest.raises(IntegrityError):
                make_outcome(
                    report,
                    proposed_by_id=first.id,
                    **{"confirmed_by_id": second.id, "state": "published", **overrides},
                )
            db.session.rollback()
        report = upheld(agency)
        make_outcome(report, proposed_by_id=first.id)
        with pytest.raises(IntegrityError):
            make_outcome(report, proposed_by_id=first.id)
        db.session.rollback()

    def test_of_two_who_judge_at_once_the_second_is_told(
        self, app: Flask, report: Report, first: Account, office: FlaskClient
    ) -> None:
        outcome = make_outcome(report, proposed_by_id=first.id, proposed_at=report.received_at)
        third = signed_in(app, Role.PROVINCIAL)
        assert act(office, outcome, "confirm", version="1").status_code == 302
        late = act(third, outcome, "reject", version="1", reason="我认为证据不足。")
        assert late.status_code == 409
        assert "复核人乙（市县牵头单位人员）已于" in late.text
        assert "我认为证据不足。" in late.text
        assert fresh(outcome).state == "published"
        assert act(office, outcome, "confirm", version="1").status_code == 302, "the same click twice"
        assert len(events(outcome)) == 1

    @pytest.mark.parametrize(
        ("role", "proposes", "judges", "reads"),
        [
            (Role.INSPECTOR, 302, 403, 200),
            (Role.PROVINCIAL, 302, 302, 200),
            (Role.AUDITOR, 403, 403, 200),
            (Role.REVIEWER, 403, 403, 403),
            (Role.SYSADMIN, 403, 403, 403),
        ],
    )
    def test_roles(
        self,
        app: Flask,
        agency: Institution,
        first: Account,
        role: Role,
        proposes: int,
        judges: int,
        reads: int,
    ) -> None:
        client = signed_in(app, role)
        assert propose(client, upheld(agency)).status_code == proposes
        other = upheld(agency, received_at=datetime.fromisoformat("2026-02-02T10:00:00+08:00"))
        outcome = make_outcome(other, proposed_by_id=first.id, proposed_at=other.received_at)
        assert client.get(f"/staff/outcomes/{outcome.id}").status_code == reads
        assert act(client, outcome, "confirm").status_code == judges

    def test_another_regions_result_is_not_there(
        self, app: Flask, agency: Institution, report: Report, first: Account
    ) -> None:
        outcome = make_outcome(report, proposed_by_id=first.id)
        foreign = signed_in(app, Role.PROVINCIAL, region="330000")
        assert foreign.get(f"/staff/outcomes/{outcome.id}").status_code == 404
        assert agency.name not in foreign.get("/staff/outcomes?state=all").text
        for move in ("confirm", "reject", "withdraw"):
            assert act(foreign, outcome, move).status_code == 404
        assert propose(foreign, upheld(agency)).status_code == 404


class TestProposing:
    @pytest.mark.parametrize(
        ("overrides", "sentence"),
        [
            (
                {"state": "investigating", "outcome": None, "decided_at": None, "decision": ""},
                "认定属实或部分属实",
            ),
            ({"outcome": "unfounded"}, "认定属实或部分属实"),
            ({"outcome": "noted"}, "认定属实或部分属实"),
            ({"matter": "impersonation"}, "请拟定冒名警示"),
            ({"kind": "objection"}, "异议由机构提出"),
            ({"institution_id": None}, "不在名录中"),
            (
                {"state": "reviewing", "review_requested_at": UNDER_REVIEW, "decided_at": UNDER_REVIEW},
                "认定属实或部分属实",
            ),
        ],
    )
    def test_only_what_was_found_true_of_an_institution_leads_to_one(
        self, agency: Institution, office: FlaskClient, overrides: dict[str, Any], sentence: str
    ) -> None:
        report = upheld(agency, **overrides)
        assert "拟定公开的办理结果" not in office.get(f"/staff/reports/{report.id}").text
        answered = propose(office, report)
        assert answered.status_code == 409
        assert sentence in answered.text
        assert TEXT["found"] in answered.text
        assert db.session.scalar(select(PublishedOutcome)) is None

    def test_an_institution_that_left_the_register_is_not_named_any_more(
        self, moment: datetime, office: FlaskClient
    ) -> None:
        gone = make_institution(status="withdrawn")
        assert "已不在登记中" in propose(office, upheld(gone)).text

    @pytest.mark.parametrize(
        "change",
        [
            {"state": "investigating", "outcome": None, "decided_at": None, "decision": ""},
            {"outcome": "unfounded"},
            {"decided_at": datetime.fromisoformat("2026-03-12T10:00:01+08:00")},
            {"matter": "impersonation"},
        ],
    )
    def test_a_decision_that_changed_meanwhile_is_not_published(
        self, client: FlaskClient, report: Report, first: Account, office: FlaskClient, change: dict[str, Any]
    ) -> None:
        outcome = make_outcome(report, proposed_by_id=first.id, proposed_at=report.received_at)
        for name, value in change.items():
            setattr(report, name, value)
        db.session.commit()
        assert act(office, outcome, "confirm").status_code == 409
        assert fresh(outcome).state == "proposed"
        assert outcome.found not in client.get("/reports/outcomes").text

    @pytest.mark.parametrize(
        ("changes", "field", "sentence"),
        [
            ({"found": ""}, "found", "请写明查明的情况"),
            ({"measure": ""}, "measure", "请写明采取的措施"),
            ({"found": "来电 13800000000 推销"}, "found", "其中有手机号，属于个人信息"),
            ({"measure": "已发函至 zhang@example.cn"}, "measure", "其中有电子邮箱，属于个人信息"),
            ({"found": "长" * 601}, "found", "最多 600 字"),
            ({"ends_on": "明天"}, "ends_on", "日期"),
            ({"ends_on": "2020-01-01"}, "ends_on", "公开截止日期须在"),
            ({"ends_on": "2029-03-13"}, "ends_on", "公开截止日期须在"),
        ],
    )
    def test_a_fault_is_explained_beside_the_field(
        self, office: FlaskClient, report: Report, changes: dict[str, str], field: str, sentence: str
    ) -> None:
        refused = propose(office, report, **changes)
        assert refused.status_code == 422
        assert sentence in refused.text.partition(f'id="{field}-error"')[2].partition("</p>")[0]
        assert all(value in refused.text for value in ({**TEXT, **changes}).values())
        assert db.session.scalar(select(PublishedOutcome)) is None

    def test_nobody_can_tell_from_the_words_who_reported(
        self, agency: Institution, office: FlaskClient, moment: datetime
    ) -> None:
        facts = "我在三月五日签约时被要求另外交五百元加急费，没有发票。"
        report = upheld(agency, facts=facts, named=True)
        refused = propose(office, report, found=f"经查，{facts}")
        assert refused.status_code == 422
        assert "与提交人的原话相同" in refused.text.partition('id="found-error"')[2].partition("</p>")[0]
        assert propose(office, report, measure="已约见王示例并责令退还。").status_code == 302
        assert "王示例" not in only_outcome().measure

    def test_what_was_merged_is_told_with_the_report_that_leads(
        self, agency: Institution, office: FlaskClient
    ) -> None:
        lead = upheld(agency)
        child = upheld(agency, merged_into_id=lead.id)
        assert "从牵头的那一件拟定" in propose(office, child).text
        assert propose(office, lead).status_code == 302

    def test_the_form_sent_twice_is_one_result_and_another_text_is_refused(
        self, app: Flask, office: FlaskClient, report: Report
    ) -> None:
        locations = {propose(office, report).location for _ in range(2)}
        assert locations == {f"/staff/outcomes/{only_outcome().id}"}
        again = propose(signed_in(app, Role.PROVINCIAL), report)
        assert again.status_code == 409
        assert "已经拟定或公开" in again.text

    def test_without_a_report_there_is_nothing_to_propose(self, office: FlaskClient) -> None:
        assert office.get("/staff/outcomes/new").status_code == 400
        assert office.get("/staff/outcomes/new?report=x").status_code == 400

    def test_a_reason_is_asked_for_and_the_last_day_must_not_be_over(
        self, report: Report, first: Account, office: FlaskClient
    ) -> None:
        outcome = make_outcome(
            report,
            proposed_by_id=first.id,
            proposed_at=report.received_at,
            ends_on=today() - timedelta(days=1),
        )
        assert "4 至 400 字" in act(office, outcome, "confirm", reason="好").text
        refused = act(office, outcome, "confirm")
        assert refused.status_code == 409
        assert "已过，不能公开" in refused.text


def test_the_queue_has_what_waits_for_a_second_person_first(
    app: Flask, agency: Institution, first: Account, second: Account, office: FlaskClient
) -> None:
    public = published(agency, first, second)
    proposed = make_outcome(upheld(agency), proposed_by_id=first.id)
    page = office.get("/staff/outcomes").text
    assert page.index(f"/staff/outcomes/{proposed.id}") < page.index(f"/staff/outcomes/{public.id}")
    assert "等待答复至 2026-03-19" in page
    assert office.get("/staff/outcomes?state=x").status_code == 400
    assert agency.name not in office.get("/staff/outcomes?q=没有这个").text
    third = signed_in(app, Role.PROVINCIAL)
    assert "待复核办理结果" in third.get("/staff").text
    with clock_at(datetime.fromisoformat("2026-03-20T10:00:00+08:00")):
        assert "机构未答复" in client_of(app, second).get("/staff/outcomes").text
