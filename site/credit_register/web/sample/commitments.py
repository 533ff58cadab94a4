"""Sample commitments in every state."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.commitments import services
from credit_register.commitments.models import Commitment
from credit_register.core.database import db
from credit_register.institutions.entries import details_of
from credit_register.institutions.models import Institution
from credit_register.institutions.services import edit_institution
from credit_register.web.sample.accounts import SampleAccounts
from credit_register.web.sample.story import Story, institutions_of, staff

PUBLISHED_IN = (("51", 14), ("33", 14), ("11", 4), ("31", 4), ("44", 4))


def add_commitments(story: Story, accounts: SampleAccounts, *, shown: Institution, bare: Institution) -> None:
    """Many in force, and some in every other state; `shown` has one in force, `bare` is left to be signed."""
    story.on(50, lambda now: _both(shown, accounts, now))
    place = 0
    for province, count in PUBLISHED_IN:
        for institution in institutions_of(province, count, after=6):
            if institution in (shown, bare):
                continue
            place += 1
            story.on(40 + place * 5 % 280, partial(_both, institution, accounts))
    half, drafted, withdrawn, replaced, expired, discarded = institutions_of("51", 6, after=24)
    story.on(3, lambda now: _sign(_draft(half, accounts, now), Role.AGENT, accounts, now))
    story.on(2, lambda now: _draft(drafted, accounts, now))
    story.on(120, lambda now: _both(withdrawn, accounts, now))
    story.on(
        15,
        lambda now: services.withdraw(
            _latest(withdrawn),
            reason="机构书面说明法定代表人签署时未获授权，撤下后重新签署。",
            version=_latest(withdrawn).version,
            actor=staff(Role.PROVINCIAL, "510000"),
            now=now,
        ),
    )
    story.on(350, lambda now: _both(replaced, accounts, now))
    story.on(10, lambda now: _both(replaced, accounts, now))
    story.on(375, lambda now: _both(expired, accounts, now))
    story.on(7, lambda now: _draft(discarded, accounts, now))
    story.on(6, lambda now: _move_house(discarded, now))
    story.on(5, lambda now: _draft(discarded, accounts, now))
    story.on(0, services.expire_due)


def _draft(institution: Institution, accounts: SampleAccounts, now: datetime) -> Commitment:
    agent = accounts.person(institution.uscc, Role.AGENT, now=now)
    return services.start_commitment(institution, actor=agent, now=now)


def _move_house(institution: Institution, now: datetime) -> None:
    """The register changes, so that the text which was made before is no longer true."""
    edit_institution(
        institution,
        details=replace(details_of(institution), address="示例大道 12 号"),
        reason="住所变更",
        version=institution.version,
        actor=staff(Role.PROVINCIAL, "510000"),
        now=now,
    )


def _sign(commitment: Commitment, role: Role, accounts: SampleAccounts, now: datetime) -> None:
    person = accounts.person(commitment.institution.uscc, role, now=now)
    services.sign(commitment, actor=person, agree=True, now=now)


def _both(institution: Institution, accounts: SampleAccounts, now: datetime) -> None:
    commitment = _draft(institution, accounts, now)
    for role in (Role.AGENT, Role.LEGAL_REP):
        _sign(commitment, role, accounts, now)


def _latest(institution: Institution) -> Commitment:
    mine = select(Commitment).where(Commitment.institution_id == institution.id)
    return db.session.scalars(mine.order_by(Commitment.id.desc()).limit(1)).one()
