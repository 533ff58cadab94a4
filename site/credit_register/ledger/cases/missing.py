"""Which conditions of the exit are missing, as conditions of the database, so that a whole ledger can be narrowed by them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from credit_register.commitments.models import Commitment
from credit_register.commitments.models import State as CommitmentState
from credit_register.credit_records.lifecycle import GROUNDLESS_STATES, UNMENDED_STATES
from credit_register.credit_records.models import SCREENED_KINDS, CreditRecord, RecordKind, RecordState
from credit_register.ledger.conditions import CLOSED_STATES, CaseFacts, ConditionName, conditions_of
from credit_register.ledger.facts import CLUE_IS_ABOUT_CASE
from credit_register.ledger.lifecycle import RUNNING_STATES
from credit_register.ledger.models import CaseRecord, LedgerCase, Measure, MeasureKind, MeasureState, Subject
from credit_register.letters.models import Letter, LetterClue, Result
from credit_register.letters.models import State as LetterState

_SETTLING = [result.value for result in (Result.HANDLED, Result.NOT_CONFIRMED)]
_SENT = [state.value for state in (LetterState.ISSUED, LetterState.DELIVERED, LetterState.ANSWERED)]


class Missing(StrEnum):
    """What the list can be narrowed by."""

    RECORDS = "records"
    ORDERS = "orders"
    COMMITMENT = "commitment"
    LETTERS = "letters"
    RESULTS = "results"
    NOTHING = "nothing"

    @property
    def label(self) -> str:
        """The Chinese words."""
        return {
            Missing.RECORDS: "失信记录未修复",
            Missing.ORDERS: "责令纠正未完成",
            Missing.COMMITMENT: "信用承诺未公示",
            Missing.LETTERS: "提示函未发出",
            Missing.RESULTS: "查处结果未反馈",
            Missing.NOTHING: "全部满足，可以退出",
        }[self]


_OF_CONDITION = {
    ConditionName.RECORDS: Missing.RECORDS,
    ConditionName.ORDERS: Missing.ORDERS,
    ConditionName.INSTITUTION_COMMITTED: Missing.COMMITMENT,
    ConditionName.LEGAL_REPRESENTATIVE_COMMITTED: Missing.COMMITMENT,
    ConditionName.COMMITMENT_PUBLIC: Missing.COMMITMENT,
    ConditionName.LETTERS_SENT: Missing.LETTERS,
    ConditionName.RESULTS_RETURNED: Missing.RESULTS,
}


def missing_of(facts: CaseFacts) -> list[Missing]:
    """What a case lacks, in the words of the list; the three conditions of the commitment are one there."""
    unmet = [condition.name for condition in conditions_of(facts) if not condition.met]
    return list(dict.fromkeys(_OF_CONDITION[name] for name in unmet))


def lacks(missing: Missing, *, on: date) -> ColumnElement[bool]:
    """Running cases that lack something; the same as `conditions_of` says of their facts."""
    running = LedgerCase.state.in_([state.value for state in RUNNING_STATES])
    institution = LedgerCase.subject == Subject.INSTITUTION.value
    of_institution = {
        Missing.RECORDS: _records(),
        Missing.ORDERS: _orders(),
        Missing.COMMITMENT: _commitment(on),
    }
    of_impersonator = {Missing.LETTERS: _letters(), Missing.RESULTS: _results()}
    if missing in of_institution:
        return and_(running, institution, of_institution[missing])
    if missing in of_impersonator:
        return and_(running, ~institution, of_impersonator[missing])
    return and_(
        running,
        or_(
            and_(institution, ~or_(*of_institution.values())),
            and_(~institution, ~or_(*of_impersonator.values())),
        ),
    )


def _of_the_case() -> Select[int]:
    return (
        select(CaseRecord.record_id)
        .join(CreditRecord, CreditRecord.id == CaseRecord.record_id)
        .where(CaseRecord.case_id == LedgerCase.id)
    )


def is_mended() -> ColumnElement[bool]:
    """`RecordFact.is_mended`."""
    settled = [state.value for state in (RecordState.REPAIRED, *GROUNDLESS_STATES)]
    return or_(
        CreditRecord.state.in_(settled),
        and_(
            CreditRecord.kind == RecordKind.PENALTY.value,
            CreditRecord.state.in_([state.value for state in CLOSED_STATES]),
            CreditRecord.met_on.is_not(None),
        ),
        and_(
            CreditRecord.kind != RecordKind.PENALTY.value,
            or_(CreditRecord.state == RecordState.REMOVED.value, CreditRecord.met_on.is_not(None)),
        ),
    )


def _records() -> ColumnElement[bool]:
    attached = select(CaseRecord.record_id).where(
        CaseRecord.case_id == LedgerCase.id, CaseRecord.record_id == CreditRecord.id
    )
    overlooked = select(CreditRecord.id).where(
        CreditRecord.institution_id == LedgerCase.institution_id,
        CreditRecord.kind.in_([kind.value for kind in SCREENED_KINDS]),
        CreditRecord.state.in_([state.value for state in UNMENDED_STATES]),
        ~attached.exists(),
    )
    return or_(_of_the_case().where(~is_mended()).exists(), overlooked.exists())


def _orders() -> ColumnElement[bool]:
    orders = select(Measure.id).where(
        Measure.case_id == LedgerCase.id, Measure.kind == MeasureKind.ORDER.value
    )
    running = orders.where(
        Measure.state.in_([MeasureState.ANNOUNCED.value, MeasureState.RESPONDED.value])
    ).exists()
    fulfilled = orders.where(Measure.state == MeasureState.DONE.value).exists()
    anew = aliased(Measure)
    fulfilled_anew = select(anew.id).where(
        anew.case_id == LedgerCase.id,
        anew.kind == MeasureKind.ORDER.value,
        anew.state == MeasureState.DONE.value,
        anew.done_on > Measure.ended_on,
    )
    dropped = orders.where(
        Measure.state == MeasureState.ENDED.value,
        Measure.done_on.is_(None),
        ~fulfilled_anew.correlate(LedgerCase, Measure).exists(),
    ).exists()
    return or_(running, dropped, and_(~_of_the_case().exists(), ~fulfilled))


def _commitment(on: date) -> ColumnElement[bool]:
    last = (
        select(func.max(CreditRecord.decided_on))
        .join(CaseRecord, CaseRecord.record_id == CreditRecord.id)
        .where(CaseRecord.case_id == LedgerCase.id)
        .scalar_subquery()
    )
    in_force = select(Commitment.id).where(
        Commitment.institution_id == LedgerCase.institution_id,
        Commitment.state == CommitmentState.PUBLISHED.value,
        Commitment.valid_until >= on,
        or_(last.is_(None), Commitment.published_on >= last),
    )
    return ~in_force.exists()


def _about() -> Select[int]:
    """The letters about a case."""
    return (
        select(Letter.id)
        .join(LetterClue, LetterClue.letter_id == Letter.id)
        .where(
            Letter.state != LetterState.DISCARDED.value,
            CLUE_IS_ABOUT_CASE,
        )
    )


def _letters() -> ColumnElement[bool]:
    return or_(~_about().exists(), _about().where(Letter.state.not_in(_SENT)).exists())


def _results() -> ColumnElement[bool]:
    open_ones = (
        _about()
        .where(or_(LetterClue.result.is_(None), LetterClue.result == Result.BEING_HANDLED.value))
        .exists()
    )
    settled = _about().where(LetterClue.result.in_(_SETTLING)).exists()
    return or_(open_ones, ~settled)
