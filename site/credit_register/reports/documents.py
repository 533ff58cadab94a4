"""Reports as staff find them: the case and what was written in it, never who reported."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import joinedload, selectinload

from credit_register.access.case_kinds import Case, CaseKind
from credit_register.access.roles import Permission
from credit_register.core.clock import local_date
from credit_register.institutions.models import Institution
from credit_register.reports.lifecycle import REPORT
from credit_register.reports.models import Kind, Matter, Message, Outcome, Report
from credit_register.reports.queue_filter import matches
from credit_register.reports.staff_queries import reports_in_scope


def _describe(report: Report) -> Case:
    institution = report.institution
    title = institution.name if institution else report.subject_name or report.subject_uscc
    outcome = Outcome(report.outcome).label if report.outcome else ""
    return Case(
        id=report.id,
        title=title,
        region=report.region_code,
        state=report.state,
        state_label=REPORT.label(report.state),
        day=local_date(report.received_at),
        numbers=(report.number, institution.uscc if institution else "", report.subject_uscc),
        words=(Kind(report.kind).label, Matter(report.matter).label),
        texts=(
            *(report.subject_name, report.subject_site, report.subject_account, report.disputed_text),
            *(report.facts, outcome, report.decision, report.mark),
            *(message.text for message in report.messages),
        ),
    )


def _contains(word: str) -> ColumnElement[bool]:
    return or_(matches(word), Report.institution.has(Institution.name.contains(word, autoescape=True)))


REPORTS = CaseKind(
    name="report",
    category="01",
    label="举报、质疑和异议",
    permission=Permission.REPORT_READ,
    endpoint="reports_staff.show",
    argument="report_id",
    model=Report,
    in_scope=reports_in_scope,
    describe=_describe,
    contains=_contains,
    loading=(joinedload(Report.institution), selectinload(Report.messages)),
    parts={Message: Message.report_id},
    institution_id=Report.institution_id,
)
