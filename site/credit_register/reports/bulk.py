"""One deed on many reports of the queue: each is a step of its own, and what cannot go through stays as it is.

A row that is not in the actor's region is not there. A row that changed since the page was made, or whose state refuses,
is named with its reason; what the same person has just done with the same words counts as done, not as a change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from credit_register.access.actor import Actor
from credit_register.audit.moves import ReasonMissing
from credit_register.audit.queries import who_was_first
from credit_register.core.database import db
from credit_register.core.deadlines.queries import UnknownRule
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.reports import merging, triage
from credit_register.reports.assignment import (
    assign_inner,
    tag_inner,
    tell_handler,
    untag_inner,
)
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import Report
from credit_register.reports.refusals import StepRefused
from credit_register.reports.staff_queries import did_last, forwarded_away, reports_in_scope

MOST: Final = 100
_REFUSALS: Final = (StepRefused, ReasonMissing, UnknownRule, MoveNotAllowed)


@dataclass
class Done:
    """What went through, and what was left as it is with the reason, both by the number of the case."""

    done: list[str] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)


def assign_many(
    versions: Mapping[int, int], *, officer_id: int, reason: str, actor: Actor, now: datetime
) -> Done:
    """Give reports to one officer, who is told once. Commits."""
    changed: list[int] = []

    def assign(report: Report, version: int) -> None:
        if assign_inner(report, officer_id=officer_id, reason=reason, version=version, actor=actor, now=now):
            changed.append(report.id)

    done = _each(versions, assign, actor=actor, move="assign", reason=reason)
    if changed:
        tell_handler(officer_id, len(changed), actor=actor, now=now)
        db.session.commit()
    return done


def tag_many(versions: Mapping[int, int], *, word: str, actor: Actor, now: datetime) -> Done:
    """Add a tag to reports. Commits."""
    return _each(
        versions,
        lambda report, version: tag_inner(report, word=word, version=version, actor=actor, now=now),
        actor=actor,
    )


def untag_many(versions: Mapping[int, int], *, word: str, actor: Actor, now: datetime) -> Done:
    """Take a tag from reports. Commits."""
    return _each(
        versions,
        lambda report, version: untag_inner(report, word=word, version=version, actor=actor, now=now),
        actor=actor,
    )


def forward_many(
    versions: Mapping[int, int], *, target: str, reason: str, actor: Actor, now: datetime
) -> Done:
    """Hand reports over to another region's office. Commits."""

    def forward(report: Report, version: int) -> None:
        triage.forward_report(report, target=target, reason=reason, version=version, actor=actor, now=now)

    gone = {each for each in versions if forwarded_away(actor, each, reason=reason)}
    rest = {each: version for each, version in versions.items() if each not in gone}
    found = _each(rest, forward, actor=actor, move="forward", reason=reason)
    found.done += [f"{each:06}" for each in sorted(gone)]
    return found


def merge_many(versions: Mapping[int, int], *, reason: str, actor: Actor, now: datetime) -> Done:
    """Handle reports as one, pair by pair; which one leads is the service's decision. Commits."""
    found = Done()
    lead: int | None = None
    for report_id in sorted(versions):
        report = _report(actor, report_id)
        if report is None:
            continue
        number = report.number
        if merging.unfit(report):
            if did_last(actor, report_id, "merge", reason=reason):
                found.done.append(number)
            else:
                found.left.append((number, merging.unfit(report)))
            continue
        first = _report(actor, lead) if lead is not None else None
        if first is None:
            lead = report_id
            continue
        try:
            lead = merging.merge(first, report, reason=reason, versions=versions, actor=actor, now=now).id
        except StaleVersion:
            db.session.rollback()
            stale = next((each for each in (first, report) if each.version != versions[each.id]), report)
            found.left.append((stale.number, who_was_first(KIND, stale.id)))
            if stale is first:
                lead = report_id
        except _REFUSALS as refusal:
            db.session.rollback()
            found.left.append((number, str(refusal)))
        else:
            found.done.append(number)
    return _with_lead(found, lead, actor)


def _with_lead(found: Done, lead: int | None, actor: Actor) -> Done:
    """The one that is left over leads the others, or nothing was there to merge it with."""
    report = _report(actor, lead) if lead is not None else None
    if report is not None and not found.done:
        found.left.append((report.number, "没有可以与它并案的事项"))
    return found


def _each(
    versions: Mapping[int, int],
    deed: Callable[[Report, int], None],
    *,
    actor: Actor,
    move: str = "",
    reason: str = "",
) -> Done:
    """One transaction for each report, in the order of their numbers."""
    found = Done()
    for report_id in sorted(versions):
        report = _report(actor, report_id)
        if report is None:
            continue
        number = report.number
        try:
            deed(report, versions[report_id])
            db.session.commit()
        except (StaleVersion, *_REFUSALS) as refusal:
            db.session.rollback()
            if move and did_last(actor, report_id, move, reason=reason):
                found.done.append(number)
            else:
                stale = isinstance(refusal, StaleVersion)
                found.left.append((number, who_was_first(KIND, report_id) if stale else str(refusal)))
        else:
            found.done.append(number)
    return found


def _report(actor: Actor, report_id: int) -> Report | None:
    return db.session.scalar(reports_in_scope(actor).where(Report.id == report_id))
