"""Each working morning every officer is told how much of the office's work is late or nearly so: numbers only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, and_, case, func, or_, select

from credit_register.access.roles import Permission, Role
from credit_register.accounts.models import Account
from credit_register.core import regions
from credit_register.core.calendar.office_hours import morning_begun
from credit_register.core.calendar.queries import load_calendar
from credit_register.core.clock import SHANGHAI, local_date
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline, DeadlineRule
from credit_register.core.deadlines.queries import soon_until
from credit_register.core.deadlines.rules import Rule
from credit_register.institutions.models import Institution
from credit_register.ledger.lifecycle import MEASURE_KIND
from credit_register.ledger.models import LedgerCase, Measure, MeasureKind, MeasureState
from credit_register.letters.lifecycle import KIND as LETTER
from credit_register.letters.models import Letter
from credit_register.notices.models import Notice
from credit_register.notices.services import tell
from credit_register.registrations.lifecycle import KIND as REGISTRATION
from credit_register.registrations.models import Registration
from credit_register.repairs.lifecycle import KIND as REPAIR
from credit_register.repairs.models import RepairApplication
from credit_register.reports.lifecycle import KIND as REPORT
from credit_register.reports.models import Report
from credit_register.spotchecks.lifecycle import KIND as SPOT_CHECK
from credit_register.spotchecks.models import SpotCheck
from credit_register.spotchecks.models import State as CheckState

TITLE = "今日待办："
BATCH = 50  # accounts told in one transaction
# 系统设计值：the office above hears of it on the third working day, when a holiday or one ill officer no longer explains it.
ABOVE_AFTER = 3
_DONE = "reminded_of_deadlines"  # the day which this process has finished, so that it looks once a day


@dataclass(frozen=True)
class Tally:
    """Cases that are late or nearly so, and the late ones among them."""

    due: int = 0
    late: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.due + other.due, self.late + other.late)


@dataclass(frozen=True)
class Work:
    """One kind of work: its name, who does it, and its tallies by the leading digits of a region."""

    label: str
    needs: Permission
    tallies: Mapping[str, Tally]


def remind_of_deadlines(moment: datetime) -> int:
    """Tell every officer for whose region something is late or nearly so, once a working day; gives how many.

    Twice for the same day tells nobody twice: the message of the day is looked for first. Commits after each BATCH.
    """
    day = local_date(moment)
    if not morning_begun(moment) or current_app.extensions.get(_DONE) == day:
        return 0
    if not load_calendar().is_working_day(day):
        db.session.rollback()
        return 0
    work = _work(day)
    roles = [role.value for role in Role if any(kind.needs in role.permissions for kind in work)]
    below = _late_below(day)
    accounts = db.session.scalars(
        select(Account.id).where(Account.role.in_(roles), Account.active.is_(True)).order_by(Account.id)
    ).all()
    db.session.rollback()
    told = sum(
        _tell(accounts[first : first + BATCH], work, below, moment)
        for first in range(0, len(accounts), BATCH)
    )
    current_app.extensions[_DONE] = day
    return told


def _work(day: date) -> list[Work]:
    until = soon_until(day)
    proposed = and_(
        SpotCheck.state == CheckState.PROPOSED.value, DeadlineRule.name == Rule.SPOTCHECK_PUBLICATION.value
    )
    reported = and_(
        SpotCheck.state == CheckState.RESPONDED.value,
        DeadlineRule.name == Rule.CORRECTION_CONFIRMATION.value,
    )
    # Until its last day an ordered correction is the institution's business, not the office's.
    not_reported = and_(
        SpotCheck.state == CheckState.ORDERED.value,
        DeadlineRule.name == Rule.CORRECTION.value,
        Deadline.due_on < day,
    )

    # As above: an interview is the office's business from the first day.
    measure_due = and_(
        Measure.case_id == LedgerCase.id,
        or_(
            Measure.kind == MeasureKind.INTERVIEW.value,
            and_(
                Measure.state == MeasureState.RESPONDED.value,
                DeadlineRule.name == Rule.CORRECTION_CONFIRMATION.value,
            ),
            and_(
                Measure.state == MeasureState.ANNOUNCED.value,
                DeadlineRule.name == Rule.CORRECTION.value,
                Deadline.due_on < day,
            ),
        ),
    )

    def tallies(
        kind: str, row: type[Any], region: Any, *conditions: ColumnElement[bool]
    ) -> Mapping[str, Tally]:
        return _by_scope(kind, row, region, *conditions, day=day, until=until)

    region = (
        select(Institution.region_code)
        .where(Institution.id == RepairApplication.institution_id)
        .scalar_subquery()
    )
    check = (SPOT_CHECK, SpotCheck, SpotCheck.region_code)
    return [
        Work("举报", Permission.REPORT_HANDLE, tallies(REPORT, Report, Report.region_code)),
        Work(
            "登记申请",
            Permission.REGISTRATION_REVIEW,
            tallies(REGISTRATION, Registration, Registration.office_region),
        ),
        Work("核查结论复核", Permission.SPOTCHECK_CONFIRM, tallies(*check, proposed)),
        Work("核查改正", Permission.SPOTCHECK_RECORD, tallies(*check, or_(reported, not_reported))),
        Work(
            "治理措施",
            Permission.LEDGER_WORK,
            tallies(MEASURE_KIND, Measure, LedgerCase.region_code, measure_due),
        ),
        Work(
            "信用修复待认定单位答复",
            Permission.REPAIR_RECORD,
            tallies(REPAIR, RepairApplication, region),
        ),
        Work("提示函反馈", Permission.LETTER_DRAFT, tallies(LETTER, Letter, Letter.region_code)),
    ]


def _by_scope(
    kind: str, row: type[Any], region: Any, *conditions: ColumnElement[bool], day: date, until: date
) -> Mapping[str, Tally]:
    """Cases whose nearest deadline ends by a day, counted for every office that is responsible for them."""
    nearest = (
        select(region.label("region"), func.min(Deadline.due_on).label("due_on"))
        .select_from(Deadline)
        .join(DeadlineRule, DeadlineRule.id == Deadline.rule_id)
        .join(row, row.id == Deadline.subject_id)
        .where(
            Deadline.subject_kind == kind,
            Deadline.closed_at.is_(None),
            Deadline.due_on <= until,
            *conditions,
        )
        .group_by(row.id, region)
        .subquery()
    )
    late = func.sum(case((nearest.c.due_on < day, 1), else_=0))
    found: defaultdict[str, Tally] = defaultdict(Tally)
    for code, due, overdue in db.session.execute(
        select(nearest.c.region, func.count(), late).group_by(nearest.c.region)
    ):
        for prefix in ("", code[:2], code[:4], code):
            found[prefix] += Tally(due, overdue)
    return found


def _late_below(day: date) -> Mapping[str, int]:
    """Reports of the offices below that are late by ABOVE_AFTER working days or more, by the region that hears of it.

    A city and a county are the business of the province, a province is that of the nation.
    """
    before = load_calendar().add_working_days(day, 1 - ABOVE_AFTER).day
    late = (
        select(Report.region_code.label("region"))
        .join_from(Deadline, Report, Report.id == Deadline.subject_id)
        .where(Deadline.subject_kind == REPORT, Deadline.closed_at.is_(None), Deadline.due_on < before)
        .group_by(Report.id, Report.region_code)
        .subquery()
    )
    found: defaultdict[str, int] = defaultdict(int)
    for code, count in db.session.execute(select(late.c.region, func.count()).group_by(late.c.region)):
        if code != regions.NATION:
            province = f"{code[:2]}0000"
            found[regions.NATION if code == province else province] += count
    return found


def _tell(
    account_ids: Sequence[int], work: Sequence[Work], below: Mapping[str, int], moment: datetime
) -> int:
    # Held, so that of two workers the second sees whom the first has told.
    held = db.session.execute(
        select(Account.id, Account.role, Account.region_code)
        .where(Account.id.in_(account_ids), Account.active.is_(True))
        .order_by(Account.id)
        .with_for_update()
    ).all()
    midnight = datetime.combine(local_date(moment), time(), SHANGHAI)
    already = set(
        db.session.scalars(
            select(Notice.account_id).where(
                Notice.account_id.in_(account_ids),
                Notice.at >= midnight,
                Notice.at < midnight + timedelta(days=1),
                Notice.title.startswith(TITLE),
            )
        )
    )
    count = 0
    for account_id, role, region in held:
        words = _words(work, below, Role(role), region) if account_id not in already else ""
        if words:
            text = "这里只数已逾期和临近到期的事项，请打开工作台查看。"
            tell([account_id], title=TITLE + words, text=text, path="/staff", now=moment)
            count += 1
    db.session.commit()
    return count


def _words(work: Sequence[Work], below: Mapping[str, int], role: Role, region: str | None) -> str:
    """What one officer is told; nothing where nothing is due."""
    if region is None:
        return ""
    scope, parts = regions.scope_prefix(region), []
    for kind in work:
        tally = kind.tallies.get(scope, Tally()) if kind.needs in role.permissions else Tally()
        if tally.due:
            late = f"（逾期 {tally.late} 件）" if tally.late else ""
            parts.append(f"{kind.label} {tally.due} 件{late}")
    if Permission.REPORT_HANDLE in role.permissions and below.get(region):
        return f"{'、'.join(parts)}；下级逾期 {below[region]} 件"
    return "、".join(parts)
