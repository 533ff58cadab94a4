"""A case of the ledger out of a report of an impostor, and the way from such a case to a public warning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import url_for

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.ledger.cases.opening import case_of_source
from credit_register.ledger.lifecycle import LEDGER_CASE
from credit_register.ledger.models import LedgerCase, Subject
from credit_register.ledger.views.case_parts import register_part
from credit_register.reports.followups import FollowUp, FollowUpKind, register_follow_up
from credit_register.reports.letters import may_lead_to_letter
from credit_register.reports.lifecycle import KIND, WARNING
from credit_register.reports.models import ImpostorWarning, Report, WarningKind
from credit_register.reports.warning_grounds import CaseGround
from credit_register.reports.warning_queries import warnings_on

LABEL = "治理台账"


@dataclass(frozen=True)
class CaseWarnings:
    """The public warnings of a case: those that came of it, and the way to one.

    `href` is empty where there is no way, and `words` say why; both are where the person may propose none.
    """

    href: str
    words: str
    warnings: Sequence[ImpostorWarning]
    state_word: Callable[[str], str] = WARNING.label
    kind_of: Callable[[str], WarningKind] = WarningKind


def register_ledger_cases() -> None:
    """Let a case be opened from a report and be found there."""
    register_follow_up(
        FollowUpKind(LABEL, "纳入专项治理台账（冒名主体）", Permission.LEDGER_WORK, _where, _found)
    )
    register_part("warning", case_warnings, "reports/case_warning.html")


def case_warnings(actor: Actor, case: LedgerCase) -> CaseWarnings | None:
    """The block of the page of an impersonator's case, for whoever may propose warnings or read these."""
    if case.subject != Subject.IMPERSONATOR or not actor.can(Permission.WARNING_READ):
        return None
    ground = CaseGround(case)
    warnings = [each for each in warnings_on(ground) if actor.sees_region(each.region_code)]
    if not actor.can(Permission.WARNING_PROPOSE):
        return CaseWarnings("", "", warnings) if warnings else None
    if obstacle := ground.obstacle(actor):
        return CaseWarnings("", obstacle, warnings)
    words = f"{ground.why()}，可以拟定公开警示（冒名，或者仿冒网站、应用），由另一人复核后公布。"
    return CaseWarnings(url_for("warnings.staff_new", case=case.id), words, warnings)


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
