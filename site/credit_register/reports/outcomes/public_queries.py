"""What everybody may ask about results of reports: those in public, and nothing of any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import contains_eager

from credit_register.core import regions, uscc
from credit_register.core.database import db, look
from credit_register.institutions.models import Institution
from credit_register.reports.models import Kind, Matter, Outcome, Report
from credit_register.reports.outcomes.models import OutcomeState, PublishedOutcome
from credit_register.reports.outcomes.publication import stands
from credit_register.reports.routing import office_name

PER_PAGE = 20
_PUBLISHED = PublishedOutcome.state == OutcomeState.PUBLISHED.value
# The page that is kept rendered is of one day, so that the last day needs no place here.
_STAMP = (
    select(PublishedOutcome.public_id, PublishedOutcome.version)
    .join(Institution, Institution.id == PublishedOutcome.institution_id)
    .join(Report, Report.id == PublishedOutcome.report_id)
    .where(Institution.uscc == bindparam("code"), _PUBLISHED, stands())
    .order_by(PublishedOutcome.id)
)


@dataclass(frozen=True)
class PublicOutcome:
    """A result as everybody may read it; `reply_withheld` tells that there is a reply which is not shown."""

    public_id: str
    uscc: str
    name: str
    region: str
    kind: Kind
    matter: Matter
    verdict: Outcome
    found: str
    measure: str
    reply: str
    reply_withheld: bool
    working_days: int
    office: str
    published_on: date
    ends_on: date


@dataclass(frozen=True)
class PublicFilter:
    """How the public list is narrowed; an empty part does not narrow."""

    region: str = ""
    kind: str = ""
    matter: str = ""
    text: str = ""


@dataclass(frozen=True)
class PublicPage:
    """One page of the public list."""

    items: Sequence[PublicOutcome]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PER_PAGE))


def public_outcomes(wanted: PublicFilter, *, page: int, on: date) -> PublicPage:
    """One page of the results in public on a day, newest first."""
    query = _in_public(on)
    if wanted.region:
        query = query.where(regions.within(Institution.region_code, wanted.region))
    if wanted.kind:
        query = query.where(PublishedOutcome.kind == wanted.kind)
    if wanted.matter:
        query = query.where(PublishedOutcome.matter == wanted.matter)
    if wanted.text:
        found = [
            Institution.name.contains(wanted.text, autoescape=True),
            Institution.short_name.contains(wanted.text, autoescape=True),
            PublishedOutcome.found.contains(wanted.text, autoescape=True),
            PublishedOutcome.measure.contains(wanted.text, autoescape=True),
        ]
        if code := uscc.normalise(wanted.text):
            found.append(Institution.uscc.contains(code, autoescape=True))
        query = query.where(or_(*found))
    counted = query.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    total = db.session.scalar(counted) or 0
    rows = db.session.scalars(query.limit(PER_PAGE).offset((page - 1) * PER_PAGE))
    return PublicPage([_shown(row) for row in rows], total, page)


def public_outcome(public_id: str, *, on: date) -> PublicOutcome | None:
    """One result in public on a day; what was withdrawn or is over is not there."""
    row = db.session.scalar(_in_public(on).where(PublishedOutcome.public_id == public_id))
    return _shown(row) if row is not None else None


def outcomes_of(code: str, *, on: date) -> list[PublicOutcome]:
    """The results in public of one institution, newest first."""
    return [_shown(row) for row in db.session.scalars(_in_public(on).where(Institution.uscc == code))]


def stamp(code: str) -> str:
    """A text that differs after every public change at the results of an institution."""
    return " ".join(f"{row.public_id}:{row.version}" for row in look(_STAMP, code=code))


def institutions_with_outcomes() -> Select[int]:
    """The numbers of institutions of which a result is in public."""
    return (
        select(PublishedOutcome.institution_id)
        .join(Report, Report.id == PublishedOutcome.report_id)
        .where(_PUBLISHED, stands())
    )


def _in_public(on: date) -> Select[PublishedOutcome]:
    """Nothing here depends on the worker having ended or withdrawn what is over or no longer decided."""
    return (
        select(PublishedOutcome)
        .join(PublishedOutcome.institution)
        .join(PublishedOutcome.report)
        .where(_PUBLISHED, PublishedOutcome.ends_on >= on, stands())
        .order_by(PublishedOutcome.published_on.desc(), PublishedOutcome.id.desc())
        .options(contains_eager(PublishedOutcome.institution))
    )


def _shown(row: PublishedOutcome) -> PublicOutcome:
    return PublicOutcome(
        public_id=row.public_id,
        uscc=row.institution.uscc,
        name=row.institution.name,
        region=row.institution.region_code,
        kind=Kind(row.kind),
        matter=Matter(row.matter),
        verdict=Outcome(row.verdict),
        found=row.found,
        measure=row.measure,
        reply="" if row.reply_withheld else row.reply,
        reply_withheld=row.reply_withheld,
        working_days=row.working_days,
        office=office_name(row.region_code),
        published_on=row.published_on or date.max,  # the database holds that what is published has a date
        ends_on=row.ends_on,
    )
