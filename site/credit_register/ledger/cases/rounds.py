"""The rounds of special governance: the first begins with its first case, the nation starts the next ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.audit import services as audit
from credit_register.audit.labels import ACTION_LABELS, SUBJECT_LABELS
from credit_register.audit.moves import NotPermitted
from credit_register.core import regions
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.plain_text import one_line
from credit_register.ledger.cases.refusals import CaseRefused
from credit_register.ledger.figures import round_on
from credit_register.ledger.models import LedgerCase, LedgerRound

KIND = "ledger_round"
FIRST_TITLE = "信用服务机构失信问题专项治理"
LONGEST_TITLE = 120

SUBJECT_LABELS[KIND] = "治理轮次"
ACTION_LABELS[f"{KIND}.start"] = "治理轮次：开始"


def current_round(*, now: datetime) -> LedgerRound:
    """The round in which cases are opened; made on first use. The caller commits."""
    today = local_date(now)
    found = round_on(today) or _oldest()
    if found is not None:
        return found
    made = LedgerRound(title=FIRST_TITLE, started_on=today)
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:  # two first cases at once
        made = db.session.scalars(select(LedgerRound).where(LedgerRound.title == FIRST_TITLE)).one()
    return made


def _oldest() -> LedgerRound | None:
    return db.session.scalar(select(LedgerRound).order_by(LedgerRound.started_on, LedgerRound.id).limit(1))


def may_start_round(actor: Actor) -> bool:
    """Rounds are the business of the nation."""
    return actor.can(Permission.LEDGER_PRUNE) and actor.sees_region(regions.NATION)


def start_round(title: str, *, actor: Actor, now: datetime) -> LedgerRound:
    """Begin a new round today and end the one before; its running cases go on. Commits.

    Raises CaseRefused or NotPermitted.
    """
    if not may_start_round(actor):
        raise NotPermitted
    title, today = one_line(title), local_date(now)
    if not title or len(title) > LONGEST_TITLE:
        raise CaseRefused("title", f"请填写本轮治理的名称，最多 {LONGEST_TITLE} 字")
    twin = CaseRefused("title", "已有同名的治理轮次，请换一个名称")
    if db.session.scalar(select(LedgerRound.id).where(LedgerRound.title == title)) is not None:
        raise twin
    before = round_on(today)
    if before is not None:
        db.session.refresh(before, with_for_update=True)
        before.ended_on = today
    made = LedgerRound(title=title, started_on=today)
    db.session.add(made)
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise twin from error
    audit.record(
        f"{KIND}.start",
        actor=actor,
        at=now,
        subject_kind=KIND,
        subject_id=made.id,
        region=regions.NATION,
        detail={"name": title},
    )
    db.session.commit()
    return made


def rounds_with_counts(actor: Actor) -> Sequence[tuple[LedgerRound, int]]:
    """All rounds, the newest first, with the cases that the actor's region opened in each."""
    count = (
        select(func.count())
        .where(LedgerCase.round_id == LedgerRound.id, actor.region_filter(LedgerCase.region_code))
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(LedgerRound, count).order_by(LedgerRound.started_on.desc(), LedgerRound.id.desc())
    )
    return [(row, int(number)) for row, number in rows]
