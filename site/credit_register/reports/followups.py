"""What other domains make of a report: a check, a letter. A domain that stands above registers itself here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.reports.models import Report


@dataclass(frozen=True)
class FollowUp:
    """One row of another domain that came of a report, as a line of the case page."""

    label: str
    url: str
    state: str
    day: date | None = None


@dataclass(frozen=True)
class FollowUpKind:
    """One kind of follow-ups: its name, who may begin one, where that is done (nowhere for some reports), and what there is."""

    label: str
    begin: str
    needs: Permission
    where: Callable[[Actor, Report], str | None]
    found: Callable[[Actor, Report], Sequence[FollowUp]]


@dataclass(frozen=True)
class FollowUps:
    """What came of a report, and what may be begun: the words of each button with its address."""

    found: tuple[FollowUp, ...]
    may_begin: tuple[tuple[str, str], ...]


_kinds: dict[str, FollowUpKind] = {}


def register_follow_up(kind: FollowUpKind) -> None:
    """Let a kind stand on the case page; one of the same label takes the place of the one before."""
    _kinds[kind.label] = kind


def follow_ups(actor: Actor, report: Report) -> FollowUps:
    """What the actor may see and begin."""
    found = tuple(each for kind in _kinds.values() for each in kind.found(actor, report))
    begin = ((kind.begin, kind.where(actor, report)) for kind in _kinds.values() if actor.can(kind.needs))
    return FollowUps(found, tuple((words, url) for words, url in begin if url is not None))
