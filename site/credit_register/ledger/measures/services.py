"""What an office does with measures, and the institution's answer to an order; nothing is edited or deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from credit_register.access.actor import Actor
from credit_register.audit.moves import ReasonMissing
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadline
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import close_deadline, close_deadlines
from credit_register.core.lifecycle import MoveNotAllowed, stale_told
from credit_register.core.plain_text import paragraphs
from credit_register.institutions.entries import Upload
from credit_register.ledger.lifecycle import MEASURE_KIND, RUNNING_STATES
from credit_register.ledger.measures import publicity
from credit_register.ledger.measures.attachments import OFFICE_FILES, PROOFS, add_files, bring_files
from credit_register.ledger.measures.refusals import MeasureRefused
from credit_register.ledger.measures.steps import no_personal_data, publicity_step, step
from credit_register.ledger.models import Measure, MeasureKind, MeasureState, PublicState, Subject
from credit_register.notices.services import tell, tell_institution

LONGEST_REASON = 400
LONGEST_TEXT = 4000
LONGEST_PRESENT = 400


@dataclass(frozen=True)
class Talk:
    """What an interview brought: the day, who was there on both sides, what was said, what was promised."""

    day: date
    present: str
    minutes: str
    promises: str = ""


def hold_interview(
    measure: Measure, talk: Talk, *, uploads: Sequence[Upload] = (), version: int, actor: Actor, now: datetime
) -> None:
    """Record that an interview was held. Raises MeasureRefused, StaleVersion or MoveNotAllowed. Commits."""
    brought = bring_files(uploads, OFFICE_FILES, purpose="measure_office", actor=actor, now=now)
    texts = {"present": talk.present, "minutes": talk.minutes, "promises": talk.promises}
    for name, text in texts.items():
        if name != "promises" and not paragraphs(text):
            raise MeasureRefused(name, "请填写")
        if len(text) > (most := LONGEST_PRESENT if name == "present" else LONGEST_TEXT):
            raise MeasureRefused(name, f"最多 {most} 字，现在有 {len(text)} 字，请精简")
        no_personal_data(text, name)

    def judge() -> None:
        _only(measure, MeasureKind.INTERVIEW)
        if not measure.case.opened_on <= talk.day <= local_date(now):
            raise MeasureRefused("day", f"约谈日期须在 {measure.case.opened_on} 至今天之间，请核对")

    values: dict[str, Any] = {**texts, "done_on": talk.day}
    step(measure, "complete", version=version, actor=actor, now=now, values=values, judge=judge)
    add_files(measure, brought)
    close_deadlines(MEASURE_KIND, measure.id, closed_at=now)
    tell_shown(measure, "约谈记录已登记，可以查看", now)
    _commit()


def miss_interview(measure: Measure, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Record that the institution did not come. Raises MeasureRefused, StaleVersion or MoveNotAllowed. Commits."""

    def judge() -> None:
        _only(measure, MeasureKind.INTERVIEW)
        if measure.planned_on > local_date(now):
            raise MoveNotAllowed(f"约谈定在 {measure.planned_on}，还没有到日期，不能登记未到场。")

    step(measure, "miss", version=version, actor=actor, now=now, reason=reason, judge=judge)
    close_deadlines(MEASURE_KIND, measure.id, closed_at=now)
    tell_shown(measure, "主管部门登记您单位没有到场接受约谈", now)
    _commit()


def report_correction(
    measure: Measure, *, text: str, uploads: Sequence[Upload], version: int, actor: Actor, now: datetime
) -> None:
    """The institution says what it corrected; earlier answers stay above the new one. The office now has a period.

    Raises MeasureRefused, StaleVersion or MoveNotAllowed. Commits.
    """
    brought = bring_files(uploads, PROOFS, purpose="measure_institution", actor=actor, now=now)
    text = paragraphs(text)
    if not text:
        raise MeasureRefused("text", "请写明纠正了什么")
    if len(text) > LONGEST_TEXT:
        raise MeasureRefused("text", f"最多 {LONGEST_TEXT} 字，更长的内容请作为附件上传")
    answer = f"{local_date(now)}：{text}"
    values: dict[str, Any] = {"responded_at": now}

    def judge() -> None:
        _only(measure, MeasureKind.ORDER)
        values["response"] = f"{measure.response}\n\n{answer}" if measure.response else answer

    # The text stays out of the audit: it may name people.
    step(measure, "respond", version=version, actor=actor, now=now, values=values, judge=judge)
    add_files(measure, brought, by_institution=True)
    deadline = open_deadline(MEASURE_KIND, measure.id, Rule.CORRECTION_CONFIRMATION)
    tell(
        [measure.recorded_by_id],
        title="机构报告了纠正情况，请核对",
        text=f"请最迟在 {deadline.due_on} 核对。" if deadline else "",
        path=staff_path(measure),
        now=now,
    )
    _commit()


def fulfil_order(measure: Measure, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Find that what was ordered is corrected. Raises MeasureRefused, StaleVersion, ReasonMissing or MoveNotAllowed.

    Commits.
    """
    if not paragraphs(reason):
        raise ReasonMissing
    step(
        measure,
        "complete",
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values={"done_on": local_date(now)},
        judge=lambda: _only(measure, MeasureKind.ORDER),
    )
    close_deadlines(MEASURE_KIND, measure.id, closed_at=now)
    publicity.log_change(measure, "fulfilled", now=now)
    tell_shown(measure, "主管部门已确认纠正", now)
    _commit()


def insist_on_correction(measure: Measure, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Find that it is not corrected yet; the institution's period runs on. Raises as `fulfil_order`. Commits."""
    step(measure, "insist", version=version, actor=actor, now=now, reason=reason)
    running = open_deadline(MEASURE_KIND, measure.id, Rule.CORRECTION_CONFIRMATION)
    if running is not None:
        close_deadline(running, closed_at=now)
    tell_shown(measure, "纠正情况未获确认，请继续纠正", now)
    _commit()


def end_supervision(measure: Measure, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """End key supervision. Raises MeasureRefused, StaleVersion or MoveNotAllowed. Commits."""
    end_within(measure, reason=reason, version=version, actor=actor, now=now)
    tell_shown(measure, "重点监管已解除", now)
    _commit()


def end_within(measure: Measure, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """As `end_supervision`, within another deed: nobody is told, the caller commits."""
    step(
        measure,
        "end",
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values={"ended_on": local_date(now)},
        judge=lambda: _only(measure, MeasureKind.SUPERVISION),
    )
    publicity.log_change(measure, "ended", now=now)


def cancel_measure(measure: Measure, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Say that a measure was recorded by mistake; it stays to be seen, with the reason.

    What is public must be withdrawn first, by whoever may. Raises as `end_supervision`. Commits.
    """

    def judge() -> None:
        if measure.state == MeasureState.ENDED and not still_asks(measure):
            raise MoveNotAllowed("这项措施已经解除，不能作废。请刷新页面查看可以办理的事项。")
        if measure.public_state == PublicState.PUBLISHED:
            raise MoveNotAllowed("这项措施正在公示，不能作废。请先由有复核权限的人员“撤下公示”，再办理作废。")

    step(measure, "cancel", version=version, actor=actor, now=now, reason=reason, judge=judge)
    if measure.public_state == PublicState.PROPOSED:
        publicity_step(measure, "recall_publication", version=measure.version, actor=actor, now=now)
    close_deadlines(MEASURE_KIND, measure.id, closed_at=now)
    tell_shown(measure, "一项治理措施已作废", now)
    _commit()


def still_asks(measure: Measure) -> bool:
    """Whether an order that ended unfulfilled with a pruning stands in the way of the exit of its case."""
    case, ended_on = measure.case, measure.ended_on
    if (
        measure.kind != MeasureKind.ORDER
        or measure.state != MeasureState.ENDED
        or measure.done_on is not None
    ):
        return False
    if case.state not in RUNNING_STATES or case.subject != Subject.INSTITUTION:
        return False
    assert ended_on is not None
    return not any(
        each.kind == MeasureKind.ORDER
        and each.state == MeasureState.DONE
        and each.done_on is not None
        and each.done_on > ended_on
        for each in case.measures
    )


def tell_shown(measure: Measure, title: str, now: datetime, *, text: str = "") -> None:
    """Tell the institution of a measure that stands in its inbox; the caller commits."""
    if measure.shown and measure.case.institution is not None:
        tell_institution(
            measure.case.institution.uscc, title=title, text=text, path=workspace_path(measure), now=now
        )


def staff_path(measure: Measure) -> str:
    """The page of a measure for the office, for a message."""
    return f"/staff/ledger/measures/{measure.id}"


def workspace_path(measure: Measure) -> str:
    """The page of a measure for its institution, for a message."""
    return f"/workspace/measures/{measure.id}"


def _only(measure: Measure, kind: MeasureKind) -> None:
    if measure.kind != kind:
        raise MoveNotAllowed(f"“{MeasureKind(measure.kind).label}”没有这一步。请刷新页面查看可以办理的事项。")


def _commit() -> None:
    with stale_told():
        db.session.commit()
