"""Reports that may be about the same facts: on the same subject and told in similar words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, or_, select

from credit_register.access.actor import Actor
from credit_register.core.database import db
from credit_register.core.masking import plain
from credit_register.reports.models import UNDECIDED, Kind, Report

LOOKED_AT: Final = 100  # of the newest on the subject
SHOWN: Final = 5
ALIKE: Final = 0.2  # share of pairs of characters that both texts have; below it people tell different things
_SAME_MATTER: Final = 0.1


@dataclass(frozen=True)
class Similar:
    """Another report and how much of both texts is the same, from 0 to 1."""

    report: Report
    likeness: float

    @property
    def percent(self) -> int:
        return round(self.likeness * 100)


def same_subject(report: Report) -> ColumnElement[bool]:
    """Reports about the same institution, or about what bears the same code, name, site, telephone or account."""
    same: list[ColumnElement[bool]] = []
    if report.institution_id is not None:
        same.append(Report.institution_id == report.institution_id)
    named = (
        Report.subject_uscc,
        Report.subject_name,
        Report.subject_site,
        Report.subject_phone,
        Report.subject_account,
    )
    same += [column == value for column in named if (value := getattr(report, column.key))]
    return or_(*same) & (Report.id != report.id)


def similar_to(actor: Actor, report: Report) -> Sequence[Similar]:
    """The open reports of the office that are most alike; objections are never among them."""
    if report.kind == Kind.OBJECTION or report.state not in UNDECIDED:
        return []
    others = db.session.scalars(
        select(Report)
        .where(
            same_subject(report),
            actor.region_filter(Report.region_code),
            Report.region_code == report.region_code,
            Report.kind != Kind.OBJECTION.value,
            Report.state.in_([state.value for state in UNDECIDED]),
        )
        .order_by(Report.received_at.desc(), Report.id.desc())
        .limit(LOOKED_AT)
    )
    own = _pairs(report.facts)
    alike = [Similar(other, _likeness(report, own, other)) for other in others]
    alike = [each for each in alike if each.likeness >= ALIKE]
    return sorted(alike, key=lambda each: (-each.likeness, each.report.id))[:SHOWN]


def _likeness(report: Report, own: set[str], other: Report) -> float:
    pairs = _pairs(other.facts)
    shared = len(own & pairs) / max(len(own | pairs), 1)
    return min(1.0, shared + (_SAME_MATTER if report.matter == other.matter else 0))


def _pairs(text: str) -> set[str]:
    letters = "".join(filter(str.isalnum, map(plain, text.lower())))
    return {letters[place : place + 2] for place in range(len(letters) - 1)}
