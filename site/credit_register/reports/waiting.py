"""What happens to the clocks of a report while its office waits, and when it waits no longer. Nothing here commits."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from credit_register.core.clock import local_date
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import pause_deadlines, resume_deadlines
from credit_register.reports.inquiries import give_up
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import Report
from credit_register.reports.steps import let_run, stop

# The work of the office. What whoever reported takes to answer is not the office's time; what an institution takes is.
_WORK: Final = (Rule.REPORT_INVESTIGATION, Rule.OBJECTION_DECISION_SELF, Rule.OBJECTION_DECISION_ASSISTED)


def wait_for_reporter(report: Report, *, now: datetime) -> None:
    """The office's clocks stand still; the one of whoever sent the report runs, so that nothing waits for ever."""
    pause_deadlines(KIND, report.id, *_WORK, on=local_date(now), at=now)
    let_run(report, Rule.REPORT_SUPPLEMENT, now=now)


def wait_no_longer(report: Report, *, now: datetime) -> None:
    """Whatever the office waited for, its own clocks run again."""
    resume_deadlines(KIND, report.id, on=local_date(now))
    stop(report, Rule.REPORT_SUPPLEMENT, now=now)
    give_up(report, now=now)
