"""Writing results of reports: proposed from a decided report, answered, published by a second person, ended in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select

from credit_register.access.actor import OPERATOR, Actor
from credit_register.audit import services as audit
from credit_register.audit.moves import make_move
from credit_register.core.calendar.queries import load_calendar
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadline
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import close_deadlines, start_deadline
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.core.masking import find_personal_data
from credit_register.institutions.models import Status
from credit_register.notices.services import tell, tell_institution
from credit_register.reports import redaction
from credit_register.reports.models import Kind, Matter, Report, State
from credit_register.reports.outcomes import publication
from credit_register.reports.outcomes.lifecycle import KIND, OUTCOME
from credit_register.reports.outcomes.models import (
    PROVEN,
    OutcomeState,
    PublishedOutcome,
    new_public_id,
)
from credit_register.reports.warning_services import LONGEST_YEARS, years_after

LONGEST_TEXT: Final = 600

_DECIDED = (State.DECIDED, State.ANSWERED, State.CLOSED)
_IN_THE_REGISTER = (Status.REGISTERED, Status.SUSPENDED)
_OPEN_TO_AGAIN = (OutcomeState.REJECTED.value, OutcomeState.WITHDRAWN.value)


class OutcomeRefused(Exception):
    """The result cannot be proposed, answered or published; `field` names the input, or is empty for the result."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class SecondPersonNeeded(Exception):
    """Whoever proposed a result may not also judge it."""

    def __init__(self) -> None:
        super().__init__("这项办理结果由您拟定，须由另一名有复核权限的工作人员复核。您的操作没有生效。")


@dataclass(frozen=True)
class OutcomeText:
    """Everything of a result that an officer writes; all of it becomes public."""

    found: str
    measure: str
    ends_on: date


def obstacle(report: Report) -> str:
    """Why nothing of a report may become public, in words for the officer; empty where it may.

    Unproven reports never become public in any way, nor does one of which a review is under way. An objection is
    not a finding against the institution, and where somebody posed as it, the institution is the victim.
    """
    if report.kind == Kind.OBJECTION:
        return "异议由机构提出，办理结果只答复提出人，不在这里公开。"
    if report.state not in _DECIDED or report.outcome not in PROVEN:
        return "只有已作出决定、认定属实或部分属实的举报和质疑，才能公开办理结果。"
    if report.merged_into_id is not None:
        return "这件已并入另一件办理，请从牵头的那一件拟定办理结果。"
    if report.matter == Matter.IMPERSONATION:
        return "冒用名义的事项中，机构是受害一方，不能作为它的办理结果公开；请拟定冒名警示。"
    institution = report.institution
    if institution is None:
        return "所反映的对象不在名录中，不能公开办理结果。"
    if institution.status not in _IN_THE_REGISTER:
        return "所反映的机构已不在登记中，不能公开办理结果。"
    return ""


def propose_outcome(report: Report, *, text: OutcomeText, actor: Actor, now: datetime) -> PublishedOutcome:
    """Propose the result of a report and ask the institution for a reply; nothing is public. Raises OutcomeRefused.

    A report has one result: what was rejected or withdrawn is written anew, the same text sent twice is one proposal.
    """
    db.session.refresh(report, with_for_update=True)
    if problem := obstacle(report):
        raise OutcomeRefused("", problem)
    text = _checked(report, text, local_date(now))
    present = db.session.scalar(select(PublishedOutcome).where(PublishedOutcome.report_id == report.id))
    values = _proposal(report, text, actor=actor, now=now)
    if present is None:
        outcome = PublishedOutcome(report_id=report.id, **values)
        db.session.add(outcome)
        db.session.flush()
        audit.record(
            f"{KIND}.propose",
            actor=actor,
            at=now,
            subject_kind=KIND,
            subject_id=outcome.id,
            region=outcome.region_code,
        )
    elif present.state in _OPEN_TO_AGAIN:
        outcome = present
        _move(outcome, "again", version=outcome.version, actor=actor, now=now, values=values)
    elif present.proposed_by_id == actor.account_id and text_of(present) == text:
        return present
    else:
        raise OutcomeRefused("", "这件事项的办理结果已经拟定或公开，不需要重复拟定。")
    start_deadline(
        subject_kind=KIND, subject_id=outcome.id, rule=Rule.OUTCOME_REPLY, started_on=local_date(now)
    )
    until = reply_until(outcome)
    _tell(
        outcome,
        "一项办理结果拟公开，请核对并答复",
        now,
        text=f"可以在 {until} 前（含当日）答复，答复经复核后一并公开；不答复的，期满后照常复核。",
    )
    db.session.commit()
    return outcome


def _proposal(report: Report, text: OutcomeText, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """What a proposal writes into its row, whether for the first time or again."""
    assert report.decided_at is not None  # the table: decided has an outcome
    received, decided = local_date(report.received_at), local_date(report.decided_at)
    return {
        **asdict(text),
        "public_id": new_public_id(),
        "institution_id": report.institution_id,
        "region_code": report.region_code,
        "kind": report.kind,
        "matter": report.matter,
        "verdict": report.outcome,
        "decided_at": report.decided_at,
        "working_days": max(load_calendar().working_days_between(received, decided), 0),
        "reply_withheld": False,
        "proposed_by_id": actor.account_id,
        "proposed_at": now,
        "confirmed_by_id": None,
        "published_on": None,
        "ended_on": None,
        "end_reason": "",
    }


def text_of(outcome: PublishedOutcome) -> OutcomeText:
    """What was written of a result."""
    return OutcomeText(found=outcome.found, measure=outcome.measure, ends_on=outcome.ends_on)


def reply_until(outcome: PublishedOutcome) -> date | None:
    """The last day on which the institution may reply; None once nobody waits for it any more."""
    running = open_deadline(KIND, outcome.id, Rule.OUTCOME_REPLY)
    return running.due_on if running else None


def has_replied(outcome: PublishedOutcome) -> bool:
    """Whether the institution has replied to this proposal, and not only to one before it."""
    return outcome.replied_at is not None and outcome.replied_at >= outcome.proposed_at


def reply_to_outcome(
    outcome: PublishedOutcome, *, text: str, version: int, actor: Actor, now: datetime
) -> None:
    """Write the institution's reply, in the place of an earlier one; raises OutcomeRefused, StaleVersion, MoveNotAllowed."""
    _refuse_personal_data("reply", text)
    if not text:
        raise OutcomeRefused("reply", "请填写答复")

    def judge() -> None:
        until = reply_until(outcome)
        if until is None or until < local_date(now):
            raise OutcomeRefused("reply", f"答复期限（{until or '已结束'}）已过，不能再答复")

    values = {"reply": text, "replied_at": now}
    _move(outcome, "reply", version=version, actor=actor, now=now, values=values, judge=judge)
    tell([outcome.proposed_by_id], title="机构对拟公开的办理结果作了答复", path=staff_path(outcome), now=now)
    db.session.commit()


def confirm_outcome(
    outcome: PublishedOutcome,
    *,
    reason: str,
    withhold_reply: bool = False,
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Publish a result that somebody else proposed; raises SecondPersonNeeded or OutcomeRefused.

    The decision must still stand, and the institution must have replied or have had its time for it. A reply that
    must not become public is withheld, which the page says.
    """
    today = local_date(now)
    # Held first, as in a proposal: nobody takes the decision back while its result is being published.
    report = db.session.get_one(Report, outcome.report_id)
    db.session.refresh(report, with_for_update=True)

    def judge() -> None:
        if outcome.proposed_by_id == actor.account_id:
            raise SecondPersonNeeded
        if report.decided_at != outcome.decided_at:
            raise OutcomeRefused("", "所依据的处理决定已被撤销或改变，不能公开。请先核对举报的办理情况。")
        if problem := obstacle(report):
            raise OutcomeRefused("", problem)
        if outcome.ends_on < today:
            raise OutcomeRefused("", f"拟定的公开截止日期 {outcome.ends_on} 已过，不能公开。")
        until = reply_until(outcome)
        if not has_replied(outcome) and until is not None and today <= until:
            raise OutcomeRefused("", f"机构可以在 {until} 前（含当日）答复，答复后或者期满后才能公开。")

    values = {
        "published_on": today,
        "confirmed_by_id": actor.account_id,
        "reply_withheld": withhold_reply and outcome.reply != "",
    }
    _move(
        outcome, "confirm", reason=reason, version=version, actor=actor, now=now, values=values, judge=judge
    )
    close_deadlines(KIND, outcome.id, closed_at=now)
    _tell(outcome, "一项办理结果已经公开", now)
    publication.log_publication(outcome, now=now)
    db.session.commit()


def reject_outcome(
    outcome: PublishedOutcome, *, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """Decide that a proposed result is not published; raises SecondPersonNeeded."""

    def judge() -> None:
        if outcome.proposed_by_id == actor.account_id:
            raise SecondPersonNeeded

    _move(outcome, "reject", reason=reason, version=version, actor=actor, now=now, judge=judge)
    close_deadlines(KIND, outcome.id, closed_at=now)
    tell([outcome.proposed_by_id], title="拟公开的办理结果复核未通过", path=staff_path(outcome), now=now)
    _tell(outcome, "一项办理结果不予公开", now)
    db.session.commit()


def withdraw_outcome(
    outcome: PublishedOutcome, *, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """Take a result off the pages at once; one person is enough, because what is wrong must not wait."""
    take_down_outcome(outcome, reason=reason, version=version, actor=actor, now=now)
    db.session.commit()


def take_down_outcome(
    outcome: PublishedOutcome, *, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """As `withdraw_outcome`, within the transaction of another deed: the caller commits."""
    values = {"ended_on": local_date(now), "end_reason": reason}
    _move(outcome, "withdraw", reason=reason, version=version, actor=actor, now=now, values=values)
    publication.take_back(outcome, now=now)
    _tell(outcome, "一项公开的办理结果已撤下", now)


def end_outcomes(moment: datetime) -> int:
    """Job: end the results whose last day is over, and withdraw those whose decision stands no more.

    Their pages end by themselves; this keeps the record and the public log.
    """
    today = local_date(moment)
    published = PublishedOutcome.state == OutcomeState.PUBLISHED.value
    over = db.session.scalars(
        select(PublishedOutcome.id).where(published, PublishedOutcome.ends_on < today)
    ).all()
    fallen = db.session.scalars(
        select(PublishedOutcome.id)
        .join(Report, Report.id == PublishedOutcome.report_id)
        .where(published, PublishedOutcome.ends_on >= today, ~publication.stands())
    ).all()
    return sum(_let_go(number, "end", moment) for number in over) + sum(
        _let_go(number, "lapse", moment) for number in fallen
    )


def _let_go(outcome_id: int, move: str, moment: datetime) -> bool:
    outcome = db.session.get_one(PublishedOutcome, outcome_id)
    values: dict[str, Any] = {"ended_on": local_date(moment)}
    if move == "lapse":
        values["end_reason"] = "所依据的处理决定已被撤销或改变"
    try:
        _move(outcome, move, version=outcome.version, actor=OPERATOR, now=moment, values=values)
    except (MoveNotAllowed, StaleVersion):
        db.session.rollback()  # an officer has just withdrawn it
        return False
    publication.take_back(outcome, now=moment)
    if move == "lapse":
        _tell(outcome, "一项公开的办理结果已撤下", moment)
    db.session.commit()
    return True


def staff_path(outcome: PublishedOutcome) -> str:
    """The page of a result for the office, for a message."""
    return f"/staff/outcomes/{outcome.id}"


def _tell(outcome: PublishedOutcome, title: str, now: datetime, *, text: str = "") -> None:
    path = f"/workspace/outcomes/{outcome.id}"
    tell_institution(outcome.institution.uscc, title=title, text=text, path=path, now=now)


def _checked(report: Report, text: OutcomeText, today: date) -> OutcomeText:
    """The text as the row keeps it: nobody may tell from it who reported, least of all the institution."""
    for field in ("found", "measure"):
        written = getattr(text, field)
        _refuse_personal_data(field, written)
        if telling := redaction.recognisable(report, written):
            raise OutcomeRefused(field, "；".join(telling))
    latest = years_after(today, LONGEST_YEARS)
    if not today <= text.ends_on <= latest:
        raise OutcomeRefused("ends_on", f"公开截止日期须在 {today} 至 {latest} 之间")
    # In silence, as in questions to institutions: a refusal would tell whoever tries names that one is right.
    reporter = redaction.reporter_of(report.id)
    return replace(
        text, found=redaction.redact(text.found, reporter), measure=redaction.redact(text.measure, reporter)
    )


def _refuse_personal_data(field: str, text: str) -> None:
    if kinds := dict.fromkeys(each.kind.label for each in find_personal_data(text)):
        raise OutcomeRefused(field, f"这段文字将公开，其中有{'、'.join(kinds)}，属于个人信息，请删去")


def _move(
    outcome: PublishedOutcome,
    name: str,
    *,
    reason: str = "",
    version: int,
    actor: Actor,
    now: datetime,
    values: dict[str, Any] | None = None,
    judge: Callable[[], None] | None = None,
) -> None:
    make_move(
        OUTCOME,
        outcome,
        name,
        kind=KIND,
        region=outcome.region_code,
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values=values,
        judge=judge,
    )
