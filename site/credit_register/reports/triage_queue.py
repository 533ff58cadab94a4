"""The triage queue of an office: which reports, the most urgent first, and how many of each.

Built for a hundred thousand reports. Where many are open, a page looks at the deadlines that end first, at more of
them only when they do not fill it; where few are open, it looks up the deadlines of each. Both give the same order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, select
from sqlalchemy.orm import aliased, joinedload

from credit_register.access.actor import Actor
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline
from credit_register.institutions.models import Institution
from credit_register.reports import full_text
from credit_register.reports.full_text import Hits
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import Report, State
from credit_register.reports.queue_filter import (
    NOTHING_RUNS,
    OPEN,
    OVERDUE,
    SHUT,
    QueueFilter,
    conditions_of,
    in_scope,
    is_number,
)
from credit_register.reports.running import Lamps, Running, running_for

PER_PAGE = 40
# Up to here looking up the deadline of each open report is quicker than following the index of deadlines.
FEW = 4_000
COUNTED_TO = 1_000
WINDOW = 2_000
_NEVER = date(9999, 12, 31)


@dataclass(frozen=True)
class QueueRow:
    """One line of the queue; `next_due` is the nearest open deadline."""

    report: Report
    next_due: Running | None


@dataclass(frozen=True)
class QueuePage:
    """One page of the queue."""

    items: Sequence[QueueRow]
    page: int
    total: int
    # What the index found for the words; None without words, or where the database looked for names and numbers only.
    hits: Hits | None = None

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PER_PAGE))

    @property
    def is_past_the_end(self) -> bool:
        """Whether there is something, but not as far back as this page."""
        return not self.items and self.total > 0


def queue(
    actor: Actor, wanted: QueueFilter, *, page: int, lamps: Lamps, counts: dict[State, int]
) -> QueuePage:
    """The reports of the actor's region, the most urgent first; what has no deadline follows.

    `counts` are those of the whole region, as `counts_by_state` gives them.
    """
    hits = None
    if wanted.text and not is_number(wanted.text):
        hits = full_text.find(actor, wanted.text, region=wanted.region)
    conditions = conditions_of(actor, wanted, on=lamps.on, hits=hits)
    first = (page - 1) * PER_PAGE
    if wanted.due:
        since, until = _urgent(wanted.due, lamps)
        ids = _by_deadline(conditions, first, since=since, until=until)
        total = _count_by_deadline(conditions, since=since, until=until)
    else:
        if wanted.only_by_state:
            by_state = counts_by_state(actor, region=wanted.region) if wanted.region else counts
            total = sum(by_state[state] for state in wanted.states)
        else:
            total = _count(conditions)
        ids = _in_order(wanted, conditions, first, total)
    return QueuePage(_rows(ids, lamps), page, total, hits)


def next_case(actor: Actor, report: Report, *, lamps: Lamps) -> QueueRow | None:
    """The most urgent open report of the region beside this one, as the queue without filters has them."""
    everything = QueueFilter()
    conditions = [*conditions_of(actor, everything, on=lamps.on, hits=None), Report.id != report.id]
    counts = counts_by_state(actor)
    ids = _in_order(everything, conditions, 0, sum(counts[state] for state in OPEN))
    return next(iter(_rows(ids[:1], lamps)), None)


def counts_by_state(actor: Actor, *, region: str = "") -> dict[State, int]:
    """How many reports of the region are in each state; every state is named."""
    rows = db.session.execute(
        select(Report.state, func.count()).where(*in_scope(actor, region)).group_by(Report.state)
    )
    found = {State(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in State}


def overdue_count(actor: Actor, *, on: date, counts: dict[State, int], state: State | None = None) -> int:
    """How many reports of the region, or those in one state, are overdue.

    Where many are open, counting ends at COUNTED_TO.
    """
    scope = in_scope(actor)
    if state is not None:
        scope.append(Report.state == state.value)
    if sum(counts[each] for each in (OPEN if state is None else (state,))) <= FEW:
        late = exists().where(_running(Deadline), Deadline.due_on < on)
        return _count([*scope, Report.state.not_in(SHUT), late])
    found = 0
    for day in _windows(on - timedelta(days=1)):
        some = _nearest_until(day, scope).limit(COUNTED_TO).subquery()
        found = db.session.execute(select(func.count()).select_from(some)).scalar_one()
        if found == COUNTED_TO:
            break
    return found


def _urgent(due: str, lamps: Lamps) -> tuple[date | None, date]:
    """Between which days the nearest deadline lies."""
    if due == OVERDUE:
        return None, lamps.on - timedelta(days=1)
    return lamps.on, lamps.soon_until


def _running(deadline: type[Deadline]) -> ColumnElement[bool]:
    return and_(deadline.subject_kind == KIND, deadline.subject_id == Report.id, deadline.closed_at.is_(None))


def _nearest() -> ScalarSelect[date]:
    """The nearest open deadline of the report of the row, looked up by its number."""
    each = aliased(Deadline)
    return select(func.min(each.due_on)).where(_running(each)).correlate(Report).scalar_subquery()


def _nearest_until(
    day: date, conditions: list[ColumnElement[bool]], *, since: date | None = None
) -> Select[int, date]:
    """Each report whose nearest deadline lies between the days, with that deadline.

    Whatever way the database takes, it handles no more than the deadlines up to the day.
    """
    query = (
        select(Report.id, func.min(Deadline.due_on).label("nearest"))
        .join_from(Deadline, Report, Report.id == Deadline.subject_id)
        .where(_of_reports(), Deadline.closed_at.is_(None), Deadline.due_on <= day, *conditions)
        .group_by(Report.id, Report.received_at)
    )
    if since is None:
        return query
    return query.where(Deadline.due_on >= since, _nearest() >= since)


def _of_reports() -> ColumnElement[bool]:
    """Deadlines of reports. For "=" SQLite would choose an index that does not follow the order of the due dates."""
    kind = Deadline.subject_kind
    return kind.like(KIND) if db.session.get_bind().dialect.name == "sqlite" else kind == KIND


def _windows(latest: date, first: int = 0) -> Iterator[date]:
    """Days up to which it may be enough to look, each further on, the last being `latest`."""
    deadlines = WINDOW + 4 * first
    while True:
        query = select(Deadline.due_on).where(Deadline.closed_at.is_(None)).order_by(Deadline.due_on)
        day = db.session.scalar(query.offset(deadlines).limit(1))
        if day is None or day >= latest:
            yield latest
            return
        yield day
        deadlines *= 8


def _in_order(wanted: QueueFilter, conditions: list[ColumnElement[bool]], first: int, most: int) -> list[int]:
    """The reports of a page in the order of the queue; `most` says how many there may be."""
    if NOTHING_RUNS.issuperset(wanted.states):
        return _newest(conditions, first)
    # Of what is decided little runs: the deadlines that end first are those of other reports.
    if most <= FEW or wanted.decided:
        return _by_report(conditions, first)
    ids = _by_deadline(conditions, first)
    return ids if len(ids) == PER_PAGE else _past_the_deadlines(conditions, first, ids)


def _by_deadline(
    conditions: list[ColumnElement[bool]], first: int, *, since: date | None = None, until: date = _NEVER
) -> list[int]:
    ids: list[int] = []
    for day in _windows(until, first) if since is None else (until,):
        query = _nearest_until(day, conditions, since=since)
        query = query.order_by(func.min(Deadline.due_on), Report.received_at, Report.id)
        ids = list(db.session.scalars(query.offset(first).limit(PER_PAGE)))
        if len(ids) == PER_PAGE:
            break
    return ids


def _count_by_deadline(
    conditions: list[ColumnElement[bool]], *, since: date | None = None, until: date = _NEVER
) -> int:
    found = _nearest_until(until, conditions, since=since).subquery()
    return db.session.execute(select(func.count()).select_from(found)).scalar_one()


def _past_the_deadlines(conditions: list[ColumnElement[bool]], first: int, ids: list[int]) -> list[int]:
    """The last page on which deadlines stand goes on with reports for which nothing runs."""
    before = _count_by_deadline(conditions)
    query = (
        select(Report.id)
        .where(*conditions, ~exists().where(_running(Deadline)))
        .order_by(Report.received_at, Report.id)
    )
    rest = query.offset(max(0, first - before)).limit(PER_PAGE - len(ids))
    return [*ids, *db.session.scalars(rest)]


def _by_report(conditions: list[ColumnElement[bool]], first: int) -> list[int]:
    query = (
        select(Report.id)
        .where(*conditions)
        .order_by(func.coalesce(_nearest(), _NEVER), Report.received_at, Report.id)
    )
    return list(db.session.scalars(query.offset(first).limit(PER_PAGE)))


def _newest(conditions: list[ColumnElement[bool]], first: int) -> list[int]:
    query = select(Report.id).where(*conditions).order_by(Report.received_at.desc(), Report.id.desc())
    return list(db.session.scalars(query.offset(first).limit(PER_PAGE)))


def _count(conditions: list[ColumnElement[bool]]) -> int:
    return db.session.scalar(select(func.count()).select_from(Report).where(*conditions)) or 0


def _rows(ids: list[int], lamps: Lamps) -> list[QueueRow]:
    found = {
        report.id: report
        for report in db.session.scalars(
            select(Report)
            .where(Report.id.in_(ids))
            .options(
                joinedload(Report.institution).load_only(
                    Institution.uscc, Institution.name, Institution.region_code
                ),
                joinedload(Report.handler).load_only(Account.name),
            )
        )
    }
    running = running_for(ids, lamps)
    return [QueueRow(found[each], next(iter(running[each]), None)) for each in ids if each in found]
