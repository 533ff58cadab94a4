"""What the office does with an application: accept it into the register, give it back, or refuse it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.accounts.services import confirm_account
from credit_register.audit.moves import NotPermitted, make_move
from credit_register.commitments.services import offer_commitment
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.services import close_deadlines
from credit_register.core.lifecycle import StaleVersion, check_version, stale_told
from credit_register.institutions.entries import AlreadyRegistered, EntryRefused
from credit_register.institutions.lifecycle import REGISTRATION
from credit_register.institutions.models import Institution
from credit_register.institutions.services import amend_institution, enter_institution
from credit_register.notices.services import tell
from credit_register.registrations.application import facts_of, gone, kind_for, wanted_details
from credit_register.registrations.lifecycle import APPLICATION, KIND
from credit_register.registrations.models import Kind, Registration

# What history says in public; the officer's own words are for the applicant alone.
PUBLIC_REASONS = {
    Kind.NEW: "机构自主登记，经审核通过",
    Kind.CLAIM: "机构认领登记并更新信息，经审核通过",
    Kind.CHANGE: "机构申请变更登记信息，经审核通过",
}
_PAGE = "/workspace/registration"


class EntryChanged(Exception):
    """The register says something else of this code than what the officer saw; nothing was decided."""

    def __init__(self) -> None:
        super().__init__(
            "名录中这家机构的登记信息刚刚有变化，您的操作没有生效。请对照下方最新内容核对后再办理。"
        )


def accept(
    registration: Registration,
    *,
    reason: str,
    version: int,
    entry_version: int | None,
    actor: Actor,
    now: datetime,
) -> Institution:
    """Publish what was applied for, and confirm that the account acts for the institution.

    `entry_version` is that of the entry which the officer saw beside the application, 0 for none; None lets the
    present one count, save that a new entry is not laid over one that came meanwhile. Raises MoveNotAllowed,
    StaleVersion, NotPermitted, EntryChanged, or EntryRefused where the register cannot say this. Commits.
    """
    _hold(registration, "accept", version, actor)
    account, code = registration.account, registration.uscc
    entry = _entry(code)
    expected = 0 if registration.kind == Kind.NEW.value else None
    seen = expected if entry_version is None else entry_version
    if seen is not None and seen != (entry.version if entry is not None else 0):
        raise EntryChanged
    kind = kind_for(entry, confirmed=account.confirmed)
    institution = _into_the_register(registration, entry, kind, actor, now)
    confirm_account(account, actor=actor, now=now)
    make_move(
        APPLICATION,
        registration,
        "accept",
        kind=KIND,
        region=registration.office_region,
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values={
            "kind": kind.value,
            "accepted_as": institution.id,
            "decided_at": now,
            "reason": reason,
        },
    )
    offer_commitment(institution, now=now)
    _close(
        registration,
        "登记申请已通过",
        "登记信息已在名录公示，可在名录中查到。下一步：签署信用承诺书。",
        now,
    )
    return institution


def turn_down(
    registration: Registration, move_name: str, *, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """Give the application back to be mended (`return`), or end it (`refuse`); the reason goes to the applicant.

    Raises MoveNotAllowed, StaleVersion, NotPermitted or ReasonMissing. Commits.
    """
    make_move(
        APPLICATION,
        registration,
        move_name,
        kind=KIND,
        region=registration.office_region,
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values={"decided_at": now, "reason": reason},
    )
    title, text = {
        "return": (
            "登记申请已退回补正",
            "请打开登记申请页面查看要补正的内容，修改后重新提交；已填内容都还在。",
        ),
        "refuse": ("登记申请未通过", "请打开登记申请页面查看原因和可以办理的事项。"),
    }[move_name]
    _close(registration, title, text, now)


def _hold(registration: Registration, move_name: str, version: int, actor: Actor) -> None:
    """Read the row again, hold it to the end, and refuse what may not be done with it."""
    db.session.refresh(registration, with_for_update=True)
    move = APPLICATION.move(move_name, registration.state)
    if move.needs is None or not actor.can(Permission(move.needs)):
        raise NotPermitted
    check_version(registration, version)


def _entry(code: str) -> Institution | None:
    return db.session.scalar(
        select(Institution)
        .where(Institution.uscc == code)
        .with_for_update(of=Institution)
        .execution_options(populate_existing=True)
    )


def _into_the_register(
    registration: Registration, entry: Institution | None, kind: Kind, actor: Actor, now: datetime
) -> Institution:
    details = wanted_details(facts_of(registration), entry)
    if entry is None:
        try:
            # Where somebody enters the same code at this very moment, this starts the transaction anew.
            return enter_institution(
                registration.uscc,
                details=details,
                registered_on=local_date(now),
                reason=PUBLIC_REASONS[kind],
                actor=actor,
                now=now,
            )
        except AlreadyRegistered as taken:
            if taken.institution_id is None:
                raise
            raise EntryChanged from taken
    if not actor.sees_region(entry.region_code):
        raise EntryRefused(
            "uscc",
            "该代码已由其他地区登记，不能由本单位审核通过；请退回申请，由机构重新提交给登记地的主管部门",
        )
    if gone(entry):
        label = REGISTRATION.label(entry.status)
        raise EntryRefused(
            "uscc", f"该机构在名录中的状态为“{label}”，请先在登记机构页面恢复登记，或者不予登记"
        )
    try:
        amend_institution(
            entry,
            details=details,
            reason=PUBLIC_REASONS[kind],
            version=entry.version,
            actor=actor,
            now=now,
        )
    except StaleVersion as stale:
        raise EntryChanged from stale
    return entry


def _close(registration: Registration, title: str, text: str, now: datetime) -> None:
    close_deadlines(KIND, registration.id, closed_at=now)
    tell([registration.account_id], title=title, text=text, path=_PAGE, now=now)
    with stale_told():
        db.session.commit()
