"""The exit: only with every condition met, by a second person, judged again when it is decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.moves import NotPermitted, ReasonMissing
from credit_register.commitments.models import Commitment
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.institutions.models import Institution
from credit_register.ledger.cases import exit as exits
from credit_register.ledger.cases.missing import Missing, lacks
from credit_register.ledger.cases.refusals import CaseRefused, ConditionsUnmet, SamePerson
from credit_register.ledger.conditions import ConditionName, conditions_of
from credit_register.ledger.facts import facts_of
from credit_register.ledger.models import LedgerCase
from credit_register.letters.models import LetterClue
from credit_register.notices.models import Notice
from tests.accounts.signing_in import make_account
from tests.factories import make_institution
from tests.ledger.cases.casework import (
    REASON,
    all_cases,
    commit_publicly,
    days_ago,
    deeds_of,
    exited,
    fresh,
    impersonator,
    make_case_letter,
    make_order,
    make_record,
    mend,
    proposed,
    pushed,
    ready,
    unmend,
)


@pytest.fixture
def case(institution: Institution, province: Account, moment: datetime) -> LedgerCase:
    """A case with one open penalty."""
    make_record(institution)
    return pushed(province, moment)


def lacking(case: LedgerCase, moment: datetime) -> list[str]:
    case = fresh(case)
    facts = facts_of([case], on=moment.date())[case.id]
    return [condition.name.value for condition in conditions_of(facts) if not condition.met]


def test_what_is_missing_is_named_until_all_is_there(
    case: LedgerCase, people: Account, moment: datetime
) -> None:
    assert case.institution is not None
    assert lacking(case, moment) == [
        "records",
        "institution_committed",
        "legal_representative_committed",
        "commitment_public",
    ]
    mend(case.records[0].record)
    assert "records" not in lacking(case, moment)
    commit_publicly(case.institution, people)
    assert lacking(case, moment) == []


def test_a_penalty_that_its_list_has_no_more_is_mended_once_its_obligations_are_met(
    case: LedgerCase, moment: datetime
) -> None:
    def narrowed() -> set[int]:
        return set(db.session.scalars(select(LedgerCase.id).where(lacks(Missing.RECORDS, on=moment.date()))))

    mend(case.records[0].record, "removed")
    assert "records" in lacking(case, moment)
    assert narrowed() == {case.id}
    fresh(case).records[0].record.met_on = moment.date()
    db.session.commit()
    assert "records" not in lacking(case, moment)
    assert narrowed() == set()


def test_the_exit_of_a_case_with_everything_is_proposed_and_decided_by_two(
    case: LedgerCase, people: Account, worker: Account, second: Account, moment: datetime
) -> None:
    case = exited(ready(case, people), worker, second, moment)
    assert (case.state, case.exited_on) == ("exited", moment.date())
    assert (case.exit_proposed_by_id, case.exit_decided_by_id) == (worker.id, second.id)
    assert deeds_of(case) == ["open", "propose_exit", "exit"]
    titles = set(db.session.scalars(select(Notice.title)))
    assert {"贵机构已退出专项治理台账", "您提出的退出已确认"} <= titles


def test_an_exit_without_every_condition_cannot_be_proposed(
    case: LedgerCase, worker: Account, moment: datetime
) -> None:
    with pytest.raises(ConditionsUnmet, match="失信记录已修复"):
        proposed(case, worker, moment)
    db.session.rollback()
    assert fresh(case).state == "open"


def spoil_record(case: LedgerCase, worker: Account) -> None:
    unmend(case.records[0].record)


def spoil_with_new_record(case: LedgerCase, worker: Account) -> None:
    assert case.institution is not None
    make_record(case.institution)


def spoil_with_order(case: LedgerCase, worker: Account) -> None:
    make_order(case, worker)


def spoil_commitment(case: LedgerCase, worker: Account) -> None:
    db.session.scalars(select(Commitment)).one().state = "withdrawn"
    db.session.commit()


def spoil_validity(case: LedgerCase, worker: Account) -> None:
    db.session.scalars(select(Commitment)).one().valid_until = days_ago(1)
    db.session.commit()


@pytest.mark.parametrize(
    "spoil", [spoil_record, spoil_with_new_record, spoil_with_order, spoil_commitment, spoil_validity]
)
def test_what_is_lost_between_proposal_and_decision_sends_the_case_back(
    spoil: Callable[[LedgerCase, Account], None],
    case: LedgerCase,
    people: Account,
    worker: Account,
    second: Account,
    moment: datetime,
) -> None:
    case = proposed(ready(case, people), worker, moment)
    spoil(case, worker)
    case = fresh(case)
    with pytest.raises(ConditionsUnmet) as told:
        exits.decide_exit(case, reason=REASON, version=case.version, actor=second.actor, now=moment)
    assert told.value.fell_back
    db.session.rollback()
    case = fresh(case)
    assert (case.state, case.exit_proposed_by_id) == ("open", None)
    assert deeds_of(case)[-1] == "fall_back"
    assert "您提出的退出已退回：条件不再满足" in db.session.scalars(select(Notice.title)).all()


def test_who_proposed_does_not_decide(
    case: LedgerCase, people: Account, second: Account, moment: datetime
) -> None:
    case = proposed(ready(case, people), second, moment)
    for decide in (exits.decide_exit, exits.refuse_exit):
        with pytest.raises(SamePerson):
            decide(case, reason=REASON, version=case.version, actor=second.actor, now=moment)
        db.session.rollback()
        case = fresh(case)
    assert case.state == "exit_proposed"
    case.state, case.exit_decided_by_id, case.exited_on = "exited", second.id, moment.date()
    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()


def test_a_refused_exit_may_be_proposed_again(
    case: LedgerCase, people: Account, worker: Account, second: Account, moment: datetime
) -> None:
    case = proposed(ready(case, people), worker, moment)
    exits.refuse_exit(case, reason="材料不全。", version=case.version, actor=second.actor, now=moment)
    case = fresh(case)
    assert (case.state, case.exit_proposed_by_id) == ("open", None)
    assert "您提出的退出未获同意，请查看理由" in db.session.scalars(select(Notice.title)).all()
    assert exited(case, worker, second, moment).state == "exited"


def test_reason_version_permission_and_state_are_asked_for(
    case: LedgerCase, people: Account, worker: Account, second: Account, moment: datetime
) -> None:
    case = ready(case, people)
    seen = {"actor": worker.actor, "now": moment}
    with pytest.raises(ReasonMissing):
        exits.propose_exit(case, reason=" ", version=case.version, **seen)
    with pytest.raises(CaseRefused, match="个人信息"):
        exits.propose_exit(case, reason="电话 13800138000", version=case.version, **seen)
    with pytest.raises(StaleVersion):
        exits.propose_exit(case, reason=REASON, version=case.version - 1, **seen)
    db.session.rollback()
    with pytest.raises(MoveNotAllowed):
        exits.decide_exit(case, reason=REASON, version=case.version, actor=second.actor, now=moment)
    db.session.rollback()
    case = proposed(fresh(case), worker, moment)
    third = make_account(Role.INSPECTOR, email="third@example.cn").account
    with pytest.raises(NotPermitted):
        exits.decide_exit(case, reason=REASON, version=case.version, actor=third.actor, now=moment)


def test_a_promise_that_was_made_before_the_dishonesty_does_not_count(
    case: LedgerCase, people: Account, moment: datetime
) -> None:
    assert case.institution is not None
    mend(case.records[0].record)
    commit_publicly(case.institution, people, published_on=days_ago(31))
    assert "commitment_public" in lacking(case, moment)


class TestOfImpersonators:
    def test_an_impersonator_leaves_when_every_letter_was_sent_and_answered(
        self, worker: Account, second: Account, moment: datetime
    ) -> None:
        case = impersonator(worker, moment)
        assert lacking(case, moment) == ["letters_sent", "results_returned"]
        letter = make_case_letter(case, worker, second, state="draft")
        assert lacking(case, moment) == ["letters_sent", "results_returned"]
        letter.state = "discarded"
        db.session.commit()
        letter = make_case_letter(case, worker, second, state="delivered")
        assert lacking(case, moment) == ["results_returned"]
        letter.state, letter.result, letter.answered_on = "answered", "handled", moment.date()
        letter.clues[0].result, letter.clues[0].answered_on = "handled", moment.date()
        db.session.commit()
        assert lacking(case, moment) == []
        assert exited(fresh(case), worker, second, moment).state == "exited"

    @pytest.mark.parametrize(
        ("result", "missing"),
        [
            ("being_handled", ["results_returned"]),
            ("referred", ["results_returned"]),
            ("not_confirmed", []),
        ],
    )
    def test_a_result_must_settle_it(
        self, worker: Account, second: Account, moment: datetime, result: str, missing: list[str]
    ) -> None:
        case = impersonator(worker, moment)
        make_case_letter(case, worker, second, result=result)
        assert lacking(case, moment) == missing

    @pytest.mark.parametrize(
        ("whole", "own", "missing"),
        [("handled", "being_handled", ["results_returned"]), ("being_handled", "handled", [])],
    )
    def test_of_a_letter_with_several_clues_the_answer_to_its_own_counts(
        self, worker: Account, second: Account, moment: datetime, whole: str, own: str, missing: list[str]
    ) -> None:
        case = impersonator(worker, moment)
        letter = make_case_letter(case, worker, second, result=whole, apart=own)
        letter.clues.append(
            LetterClue(
                name="示例另一主体", description="另一条线索。", result=whole, answered_on=moment.date()
            )
        )
        db.session.commit()
        assert lacking(case, moment) == missing

    def test_a_letter_about_what_the_case_came_from_counts_too(
        self, worker: Account, second: Account, moment: datetime
    ) -> None:
        case = impersonator(worker, moment)
        case.source_kind, case.source_id = "report", 12
        db.session.commit()
        make_case_letter(case, worker, second, source=("report", 13))
        assert lacking(case, moment) == ["letters_sent", "results_returned"]
        make_case_letter(case, worker, second, source=("report", 12))
        assert lacking(case, moment) == []


def test_the_list_is_narrowed_by_the_same_conditions_as_the_page_shows(
    institution: Institution,
    people: Account,
    province: Account,
    worker: Account,
    second: Account,
    moment: datetime,
) -> None:
    for number in range(6):
        another = make_institution()
        record = make_record(another, kind="severe" if number % 2 else "penalty")
        make_record(another, decided_on=days_ago(10))
        if number > 3:
            record.met_on = moment.date()
        pushed(province, moment)
        if number > 1:
            mend(record, "removed" if number % 2 else "repaired")
        if number > 2:
            commit_publicly(another, people, published_on=days_ago(20 if number == 3 else 5))
        if number == 4:
            mend(fresh(all_cases()[-1]).records[1].record)
        if number == 5:
            make_record(another)
            make_order(all_cases()[-1], worker)
    make_record(institution)
    mine = ready(pushed(province, moment), people)
    make_order(mine, worker, state="done")
    for state, result in (
        ("draft", None),
        ("issued", None),
        ("answered", "referred"),
        ("answered", "handled"),
    ):
        clue = impersonator(worker, moment, name=f"示例冒名{state}{result}")
        make_case_letter(clue, worker, second, state=state, **({"result": result} if result else {}))
    impersonator(worker, moment, name="示例冒名没有函")
    cases = all_cases()
    facts = facts_of(cases, on=moment.date())
    names = {
        Missing.RECORDS: {ConditionName.RECORDS},
        Missing.ORDERS: {ConditionName.ORDERS},
        Missing.COMMITMENT: {ConditionName.COMMITMENT_PUBLIC},
        Missing.LETTERS: {ConditionName.LETTERS_SENT},
        Missing.RESULTS: {ConditionName.RESULTS_RETURNED},
    }
    seen = set()
    for missing in Missing:
        found = set(db.session.scalars(select(LedgerCase.id).where(lacks(missing, on=moment.date()))))
        expected = {
            case.id
            for case in cases
            if (unmet := {each.name for each in conditions_of(facts[case.id]) if not each.met}) is not None
            and (bool(unmet & names[missing]) if missing in names else not unmet)
        }
        assert found == expected, missing
        seen |= found
    assert seen == {case.id for case in cases}


def test_a_case_is_not_on_the_way_out_while_an_order_runs(
    case: LedgerCase, people: Account, worker: Account, moment: datetime
) -> None:
    order = make_order(ready(case, people), worker)
    assert lacking(case, moment) == ["orders"]
    order.state, order.done_on = "done", moment.date()
    db.session.commit()
    assert lacking(case, moment) == []
