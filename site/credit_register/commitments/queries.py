"""What the public and an institution's own people ask about commitments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort
from sqlalchemy import bindparam, func, select

from credit_register.access.actor import Actor
from credit_register.accounts.models import Account
from credit_register.commitments.models import Commitment, Party, State
from credit_register.commitments.services import PARTY_OF
from credit_register.commitments.wording import Difference, differences
from credit_register.core.database import db, look
from credit_register.institutions.models import Institution, Status

PUBLIC_STATES = (State.PUBLISHED, State.EXPIRED, State.REPLACED, State.WITHDRAWN)
UNSIGNED_STATES = (State.DRAFT, State.HALF_SIGNED)
_LEFT = (Status.DEREGISTERED.value, Status.WITHDRAWN.value)
_COMMITMENT, _INSTITUTION = Commitment.__table__.c, Institution.__table__.c
# Rows are never deleted and every move counts the version up, so the sum grows with each change.
_STAMP = (
    select(func.sum(_COMMITMENT.version))
    .join_from(Commitment.__table__, Institution.__table__, _COMMITMENT.institution_id == _INSTITUTION.id)
    .where(_INSTITUTION.uscc == bindparam("code"))
)


@dataclass(frozen=True)
class Line:
    """One published commitment in a list."""

    number: str
    state: str
    published_on: date
    valid_until: date
    ended_on: date | None


@dataclass(frozen=True)
class ProfileSection:
    """The part of an agency's page: the one in force, what the register says differently now, and earlier ones."""

    in_force: Line | None
    changed: tuple[Difference, ...]
    left: bool
    earlier: tuple[Line, ...]


def public_commitment(number: str) -> Commitment:
    """The commitment of this public number, or 404; one that is not signed by both has no number."""
    found = db.session.scalar(select(Commitment).where(Commitment.number == number))
    if found is None:
        abort(404, "没有这个编号的承诺书。请核对编号，或在机构名录中打开机构页面查看。")
    return found


def successor(commitment: Commitment) -> Commitment | None:
    """The commitment of the same institution that is in force now, where this one is not."""
    if commitment.state == State.PUBLISHED.value:
        return None
    return db.session.scalar(
        select(Commitment).where(
            Commitment.institution_id == commitment.institution_id, Commitment.state == State.PUBLISHED.value
        )
    )


def profile_section(code: str) -> ProfileSection:
    """What an agency's page says of its commitments."""
    rows = db.session.scalars(
        select(Commitment)
        .join(Commitment.institution)
        .where(Institution.uscc == code, Commitment.number.is_not(None))
        .order_by(Commitment.published_on.desc(), Commitment.id.desc())
    ).all()
    in_force = next((row for row in rows if row.state == State.PUBLISHED.value), None)
    return ProfileSection(
        in_force=_line(in_force) if in_force else None,
        changed=tuple(differences(in_force.facts, in_force.institution)) if in_force else (),
        left=bool(rows) and rows[0].institution.status in _LEFT,
        earlier=tuple(_line(row) for row in rows if row is not in_force),
    )


def profile_stamp(code: str) -> str:
    """A text that differs after every change of an agency's commitments."""
    return str(look(_STAMP, code=code)[0][0])


def _line(commitment: Commitment) -> Line:
    # The table's checks give every numbered row both days.
    assert commitment.number
    assert commitment.published_on
    assert commitment.valid_until
    return Line(
        commitment.number,
        commitment.state,
        commitment.published_on,
        commitment.valid_until,
        commitment.ended_on,
    )


def own_commitments(actor: Actor) -> Sequence[Commitment]:
    """The commitments of the institution for which the person acts, newest first, without discarded ones."""
    if actor.uscc is None or not actor.confirmed:
        return []
    return db.session.scalars(
        select(Commitment)
        .join(Commitment.institution)
        .where(Institution.uscc == actor.uscc, Commitment.state != State.DISCARDED.value)
        .order_by(Commitment.id.desc())
    ).all()


def own_commitment(actor: Actor, commitment_id: int) -> Commitment:
    """One commitment of the institution for which the person acts, or 404."""
    found = db.session.get(Commitment, commitment_id)
    if found is None or not actor.acts_for(found.institution.uscc):
        abort(404, "您的机构没有这份承诺书。请从工作台的“信用承诺”进入。")
    return found


def unsigned_of(actor: Actor) -> Commitment | None:
    """The commitment that the person's institution still has to sign, for the workspace."""
    unsigned = (state.value for state in UNSIGNED_STATES)
    states = set(unsigned)
    return next((one for one in own_commitments(actor) if one.state in states), None)


def party_has_account(institution: Institution, party: Party) -> bool:
    """Whether somebody can sign for the party: a confirmed account in its role."""
    role = next(role for role, signs_as in PARTY_OF.items() if signs_as is party)
    found = db.session.scalar(
        select(Account.id)
        .where(
            Account.uscc == institution.uscc,
            Account.role == role.value,
            Account.active.is_(True),
            Account.confirmed.is_(True),
        )
        .limit(1)
    )
    return found is not None


def in_force_of(institution_ids: Iterable[int], *, on: date) -> Mapping[int, Commitment]:
    """The commitment of each of some institutions that is in force on a day."""
    rows = db.session.scalars(
        select(Commitment).where(
            Commitment.institution_id.in_(list(institution_ids)),
            Commitment.state == State.PUBLISHED.value,
            Commitment.valid_until >= on,
        )
    )
    return {row.institution_id: row for row in rows}
