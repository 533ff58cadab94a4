"""What a person has done by hand so that the conditions of an exit are met: that person does not decide the exit.

Repairs are left out, for two persons have seen each, and so are answers to letters that came in writing: they are the
regulator's.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from credit_register.access.actor import Actor
from credit_register.audit.models import AuditEvent
from credit_register.core.database import db
from credit_register.credit_records.lifecycle import KIND as RECORD_KIND
from credit_register.credit_records.models import CreditRecord, RecordKind, RecordState
from credit_register.ledger.facts import CLUE_IS_ABOUT_CASE, record_fact
from credit_register.ledger.lifecycle import KIND, MEASURE_KIND
from credit_register.ledger.models import CaseRecord, LedgerCase, Measure, MeasureKind, MeasureState, Subject
from credit_register.letters.lifecycle import KIND as LETTER_KIND
from credit_register.letters.models import FileRole, Letter, LetterClue
from credit_register.letters.models import State as LetterState

# (kind of the row, its number, the deed by which the condition is met) → in words.
_Deeds = dict[tuple[str, str, str], str]


def met_by_hand(case: LedgerCase, actor: Actor) -> list[str]:
    """What the actor did without which a condition would not be met, in words.

    What was done before the case was opened counts as well: the case rests on it no less.
    """
    if actor.account_id is None:
        return []
    if case.subject == Subject.IMPERSONATOR:
        return _typed_answers(case, actor)
    deeds = {**_of_records(case), **_of_orders(case), **_of_dropped_orders(case)}
    doers = _last_doers(deeds)
    return [words for deed, words in deeds.items() if doers.get(deed) == actor.account_id]


def _of_records(case: LedgerCase) -> _Deeds:
    """Of each record the deed that its being mended rests on, where it was one person's."""
    rows = db.session.scalars(
        select(CreditRecord)
        .join(CaseRecord, CaseRecord.record_id == CreditRecord.id)
        .where(CaseRecord.case_id == case.id)
        .order_by(CreditRecord.id)
    )
    found: _Deeds = {}
    for record in rows:
        name = record_fact(record).words
        if record.state == RecordState.ANNULLED:
            found[RECORD_KIND, str(record.id), "annul"] = f"依据文书被撤销，撤下“{name}”"
        elif record.state == RecordState.OBJECTED:
            found[RECORD_KIND, str(record.id), "uphold_objection"] = f"认定“{name}”异议成立"
        elif record.met_on is not None and not _is_mended_anyway(record):
            found[RECORD_KIND, str(record.id), "meet"] = f"登记“{name}”履行义务"
    return found


def _is_mended_anyway(record: CreditRecord) -> bool:
    """Whether it would be mended also if nobody had noted that its obligations are met."""
    return record.state == RecordState.REPAIRED or (
        record.kind != RecordKind.PENALTY and record.state == RecordState.REMOVED
    )


def _of_orders(case: LedgerCase) -> _Deeds:
    """Of each order that runs no more how it ended."""
    rows = db.session.scalars(
        select(Measure)
        .where(
            Measure.case_id == case.id,
            Measure.kind == MeasureKind.ORDER.value,
            Measure.state.in_([MeasureState.DONE.value, MeasureState.CANCELLED.value]),
        )
        .order_by(Measure.id)
    )
    return {
        (MEASURE_KIND, str(order.id), "complete" if order.state == MeasureState.DONE else "cancel"): (
            f"{'确认' if order.state == MeasureState.DONE else '作废'} {order.planned_on} 的责令限期纠正"
            f"{'已完成' if order.state == MeasureState.DONE else ''}"
        )
        for order in rows
    }


def _of_dropped_orders(case: LedgerCase) -> _Deeds:
    """The putting back of a case whose orders ended unfulfilled with its pruning: what runs since is a choice made anew."""
    dropped = select(Measure.id).where(
        Measure.case_id == case.id,
        Measure.kind == MeasureKind.ORDER.value,
        Measure.ended_on.is_not(None),
        Measure.done_on.is_(None),
    )
    if db.session.scalar(dropped.limit(1)) is None:
        return {}
    return {(KIND, str(case.id), "unprune"): "恢复到台账，剔除时没有完成的责令纠正随之解除"}


def _last_doers(deeds: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str, str], int]:
    """Who did each of some deeds last, by account; what the program did is nobody's."""
    wanted = set(deeds)
    kinds, numbers, names = ({each[part] for each in wanted} for part in range(3))
    rows = db.session.scalars(
        select(AuditEvent)
        .where(
            AuditEvent.subject_kind.in_(kinds),
            AuditEvent.subject_id.in_(numbers),
            AuditEvent.action.in_({f"{kind}.{name}" for kind in kinds for name in names}),
        )
        .order_by(AuditEvent.id)
    )
    doers = {(row.subject_kind, row.subject_id, row.action.rpartition(".")[2]): row.actor_id for row in rows}
    return {deed: doer for deed, doer in doers.items() if deed in wanted and doer is not None}


def _typed_answers(case: LedgerCase, actor: Actor) -> list[str]:
    """The answers about an impersonator that rest on nothing but what the actor typed.

    A written answer that was put to the letter with them or later carries them; one that was there before does not.
    """
    about = select(LetterClue.letter_id).join(LedgerCase, CLUE_IS_ABOUT_CASE).where(LedgerCase.id == case.id)
    letters = db.session.scalars(
        select(Letter)
        .where(Letter.id.in_(about), Letter.state == LetterState.ANSWERED.value)
        .order_by(Letter.id)
    ).all()
    rows = db.session.execute(
        select(AuditEvent.subject_id, func.max(AuditEvent.at).label("last"))
        .where(
            AuditEvent.subject_kind == LETTER_KIND,
            AuditEvent.subject_id.in_([str(letter.id) for letter in letters]),
            AuditEvent.action.in_([f"{LETTER_KIND}.answer", f"{LETTER_KIND}.supplement"]),
            AuditEvent.actor_id == actor.account_id,
        )
        .group_by(AuditEvent.subject_id)
    )
    typed = {row.subject_id: row.last for row in rows}
    return [
        f"登记“{letter.number}”的反馈，没有附对方的书面反馈（补记时附上的不再计入）"
        for letter in letters
        if (at := typed.get(str(letter.id))) is not None
        and not any(each.file.stored_at >= at for each in letter.files_as(FileRole.ANSWER))
    ]
