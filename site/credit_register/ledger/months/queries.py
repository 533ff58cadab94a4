"""What staff ask about the months of the ledger: their own, and who below has not reported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort
from sqlalchemy import func, select
from sqlalchemy.orm import defer
from sqlalchemy.sql.base import ExecutableOption

from credit_register.access.actor import Actor
from credit_register.core import regions
from credit_register.core.calendar.queries import load_calendar
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.queries import UnknownRule
from credit_register.ledger.figures import on_the_ledger
from credit_register.ledger.models import LedgerCase, LedgerMonth, MonthOrigin
from credit_register.ledger.months.periods import (
    Limits,
    finished_months,
    last_finished,
    limits_of,
    month_of,
    words_of,
)

MOST_MONTHS = 12  # that the page of an office lists


@dataclass(frozen=True)
class Closing:
    """How far one region is with one month: what is frozen, if anything, and until when it had to be."""

    region: str
    month: str
    newest: LedgerMonth | None
    closed_on: date | None  # the day of the first closing, which is what was in time or late
    limits: Limits | None
    on: date
    cases: int = 0

    @property
    def month_words(self) -> str:
        return words_of(self.month)

    @property
    def is_late(self) -> bool:
        """Whether it was, or is being, closed after the last day."""
        day = self.closed_on or self.on
        return self.limits is not None and day > self.limits.last.day

    @property
    def is_soon(self) -> bool:
        """Whether it is open and the office's own day has come."""
        return self.newest is None and self.limits is not None and self.on >= self.limits.internal.day

    @property
    def corrections(self) -> int:
        return self.newest.number if self.newest is not None else 0

    @property
    def word(self) -> str:
        """The state in words."""
        if self.newest is None:
            return "逾期未关账" if self.is_late else "未关账"
        return "逾期关账" if self.is_late else "已关账"

    @property
    def tone(self) -> str:
        if self.newest is None:
            return "bad" if self.is_late else "warning" if self.is_soon else "plain"
        return "warning" if self.is_late else "good"

    @property
    def symbol(self) -> str:
        if self.newest is None:
            return "warning" if self.is_late else "clock"
        return "check"


def newest(region: str, month: str, origin: MonthOrigin) -> LedgerMonth | None:
    """What counts of a month: the correction with the highest number."""
    return db.session.scalar(
        select(LedgerMonth)
        .where(
            LedgerMonth.region_code == region,
            LedgerMonth.month == month,
            LedgerMonth.origin == origin.value,
        )
        .order_by(LedgerMonth.number.desc())
        .limit(1)
    )


def exportable(region: str, month: str) -> LedgerMonth | None:
    """What `export ledger` writes: the month that was closed here, else the imported snapshot."""
    return newest(region, month, MonthOrigin.CLOSED) or newest(region, month, MonthOrigin.IMPORTED)


def month_for(actor: Actor, month_id: int) -> LedgerMonth:
    """One frozen month of the actor's region, or 404."""
    found = db.session.scalar(
        select(LedgerMonth).where(actor.region_filter(LedgerMonth.region_code), LedgerMonth.id == month_id)
    )
    if found is None:
        abort(404)
    return found


def numbers_of(actor: Actor, month: LedgerMonth) -> Sequence[LedgerMonth]:
    """The month and its corrections, the newest first, without their lines."""
    return db.session.scalars(
        select(LedgerMonth)
        .where(
            actor.region_filter(LedgerMonth.region_code),
            LedgerMonth.region_code == month.region_code,
            LedgerMonth.month == month.month,
            LedgerMonth.origin == month.origin,
        )
        .order_by(LedgerMonth.number.desc())
        .options(*_light())
    ).all()


def imported_months(actor: Actor) -> Sequence[LedgerMonth]:
    """The months that came as files, the newest number of each, without their lines."""
    rows = db.session.scalars(
        select(LedgerMonth)
        .where(actor.region_filter(LedgerMonth.region_code), LedgerMonth.origin == MonthOrigin.IMPORTED.value)
        .order_by(LedgerMonth.month.desc(), LedgerMonth.region_code, LedgerMonth.number.desc())
        .options(*_light())
    ).all()
    first: dict[tuple[str, str], LedgerMonth] = {}
    for row in rows:
        first.setdefault((row.month, row.region_code), row)
    return list(first.values())


def own_closings(actor: Actor, *, on: date) -> list[Closing]:
    """The finished months of the actor's own region since its first case, the newest first."""
    region = actor.region or regions.NATION
    months = finished_months(on, first=first_month(region, on=on), most=MOST_MONTHS)
    return _closings([(region, month) for month in months], on=on)


def first_month(region: str, *, on: date) -> str:
    """The first month that a region can close: that of its first case, at the latest the last finished one.

    A region without cases reports none of the last month, and nothing of the months before.
    """
    opened = db.session.scalar(
        select(func.min(LedgerCase.opened_on)).where(regions.within(LedgerCase.region_code, region))
    )
    last = last_finished(on)
    return min(month_of(opened), last) if opened else last


def closings_below(actor: Actor, month: str, *, on: date) -> list[Closing]:
    """The offices directly below that have cases, those that have not reported first."""
    counts = cases_by_office(actor.region or regions.NATION, on=on)
    found = _closings([(region, month) for region in counts], on=on, cases=counts)
    return sorted(found, key=lambda closing: (closing.newest is not None, closing.region))


def cases_by_office(region: str, *, on: date) -> Mapping[str, int]:
    """How many cases each office directly below a region is responsible for; only those with any.

    A city without cases has nothing to report. Cases of the region's own office count for none below.
    """
    below = offices_below(region)
    rows = db.session.execute(
        select(LedgerCase.region_code, func.count())
        .where(regions.within(LedgerCase.region_code, region), *on_the_ledger(on))
        .group_by(LedgerCase.region_code)
    ).all()
    counts: defaultdict[str, int] = defaultdict(int)
    for code, count in rows:
        office = next((each for each in below if regions.covers(each, code)), None)
        if office is not None:
            counts[office] += count
    return dict(sorted(counts.items()))


def offices_below(region: str) -> list[str]:
    """The regions directly below; one that is a mere heading of the statistics (市辖区) gives way to its own."""
    found: list[str] = []
    for child in regions.children(region):
        if regions.full_name(child.code) == regions.full_name(region):
            found += [below.code for below in regions.children(child.code)]
        else:
            found.append(child.code)
    return found


def _closings(
    wanted: Iterable[tuple[str, str]], *, on: date, cases: Mapping[str, int] | None = None
) -> list[Closing]:
    pairs = list(wanted)
    rows = db.session.scalars(
        select(LedgerMonth)
        .where(
            LedgerMonth.origin == MonthOrigin.CLOSED.value,
            LedgerMonth.month.in_({month for _, month in pairs}),
            LedgerMonth.region_code.in_({region for region, _ in pairs}),
        )
        .order_by(LedgerMonth.number)
        .options(*_light())
    ).all()
    first: dict[tuple[str, str], LedgerMonth] = {}
    last: dict[tuple[str, str], LedgerMonth] = {}
    for row in rows:
        first.setdefault((row.region_code, row.month), row)
        last[row.region_code, row.month] = row
    limits = _limits({month for _, month in pairs})
    return [
        Closing(
            region=region,
            month=month,
            newest=last.get((region, month)),
            closed_on=local_date(first[region, month].made_at) if (region, month) in first else None,
            limits=limits[month],
            on=on,
            cases=(cases or {}).get(region, 0),
        )
        for region, month in pairs
    ]


def _limits(months: Iterable[str]) -> dict[str, Limits | None]:
    calendar = load_calendar()
    found: dict[str, Limits | None] = {}
    for month in months:
        try:
            found[month] = limits_of(month, calendar=calendar)
        except UnknownRule:
            found[month] = None
    return found


def _light() -> tuple[ExecutableOption, ...]:
    """Without the lines, of which a national ledger has thousands."""
    return defer(LedgerMonth.rows), defer(LedgerMonth.header)
