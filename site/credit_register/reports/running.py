"""What runs for reports: each open deadline with its lamp and the words beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from credit_register.core.calendar.queries import load_calendar
from credit_register.core.calendar.working_days import WorkingCalendar
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline
from credit_register.core.deadlines.queries import UnknownRule, rule_for
from credit_register.core.deadlines.rules import Rule, Urgency, urgency
from credit_register.reports.lifecycle import KIND


@dataclass(frozen=True)
class Running:
    """An open deadline as officers read it on a day."""

    deadline: Deadline
    urgency: Urgency
    words: str


@dataclass(frozen=True)
class Lamps:
    """How urgency is judged on one day; made once for a page."""

    on: date
    warning_days: int
    calendar: WorkingCalendar

    @property
    def soon_until(self) -> date:
        """The last due date that shines as soon: counted from each due date back, as the lamp itself is."""
        day = self.on
        while self.urgency(day + timedelta(days=1)) is Urgency.SOON:
            day += timedelta(days=1)
        return day

    def running(self, deadline: Deadline) -> Running:
        """The lamp of one deadline and how many working days are left."""
        return Running(deadline, self.urgency(deadline.due_on), self._words(deadline.due_on))

    def urgency(self, due_on: date) -> Urgency:
        """The lamp of a due date."""
        return urgency(due_on, on=self.on, warning_days=self.warning_days, calendar=self.calendar)

    def _words(self, due_on: date) -> str:
        days = self.calendar.working_days_between(self.on, due_on)
        if due_on == self.on:
            return "今天到期"
        if due_on > self.on:
            return f"剩 {days} 个工作日" if days else "今天之后没有工作日"
        return f"超过 {-days} 个工作日" if days else "刚刚届满"


def lamps(on: date) -> Lamps:
    """The lamps of a day; while the table of rules lacks the lead, only the last day itself warns."""
    try:
        lead = rule_for(Rule.WARNING_LEAD, on).amount
    except UnknownRule:
        lead = 0
    return Lamps(on, lead, load_calendar())


def title_of(deadline: Deadline, *, anonymous: bool) -> str:
    """What officers read beside a deadline: the law's period for an answer is only for who gave a name."""
    if anonymous and deadline.rule.name == Rule.REPORT_NAMED_ANSWER:
        return "匿名事项结果告知（内部时限，与实名相同）"
    return deadline.rule.title


def running_for(report_ids: Sequence[int], lamps: Lamps) -> dict[int, list[Running]]:
    """What runs for each of the reports, the most urgent first."""
    rows: Iterable[Deadline] = db.session.scalars(
        select(Deadline)
        .where(
            Deadline.subject_kind == KIND,
            Deadline.subject_id.in_(report_ids),
            Deadline.closed_at.is_(None),
        )
        .order_by(Deadline.due_on, Deadline.id)
    )
    found: dict[int, list[Running]] = {report_id: [] for report_id in report_ids}
    for deadline in rows:
        found[deadline.subject_id].append(lamps.running(deadline))
    return found
