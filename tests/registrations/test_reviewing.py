"""The office's side: the queue, the case, its decisions, and what each of them sets going."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from credit_register.access.actor import OPERATOR
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import clock_at, now, today
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadlines
from credit_register.core.search import waiting
from credit_register.institutions import services as register
from credit_register.institutions.entries import Details, Licence
from credit_register.institutions.models import Institution, InstitutionCategory, InstitutionVersion
from credit_register.notices.models import Mail, Notice
from credit_register.registrations import review
from credit_register.registrations.lifecycle import KIND
from credit_register.registrations.models import Registration
from credit_register.transparency.models import PublicEvent
from tests.accounts.signing_in import client_of, csrf_token, hidden, make_account, signed_in
from tests.conftest import MOMENT
from tests.core.codes import uscc
from tests.factories import make_institution, make_product
from tests.registrations.applying import CODE, NAME, PAGE, apply, decide, picture, press, the_row

REASON = "请补充住所的门牌号"
QUEUE = "/staff/registrations"


def entry(code: str = CODE) -> Institution | None:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalar(select(Institution).where(Institution.uscc == code))


def entered(code: str = CODE) -> Institution:
    found = entry(code)
    assert found is not None
    return found


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page)


def latest_notice(account: Account) -> Notice:
    found = db.session.scalars(
        select(Notice).where(Notice.account_id == account.id).order_by(Notice.id.desc())
    ).first()
    assert found is not None
    return found


class TestTheWholeWay:
    def test_from_the_first_form_through_a_return_into_the_register(
        self, applicant: FlaskClient, account: Account, officer: FlaskClient, client: FlaskClient
    ) -> None:
        apply(applicant)
        row = the_row()
        assert client.get(f"/institutions/{CODE}").status_code == 404
        answer = decide(officer, row, "return", REASON)
        assert answer.status_code == 302
        assert the_row().state == "returned"
        assert open_deadlines(KIND, row.id) == []
        assert latest_notice(account).title == "登记申请已退回补正"
        page = applicant.get(PAGE).text
        assert 'data-state="returned"' in page
        assert REASON in page
        assert apply(applicant, address="四川省成都市示例路 8 号 2 层").status_code == 302
        assert len(open_deadlines(KIND, row.id)) == 1
        assert decide(officer, the_row(), "accept").status_code == 302

        row = the_row()
        made = entered()
        assert (row.state, row.accepted_as) == ("accepted", made.id)
        assert (made.name, made.address) == (NAME, "四川省成都市示例路 8 号 2 层")
        assert [category.code for category in made.categories] == ["04", "06"]
        assert made.registered_on == today()
        assert db.session.get_one(Account, account.id).confirmed
        assert open_deadlines(KIND, row.id) == []
        assert waiting() == 1
        assert db.session.scalars(select(PublicEvent.kind)).all() == ["institution.published"]
        version = db.session.scalars(select(InstitutionVersion)).one()
        assert (version.reason, version.by_label) == ("机构自主登记，经审核通过", "四川省成都市信用主管部门")
        actions = db.session.scalars(
            select(AuditEvent.action).where(AuditEvent.action.like("registration.%")).order_by(AuditEvent.id)
        ).all()
        assert [action.rpartition(".")[2] for action in actions] == [
            *("save", "send", "return", "save", "send", "accept")
        ]
        notice = latest_notice(account)
        assert (notice.title, notice.path) == ("登记申请已通过", PAGE)
        assert db.session.scalar(select(func.count()).select_from(Mail)) == 2
        assert NAME in client.get(f"/institutions/{CODE}").text
        page = applicant.get(PAGE).text
        assert 'data-state="accepted"' in page
        assert "/workspace/commitments" in page
        assert 'data-state="accepted"' in officer.get(f"{QUEUE}/{row.id}").text

    def test_a_claim_updates_the_entry_and_keeps_what_was_not_applied_for(
        self, applicant: FlaskClient, account: Account, officer: FlaskClient
    ) -> None:
        licence = InstitutionCategory(code="01", licence_number="川备1号", verified_on=today())
        before = make_institution(
            uscc=CODE,
            name="成都示例旧名信用有限公司",
            categories=(licence, "06"),
            website="https://a.example.cn",
        )
        make_product(before, category="06")
        apply(applicant, categories=["01", "06", "10"])
        page = officer.get(f"{QUEUE}/{the_row().id}").text
        assert "成都示例旧名信用有限公司" in page
        assert page.count('class="differs"') >= 3
        assert decide(officer, the_row(), "accept", "与营业执照一致").status_code == 302
        after = entered()
        assert after.id == before.id
        assert (after.name, after.former_names) == (NAME, ["成都示例旧名信用有限公司"])
        assert [(each.code, each.licence_number) for each in after.categories] == [
            *(("01", "川备1号"), ("06", ""), ("10", ""))
        ]
        assert (after.website, len(after.products)) == ("https://a.example.cn", 1)
        assert db.session.get_one(Account, account.id).confirmed
        assert the_row().reason == "与营业执照一致"
        history = db.session.scalars(select(InstitutionVersion.reason)).all()
        assert "与营业执照一致" not in history

    def test_a_change_leaves_a_version_and_a_confirmed_account_as_it_was(
        self, app: Flask, officer: FlaskClient
    ) -> None:
        make_institution(uscc=CODE, name=NAME)
        people = make_account(Role.LEGAL_REP, uscc_code=CODE).account
        apply(client_of(app, people), phone="028-9999999")
        assert decide(officer, the_row(), "accept").status_code == 302
        assert entered().phone == "028-9999999"
        assert the_row().kind == "change"
        confirmations = select(func.count()).where(AuditEvent.action == "account.confirm")
        assert db.session.scalar(confirmations) == 0

    def test_refused_the_reason_is_told_and_a_new_application_starts_from_the_old_words(
        self, applicant: FlaskClient, account: Account, officer: FlaskClient
    ) -> None:
        apply(applicant)
        first = the_row()
        decide(officer, first, "refuse", "提供的营业执照已经注销")
        page = applicant.get(PAGE).text
        assert 'data-state="refused"' in page
        assert "提供的营业执照已经注销" in page
        assert 'name="licence_file"' not in page
        page = applicant.get(f"{PAGE}?new=1").text
        assert 'data-state="none"' in page
        assert hidden(page, "name") == NAME
        assert apply(applicant).status_code == 302
        second = the_row()
        assert second.id != first.id
        assert "提供的营业执照已经注销" in applicant.get(PAGE).text
        assert entry() is None
        assert not db.session.get_one(Account, account.id).confirmed


class TestDeciding:
    @pytest.mark.parametrize("move", ["return", "refuse"])
    def test_who_turns_something_down_says_why(
        self, applicant: FlaskClient, officer: FlaskClient, move: str
    ) -> None:
        apply(applicant)
        answer = decide(officer, the_row(), move, "  ")
        assert answer.status_code == 422
        assert "请填写原因" in answer.text
        long = decide(officer, the_row(), move, "长" * 401)
        assert long.status_code == 422
        assert "长" * 401 in long.text
        assert the_row().state == "submitted"

    @pytest.mark.parametrize("move", ["accept", "return", "refuse"])
    def test_the_same_person_clicking_twice_is_no_error(
        self, applicant: FlaskClient, officer: FlaskClient, move: str
    ) -> None:
        apply(applicant)
        row = the_row()
        page = officer.get(f"{QUEUE}/{row.id}").text
        data = {name: hidden(page, name) for name in ("csrf_token", "version", "entry_version")}
        for _ in range(2):
            answer = officer.post(f"{QUEUE}/{row.id}/{move}", data={**data, "reason": REASON})
            assert (answer.status_code, answer.location) == (302, f"{QUEUE}/{row.id}")
        assert db.session.scalar(select(func.count()).select_from(Notice)) == 1

    def test_of_two_officers_the_second_is_told_who_was_first_and_keeps_what_was_typed(
        self, app: Flask, applicant: FlaskClient, officer: FlaskClient
    ) -> None:
        apply(applicant)
        row = the_row()
        late = signed_in(app, Role.LOCAL, name="王示例")
        page = late.get(f"{QUEUE}/{row.id}").text
        decide(officer, row, "return", REASON)
        data = {name: hidden(page, name) for name in ("csrf_token", "version")}
        answer = late.post(f"{QUEUE}/{row.id}/accept", data={**data, "reason": "材料齐全，可以通过"})
        assert answer.status_code == 409
        assert "张示例（登记审核人员）已于" in answer.text
        assert "材料齐全，可以通过" in answer.text
        assert the_row().state == "returned"
        assert entry() is None

    def test_what_was_taken_back_meanwhile_is_told_and_not_decided(
        self, applicant: FlaskClient, officer: FlaskClient
    ) -> None:
        apply(applicant)
        row = the_row()
        page = officer.get(f"{QUEUE}/{row.id}").text
        press(applicant, f"{PAGE}/recall", page=PAGE)
        data = {name: hidden(page, name) for name in ("csrf_token", "version")}
        answer = officer.post(f"{QUEUE}/{row.id}/return", data={**data, "reason": REASON})
        assert answer.status_code == 409
        assert "机构刚刚撤回了这份申请" in answer.text
        assert REASON in answer.text
        assert "028-87654321" not in answer.text
        assert officer.get(f"{QUEUE}/{row.id}").status_code == 404

    def test_an_entry_that_came_meanwhile_is_shown_before_it_is_written_over(
        self, applicant: FlaskClient, officer: FlaskClient
    ) -> None:
        apply(applicant)
        row = the_row()
        page = officer.get(f"{QUEUE}/{row.id}").text
        make_institution(uscc=CODE, name="成都示例同时录入有限公司")
        data = {name: hidden(page, name) for name in ("csrf_token", "version")}
        for seen in ({"entry_version": hidden(page, "entry_version")}, {}):
            answer = officer.post(f"{QUEUE}/{row.id}/accept", data={**data, **seen})
            assert answer.status_code == 409
            assert "名录中这家机构的登记信息刚刚有变化" in answer.text
            assert "成都示例同时录入有限公司" in answer.text
        assert entered().name == "成都示例同时录入有限公司"
        assert decide(officer, row, "accept").status_code == 302
        assert (the_row().kind, entered().name) == ("claim", NAME)

    def test_an_entry_changed_meanwhile_is_not_written_over_unseen(
        self, applicant: FlaskClient, officer: FlaskClient
    ) -> None:
        institution = make_institution(uscc=CODE, phone="028-1111111")
        apply(applicant)
        row = the_row()
        page = officer.get(f"{QUEUE}/{row.id}").text
        institution.phone = "028-2222222"
        register.amend_institution(
            institution,
            details=Details("成都示例又改了有限公司", "510100", (Licence("06"),)),
            reason="更正",
            version=institution.version,
            actor=OPERATOR,
            now=now(),
        )
        db.session.commit()
        data = {name: hidden(page, name) for name in ("csrf_token", "version", "entry_version")}
        answer = officer.post(f"{QUEUE}/{row.id}/accept", data=data)
        assert answer.status_code == 409
        assert "成都示例又改了有限公司" in answer.text
        assert the_row().state == "submitted"

    def test_a_code_entered_at_the_very_moment_of_accepting_is_told(
        self, applicant: FlaskClient, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        apply(applicant)
        make_institution(uscc=CODE, name="成都示例抢先录入有限公司")
        real, looks = review._entry, []

        def too_early(code: str) -> Any:
            looks.append(code)
            return None if len(looks) == 1 else real(code)

        monkeypatch.setattr(review, "_entry", too_early)
        answer = decide(officer, the_row(), "accept", entry_version="0")
        assert answer.status_code == 409
        assert "成都示例抢先录入有限公司" in answer.text
        assert the_row().state == "submitted"

    def test_what_the_register_refuses_is_told_and_changes_nothing(
        self, applicant: FlaskClient, account: Account, officer: FlaskClient
    ) -> None:
        institution = make_institution(uscc=CODE, categories=("04", "06", "10"))
        apply(applicant)
        make_product(institution, category="10", name="示例培训")
        answer = decide(officer, the_row(), "accept", "同意")
        assert answer.status_code == 422
        assert "“信用培训”下还有 1 项服务产品" in answer.text
        assert "同意" in answer.text
        assert the_row().state == "submitted"
        assert len(open_deadlines(KIND, the_row().id)) == 1
        assert not db.session.get_one(Account, account.id).confirmed

    def test_an_entry_that_left_the_register_is_not_brought_back_by_the_way(
        self, applicant: FlaskClient, officer: FlaskClient
    ) -> None:
        institution = make_institution(uscc=CODE)
        apply(applicant)
        institution.status = "withdrawn"
        db.session.commit()
        answer = decide(officer, the_row(), "accept")
        assert answer.status_code == 422
        assert "请先在登记机构页面恢复登记" in answer.text
        assert entered().status == "withdrawn"

    def test_a_move_to_another_region_is_for_an_office_above_both(
        self, app: Flask, applicant: FlaskClient, officer: FlaskClient
    ) -> None:
        make_institution(uscc=CODE, name=NAME)
        apply(applicant, region="四川省绵阳市涪城区")
        answer = decide(officer, the_row(), "accept")
        assert answer.status_code == 422
        assert "请由上级牵头单位办理" in answer.text
        above = signed_in(app, Role.PROVINCIAL)
        assert decide(above, the_row(), "accept").status_code == 302
        assert entered().region_code == "510703"

    def test_an_entry_of_another_region_that_came_meanwhile_is_not_this_office_to_change(
        self, applicant: FlaskClient, officer: FlaskClient
    ) -> None:
        apply(applicant)
        make_institution(uscc=CODE, name="杭州示例信用有限公司", region_code="330100")
        answer = decide(officer, the_row(), "accept")
        assert answer.status_code == 422
        assert "该代码已由其他地区登记" in answer.text
        assert entered().name == "杭州示例信用有限公司"

    def test_who_may_only_read_gets_no_buttons_and_decides_nothing(
        self, app: Flask, applicant: FlaskClient
    ) -> None:
        apply(applicant)
        row = the_row()
        auditor = signed_in(app, Role.AUDITOR)
        page = auditor.get(f"{QUEUE}/{row.id}").text
        assert NAME in page
        assert "formaction" not in page
        data = {"csrf_token": csrf_token(auditor, "/account"), "version": row.version, "reason": REASON}
        assert auditor.post(f"{QUEUE}/{row.id}/return", data=data).status_code == 403
        assert the_row().state == "submitted"


class TestTheCase:
    def test_it_warns_loudly_of_others_for_the_same_code(
        self, app: Flask, applicant: FlaskClient, officer: FlaskClient
    ) -> None:
        apply(applicant)
        page = officer.get(f"{QUEUE}/{the_row().id}").text
        assert "还有其他人以同一代码办理" not in page
        rival = make_account(Role.LEGAL_REP, uscc_code=CODE, confirmed=False).account
        first = the_row()
        apply(client_of(app, rival), region="330100")
        make_account(Role.AGENT, email="known@example.cn", uscc_code=CODE, name="赵示例")
        page = officer.get(f"{QUEUE}/{first.id}").text
        assert "还有其他人以同一代码办理" in page
        assert "浙江省杭州市，不在您的辖区" in page
        assert "已确认的账号：赵示例（机构经办人）" in page

    def test_an_agent_and_a_legal_representative_at_one_office_are_the_normal_pair(
        self, app: Flask, applicant: FlaskClient, officer: FlaskClient
    ) -> None:
        apply(applicant)
        mine = the_row()
        other = make_account(Role.LEGAL_REP, uscc_code=CODE, confirmed=False, name="李 示例").account
        apply(client_of(app, other))
        theirs = the_row()
        for row, word in ((mine, "法定代表人"), (theirs, "经办人")):
            page = officer.get(f"{QUEUE}/{row.id}").text
            assert f"同一代码另有一名{word}，两人各一个账号属正常情形" in page
            assert "panel-bad" not in page
        assert "另一份申请（机构法定代表人，" in officer.get(f"{QUEUE}/{mine.id}").text
        make_account(Role.LEGAL_REP, email="second@example.cn", uscc_code=CODE)
        for row in (mine, theirs):
            page = officer.get(f"{QUEUE}/{row.id}").text
            assert "请先核实谁能代表这家机构" in page
            assert "panel-bad" in page

    def test_the_name_of_a_legal_representative_is_compared_in_words(
        self, app: Flask, applicant: FlaskClient, officer: FlaskClient
    ) -> None:
        apply(applicant)
        assert "账号姓名" not in officer.get(f"{QUEUE}/{the_row().id}").text
        make_institution(uscc=CODE, legal_representative="王示例")
        account = make_account(Role.LEGAL_REP, uscc_code=CODE, confirmed=False, name="李 示例").account
        apply(client_of(app, account), legal_representative="李示例")
        page = officer.get(f"{QUEUE}/{the_row().id}").text
        assert "账号姓名“李 示例”与申请填写的法定代表人“李示例”相同" in page
        assert "账号姓名“李 示例”与名录登记的法定代表人“王示例”不同" in page
        assert "相同不等于身份已核实" in page

    @pytest.mark.parametrize(("phone", "told"), [("13900001111", True), ("028-87654321", False)])
    def test_a_mobile_number_that_would_be_public_is_marked(
        self, applicant: FlaskClient, officer: FlaskClient, phone: str, told: bool
    ) -> None:
        apply(applicant, phone=phone)
        path = f"{QUEUE}/{the_row().id}"
        assert ("这是手机号，将在名录公开" in officer.get(path).text) is told
        make_institution(uscc=CODE)  # now the facts stand beside those of the register
        assert ("这是手机号，将在名录公开" in officer.get(path).text) is told

    def test_it_shows_namesakes_licences_to_look_at_and_who_applies(
        self, applicant: FlaskClient, officer: FlaskClient
    ) -> None:
        make_institution(name=NAME, region_code="330100", uscc=uscc(division="330100", serial=9))
        apply(applicant, categories=["02", "06"])
        page = officer.get(f"{QUEUE}/{the_row().id}").text
        assert uscc(division="330100", serial=9) in page
        assert "个人征信：须经许可（中国人民银行）" in page
        assert "agent@example.cn" in page
        assert "未确认，通过后即确认" in page

    def test_the_licence_is_handed_out_as_an_attachment(
        self, applicant: FlaskClient, officer: FlaskClient
    ) -> None:
        apply(applicant)
        with officer.get(f"{QUEUE}/{the_row().id}/licence") as answer:
            assert answer.status_code == 200
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.headers["Content-Type"] == "image/png"
            assert len(answer.data) <= len(picture()) * 2

    def test_nobody_reads_what_was_not_sent(self, applicant: FlaskClient, officer: FlaskClient) -> None:
        apply(applicant, draft="1")
        row = the_row()
        row.office_region = "510100"
        db.session.commit()
        assert officer.get(f"{QUEUE}/{row.id}").status_code == 404
        assert NAME not in officer.get(f"{QUEUE}?state=all").text
        apply(applicant)
        decide(officer, the_row(), "return", REASON)
        assert "四川省成都市示例路 8 号" in officer.get(f"{QUEUE}/{row.id}").text
        apply(
            applicant, draft="1", address="还没写完的地址", name="成都示例还没想好有限公司", region="330100"
        )
        assert "还没想好" not in officer.get(f"{QUEUE}?state=returned").text
        page = officer.get(f"{QUEUE}/{row.id}").text
        assert "还没想好" not in page
        assert "还没写完的地址" not in page
        assert "机构正在修改" in page
        assert officer.get(f"{QUEUE}/{row.id}/licence").status_code == 404
        assert apply(applicant, region="330100").status_code == 302
        assert the_row().office_region == "330100"
        assert officer.get(f"{QUEUE}/{row.id}").status_code == 404

    def test_an_office_of_another_region_finds_nothing(self, app: Flask, applicant: FlaskClient) -> None:
        apply(applicant)
        row = the_row()
        stranger = signed_in(app, Role.PROVINCIAL, region="330000")
        token = csrf_token(stranger, "/account")
        assert stranger.get(f"{QUEUE}/{row.id}").status_code == 404
        assert stranger.get(f"{QUEUE}/{row.id}/licence").status_code == 404
        for move in ("accept", "return", "refuse"):
            data = {"csrf_token": token, "version": row.version, "reason": REASON}
            assert stranger.post(f"{QUEUE}/{row.id}/{move}", data=data).status_code == 404
        assert NAME not in stranger.get(f"{QUEUE}?state=all").text
        assert the_row().state == "submitted"


class TestTheQueue:
    @pytest.fixture
    def three(self, app: Flask) -> list[Registration]:
        """One a fortnight old, one of today in a district, and one that was given back."""
        rows = []
        for number, (name, region, days) in enumerate(
            [
                ("成都示例今天有限公司", "510104", 0),
                ("成都示例逾期有限公司", "510100", 14),
                ("成都示例退回有限公司", "510100", 14),
            ]
        ):
            code = uscc(division="510100", serial=800001 + number)
            person = make_account(
                Role.AGENT, email=f"a{number}@example.cn", uscc_code=code, confirmed=False
            ).account
            with clock_at(MOMENT - timedelta(days=days)):
                client = client_of(app, person)
                assert apply(client, name=name, uscc=code, region=region).status_code == 302
            rows.append(the_row(code))
        with clock_at(MOMENT):
            answer = decide(signed_in(app, Role.LOCAL), rows[2], "return", REASON)
            assert answer.status_code == 302, answer.text
        return rows

    def test_what_waits_stands_there_the_oldest_first(
        self, officer: FlaskClient, three: list[Registration], clock: Any
    ) -> None:
        page = officer.get(QUEUE).text
        assert names(page) == ["成都示例逾期有限公司", "成都示例今天有限公司"]
        assert "已逾期 2026-03-05" in page
        assert "期限内 2026-03-19" in page
        assert "待审核 2 件" in page
        home = officer.get("/staff").text
        assert re.search(r"overdue=1.*?>2<.*?待审核登记申请，逾期 1 件", home, re.S)

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("state=returned", ["成都示例退回有限公司"]),
            ("state=all&q=示例今天", ["成都示例今天有限公司"]),
            ("overdue=1", ["成都示例逾期有限公司"]),
            ("region=510104", ["成都示例今天有限公司"]),
            ("kind=claim", []),
            ("kind=new&state=returned", ["成都示例退回有限公司"]),
            ("q=100%25", []),
            ("page=2", []),
        ],
    )
    def test_each_filter_narrows(
        self, officer: FlaskClient, three: list[Registration], clock: Any, query: str, expected: list[str]
    ) -> None:
        assert names(officer.get(f"{QUEUE}?{query}").text) == expected

    def test_a_code_is_found_however_it_is_typed(
        self, officer: FlaskClient, three: list[Registration]
    ) -> None:
        typed = f"{three[0].uscc[:8]} {three[0].uscc[8:].lower()}"
        page = officer.get(QUEUE, query_string={"q": typed}).text
        assert names(page) == ["成都示例今天有限公司"]

    @pytest.mark.parametrize("query", ["state=draft", "kind=x", "overdue=2", "region=ab", "page=0"])
    def test_a_parameter_that_cannot_be_read_is_refused(self, officer: FlaskClient, query: str) -> None:
        assert officer.get(f"{QUEUE}?{query}").status_code == 400

    def test_an_empty_queue_says_so(self, officer: FlaskClient) -> None:
        assert "没有待审核的申请" in officer.get(QUEUE).text
        assert "待审核登记申请" in officer.get("/staff").text
