"""What the conditions of cases are judged by, read for many cases with one question to each table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from sqlalchemy import and_, or_, select

from credit_register.commitments.models import Commitment, Party
from credit_register.commitments.models import State as CommitmentState
from credit_register.core.database import db
from credit_register.credit_records.lifecycle import UNMENDED_STATES
from credit_register.credit_records.models import SCREENED_KINDS, CreditRecord, RecordKind, RecordState
from credit_register.ledger.conditions import CaseFacts, CommitmentFact, LetterFact, RecordFact
from credit_register.ledger.lifecycle import KIND, RUNNING_STATES
from credit_register.ledger.models import CaseRecord, LedgerCase, Measure, MeasureKind, MeasureState, Subject
from credit_register.letters.models import Letter, LetterClue, Result
from credit_register.letters.models import State as LetterState

_UNSIGNED_STATES = (CommitmentState.DRAFT, CommitmentState.HALF_SIGNED)


def facts_of(cases: Sequence[LedgerCase], *, on: date) -> Mapping[int, CaseFacts]:
    """The facts of some cases as of a day, by the number of the case."""
    ids = [case.id for case in cases]
    records, orders, letters = _records(ids), _orders(ids), letters_of(ids)
    overlooked = overlooked_records(ids)
    decided = {
        case_id: max((record.decided_on for record in rows), default=None)
        for case_id, rows in records.items()
    }
    commitments = _commitments(cases, decided, on)
    return {
        case.id: CaseFacts(
            subject=Subject(case.subject),
            records=[record_fact(row) for row in records.get(case.id, ())],
            overlooked=[record_fact(row) for row in overlooked.get(case.id, ())],
            open_orders=orders[case.id].open,
            fulfilled_orders=len(orders[case.id].fulfilled),
            dropped_orders=orders[case.id].dropped if case.state in RUNNING_STATES else 0,
            commitment=commitments.get(case.id, CommitmentFact()),
            letters=letters.get(case.id, ()),
        )
        for case in cases
    }


def commitments_of(
    cases: Sequence[LedgerCase], decided: Mapping[int, date | None], *, on: date
) -> Mapping[int, CommitmentFact]:
    """The commitment that counts for each of some cases; `decided` is the day of the last record of each."""
    return _commitments(cases, decided, on)


def _records(case_ids: Iterable[int]) -> Mapping[int, list[CreditRecord]]:
    found: defaultdict[int, list[CreditRecord]] = defaultdict(list)
    rows = db.session.execute(
        select(CaseRecord.case_id, CreditRecord)
        .join(CreditRecord, CreditRecord.id == CaseRecord.record_id)
        .where(CaseRecord.case_id.in_(list(case_ids)))
        .order_by(CreditRecord.decided_on, CreditRecord.id)
    )
    for case_id, record in rows:
        found[case_id].append(record)
    return found


def overlooked_records(case_ids: Iterable[int]) -> Mapping[int, list[CreditRecord]]:
    """Unmended records of the institutions of running cases that those cases are not about yet."""
    found: defaultdict[int, list[CreditRecord]] = defaultdict(list)
    already = select(CaseRecord.record_id).where(
        CaseRecord.case_id == LedgerCase.id, CaseRecord.record_id == CreditRecord.id
    )
    rows = db.session.execute(
        select(LedgerCase.id, CreditRecord)
        .join(CreditRecord, CreditRecord.institution_id == LedgerCase.institution_id)
        .where(
            LedgerCase.id.in_(list(case_ids)),
            LedgerCase.state.in_([state.value for state in RUNNING_STATES]),
            CreditRecord.kind.in_([kind.value for kind in SCREENED_KINDS]),
            CreditRecord.state.in_([state.value for state in UNMENDED_STATES]),
            ~already.exists(),
        )
        .order_by(CreditRecord.decided_on, CreditRecord.id)
    )
    for case_id, record in rows:
        found[case_id].append(record)
    return found


def record_fact(record: CreditRecord) -> RecordFact:
    """What the conditions ask of a record."""
    kind = RecordKind(record.kind)
    words = record.document_number or record.list_name or kind.label
    return RecordFact(record.id, kind, RecordState(record.state), record.met_on, words)


@dataclass
class Orders:
    """Orders to correct of one case: how many run, when others were fulfilled, when the rest ended unfulfilled."""

    open: int = 0
    fulfilled: list[date] = field(default_factory=list)
    lifted: list[date] = field(default_factory=list)

    @property
    def dropped(self) -> int:
        """Orders that ended with a pruning and that no order fulfilled since stands for.

        On the day of the pruning itself it cannot be told what came first, so that day does not count.
        """
        last = max(self.fulfilled, default=date.min)
        return sum(ended_on >= last for ended_on in self.lifted)


def _orders(case_ids: Iterable[int]) -> Mapping[int, Orders]:
    found: defaultdict[int, Orders] = defaultdict(Orders)
    rows = db.session.execute(
        select(Measure.case_id, Measure.state, Measure.done_on, Measure.ended_on).where(
            Measure.case_id.in_(list(case_ids)), Measure.kind == MeasureKind.ORDER.value
        )
    )
    for case_id, state, done_on, ended_on in rows:
        orders = found[case_id]
        if state in (MeasureState.ANNOUNCED, MeasureState.RESPONDED):
            orders.open += 1
        elif state == MeasureState.DONE and done_on is not None:
            orders.fulfilled.append(done_on)
        elif state == MeasureState.ENDED and done_on is None and ended_on is not None:
            orders.lifted.append(ended_on)
    return found


def _commitments(
    cases: Sequence[LedgerCase], decided: Mapping[int, date | None], on: date
) -> Mapping[int, CommitmentFact]:
    """The commitment that counts for each case: in force, and made on or after the day of the last record.

    A promise that was given before the dishonesty is the one that was broken.
    """
    institutions = [case.institution_id for case in cases if case.institution_id is not None]
    rows = db.session.scalars(
        select(Commitment).where(
            Commitment.institution_id.in_(institutions),
            Commitment.state.in_(
                [CommitmentState.PUBLISHED.value, *(state.value for state in _UNSIGNED_STATES)]
            ),
        )
    ).all()
    by_institution: defaultdict[int, list[Commitment]] = defaultdict(list)
    for row in rows:
        by_institution[row.institution_id].append(row)
    found = {}
    for case in cases:
        if case.institution_id is not None:
            last = decided.get(case.id)
            candidates = [
                row
                for row in by_institution[case.institution_id]
                if row.state != CommitmentState.PUBLISHED or _in_force(row, last, on)
            ]
            # The one in force, else the one that is being signed.
            best = max(
                candidates, key=lambda row: (row.state == CommitmentState.PUBLISHED, row.id), default=None
            )
            found[case.id] = _commitment(best)
    return found


def _in_force(commitment: Commitment, last: date | None, on: date) -> bool:
    if commitment.published_on is None or commitment.valid_until is None or commitment.valid_until < on:
        return False
    return last is None or commitment.published_on >= last


def _commitment(commitment: Commitment | None) -> CommitmentFact:
    if commitment is None:
        return CommitmentFact()
    parties = {signature.party for signature in commitment.signatures}
    return CommitmentFact(
        institution_signed=Party.INSTITUTION.value in parties,
        legal_representative_signed=Party.LEGAL_REPRESENTATIVE.value in parties,
        public=commitment.state == CommitmentState.PUBLISHED,
        number=commitment.number or "",
        published_on=commitment.published_on,
    )


# A clue is about a case if it comes from the case, or from what the case came from, such as a report.
CLUE_IS_ABOUT_CASE: Final = or_(
    and_(LetterClue.source_kind == KIND, LetterClue.source_id == LedgerCase.id),
    and_(
        LedgerCase.source_kind != "",
        LetterClue.source_kind == LedgerCase.source_kind,
        LetterClue.source_id == LedgerCase.source_id,
    ),
)


def letters_of(case_ids: Iterable[int]) -> Mapping[int, list[LetterFact]]:
    """The letters about each case, with what was answered to its clue."""
    found: defaultdict[int, dict[int, LetterFact]] = defaultdict(dict)
    rows = db.session.execute(
        select(
            LedgerCase.id,
            Letter.id,
            Letter.state,
            LetterClue.result,
            Letter.issued_on,
            LetterClue.answered_on,
        )
        .join(LetterClue, CLUE_IS_ABOUT_CASE)
        .join(
            Letter,
            and_(Letter.id == LetterClue.letter_id, Letter.state != LetterState.DISCARDED.value),
        )
        .where(LedgerCase.id.in_(list(case_ids)))
        .order_by(Letter.id, LetterClue.answered_on)
    )
    for case_id, letter_id, state, result, issued_on, answered_on in rows:
        fact = LetterFact(
            letter_id, LetterState(state), Result(result) if result else None, issued_on, answered_on
        )
        earlier = found[case_id].get(letter_id)
        # Of two clues in one letter the open one counts, else the later answer.
        if earlier is None or earlier.is_answered:
            found[case_id][letter_id] = fact
    return {case_id: list(letters.values()) for case_id, letters in found.items()}
