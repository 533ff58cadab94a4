"""Writes of checks: opened, concluded, confirmed by a second person, corrected, withdrawn; each commits once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadline
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import close_deadline, close_deadlines, start_deadline
from credit_register.core.lifecycle import MoveNotAllowed, check_version, stale_told
from credit_register.institutions.entries import Upload
from credit_register.institutions.models import Institution
from credit_register.institutions.publishing import public_content
from credit_register.institutions.staff_queries import latest_number
from credit_register.notices.services import tell, tell_institution
from credit_register.reports.models import Report
from credit_register.spotchecks import publication
from credit_register.spotchecks.declared import declared_in_words
from credit_register.spotchecks.evidence import EVIDENCE, PROOFS, add_files, bring_files
from credit_register.spotchecks.lifecycle import KIND, SPOT_CHECK
from credit_register.spotchecks.models import Matter, Side, SpotCheck, State, Verdict
from credit_register.spotchecks.refusals import CheckRefused, SamePerson
from credit_register.spotchecks.steps import no_personal_data, record_deed, step

SHORTEST_FINDING = 4
LONGEST_FINDING = 600


@dataclass(frozen=True)
class Conclusion:
    """What a person found; `finding` is the reason of the verdict and becomes public with it.

    `correction` goes with the verdict which says that a correction was ordered, and with no other.
    """

    found: str = ""
    verdict: Verdict | None = None
    finding: str = ""
    correction: str = ""

    @property
    def complete(self) -> bool:
        """Whether a verdict can be given."""
        return bool(self.found and self.verdict and self.finding)


@dataclass(frozen=True)
class Subject:
    """What is checked; `declared` as somebody typed it, or empty for what is public at this moment."""

    matter: Matter
    detail: str = ""
    declared: str = ""


def open_check(
    institution: Institution,
    *,
    subject: Subject,
    conclusion: Conclusion,
    uploads: Sequence[Upload] = (),
    report: Report | None = None,
    actor: Actor,
    now: datetime,
) -> SpotCheck:
    """Open a check of what is public now, and conclude it where everything for that is given.

    `report` is the one that led to it; it stands inside only.

    What is given in part is kept as a draft. Raises CheckRefused. Commits.
    """
    no_personal_data(subject.detail, "matter_text")
    brought = bring_files(uploads, Side.OFFICE, EVIDENCE, actor=actor, now=now)
    # Held, so that of two clicks the second sees what the first wrote.
    db.session.refresh(institution, with_for_update=True)
    content = public_content(institution)
    declared = subject.declared or declared_in_words(content, subject.matter)
    twin = _just_opened(institution, subject, declared, conclusion, actor, now)
    if twin is not None:
        db.session.rollback()
        return twin
    check = SpotCheck(
        institution_id=institution.id,
        region_code=institution.region_code,
        report_id=report.id if report is not None else None,
        matter=subject.matter.value,
        matter_text=subject.detail,
        declared=declared,
        snapshot=content,
        snapshot_number=latest_number(institution),
        found=conclusion.found,
        verdict=conclusion.verdict.value if conclusion.verdict else None,
        finding=conclusion.finding,
        correction=conclusion.correction,
        opened_by_id=actor.account_id,
        opened_at=now,
    )
    db.session.add(check)
    db.session.flush()
    add_files(check, brought, Side.OFFICE, EVIDENCE)
    record_deed("open", check, actor, now)
    if conclusion.complete:
        _conclude(check, conclusion, declared=declared, version=check.version, actor=actor, now=now)
    _commit()
    return check


def _just_opened(
    institution: Institution,
    subject: Subject,
    declared: str,
    conclusion: Conclusion,
    actor: Actor,
    now: datetime,
) -> SpotCheck | None:
    """The check that the first of two clicks opened: the same in everything, by the same person, today."""
    candidates = db.session.scalars(
        select(SpotCheck)
        .where(
            SpotCheck.institution_id == institution.id,
            SpotCheck.opened_by_id == actor.account_id,
            SpotCheck.matter == subject.matter.value,
            SpotCheck.matter_text == subject.detail,
            SpotCheck.state.not_in([State.CANCELLED.value, State.WITHDRAWN.value]),
        )
        .order_by(SpotCheck.id.desc())
        .limit(5)
    )
    wanted = (declared, conclusion.found, conclusion.verdict, conclusion.finding, conclusion.correction)
    return next(
        (
            check
            for check in candidates
            if (check.declared, check.found, check.verdict, check.finding, check.correction) == wanted
            and local_date(check.opened_at) == local_date(now)
        ),
        None,
    )


def conclude_check(
    check: SpotCheck,
    conclusion: Conclusion,
    *,
    declared: str = "",
    uploads: Sequence[Upload] = (),
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Give the verdict: public at once where it finds no fault, else it waits for a second person.

    `declared` replaces the words for what had been declared; the frozen public content stays.
    Raises CheckRefused, StaleVersion or MoveNotAllowed. Commits.
    """
    brought = bring_files(uploads, Side.OFFICE, EVIDENCE, actor=actor, now=now)
    _conclude(check, conclusion, declared=declared, version=version, actor=actor, now=now)
    add_files(check, brought, Side.OFFICE, EVIDENCE)
    _commit()


def _conclude(
    check: SpotCheck, conclusion: Conclusion, *, declared: str, version: int, actor: Actor, now: datetime
) -> None:
    if not conclusion.found:
        raise CheckRefused("found", "请填写查到的情况")
    if conclusion.verdict is None:
        raise CheckRefused("verdict", "请从列表中选择结论")
    if not SHORTEST_FINDING <= len(conclusion.finding) <= LONGEST_FINDING:
        raise CheckRefused("reason", f"理由须为 {SHORTEST_FINDING} 至 {LONGEST_FINDING} 字")
    no_personal_data(conclusion.finding, "reason")
    _judge_correction(conclusion.verdict, conclusion.correction)
    adverse = conclusion.verdict.adverse
    values: dict[str, Any] = {
        "declared": declared or check.declared,
        "found": conclusion.found,
        "verdict": conclusion.verdict.value,
        "finding": conclusion.finding,
        "correction": conclusion.correction,
        "concluded_by_id": actor.account_id,
        "concluded_at": now,
    }
    if not adverse:
        values["published_on"] = local_date(now)
    step(
        check,
        "propose" if adverse else "conclude",
        version=version,
        actor=actor,
        now=now,
        reason=conclusion.finding,
        values=values,
    )
    start_deadline(
        subject_kind=KIND, subject_id=check.id, rule=Rule.SPOTCHECK_PUBLICATION, started_on=local_date(now)
    )
    if not adverse:
        _publish(check, actor, now)


def _judge_correction(verdict: Verdict, correction: str) -> None:
    if not verdict.orders:
        if correction:
            raise CheckRefused(
                "correction",
                f"只有结论“{Verdict.ORDERED_TO_CORRECT.label}”才在这里填写；"
                "其他结论请先清空，公示后再办理“责令限期改正”",
            )
        return
    if not correction:
        raise CheckRefused("correction", "结论写明已责令改正，请写明机构要改正什么")
    if len(correction) > LONGEST_FINDING:
        raise CheckRefused("correction", f"最多 {LONGEST_FINDING} 字")
    no_personal_data(correction, "correction")


def cancel_check(check: SpotCheck, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """End a check without a verdict. Raises CheckRefused, StaleVersion or MoveNotAllowed. Commits."""
    step(check, "cancel", version=version, actor=actor, now=now, reason=reason)
    _commit()


def confirm_check(check: SpotCheck, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Publish a verdict that somebody else gave, with the order where the verdict says that one was given.

    Raises SamePerson, StaleVersion or MoveNotAllowed. Commits.
    """
    orders = check.verdict is not None and Verdict(check.verdict).orders

    def judge() -> None:
        if check.concluded_by_id == actor.account_id:
            raise SamePerson

    values: dict[str, Any] = {"confirmed_by_id": actor.account_id, "published_on": local_date(now)}
    if orders:
        values["correction"] = check.correction or check.finding
    step(
        check,
        "confirm_with_order" if orders else "confirm",
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values=values,
        judge=judge,
    )
    _publish(check, actor, now)
    if orders:
        publication.log_event(check, "ordered", now=now)
    _commit()


def reject_check(check: SpotCheck, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Send a proposed verdict back; what was found stays as a draft. Raises as `cancel_check`. Commits."""
    concluded_by = check.concluded_by_id
    values = {"concluded_by_id": None, "concluded_at": None}
    step(check, "reject", version=version, actor=actor, now=now, reason=reason, values=values)
    close_deadlines(KIND, check.id, closed_at=now)
    if concluded_by is not None and concluded_by != actor.account_id:
        tell([concluded_by], title="一项核查结论已退回，请重新核查", path=staff_path(check), now=now)
    _commit()


def order_correction(check: SpotCheck, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Have the institution correct what `reason` says, within the period of the rules; commits.

    Raises CheckRefused, StaleVersion, or MoveNotAllowed where the verdict finds no fault.
    """
    if check.state == State.PUBLISHED and not Verdict(check.verdict or "").adverse:
        raise MoveNotAllowed("结论没有发现问题，不需要责令改正。")
    if len(reason) > LONGEST_FINDING:
        raise CheckRefused("reason", f"最多 {LONGEST_FINDING} 字")
    step(check, "order", version=version, actor=actor, now=now, reason=reason, values={"correction": reason})
    publication.log_event(check, "ordered", now=now)
    _tell_institution(check, "请按期改正核查中发现的问题", now)
    _commit()


def report_correction(
    check: SpotCheck, *, text: str, uploads: Sequence[Upload], version: int, actor: Actor, now: datetime
) -> None:
    """The institution says what it corrected; earlier reports stay above the new one. The office now has a period.

    Raises CheckRefused, StaleVersion or MoveNotAllowed. Commits.
    """
    brought = bring_files(uploads, Side.INSTITUTION, PROOFS, actor=actor, now=now)
    report = f"{local_date(now)}：{text}"
    response = f"{check.response}\n\n{report}" if check.response else report
    # The text stays out of the audit: it may name people.
    step(check, "respond", version=version, actor=actor, now=now, values={"response": response})
    add_files(check, brought, Side.INSTITUTION, PROOFS)
    people = {check.opened_by_id, check.concluded_by_id} - {None}
    deadline = open_deadline(KIND, check.id, Rule.CORRECTION_CONFIRMATION)
    tell(
        [person for person in people if person is not None],
        title="机构报告了改正情况，请确认",
        text=f"请最迟在 {deadline.due_on} 核对。" if deadline else "",
        path=staff_path(check),
        now=now,
    )
    _commit()


def confirm_correction(check: SpotCheck, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Find that it was corrected, which is public from now on. Raises as `cancel_check`. Commits."""
    step(
        check,
        "fulfil",
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values={"corrected_on": local_date(now)},
    )
    close_deadlines(KIND, check.id, closed_at=now)
    publication.log_event(check, "corrected", now=now)
    _tell_institution(check, "主管部门已确认改正", now)
    _commit()


def insist_on_correction(check: SpotCheck, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Find that it was not corrected yet; the institution's period runs on. Raises as `cancel_check`. Commits."""
    step(check, "insist", version=version, actor=actor, now=now, reason=reason)
    _close(check, Rule.CORRECTION_CONFIRMATION, now)
    _tell_institution(check, "改正情况未获确认，请继续改正", now)
    _commit()


def withdraw_check(check: SpotCheck, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Take a verdict out of the public, after an objection or an error. Raises as `cancel_check`. Commits."""
    take_down_check(check, reason=reason, version=version, actor=actor, now=now)
    _commit()


def take_down_check(check: SpotCheck, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """As `withdraw_check`, within the transaction of another deed: the caller commits."""
    values = {"withdrawn_on": local_date(now)}
    step(check, "withdraw", version=version, actor=actor, now=now, reason=reason, values=values)
    close_deadlines(KIND, check.id, closed_at=now)
    publication.withdraw(check, now=now)
    _tell_institution(check, "一项核查结论已撤下", now)


def add_evidence(
    check: SpotCheck, uploads: Sequence[Upload], *, version: int, actor: Actor, now: datetime
) -> None:
    """Add files while the check is open. Raises CheckRefused, StaleVersion or MoveNotAllowed. Commits."""
    if not uploads:
        raise CheckRefused("files", "请选择要上传的文件")
    brought = bring_files(uploads, Side.OFFICE, EVIDENCE, actor=actor, now=now)
    db.session.refresh(check, with_for_update=True)
    check_version(check, version)
    if check.state != State.OPEN:
        raise MoveNotAllowed(f"现在的状态是“{SPOT_CHECK.label(check.state)}”，不能再补充核查材料。")
    add_files(check, brought, Side.OFFICE, EVIDENCE)
    check.version = version + 1  # whoever looks at the page must see the new files before concluding
    record_deed("add_evidence", check, actor, now)
    _commit()


def staff_path(check: SpotCheck) -> str:
    """The page of a check for the office, for a message."""
    return f"/staff/spotchecks/{check.id}"


def workspace_path(check: SpotCheck) -> str:
    """The page of a check for its institution, for a message."""
    return f"/workspace/spotchecks/{check.id}"


def _publish(check: SpotCheck, actor: Actor, now: datetime) -> None:
    _close(check, Rule.SPOTCHECK_PUBLICATION, now)  # the period of an order may have begun with the same step
    publication.log_event(check, "published", now=now)
    if check.concluded_by_id is not None and check.concluded_by_id != actor.account_id:
        tell([check.concluded_by_id], title="核查结论已复核并公示", path=staff_path(check), now=now)
    ordered = "，并责令限期改正" if check.state == State.ORDERED else ""
    _tell_institution(check, f"主管部门公示了一项核查结论{ordered}", now)


def _close(check: SpotCheck, rule: Rule, now: datetime) -> None:
    running = open_deadline(KIND, check.id, rule)
    if running is not None:
        close_deadline(running, closed_at=now)


def _tell_institution(check: SpotCheck, title: str, now: datetime) -> None:
    tell_institution(check.institution.uscc, title=title, path=workspace_path(check), now=now)


def _commit() -> None:
    with stale_told():
        db.session.commit()
