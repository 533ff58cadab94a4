"""What officers do with a report: each step changes the row, its deadlines, the audit and the messages at once.

Any officer of the region may act, because a colleague may be ill; where another handles the report, the audit
names that colleague beside the deed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from credit_register.access.actor import Actor
from credit_register.accounts.models import Account
from credit_register.audit import services as audit
from credit_register.audit.moves import make_move
from credit_register.core import regions
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadline, open_deadlines
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import close_deadline, close_deadlines, start_deadline
from credit_register.notices.services import tell
from credit_register.reports.lifecycle import KIND, REPORT
from credit_register.reports.models import Author, Identity, Kind, Matter, Message, Outcome, Report

# A notice leads to the page of receipts: the case itself is opened by its receipt alone.
TRACKING_PATH = "/reports/track"


class ForwardRefused(Exception):
    """A report cannot go to that region; the text stands beside the field."""


class NoIdentity(LookupError):
    """The report was sent without a name, so that there is nothing to reveal."""


def take_report(
    report: Report, *, matter: Matter | None, note: str, version: int, actor: Actor, now: datetime
) -> None:
    """Accept a report and become its handler: the check of acceptance ends, the investigation begins."""
    mine = {"handler_id": actor.account_id}
    _move(report, "take", version=version, actor=actor, now=now, reason=note, matter=matter, values=mine)
    _close(report, Rule.REPORT_ACCEPTANCE, Rule.OBJECTION_MARK, now=now)
    # The period of an objection runs from the day it came in (上海 36、山东 39、河南 41), so that none is added.
    decided_anyway = open_deadline(KIND, report.id, Rule.OBJECTION_DECISION_SELF)
    if Kind(report.kind) is not Kind.OBJECTION or decided_anyway is None:
        _start(report, Rule.REPORT_INVESTIGATION, now=now)
    db.session.commit()


def ask_reporter(report: Report, *, text: str, version: int, actor: Actor, now: datetime) -> None:
    """Ask whoever sent the report for more; the investigation's clock runs on."""
    _move(report, "ask", version=version, actor=actor, now=now)
    _say(report, text, actor=actor, now=now)
    _tell_objector(report, title="您提交的异议需要补充材料", now=now)
    db.session.commit()


def resume_report(report: Report, *, note: str, version: int, actor: Actor, now: datetime) -> None:
    """Go on without waiting for the reporter any longer."""
    _move(report, "resume", version=version, actor=actor, now=now, reason=note)
    db.session.commit()


def forward_report(
    report: Report, *, target: str, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """Hand a report over to another region's office; raises ForwardRefused.

    What runs from the day of receipt runs on. An investigation ends with the office that led it; the
    receiving office then has the period of acceptance, counted from today.
    """
    origin = report.region_code
    if target == origin:
        raise ForwardRefused(f"现在就由{regions.full_name(origin)}办理，请填写其他地区")
    places = {"from_region": regions.full_name(origin), "to_region": regions.full_name(target)}
    values = {"region_code": target, "handler_id": None}
    _move(
        report, "forward", version=version, actor=actor, now=now, reason=reason, detail=places, values=values
    )
    _close(report, Rule.REPORT_INVESTIGATION, now=now)
    if not open_deadlines(KIND, report.id):
        _start(report, Rule.REPORT_ACCEPTANCE, now=now)
    db.session.commit()


def decide_report(
    report: Report,
    *,
    outcome: Outcome,
    matter: Matter | None,
    reason: str,
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Say what was found; a reporter who gave a name must now be answered in time."""
    _move(
        report,
        "decide",
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        detail={"outcome": outcome.label},
        matter=matter,
        values={"outcome": outcome.value, "decision": reason, "decided_at": now},
    )
    close_deadlines(KIND, report.id, closed_at=now)
    if not report.anonymous:
        _start(report, Rule.REPORT_NAMED_ANSWER, now=now)
    db.session.commit()


def answer_reporter(report: Report, *, text: str, version: int, actor: Actor, now: datetime) -> None:
    """Answer whoever sent the report; from now on the reporter sees the decision, too."""
    _move(report, "answer", version=version, actor=actor, now=now)
    _say(report, text, actor=actor, now=now)
    _tell_objector(report, title="您提交的异议已有答复", now=now)
    close_deadlines(KIND, report.id, closed_at=now)
    db.session.commit()


def close_report(report: Report, *, note: str, version: int, actor: Actor, now: datetime) -> None:
    """Put an answered report away."""
    _move(report, "close", version=version, actor=actor, now=now, reason=note, values={"closed_at": now})
    close_deadlines(KIND, report.id, closed_at=now)
    db.session.commit()


def refuse_report(report: Report, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Not take a report up; the reporter reads the reason as a message."""
    _move(report, "refuse", version=version, actor=actor, now=now, reason=reason, values={"closed_at": now})
    _say(report, reason, actor=actor, now=now)
    _tell_objector(report, title="您提交的异议已有办理结果", now=now)
    close_deadlines(KIND, report.id, closed_at=now)
    db.session.commit()


def write_message(report: Report, *, text: str, actor: Actor, now: datetime) -> None:
    """Write to whoever sent the report, changing nothing else."""
    _say(report, text, actor=actor, now=now)
    _note(report, f"{KIND}.write", actor=actor, now=now, detail=_beside(report, actor))
    _tell_objector(report, title="您提交的异议有新的消息", now=now)
    db.session.commit()


def reveal_reporter(report: Report, *, reason: str, actor: Actor, now: datetime) -> Identity:
    """Who sent the report. That somebody looks is recorded and committed before anything is decrypted.

    Raises NoIdentity for an anonymous report, which is not recorded.
    """
    report_id = report.id
    if report.anonymous or not db.session.query(Identity.report_id).filter_by(report_id=report_id).first():
        raise NoIdentity
    _note(report, f"{KIND}.reveal", actor=actor, now=now, detail={"reason": reason})
    db.session.commit()
    return db.session.get_one(Identity, report_id)


def _move(
    report: Report,
    name: str,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    reason: str = "",
    matter: Matter | None = None,
    detail: dict[str, Any] | None = None,
    values: dict[str, Any] | None = None,
) -> None:
    """One move of the table; beside it the audit names a changed matter and a colleague who handles the report."""
    changed, written = {}, dict(values or {})
    if matter is not None and matter.value != report.matter:
        changed, written["matter"] = {"matter": matter.label}, matter.value
    make_move(
        REPORT,
        report,
        name,
        kind=KIND,
        region=report.region_code,
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        detail={**(detail or {}), **changed, **_beside(report, actor)},
        values=written,
    )


def _beside(report: Report, actor: Actor) -> dict[str, str]:
    """The colleague who handles the report, where somebody else acts."""
    if report.handler_id is None or report.handler_id == actor.account_id:
        return {}
    return {"handler": db.session.get_one(Account, report.handler_id).name}


def _note(report: Report, action: str, *, actor: Actor, now: datetime, detail: dict[str, str]) -> None:
    audit.record(
        action,
        actor=actor,
        at=now,
        subject_kind=KIND,
        subject_id=report.id,
        region=report.region_code,
        detail=detail,
    )


def _say(report: Report, text: str, *, actor: Actor, now: datetime) -> None:
    db.session.add(
        Message(
            report_id=report.id, at=now, author=Author.OFFICE.value, account_id=actor.account_id, text=text
        )
    )


def _tell_objector(report: Report, *, title: str, now: datetime) -> None:
    """Tell the people of an institution that objected while signed in; others come back with their receipt."""
    if report.objector_id is not None:
        text = "请在“举报与查询”页面填写提交时取得的回执码查看。"
        tell([report.objector_id], title=title, text=text, path=TRACKING_PATH, now=now)


def _start(report: Report, rule: Rule, *, now: datetime) -> None:
    start_deadline(subject_kind=KIND, subject_id=report.id, rule=rule, started_on=local_date(now))


def _close(report: Report, *rules: Rule, now: datetime) -> None:
    for deadline in open_deadlines(KIND, report.id):
        if deadline.rule.name in rules:
            close_deadline(deadline, closed_at=now)
