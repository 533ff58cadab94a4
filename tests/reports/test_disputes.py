"""Doubts and objections about a published line: it is quoted, and taken down everywhere when the objection is right."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.core.calendar.services import seed_calendar
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.institutions.profile import product_key
from credit_register.reports import disputable
from credit_register.reports.models import Report
from credit_register.spotchecks.models import SpotCheck
from credit_register.transparency.models import PublicEvent
from tests.accounts.signing_in import actor, make_account, signed_in
from tests.factories import make_check, make_institution, make_product, make_report
from tests.reports.citizens import file_report, the_report
from tests.reports.officers import act, done, fresh, runs


@pytest.fixture
def institution(app: Flask) -> Institution:
    found = make_institution(name="成都示例信用管理有限公司")
    make_product(found, name="企业信用报告")
    return found


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, Role.LOCAL)


def objection(institution: Institution, key: str) -> Report:
    line = disputable.line_of(institution, key)
    assert line is not None, key
    return make_report(
        kind="objection",
        named=True,
        state="investigating",
        institution_id=institution.id,
        subject_uscc=institution.uscc,
        disputed_key=line.key,
        disputed_text=line.words,
    )


def published_check(institution: Institution, **more: Any) -> SpotCheck:
    """A check with a fault that two others published."""
    people = [
        make_account(Role.INSPECTOR, email=f"{secrets.token_hex(4)}@example.cn").account.id for _ in range(2)
    ]
    return make_check(
        institution, state="published", opened_by_id=people[0], confirmed_by_id=people[1], **more
    )


class TestLines:
    def test_what_is_public_is_found_by_its_key_and_nothing_else(self, institution: Institution) -> None:
        key = product_key("06", "企业信用报告") if institution.categories[0].code == "06" else ""
        key = key or product_key(institution.categories[0].code, "企业信用报告")
        product = disputable.line_of(institution, f"product:{key}")
        assert product is not None
        assert product.words == "服务产品与收费：企业信用报告，200 元/份"
        address = disputable.line_of(institution, "fact:address")
        assert address is not None
        assert address.text == institution.address
        for wrong in ("", "fact:", "fact:uscc", "fact:__class__", "product:0", "check:x", "no:thing", "fact"):
            assert disputable.line_of(institution, wrong) is None, wrong

    def test_an_undecided_check_is_no_line(self, institution: Institution) -> None:
        open_one = make_check(institution, opened_by_id=make_account(Role.INSPECTOR).account.id)
        assert disputable.line_of(institution, f"check:{open_one.public_id}") is None
        published = published_check(institution)
        assert disputable.line_of(institution, f"check:{published.public_id}") is not None

    def test_a_line_of_another_institution_is_not_found(self, institution: Institution) -> None:
        other = published_check(make_institution())
        assert disputable.line_of(institution, f"check:{other.public_id}") is None

    def test_the_report_keeps_how_the_line_read(self, client: FlaskClient, institution: Institution) -> None:
        file_report(
            client, kind="question", subject_uscc=institution.uscc, subject_name="", item="fact:address"
        )
        row = the_report()
        assert (row.disputed_key, row.disputed_text) == ("fact:address", f"住所：{institution.address}")


class TestRightObjections:
    def test_a_check_leaves_every_page_with_the_decision(
        self, officer: FlaskClient, client: FlaskClient, institution: Institution
    ) -> None:
        check = published_check(institution, finding="没有公示收费标准。")
        report = objection(institution, f"check:{check.public_id}")
        assert "没有公示收费标准。" in client.get(f"/institutions/{institution.uscc}").text
        page = officer.get(f"/staff/reports/{report.id}").text
        assert "同时从公开页面撤下" in page
        assert report.disputed_text in page
        done(report, "decide", officer, outcome="upheld", reason="当日已经公示。", withdraw_line="y")
        db.session.expire_all()
        assert db.session.get_one(SpotCheck, check.id).state == "withdrawn"
        for path in (f"/institutions/{institution.uscc}", "/inspections"):
            assert "没有公示收费标准。" not in client.get(path).text, path
        kinds = [event.kind for event in db.session.query(PublicEvent).filter_by(subject_key=check.public_id)]
        assert "spot_check.withdrawn" in kinds

    def test_a_product_leaves_the_register(
        self, officer: FlaskClient, client: FlaskClient, institution: Institution
    ) -> None:
        key = product_key(institution.products[0].category, "企业信用报告")
        report = objection(institution, f"product:{key}")
        done(report, "decide", officer, outcome="partly", reason="该项服务已停止。", withdraw_line="y")
        db.session.expire_all()
        assert institution.products == []
        assert "企业信用报告" not in client.get(f"/institutions/{institution.uscc}").text

    def test_without_the_box_nothing_is_taken_down(
        self, officer: FlaskClient, institution: Institution
    ) -> None:
        check = published_check(institution)
        report = objection(institution, f"check:{check.public_id}")
        done(report, "decide", officer, outcome="upheld", reason="另行更正。")
        assert db.session.get_one(SpotCheck, check.id).state == "published"

    @pytest.mark.parametrize("outcome", ["unfounded", "unproven", "noted"])
    def test_an_objection_that_is_not_right_takes_nothing_down(
        self, officer: FlaskClient, institution: Institution, outcome: str
    ) -> None:
        check = published_check(institution)
        report = objection(institution, f"check:{check.public_id}")
        refused = act(officer, report, "decide", outcome=outcome, reason="核对无误。", withdraw_line="y")
        assert refused.status_code == 409
        assert fresh(report).state == "investigating"
        assert db.session.get_one(SpotCheck, check.id).state == "published"

    def test_an_inspector_who_may_not_take_down_is_not_offered_it(
        self, app: Flask, institution: Institution
    ) -> None:
        check = published_check(institution)
        report = objection(institution, f"check:{check.public_id}")
        inspector = signed_in(app, Role.INSPECTOR)
        assert "同时从公开页面撤下" not in inspector.get(f"/staff/reports/{report.id}").text
        refused = act(inspector, report, "decide", outcome="upheld", reason="有误。", withdraw_line="y")
        assert refused.status_code == 409

    def test_a_report_takes_nothing_down(self, app: Flask, institution: Institution) -> None:
        report = make_report(institution_id=institution.id, disputed_key="fact:address", disputed_text="住所")
        assert not disputable.can_be_withdrawn(report, actor(Role.NATIONAL))


def test_the_mark_is_proposed_with_the_name_of_the_line_and_not_with_what_it_says(
    officer: FlaskClient, institution: Institution
) -> None:
    report = objection(institution, "fact:address")
    page = officer.get(f"/staff/reports/{report.id}").text
    field = page.split('id="mark-text"')[1].split("</textarea>")[0]
    assert field.endswith("住所")


class TestAssistance:
    def test_the_longer_period_counts_from_the_day_it_came_in(
        self, officer: FlaskClient, institution: Institution, clock: datetime
    ) -> None:
        seed_calendar(now=clock)
        report = objection(institution, "fact:address")
        assert runs(report) == {"objection_decision_self": date(2026, 3, 17)}
        row = done(report, "assist", officer, reason="须请登记机关核对住所。")
        assert row.state == "investigating"
        assert runs(report) == {"objection_decision_assisted": date(2026, 3, 23)}
        assert row.messages[-1].text.startswith("这件异议需要其他单位协助核实")
        again = act(officer, report, "assist", reason="再来一次")
        assert again.status_code == 409
        assert "/assist" not in officer.get(f"/staff/reports/{report.id}").text

    def test_a_report_knows_no_such_period(self, officer: FlaskClient) -> None:
        report = make_report(state="investigating")
        assert act(officer, report, "assist", reason="须请登记机关核对。").status_code == 409
