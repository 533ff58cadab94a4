"""Both people of one institution, and what they do until their commitment is public."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.commitments import services
from credit_register.commitments.models import Commitment
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.deadlines.services import seed_rules
from credit_register.institutions.models import Institution
from credit_register.notices.models import Notice
from credit_register.transparency.models import PublicEvent
from tests.accounts.signing_in import make_account
from tests.factories import make_institution


@dataclass(frozen=True)
class House:
    """An institution of the register with an agent and a legal representative who have accounts."""

    institution: Institution
    agent_account: Account
    representative_account: Account

    @property
    def agent(self) -> Actor:
        return self.agent_account.actor

    @property
    def representative(self) -> Actor:
        return self.representative_account.actor

    def start(self, **options: Any) -> Commitment:
        return services.start_commitment(self.institution, **{"actor": self.agent, "now": now(), **options})

    def published(self) -> Commitment:
        """A commitment that both have signed."""
        commitment = self.start()
        sign(commitment, self.agent)
        return sign(commitment, self.representative)


def make_house(**overrides: Any) -> House:
    """A registered institution of Chengdu, its people, and the rules of the deadlines."""
    seed_rules()
    db.session.commit()
    institution = make_institution(**overrides)
    people = [
        make_account(
            role, email=f"{role.value}.{institution.uscc}@example.cn".lower(), uscc_code=institution.uscc
        )
        for role in (Role.AGENT, Role.LEGAL_REP)
    ]
    return House(institution, people[0].account, people[1].account)


def sign(commitment: Commitment, actor: Actor, **options: Any) -> Commitment:
    return services.sign(commitment, **{"actor": actor, "agree": True, "now": now(), **options})


def again(commitment: Commitment) -> Commitment:
    db.session.expire_all()
    return db.session.get_one(Commitment, commitment.id)


def public_events(number: str) -> list[PublicEvent]:
    query = select(PublicEvent).where(
        PublicEvent.subject_kind == "commitment", PublicEvent.subject_key == number
    )
    return list(db.session.scalars(query.order_by(PublicEvent.id)))


def titles(account_id: int) -> list[str]:
    return list(
        db.session.scalars(select(Notice.title).where(Notice.account_id == account_id).order_by(Notice.id))
    )


def text_of(page: str) -> str:
    """What a person reads of a page."""
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())
