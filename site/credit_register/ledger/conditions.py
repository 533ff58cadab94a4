"""The conditions of the exit (发改办财金〔2021〕156号 三): which are met and which proof is missing; rules without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from credit_register.credit_records.lifecycle import GROUNDLESS_STATES
from credit_register.credit_records.models import RecordKind, RecordState
from credit_register.ledger.models import Subject
from credit_register.letters.models import Result
from credit_register.letters.models import State as LetterState

# Where the longest period is over, or the list has the penalty no more.
CLOSED_STATES = (RecordState.EXPIRED, RecordState.REMOVED)


class ConditionName(StrEnum):
    """What must be proven."""

    RECORDS = "records"
    ORDERS = "orders"
    INSTITUTION_COMMITTED = "institution_committed"
    LEGAL_REPRESENTATIVE_COMMITTED = "legal_representative_committed"
    COMMITMENT_PUBLIC = "commitment_public"
    LETTERS_SENT = "letters_sent"
    RESULTS_RETURNED = "results_returned"

    @property
    def label(self) -> str:
        """The Chinese words."""
        return {
            ConditionName.RECORDS: "失信记录已修复（处罚须完成修复，名单须履行义务或者达成和解）",
            ConditionName.ORDERS: "责令纠正的事项均已纠正",
            ConditionName.INSTITUTION_COMMITTED: "机构已签署信用承诺书",
            ConditionName.LEGAL_REPRESENTATIVE_COMMITTED: "法定代表人已签署信用承诺书",
            ConditionName.COMMITMENT_PUBLIC: "信用承诺书公示中",
            ConditionName.LETTERS_SENT: "冒名线索已全部发出提示函",
            ConditionName.RESULTS_RETURNED: "监管部门已反馈查处结果",
        }[self]


@dataclass(frozen=True)
class RecordFact:
    """A record of a case: what it is, where it stands, and since when its obligations are met."""

    id: int
    kind: RecordKind
    state: RecordState
    met_on: date | None
    words: str = ""

    @property
    def is_mended(self) -> bool:
        """A penalty must be repaired; for the list it is enough that the judgment is fulfilled or settled.

        What lost its ground asks for nothing.
        """
        if self.state in (RecordState.REPAIRED, *GROUNDLESS_STATES):
            return True
        if self.kind is RecordKind.PENALTY:
            # Obligations met, and the longest period over or the penalty off its list: nothing is left to repair.
            return self.state in CLOSED_STATES and self.met_on is not None
        return self.state is RecordState.REMOVED or self.met_on is not None


@dataclass(frozen=True)
class CommitmentFact:
    """What stands of the commitment that counts for a case: made after the dishonesty, not before."""

    institution_signed: bool = False
    legal_representative_signed: bool = False
    public: bool = False
    number: str = ""
    published_on: date | None = None


@dataclass(frozen=True)
class LetterFact:
    """A letter about a case; `result` is what was answered to the clue of this case."""

    id: int
    state: LetterState
    result: Result | None
    issued_on: date | None = None
    answered_on: date | None = None

    def was_sent_by(self, day: date) -> bool:
        """Whether it had gone out by a day."""
        return self.was_sent and self.issued_on is not None and self.issued_on <= day

    def is_answered_by(self, day: date) -> bool:
        """Whether a result had come back by a day."""
        return self.is_answered and self.answered_on is not None and self.answered_on <= day

    @property
    def was_sent(self) -> bool:
        return self.state in (LetterState.ISSUED, LetterState.DELIVERED, LetterState.ANSWERED)

    @property
    def is_answered(self) -> bool:
        """A result came back; that it is still being looked into is none."""
        return self.state is LetterState.ANSWERED and self.result is not Result.BEING_HANDLED

    @property
    def settles(self) -> bool:
        """The addressee itself has dealt with it."""
        return self.is_answered and self.result is not Result.REFERRED


@dataclass(frozen=True)
class CaseFacts:
    """All that the conditions of one case are judged by.

    `overlooked` are unmended records of the institution that the case is not about yet. `dropped_orders` ended with a
    pruning that was taken back, unfulfilled, and none that was given anew is fulfilled.
    """

    subject: Subject
    records: Sequence[RecordFact] = ()
    overlooked: Sequence[RecordFact] = ()
    open_orders: int = 0
    fulfilled_orders: int = 0
    dropped_orders: int = 0
    commitment: CommitmentFact = CommitmentFact()
    letters: Sequence[LetterFact] = ()


@dataclass(frozen=True)
class Condition:
    """One condition as a case shows it: met or not, with the proof or with what is missing."""

    name: ConditionName
    met: bool
    words: str

    @property
    def label(self) -> str:
        return self.name.label


def conditions_of(facts: CaseFacts) -> list[Condition]:
    """The conditions of a case in the order in which they are worked on."""
    if facts.subject is Subject.IMPERSONATOR:
        return [_letters_sent(facts), _results_returned(facts)]
    return [_records(facts), _orders(facts), *_commitment(facts.commitment)]


def all_met(facts: CaseFacts) -> bool:
    """Whether the exit may be offered."""
    return all(condition.met for condition in conditions_of(facts))


def _records(facts: CaseFacts) -> Condition:
    mended = [record for record in facts.records if record.is_mended]
    missing = [record.words or str(record.id) for record in facts.records if not record.is_mended]
    if facts.overlooked:
        words = f"机构另有 {len(facts.overlooked)} 条失信记录没有列入本案，请先列入"
        return Condition(ConditionName.RECORDS, False, words)
    if not facts.records:
        return Condition(ConditionName.RECORDS, True, "没有关联的失信记录，以责令纠正的结果为准")
    words = f"{len(facts.records)} 条中 {len(mended)} 条已修复或履行"
    if missing:
        words += f"；尚缺：{'、'.join(missing[:5])}" + (f" 等 {len(missing)} 条" if len(missing) > 5 else "")
    return Condition(ConditionName.RECORDS, not missing, words)


def _orders(facts: CaseFacts) -> Condition:
    open_words = [f"尚有 {facts.open_orders} 项责令纠正没有完成"] if facts.open_orders else []
    if facts.dropped_orders:
        open_words.append(f"剔除时解除的 {facts.dropped_orders} 项责令纠正没有完成，须重新责令并完成")
    if open_words:
        return Condition(ConditionName.ORDERS, False, "；".join(open_words))
    if not facts.records and not facts.fulfilled_orders:
        return Condition(ConditionName.ORDERS, False, "没有失信记录的，须至少有一项责令纠正已完成")
    words = f"{facts.fulfilled_orders} 项已完成" if facts.fulfilled_orders else "没有责令纠正的事项"
    return Condition(ConditionName.ORDERS, True, words)


def _commitment(commitment: CommitmentFact) -> list[Condition]:
    signed, unsigned = "已签署", "尚未签署（须在失信行为认定之后签署）"
    return [
        Condition(
            ConditionName.INSTITUTION_COMMITTED,
            commitment.institution_signed,
            signed if commitment.institution_signed else unsigned,
        ),
        Condition(
            ConditionName.LEGAL_REPRESENTATIVE_COMMITTED,
            commitment.legal_representative_signed,
            signed if commitment.legal_representative_signed else unsigned,
        ),
        Condition(
            ConditionName.COMMITMENT_PUBLIC,
            commitment.public,
            commitment.number if commitment.public else "没有公示中的承诺书",
        ),
    ]


def _letters_sent(facts: CaseFacts) -> Condition:
    sent = [letter for letter in facts.letters if letter.was_sent]
    met = bool(sent) and len(sent) == len(facts.letters)
    if not facts.letters:
        return Condition(ConditionName.LETTERS_SENT, False, "还没有提示函，请先起草")
    return Condition(ConditionName.LETTERS_SENT, met, f"{len(facts.letters)} 件中已发出 {len(sent)} 件")


def _results_returned(facts: CaseFacts) -> Condition:
    answered = [letter for letter in facts.letters if letter.is_answered]
    settled = any(letter.settles for letter in facts.letters)
    met = bool(facts.letters) and len(answered) == len(facts.letters) and settled
    words = f"{len(facts.letters)} 件中 {len(answered)} 件已有查处结果" if facts.letters else "还没有提示函"
    if answered and not settled:
        words += "；均为转办，须向有职责的部门发函并收到结果"
    return Condition(ConditionName.RESULTS_RETURNED, met, words)
