"""提示函 out of cases: a case proposes its clue; the letter of an impersonator is what its exit waits for."""

from __future__ import annotations

from datetime import date

from flask import url_for
from sqlalchemy import func, select

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.core.clock import today
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline
from credit_register.ledger.cases.queries import cases_in_scope
from credit_register.ledger.facts import facts_of
from credit_register.ledger.lifecycle import KIND, MEASURE_KIND, RUNNING_STATES
from credit_register.ledger.models import LedgerCase, Measure, MeasureKind, MeasureState, Subject
from credit_register.letters.drafting import LONGEST_DESCRIPTION
from credit_register.letters.models import Kind
from credit_register.letters.sources import Proposal, register_source

NAMED_RECORDS = 5


def register_case_letters() -> None:
    """Let letters be drafted from cases, and let their clues lead back."""
    register_source(KIND, _propose, label="治理台账", address=_address)


def _propose(actor: Actor, case_id: int) -> Proposal | None:
    case = db.session.scalar(cases_in_scope(actor).where(LedgerCase.id == case_id))
    if case is None or not actor.can(Permission.LEDGER_READ) or case.state not in RUNNING_STATES:
        return None
    description = case.ground if case.subject == Subject.IMPERSONATOR else _what_is_overdue(case)
    if not description:
        return None
    return Proposal(
        name=case.name,
        description=description[:LONGEST_DESCRIPTION],
        label=f"治理台账 {case.id}（{case.name}）",
        uscc=case.uscc,
        kind=Kind.IMPERSONATION if case.subject == Subject.IMPERSONATOR else Kind.OVERDUE,
    )


def _what_is_overdue(case: LedgerCase) -> str:
    """What an institution has not mended, in words; empty where there is nothing to write a letter about."""
    facts = facts_of([case], on=today())[case.id]
    open_records = [record for record in facts.records if not record.is_mended]
    parts = []
    if open_records:
        named = "、".join(record.words for record in open_records[:NAMED_RECORDS])
        more = f"等 {len(open_records)} 条" if len(open_records) > NAMED_RECORDS else ""
        parts.append(f"失信记录 {len(open_records)} 条尚未修复或履行：{named}{more}")
    if late := _overdue_orders(case, on=today()):
        parts.append(f"责令限期纠正 {late} 项逾期没有完成")
    return "；".join(parts) + ("。" if parts else "")


def _overdue_orders(case: LedgerCase, *, on: date) -> int:
    return (
        db.session.scalar(
            select(func.count(Measure.id.distinct()))
            .join(Deadline, Deadline.subject_id == Measure.id)
            .where(
                Measure.case_id == case.id,
                Measure.kind == MeasureKind.ORDER.value,
                Measure.state.in_([MeasureState.ANNOUNCED.value, MeasureState.RESPONDED.value]),
                Deadline.subject_kind == MEASURE_KIND,
                Deadline.closed_at.is_(None),
                Deadline.due_on < on,
            )
        )
        or 0
    )


def may_lead_to_letter(actor: Actor, case: LedgerCase) -> bool:
    """Whether the case has a clue for a letter that the actor may draft."""
    return actor.can(Permission.LETTER_DRAFT) and _propose(actor, case.id) is not None


def _address(case_id: int) -> str:
    return url_for("ledger_staff.show", case_id=case_id)
