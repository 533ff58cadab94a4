"""Who alone has made a condition of the exit met does not decide it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from credit_register.access.actor import OPERATOR
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.credit_records import services as records
from credit_register.credit_records.models import CreditRecord
from credit_register.credit_records.publication import take_off
from credit_register.institutions.entries import Upload
from credit_register.institutions.models import Institution
from credit_register.ledger.cases import exit as exits
from credit_register.ledger.cases.refusals import MetByHand
from credit_register.ledger.measures.services import cancel_measure, fulfil_order
from credit_register.ledger.models import LedgerCase, MeasureKind
from credit_register.letters.models import Letter, Result
from credit_register.letters.services import answer_letter, supplement_answer
from tests.accounts.signing_in import make_account
from tests.ledger.cases.casework import (
    REASON,
    commit_publicly,
    fresh,
    impersonator,
    make_batch,
    make_case_letter,
    make_record,
    mend,
    move,
    newest,
    proposed,
    pushed,
)
from tests.ledger.measures.measuring import record as record_measure
from tests.spotchecks.checking import picture


@pytest.fixture
def case(institution: Institution, people: Account, province: Account, moment: datetime) -> LedgerCase:
    """A case that lacks nothing but the fulfilment of one judgment."""
    make_record(institution, kind="severe")
    commit_publicly(institution, people)
    return pushed(province, moment)


def only_record(case: LedgerCase) -> CreditRecord:
    [link] = fresh(case).records
    return link.record


def meet(case: LedgerCase, by: Account, moment: datetime) -> None:
    record = only_record(case)
    records.meet_obligations(
        record,
        met_on=moment.date(),
        note="已达成和解",
        proof=make_batch().file,
        version=record.version,
        actor=by.actor,
        now=moment,
    )


def unmeet(case: LedgerCase, by: Account, moment: datetime) -> None:
    record = only_record(case)
    records.take_back_meeting(record, reason="登记有误", version=record.version, actor=by.actor, now=moment)


def annul(case: LedgerCase, by: Account, moment: datetime) -> None:
    record = only_record(case)
    records.annul_record(
        record,
        revocation=records.Revocation(moment.date(), "示例撤〔2026〕1号", "示例法院"),
        reason="判决已撤销",
        version=record.version,
        actor=by.actor,
        now=moment,
    )


def uphold(case: LedgerCase, by: Account, moment: datetime) -> None:
    take_off(only_record(case), "uphold_objection", reason=REASON, actor=by.actor, now=moment)
    db.session.commit()


def fulfil(case: LedgerCase, by: Account, moment: datetime) -> None:
    mend(only_record(case))
    order = record_measure(case, MeasureKind.ORDER, by, moment)
    fulfil_order(order, reason=REASON, version=order.version, actor=by.actor, now=moment)


def cancel(case: LedgerCase, by: Account, moment: datetime) -> None:
    mend(only_record(case))
    order = record_measure(case, MeasureKind.ORDER, by, moment)
    cancel_measure(order, reason=REASON, version=order.version, actor=by.actor, now=moment)


def decide(case: LedgerCase, by: Account, moment: datetime) -> LedgerCase:
    case = fresh(case)
    exits.decide_exit(case, reason=REASON, version=case.version, actor=by.actor, now=moment)
    return fresh(case)


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        (meet, "登记“示例严重失信主体名单|登记“示例罚"),
        (annul, "依据文书被撤销，撤下“"),
        (uphold, "异议成立"),
        (fulfil, "确认 2026-03-12 的责令限期纠正已完成"),
        (cancel, "作废 2026-03-12 的责令限期纠正"),
    ],
)
def test_who_made_a_condition_met_by_hand_does_not_decide_and_another_does(
    deed: Callable[..., None],
    words: str,
    case: LedgerCase,
    worker: Account,
    second: Account,
    moment: datetime,
) -> None:
    deed(case, second, moment)
    case = proposed(fresh(case), worker, moment)
    with pytest.raises(MetByHand, match=words):
        decide(case, second, moment)
    db.session.rollback()
    assert fresh(case).state == "exit_proposed"
    other = make_account(Role.LOCAL, email="other@example.cn").account
    assert decide(case, other, moment).state == "exited"


def test_who_proposes_may_have_made_it_met(
    case: LedgerCase, worker: Account, second: Account, moment: datetime
) -> None:
    meet(case, worker, moment)
    assert decide(proposed(fresh(case), worker, moment), second, moment).state == "exited"


def test_the_last_hand_counts(case: LedgerCase, worker: Account, second: Account, moment: datetime) -> None:
    meet(case, second, moment)
    unmeet(case, second, moment)
    meet(case, worker, moment)
    assert decide(proposed(fresh(case), worker, moment), second, moment).state == "exited"


def test_what_a_repair_has_mended_rests_on_no_single_hand(
    institution: Institution,
    people: Account,
    worker: Account,
    second: Account,
    province: Account,
    moment: datetime,
) -> None:
    make_record(institution)
    commit_publicly(institution, people)
    case = pushed(province, moment)
    meet(case, second, moment)
    take_off(only_record(case), "repair", reason=REASON, actor=OPERATOR, now=moment)
    db.session.commit()
    assert decide(proposed(fresh(case), worker, moment), second, moment).state == "exited"


@pytest.mark.parametrize("deed", [meet, annul, uphold])
def test_what_was_done_before_the_case_was_opened_counts_as_well(
    deed: Callable[..., None], case: LedgerCase, worker: Account, second: Account, moment: datetime
) -> None:
    deed(case, second, moment - timedelta(days=1))
    case = proposed(fresh(case), worker, moment)
    with pytest.raises(MetByHand):
        decide(case, second, moment)
    db.session.rollback()
    other = make_account(Role.LOCAL, email="other@example.cn").account
    assert decide(case, other, moment).state == "exited"


def test_the_page_does_not_offer_it_and_says_why(
    case: LedgerCase,
    worker: Account,
    second: Account,
    office: FlaskClient,
    governor: FlaskClient,
    moment: datetime,
) -> None:
    meet(case, second, moment)
    case = proposed(fresh(case), worker, moment)
    text = office.get(f"/staff/ledger/{case.id}").text
    assert "退出条件中有您本人办理的事项" in text
    assert f"/staff/ledger/{case.id}/exit" not in text
    assert f"/staff/ledger/{case.id}/refuse_exit" in text
    answer: Any = move(office, case, "exit", reason=REASON)
    assert answer.status_code == 409
    assert "另一位有复核权限、没有办理这些事项的人员" in answer.text
    assert REASON in answer.text
    assert fresh(case).state == "exit_proposed"
    assert f"/staff/ledger/{case.id}/exit" in governor.get(f"/staff/ledger/{case.id}").text
    assert move(governor, case, "exit", reason=REASON).status_code == 302
    assert fresh(case).state == "exited"


def test_who_made_it_met_may_still_send_it_back(
    case: LedgerCase, worker: Account, second: Account, office: FlaskClient, moment: datetime
) -> None:
    meet(case, second, moment)
    case = proposed(fresh(case), worker, moment)
    assert move(office, case, "refuse_exit", reason=REASON).status_code == 302
    assert fresh(case).state == "open"


class TestOfImpersonators:
    @pytest.fixture
    def letter(self, worker: Account, province: Account, moment: datetime) -> Letter:
        """A letter about an impersonator that nobody has answered yet; it has arrived."""
        return make_case_letter(impersonator(worker, moment), worker, province, state="delivered")

    @staticmethod
    def answer(letter: Letter, by: Account, moment: datetime, result: Result, *, paper: bool) -> None:
        given: dict[str, Any] = {
            "text": "经查属实。",
            "answered_on": moment.date(),
            "uploads": [Upload(*picture("书面反馈.png"))] if paper else [],
            "version": letter.version,
            "actor": by.actor,
            "now": moment,
        }
        if letter.state == "delivered":
            answer_letter(letter, result=result, **given)
        else:
            supplement_answer(letter, results={clue.id: result for clue in letter.clues}, **given)

    @pytest.mark.parametrize(
        ("answers", "own"),
        [
            ([(Result.HANDLED, False)], True),
            ([(Result.HANDLED, True)], False),
            ([(Result.BEING_HANDLED, False), (Result.HANDLED, True)], False),
            # The paper said something else.
            ([(Result.BEING_HANDLED, True), (Result.HANDLED, False)], True),
        ],
    )
    def test_who_typed_an_answer_that_no_paper_carries_does_not_decide(
        self,
        answers: list[tuple[Result, bool]],
        own: bool,
        letter: Letter,
        worker: Account,
        second: Account,
        office: FlaskClient,
        moment: datetime,
    ) -> None:
        for later, (result, paper) in enumerate(answers):
            self.answer(letter, second, moment + timedelta(minutes=later), result, paper=paper)
        case = proposed(newest(), worker, moment)
        if not own:
            assert decide(case, second, moment).state == "exited"
            return
        with pytest.raises(MetByHand, match="的反馈，没有附对方的书面反馈"):
            decide(case, second, moment)
        db.session.rollback()
        assert f"/staff/ledger/{case.id}/exit" not in office.get(f"/staff/ledger/{case.id}").text
        other = make_account(Role.LOCAL, email="other@example.cn").account
        assert decide(case, other, moment).state == "exited"

    def test_what_another_typed_is_seen_by_a_second_person_when_the_exit_is_decided(
        self, letter: Letter, worker: Account, second: Account, moment: datetime
    ) -> None:
        self.answer(letter, worker, moment, Result.HANDLED, paper=False)
        assert decide(proposed(newest(), worker, moment), second, moment).state == "exited"
