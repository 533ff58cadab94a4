"""Writes of commitments: made, signed by both parties, withdrawn; each deed is one transaction.

Every deed holds the institution's row first and the commitment's second, so that the register cannot change
between the comparison and the signature, and two deeds never wait for each other.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime

from sqlalchemy import select

from credit_register.access.actor import OPERATOR, Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit import services as audit
from credit_register.audit.moves import NotPermitted, make_move
from credit_register.commitments.lifecycle import COMMITMENT, KIND
from credit_register.commitments.models import Commitment, Party, Signature, State
from credit_register.commitments.publication import publish
from credit_register.commitments.running_out import expire_due, remind_of_end
from credit_register.commitments.steps import commit, hold, move, tell_the_world
from credit_register.commitments.wording import (
    differences,
    digest,
    present_facts,
    render,
    wording_for,
)
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.queries import UnknownRule
from credit_register.institutions.models import Institution, Status
from credit_register.institutions.services import note_commitment
from credit_register.notices.services import tell, tell_institution
from credit_register.transparency.services import withdraw_public_events

# What the clock does stands in a file of its own.
__all__ = [
    "expire_due",
    "open_commitment",
    "remind_of_end",
    "sign",
    "start_commitment",
    "withdraw",
]

WORKSPACE_PATH = "/workspace/commitments"
PARTY_OF = {Role.AGENT: Party.INSTITUTION, Role.LEGAL_REP: Party.LEGAL_REPRESENTATIVE}


class CannotCommit(Exception):
    """The institution cannot make or sign a commitment now; the message says why and what to do."""


class Outdated(Exception):
    """What the text says is no longer what the register or the wording says; it must be made anew."""


class NotAgreed(Exception):
    """The box that says "read and agreed" was not ticked; the message stands beside it."""

    def __init__(self) -> None:
        super().__init__("请先阅读全文，再勾选“我已阅读并同意”")


def start_commitment(institution: Institution, *, actor: Actor, now: datetime) -> Commitment:
    """Make the institution's unsigned commitment, or give back the one there is. Commits.

    Raises NotPermitted or CannotCommit.
    """
    if not actor.acts_for(institution.uscc):
        raise NotPermitted
    commitment = open_commitment(institution, actor=actor, now=now)
    commit()
    return commitment


def open_commitment(institution: Institution, *, actor: Actor, now: datetime) -> Commitment:
    """The making itself, for a deed of another domain: as `start_commitment`, without the commit.

    An unsigned one whose text is no longer true is discarded and made anew, with the signature it may have.
    """
    db.session.refresh(institution, with_for_update=True)
    obstacle = why_not(institution)
    if obstacle:
        raise CannotCommit(obstacle)
    today = local_date(now)
    wording = wording_for(today)
    try:
        facts = present_facts(institution, on=today)
    except UnknownRule as missing:
        raise CannotCommit("时限规则表不完整，暂时不能生成承诺书，请联系主管部门。") from missing
    present = _unsigned(institution)
    if present is not None:
        if present.template_version == wording.version and present.facts == facts:
            return present
        _discard(present, institution, actor, now)
    text = render(wording, facts)
    commitment = Commitment(
        institution=institution,
        template_version=wording.version,
        facts=facts,
        text=text,
        sha256=digest(text),
        created_at=now,
    )
    db.session.add(commitment)
    db.session.flush()
    audit.record(
        "commitment.start",
        actor=actor,
        at=now,
        subject_kind=KIND,
        subject_id=commitment.id,
        region=institution.region_code,
        detail={"sha256": commitment.sha256},
    )
    return commitment


def offer_commitment(institution: Institution, *, now: datetime) -> None:
    """Lay out the text to be signed next, for a deed of another domain; does not commit.

    Nothing where the one in force still says what the register says, or where none can be signed at present.
    The program does it, not the officer whose deed led to it.
    """
    in_force = db.session.scalar(
        select(Commitment).where(
            Commitment.institution_id == institution.id, Commitment.state == State.PUBLISHED.value
        )
    )
    if in_force is None or differences(in_force.facts, institution):
        with suppress(CannotCommit):
            open_commitment(institution, actor=OPERATOR, now=now)


def why_not(institution: Institution) -> str:
    """Why the institution cannot make or sign a commitment at present, as a sentence; empty where it can."""
    if institution.status == Status.SUSPENDED.value:
        return "机构的登记已暂停，恢复登记后才能签署信用承诺书。"
    if institution.status != Status.REGISTERED.value:
        return "机构已不是登记机构，不能签署信用承诺书。重新登记后即可签署。"
    if not institution.legal_representative:
        return "登记信息中没有法定代表人姓名，承诺书须由法定代表人签署。请先补充登记信息。"
    return ""


def why_outdated(commitment: Commitment, *, on: date) -> str:
    """Why an unsigned text may no longer be signed, as a sentence; empty where it may."""
    changed = differences(commitment.facts, commitment.institution)
    if changed:
        what = "、".join(one.label for one in changed)
        return f"登记信息已变更（{what}），请重新生成承诺书。"
    present = present_facts(commitment.institution, on=on)
    if commitment.template_version != wording_for(on).version or commitment.facts != present:
        return "承诺书的文本或期限已更新，请重新生成承诺书。"
    return ""


def sign(commitment: Commitment, *, actor: Actor, agree: bool, now: datetime) -> Commitment:
    """Sign for the party whose role the actor has; the second signature publishes. Commits.

    There is no version to hand in: the text of a row never changes, so both parties may sign at the same
    moment. Signing a second time for the same party changes nothing.
    Raises NotPermitted, NotAgreed, CannotCommit, Outdated, or MoveNotAllowed for one that was discarded.
    """
    institution = commitment.institution
    party = PARTY_OF.get(actor.role) if actor.role else None
    if party is None or actor.account_id is None or not actor.acts_for(institution.uscc):
        raise NotPermitted
    hold(commitment)
    if commitment.state != State.DISCARDED.value and party in parties_signed(commitment):
        return commitment
    second = commitment.state == State.HALF_SIGNED.value
    COMMITMENT.move("countersign" if second else "sign", commitment.state)
    if not agree:
        raise NotAgreed
    obstacle = why_not(institution)
    if obstacle:
        raise CannotCommit(obstacle)
    outdated = why_outdated(commitment, on=local_date(now))
    if outdated:
        raise Outdated(outdated)
    if any(signature.account_id == actor.account_id for signature in commitment.signatures):
        raise CannotCommit("同一个账号不能代表双方签署，请由另一方用自己的账号登录后签署。")
    if second:
        publish(commitment, actor, now)
    else:
        make_move(
            COMMITMENT,
            commitment,
            "sign",
            kind=KIND,
            region=institution.region_code,
            version=commitment.version,
            actor=actor,
            now=now,
            detail={"party": party.label, "sha256": commitment.sha256},
        )
        _ask_other_party(institution, party, now)
    commitment.signatures.append(
        Signature(
            party=party.value,
            account_id=actor.account_id,
            signer_name=actor.name,
            signed_at=now,
            sha256=commitment.sha256,
        )
    )
    commit()
    return commitment


def withdraw(commitment: Commitment, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Take a commitment in force out of the public; number, dates and reason stay. Commits.

    Raises MoveNotAllowed, StaleVersion, NotPermitted or ReasonMissing.
    """
    hold(commitment)
    done = (commitment.state, commitment.end_reason, commitment.ended_on)
    if done == (State.WITHDRAWN.value, reason, local_date(now)):
        return  # the second of two clicks
    _take_down(commitment, reason=reason, version=version, actor=actor, now=now)
    commit()


def take_down(commitment: Commitment, *, reason: str, actor: Actor, now: datetime) -> None:
    """As `withdraw`, within the transaction of another deed: the caller commits."""
    hold(commitment)
    _take_down(commitment, reason=reason, version=commitment.version, actor=actor, now=now)


def _take_down(commitment: Commitment, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    today = local_date(now)
    move(commitment, "withdraw", actor, now, version=version, reason=reason)
    commitment.ended_on, commitment.end_reason = today, reason
    number = str(commitment.number)
    withdraw_public_events(KIND, number, at=now)
    tell_the_world("withdrawn", commitment, now, withdrawn_on=today.isoformat())
    institution = commitment.institution
    note_commitment(
        institution, committed_on=None, reason=f"信用承诺书 {number} 已撤下", actor=actor, now=now
    )
    tell_institution(
        institution.uscc,
        title="信用承诺书已被撤下",
        text=f"编号 {number}，自 {today} 起不再公示。原因见承诺书页面，可在工作台重新生成并签署。",
        path=f"/commitments/{number}",
        now=now,
    )


def parties_signed(commitment: Commitment) -> set[Party]:
    """Who has signed so far."""
    return {Party(signature.party) for signature in commitment.signatures}


def _discard(commitment: Commitment, institution: Institution, actor: Actor, now: datetime) -> None:
    signed = bool(commitment.signatures)
    move(commitment, "discard", actor, now)
    if signed:
        tell_institution(
            institution.uscc,
            title="信用承诺书已重新生成，请双方重新签署",
            text="登记信息或承诺书文本有变化，此前一方的签署不再有效。",
            path=WORKSPACE_PATH,
            now=now,
        )


def _ask_other_party(institution: Institution, party: Party, now: datetime) -> None:
    other = next(role for role, signs_as in PARTY_OF.items() if signs_as is not party)
    people = db.session.scalars(
        select(Account.id).where(
            Account.uscc == institution.uscc,
            Account.role == other.value,
            Account.active.is_(True),
            Account.confirmed.is_(True),
        )
    )
    title = f"信用承诺书待您签署：{party.label}一方已签署"
    tell(people, title=title, text="双方签署后即公示。", path=WORKSPACE_PATH, now=now)


def _unsigned(institution: Institution) -> Commitment | None:
    return db.session.scalar(
        select(Commitment)
        .where(
            Commitment.institution_id == institution.id,
            Commitment.state.in_((State.DRAFT.value, State.HALF_SIGNED.value)),
        )
        .execution_options(populate_existing=True)
    )
