"""Reminders before a month must be closed, and word to the office above once it is late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from flask import current_app
from sqlalchemy import select

from credit_register.access.roles import Permission, Role
from credit_register.accounts.models import Account
from credit_register.core import regions
from credit_register.core.calendar.office_hours import morning_begun
from credit_register.core.calendar.queries import load_calendar
from credit_register.core.calendar.working_days import WorkingCalendar
from credit_register.core.clock import SHANGHAI, local_date
from credit_register.core.database import db
from credit_register.core.deadlines.queries import UnknownRule
from credit_register.ledger.figures import figures
from credit_register.ledger.models import LedgerMonth, MonthOrigin
from credit_register.ledger.months.periods import Limits, last_finished, limits_of, words_of
from credit_register.ledger.months.queries import cases_by_office
from credit_register.notices.models import Notice
from credit_register.notices.services import tell

# 系统设计值: reminders begin so many working days before the office's own day; who is late hears of it, and the
# office above with him, on the first working day after the last one and on every fifth from then on.
DAYS_BEFORE: Final = 2
EVERY: Final = 5
TITLE: Final = "台账关账："
PATH: Final = "/staff/ledger/months"
SHOWN: Final = 10  # offices that a message names
_DONE = "reminded_of_closing"  # the day which this process has finished, so that it looks once a day


@dataclass(frozen=True)
class _Due:
    """What is due on a day: a month, its limits, and whether the last day is over."""

    month: str
    limits: Limits
    is_over: bool


def remind_of_closing(moment: datetime) -> int:
    """Tell the offices that have not closed the month, and once it is late those above them; gives how many people.

    Twice for the same day tells nobody twice: the message of the day is looked for first. Commits.
    """
    day = local_date(moment)
    if not morning_begun(moment) or current_app.extensions.get(_DONE) == day:
        return 0
    due = _due(day)
    told = _tell(due, moment) if due is not None else 0
    db.session.rollback()  # where nobody was told, a question has left a transaction open
    current_app.extensions[_DONE] = day
    return told


def _due(day: date) -> _Due | None:
    calendar, month = load_calendar(), last_finished(day)
    if not calendar.is_working_day(day):
        return None
    try:
        limits = limits_of(month, calendar=calendar)
    except UnknownRule:
        return None
    if day <= limits.last.day:
        begins = calendar.add_working_days(limits.internal.day, -DAYS_BEFORE).day
        return _Due(month, limits, is_over=False) if day >= begins else None
    return _Due(month, limits, is_over=True) if _is_told_again(limits, day, calendar) else None


def _is_told_again(limits: Limits, day: date, calendar: WorkingCalendar) -> bool:
    return calendar.working_days_between(limits.last.day, day) % EVERY == 1


def _tell(due: _Due, moment: datetime) -> int:
    day = local_date(moment)
    accounts = _accounts()
    closed = _closed(due.month)
    words: dict[str, tuple[str, str]] = {}
    for region in accounts:
        said = _own_words(region, due, closed, day) + (
            _words_below(region, due, closed, day) if due.is_over else []
        )
        if said:
            words[region] = ("；".join(title for title, _ in said), "\n".join(text for _, text in said))
    already = _told_today(moment)
    count = 0
    for region, (title, text) in words.items():
        people = [account for account in accounts[region] if account not in already]
        if people:
            tell(people, title=TITLE + title, text=text, path=PATH, now=moment)
            count += len(people)
    db.session.commit()
    return count


def _own_words(region: str, due: _Due, closed: frozenset[str], day: date) -> list[tuple[str, str]]:
    if region in closed:
        return []
    found = figures(region, on=day)
    if not found.pushed + found.opened:
        return []  # nothing to report
    month, last = words_of(due.month), due.limits.last.day.isoformat()
    if due.is_over:
        return [(f"{month}台账逾期未关账", f"{month}的台账最迟应于 {last} 关账上报，请尽快办理。")]
    internal = due.limits.internal.day.isoformat()
    return [
        (
            f"请于 {internal} 前办理{month}台账关账",
            f"内部截止 {internal}，最迟 {last}。关账前请核对各治理对象的进展。",
        )
    ]


def _words_below(region: str, due: _Due, closed: frozenset[str], day: date) -> list[tuple[str, str]]:
    late = [code for code in cases_by_office(region, on=day) if code not in closed]
    if not late:
        return []
    names = "、".join(regions.short_name(code) for code in late[:SHOWN])
    more = f"等 {len(late)} 个地区" if len(late) > SHOWN else ""
    return [
        (
            f"下级 {len(late)} 个地区未报{words_of(due.month)}台账",
            f"最迟应于 {due.limits.last.day.isoformat()} 上报，尚未上报的有：{names}{more}。",
        )
    ]


def _accounts() -> Mapping[str, Sequence[int]]:
    """Who closes months, by region; held, so that of two workers the second sees whom the first has told."""
    roles = [role.value for role in Role if Permission.LEDGER_CLOSE in role.permissions]
    rows = db.session.execute(
        select(Account.region_code, Account.id)
        .where(Account.role.in_(roles), Account.active.is_(True), Account.region_code.is_not(None))
        .order_by(Account.id)
        .with_for_update()
    )
    found: defaultdict[str, list[int]] = defaultdict(list)
    for region, account_id in rows:
        if region is not None:
            found[region].append(account_id)
    return found


def _closed(month: str) -> frozenset[str]:
    return frozenset(
        db.session.scalars(
            select(LedgerMonth.region_code).where(
                LedgerMonth.month == month, LedgerMonth.origin == MonthOrigin.CLOSED.value
            )
        )
    )


def _told_today(moment: datetime) -> frozenset[int]:
    midnight = datetime.combine(local_date(moment), time(), SHANGHAI)
    return frozenset(
        db.session.scalars(
            select(Notice.account_id).where(
                Notice.at >= midnight,
                Notice.at < midnight + timedelta(days=1),
                Notice.title.startswith(TITLE),
            )
        )
    )
