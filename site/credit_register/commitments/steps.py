"""What every deed at a commitment is made of; nothing here but `commit` commits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from credit_register.access.actor import Actor
from credit_register.audit.moves import make_move
from credit_register.commitments.lifecycle import COMMITMENT, KIND
from credit_register.commitments.models import Commitment
from credit_register.core.database import db
from credit_register.core.lifecycle import stale_told
from credit_register.transparency.services import record_public_event


def hold(commitment: Commitment) -> None:
    """Read both rows again and hold them to the end of the transaction."""
    db.session.refresh(commitment.institution, with_for_update=True)
    db.session.refresh(commitment, with_for_update=True)


def move(
    commitment: Commitment,
    name: str,
    actor: Actor,
    now: datetime,
    *,
    version: int | None = None,
    reason: str = "",
) -> None:
    make_move(
        COMMITMENT,
        commitment,
        name,
        kind=KIND,
        region=commitment.institution.region_code,
        version=commitment.version if version is None else version,
        actor=actor,
        now=now,
        reason=reason,
        detail={"number": commitment.number} if commitment.number else None,
    )


def tell_the_world(what: str, commitment: Commitment, now: datetime, **content: Any) -> None:
    """The row of the public log; no text and no person, which the hash of the text stands for."""
    number = str(commitment.number)
    record_public_event(
        f"{KIND}.{what}",
        subject_kind=KIND,
        subject_key=number,
        payload={"number": number, "uscc": commitment.institution.uscc, **content},
        at=now,
    )


def commit() -> None:
    with stale_told():
        db.session.commit()
