"""The exit: proposed when every condition is met, decided by a second person before whom they are met still."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select

from credit_register.access.actor import Actor
from credit_register.audit.moves import NotPermitted
from credit_register.commitments.models import Commitment
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.credit_records.models import CreditRecord
from credit_register.ledger.cases.opening import WORKSPACE_PATH
from credit_register.ledger.cases.own_hand import met_by_hand
from credit_register.ledger.cases.refusals import ConditionsUnmet, MetByHand, SamePerson
from credit_register.ledger.cases.steps import commit, judged, step
from credit_register.ledger.conditions import Condition, conditions_of
from credit_register.ledger.facts import CLUE_IS_ABOUT_CASE, facts_of
from credit_register.ledger.measures.grounds import withdraw_at_exit
from credit_register.ledger.measures.lifting import BY_EXIT, lift_measures
from credit_register.ledger.models import CaseRecord, LedgerCase, Measure
from credit_register.letters.models import Letter
from credit_register.notices.services import tell, tell_institution


def propose_exit(case: LedgerCase, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Propose that a case leaves the ledger. Commits.

    Raises ConditionsUnmet, CaseRefused, StaleVersion, MoveNotAllowed, NotPermitted or ReasonMissing.
    """
    if actor.account_id is None:
        raise NotPermitted
    reason = judged(reason, "reason")

    def judge() -> None:
        if missing := unmet_conditions(case, now=now):
            raise ConditionsUnmet(missing)

    step(
        case,
        "propose_exit",
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values={"exit_proposed_by_id": actor.account_id},
        judge=judge,
    )
    commit()


def decide_exit(case: LedgerCase, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Let a case leave the ledger, and end what still runs at it. Commits.

    Where a condition is met no more the case falls back instead, and that is committed.
    Raises ConditionsUnmet (what was proposed is then taken back), SamePerson, MetByHand, and as `propose_exit`.
    """
    if actor.account_id is None:
        raise NotPermitted
    reason = judged(reason, "reason")

    def judge() -> None:
        _refuse_own(case, actor)
        if missing := unmet_conditions(case, now=now):
            raise ConditionsUnmet(missing, fell_back=True)
        if deeds := met_by_hand(case, actor):
            raise MetByHand(deeds)

    values: dict[str, Any] = {"exit_decided_by_id": actor.account_id, "exited_on": local_date(now)}
    try:
        step(case, "exit", version=version, actor=actor, now=now, reason=reason, values=values, judge=judge)
    except ConditionsUnmet as unmet:
        _fall_back(case, unmet, actor=actor, now=now)
        raise
    lift_measures(case, reason=BY_EXIT, actor=actor, now=now)
    withdraw_at_exit(case, actor=actor, now=now)
    tell_proposer(case.exit_proposed_by_id, case, "您提出的退出已确认", actor, now)
    if case.institution is not None:
        tell_institution(
            case.institution.uscc,
            title="贵机构已退出专项治理台账",
            text="再次出现未修复的失信记录的，将重新纳入治理。",
            path=WORKSPACE_PATH,
            now=now,
        )
    commit()


def refuse_exit(case: LedgerCase, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Send a proposed exit back. Raises SamePerson, and as `propose_exit` save ConditionsUnmet. Commits."""
    proposer = case.exit_proposed_by_id
    reason = judged(reason, "reason")
    step(
        case,
        "refuse_exit",
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values={"exit_proposed_by_id": None},
        judge=lambda: _refuse_own(case, actor),
    )
    if proposer is not None:
        tell([proposer], title="您提出的退出未获同意，请查看理由", path=staff_path(case), now=now)
    commit()


def unmet_conditions(case: LedgerCase, *, now: datetime) -> list[Condition]:
    """What is missing for the exit, of rows that are held until the transaction ends; the case is held already."""
    _hold_proofs(case)
    facts = facts_of([case], on=local_date(now))[case.id]
    return [condition for condition in conditions_of(facts) if not condition.met]


def _hold_proofs(case: LedgerCase) -> None:
    """Nobody else changes what the conditions are judged by until this transaction ends."""
    held: list[Select[Any]] = [
        select(CreditRecord)
        .where(
            or_(
                CreditRecord.id.in_(select(CaseRecord.record_id).where(CaseRecord.case_id == case.id)),
                CreditRecord.institution_id == case.institution_id
                if case.institution_id is not None
                else CreditRecord.id.is_(None),
            )
        )
        .order_by(CreditRecord.id),
        select(Commitment).where(Commitment.institution_id == case.institution_id).order_by(Commitment.id),
        select(Measure).where(Measure.case_id == case.id).order_by(Measure.id),
        select(Letter)
        .where(Letter.clues.any(and_(CLUE_IS_ABOUT_CASE, LedgerCase.id == case.id)))
        .order_by(Letter.id),
    ]
    for query in held:
        # What the session read before is read anew: another transaction may have changed it meanwhile.
        db.session.scalars(query.with_for_update(read=True).execution_options(populate_existing=True)).all()


def _refuse_own(case: LedgerCase, actor: Actor) -> None:
    if case.exit_proposed_by_id == actor.account_id:
        raise SamePerson


def _fall_back(case: LedgerCase, unmet: ConditionsUnmet, *, actor: Actor, now: datetime) -> None:
    reason = "；".join(f"{condition.label}：{condition.words}" for condition in unmet.missing)
    tell_proposer(case.exit_proposed_by_id, case, "您提出的退出已退回：条件不再满足", actor, now)
    step(
        case,
        "fall_back",
        version=case.version,
        actor=actor,
        now=now,
        reason=reason,
        values={"exit_proposed_by_id": None},
    )
    commit()


def tell_proposer(proposer: int | None, case: LedgerCase, title: str, actor: Actor, now: datetime) -> None:
    """Tell who proposed the exit what became of it, unless that person did it; the caller commits."""
    if proposer is not None and proposer != actor.account_id:
        tell([proposer], title=title, path=staff_path(case), now=now)


def staff_path(case: LedgerCase) -> str:
    """The page of a case, for a message."""
    return f"/staff/ledger/{case.id}"
