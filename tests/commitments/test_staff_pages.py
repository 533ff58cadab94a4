"""The staff pages of commitments: the queue, one commitment, withdrawing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.commitments import services
from credit_register.commitments.models import Commitment
from credit_register.core.clock import now, today
from credit_register.core.database import db
from tests.accounts.signing_in import actor, client_of, csrf_token, hidden, send, signed_in
from tests.commitments.signing import House, make_house, text_of
from tests.factories import make_commitment, make_institution

REASON = "经核实，承诺内容不属实。"


@pytest.fixture
def house(app: Flask) -> House:
    return make_house()


class TestStaff:
    @pytest.fixture
    def officer(self, app: Flask) -> FlaskClient:
        return signed_in(app, Role.LOCAL)

    def numbers(self, client: FlaskClient, query: str = "") -> set[str]:
        return set(
            re.findall(
                r'<td data-label="编号" class="nowrap">([^<]+)</td>',
                client.get(f"/staff/commitments{query}").text,
            )
        )

    def test_each_part_of_the_queue_holds_what_it_says(self, officer: FlaskClient) -> None:
        def committed(number: str, state: str, **more: Any) -> None:
            make_commitment(
                make_institution(name=f"成都示例{number}有限公司"), number=number, state=state, **more
            )

        committed("A-1", "published", valid_until=today() + timedelta(days=31))
        committed("A-2", "published", valid_until=today() + timedelta(days=30))
        committed("A-3", "expired", ended_on=today())
        committed("A-4", "withdrawn", ended_on=today(), end_reason=REASON)
        make_commitment(make_institution(), state="half_signed")
        make_commitment(make_institution(), state="discarded")
        make_commitment(make_institution(region_code="330100"), state="published", number="B-1")
        expected = {
            "": {"A-1", "A-2", "A-3", "A-4", "—"},
            "?view=in_force": {"A-1", "A-2"},
            "?view=expiring": {"A-2"},
            "?view=half_signed": {"—"},
            "?view=draft": set(),
            "?view=ended": {"A-3", "A-4"},
            "?q=A-2": {"A-2"},
            "?q=示例A-3有限": {"A-3"},
            "?region=510104": set(),
        }
        for query, found in expected.items():
            assert self.numbers(officer, query) == found, query
        assert "公示中 2 份" in officer.get("/staff/commitments").text
        for query in ("?view=love", "?region=ab", "?page=0"):
            assert officer.get(f"/staff/commitments{query}").status_code == 400

    def test_the_page_shows_accounts_and_what_was_done(self, officer: FlaskClient, house: House) -> None:
        commitment = house.published()
        page = text_of(officer.get(f"/staff/commitments/{commitment.id}").text)
        assert house.agent_account.name in page
        assert "账号姓名与登记的法定代表人“李示例”不同，请核实" in page
        assert "待主管单位确认" in page
        assert "与文本和签署一致" in page
        for deed in ("生成", "签署", "签署并公示"):
            assert deed in page

    def test_a_text_that_was_tampered_with_is_seen(self, officer: FlaskClient, house: House) -> None:
        commitment = house.published()
        commitment.text = commitment.text.replace("明码标价", "随意标价")
        db.session.commit()
        assert "与文本或签署不一致" in officer.get(f"/staff/commitments/{commitment.id}").text

    def test_withdrawing_asks_for_a_reason_and_says_what_follows(
        self, officer: FlaskClient, house: House
    ) -> None:
        commitment = house.published()
        path = f"/staff/commitments/{commitment.id}"
        data = {"csrf_token": csrf_token(officer, path), "version": str(commitment.version), "reason": "短"}
        answer = officer.post(f"{path}/withdraw", data=data)
        assert answer.status_code == 422
        assert "撤下原因须为 4 至 400 字" in answer.text
        data["reason"] = "长" * 400
        answers = [officer.post(f"{path}/withdraw", data=data) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [302, 302]
        page = officer.get(path).text
        assert 'data-state="withdrawn"' in page
        assert f"{path}/withdraw" not in page

    def test_the_second_officer_is_told_and_keeps_the_reason(
        self, app: Flask, officer: FlaskClient, house: House
    ) -> None:
        commitment = house.published()
        path = f"/staff/commitments/{commitment.id}"
        page = officer.get(path).text
        services.withdraw(
            commitment,
            reason=REASON,
            version=commitment.version,
            actor=actor(Role.PROVINCIAL, name="省级示例人员"),
            now=now(),
        )
        answer = officer.post(
            f"{path}/withdraw",
            data={
                "csrf_token": hidden(page, "csrf_token"),
                "version": hidden(page, "version"),
                "reason": "不应丢失的原因",
            },
        )
        assert answer.status_code == 409
        assert "省级示例人员" in answer.text
        assert "不应丢失的原因" in answer.text

    def test_a_stale_version_is_refreshed_and_nothing_typed_is_lost(
        self, officer: FlaskClient, house: House
    ) -> None:
        commitment = house.published()
        path = f"/staff/commitments/{commitment.id}"
        data = {"csrf_token": csrf_token(officer, path), "version": "1", "reason": "不应丢失的原因"}
        answer = officer.post(f"{path}/withdraw", data=data)
        assert answer.status_code == 409
        assert "不应丢失的原因" in answer.text
        data["version"] = hidden(answer.text, "version")
        assert officer.post(f"{path}/withdraw", data=data).status_code == 302

    def test_roles_and_regions_hold(self, app: Flask, house: House) -> None:
        commitment = house.published()
        path = f"/staff/commitments/{commitment.id}"
        foreign = signed_in(app, Role.LOCAL, region="330100", email="foreign@example.cn")
        assert foreign.get(path).status_code == 404
        sent = {"reason": REASON, "version": str(commitment.version)}
        assert send(foreign, f"{path}/withdraw", sent, page="/account").status_code == 404
        assert house.institution.name not in foreign.get("/staff/commitments").text
        reviewer = signed_in(app, Role.REVIEWER)
        assert f"{path}/withdraw" not in reviewer.get(path).text
        assert send(reviewer, f"{path}/withdraw", sent, page="/account").status_code == 403
        assert signed_in(app, Role.SYSADMIN).get("/staff/commitments").status_code == 403
        assert client_of(app, house.agent_account).get(path).status_code == 403
        assert db.session.query(Commitment).one().state == "published"
