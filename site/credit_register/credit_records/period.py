"""From when repair may be applied for and until when a record is public: the rules by degree, and what the authority set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any

from credit_register.core.calendar.working_days import WorkingCalendar
from credit_register.core.deadlines.models import DeadlineRule
from credit_register.core.deadlines.queries import UnknownRule, due, rule_for
from credit_register.core.deadlines.rules import Rule
from credit_register.core.office_settings.definitions import Setting, SettingUnreadable, define, define_choice
from credit_register.core.office_settings.queries import value_of
from credit_register.credit_records.models import CreditRecord, Degree, RecordKind

BY_DECISION, BY_CHANGE = "decision", "change"
AS_LISTED, NEVER = "as_listed", "never"

_UNCONFIRMED = "《信用修复管理办法》（国家发展改革委令2025年第36号）只见转述；系统设计值，须主管单位确认"

RULES_BY = define_choice(
    "publication_rules_by",
    "公示期适用哪一版规则",
    {
        BY_DECISION: "按文书认定之日有效的规则",
        BY_CHANGE: "按最近一次变动（收到、更新、规则换版）之日有效的规则",
    },
    default=BY_DECISION,
    source="跨期记录适用哪一版未见明文，由主管单位定",
    hint="改变以后，系统在当日重新计算全部未结束的公示期。",
    national=True,
)
MINOR_PUBLICATION = define_choice(
    "minor_publication",
    "轻微失信信息是否公示",
    {AS_LISTED: "认定单位给出公示截止期的，公示至该日（最长三个月）", NEVER: "一律不公示"},
    default=AS_LISTED,
    source=f"轻微失信信息原则上不公示，确需公示的最长三个月：{_UNCONFIRMED}",
    national=True,
)
_KEEP, _STOP = "继续公示", "停止公示"


def _read_sector_rules(text: str) -> list[dict[str, Any]]:
    found = []
    for number, line in enumerate(text.strip().splitlines(), 1):
        parts = [part.strip() for part in line.replace("|", "｜").split("｜")]
        if len(parts) != 3 or not all(parts) or parts[1] not in (_KEEP, _STOP):
            raise SettingUnreadable(f"第 {number} 行须写成：认定机关名称中的文字｜{_KEEP} 或 {_STOP}｜依据")
        found.append({"authority": parts[0], "keep": parts[1] == _KEEP, "source": parts[2][:200]})
    return found


def _show_sector_rules(value: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"{rule['authority']}｜{_KEEP if rule['keep'] else _STOP}｜{rule['source']}" for rule in value
    )


SECTOR_RULES = define(
    Setting(
        "unmended_at_end",
        "最长公示期满仍未纠正的",
        f"一行一条：认定机关名称中的文字｜{_KEEP} 或 {_STOP}｜依据。没有写到的行业停止公示，并转入“期满未纠正”。",
        [],
        f"未纠正、未履行的按行业主管部门的规定：{_UNCONFIRMED}",
        _read_sector_rules,
        _show_sector_rules,
        national=True,
    )
)

_MINIMUM = {
    Degree.MINOR: Rule.PUBLICATION_MINIMUM_MINOR,
    Degree.GENERAL: Rule.PUBLICATION_MINIMUM_GENERAL,
    Degree.SEVERE: Rule.PUBLICATION_MINIMUM_SEVERE,
}
_MAXIMUM = {
    Degree.MINOR: Rule.PUBLICATION_MAXIMUM_MINOR,
    Degree.GENERAL: Rule.PUBLICATION_MAXIMUM_GENERAL,
    Degree.SEVERE: Rule.PUBLICATION_MAXIMUM_SEVERE,
}


# Settings and rules by what was asked, while many records are counted in one transaction.
_known: ContextVar[dict[tuple[str, date], Any] | None] = ContextVar("known_rules", default=None)


@contextmanager
def rules_held() -> Iterator[None]:
    """Within the block each setting and each rule is asked of the database once; it belongs inside one transaction."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def _setting(setting: Setting, on: date) -> Any:
    known = _known.get()
    if known is None:
        return value_of(setting, on=on)
    key = (setting.name, on)
    if key not in known:
        known[key] = value_of(setting, on=on)
    return known[key]


@dataclass(frozen=True)
class Period:
    """`earliest_on`: the first day on which repair may be applied for; `latest_on`: the last day of publication.

    `rules_from` is the day on which the version of the rules began.
    """

    earliest_on: date
    latest_on: date
    rules_from: date


def period_of(record: CreditRecord, *, changed_on: date) -> Period | None:
    """The period of a record by the rules that the authority's setting chooses; None for a fact that has none.

    `changed_on` is the day of the change that is being written. Both ends count from the day of the decision; the
    sender's own end of publication is never exceeded.
    """
    if record.degree is None:
        return None
    degree = Degree(record.degree)
    by_decision = _setting(RULES_BY, changed_on) == BY_DECISION
    wanted = record.decided_on if by_decision else changed_on
    shortest, longest = (_version(rule, wanted, changed_on) for rule in (_MINIMUM[degree], _MAXIMUM[degree]))
    calendar = WorkingCalendar.from_rows((), ())  # months need none
    earliest = due(shortest, record.decided_on, calendar).day
    latest = due(longest, record.decided_on, calendar).day
    if record.listed_until is not None and record.kind != RecordKind.SEVERE:
        latest = min(latest, max(record.listed_until, record.decided_on))
    return Period(min(earliest, latest), latest, longest.valid_from)


def _version(rule: Rule, wanted: date, today: date) -> DeadlineRule:
    """The version of a day; a decision older than the first version follows the one that is in force."""
    known = _known.get()
    if known is not None and (rule.value, wanted) in known:
        found: DeadlineRule = known[rule.value, wanted]
        return found
    try:
        found = rule_for(rule, wanted)
    except UnknownRule:
        found = rule_for(rule, today)
    if known is not None:
        known[rule.value, wanted] = found
    return found


def is_publishable(record: CreditRecord, *, on: date) -> bool:
    """Whether the rules let it be public at all; minor dishonesty as a rule is not."""
    if record.degree is None or record.institution_id is None:
        return False
    if record.degree != Degree.MINOR:
        return True
    return _setting(MINOR_PUBLICATION, on) == AS_LISTED and record.listed_until is not None


def sector_rule(record: CreditRecord, *, on: date) -> str:
    """The source of the sector's rule by which an unmended record stays public after its latest day; may be empty."""
    for rule in _setting(SECTOR_RULES, on):
        if rule["authority"] in record.authority:
            return str(rule["source"]) if rule["keep"] else ""
    return ""
