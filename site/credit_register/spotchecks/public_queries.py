"""What everybody may ask about checks: the decided ones, and nothing of those that are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, bindparam, case, func, or_, select

from credit_register.accounts.models import Account
from credit_register.core import regions, uscc
from credit_register.core.database import db, look
from credit_register.core.deadlines.models import Deadline, DeadlineRule
from credit_register.core.deadlines.rules import Rule
from credit_register.institutions.models import Institution
from credit_register.spotchecks.lifecycle import KIND, PUBLIC_STATES
from credit_register.spotchecks.models import SpotCheck, State, Verdict
from credit_register.spotchecks.words import LOOKS, Look, matter_words

PER_PAGE = 20
_STATES = [state.value for state in PUBLIC_STATES]
_CLEAN = [verdict.value for verdict in Verdict if not verdict.adverse]
_STAMP = (
    select(SpotCheck.__table__.c.id, SpotCheck.__table__.c.version)
    .join(Institution.__table__, Institution.__table__.c.id == SpotCheck.__table__.c.institution_id)
    .where(Institution.__table__.c.uscc == bindparam("code"), SpotCheck.__table__.c.state.in_(_STATES))
    .order_by(SpotCheck.__table__.c.id)
)


@dataclass(frozen=True)
class PublicCheck:
    """A decided check as everybody may read it."""

    public_id: str
    uscc: str
    name: str
    region: str
    matter: str
    verdict: Verdict
    finding: str
    published_on: date
    office: str
    declared_version: int
    correct_by: date | None  # ordered, and not yet found to be corrected
    period_over: bool  # that day has passed; who reported in time and who did not are told the same
    corrected_on: date | None

    @property
    def look(self) -> Look:
        """Tone, symbol and meaning of the verdict."""
        return LOOKS[self.verdict]


@dataclass(frozen=True)
class PublicFilter:
    """How the public list is narrowed; an empty part does not narrow."""

    region: str = ""
    verdict: str = ""
    text: str = ""


@dataclass(frozen=True)
class PublicPage:
    """One page of the public list."""

    checks: Sequence[PublicCheck]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PER_PAGE))


@dataclass(frozen=True)
class CheckCounts:
    """How many checks were decided in a period, and what became of them."""

    decided: int
    clean: int
    corrected: int


def decided_checks(code: str, *, on: date) -> list[PublicCheck]:
    """The decided checks of one institution as of a day, newest first."""
    return _read(_decided().where(Institution.uscc == code), on)


def stamp(code: str) -> str:
    """A text that differs after every public change at the checks of an institution."""
    return " ".join(f"{row.id}:{row.version}" for row in look(_STAMP, code=code))


def inspections(wanted: PublicFilter, *, page: int, on: date) -> PublicPage:
    """One page of the decided checks of all institutions as of a day, newest first."""
    query = _decided()
    if wanted.region:
        query = query.where(regions.within(Institution.region_code, wanted.region))
    if wanted.verdict:
        query = query.where(SpotCheck.verdict == wanted.verdict)
    if wanted.text:
        query = query.where(
            or_(
                Institution.name.contains(wanted.text, autoescape=True),
                Institution.short_name.contains(wanted.text, autoescape=True),
                Institution.uscc.contains(uscc.normalise(wanted.text), autoescape=True),
            )
        )
    counted = query.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    total = db.session.scalar(counted) or 0
    shown = query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    return PublicPage(_read(shown, on), total, page)


def counts_since(day: date) -> CheckCounts:
    """Checks whose verdict was published on a day or later and stands."""
    row = db.session.execute(
        select(
            func.count(),
            func.sum(case((SpotCheck.verdict.in_(_CLEAN), 1), else_=0)),
            func.sum(case((SpotCheck.state == State.CORRECTED.value, 1), else_=0)),
        ).where(SpotCheck.published_on >= day, SpotCheck.state.in_(_STATES))
    ).one()
    return CheckCounts(row[0], row[1] or 0, row[2] or 0)


def _decided() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Institution.uscc,
            Institution.name,
            Institution.region_code,
            SpotCheck.id,
            SpotCheck.public_id,
            SpotCheck.state,
            SpotCheck.matter,
            SpotCheck.matter_text,
            SpotCheck.verdict,
            SpotCheck.finding,
            SpotCheck.published_on,
            SpotCheck.snapshot_number,
            SpotCheck.corrected_on,
            func.coalesce(SpotCheck.confirmed_by_id, SpotCheck.concluded_by_id).label("published_by"),
        )
        .join_from(SpotCheck, Institution, Institution.id == SpotCheck.institution_id)
        .where(SpotCheck.state.in_(_STATES))
        .order_by(SpotCheck.published_on.desc(), SpotCheck.id.desc())
    )


def _read(query: Select[*tuple[Any, ...]], on: date) -> list[PublicCheck]:
    rows = db.session.execute(query).all()
    ends, offices = _ends(rows), _offices({row.published_by for row in rows})
    return [
        PublicCheck(
            public_id=row.public_id,
            uscc=row.uscc,
            name=row.name,
            region=row.region_code,
            matter=matter_words(row.matter, row.matter_text),
            verdict=Verdict(row.verdict),
            finding=row.finding,
            published_on=row.published_on,
            office=offices.get(row.published_by, ""),
            declared_version=row.snapshot_number,
            correct_by=ends.get(row.id),
            period_over=row.id in ends and ends[row.id] < on,
            corrected_on=row.corrected_on,
        )
        for row in rows
    ]


def _ends(rows: Sequence[Row[*tuple[Any, ...]]]) -> Mapping[int, date]:
    """The last days of ordered corrections; whether the institution has reported is not told."""
    ordered = [row.id for row in rows if row.state in (State.ORDERED.value, State.RESPONDED.value)]
    if not ordered:
        return {}
    found = db.session.execute(
        select(Deadline.subject_id, Deadline.due_on).where(
            Deadline.subject_kind == KIND,
            Deadline.subject_id.in_(ordered),
            Deadline.closed_at.is_(None),
            Deadline.rule.has(DeadlineRule.name == Rule.CORRECTION.value),
        )
    )
    return {row.subject_id: row.due_on for row in found}


def _offices(people: set[int]) -> Mapping[int, str]:
    accounts = db.session.scalars(select(Account).where(Account.id.in_(people))) if people else ()
    return {account.id: account.actor.public_label for account in accounts}


def institutions_at_fault() -> Select[int]:
    """The numbers of institutions with a published fault that nobody has found to be mended."""
    open_states = [state.value for state in PUBLIC_STATES if state is not State.CORRECTED]
    return select(SpotCheck.institution_id).where(
        SpotCheck.state.in_(open_states), SpotCheck.verdict.is_not(None), SpotCheck.verdict.not_in(_CLEAN)
    )
