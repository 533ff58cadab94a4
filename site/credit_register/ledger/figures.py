"""How far the governance of a region has come: what was pushed, opened, pruned and exited, and the exit rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, String, and_, case, cast, exists, func, not_, or_, select
from sqlalchemy.orm import aliased

from credit_register.access.actor import Actor
from credit_register.audit.models import AuditEvent
from credit_register.core import regions
from credit_register.core.clock import SHANGHAI
from credit_register.core.database import db
from credit_register.ledger.lifecycle import KIND
from credit_register.ledger.models import CaseState, LedgerCase, LedgerRound, Origin


@dataclass(frozen=True)
class Figures:
    """Counts of cases; each episode of a subject is a case of its own.

    `pushed` and `opened` hold the pruned ones too; `rate` is between 0 and 1, None where nothing is counted.
    """

    pushed: int
    opened: int
    pruned: int
    exited: int

    @property
    def counted(self) -> int:
        """The denominator: pushed + opened − pruned."""
        return self.pushed + self.opened - self.pruned

    @property
    def running(self) -> int:
        """Those that are still on the ledger."""
        return self.counted - self.exited

    @property
    def rate(self) -> float | None:
        """Exited / (pushed + opened − pruned)."""
        return self.exited / self.counted if self.counted else None

    @property
    def rate_words(self) -> str:
        """The exit rate for people, never rounded up to 100 %."""
        if not self.counted:
            return "—"
        return f"{self.exited * 1000 // self.counted / 10:.1f}%"


def round_on(on: date) -> LedgerRound | None:
    """The round that a day belongs to: the newest that had begun."""
    return db.session.scalar(
        select(LedgerRound)
        .where(LedgerRound.started_on <= on)
        .order_by(LedgerRound.started_on.desc(), LedgerRound.id.desc())
        .limit(1)
    )


def on_the_ledger(on: date) -> Sequence[ColumnElement[bool]]:
    """The cases that count on a day: opened by then, save those that had ended before the round of that day began."""
    conditions: list[ColumnElement[bool]] = [LedgerCase.opened_on <= on]
    present = round_on(on)
    if present is not None:
        conditions += [
            or_(ended_on.is_(None), ended_on >= present.started_on)
            for ended_on in (LedgerCase.exited_on, LedgerCase.pruned_on)
        ]
        conditions.append(not_(_was_put_back_after(on, pruned_before=present.started_on)))
    return conditions


def was_exited(on: date) -> ColumnElement[bool]:
    """Whether a case had been exited by a day."""
    return and_(LedgerCase.state == CaseState.EXITED.value, LedgerCase.exited_on <= on)


def was_pruned(on: date) -> ColumnElement[bool]:
    """Whether a case had been pruned by a day and was not put back on or before it."""
    still = and_(LedgerCase.state == CaseState.PRUNED.value, LedgerCase.pruned_on <= on)
    return or_(still, _was_put_back_after(on, pruned_before=on + timedelta(days=1)))


def _was_put_back_after(on: date, *, pruned_before: date) -> ColumnElement[bool]:
    """Whether a case was pruned before a day, and put back only after another; the row itself forgets that it ever was.

    The audit remembers each turn.
    """
    pruned, back = aliased(AuditEvent), aliased(AuditEvent)
    case_id = cast(LedgerCase.id, String)
    next_back = (
        select(func.min(back.at))
        .where(
            back.subject_kind == KIND,
            back.subject_id == case_id,
            back.action == f"{KIND}.unprune",
            back.id > pruned.id,
        )
        .correlate(pruned, LedgerCase)
        .scalar_subquery()
    )
    return exists().where(
        pruned.subject_kind == KIND,
        pruned.subject_id == case_id,
        pruned.action == f"{KIND}.prune",
        pruned.at < _midnight(pruned_before),
        next_back >= _midnight(on + timedelta(days=1)),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def figures(scope: Actor | str, *, on: date) -> Figures:
    """The figures of an actor's region, or of the region of a code, as of a day."""
    within = (
        scope.region_filter(LedgerCase.region_code)
        if isinstance(scope, Actor)
        else regions.within(LedgerCase.region_code, scope)
    )
    row = db.session.execute(
        select(
            *(
                func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
                for condition in (
                    LedgerCase.origin == Origin.PUSHED.value,
                    LedgerCase.origin == Origin.OPENED.value,
                    was_pruned(on),
                    was_exited(on),
                )
            )
        ).where(within, *on_the_ledger(on))
    ).one()
    return Figures(*map(int, row))
