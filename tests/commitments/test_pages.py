"""The pages of commitments: workspace, staff, public, and what an agency's own page says."""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.commitments import services
from credit_register.commitments.models import Commitment
from credit_register.core import search
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.institutions import profile
from tests.accounts.signing_in import actor, client_of, csrf_token, make_account, send, signed_in
from tests.commitments.signing import House, make_house, sign, text_of
from tests.core.codes import uscc
from tests.factories import make_institution, republish

REASON = "经核实，承诺内容不属实。"
LIST = "/workspace/commitments"


@pytest.fixture
def house(app: Flask) -> House:
    return make_house()


def sign_link(client: FlaskClient) -> str:
    """Where the list leads to sign; the text is made with its button where there is none."""
    if "生成承诺书" in client.get(LIST).text:
        assert db.session.query(Commitment).count() == 0  # looking makes nothing
        send(client, LIST, {})
    found = re.search(r'href="(/workspace/commitments/\d+/sign)"', client.get(LIST).text)
    assert found
    return found[1]


class TestWorkspace:
    def test_the_walk_of_both_people_from_the_list_to_the_public_page(
        self, app: Flask, client: FlaskClient, house: House
    ) -> None:
        agent, representative = (
            client_of(app, house.agent_account),
            client_of(app, house.representative_account),
        )
        path = sign_link(agent)
        page = agent.get(path).text
        assert 'data-state="draft"' in page
        assert "十二、违反承诺的" in page
        answer = send(agent, path, {})
        assert answer.status_code == 422
        assert re.search(r'id="agree-error">.*请先阅读全文', answer.text, re.DOTALL)
        assert send(agent, path, {"agree": "no"}).status_code == 422
        answer = send(agent, path, {"agree": "on", "version": "1"})
        assert answer.location == LIST
        assert "您已签署" in agent.get(LIST).text
        assert 'data-state="half_signed"' in agent.get(path).text
        assert "尚未在本栏目作出信用承诺" in client.get(
            f"/institutions/{house.institution.uscc}"
        ).text.replace("<strong>尚未</strong>", "尚未")
        assert sign_link(representative) == path
        answer = send(representative, path, {"agree": "1"})
        number = db.session.query(Commitment).one().number
        assert answer.location == f"/commitments/{number}"
        assert f"/commitments/{number}" in client.get(f"/institutions/{house.institution.uscc}").text
        assert f"/commitments/{number}" in agent.get(LIST).text

    def test_a_double_click_is_no_error(self, app: Flask, house: House) -> None:
        agent = client_of(app, house.agent_account)
        path = sign_link(agent)
        data = {"csrf_token": csrf_token(agent, path), "agree": "y"}
        assert [agent.post(path, data=data).location for _ in range(2)] == [LIST, LIST]
        assert len(db.session.query(Commitment).one().signatures) == 1

    def test_a_text_that_is_no_longer_true_offers_to_be_made_anew(self, app: Flask, house: House) -> None:
        agent = client_of(app, house.agent_account)
        path = sign_link(agent)
        token = csrf_token(agent, path)
        house.institution.address = "四川省成都市新址"
        republish(house.institution)
        answer = agent.post(path, data={"csrf_token": token, "agree": "y"})
        assert answer.status_code == 409
        assert "登记信息已变更（住所），请重新生成承诺书" in answer.text
        assert "按最新内容重新生成" in answer.text
        assert "按最新内容重新生成" in agent.get(LIST).text
        answer = agent.post(LIST, data={"csrf_token": token})
        assert answer.location != path
        assert "四川省成都市新址" in agent.get(answer.location).text
        late = agent.post(path, data={"csrf_token": token, "agree": "y"})
        assert late.status_code == 409
        assert "作废重拟" in late.text
        assert 'data-state="discarded"' in late.text

    def test_a_person_whose_account_is_not_confirmed_is_told_what_to_do(
        self, app: Flask, house: House
    ) -> None:
        draft = house.start()
        account = make_account(Role.AGENT, email="new@example.cn", uscc_code=house.institution.uscc).account
        account.confirmed = False
        db.session.commit()
        client = client_of(app, account)
        page = client.get(LIST).text
        assert "账号还没有确认" in page
        assert "/workspace/registration" in page
        assert client.get(f"{LIST}/{draft.id}/sign").status_code == 404
        assert send(client, LIST, {}, page="/account").location == LIST

    def test_an_institution_that_is_not_in_the_register_is_told_to_register(self, app: Flask) -> None:
        page = signed_in(app, Role.AGENT).get(LIST).text
        assert "您的机构还没有进入名录" in page
        assert "/workspace/registration" in page

    def test_without_the_rules_of_the_periods_no_text_is_made(self, app: Flask) -> None:
        client = signed_in(app, Role.AGENT, uscc_code=make_institution().uscc)
        assert "生成承诺书" in client.get(LIST).text
        assert send(client, LIST, {}).location == LIST
        assert "时限规则表不完整" in client.get(LIST).text
        assert db.session.query(Commitment).count() == 0

    def test_a_suspended_institution_is_told_why_it_cannot_sign(self, app: Flask, house: House) -> None:
        draft = house.start()
        house.institution.status = "suspended"
        republish(house.institution)
        agent = client_of(app, house.agent_account)
        assert "登记已暂停" in agent.get(LIST).text
        assert "登记已暂停" in agent.get(f"{LIST}/{draft.id}/sign").text
        answer = send(agent, f"{LIST}/{draft.id}/sign", {"agree": "y"}, page="/account")
        assert answer.status_code == 409

    def test_another_institutions_commitment_is_not_there(self, app: Flask, house: House) -> None:
        draft = house.start()
        stranger = signed_in(app, Role.LEGAL_REP, uscc_code=uscc(serial=900002))
        path = f"{LIST}/{draft.id}/sign"
        assert stranger.get(path).status_code == 404
        assert send(stranger, path, {"agree": "y"}, page="/account").status_code == 404
        assert db.session.query(Commitment).one().signatures == []

    def test_who_has_still_to_sign_and_has_no_account_is_told_how_to_get_one(
        self, app: Flask, house: House
    ) -> None:
        agent = client_of(app, house.agent_account)
        path = sign_link(agent)
        for place in (path, LIST):
            assert "还没有账号" not in agent.get(place).text
        house.representative_account.active = False
        db.session.commit()
        for place in (path, LIST):
            text = agent.get(place).text
            assert 'href="/account/open"' in text
            assert (
                "法定代表人还没有账号？由本人 开立账号 （选择“法定代表人”，填写同一代码 "
                f"{house.institution.uscc} ），提交认领申请，审核通过后即可签署"
            ) in text_of(text)
        send(agent, path, {"agree": "1"})
        assert "法定代表人还没有账号" in agent.get(LIST).text
        assert "机构经办人还没有账号" not in agent.get(LIST).text

    def test_before_a_text_is_made_the_missing_people_are_named_too(self, app: Flask, house: House) -> None:
        house.agent_account.confirmed = False
        db.session.commit()
        page = text_of(client_of(app, house.representative_account).get(LIST).text)
        assert "机构经办人还没有账号？由本人 开立账号 （选择“经办人”" in page


class TestPublicPage:
    def test_it_names_who_signed_and_no_account(self, client: FlaskClient, house: House) -> None:
        commitment = house.published()
        page = client.get(f"/commitments/{commitment.number}").text
        assert 'data-state="published"' in page
        shown = text_of(page)
        assert f"{house.institution.name}（经办人账号已确认）" in shown
        assert f"李示例， {today()} 签署" in shown
        assert commitment.sha256 in shown
        assert house.agent_account.name not in page
        assert "@" not in shown
        assert 'src="data:image/svg+xml' in page

    def test_the_text_to_download_has_the_hash_that_is_shown(self, client: FlaskClient, house: House) -> None:
        commitment = house.published()
        answer = client.get(f"/commitments/{commitment.number}.txt")
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert hashlib.sha256(answer.data).hexdigest() == commitment.sha256
        assert commitment.sha256 in client.get(f"/commitments/{commitment.number}").text

    def test_what_is_not_published_is_not_there(self, client: FlaskClient, house: House) -> None:
        draft = house.start()
        sign(draft, house.agent)
        for number in (str(draft.id), "None", "2026-510100-000001", "x" * 3000):
            assert client.get(f"/commitments/{number}").status_code == 404
            assert client.get(f"/commitments/{number}.txt").status_code == 404

    def test_a_withdrawn_one_keeps_its_number_and_reason_without_the_text(
        self, client: FlaskClient, house: House
    ) -> None:
        commitment = house.published()
        services.withdraw(
            commitment, reason=REASON, version=commitment.version, actor=actor(Role.LOCAL), now=now()
        )
        page = client.get(f"/commitments/{commitment.number}").text
        assert 'data-state="withdrawn"' in page
        assert f"自 {today()} 起不再公示，原因：{REASON}" in text_of(page)
        assert "十二、" not in page
        assert commitment.sha256 not in page
        assert "李示例" not in page
        assert client.get(f"/commitments/{commitment.number}.txt").status_code == 404

    def test_one_that_was_replaced_leads_to_the_one_in_force(self, client: FlaskClient, house: House) -> None:
        first, second = house.published(), house.published()
        page = client.get(f"/commitments/{first.number}").text
        assert 'data-state="replaced"' in page
        assert f"/commitments/{second.number}" in page
        assert "十二、" in page

    def test_a_later_change_of_the_register_is_said(self, client: FlaskClient, house: House) -> None:
        commitment = house.published()
        house.institution.legal_representative = "赵示例"
        republish(house.institution)
        for path in (f"/commitments/{commitment.number}", f"/institutions/{house.institution.uscc}"):
            page = text_of(client.get(path).text)
            assert "签署后登记信息有变化" in page
            assert "李示例 赵示例" in page


class TestProfile:
    def section(self, client: FlaskClient, house: House) -> str:
        """What the agency's page says under the heading of commitments."""
        page = client.get(f"/institutions/{house.institution.uscc}").text
        found = re.search(r"<h2[^>]*>信用承诺</h2>(.*?)</section>", page, re.DOTALL)
        assert found
        return text_of(f"<main>{found[1]}</main>")

    def stamps(self, house: House) -> tuple[str, ...]:
        code = house.institution.uscc
        db.session.rollback()  # the stamp is asked past the session, which holds SQLite's lock here
        return profile.section_stamps(code)

    def test_the_kept_page_follows_every_step(
        self, client: FlaskClient, house: House, clock: datetime
    ) -> None:
        stamps = {self.stamps(house)}
        assert "尚未 在本栏目作出信用承诺" in self.section(client, house)
        first = house.published()
        stamps.add(self.stamps(house))
        assert f"信用承诺书 {first.number} ，自 2026-03-12 起公示，有效期至 2027-03-12" in self.section(
            client, house
        )
        second = house.published()
        stamps.add(self.stamps(house))
        shown = self.section(client, house)
        assert f"信用承诺书 {second.number}" in shown
        assert f"此前的承诺书 {first.number} 已由新承诺书替代" in shown
        services.withdraw(second, reason=REASON, version=second.version, actor=actor(Role.LOCAL), now=now())
        stamps.add(self.stamps(house))
        shown = self.section(client, house)
        assert "目前 没有 公示中的信用承诺书" in shown
        assert f"{second.number} 已撤下" in shown
        assert len(stamps) == 4

    def test_an_institution_that_left_the_register_is_said_to_have_left(
        self, client: FlaskClient, house: House
    ) -> None:
        house.published()
        house.institution.status = "deregistered"
        republish(house.institution)
        assert "机构现在已不是登记机构" in self.section(client, house)

    def test_the_list_and_the_api_find_it_once_the_index_has_it(self, client: FlaskClient) -> None:
        search.rebuild()
        other, house = make_institution(), make_house()
        house.published()
        search.apply_outbox()
        found = client.get("/institutions?committed=1").text
        assert house.institution.uscc in found
        assert other.uscc not in found
        assert client.get(f"/api/v1/institutions/{house.institution.uscc}").json["committed"] is True  # type: ignore[index]
        assert client.get(f"/api/v1/institutions/{other.uscc}").json["committed"] is False  # type: ignore[index]


def test_the_days_of_a_page_are_those_of_china(client: FlaskClient, house: House, clock: datetime) -> None:
    commitment = house.published()
    assert commitment.published_on == date(2026, 3, 12)
    assert "2026-03-12" in text_of(client.get(f"/commitments/{commitment.number}").text)
