"""Warnings of impostors: proposed from a decided report, published by a second person, gone in time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core import clock
from credit_register.core.clock import clock_at, today
from credit_register.core.database import db
from credit_register.reports.models import ImpostorWarning, Report
from credit_register.reports.warning_documents import WARNINGS
from credit_register.reports.warning_services import end_warnings
from credit_register.transparency.models import PublicEvent
from tests.accounts.signing_in import client_of, hidden, make_account, send, signed_in
from tests.factories import make_institution, make_report, make_warning

TEXT = {
    "kind": "impersonation",
    "pretender": "示例“修复专家”团队",
    "imitated_name": "成都示例被冒用信用管理有限公司",
    "conduct": "自称受该机构委托，向企业收取“征信修复费”。",
    "reason": "经向被冒用机构核实，双方没有任何委托关系。",
}
REASON = "证据充分，同意办理。"


def impersonation(**overrides: Any) -> Report:
    return make_report(**{"matter": "impersonation", "state": "decided", "outcome": "upheld", **overrides})


def propose(client: FlaskClient, report: Report, **changes: str) -> Any:
    return send(client, f"/staff/warnings/new?report={report.id}", {**TEXT, **changes})


def act(client: FlaskClient, warning: ImpostorWarning, move: str, **fields: Any) -> Any:
    page = f"/staff/warnings/{warning.id}"
    values = {"reason": REASON, "version": str(fresh(warning).version), **fields}
    return send(client, f"{page}/{move}", values, page="/account")


def fresh(warning: ImpostorWarning) -> ImpostorWarning:
    db.session.expire_all()
    return db.session.get_one(ImpostorWarning, warning.id)


def only_warning() -> ImpostorWarning:
    db.session.expire_all()
    return db.session.scalars(select(ImpostorWarning)).one()


def events(warning: ImpostorWarning) -> list[PublicEvent]:
    found = select(PublicEvent).where(
        PublicEvent.subject_kind == "impostor_warning", PublicEvent.subject_key == warning.public_id
    )
    return list(db.session.scalars(found.order_by(PublicEvent.id)))


@pytest.fixture
def proposer(app: Flask) -> Account:
    return make_account(Role.INSPECTOR).account


@pytest.fixture
def second(app: Flask) -> FlaskClient:
    return signed_in(app, Role.LOCAL)


class TestTheWholeLife:
    def test_it_is_public_from_the_second_person_to_the_withdrawal(
        self, app: Flask, client: FlaskClient, proposer: Account, second: FlaskClient
    ) -> None:
        institution = make_institution(name="成都示例被冒用信用管理有限公司")
        report = impersonation(institution_id=institution.id, subject_uscc=institution.uscc)
        inspector = client_of(app, proposer)
        assert f"/staff/warnings/new?report={report.id}" in inspector.get(f"/staff/reports/{report.id}").text
        answer = propose(inspector, report, imitated_uscc=institution.uscc, imitated_name="")
        warning = only_warning()
        assert answer.location == f"/staff/warnings/{warning.id}"
        assert (warning.state, warning.imitated_name) == ("proposed", institution.name)
        assert warning.ends_on == today().replace(year=today().year + 1)
        for path in ("/", "/warnings", f"/institutions/{institution.uscc}"):
            assert TEXT["pretender"] not in client.get(path).text, path
        assert events(warning) == []

        page = second.get(f"/staff/warnings/{warning.id}").text
        assert 'data-state="proposed"' in page
        assert '理由</label> <span class="required">必填' in page
        assert act(second, warning, "confirm").status_code == 302
        public = client.get("/warnings").text
        for words in (
            *list(TEXT.values())[1:],
            "冒名者：",
            "四川省成都市信用主管部门",
            f"公布至 {warning.ends_on}",
        ):
            assert words in public
        assert f'href="/institutions/{institution.uscc}"' in public
        published = events(warning)
        assert [each.kind for each in published] == ["impostor_warning.publish"]
        content = json.loads(published[0].payload or "{}")["content"]
        assert content["pretender"] == TEXT["pretender"]
        assert content["kind"] == "impersonation"
        assert "示例被举报机构" not in str(content)

        assert act(second, warning, "withdraw", reason="当事人提供了委托书，撤下。").status_code == 302
        assert TEXT["pretender"] not in client.get("/warnings").text
        first, last = events(warning)
        assert first.payload is None
        assert last.kind == "impostor_warning.withdraw"
        assert TEXT["pretender"] not in str(last.payload)
        assert fresh(warning).end_reason == "当事人提供了委托书，撤下。"

    def test_it_ends_by_its_date_with_or_without_the_worker(
        self, app: Flask, client: FlaskClient, proposer: Account, second: FlaskClient
    ) -> None:
        warning = make_warning(proposed_by_id=proposer.id, ends_on=today())
        act(second, warning, "confirm")
        assert warning.pretender in client.get("/warnings").text
        assert end_warnings(clock.now()) == 0
        tomorrow = clock.now() + timedelta(days=1)
        with clock_at(tomorrow):
            assert fresh(warning).pretender not in client.get("/warnings").text
            assert end_warnings(tomorrow) == 1
            assert end_warnings(tomorrow) == 0
        assert fresh(warning).state == "ended"
        assert [each.payload is None for each in events(warning)] == [True, False]

    def test_what_is_rejected_never_was_public(
        self, client: FlaskClient, proposer: Account, second: FlaskClient
    ) -> None:
        warning = make_warning(proposed_by_id=proposer.id)
        assert act(second, warning, "reject", reason="证据不足，不予公布。").status_code == 302
        assert fresh(warning).state == "rejected"
        assert events(warning) == []
        assert warning.pretender not in client.get("/warnings").text


class TestFourEyes:
    def test_who_proposed_may_not_judge_and_is_told_so(self, app: Flask) -> None:
        officer = make_account(Role.LOCAL).account
        client = client_of(app, officer)
        warning = make_warning(proposed_by_id=officer.id)
        page = client.get(f"/staff/warnings/{warning.id}").text
        assert "须由另一名有复核权限的工作人员复核" in page
        assert f"/staff/warnings/{warning.id}/confirm" not in page
        for move in ("confirm", "reject"):
            answer = act(client, warning, move, reason="我自己来复核")
            assert answer.status_code == 409
            assert "须由另一名有复核权限的工作人员复核" in answer.text
            assert "我自己来复核" in answer.text
        assert fresh(warning).state == "proposed"

    def test_the_database_refuses_one_person_in_both_parts(self, proposer: Account) -> None:
        with pytest.raises(IntegrityError):
            make_warning(proposed_by_id=proposer.id, state="published", confirmed_by_id=proposer.id)
        db.session.rollback()
        with pytest.raises(IntegrityError):
            make_warning(proposed_by_id=proposer.id, state="published")
        db.session.rollback()
        with pytest.raises(IntegrityError):
            make_warning(proposed_by_id=proposer.id, published_on=today())
        db.session.rollback()

    def test_of_two_who_judge_at_once_the_second_is_told(
        self, app: Flask, proposer: Account, second: FlaskClient
    ) -> None:
        warning = make_warning(proposed_by_id=proposer.id)
        third = signed_in(app, Role.PROVINCIAL)
        assert act(second, warning, "confirm", version="1").status_code == 302
        late = act(third, warning, "reject", version="1", reason="我认为证据不足。")
        assert late.status_code == 409
        assert "市县牵头单位人员甲（市县牵头单位人员）已于" in late.text
        assert "我认为证据不足。" in late.text
        assert fresh(warning).state == "published"
        assert act(second, warning, "confirm", version="1").status_code == 302, "the same click twice"
        assert len(events(warning)) == 1

    @pytest.mark.parametrize(
        ("role", "proposes", "judges"),
        [
            (Role.INSPECTOR, 302, 403),
            (Role.PROVINCIAL, 302, 302),
            (Role.AUDITOR, 403, 403),
            (Role.REVIEWER, 403, 403),
            (Role.SYSADMIN, 403, 403),
        ],
    )
    def test_roles(self, app: Flask, role: Role, proposes: int, judges: int) -> None:
        proposer = make_account(Role.LOCAL).account
        report, warning = impersonation(), make_warning(proposed_by_id=proposer.id)
        client = signed_in(app, role)
        answer = send(client, f"/staff/warnings/new?report={report.id}", TEXT, page="/account")
        assert answer.status_code == proposes
        assert act(client, warning, "confirm").status_code == judges

    def test_another_regions_warning_is_not_there(self, app: Flask, proposer: Account) -> None:
        report, warning = impersonation(), make_warning(proposed_by_id=proposer.id)
        foreign = signed_in(app, Role.PROVINCIAL, region="330000")
        assert foreign.get(f"/staff/warnings/{warning.id}").status_code == 404
        assert warning.pretender not in foreign.get("/staff/warnings").text
        for move in ("confirm", "reject", "withdraw"):
            assert act(foreign, warning, move).status_code == 404
        answer = send(foreign, f"/staff/warnings/new?report={report.id}", TEXT, page="/account")
        assert answer.status_code == 404


class TestProposing:
    def test_a_decision_taken_back_meanwhile_carries_no_warning(
        self, proposer: Account, second: FlaskClient
    ) -> None:
        report = impersonation()
        warning = make_warning(proposed_by_id=proposer.id, report_id=report.id)
        move = {"reason": "发现新的证据，重新核查。", "version": str(report.version)}
        page = f"/staff/reports/{report.id}"
        assert send(second, f"{page}/revise", move, page=page).status_code == 302
        answer = act(second, warning, "confirm")
        assert answer.status_code == 409
        assert "处理决定已被撤销或改变" in answer.text
        assert fresh(warning).state == "proposed"

    @pytest.mark.parametrize(
        "overrides",
        [
            {"state": "investigating", "outcome": None},
            {"matter": "breach"},
            {"outcome": "unfounded"},
            {"outcome": "noted"},
        ],
    )
    def test_only_a_report_found_true_leads_to_one(
        self, second: FlaskClient, overrides: dict[str, Any]
    ) -> None:
        report = impersonation(**overrides)
        assert "拟定冒名警示" not in second.get(f"/staff/reports/{report.id}").text
        answer = send(second, f"/staff/warnings/new?report={report.id}", TEXT, page="/account")
        assert answer.status_code == 409
        assert TEXT["conduct"] in answer.text
        assert db.session.scalar(select(ImpostorWarning)) is None

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"pretender": ""}, "请填写冒名者或者仿冒者对外使用的名称"),
            ({"conduct": "打电话 13800000000 推销"}, "其中有手机号，属于个人信息"),
            ({"reason": "有人发来邮件 zhang@example.cn 为证"}, "其中有电子邮箱，属于个人信息"),
            (
                {"imitated_name": "", "imitated_uscc": ""},
                "请填写被冒用或者被仿冒的机构的名称或统一社会信用代码",
            ),
            ({"imitated_uscc": "91510100"}, "18 位"),
            ({"ends_on": "明天"}, "日期"),
            ({"ends_on": "2020-01-01"}, "公布截止日期须在"),
            ({"ends_on": "2099-01-01"}, "公布截止日期须在"),
        ],
    )
    def test_a_fault_is_explained_beside_the_field(
        self, second: FlaskClient, changes: dict[str, str], sentence: str
    ) -> None:
        answer = propose(second, impersonation(), **changes)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert all(value in answer.text for value in ({**TEXT, **changes}).values())

    @pytest.mark.parametrize("odd", ["{}", " {}。", "“{}”", "{}（）", "成都示例（西部）征信有限公司"])
    def test_the_bare_name_of_an_agency_is_refused_however_it_is_spelled(
        self, second: FlaskClient, odd: str
    ) -> None:
        name = "成都示例(西部) 征信有限公司"
        make_institution(name=name, status="withdrawn")
        answer = propose(second, impersonation(), pretender=odd.format(name))
        assert answer.status_code == 422
        hint = "请写明如何区分，例如：自称“某某公司”的来电者（与登记机构无关）"
        assert hint in answer.text.partition('id="pretender-error"')[2].partition("</p>")[0]
        assert db.session.scalar(select(ImpostorWarning)) is None
        told_apart = f"自称“{name}”的来电者（与登记机构无关）"
        assert propose(second, impersonation(), pretender=told_apart).status_code == 302
        assert only_warning().pretender == told_apart

    def test_the_code_of_an_agency_and_the_imitated_name_are_refused_too(self, second: FlaskClient) -> None:
        agency = make_institution()
        report = impersonation()
        assert propose(second, report, pretender=agency.uscc.lower()).status_code == 422
        assert propose(second, report, pretender=TEXT["imitated_name"]).status_code == 422
        renamed = propose(
            second, report, pretender=agency.name, imitated_uscc=agency.uscc, imitated_name="别名"
        )
        assert renamed.status_code == 422, "the name of the register counts"

    def test_a_code_of_another_than_the_imitated_name_is_refused_and_nobody_else_becomes_the_victim(
        self, second: FlaskClient
    ) -> None:
        other, report = make_institution(), impersonation()
        refused = propose(second, report, imitated_uscc=other.uscc)
        assert refused.status_code == 422
        assert f"这个代码登记的机构是“{other.name}”" in refused.text
        assert TEXT["imitated_name"] in refused.text

    def test_the_only_agency_of_the_imitated_name_is_the_victim(self, second: FlaskClient) -> None:
        victim = make_institution(name=TEXT["imitated_name"])
        propose(second, impersonation())
        assert only_warning().imitated_uscc == victim.uscc

    def test_an_agency_that_came_meanwhile_is_not_published_as_an_impostor(
        self, client: FlaskClient, proposer: Account, second: FlaskClient
    ) -> None:
        warning = make_warning(proposed_by_id=proposer.id)
        make_institution(name=warning.pretender)
        answer = act(second, warning, "confirm")
        assert answer.status_code == 409
        assert "会使人误认那家机构" in answer.text
        assert fresh(warning).state == "proposed"
        assert warning.pretender not in client.get("/warnings").text

    def test_the_form_sent_twice_is_one_warning_and_another_text_is_asked_about(
        self, app: Flask, second: FlaskClient
    ) -> None:
        report = impersonation()
        locations = {propose(second, report).location for _ in range(2)}
        assert locations == {f"/staff/warnings/{only_warning().id}"}
        again = propose(signed_in(app, Role.PROVINCIAL), report)
        assert again.status_code == 422
        assert "已经拟定或公布" in again.text

    def test_without_a_report_there_is_nothing_to_propose(self, second: FlaskClient) -> None:
        assert second.get("/staff/warnings/new").status_code == 400
        assert second.get("/staff/warnings/new?report=x").status_code == 400

    def test_a_date_that_has_passed_meanwhile_is_not_published(
        self, proposer: Account, second: FlaskClient
    ) -> None:
        warning = make_warning(proposed_by_id=proposer.id, ends_on=today() - timedelta(days=1))
        answer = act(second, warning, "confirm")
        assert answer.status_code == 409
        assert "已过，不能公布" in answer.text

    def test_a_reason_is_asked_for(self, proposer: Account, second: FlaskClient) -> None:
        warning = make_warning(proposed_by_id=proposer.id)
        answer = act(second, warning, "confirm", reason="好")
        assert answer.status_code == 422
        assert "4 至 400 字" in answer.text


class TestKinds:
    def test_a_kind_must_be_chosen_and_is_kept(self, second: FlaskClient) -> None:
        report = impersonation()
        for odd in ("", "copy"):
            answer = propose(second, report, kind=odd)
            assert answer.status_code == 422
            assert "请选择冒名，或者仿冒网站、应用" in answer.text
        assert propose(second, report, kind="clone").status_code == 302
        warning = only_warning()
        assert warning.kind == "clone"
        page = second.get(f"/staff/warnings/{warning.id}").text
        for words in ("仿冒网站或者应用", "<dt>仿冒者</dt>", "被仿冒的机构"):
            assert words in page
        assert "仿冒网站或者应用" in second.get(f"/staff/reports/{report.id}").text

    def test_another_kind_is_another_text(self, second: FlaskClient) -> None:
        report = impersonation()
        assert propose(second, report).status_code == 302
        assert propose(second, report, kind="clone").status_code == 422

    def test_the_queue_is_narrowed_by_it(self, proposer: Account, second: FlaskClient) -> None:
        make_warning(proposed_by_id=proposer.id, pretender="示例仿站", kind="clone")
        make_warning(proposed_by_id=proposer.id, pretender="示例冒名")
        found = second.get("/staff/warnings?kind=clone").text
        assert "示例仿站" in found
        assert "示例冒名</a>" not in found
        assert second.get("/staff/warnings?kind=x").status_code == 400

    def test_the_database_knows_no_other(self, proposer: Account) -> None:
        with pytest.raises(IntegrityError):
            make_warning(proposed_by_id=proposer.id, kind="copy")
        db.session.rollback()

    def test_the_search_of_staff_finds_it(self, proposer: Account) -> None:
        warning = make_warning(proposed_by_id=proposer.id, kind="clone", imitated_name="示例机构")
        found = WARNINGS.describe(warning)
        assert found is not None
        assert found.words == ("仿冒网站或者应用", "仿冒示例机构")

    def test_the_log_keeps_it(self, proposer: Account, second: FlaskClient) -> None:
        warning = make_warning(proposed_by_id=proposer.id, kind="clone")
        act(second, warning, "confirm")
        assert json.loads(events(warning)[0].payload or "{}")["content"]["kind"] == "clone"


class TestPublicList:
    def publish(self, proposer: Account, **overrides: Any) -> ImpostorWarning:
        other = make_account(Role.NATIONAL, email=f"n{datetime.now(UTC).timestamp()}@example.cn").account
        return make_warning(
            proposed_by_id=proposer.id, state="published", confirmed_by_id=other.id, **overrides
        )

    def test_the_newest_comes_first_and_the_search_finds_either_name(
        self, client: FlaskClient, proposer: Account
    ) -> None:
        self.publish(proposer, pretender="示例较早", published_on=today() - timedelta(days=9))
        self.publish(proposer, pretender="示例较新", imitated_name="示例大机构")
        page = client.get("/warnings").text
        assert page.index("示例较新") < page.index("示例较早")
        found = client.get("/warnings?q=大机构").text
        assert "示例较新" in found
        assert "示例较早" not in found
        assert "示例较早" not in client.get("/warnings?q=%25").text
        assert "没有警示不等于可信" in client.get("/warnings?q=没有这个").text

    def test_it_is_narrowed_by_kind_page_by_page(self, client: FlaskClient, proposer: Account) -> None:
        for _ in range(21):
            self.publish(proposer, kind="clone", pretender="示例仿站")
        self.publish(proposer, pretender="示例冒名")
        page = client.get("/warnings?kind=clone").text
        assert "仿冒者：示例仿站" in page
        assert "示例冒名" not in page
        assert "共 21 条（已筛选）" in page
        assert 'href="/warnings?page=2&amp;kind=clone"' in page
        assert "冒名者：示例冒名" in client.get("/warnings?kind=impersonation").text
        assert client.get("/warnings?kind=x").status_code == 400

    def test_a_kind_without_warnings_leads_back_to_all(self, client: FlaskClient, proposer: Account) -> None:
        self.publish(proposer, pretender="示例冒名")
        page = client.get("/warnings?kind=clone").text
        assert "没有找到“仿冒网站或者应用”类警示" in page
        assert '<a href="/warnings">查看全部种类</a>' in page
        assert 'href="/warnings?q=' in client.get("/warnings?kind=clone&q=示例").text

    def test_the_empty_list_says_what_to_do(self, client: FlaskClient) -> None:
        page = client.get("/warnings").text
        assert "目前没有公布中的冒名警示" in page
        assert 'href="/reports/new' in page
        assert "向公安机关报案" in page

    def test_an_agency_of_the_same_name_is_not_meant(
        self, client: FlaskClient, proposer: Account, second: FlaskClient
    ) -> None:
        institution = make_institution(name="成都示例同名信用管理有限公司")
        warning = self.publish(proposer, pretender=institution.name)
        page = client.get("/warnings").text
        assert "名录中有同名的登记机构，本警示不指该机构" in page
        assert f"冒名者：自称“{institution.name}”的冒名者（与登记机构无关）" in page
        assert "同名的登记机构" in second.get(f"/staff/warnings/{warning.id}").text
        assert "警示" not in client.get(f"/institutions/{institution.uscc}").text.partition("<main")[2]

    def test_both_sides_of_a_warning_are_told_apart(self, client: FlaskClient, proposer: Account) -> None:
        victim = make_institution(name="成都示例受害信用管理有限公司")
        self.publish(proposer, imitated_name=victim.name, imitated_uscc=victim.uscc)
        link = f'冒用“<a href="/institutions/{victim.uscc}">{victim.name}</a>”名义（该机构被冒用，是受害方）'
        for path in ("/", "/warnings"):
            assert link in client.get(path).text, path

    def test_the_number_of_the_row_is_nowhere(self, client: FlaskClient, proposer: Account) -> None:
        warnings = [self.publish(proposer) for _ in range(2)]
        page = client.get("/warnings").text
        for warning in warnings:
            assert f'id="warning-{warning.public_id}"' in page
            assert f'"warning-{warning.id}"' not in page

    @pytest.mark.parametrize("query", ["q=%00", "q='%22<script>", "page=99", "page=0", "q=" + "长" * 500])
    def test_wild_parameters_do_no_harm(self, client: FlaskClient, proposer: Account, query: str) -> None:
        self.publish(proposer)
        assert client.get(f"/warnings?{query}").status_code in (200, 400)

    def test_the_version_of_the_page_is_the_rows(self, proposer: Account, second: FlaskClient) -> None:
        warning = make_warning(proposed_by_id=proposer.id)
        assert hidden(second.get(f"/staff/warnings/{warning.id}").text, "version") == "1"
        assert "示例冒名团队" in second.get("/staff/warnings").text
        assert second.get("/staff/warnings?state=x").status_code == 400
