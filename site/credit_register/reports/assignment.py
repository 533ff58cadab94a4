"""Who handles a report, and by which words an office sorts it; and the handover of everything that a person has in hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.accounts.models import Account
from credit_register.audit.moves import NotPermitted
from credit_register.core.database import db
from credit_register.core.lifecycle import check_version, stale_told
from credit_register.notices.services import tell
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import Report, State
from credit_register.reports.officers import officer_for, unfinished
from credit_register.reports.queue_filter import FINISHED
from credit_register.reports.refusals import StepRefused
from credit_register.reports.steps import beside, record
from credit_register.reports.tags import tags_of
from credit_register.reports.work_models import Tag

MOST_TAGS: Final = 10
MINE_PATH: Final = "/staff/reports?handler=mine"


class AssignRefused(StepRefused):
    """The report cannot be given to that person; the text says why."""


class TagRefused(StepRefused):
    """The report takes no more tags; the text says why."""


class HandoverRefused(Exception):
    """The cases cannot be handed over in this way; `field` is the input beside which the text stands."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Handover:
    """What was handed over."""

    count: int
    giver: str
    taker: str


def assign_report(
    report: Report, *, officer_id: int, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """Give a report to an officer and tell that person.

    Raises AssignRefused, StaleVersion or NotPermitted. Commits.
    """
    if assign_inner(report, officer_id=officer_id, reason=reason, version=version, actor=actor, now=now):
        tell_handler(officer_id, 1, actor=actor, now=now)
    db.session.commit()


def assign_inner(
    report: Report, *, officer_id: int, reason: str, version: int, actor: Actor, now: datetime
) -> bool:
    """As `assign_report`, but nobody is told and the caller commits; gives whether the handler changed."""
    if not actor.can(Permission.REPORT_HANDLE):
        raise NotPermitted
    db.session.refresh(report, with_for_update=True)
    officer = officer_for(actor, officer_id)
    if officer is None or not officer.actor.sees_region(report.region_code):
        raise AssignRefused("这名工作人员不能办理该地区的事项，请从列表中另选经办人")
    if report.state == State.MERGED:
        raise AssignRefused("已并案，随牵头件办理。请指定牵头件的经办人")
    if report.state in FINISHED:
        raise AssignRefused("已经结束，不再需要经办人")
    if report.handler_id == officer_id:
        return False
    check_version(report, version)
    _put(report, officer, reason=reason, actor=actor, now=now)
    return True


def tag_report(report: Report, *, word: str, version: int, actor: Actor, now: datetime) -> None:
    """Add a tag; one that is there already stays. Raises TagRefused, StaleVersion or NotPermitted. Commits."""
    tag_inner(report, word=word, version=version, actor=actor, now=now)
    db.session.commit()


def tag_inner(report: Report, *, word: str, version: int, actor: Actor, now: datetime) -> None:
    """As `tag_report`; the caller commits."""
    words = _words_of(report, version=version, actor=actor)
    if word in words:
        return
    if len(words) >= MOST_TAGS:
        raise TagRefused(f"已有 {MOST_TAGS} 个标签。请先去掉一个再加")
    db.session.add(Tag(report_id=report.id, word=word))
    record(report, f"{KIND}.tag", actor=actor, now=now, detail={"tag": word})


def untag_report(report: Report, *, word: str, version: int, actor: Actor, now: datetime) -> None:
    """Take a tag away; without it nothing happens. Raises StaleVersion or NotPermitted. Commits."""
    untag_inner(report, word=word, version=version, actor=actor, now=now)
    db.session.commit()


def untag_inner(report: Report, *, word: str, version: int, actor: Actor, now: datetime) -> None:
    """As `untag_report`; the caller commits."""
    if word not in _words_of(report, version=version, actor=actor):
        return
    db.session.delete(db.session.get_one(Tag, (report.id, word)))
    record(report, f"{KIND}.untag", actor=actor, now=now, detail={"tag": word})


def hand_over(*, giver_id: int, taker_id: int, reason: str, actor: Actor, now: datetime) -> Handover:
    """Give everything unfinished that a person handles in the actor's region to another, and tell both.

    Nothing but the handler changes. All or nothing; who sends it twice hands over nothing the second time.
    Raises HandoverRefused or NotPermitted. Commits.
    """
    if not actor.can(Permission.REPORT_REVIEW):
        raise NotPermitted
    taker = officer_for(actor, taker_id)
    if taker is None:
        raise HandoverRefused("taker", "请从列表中选择接手人")
    if taker_id == giver_id:
        raise HandoverRefused("taker", "接手人与移交人是同一人，请另选接手人")
    mine = select(Report).where(Report.handler_id == giver_id, *unfinished(actor)).order_by(Report.id)
    cases = db.session.scalars(mine.with_for_update().execution_options(populate_existing=True)).all()
    away = [each.number for each in cases if not taker.actor.sees_region(each.region_code)]
    if away:
        raise HandoverRefused(
            "taker",
            f"{'、'.join(away[:5])}{f' 等 {len(away)} 件' if len(away) > 5 else ''}"
            "不在接手人的辖区，请选择辖区包括这些事项的接手人",
        )
    giver = db.session.get(Account, giver_id) if cases else None
    if giver is None:
        return Handover(0, "", taker.name)
    for report in cases:
        _put(report, taker, reason=reason, actor=actor, now=now)
    words = f"{len(cases)} 件举报、质疑、异议"
    _tell(taker_id, f"{words}移交由您办理", path=MINE_PATH, actor=actor, now=now)
    _tell(giver_id, f"您经办的 {words}已移交他人办理", path="", actor=actor, now=now)
    db.session.commit()
    return Handover(len(cases), giver.name, taker.name)


def tell_handler(officer_id: int, count: int, *, actor: Actor, now: datetime) -> None:
    """Tell a person how many cases came; nobody is told of what they did themselves. The caller commits."""
    _tell(officer_id, f"{count} 件举报、质疑、异议指定由您办理", path=MINE_PATH, actor=actor, now=now)


def _tell(account_id: int, title: str, *, path: str, actor: Actor, now: datetime) -> None:
    if account_id != actor.account_id:
        tell([account_id], title=title, path=path, now=now)


def _put(report: Report, officer: Account, *, reason: str, actor: Actor, now: datetime) -> None:
    detail = {"reason": reason, "to": officer.name, **beside(report, actor)}
    report.handler_id = officer.id
    with stale_told():
        db.session.flush()
    record(report, f"{KIND}.assign", actor=actor, now=now, detail=detail)


def _words_of(report: Report, *, version: int, actor: Actor) -> list[str]:
    """The tags that a report has, with the row held."""
    if not actor.can(Permission.REPORT_HANDLE):
        raise NotPermitted
    db.session.refresh(report, with_for_update=True)
    check_version(report, version)
    return tags_of([report.id])[report.id]
