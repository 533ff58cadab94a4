"""Many reports on one subject within a few days: found by the clock, told to the office, shown above its queue.

It is a reason to look, and no more: never public, no part of any rank, and the message names nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from credit_register.access.actor import Actor
from credit_register.core import regions
from credit_register.core.clock import local_date
from credit_register.core.database import db, reading
from credit_register.institutions.models import Institution
from credit_register.notices.services import tell
from credit_register.reports.models import Report, State
from credit_register.reports.officers import staff_of
from credit_register.reports.work_models import Surge

WINDOW: Final = timedelta(days=7)
SHOWN: Final = 5
QUEUE_PATH: Final = "/staff/reports"


@dataclass
class _Heap:
    """What came in on one subject in one region."""

    name: str
    reports: set[int] = field(default_factory=set)


def raise_surges(moment: datetime) -> int:
    """Raise what came in too often during the last days, once for the region, the subject and the week.

    Gives how many were raised. Commits after each.
    """
    with reading():
        heaps = _heaps(moment)
        raised = _raised_before(moment)
    return sum(
        _raise(region, key, heap, moment) for (region, key), heap in heaps if (region, key) not in raised
    )


def recent_surges(actor: Actor, *, now: datetime) -> Sequence[Surge]:
    """The surges of the actor's region during the last days, the largest first."""
    return db.session.scalars(
        select(Surge)
        .where(Surge.raised_at > now - WINDOW, actor.region_filter(Surge.region_code))
        .order_by(Surge.count.desc(), Surge.id.desc())
        .limit(SHOWN)
    ).all()


def _heaps(moment: datetime) -> list[tuple[tuple[str, str], _Heap]]:
    """What reaches the number of the setting; the same reports under another key count once."""
    least = current_app.extensions["settings"].report_surge
    rows = db.session.execute(
        select(
            *(Report.id, Report.region_code, Report.subject_uscc, Report.subject_name),
            *(Report.subject_site, Report.subject_phone, Institution.uscc, Institution.name),
        )
        .outerjoin(Institution, Institution.id == Report.institution_id)
        .where(
            Report.received_at > moment - WINDOW,
            Report.received_at <= moment,
            Report.state != State.WITHDRAWN.value,
        )
        .order_by(Report.id)
    )
    heaps: defaultdict[tuple[str, str], _Heap] = defaultdict(lambda: _Heap(""))
    for report_id, region, *subject in rows:
        for key, name in _keys(*subject):
            heap = heaps[region, key]
            heap.name = heap.name or name
            heap.reports.add(report_id)
    found: list[tuple[tuple[str, str], _Heap]] = []
    for place, heap in heaps.items():
        told = any(place[0] == other[0] and heap.reports <= each.reports for other, each in found)
        if len(heap.reports) >= least and not told:
            found.append((place, heap))
    return found


def _keys(
    code: str, name: str, site: str, phone: str, known_code: str | None, known_name: str | None
) -> Iterator[tuple[str, str]]:
    """By what a report may belong to others: the institution, else code or name, and what an impostor left behind."""
    if known_code:
        yield known_code, known_name or known_code
        return
    yield code or name, name or code
    for left in (site, phone):
        if left:
            yield left, name or left


def _raised_before(moment: datetime) -> set[tuple[str, str]]:
    rows = db.session.execute(
        select(Surge.region_code, Surge.subject_key).where(Surge.raised_at > moment - WINDOW)
    )
    return {(region, key) for region, key in rows}


def _raise(region: str, key: str, heap: _Heap, moment: datetime) -> int:
    day = local_date(moment)
    db.session.add(
        Surge(
            region_code=region,
            subject_key=key,
            subject_name=heap.name,
            week=day - timedelta(days=day.weekday()),
            count=len(heap.reports),
            raised_at=moment,
        )
    )
    try:
        db.session.flush()
    except IntegrityError:  # another worker was first
        db.session.rollback()
        return 0
    title = f"{regions.full_name(region)}：同一对象 7 日内被反映 {len(heap.reports)} 次"
    text = "请在举报办理页面上方查看，并考虑并案办理。是否属实须逐件核查。"
    province = f"{region[:2]}0000"
    tell(staff_of(*{region, province}), title=title, text=text, path=QUEUE_PATH, now=moment)
    db.session.commit()
    return 1
