"""The numbers of letters: each office counts its own in each year, without a gap."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from credit_register.core.database import db
from credit_register.letters.models import Kind, LetterSeries
from credit_register.letters.wording import number_text


def take_number(kind: Kind, *, region: str, year: int) -> str:
    """The next 发文字号 of an office; whoever takes one at the same moment waits until this transaction has ended.

    A transaction that is rolled back gives the number back. Take it last, so that nothing waits for long.
    """
    serial = _count_on(kind, region, year)
    if serial is None:
        try:
            with db.session.begin_nested():
                db.session.add(LetterSeries(kind=kind.value, region_code=region, year=year, last=1))
            serial = 1
        except IntegrityError:  # the first two of the year at the same moment
            serial = _count_on(kind, region, year)
            assert serial is not None
    return number_text(kind, region, year, serial)


def _count_on(kind: Kind, region: str, year: int) -> int | None:
    return db.session.scalar(
        update(LetterSeries)
        .where(
            LetterSeries.kind == kind.value,
            LetterSeries.region_code == region,
            LetterSeries.year == year,
        )
        .values(last=LetterSeries.last + 1)
        .returning(LetterSeries.last)
        .execution_options(synchronize_session=False)
    )
