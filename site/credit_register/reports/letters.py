"""提示函 out of a report of an impostor: proposed from what it left behind, never from the words of whoever reported."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.core.database import db
from credit_register.core.masking import mask_personal_data
from credit_register.letters import sources
from credit_register.letters.lifecycle import LETTER
from credit_register.letters.models import Letter
from credit_register.letters.queries import letters_for_source
from credit_register.reports.followups import FollowUp, FollowUpKind, register_follow_up
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import UNDECIDED, Matter, Outcome, Report, State
from credit_register.reports.staff_queries import reports_in_scope
from credit_register.reports.tracking import traces_of

LABEL = "提示函"
# Found true, or probable while it is looked into; nobody need wait for the decision to warn the regulator.
_PROBABLE = (*(state for state in UNDECIDED if state is not State.RECEIVED), State.MERGED)


def register_letters() -> None:
    """Let a letter be drafted from a report and be found there, and the report from the letter."""
    sources.register_source(KIND, _propose, label="举报", address=_address)
    register_follow_up(
        FollowUpKind(LABEL, "拟写提示函，提请监管部门查处", Permission.LETTER_DRAFT, _where, _found)
    )


def may_lead_to_letter(report: Report) -> bool:
    """Whether the report is of an impostor and found true, or still looked into (发改办财金〔2021〕156号二（六）)."""
    if report.matter != Matter.IMPERSONATION:
        return False
    return report.state in _PROBABLE or report.outcome in (Outcome.UPHELD, Outcome.PARTLY)


def _propose(actor: Actor, report_id: int) -> sources.Proposal | None:
    report = db.session.scalar(reports_in_scope(actor).where(Report.id == report_id))
    if report is None or not may_lead_to_letter(report) or not actor.can(Permission.REPORT_READ):
        return None
    imitated = report.institution.name if report.institution else ""
    name = report.subject_name or imitated or report.subject_uscc
    told = [
        f"{label}：{mask_personal_data(text)}" for label, text in traces_of(report) if label != "合同编号"
    ]
    claim = f"自称“{imitated or name}”，以信用服务机构名义招揽业务"
    # Of whom the register has, the code is that of the victim.
    return sources.Proposal(
        name=f"假借“{imitated}”名义者" if imitated else name,
        description="；".join([claim, *told]),
        label=f"举报 {report.number}",
        uscc="" if imitated else report.subject_uscc,
    )


def _address(report_id: int) -> str:
    return url_for("reports_staff.show", report_id=report_id)


def _where(actor: Actor, report: Report) -> str | None:
    if not may_lead_to_letter(report):
        return None
    return url_for("letters_staff.new", source=f"{KIND}:{report.id}")


def _found(actor: Actor, report: Report) -> Sequence[FollowUp]:
    if not actor.can(Permission.LETTER_READ):
        return []
    return [
        FollowUp(
            f"{LABEL} {letter.number or '（未发文）'}：{letter.addressee}",
            url_for("letters_staff.show", letter_id=letter.id),
            "：".join(filter(None, [LETTER.label(letter.state), *_results(letter, report)])),
            letter.issued_on,
        )
        for letter in letters_for_source(actor, KIND, report.id)
    ]


def _results(letter: Letter, report: Report) -> list[str]:
    return [clue.result_label for clue in letter.clues_from((KIND, report.id))]
