"""What an office decides of its settings: checked, added, audited, one commit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.audit import services as audit
from credit_register.audit.labels import ACTION_LABELS, DETAIL_LABELS, SUBJECT_LABELS
from credit_register.audit.moves import NotPermitted
from credit_register.core import regions
from credit_register.core.clock import local_date
from credit_register.core.database import db, one_at_a_time
from credit_register.core.office_settings.definitions import Setting
from credit_register.core.office_settings.models import OfficeSetting
from credit_register.core.office_settings.queries import history_of, row_of
from credit_register.core.office_settings.services import decide_setting

KIND = "office_setting"
LONGEST_REASON = 400
LATEST_YEARS = 5

SUBJECT_LABELS[KIND] = "规则设置"
ACTION_LABELS["setting.decide"] = "规则设置：决定"
DETAIL_LABELS["setting"] = "设置"
DETAIL_LABELS["before"] = "原值"
DETAIL_LABELS["after"] = "新值"
DETAIL_LABELS["valid_from"] = "生效日期"


class DecisionRefused(ValueError):
    """The decision cannot be taken; `field` is where to say why."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class DecidedMeanwhile(Exception):
    """Somebody else of the office decided the same setting after the page was opened."""

    def __init__(self, row: OfficeSetting) -> None:
        super().__init__(
            f"打开页面以后，{row.set_by}已经对这项设置作了决定（{row.valid_from.isoformat()} 起生效）。"
            "您填写的内容还在，请看过新的决定再提交"
        )


def may_decide(actor: Actor, setting: Setting) -> bool:
    """Whether the office of this person decides the setting for its region."""
    return actor.can(Permission.SETTING_DECIDE) and (not setting.national or actor.region == regions.NATION)


def shown_value(setting: Setting, value: Any) -> str:
    """A stored value in words."""
    return setting.show(value) or "（空）"


def decide(
    setting: Setting,
    value: Any,
    *,
    valid_from: date,
    reason: str,
    seen: int,
    actor: Actor,
    now: datetime,
) -> OfficeSetting:
    """Decide a setting for the actor's own region from a day on.

    `value` is what `setting.read` gave; `seen` the number of the newest decision of the region that the page showed.
    Sent a second time it changes nothing. Raises DecisionRefused, DecidedMeanwhile or NotPermitted. Commits.
    """
    region = actor.region
    if region is None or not may_decide(actor, setting):
        raise NotPermitted
    # Two who decide at the same moment would both find the same newest decision; the second waits for the first here.
    one_at_a_time(f"{KIND} {setting.name} {region}")
    today = local_date(now)
    newest = max(history_of(setting, region=region), key=lambda row: row.id, default=None)
    if newest is not None and newest.id != seen:
        same = (newest.value, newest.valid_from, newest.reason) == (value, valid_from, reason)
        if same and newest.set_by == actor.name:
            return newest
        raise DecidedMeanwhile(newest)
    if valid_from < today:
        raise DecisionRefused("valid_from", f"生效日期须是今天（{today.isoformat()}）或以后")
    if valid_from.year > today.year + LATEST_YEARS:
        raise DecisionRefused("valid_from", f"生效日期最迟为 {LATEST_YEARS} 年之内，请核对年份")
    in_force = row_of(setting, region=region, on=valid_from)
    if in_force is not None and in_force.region_code == region and in_force.value == value:
        raise DecisionRefused("value", "与该日已经生效的决定相同，不需要再作决定")
    before = setting.default if in_force is None else in_force.value
    row = decide_setting(
        setting, value, region=region, valid_from=valid_from, reason=reason, by=actor.name, at=now
    )
    audit.record(
        "setting.decide",
        actor=actor,
        at=now,
        subject_kind=KIND,
        subject_id=setting.name,
        region=region,
        detail={
            "setting": setting.title,
            "before": shown_value(setting, before),
            "after": shown_value(setting, value),
            "valid_from": valid_from.isoformat(),
            "reason": reason,
        },
    )
    db.session.commit()
    return row
