"""Published lines that somebody may doubt or object to: found by a key, and taken down when an objection is right.

A domain registers the lines that it publishes. Only what is public now is found: a line that is gone leads nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.institutions.models import Institution
from credit_register.reports.models import Report

LONGEST_TEXT = 200


@dataclass(frozen=True)
class Line:
    """One published line as a reader sees it; `key` names it in addresses and in the report."""

    key: str
    label: str
    text: str

    @property
    def words(self) -> str:
        """The line in one sentence, as the report keeps it."""
        whole = f"{self.label}：{self.text}"
        return whole if len(whole) <= LONGEST_TEXT else f"{whole[: LONGEST_TEXT - 1]}…"


# Takes down the line with this key; audits, and does not commit.
Withdraw = Callable[[Institution, str, str, Actor, datetime], None]


@dataclass(frozen=True)
class LineKind:
    """One kind of lines: how one is found by what stands behind the colon, who may take it down, and how.

    Without `withdraw` a line is corrected on the page of its domain, and nothing is taken down at once.
    """

    name: str
    find: Callable[[Institution, str], Line | None]
    withdraw: Withdraw | None = None
    needs: Permission | None = None


_kinds: dict[str, LineKind] = {}


def register_lines(kind: LineKind) -> None:
    """Let lines of a kind be doubted; one of the same name takes the place of the one before."""
    _kinds[kind.name] = kind


def line_of(institution: Institution, key: str) -> Line | None:
    """The line of an institution that is public now under this key."""
    name, _, rest = key.partition(":")
    kind = _kinds.get(name)
    return kind.find(institution, rest) if kind is not None and rest else None


class LineGone(Exception):
    """The line is no longer public."""


def reads_as_before(report: Report) -> bool:
    """Whether the disputed line is still published and reads as it did when it was disputed."""
    if report.institution is None or not report.disputed_key:
        return False
    line = line_of(report.institution, report.disputed_key)
    return line is not None and line.words == report.disputed_text


def can_be_withdrawn(report: Report, actor: Actor) -> bool:
    """Whether the disputed line still stands, and the actor may take it down and sees its region."""
    kind = _kinds.get(report.disputed_key.partition(":")[0])
    if kind is None or kind.withdraw is None or report.institution is None:
        return False
    allowed = kind.needs is None or actor.can(kind.needs)
    return (
        allowed
        and actor.sees_region(report.institution.region_code)
        and line_of(report.institution, report.disputed_key) is not None
    )


def withdraw_line(report: Report, *, reason: str, actor: Actor, now: datetime) -> None:
    """Take the disputed line off every page, index and feed at once; the caller commits.

    The caller has asked `can_be_withdrawn`. Raises LineGone where it was taken down since.
    """
    name, _, rest = report.disputed_key.partition(":")
    withdraw = _kinds[name].withdraw
    assert withdraw is not None
    assert report.institution is not None
    if line_of(report.institution, report.disputed_key) is None:
        raise LineGone
    withdraw(report.institution, rest, reason, actor, now)
