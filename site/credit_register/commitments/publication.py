"""The second signature: the commitment gets its number and its days, and the register and the public learn of it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from credit_register.access.actor import Actor
from credit_register.audit.moves import make_move
from credit_register.commitments.lifecycle import COMMITMENT, KIND
from credit_register.commitments.models import Commitment, State
from credit_register.commitments.steps import move, tell_the_world
from credit_register.core.calendar.queries import load_calendar
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.rules import period_end
from credit_register.institutions.services import note_commitment
from credit_register.notices.services import tell_institution

_NUMBER_ATTEMPTS = 20


def publish(commitment: Commitment, actor: Actor, now: datetime) -> None:
    """The second signature: number, dates, the register, the public log; the one in force before gives way."""
    institution, today = commitment.institution, local_date(now)
    before = db.session.scalar(
        select(Commitment).where(
            Commitment.institution_id == institution.id, Commitment.state == State.PUBLISHED.value
        )
    )
    if before is not None:
        move(before, "replace", actor, now)
        before.ended_on = today
        tell_the_world("replaced", before, now, ended_on=today.isoformat())
    # The period is the one that stands in the text which both have signed, whatever the table says by now.
    validity = commitment.facts["validity"]
    until = period_end(today, validity["amount"], validity["unit"], load_calendar()).day
    _countersign(commitment, published_on=today, valid_until=until, actor=actor, now=now)
    number = str(commitment.number)
    tell_the_world(
        "published",
        commitment,
        now,
        name=institution.name,
        template_version=commitment.template_version,
        sha256=commitment.sha256,
        published_on=today.isoformat(),
        valid_until=until.isoformat(),
    )
    note_commitment(
        institution, committed_on=today, reason=f"信用承诺书 {number} 开始公示", actor=actor, now=now
    )
    tell_institution(
        institution.uscc,
        title="信用承诺书已公示",
        text=f"编号 {number}，双方已签署，有效期至 {until}。",
        path=f"/commitments/{number}",
        now=now,
    )


def _countersign(
    commitment: Commitment, *, published_on: date, valid_until: date, actor: Actor, now: datetime
) -> None:
    """The move with what the public state demands.

    Two institutions of a region may publish at the same moment and count to the same number: the second
    finds it taken and counts on.
    """
    region = commitment.institution.region_code
    for attempt in range(_NUMBER_ATTEMPTS):
        number = next_number(region, published_on.year)
        try:
            with db.session.begin_nested():
                make_move(
                    COMMITMENT,
                    commitment,
                    "countersign",
                    kind=KIND,
                    region=region,
                    version=commitment.version,
                    actor=actor,
                    now=now,
                    detail={"number": number, "sha256": commitment.sha256},
                    values={"number": number, "published_on": published_on, "valid_until": valid_until},
                )
        except IntegrityError:
            if attempt == _NUMBER_ATTEMPTS - 1:
                raise
        else:
            return


def next_number(region: str, year: int) -> str:
    """Year, region of the institution and a running number within both: 2026-510100-000123.

    Only published ones are counted, so that no gap tells of a commitment that nobody signed.
    """
    prefix = f"{year}-{region}-"
    last = db.session.scalar(
        select(Commitment.number)
        .where(Commitment.number.startswith(prefix, autoescape=True))
        .order_by(func.length(Commitment.number).desc(), Commitment.number.desc())
        .limit(1)
    )
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:06}"
