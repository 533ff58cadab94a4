"""A case of the ledger out of a report of an impostor, and the way from such a case to a public warning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.core.database import db
from credit_register.ledger.cases.opening import case_of_source
from credit_register.ledger.lifecycle import LEDGER_CASE
from credit_register.ledger.models import LedgerCase, Subject
from credit_register.ledger.views.case_parts import register_part
from credit_register.reports.followups import FollowUp, FollowUpKind, register_follow_up
from credit_register.reports.letters import may_lead_to_letter
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import Report
from credit_register.reports.staff_queries import reports_in_scope
from credit_register.reports.warning_services import may_lead_to_warning

LABEL = "治理台账"


@dataclass(frozen=True)
class WarningWay:
    """How a case of an impersonator becomes a public warning; `href` is empty where there is no way yet."""

    href: str
    words: str


def register_ledger_cases() -> None:
    """Let a case be opened from a report and be found there."""
    register_follow_up(
        FollowUpKind(LABEL, "纳入专项治理台账（冒名主体）", Permission.LEDGER_WORK, _where, _found)
    )
    register_part("warning", warning_way, "reports/case_warning.html")


def warning_way(actor: Actor, case: LedgerCase) -> WarningWay | None:
    """The way from a case to a warning, for whoever may propose one: a warning rests on a decided report."""
    if case.subject != Subject.IMPERSONATOR or not actor.can(Permission.WARNING_PROPOSE):
        return None
    report = _report_of(actor, case)
    if report is None:
        return WarningWay(
            "",
            "公开警示以认定属实的冒名举报为依据，本案不是由您辖区内的举报纳入的，不能从这里拟定。"
            "需要公开的，请先按举报登记线索并作出决定，再从举报页面拟定警示。",
        )
    if not may_lead_to_warning(report):
        return WarningWay("", "本案来自的举报还没有认定属实，不能拟定公开警示。请先对举报作出决定。")
    return WarningWay(
        url_for("warnings.staff_new", report=report.id),
        "本案来自的举报已认定属实（含自称登记机构的冒名，以及网站、应用仿冒登记机构的克隆），可以拟定公开警示，由另一人复核后公布。",
    )


def _report_of(actor: Actor, case: LedgerCase) -> Report | None:
    if case.source_kind != KIND:
        return None
    return db.session.scalar(reports_in_scope(actor).where(Report.id == case.source_id))


def _where(actor: Actor, report: Report) -> str | None:
    # One clue, one case.
    if not may_lead_to_letter(report) or case_of_source(KIND, report.id) is not None:
        return None
    return url_for("ledger_staff.new", source=f"{KIND}:{report.id}")


def _found(actor: Actor, report: Report) -> Sequence[FollowUp]:
    case = case_of_source(KIND, report.id)
    if case is None or not actor.can(Permission.LEDGER_READ) or not actor.sees_region(case.region_code):
        return []
    return [
        FollowUp(
            f"{LABEL}：{case.name}",
            url_for("ledger_staff.show", case_id=case.id),
            LEDGER_CASE.label(case.state),
            case.opened_on,
        )
    ]
