"""What everybody may ask about measures: those that two persons made public, and nothing of any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select
from sqlalchemy.orm import contains_eager

from credit_register.core.clock import today
from credit_register.core.database import db, look
from credit_register.institutions.models import Institution
from credit_register.ledger.measures.publicity import taken_on
from credit_register.ledger.measures.words import Standing, standing
from credit_register.ledger.models import (
    InterviewForm,
    LedgerCase,
    Measure,
    MeasureKind,
    MeasureState,
    PublicState,
)

_PUBLISHED = Measure.public_state == PublicState.PUBLISHED.value
# The page that is kept rendered is of one day, so that the last day needs no place here.
_STAMP = (
    select(Measure.public_id, Measure.version)
    .join(LedgerCase, LedgerCase.id == Measure.case_id)
    .join(Institution, Institution.id == LedgerCase.institution_id)
    .where(Institution.uscc == bindparam("code"), _PUBLISHED)
    .order_by(Measure.id)
)


@dataclass(frozen=True)
class PublicMeasure:
    """A measure as everybody may read it."""

    public_id: str
    uscc: str
    kind: MeasureKind
    form: InterviewForm | None
    text: str
    office: str
    taken_on: date
    standing: Standing
    ended_on: date | None
    published_on: date
    public_until: date

    @property
    def title(self) -> str:
        """What the measure is called."""
        return self.form.label if self.form else self.kind.label


def in_public(on: date) -> ColumnElement[bool]:
    """The condition of a measure in public on a day; nothing of it depends on the worker having ended what is over."""
    return and_(_PUBLISHED, Measure.state != MeasureState.CANCELLED.value, Measure.public_until >= on)


def measures_of(code: str, *, on: date) -> list[PublicMeasure]:
    """The measures in public of one institution, newest first."""
    return [_shown(row) for row in db.session.scalars(_in_public(on).where(Institution.uscc == code))]


def public_measure(public_id: str, *, on: date) -> Measure | None:
    """The row of one measure that is in public on a day."""
    return db.session.scalar(_in_public(on).where(Measure.public_id == public_id))


def stamp(code: str) -> str:
    """A text that differs after every public change at the measures of an institution."""
    return " ".join(f"{row.public_id}:{row.version}" for row in look(_STAMP, code=code))


def institutions_with_measures() -> Select[int]:
    """The numbers of institutions of which a circular, dishonest facts or a supervision in force is in public."""
    return (
        select(Institution.id)
        .join(LedgerCase, LedgerCase.institution_id == Institution.id)
        .join(Measure, Measure.case_id == LedgerCase.id)
        .where(
            in_public(today()),
            or_(
                Measure.kind.in_([MeasureKind.CIRCULAR.value, MeasureKind.PUBLICATION.value]),
                (Measure.kind == MeasureKind.SUPERVISION.value) & (Measure.state == MeasureState.DONE.value),
            ),
        )
    )


def _in_public(on: date) -> Select[Measure]:
    return (
        select(Measure)
        .join(Measure.case)
        .join(LedgerCase.institution)
        .where(in_public(on))
        .order_by(Measure.published_on.desc(), Measure.id.desc())
        .options(contains_eager(Measure.case).contains_eager(LedgerCase.institution))
    )


def _shown(row: Measure) -> PublicMeasure:
    institution = row.case.institution
    # The database holds that what is published has both days.
    assert institution is not None
    assert row.published_on is not None
    assert row.public_until is not None
    kind, state = MeasureKind(row.kind), MeasureState(row.state)
    return PublicMeasure(
        public_id=row.public_id,
        uscc=institution.uscc,
        kind=kind,
        form=InterviewForm(row.form) if row.form else None,
        text=row.public_text,
        office=row.office,
        taken_on=taken_on(row),
        standing=standing(kind, state, told_public=True),
        ended_on=row.ended_on,
        published_on=row.published_on,
        public_until=row.public_until,
    )
