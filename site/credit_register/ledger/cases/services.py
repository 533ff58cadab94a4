"""Deeds at a case that move no state: another region, the remark, records that came later; each commits once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission, Role
from credit_register.accounts.models import Account
from credit_register.audit.moves import ReasonMissing
from credit_register.core import regions
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed
from credit_register.ledger.cases.exit import staff_path
from credit_register.ledger.cases.refusals import CaseRefused
from credit_register.ledger.cases.screening import attach_records
from credit_register.ledger.cases.steps import commit, hold, judged, record_deed
from credit_register.ledger.facts import overlooked_records
from credit_register.ledger.lifecycle import LEDGER_CASE, RUNNING_STATES
from credit_register.ledger.models import LedgerCase
from credit_register.notices.services import tell

_LIST = "/staff/ledger"  # whose office is responsible no more sees the case no more


def reassign_case(
    case: LedgerCase, *, region: str, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """Make another region responsible, within the actor's own scope. Commits.

    Raises CaseRefused, StaleVersion, MoveNotAllowed, NotPermitted or ReasonMissing.
    """
    reason = judged(reason, "reason")
    if not reason:
        raise ReasonMissing
    if regions.find(region) is None or not actor.sees_region(region):
        raise CaseRefused("region", "请选择辖区内的地区；改派到其他省的，请报国家级主管部门办理")
    hold(case, Permission.LEDGER_PRUNE, version=version, actor=actor)
    _only_running(case, "改派")
    if region == case.region_code:
        raise CaseRefused("region", "本案已经由这个地区负责，请选择另一个地区")
    former = case.region_code
    detail = {"reason": reason, "from_region": regions.full_name(former)}
    case.region_code = region
    _count_on(case, version)
    record_deed(
        "reassign",
        case,
        actor=actor,
        now=now,
        detail={**detail, "to_region": regions.full_name(region)},
    )
    _tell_office(region, "一件治理台账案件改派由本地区负责", case, staff_path(case), actor, now)
    _tell_office(former, "一件治理台账案件已改派其他地区", case, _LIST, actor, now)
    commit()


def _tell_office(region: str, title: str, case: LedgerCase, path: str, actor: Actor, now: datetime) -> None:
    """Tell those of one office who work on cases; who did it knows already. The caller commits."""
    roles = [role.value for role in Role if Permission.LEDGER_WORK in role.permissions]
    people = db.session.scalars(
        select(Account.id).where(
            Account.role.in_(roles),
            Account.active.is_(True),
            Account.region_code == region,
            Account.id != actor.account_id,
        )
    )
    tell(people, title=title, text=f"治理台账第 {case.id} 号，理由见案件的办理过程。", path=path, now=now)


def write_remark(case: LedgerCase, *, text: str, version: int, actor: Actor, now: datetime) -> None:
    """Write the remark (备注) of attachment 1. Raises CaseRefused, StaleVersion or NotPermitted. Commits."""
    remark = judged(text, "text")
    hold(case, Permission.LEDGER_WORK, version=version, actor=actor)
    case.remark = remark
    _count_on(case, version)
    record_deed("remark", case, actor=actor, now=now, detail={"reason": remark or "（清空）"})
    commit()


def add_new_records(case: LedgerCase, *, version: int, actor: Actor, now: datetime) -> int:
    """Take over the unmended records that came after the case was opened; gives how many. Commits.

    Raises StaleVersion, MoveNotAllowed or NotPermitted.
    """
    hold(case, Permission.LEDGER_WORK, version=version, actor=actor)
    _only_running(case, "增加失信记录")
    new = [record.id for record in overlooked_records([case.id]).get(case.id, ())]
    count = attach_records(case, new, actor=actor, now=now)
    commit()
    return count


def _only_running(case: LedgerCase, label: str) -> None:
    if case.state not in RUNNING_STATES:
        raise MoveNotAllowed(
            f"现在的状态是“{LEDGER_CASE.label(case.state)}”，不能“{label}”。请刷新页面查看可以办理的事项。"
        )


def _count_on(case: LedgerCase, version: int) -> None:
    """Whoever looks at the page must see this first, also where the text stayed the same."""
    case.version = version + 1
    db.session.flush()
