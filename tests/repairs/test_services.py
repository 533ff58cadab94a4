"""Applications from entry to repair: two persons, the authority's clocks, and what leaves at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from credit_register.access.actor import OPERATOR, Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.audit.moves import NotPermitted
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline
from credit_register.core.deadlines.queries import open_deadlines
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.credit_records.models import CreditRecord
from credit_register.credit_records.publication import bring_back, is_visible, take_off, visible
from credit_register.institutions.models import Institution
from credit_register.notices.models import Notice
from credit_register.repairs import services
from credit_register.repairs.following import follow_records, overtaken_words
from credit_register.repairs.lifecycle import KIND
from credit_register.repairs.models import Paper, RepairApplication
from credit_register.repairs.queries import guidance_of
from credit_register.repairs.refusals import AlreadyRunning, RepairRefused, SamePerson
from credit_register.transparency.models import PublicEvent
from tests.accounts.signing_in import make_account
from tests.factories import make_institution, make_record
from tests.repairs.repairing import (
    NUMBER,
    answer,
    apply,
    confirm,
    fresh,
    only_application,
    propose,
    ripe_record,
    upload,
)


def running(application: RepairApplication) -> list[str]:
    return [deadline.rule.name for deadline in open_deadlines(KIND, application.id)]


def titles(account: Account) -> list[str]:
    return list(
        db.session.scalars(select(Notice.title).where(Notice.account_id == account.id).order_by(Notice.id))
    )


class TestAnEntry:
    def test_it_starts_the_authoritys_period_of_the_rules(
        self, record: CreditRecord, own: Actor, moment: datetime
    ) -> None:
        application = apply(record, own)
        assert (application.state, application.institution_id) == ("applied", record.institution_id)
        (deadline,) = open_deadlines(KIND, application.id)
        assert deadline.rule.name == "repair_reply"
        assert (deadline.started_on, deadline.due_on) == (local_date(moment), date(2026, 12, 10))
        assert guidance_of(record, on=local_date(moment)).standing == "applied"

    def test_a_day_before_the_first_rule_has_no_period_and_is_entered_all_the_same(
        self, agency: Institution, own: Actor
    ) -> None:
        record = ripe_record(agency, decided_on=date(2026, 1, 5), degree="general", met_on=date(2026, 2, 1))
        assert running(apply(record, own, on=date(2026, 3, 2))) == []

    def test_the_two_papers_are_kept(self, record: CreditRecord, own: Actor, moment: datetime) -> None:
        services.enter_application(
            record,
            services.Entry(local_date(moment), "政务服务大厅"),
            uploads={Paper.OBLIGATIONS: [upload("缴款凭证.png")], Paper.COMMITMENT: [upload("承诺书.png")]},
            actor=own,
            now=moment,
        )
        assert {each.paper for each in only_application().files} == {"obligations", "commitment"}

    @pytest.mark.parametrize("days", [-121, 1])
    def test_its_day_lies_between_the_decision_and_today(
        self, record: CreditRecord, own: Actor, moment: datetime, days: int
    ) -> None:
        with pytest.raises(RepairRefused) as refused:
            apply(record, own, on=local_date(moment) + timedelta(days=days))
        assert refused.value.field == "applied_on"

    def test_a_second_click_enters_nothing_and_a_second_person_is_told(
        self, record: CreditRecord, own: Actor, second: Account
    ) -> None:
        made = apply(record, own)
        assert apply(record, own).id == made.id
        with pytest.raises(AlreadyRunning):
            apply(record, second.actor)
        assert db.session.scalar(select(func.count()).select_from(RepairApplication)) == 1

    def test_the_database_holds_one_running_application_for_a_record(
        self, record: CreditRecord, own: Actor, moment: datetime
    ) -> None:
        made = apply(record, own)
        db.session.add(
            RepairApplication(
                record_id=record.id,
                institution_id=made.institution_id,
                applied_on=local_date(moment),
                applied_to="示例",
                entered_by_id=made.entered_by_id,
                entered_at=moment,
            )
        )
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()

    def test_only_the_own_institution_and_staff_enter_one(
        self, record: CreditRecord, moment: datetime
    ) -> None:
        other = make_institution()
        stranger = make_account(Role.AGENT, email="other@example.cn", uscc_code=other.uscc).account
        waiting = make_account(
            Role.LEGAL_REP, email="new@example.cn", uscc_code=record.uscc, confirmed=False
        ).account
        for account in (stranger, waiting):
            with pytest.raises(NotPermitted):
                apply(record, account.actor)

    @pytest.mark.parametrize("state", ["repaired", "annulled", "objected", "expired"])
    def test_what_has_left_cannot_be_applied_for(self, agency: Institution, own: Actor, state: str) -> None:
        with pytest.raises(MoveNotAllowed):
            apply(ripe_record(agency, state=state), own)

    def test_what_left_another_list_than_that_of_penalties_needs_no_repair(
        self, agency: Institution, own: Actor
    ) -> None:
        with pytest.raises(MoveNotAllowed):
            apply(ripe_record(agency, kind="severe", state="removed"), own)

    def test_a_fact_of_the_registration_cannot_be_applied_for(self, agency: Institution, own: Actor) -> None:
        with pytest.raises(MoveNotAllowed):
            apply(make_record(agency, kind="revoked"), own)

    def test_staff_tell_the_institution(self, record: CreditRecord, first: Account, person: Account) -> None:
        apply(record, first.actor)
        assert titles(person) == ["主管部门登记了本机构的信用修复申请"]

    def test_an_entry_by_mistake_is_taken_back_and_may_be_made_anew(
        self, record: CreditRecord, own: Actor, moment: datetime
    ) -> None:
        made = apply(record, own)
        services.retract_application(made, version=made.version, actor=own, now=moment)
        assert (made.state, made.decision, running(made)) == ("closed", "机构撤回登记", [])
        assert apply(record, own).id != made.id

    def test_nobody_takes_back_the_entry_of_another_institution(
        self, record: CreditRecord, own: Actor, moment: datetime
    ) -> None:
        made = apply(record, own)
        other = make_institution()
        stranger = make_account(Role.AGENT, email="other@example.cn", uscc_code=other.uscc).account
        with pytest.raises(NotPermitted):
            services.retract_application(made, version=made.version, actor=stranger.actor, now=moment)

    def test_what_the_authority_has_accepted_is_not_taken_back(
        self, record: CreditRecord, own: Actor, first: Account, moment: datetime
    ) -> None:
        made = apply(record, own)
        services.accept_application(made, answer(), version=made.version, actor=first.actor, now=moment)
        with pytest.raises(MoveNotAllowed):
            services.retract_application(made, version=made.version, actor=own, now=moment)


class TestAnAnswer:
    def test_acceptance_ends_one_period_and_begins_the_other(
        self, record: CreditRecord, own: Actor, first: Account, person: Account, moment: datetime
    ) -> None:
        made = apply(record, own)
        services.accept_application(made, answer(), version=made.version, actor=first.actor, now=moment)
        assert (made.state, made.accepted_on, made.decided_on) == ("accepted", local_date(moment), None)
        assert running(made) == ["repair_decision"]
        assert open_deadlines(KIND, made.id)[0].due_on == date(2026, 12, 1)
        assert titles(person) == ["认定单位受理了信用修复申请"]

    @pytest.mark.parametrize(
        ("deed", "state"),
        [(services.refuse_application, "refused"), (services.deny_repair, "not_repaired")],
    )
    def test_a_refusal_keeps_the_record_public_and_lets_it_be_applied_for_again(
        self,
        record: CreditRecord,
        own: Actor,
        first: Account,
        moment: datetime,
        deed: Callable[..., None],
        state: str,
    ) -> None:
        made = apply(record, own)
        deed(made, answer(text="材料不全。"), version=made.version, actor=first.actor, now=moment)
        assert (made.state, made.decision, running(made)) == (state, "材料不全。", [])
        assert is_visible(record, local_date(moment))
        assert apply(record, own).state == "applied"

    def test_a_refusal_needs_the_words_of_the_authority(
        self, record: CreditRecord, own: Actor, first: Account, moment: datetime
    ) -> None:
        made = apply(record, own)
        with pytest.raises(RepairRefused) as refused:
            services.refuse_application(made, answer(), version=made.version, actor=first.actor, now=moment)
        assert refused.value.field == "reason"

    @pytest.mark.parametrize("days", [-1, 1])
    def test_its_day_lies_between_the_application_and_today(
        self, record: CreditRecord, own: Actor, first: Account, moment: datetime, days: int
    ) -> None:
        made = apply(record, own)
        day = local_date(moment) + timedelta(days=days)
        with pytest.raises(RepairRefused) as refused:
            services.accept_application(
                made, answer(on=day), version=made.version, actor=first.actor, now=moment
            )
        assert refused.value.field == "on"

    def test_personal_numbers_are_refused(
        self, record: CreditRecord, own: Actor, first: Account, moment: datetime
    ) -> None:
        made = apply(record, own)
        with pytest.raises(RepairRefused, match="个人信息"):
            services.refuse_application(
                made,
                answer(text="请致电 13800138000。"),
                version=made.version,
                actor=first.actor,
                now=moment,
            )

    def test_the_institution_cannot_enter_the_answer(
        self, record: CreditRecord, own: Actor, moment: datetime
    ) -> None:
        made = apply(record, own)
        for deed in (services.accept_application, services.refuse_application):
            with pytest.raises(NotPermitted):
                deed(made, answer(text="示例理由"), version=made.version, actor=own, now=moment)
        with pytest.raises(NotPermitted):
            propose(made, own)
        assert fresh(made).state == "applied"


class TestARepair:
    def test_it_needs_a_number_and_a_proof(
        self, record: CreditRecord, own: Actor, first: Account, moment: datetime
    ) -> None:
        made = apply(record, own)
        for number, uploads, field in (("", [upload()], "number"), (NUMBER, [], "decision")):
            with pytest.raises(RepairRefused) as refused:
                services.propose_repair(
                    made,
                    answer(number=number),
                    uploads=uploads,
                    version=made.version,
                    actor=first.actor,
                    now=moment,
                )
            assert refused.value.field == field

    def test_it_is_public_still_until_a_second_person_has_seen_it(
        self, record: CreditRecord, own: Actor, first: Account, moment: datetime
    ) -> None:
        made = apply(record, own)
        propose(made, first.actor)
        assert (made.state, running(made)) == ("confirming", [])
        assert is_visible(record, local_date(moment))

    def test_confirmed_it_leaves_everything_at_once(
        self,
        record: CreditRecord,
        own: Actor,
        first: Account,
        second: Account,
        person: Account,
        moment: datetime,
    ) -> None:
        made, today = apply(record, own), local_date(moment)
        propose(made, first.actor)
        confirm(made, second.actor)
        assert (fresh(made).state, record.state, record.left_on) == ("repaired", "repaired", today)
        assert NUMBER in record.left_reason
        assert db.session.scalars(select(CreditRecord).where(visible(today))).all() == []
        events = db.session.scalars(
            select(PublicEvent).where(PublicEvent.subject_key == record.public_id).order_by(PublicEvent.id)
        ).all()
        assert events[-1].kind == "credit_record.withdraw"
        assert all(event.payload is None for event in events[:-1])
        assert titles(person) == ["一条信用记录已修复，停止公示"]
        assert titles(first) == ["您登记的修复结果已复核确认"]
        assert running(made) == []
        assert guidance_of(record, on=today).standing == "repaired"

    def test_nobody_confirms_the_own_entry(
        self, record: CreditRecord, own: Actor, second: Account, moment: datetime
    ) -> None:
        made = apply(record, own)
        propose(made, second.actor)
        with pytest.raises(SamePerson):
            confirm(made, second.actor)
        db.session.rollback()
        assert is_visible(record, local_date(moment))

    def test_the_database_knows_two_persons_too(
        self, record: CreditRecord, own: Actor, first: Account
    ) -> None:
        made = apply(record, own)
        propose(made, first.actor)
        made.confirmed_by_id = first.id
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()

    @pytest.mark.parametrize("accepted", [False, True])
    def test_sent_back_it_stands_where_it_was_and_the_period_goes_on(
        self,
        record: CreditRecord,
        own: Actor,
        first: Account,
        second: Account,
        moment: datetime,
        accepted: bool,
    ) -> None:
        made = apply(record, own)
        if accepted:
            services.accept_application(made, answer(), version=made.version, actor=first.actor, now=moment)
        before = [(each.rule.name, each.due_on) for each in open_deadlines(KIND, made.id)]
        propose(made, first.actor)
        services.send_back_repair(
            made, reason="截图看不清，请重新上传。", version=made.version, actor=second.actor, now=moment
        )
        assert made.state == ("accepted" if accepted else "applied")
        assert (made.proposed_by_id, made.decided_on) == (None, None)
        assert [(each.rule.name, each.due_on) for each in open_deadlines(KIND, made.id)] == before
        assert titles(first)[-1] == "您登记的修复结果已退回，请核对后再送复核"
        # The number is kept as a draft, and the proof that was brought still counts.
        services.propose_repair(
            made, answer(), uploads=(), version=made.version, actor=first.actor, now=moment
        )
        confirm(made, second.actor)
        assert record.state == "repaired"

    def test_of_two_officers_the_second_is_stopped(
        self, record: CreditRecord, own: Actor, first: Account, second: Account, moment: datetime
    ) -> None:
        made = apply(record, own)
        propose(made, first.actor)
        seen = made.version
        services.send_back_repair(made, reason="请核对。", version=seen, actor=second.actor, now=moment)
        with pytest.raises((StaleVersion, MoveNotAllowed)):
            services.confirm_repair(made, version=seen, actor=second.actor, now=moment)
        db.session.rollback()
        assert is_visible(record, local_date(moment))

    def test_a_record_that_was_restored_can_be_applied_for_again(
        self, record: CreditRecord, own: Actor, first: Account, second: Account, moment: datetime
    ) -> None:
        made = apply(record, own)
        propose(made, first.actor)
        confirm(made, second.actor)
        bring_back(record, "restore", reason="修复结果登记有误。", actor=second.actor, now=moment)
        db.session.commit()
        assert guidance_of(record, on=local_date(moment)).standing == "can_apply"
        assert apply(record, own).id != made.id


class TestARecordThatLeavesInAnotherWay:
    def leave(self, record: CreditRecord, move: str, moment: datetime) -> None:
        take_off(record, move, reason="批次确认", actor=OPERATOR, now=moment)
        db.session.commit()

    @pytest.mark.parametrize(
        ("move", "words"),
        [
            ("repair", "认定单位已修复（由批次确认）"),
            ("annul", "依据的文书已撤销，记录已撤下"),
            ("uphold_objection", "异议成立，记录已撤下"),
        ],
    )
    def test_the_running_application_says_so_at_once_and_is_closed_by_the_clock(
        self, record: CreditRecord, own: Actor, person: Account, moment: datetime, move: str, words: str
    ) -> None:
        made = apply(record, own)
        assert overtaken_words(made) == ""
        self.leave(record, move, moment)
        assert overtaken_words(made) == words
        assert follow_records(moment) == 1
        assert (fresh(made).state, made.decision, running(made)) == ("closed", words, [])
        assert made.confirmed_by_id is None
        assert titles(person) == ["一项信用修复申请已另行办结"]
        assert follow_records(moment) == 0

    def test_the_application_for_an_entry_of_another_list_is_closed_where_it_left_the_list(
        self, agency: Institution, own: Actor, moment: datetime
    ) -> None:
        made = apply(ripe_record(agency, kind="severe"), own)
        self.leave(made.record, "remove", moment)
        assert follow_records(moment) == 1
        assert (fresh(made).state, made.decision) == ("closed", "已移出名单，记录已撤下")

    def test_the_application_for_a_penalty_that_its_list_dropped_goes_on_to_its_repair(
        self, record: CreditRecord, own: Actor, first: Account, second: Account, moment: datetime
    ) -> None:
        made = apply(record, own)
        self.leave(record, "remove", moment)
        assert overtaken_words(made) == ""
        assert follow_records(moment) == 0
        propose(made, first.actor)
        confirm(made, second.actor)
        assert fresh(made).state == "repaired"
        assert record.state == "repaired"

    def test_no_step_can_be_taken_any_more(
        self, record: CreditRecord, own: Actor, first: Account, second: Account, moment: datetime
    ) -> None:
        made = apply(record, own)
        propose(made, first.actor)
        self.leave(record, "annul", moment)
        with pytest.raises(MoveNotAllowed, match="已另行办结"):
            confirm(made, second.actor)
        db.session.rollback()
        assert fresh(made).state == "confirming"
        assert record.state == "annulled"

    def test_what_waits_for_a_second_look_is_closed_too_and_its_clocks_do_not_go_on(
        self, record: CreditRecord, own: Actor, first: Account, moment: datetime
    ) -> None:
        made = apply(record, own)
        propose(made, first.actor)
        self.leave(record, "repair", moment)
        follow_records(moment)
        assert fresh(made).state == "closed"
        assert db.session.scalars(select(Deadline).where(Deadline.paused_on.is_not(None))).all() == []

    def test_an_application_of_a_record_that_only_lapsed_goes_on(
        self, record: CreditRecord, own: Actor, moment: datetime
    ) -> None:
        apply(record, own)
        record.state, record.left_on = "lapsed", local_date(moment)
        db.session.commit()
        assert follow_records(moment) == 0


def test_every_deed_stands_in_the_audit_of_the_region(
    record: CreditRecord, own: Actor, first: Account, second: Account
) -> None:
    made = apply(record, own)
    propose(made, first.actor)
    confirm(made, second.actor)
    rows = db.session.execute(
        select(AuditEvent.action, AuditEvent.region_code)
        .where(AuditEvent.subject_kind == KIND)
        .order_by(AuditEvent.id)
    ).all()
    assert [tuple(row) for row in rows] == [
        (f"{KIND}.{deed}", "510100") for deed in ("apply", "propose", "confirm")
    ]
