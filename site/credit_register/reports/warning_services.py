"""Writing warnings of impostors: proposed on a ground that was found true, published by a second person, ended in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select

from credit_register.access.actor import OPERATOR, Actor
from credit_register.audit import services as audit
from credit_register.audit.moves import make_move
from credit_register.core import uscc
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.core.masking import find_personal_data
from credit_register.institutions.alarms import names_an_agency
from credit_register.reports.lifecycle import WARNING, WARNING_KIND
from credit_register.reports.models import ImpostorWarning, WarningKind, WarningState
from credit_register.reports.redaction import redact
from credit_register.reports.routing import find_subject, office_name
from credit_register.reports.warning_grounds import Ground, ground_of
from credit_register.transparency.services import record_public_event, withdraw_public_events
from search_index.text import compact

# How long a warning is shown: values of this system, to be confirmed by the authority (系统设计值，须主管单位确认).
USUAL_YEARS: Final = 1
LONGEST_YEARS: Final = 3

NAME_FIELD: Final = "冒名者或者仿冒者"
HOW_TO_TELL_APART: Final = "请写明如何区分，例如：自称“某某公司”的来电者（与登记机构无关）"

_LIVING = (WarningState.PROPOSED.value, WarningState.PUBLISHED.value)


class WarningRefused(Exception):
    """The warning cannot be proposed or published; `field` names the input, or is empty for the warning itself."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NeedsSecondPerson(Exception):
    """Whoever proposed a warning may not also judge it."""

    def __init__(self) -> None:
        super().__init__("这条警示由您拟定，须由另一名有复核权限的工作人员复核。您的操作没有生效。")


@dataclass(frozen=True)
class WarningText:
    """Everything of a warning that a person writes; all of it becomes public. Empty texts say nothing."""

    pretender: str
    conduct: str
    reason: str
    ends_on: date
    imitated_name: str = ""
    imitated_uscc: str = ""
    kind: WarningKind = WarningKind.IMPERSONATION


def years_after(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def propose_warning(ground: Ground, *, text: WarningText, actor: Actor, now: datetime) -> ImpostorWarning:
    """Propose a warning; nothing of it is public. Raises WarningRefused.

    The same text proposed twice by the same person is one warning.
    """
    ground.hold()
    if obstacle := ground.obstacle(actor):
        raise WarningRefused("", obstacle)
    reporter = ground.reporter
    text = _checked(
        replace(
            text,
            pretender=redact(text.pretender, reporter),
            conduct=redact(text.conduct, reporter),
            reason=redact(text.reason, reporter),
        ),
        local_date(now),
    )
    present = db.session.scalar(
        select(ImpostorWarning).where(
            ground.led_to(),
            ImpostorWarning.pretender == text.pretender,
            ImpostorWarning.state.in_(_LIVING),
        )
    )
    if present is not None:
        if present.proposed_by_id == actor.account_id and text_of(present) == text:
            return present
        raise WarningRefused("pretender", "针对这一名称的警示已经拟定或公布，不需要重复拟定")
    warning = ImpostorWarning(
        **{**asdict(text), "kind": text.kind.value, **ground.columns},
        region_code=ground.region,
        proposed_by_id=actor.account_id,
        proposed_at=now,
    )
    db.session.add(warning)
    db.session.flush()
    audit.record(
        f"{WARNING_KIND}.propose",
        actor=actor,
        at=now,
        subject_kind=WARNING_KIND,
        subject_id=warning.id,
        region=warning.region_code,
        detail={"reason": warning.reason},
    )
    db.session.commit()
    return warning


def text_of(warning: ImpostorWarning) -> WarningText:
    """What was written of a warning."""
    return WarningText(
        pretender=warning.pretender,
        conduct=warning.conduct,
        reason=warning.reason,
        ends_on=warning.ends_on,
        imitated_name=warning.imitated_name,
        imitated_uscc=warning.imitated_uscc,
        kind=WarningKind(warning.kind),
    )


def confirm_warning(
    warning: ImpostorWarning, *, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """Publish a warning that somebody else proposed; raises NeedsSecondPerson or WarningRefused."""
    today = local_date(now)

    def judge() -> None:
        if warning.proposed_by_id == actor.account_id:
            raise NeedsSecondPerson
        ground = ground_of(warning)
        if ground is not None:
            ground.hold()
            if not ground.is_true:
                raise WarningRefused("", f"{ground.lapsed}，不能公布。请先核对{ground.word}的办理情况。")
        if warning.ends_on < today:
            raise WarningRefused("", f"拟定的公布截止日期 {warning.ends_on} 已过，不能公布。")
        if names_an_agency(warning.pretender, warning.imitated_name):  # it may have been registered meanwhile
            raise WarningRefused(
                "",
                f"“{NAME_FIELD}”一栏只写了一家机构的名称或代码，公布后会使人误认那家机构。不能公布："
                f"请选“不予公布”，另拟一条。{HOW_TO_TELL_APART}",
            )

    values = {"published_on": today, "confirmed_by_id": actor.account_id}
    _move(
        warning,
        "confirm",
        reason=reason,
        version=version,
        actor=actor,
        now=now,
        values=values,
        judge=judge,
    )
    record_public_event(
        f"{WARNING_KIND}.publish",
        subject_kind=WARNING_KIND,
        subject_key=warning.public_id,
        payload=public_content(warning),
        at=now,
    )
    db.session.commit()


def reject_warning(
    warning: ImpostorWarning, *, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """Decide that a proposed warning is not published; raises NeedsSecondPerson."""

    def judge() -> None:
        if warning.proposed_by_id == actor.account_id:
            raise NeedsSecondPerson

    _move(warning, "reject", reason=reason, version=version, actor=actor, now=now, judge=judge)
    db.session.commit()


def withdraw_warning(
    warning: ImpostorWarning, *, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """Take a warning off the pages at once; one person is enough, because what is wrong must not wait."""
    values = {"ended_on": local_date(now), "end_reason": reason}
    _move(warning, "withdraw", reason=reason, version=version, actor=actor, now=now, values=values)
    _take_back(warning, now=now)
    db.session.commit()


def end_warnings(moment: datetime) -> int:
    """Job: end the warnings whose last day is over. Their page ends by the date itself; this keeps the record."""
    today = local_date(moment)
    over = db.session.scalars(
        select(ImpostorWarning.id).where(
            ImpostorWarning.state == WarningState.PUBLISHED.value, ImpostorWarning.ends_on < today
        )
    ).all()
    ended = 0
    for warning_id in over:
        warning = db.session.get_one(ImpostorWarning, warning_id)
        try:
            _move(
                warning,
                "end",
                reason="",
                version=warning.version,
                actor=OPERATOR,
                now=moment,
                values={"ended_on": today},
            )
        except (MoveNotAllowed, StaleVersion):
            db.session.rollback()  # an officer has just withdrawn it
            continue
        _take_back(warning, now=moment)
        db.session.commit()
        ended += 1
    return ended


def public_content(warning: ImpostorWarning) -> dict[str, Any]:
    """Everything that the public reads of a warning."""
    return {
        "kind": warning.kind,
        "pretender": warning.pretender,
        "imitated_name": warning.imitated_name,
        "imitated_uscc": warning.imitated_uscc,
        "conduct": warning.conduct,
        "reason": warning.reason,
        "published_on": warning.published_on.isoformat() if warning.published_on else None,
        "ends_on": warning.ends_on.isoformat(),
        "office": office_name(warning.region_code),
    }


def _take_back(warning: ImpostorWarning, *, now: datetime) -> None:
    """Of what was public only the hash stays, and a dated event that names nobody."""
    withdraw_public_events(WARNING_KIND, warning.public_id, at=now)
    record_public_event(
        f"{WARNING_KIND}.withdraw",
        subject_kind=WARNING_KIND,
        subject_key=warning.public_id,
        payload={"withdrawn_on": local_date(now).isoformat()},
        at=now,
    )


def _checked(text: WarningText, today: date) -> WarningText:
    """The text as the row keeps it; raises WarningRefused."""
    if not (text.imitated_name or text.imitated_uscc):
        raise WarningRefused("imitated_name", "请填写被冒用或者被仿冒的机构的名称或统一社会信用代码")
    for field in ("pretender", "imitated_name", "conduct", "reason"):
        if found := find_personal_data(getattr(text, field)):
            kinds = "、".join(dict.fromkeys(each.kind.label for each in found))
            raise WarningRefused(field, f"这段文字将公开，其中有{kinds}，属于个人信息，请删去")
    latest = years_after(today, LONGEST_YEARS)
    if not today <= text.ends_on <= latest:
        raise WarningRefused("ends_on", f"公布截止日期须在 {today} 至 {latest} 之间")
    code = ""
    if text.imitated_uscc:
        checked = uscc.check(text.imitated_uscc)
        if not checked.ok:
            raise WarningRefused("imitated_uscc", checked.message)
        code = checked.code
    # The register knows how the victim is called, and the code of the only one of this name.
    victim = find_subject(code, text.imitated_name)
    name = victim.name if victim else text.imitated_name
    if text.imitated_name and compact(text.imitated_name) != compact(name):
        raise WarningRefused(
            "imitated_name",
            f"这个代码登记的机构是“{name}”，与填写的名称不一致，请核对是哪一家被冒用；名称可以留空",
        )
    if names_an_agency(text.pretender, name):
        raise WarningRefused("pretender", f"只写机构的名称或代码，会使人误认那家机构。{HOW_TO_TELL_APART}")
    return replace(text, imitated_uscc=victim.uscc if victim else code, imitated_name=name)


def _move(
    warning: ImpostorWarning,
    name: str,
    *,
    reason: str,
    version: int,
    actor: Actor,
    now: datetime,
    values: dict[str, Any] | None = None,
    judge: Callable[[], None] | None = None,
) -> None:
    make_move(
        WARNING,
        warning,
        name,
        kind=WARNING_KIND,
        region=warning.region_code,
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values=values,
        judge=judge,
    )
