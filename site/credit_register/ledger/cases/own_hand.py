"""What a person has done by hand so that the conditions of an exit are met: that person does not decide the exit.

Repairs are left out, for two persons have seen each, and so are answers to letters, which are the regulator's.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.audit.models import AuditEvent
from credit_register.core.database import db
from credit_register.credit_records.lifecycle import KIND as RECORD_KIND
from credit_register.credit_records.models import CreditRecord, RecordKind, RecordState
from credit_register.ledger.facts import record_fact
from credit_register.ledger.lifecycle import KIND, MEASURE_KIND
from credit_register.ledger.models import CaseRecord, LedgerCase, Measure, MeasureKind, MeasureState, Subject

# (kind of the row, its number, the deed by which the condition is met) → in words.
_Deeds = dict[tuple[str, str, str], str]


def met_by_hand(case: LedgerCase, actor: Actor) -> list[str]:
    """What the actor did without which a condition would not be met, in words.

    What was done before the case was opened counts as well: the case rests on it no less.
    """
    if actor.account_id is None or case.subject == Subject.IMPERSONATOR:
        return []
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
