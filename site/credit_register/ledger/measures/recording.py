"""Recording a new measure at a running case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.audit.moves import NotPermitted
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import start_deadline
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion, stale_told
from credit_register.core.plain_text import one_line, paragraphs
from credit_register.institutions.entries import Upload
from credit_register.ledger.lifecycle import LEDGER_CASE, MEASURE_KIND, RUNNING_STATES
from credit_register.ledger.measures import publicity
from credit_register.ledger.measures.attachments import OFFICE_FILES, add_files, bring_files
from credit_register.ledger.measures.refusals import MeasureRefused
from credit_register.ledger.measures.scheme import scheme_of
from credit_register.ledger.measures.services import LONGEST_TEXT, end_within, tell_shown
from credit_register.ledger.measures.steps import no_personal_data, record_deed, step
from credit_register.ledger.measures.words import title_of
from credit_register.ledger.models import (
    InterviewForm,
    LedgerCase,
    Measure,
    MeasureKind,
    MeasureState,
)

# The institution has to do something, or its business is bound: it must know.
ALWAYS_SHOWN = (MeasureKind.INTERVIEW, MeasureKind.ORDER, MeasureKind.SUPERVISION)
LONGEST_LINE, LONGEST_OFFICE, LONGEST_HOUR, LONGEST_CONTACT = 200, 120, 40, 60  # as the columns are
LATEST_INTERVIEW = timedelta(days=366)


@dataclass(frozen=True)
class Public:
    """What the public is to read, and until when."""

    text: str
    until: date


@dataclass(frozen=True)
class NewMeasure:
    """What an office records; a kind reads only what it needs.

    `replaces` is the supervision in force that the person saw, which the new one ends.
    """

    kind: MeasureKind
    day: date
    text: str
    office: str
    contact_name: str = ""
    contact_phone: str = ""
    form: InterviewForm | None = None
    hour: str = ""
    place: str = ""
    addressee: str = ""
    reference: str = ""
    level: str = ""
    shown: bool = False
    replaces: int | None = None
    public: Public | None = None


def record_measure(
    case: LedgerCase, new: NewMeasure, *, uploads: Sequence[Upload] = (), actor: Actor, now: datetime
) -> Measure:
    """Record a measure at a running case; an interview and an order begin their periods, all others are done with it.

    A second click records nothing more and gives what the first has recorded. Raises MeasureRefused, MoveNotAllowed,
    NotPermitted, or StaleVersion where another supervision is in force than the person saw. Commits.
    """
    if not actor.can(Permission.LEDGER_WORK) or not actor.sees_region(case.region_code):
        raise NotPermitted
    brought = bring_files(uploads, OFFICE_FILES, purpose="measure_office", actor=actor, now=now)
    db.session.refresh(case, with_for_update=True)
    measure = _measure(case, new, actor, now)
    same = _just_recorded(measure, now)
    if same is not None:
        db.session.rollback()
        return db.session.get_one(Measure, same)
    if case.state not in RUNNING_STATES:
        raise MoveNotAllowed(
            f"这件治理对象现在的状态是“{LEDGER_CASE.label(case.state)}”，不能再登记治理措施。"
        )
    _judge(measure, case, now)
    if new.kind is MeasureKind.SUPERVISION:
        _choose_level(measure, case, new, actor, now)
    db.session.add(measure)
    db.session.flush()
    add_files(measure, brought, shown=measure.shown)
    record_deed("record", measure, actor, now)
    _begin(measure, new, actor, now)
    with stale_told():
        db.session.commit()
    return measure


def _measure(case: LedgerCase, new: NewMeasure, actor: Actor, now: datetime) -> Measure:
    assert actor.account_id is not None
    shown = case.institution_id is not None and (new.kind in ALWAYS_SHOWN or new.shown)
    return Measure(
        case_id=case.id,
        kind=new.kind.value,
        state=MeasureState.ANNOUNCED.value,
        form=new.form.value if new.form is not None and new.kind is MeasureKind.INTERVIEW else None,
        planned_on=new.day,
        hour=one_line(new.hour),
        place=one_line(new.place),
        office=one_line(new.office),
        contact_name=one_line(new.contact_name),
        contact_phone=one_line(new.contact_phone),
        addressee=one_line(new.addressee),
        reference=one_line(new.reference),
        text=paragraphs(new.text),
        level=one_line(new.level) if new.kind is MeasureKind.SUPERVISION else "",
        shown=shown,
        recorded_by_id=actor.account_id,
        recorded_at=now,
    )


def _just_recorded(measure: Measure, now: datetime) -> int | None:
    """What the first of two clicks recorded: the same in everything, by the same person, today."""
    with db.session.no_autoflush:
        candidates = db.session.scalars(
            select(Measure)
            .where(
                Measure.case_id == measure.case_id,
                Measure.kind == measure.kind,
                Measure.recorded_by_id == measure.recorded_by_id,
                Measure.planned_on == measure.planned_on,
                # What has ended is ordered anew in the same words.
                Measure.state.not_in([MeasureState.CANCELLED.value, MeasureState.ENDED.value]),
            )
            .order_by(Measure.id.desc())
            .limit(5)
        ).all()
    names = ("form", "text", "hour", "place", "office", "addressee", "reference", "level", "shown")
    for other in candidates:
        if local_date(other.recorded_at) == local_date(now) and all(
            getattr(other, name) == getattr(measure, name) for name in names
        ):
            return other.id
    return None


def _judge(measure: Measure, case: LedgerCase, now: datetime) -> None:
    kind, today = MeasureKind(measure.kind), local_date(now)
    needed = {"text": "请填写", "office": "请填写开展单位"}
    match kind:
        case MeasureKind.INTERVIEW:
            needed |= {"form": "请选择约谈形式", "place": "请填写约谈地点"}
        case MeasureKind.CIRCULAR:
            needed |= {"addressee": "请填写通报范围"}
        case MeasureKind.HANDOVER:
            needed |= {"addressee": "请填写移送的监管部门"}
        case MeasureKind.JOINT:
            needed |= {"addressee": "请填写建议的部门", "reference": "请填写清单中的惩戒措施"}
        case MeasureKind.SUPERVISION:
            needed |= {"level": "请选择等级"}
    for name, message in needed.items():
        if not getattr(measure, name):
            raise MeasureRefused(name, message)
    limits = {
        "text": LONGEST_TEXT,
        "office": LONGEST_OFFICE,
        "hour": LONGEST_HOUR,
        "place": LONGEST_LINE,
        "addressee": LONGEST_LINE,
        "reference": LONGEST_LINE,
        "contact_name": LONGEST_CONTACT,
        "contact_phone": LONGEST_CONTACT,
    }
    for name, most in limits.items():
        if len(getattr(measure, name)) > most:
            raise MeasureRefused(name, f"最多 {most} 字，请精简")
    # The contact is the office's own: its name and telephone are meant to be read.
    for name in ("text", "office", "hour", "place", "addressee", "reference"):
        no_personal_data(getattr(measure, name), name)
    latest = today + LATEST_INTERVIEW if kind is MeasureKind.INTERVIEW else today
    if not case.opened_on <= measure.planned_on <= latest:
        raise MeasureRefused("day", f"日期须在纳入台账之日（{case.opened_on}）至 {latest} 之间，请核对")


def _choose_level(measure: Measure, case: LedgerCase, new: NewMeasure, actor: Actor, now: datetime) -> None:
    level = scheme_of(case.region_code, on=local_date(now)).level(measure.level)
    if level is None:
        raise MeasureRefused("level", "本地区的分级分类中没有这个等级，请重新选择")
    measure.frequency, measure.suspended = level.frequency, level.suspended
    running = supervision_in_force(case)
    if (running.id if running else None) != new.replaces:
        raise StaleVersion
    if running is not None:
        end_within(
            running,
            reason=f"改为“{measure.level}”",
            version=running.version,
            actor=actor,
            now=now,
        )


def supervision_in_force(case: LedgerCase) -> Measure | None:
    """The key supervision that is in force at a case; there is never more than one."""
    return db.session.scalar(
        select(Measure).where(
            Measure.case_id == case.id,
            Measure.kind == MeasureKind.SUPERVISION.value,
            Measure.state == MeasureState.DONE.value,
        )
    )


def _begin(measure: Measure, new: NewMeasure, actor: Actor, now: datetime) -> None:
    today = local_date(now)
    if new.kind is MeasureKind.INTERVIEW:
        start_deadline(
            subject_kind=MEASURE_KIND, subject_id=measure.id, rule=Rule.INTERVIEW, started_on=today
        )
        when = f"{measure.planned_on} {measure.hour}".strip()
        tell_shown(measure, f"{title_of(measure)}通知", now, text=f"时间：{when}；地点：{measure.place}。")
    elif new.kind is MeasureKind.ORDER:
        deadline = start_deadline(
            subject_kind=MEASURE_KIND,
            subject_id=measure.id,
            rule=Rule.CORRECTION,
            started_on=measure.planned_on,
        )
        text = f"期限至 {deadline.due_on}，纠正后请在本页报告。"
        tell_shown(measure, "责令限期纠正通知", now, text=text)
    else:
        step(
            measure,
            "complete",
            version=measure.version,
            actor=actor,
            now=now,
            values={"done_on": measure.planned_on},
        )
        tell_shown(measure, f"主管部门的通知：{title_of(measure)}", now)
    if new.public is not None:
        publicity.propose(
            measure,
            text=new.public.text,
            until=new.public.until,
            version=measure.version,
            actor=actor,
            now=now,
        )
