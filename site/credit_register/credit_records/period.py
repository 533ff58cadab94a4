"""From when repair may be applied for and until when a record is public: the rules by degree, and what the authority set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from credit_register.core.calendar.working_days import WorkingCalendar
from credit_register.core.database import db
from credit_register.core.deadlines.models import DeadlineRule
from credit_register.core.deadlines.queries import UnknownRule, due
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
SHORTEST_AUTHORITY = 4  # 市场监管: fewer letters stand in the names of nearly all authorities
_KEEP, _STOP = "继续公示", "停止公示"


def _read_sector_rules(text: str) -> list[dict[str, Any]]:
    found = []
    for number, line in enumerate(text.strip().splitlines(), 1):
        parts = [part.strip() for part in line.replace("|", "｜").split("｜")]
        if len(parts) != 3 or not all(parts) or parts[1] not in (_KEEP, _STOP):
            raise SettingUnreadable(f"第 {number} 行须写成：认定机关名称中的文字｜{_KEEP} 或 {_STOP}｜依据")
        if len(parts[0]) < SHORTEST_AUTHORITY:
            raise SettingUnreadable(
                f"第 {number} 行：“{parts[0]}”太短，会套用到许多机关，请至少写 {SHORTEST_AUTHORITY} 个字"
            )
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
        f"一行一条：认定机关名称中的文字（至少 {SHORTEST_AUTHORITY} 个字）｜{_KEEP} 或 {_STOP}｜依据。"
        "没有写到的行业停止公示，并转入“期满未纠正”。",
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


@dataclass(frozen=True)
class Period:
    """`earliest_on`: the first day on which repair may be applied for; `latest_on`: the last day of publication.

    `rules_from` is the day on which the version of the rules began.
    """

    earliest_on: date
    latest_on: date
    rules_from: date


@dataclass(frozen=True)
class RuleBook:
    """All that periods are counted by, as it stands on a day: every version of the rules, and what the authority set."""

    on: date
    by_decision: bool
    minor_as_listed: bool
    sectors: Sequence[Mapping[str, Any]]
    versions: Mapping[str, Sequence[DeadlineRule]]  # by the name of the rule, the newest first

    @property
    def digest(self) -> str:
        """A text of 64 characters that differs as soon as a period could be counted differently."""
        rules = [
            (name, str(one.valid_from), str(one.valid_to), one.amount, one.unit, one is self._in_force(name))
            for name in sorted(self.versions)
            for one in self.versions[name]
        ]
        told = [self.by_decision, self.minor_as_listed, [dict(one) for one in self.sectors], rules]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    def version(self, rule: Rule, wanted: date) -> DeadlineRule:
        """The version of a day; a decision older than the first version follows the one that is in force."""
        found = self._version(rule, wanted) or self._in_force(rule)
        if found is None:
            raise UnknownRule(rule, self.on)
        return found

    def _in_force(self, rule: str) -> DeadlineRule | None:
        return self._version(rule, self.on)

    def _version(self, rule: str, on: date) -> DeadlineRule | None:
        return next(
            (
                one
                for one in self.versions.get(str(rule), ())
                if one.valid_from <= on and (one.valid_to is None or one.valid_to >= on)
            ),
            None,
        )


_held: ContextVar[dict[date, RuleBook] | None] = ContextVar("held_rules", default=None)


@contextmanager
def rules_held() -> Iterator[None]:
    """Within the block the rules of a day are read once; it belongs inside one transaction."""
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def rule_book(on: date) -> RuleBook:
    """The rules as they stand on a day, for however many records."""
    held = _held.get()
    if held is None:
        return _read_rules(on)
    if on not in held:
        held[on] = _read_rules(on)
    return held[on]


def _read_rules(on: date) -> RuleBook:
    names = [rule.value for rule in (*_MINIMUM.values(), *_MAXIMUM.values())]
    versions: dict[str, list[DeadlineRule]] = {}
    for row in db.session.scalars(
        select(DeadlineRule).where(DeadlineRule.name.in_(names)).order_by(DeadlineRule.valid_from.desc())
    ):
        versions.setdefault(row.name, []).append(row)
    return RuleBook(
        on,
        value_of(RULES_BY, on=on) == BY_DECISION,
        value_of(MINOR_PUBLICATION, on=on) == AS_LISTED,
        value_of(SECTOR_RULES, on=on),
        versions,
    )


def period_of(record: CreditRecord, *, changed_on: date, book: RuleBook | None = None) -> Period | None:
    """The period of a record by the rules that the authority's setting chooses; None for a fact that has none.

    `changed_on` is the day of the change that is being written. Both ends count from the day of the decision; the
    sender's own end of publication is never exceeded. Raises UnknownRule where the table has no version at all.
    """
    if record.degree is None:
        return None
    book = book or rule_book(changed_on)
    degree = Degree(record.degree)
    wanted = record.decided_on if book.by_decision else changed_on
    shortest, longest = (book.version(rule, wanted) for rule in (_MINIMUM[degree], _MAXIMUM[degree]))
    calendar = WorkingCalendar.from_rows((), ())  # months need none
    earliest = due(shortest, record.decided_on, calendar).day
    latest = due(longest, record.decided_on, calendar).day
    if record.listed_until is not None and record.kind != RecordKind.SEVERE:
        latest = min(latest, max(record.listed_until, record.decided_on))
    return Period(min(earliest, latest), latest, longest.valid_from)


def is_publishable(record: CreditRecord, *, on: date, book: RuleBook | None = None) -> bool:
    """Whether the rules let it be public at all; minor dishonesty as a rule is not."""
    if record.degree is None or record.institution_id is None:
        return False
    if record.degree != Degree.MINOR:
        return True
    return record.listed_until is not None and (book or rule_book(on)).minor_as_listed


def sector_rule(record: CreditRecord, *, on: date, book: RuleBook | None = None) -> str:
    """The source of the sector's rule by which an unmended record stays public after its latest day; may be empty."""
    for rule in (book or rule_book(on)).sectors:
        if rule["authority"] in record.authority:
            return str(rule["source"]) if rule["keep"] else ""
    return ""
