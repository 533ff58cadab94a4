"""Making, signing, replacing, withdrawing and running out: the rules, the rows and what each leaves behind."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.audit.models import AuditEvent
from credit_register.audit.moves import NotPermitted, ReasonMissing
from credit_register.commitments import publication, running_out, services, wording
from credit_register.commitments.models import Signature, State
from credit_register.commitments.services import CannotCommit, NotAgreed, Outdated
from credit_register.core.clock import SHANGHAI, clock_at, now
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.core.outbox import SearchOutbox
from credit_register.institutions.models import Institution, InstitutionCategory
from credit_register.transparency.models import PublicEvent
from credit_register.web.jobs import run_due
from tests.accounts.signing_in import actor, make_account
from tests.commitments.signing import House, again, make_house, public_events, sign, titles
from tests.core.codes import uscc
from tests.factories import make_commitment, make_institution, republish

SIGNED_ON = datetime(2026, 3, 12, 10, 30, tzinfo=SHANGHAI)
REASON = "经核实，承诺内容不属实。"


@pytest.fixture
def house(app: Flask) -> House:
    return make_house()


class TestMaking:
    def test_the_same_one_is_given_back_while_it_is_true(self, house: House) -> None:
        first = house.start()
        assert first.state == State.DRAFT
        assert house.institution.name in first.text
        assert first.sha256 == wording.digest(first.text)
        assert house.start(actor=house.representative).id == first.id

    def test_a_change_of_the_register_discards_it_with_its_signature(self, house: House) -> None:
        first = house.start()
        sign(first, house.agent)
        house.institution.address = "四川省成都市新址"
        republish(house.institution)
        second = house.start()
        assert again(first).state == State.DISCARDED
        assert again(second).state == State.DRAFT
        assert second.signatures == []
        assert "四川省成都市新址" in second.text
        assert "请双方重新签署" in titles(house.agent_account.id)[-1]

    def test_a_new_wording_or_rule_leaves_old_rows_as_they_are(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = house.published()
        draft = house.start()
        old = (first.text, first.sha256)
        monkeypatch.setattr(wording, "_period", lambda rule, on: {"amount": 6, "unit": "month"})
        with pytest.raises(Outdated, match="文本或期限已更新"):
            sign(draft, house.agent)
        db.session.rollback()
        second = house.start()
        assert again(draft).state == State.DISCARDED
        assert "有效期 6 个月" in second.text
        assert (again(first).text, first.sha256) == old

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"status": "suspended"}, "登记已暂停"),
            ({"status": "deregistered"}, "已不是登记机构"),
            ({"legal_representative": ""}, "没有法定代表人姓名"),
        ],
    )
    def test_who_cannot_commit_is_told_why(self, house: House, change: dict[str, str], sentence: str) -> None:
        draft = house.start()
        for name, value in change.items():
            setattr(house.institution, name, value)
        republish(house.institution)
        with pytest.raises(CannotCommit, match=sentence):
            house.start()
        db.session.rollback()
        with pytest.raises(CannotCommit, match=sentence):
            sign(draft, house.agent)

    def test_nobody_else_may_make_or_sign_it(self, house: House) -> None:
        commitment = house.start()
        stranger = actor(Role.AGENT, email="stranger@example.cn", uscc_code=uscc(serial=900002))
        unconfirmed = make_account(
            Role.LEGAL_REP, email="new@example.cn", uscc_code=house.institution.uscc
        ).account
        unconfirmed.confirmed = False
        db.session.commit()
        for person in (stranger, unconfirmed.actor, actor(Role.LOCAL)):
            with pytest.raises(NotPermitted):
                house.start(actor=person)
            db.session.rollback()
            with pytest.raises(NotPermitted):
                sign(commitment, person)
            db.session.rollback()
        assert again(commitment).signatures == []


class TestSigning:
    @pytest.mark.parametrize("agent_first", [True, False])
    def test_the_second_signature_publishes_in_either_order(
        self, house: House, clock: datetime, agent_first: bool
    ) -> None:
        people = [house.agent, house.representative]
        first, second = people if agent_first else people[::-1]
        commitment = house.start()
        sign(commitment, first)
        assert again(commitment).state == State.HALF_SIGNED
        assert commitment.number is None
        assert not db.session.get_one(Institution, house.institution.id).committed
        assert db.session.scalar(select(PublicEvent).where(PublicEvent.subject_kind == "commitment")) is None
        sign(commitment, second)
        published = again(commitment)
        assert published.state == State.PUBLISHED
        assert published.number == "2026-510100-000001"
        assert (published.published_on, published.valid_until) == (date(2026, 3, 12), date(2027, 3, 12))
        assert {one.party: one.account_id for one in published.signatures} == {
            "institution": house.agent.account_id,
            "legal_representative": house.representative.account_id,
        }
        assert {one.sha256 for one in published.signatures} == {published.sha256}
        institution = db.session.get_one(Institution, house.institution.id)
        assert (institution.committed, institution.committed_on) == (True, date(2026, 3, 12))

    def test_publishing_leaves_its_traces_in_one_transaction(self, house: House) -> None:
        db.session.query(SearchOutbox).delete()
        commitment = house.published()
        (event,) = public_events(str(commitment.number))
        content = json.loads(str(event.payload))["content"]
        assert content["sha256"] == commitment.sha256
        assert content["uscc"] == house.institution.uscc
        assert "李示例" not in str(event.payload)
        of_institutions = select(SearchOutbox.key).where(SearchOutbox.index_name == "institutions")
        assert db.session.scalars(of_institutions).all() == [house.institution.uscc]
        actions = (
            select(AuditEvent.action).where(AuditEvent.subject_kind == "commitment").order_by(AuditEvent.id)
        )
        assert list(db.session.scalars(actions)) == [
            "commitment.start",
            "commitment.sign",
            "commitment.countersign",
        ]
        assert titles(house.agent_account.id) == ["信用承诺书已公示"]
        assert titles(house.representative_account.id) == [
            "信用承诺书待您签署：机构一方已签署",
            "信用承诺书已公示",
        ]

    def test_a_double_click_signs_once(self, house: House) -> None:
        commitment = house.start()
        for _ in range(2):
            sign(commitment, house.agent)
        assert again(commitment).state == State.HALF_SIGNED
        for _ in range(2):
            sign(commitment, house.representative)
        assert again(commitment).state == State.PUBLISHED
        assert len(db.session.scalars(select(Signature)).all()) == 2
        assert len(public_events(str(commitment.number))) == 1

    def test_it_is_signed_only_by_who_agrees_to_a_text_that_is_still_true(self, house: House) -> None:
        commitment = house.start()
        with pytest.raises(NotAgreed):
            sign(commitment, house.agent, agree=False)
        db.session.rollback()
        house.institution.legal_representative = "赵示例"
        republish(house.institution)
        with pytest.raises(Outdated, match="登记信息已变更（法定代表人），请重新生成承诺书"):
            sign(commitment, house.agent)
        db.session.rollback()
        house.start()
        with pytest.raises(MoveNotAllowed):
            sign(again(commitment), house.agent)

    def test_one_account_cannot_sign_for_both(self, house: House) -> None:
        commitment = house.start()
        sign(commitment, house.agent)
        house.agent_account.role = Role.LEGAL_REP.value
        db.session.commit()
        with pytest.raises(CannotCommit, match="同一个账号不能代表双方"):
            sign(commitment, house.agent)

    def test_a_new_one_replaces_the_one_in_force(self, house: House) -> None:
        with clock_at(SIGNED_ON):
            first = house.published()
        with clock_at(SIGNED_ON + timedelta(days=300)):
            second = house.published()
        assert again(first).state == State.REPLACED
        assert first.ended_on == date(2027, 1, 6)
        assert second.number == "2027-510100-000001"
        institution = db.session.get_one(Institution, house.institution.id)
        assert (institution.committed, institution.committed_on) == (True, date(2027, 1, 6))
        assert [event.kind for event in public_events(str(first.number))] == [
            "commitment.published",
            "commitment.replaced",
        ]

    def test_the_period_is_the_one_in_the_signed_text(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        commitment = make_commitment(house.institution)
        commitment.facts = {**commitment.facts, "validity": {"amount": 30, "unit": "calendar_day"}}
        db.session.commit()
        monkeypatch.setattr(services, "why_outdated", lambda commitment, on: "")
        with clock_at(SIGNED_ON):
            sign(commitment, house.agent)
            sign(commitment, house.representative)
        assert commitment.valid_until == date(2026, 4, 11)


class TestNumbers:
    def test_they_run_within_year_and_region(self, app: Flask) -> None:
        with clock_at(SIGNED_ON):
            first, second = make_house().published(), make_house().published()
            elsewhere = make_house(region_code="330100").published()
        with clock_at(SIGNED_ON + timedelta(days=400)):
            later = make_house().published()
        assert [one.number for one in (first, second, elsewhere, later)] == [
            "2026-510100-000001",
            "2026-510100-000002",
            "2026-330100-000001",
            "2027-510100-000001",
        ]

    def test_a_number_taken_a_moment_ago_is_counted_past(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = make_commitment(make_institution(), state="published", number="2026-510100-000007")
        count = publication.next_number
        blind = ["2026-510100-000007"]
        monkeypatch.setattr(
            publication, "next_number", lambda *place: blind.pop() if blind else count(*place)
        )
        with clock_at(SIGNED_ON):
            commitment = house.published()
        assert blind == []
        assert again(commitment).number == "2026-510100-000008"
        assert again(other).number == "2026-510100-000007"
        assert len(commitment.signatures) == 2


class TestWithdrawing:
    def test_it_leaves_the_public_log_and_the_register(self, house: House) -> None:
        commitment, officer = house.published(), actor(Role.LOCAL)
        with clock_at(SIGNED_ON):
            services.withdraw(commitment, reason=REASON, version=commitment.version, actor=officer, now=now())
            services.withdraw(commitment, reason=REASON, version=1, actor=officer, now=now())
        withdrawn = again(commitment)
        assert withdrawn.state == State.WITHDRAWN
        assert (withdrawn.ended_on, withdrawn.end_reason) == (date(2026, 3, 12), REASON)
        published, ended = public_events(str(withdrawn.number))
        assert (published.payload, published.salt) == (None, None)
        assert published.digest
        assert ended.kind == "commitment.withdrawn"
        assert json.loads(str(ended.payload))["content"]["withdrawn_on"] == "2026-03-12"
        assert not db.session.get_one(Institution, house.institution.id).committed
        assert titles(house.agent_account.id)[-1] == "信用承诺书已被撤下"
        assert house.start().state == State.DRAFT

    def test_it_needs_permission_reason_and_the_version_that_was_seen(self, house: House) -> None:
        commitment = house.published()
        version = commitment.version
        officer, inspector = actor(Role.LOCAL), actor(Role.INSPECTOR)

        def attempt(person: object = officer, **changes: object) -> None:
            options = {"reason": REASON, "version": version, "actor": person, "now": now(), **changes}
            try:
                services.withdraw(commitment, **options)  # type: ignore[arg-type]
            finally:
                db.session.rollback()

        with pytest.raises(NotPermitted):
            attempt(inspector)
        with pytest.raises(ReasonMissing):
            attempt(reason=" ")
        with pytest.raises(StaleVersion):
            attempt(version=version - 1)
        attempt()
        with pytest.raises(MoveNotAllowed):
            attempt(reason="另一位工作人员的原因")


class TestTime:
    def test_it_ends_after_its_last_day_and_not_before(self, house: House) -> None:
        with clock_at(SIGNED_ON):
            commitment = house.published()
        last = datetime(2027, 3, 12, 23, 59, tzinfo=SHANGHAI)
        assert running_out.expire_due(last) == 0
        assert again(commitment).state == State.PUBLISHED
        after = last + timedelta(minutes=2)
        assert [running_out.expire_due(after) for _ in range(2)] == [1, 0]
        ended = again(commitment)
        assert (ended.state, ended.ended_on) == (State.EXPIRED, date(2027, 3, 12))
        assert not db.session.get_one(Institution, house.institution.id).committed
        assert titles(house.agent_account.id)[-1] == "信用承诺书已到期"
        assert public_events(str(ended.number))[-1].kind == "commitment.expired"

    def test_its_end_is_told_once_thirty_days_before(self, house: House) -> None:
        with clock_at(SIGNED_ON):
            house.published()
        day = datetime(2027, 2, 10, 0, 1, tzinfo=SHANGHAI)
        assert running_out.remind_of_end(day - timedelta(minutes=2)) == 0
        assert [running_out.remind_of_end(day + timedelta(days=late)) for late in range(3)] == [1, 0, 0]
        assert titles(house.agent_account.id).count("信用承诺书即将到期") == 1

    def test_the_jobs_of_the_site_do_both(self, house: House) -> None:
        with clock_at(SIGNED_ON):
            house.published()
        assert run_due(datetime(2027, 3, 1, 8, 0, tzinfo=SHANGHAI))["remind_of_commitments_ending"] == 1
        assert run_due(datetime(2027, 4, 1, 8, 0, tzinfo=SHANGHAI))["expire_commitments"] == 1


def test_a_change_after_the_signature_leaves_the_commitment_in_force(house: House) -> None:
    commitment = house.published()
    house.institution.name = "成都示例新名信用管理有限公司"
    house.institution.categories.append(InstitutionCategory(code="10"))
    republish(house.institution)
    assert again(commitment).state == State.PUBLISHED
    assert "新名" not in commitment.text
    changed = wording.differences(commitment.facts, commitment.institution)
    assert [one.label for one in changed] == ["机构名称", "服务类别"]
