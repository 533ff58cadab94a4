"""What is public of a measure leaves with its ground: an annulled record, mended records, the exit of the case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.core.database import db
from credit_register.core.lifecycle import stale_told
from credit_register.credit_records.leaving import register_follower
from credit_register.credit_records.lifecycle import GROUNDLESS_STATES
from credit_register.credit_records.models import CreditRecord
from credit_register.ledger.facts import record_fact
from credit_register.ledger.measures.publicity import TELL_OF_DISHONESTY, is_mended, take_back, tell_withdrawn
from credit_register.ledger.measures.services import staff_path
from credit_register.ledger.measures.steps import publicity_step
from credit_register.ledger.models import CaseRecord, LedgerCase, Measure, PublicState
from credit_register.notices.services import tell

# The reasons in the history of a measure. They name no document, for a long number may be taken for that of a person.
GROUNDLESS = "本案有失信记录依据的文书已撤销，或者异议成立"
MENDED = "本案的失信记录均已修复、履行或者撤下"
EXITED = "案件已退出台账"
_NEXT = {
    GROUNDLESS: "其余失信记录仍需公示的，请核对内容后重新提出。",
    MENDED: "不需要另行办理。",
    EXITED: "不需要另行办理。",
}


def register_measures_of_records() -> None:
    """Let measures follow the records that they tell of."""
    register_follower("ledger_measures", _follow)


def withdraw_at_exit(case: LedgerCase, *, actor: Actor, now: datetime) -> None:
    """Let what tells of dishonesty leave the public with the case. The caller holds the case and commits."""
    for measure in _held([case.id]):
        if measure.kind in TELL_OF_DISHONESTY:
            _withdraw(measure, EXITED, actor=actor, now=now)


def _follow(records: Sequence[CreditRecord], actor: Actor, now: datetime) -> None:
    mended = {record.id: record for record in records if record_fact(record).is_mended}
    if not mended:
        return
    of_case: defaultdict[int, list[CreditRecord]] = defaultdict(list)
    links = select(CaseRecord.case_id, CaseRecord.record_id).where(CaseRecord.record_id.in_(mended))
    for case_id, record_id in db.session.execute(links):
        of_case[case_id].append(mended[record_id])
    for measure in _held(of_case):
        if reason := _reason(measure, of_case[measure.case_id]):
            _withdraw(measure, reason, actor=actor, now=now)


def _reason(measure: Measure, mended: Sequence[CreditRecord]) -> str:
    """Why a measure is to leave now that these records of its case are mended; empty where it may stay."""
    tells = measure.kind in TELL_OF_DISHONESTY
    for record in mended:
        named = bool(record.document_number) and record.document_number in measure.public_text
        if record.state in GROUNDLESS_STATES and (tells or named):
            return GROUNDLESS
    return MENDED if tells and is_mended(measure.case) else ""


def _held(case_ids: Iterable[int]) -> Sequence[Measure]:
    """What is public or proposed so at some cases, held until the transaction ends."""
    wanted = list(case_ids)
    if not wanted:
        return []
    with stale_told():
        db.session.flush()  # what is read anew must not lose what the caller changed
    return db.session.scalars(
        select(Measure)
        .where(
            Measure.case_id.in_(wanted),
            Measure.public_state.in_([PublicState.PROPOSED.value, PublicState.PUBLISHED.value]),
        )
        .order_by(Measure.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _withdraw(measure: Measure, reason: str, *, actor: Actor, now: datetime) -> None:
    people = (measure.public_proposed_by_id, measure.published_by_id)
    published = measure.public_state == PublicState.PUBLISHED
    move = "lose_ground" if published else "drop_proposal"
    publicity_step(measure, move, version=measure.version, actor=actor, now=now, reason=reason)
    if published:
        take_back(measure, now=now)
        tell_withdrawn(measure, now=now)
    tell(
        [account_id for account_id in people if account_id is not None],
        title="一项治理措施的公示已自动撤下" if published else "一项治理措施的公示提议已自动撤回",
        text=f"原因：{reason}。{_NEXT[reason]}",
        path=staff_path(measure),
        now=now,
    )
